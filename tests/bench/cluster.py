"""The same pages on a Qdrant server and in PostgreSQL: moved there and back, searched in both places, ingested by one worker and by three."""

import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from program import RAGSTONE, ROOT, Server, data, ragstone
from search_options import ingested, percentile, titles

QUERIES = 200
# Folders of pages for the workers, a job each, and pages in each.
JOBS, PAGES = 12, 150


def measure() -> None:
    """Needs RAGSTONE_TEST_QDRANT_URL, and RAGSTONE_TEST_POSTGRES_URL with a database that may be written to."""
    pages = data("corpus_tldr")
    qdrant, postgres = os.environ.get("RAGSTONE_TEST_QDRANT_URL"), os.environ.get("RAGSTONE_TEST_POSTGRES_URL")
    if not (pages and qdrant and postgres):
        print("left out: RAGSTONE_TEST_QDRANT_URL and RAGSTONE_TEST_POSTGRES_URL name the servers")
        return
    with ingested(pages) as (folder, tree, _), tempfile.TemporaryDirectory() as empty:
        servers = Servers(qdrant, postgres)
        move(folder, empty, servers)
        search(folder, tree, servers)
        work(tree, servers)


class Servers:
    """The settings of a fresh installation on the servers: a prefix and a schema of its own."""

    def __init__(self, qdrant: str, postgres: str) -> None:
        self.qdrant, self.postgres = qdrant, postgres
        self.renew()

    def renew(self) -> None:
        name = f"bench_{os.getpid()}_{time.monotonic_ns()}"
        subprocess.run(["psql", "--quiet", self.postgres, "--command", f"CREATE SCHEMA {name}"], check=True)
        join = "&" if "?" in self.postgres else "?"
        catalog = f"{self.postgres}{join}options[search_path]={name}"
        self.settings = [f"store.url={self.qdrant}", f"store.qdrant.prefix={name}_", f"catalog.url={catalog}", "jobs.lease=5s"]

    def arguments(self) -> list[str]:
        return [argument for setting in self.settings for argument in ("--set", setting)]


def move(folder: str, empty: str, servers: Servers) -> None:
    """There, killed half way and gone on with; and into an empty folder."""
    begin = time.perf_counter()
    command = [RAGSTONE, "migrate", "--from", "edge", "--to", "qdrant", "--data-dir", folder, *servers.arguments()]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    time.sleep(15)
    process.send_signal(signal.SIGKILL)
    process.wait()
    cut_off = time.perf_counter() - begin
    there = ragstone("migrate", "--from", "edge", "--to", "qdrant", *servers.arguments(), folder=folder)
    back = ragstone("migrate", "--from", "qdrant", "--to", "edge", *servers.arguments(), folder=empty)
    print("| move | documents | chunks copied | were there | seconds | peak memory | agree, by meaning | by words |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, run in [(f"there, after `kill -9` at {cut_off:.0f} s", there), ("back, into an empty folder", back)]:
        moved = run.printed[0]
        verified = moved["verification"]
        print(
            f"| {name} | {moved['documents']} | {moved['copied']} | {moved['kept']} | {moved['seconds']:.0f} | {run.peak / 1e6:.0f} MB "
            f"| {verified['dense_overlap']:.4f} | {verified['lexical_overlap']:.4f} |"
        )


def search(folder: str, tree: Path, servers: Servers) -> None:
    """Each query in this process and on the servers, compared exactly and with the graph."""
    here, there = Server(folder), Server(folder, *servers.settings)
    exact, thorough = {"exact": True}, {"hnsw_ef": 512}
    ways = {
        "here, exact": (here, exact),
        "here": (here, {}),
        "here, hnsw_ef 512": (here, thorough),
        "servers, exact": (there, exact),
        "servers": (there, {}),
        "servers, hnsw_ef 512": (there, thorough),
    }
    found, timings = {way: [] for way in ways}, {way: [] for way in ways}
    try:
        queries = [f"how to {name}" for name in titles(tree, QUERIES)]
        for query in queries[:20]:
            for server in (here, there):
                server.search(query)
        for query in queries:
            for way in random.sample(list(ways), len(ways)):
                server, options = ways[way]
                # One leg alone: fused lists hide what the graph has missed.
                _, response = server.post("search", {"query": query, "mode": "dense", "duplicate_overlap": 0} | options)
                found[way].append([hit["chunk"]["id"] for hit in response["hits"]])
                timings[way].append(server.search(query, **options)["total_ms"])
    finally:
        here.stop()
        peak = there.stop()
    print(f"\n{len(queries)} queries, by meaning alone, against the exact search here; times are of the whole search, by meaning and words:\n")
    print("| | identical lists | overlap at 10 | p50 | p99 |\n| --- | ---: | ---: | ---: | ---: |")
    for way in ways:
        pairs = list(zip(found["here, exact"], found[way]))
        same = sum(left == right for left, right in pairs) / len(pairs)
        overlap = sum(len(set(left) & set(right)) / max(len(left), 1) for left, right in pairs) / len(pairs)
        print(f"| {way} | {same:.3f} | {overlap:.4f} | {percentile(timings[way], 0.5):.1f} ms | {percentile(timings[way], 0.99):.1f} ms |")
    print(f"\nPeak memory of the server of Ragstone beside them: {peak / 1e6:.0f} MB")


def work(tree: Path, servers: Servers) -> None:
    """A queue of jobs for one worker, then for three."""
    print("\n| workers | pages | indexed | seconds | pages a second |\n| ---: | ---: | ---: | ---: | ---: |")
    pages = random.Random(3).sample(sorted(tree.rglob("*.md")), JOBS * PAGES)
    with tempfile.TemporaryDirectory() as temporary:
        for number, page in enumerate(pages):
            target = Path(temporary) / str(number % JOBS) / f"{number}.md"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(page.read_bytes())
        for count in (1, 3):
            servers.renew()
            for job in range(JOBS):
                ragstone("ingest", "--queue", Path(temporary) / str(job), *servers.arguments())
            begin = time.perf_counter()
            started = [
                subprocess.Popen([RAGSTONE, "worker", *servers.arguments()], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for _ in range(count)
            ]
            jobs = [{"state": "queued"}]
            while any(job["state"] in ("queued", "running") for job in jobs):
                time.sleep(0.5)
                jobs = ragstone("jobs", "list", *servers.arguments()).printed
            seconds = time.perf_counter() - begin
            for worker in started:
                worker.terminate()
                worker.wait()
            indexed = sum(job["progress"]["indexed"] for job in jobs)
            print(f"| {count} | {len(pages)} | {indexed} | {seconds:.0f} | {len(pages) / seconds:.1f} |")
