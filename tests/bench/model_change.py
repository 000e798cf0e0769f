"""Another embedding model for a collection, under a constant load of searches."""

import json
import os
import shutil
import statistics
import tempfile
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from program import ROOT, Server, data, memory_of, ragstone

COLLECTION = "eval"
SEARCHES_PER_SECOND = 10
QUIET_SECONDS = 30


@dataclass
class Answer:
    """A search: when it began, how long it took, what came."""

    phase: str
    query: str
    seconds: float
    index: str | None
    chunks: list[str]
    error: str | None


def measure_model_change() -> None:
    """SciFact: prepared, switched, back, switched, dropped, while a client searches at a constant rate."""
    folder = data("scifact")
    if not folder:
        return
    with tempfile.TemporaryDirectory() as temporary:
        models, keep = Path(temporary) / "models", Path(temporary) / "data"
        configured, other = two_models(models)
        setting = f"embed.model_dir={configured}"
        ragstone("eval", folder, "--keep", keep, "--set", setting)
        store = next(keep.glob("index-*"))
        queries = [json.loads(line)["text"] for line in (folder / "queries.jsonl").read_text().splitlines()]
        judged = {line.split("\t")[0] for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]}
        ids = [json.loads(line)["_id"] for line in (folder / "queries.jsonl").read_text().splitlines()]
        queries = [query for query, name in zip(queries, ids) if name in judged]
        server = Server(str(store), setting)
        try:
            change(server, queries, other, store)
        finally:
            server.stop()


def change(server: Server, queries: list[str], other: Path, store: Path) -> None:
    expected = lists(server, queries)
    before = (memory_of(server.process.pid, "VmRSS"), size(store))
    load = Load(server, queries)
    load.start()
    load.phase = "before"
    time.sleep(QUIET_SECONDS)
    estimate = call(server, "POST", "model/estimate", {"folder": str(other)})
    load.phase = "prepare"
    begun = time.perf_counter()
    job = call(server, "POST", "model", {"folder": str(other)})
    while job["state"] not in ("done", "failed", "cancelled"):
        time.sleep(0.5)
        job = json.load(urllib.request.urlopen(f"{server.url}/api/jobs/{job['id']}"))
    prepared = time.perf_counter() - begun
    if job["state"] != "done":
        raise SystemExit(f"the job is {job['state']}: {job['error']}")
    during = (memory_of(server.process.pid, "VmHWM"), size(store))
    seconds = {}
    for verb in ["switch", "back", "switch again"]:
        load.phase = verb
        begun = time.perf_counter()
        call(server, "POST", f"model/{verb.split()[0]}")
        seconds[verb] = time.perf_counter() - begun
        time.sleep(QUIET_SECONDS)
    load.phase = "drop"
    call(server, "DELETE", "model/other")
    time.sleep(QUIET_SECONDS / 2)
    answers = load.end()
    expected |= lists(server, queries)
    after = size(store)

    failed = [answer for answer in answers if answer.error]
    empty = [answer for answer in answers if not answer.error and not answer.chunks]
    mixed = [answer for answer in answers if not answer.error and expected[answer.index, answer.query] != answer.chunks]
    differ = sum(expected[COLLECTION, query] != expected[f"{COLLECTION}@1", query] for query in queries)
    print(f"- {len(answers)} searches, {SEARCHES_PER_SECOND} a second: {len(failed)} failed, {len(empty)} were empty, {len(mixed)} differ from the "
          f"list that their model alone gives (the two models' lists differ for {differ} of {len(queries)} queries)")
    print(f"- prepared in {prepared:.0f} s under this load (estimated for a machine that does nothing else: {estimate['seconds']:.0f} s); "
          + ", ".join(f"{verb} {value * 1000:.0f} ms" for verb, value in seconds.items()))
    print(f"- memory of the server: {before[0] / 1e6:.0f} MB before, {during[0] / 1e6:.0f} MB at most; on disk {before[1] / 1e6:.0f} MB before, "
          f"{during[1] / 1e6:.0f} MB with both, {after / 1e6:.0f} MB after the drop\n")
    print("| searches while | p50 | p99 | longest |\n| --- | ---: | ---: | ---: |")
    for phase in ["before", "prepare", *seconds, "drop"]:
        values = sorted(answer.seconds * 1000 for answer in answers if answer.phase == phase)
        print(f"| {phase} | {statistics.median(values):.0f} ms | {values[int(len(values) * 0.99)]:.0f} ms | {values[-1]:.0f} ms |")


class Load(threading.Thread):
    """Searches that begin at a constant rate, however long each takes."""

    def __init__(self, server: Server, queries: list[str]) -> None:
        super().__init__(daemon=True)
        self.server, self.queries, self.phase = server, queries, ""
        self.ended, self.answers = threading.Event(), []

    def run(self) -> None:
        with ThreadPoolExecutor(max_workers=64) as pool:
            begun, count = time.perf_counter(), 0
            while not self.ended.wait(max(0.0, begun + count / SEARCHES_PER_SECOND - time.perf_counter())):
                self.answers.append(pool.submit(search, self.server, self.queries[count % len(self.queries)], self.phase))
                count += 1

    def end(self) -> list[Answer]:
        self.ended.set()
        self.join()
        return [answer.result() for answer in self.answers]


def search(server: Server, query: str, phase: str = "") -> Answer:
    begun = time.perf_counter()
    try:
        found = call(server, "POST", "search", {"query": query})
    except (OSError, urllib.error.HTTPError) as error:
        return Answer(phase, query, time.perf_counter() - begun, None, [], str(error))
    chunks = [hit["chunk"]["id"] for hit in found["hits"]]
    return Answer(phase, query, time.perf_counter() - begun, found["model"]["index"], chunks, None)


def lists(server: Server, queries: list[str]) -> dict[tuple[str, str], list[str]]:
    answers = [search(server, query) for query in queries]
    return {(answer.index, answer.query): answer.chunks for answer in answers}


def call(server: Server, method: str, path: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    url = f"{server.url}/api/collections/{COLLECTION}/{path}"
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=300) as response:
        return json.load(response)


def two_models(folder: Path) -> tuple[Path, Path]:
    """The default model, and beside it another: its first layer alone."""
    default = ROOT / ".runtime" / "models" / "all-MiniLM-L6-v2"
    deep, shallow = folder / "all-MiniLM-L6-v2", folder / "shallow-MiniLM"
    for copy in (deep, shallow):
        shutil.copytree(default, copy)
    config = json.loads((shallow / "config.json").read_text())
    (shallow / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 1}))
    return deep, shallow


def size(folder: Path) -> int:
    """What is on disk; files may come and go meanwhile."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(parent, name)).st_blocks * 512
            except OSError:
                pass
    return total
