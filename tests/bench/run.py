#!/usr/bin/env python3
"""Measures Ragstone as its users run it, and prints a Markdown report for docs/benchmarks.md.

    make bench                                  what the machine has
    python3 tests/bench/run.py ingest search    only these parts

Parts: `embed` (against Python on the same runtime), `ingest` (a documentation tree: its share of the embedding rate, and
memory), `search` (latency and memory of a server over many small pages), `quality` (retrieval on public sets), `functions`
(criterion benchmarks of what runs per chunk or per query).
RAGSTONE_BENCH_KEEP names a folder in which `search` keeps its pages and vectors for the next time.
Public data is looked for in RAGSTONE_TEST_DATA, or ../shared/data; a part without its data says so and is left out.
Every rate is compared with a baseline in the same run: these machines are noisy.
"""

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("RAGSTONE_TEST_DATA", ROOT / ".." / "shared" / "data")).resolve()
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RAGSTONE = TARGET / "debug" / "ragstone"
EMBED_EXAMPLE = TARGET / "debug" / "examples" / "embed_throughput"
PYTHON_PACKAGES = ["onnxruntime==1.32.0", "numpy", "tokenizers", "fastembed"]


def main() -> int:
    parts = {"embed": embed, "ingest": ingest, "search": search, "quality": quality, "functions": functions}
    wanted = sys.argv[1:] or list(parts)
    unknown = [name for name in wanted if name not in parts]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
        return 2
    build = ["cargo", "build", "--package", "ragstone", "--package", "ragstone-embed", "--examples", "--bins"]
    subprocess.run(build, cwd=ROOT, check=True)
    print(f"Machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}. {time.strftime('%Y-%m-%d')}.\n")
    for name in wanted:
        print(f"## {name}\n")
        parts[name]()
        print(flush=True)
    return 0


def embed() -> None:
    """Embedding throughput against two Python programs, taking turns in one run."""
    corpus = data("scifact/corpus.jsonl")
    if not corpus:
        return
    python = virtual_environment()
    baseline = ROOT / "tests" / "bench" / "embed_baseline.py"
    subprocess.run([python, baseline, corpus, "--limit", "1000", "--example", EMBED_EXAMPLE], check=True)


def ingest() -> None:
    """A documentation tree: the whole ingest against only embedding the same chunks."""
    tree = data("corpus_rust_book/src")
    if not tree:
        return
    shares = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            report, seconds, peak = ragstone("ingest", tree, folder=folder)
            chunks = Path(folder) / "chunks.jsonl"
            tokens = write_chunks(folder, chunks)
            alone = json.loads(subprocess.run([EMBED_EXAMPLE, chunks], cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        # The model is loaded before an ingest begins; its report has the time of the ingest alone.
        share = alone["seconds"] / report["seconds"]
        shares.append(share)
        print(
            f"- {report['indexed']} documents, {report['chunks_embedded']} chunks in {report['seconds']:.1f} s "
            f"({report['indexed'] / report['seconds']:.1f} documents/s, {report['chunks_embedded'] / report['seconds']:.1f} chunks/s; "
            f"{seconds:.1f} s with start and end); embedding alone {alone['seconds']:.1f} s ({tokens} texts): share {share:.2f}; "
            f"peak memory {peak / 1e6:.0f} MB"
        )
    print(f"\nMedian share of the embedding-only throughput: {statistics.median(shares):.2f} (at least 0.85 is wanted)")


def write_chunks(folder: str, path: Path) -> int:
    """What an ingest has embedded, read back from its documents."""
    written = 0
    documents = ragstone("documents", "list", "--limit", "1000", folder=folder)[0]["documents"]
    with path.open("w") as lines:
        for summary in documents:
            document = ragstone("documents", "show", summary["id"], folder=folder)[0]
            text = document["text"].encode()
            for chunk in document["chunks"]:
                span = chunk["span"]
                title = " > ".join([document["title"], *chunk["heading_path"]])
                body = text[span["start"] : span["end"]].decode()
                lines.write(json.dumps({"_id": chunk["id"], "title": title, "text": body}) + "\n")
                written += 1
    return written


def search() -> None:
    """Many small pages: ingest once, then searches through the server, one after another."""
    pages = data("corpus_tldr")
    if not pages:
        return
    keep = os.environ.get("RAGSTONE_BENCH_KEEP")
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(keep or temporary)
        folder = str(place / "data")
        tree = unpacked(pages, place)
        report, seconds, peak = ragstone("ingest", tree, folder=folder)
        print(
            f"- ingest: {report['indexed']} new, {report['unchanged']} unchanged in {report['seconds']:.0f} s, "
            f"{report['chunks_embedded'] / report['seconds']:.0f} chunks/s, peak memory {peak / 1e6:.0f} MB"
        )
        server = Server(folder)
        try:
            queries = [f"how to {words}" for words in titles(tree, 500)]
            for query in queries[:20]:
                server.search(query)
            timings = [server.search(query) for query in queries]
        finally:
            peak = server.stop()
    chunks = report["indexed"] + report["unchanged"]
    print(f"- {len(timings)} searches over {chunks} pages, one after another:\n")
    print("| | p50 | p99 |\n| --- | ---: | ---: |")
    for name, key in [("store", "store_ms"), ("embedding the query", "embed_ms"), ("the whole search", "total_ms"), ("with HTTP", "http_ms")]:
        values = sorted(timing[key] for timing in timings)
        print(f"| {name} | {values[len(values) // 2]:.1f} ms | {values[int(len(values) * 0.99)]:.1f} ms |")
    print(f"\nPeak memory of the server: {peak / 1e6:.0f} MB")


def quality() -> None:
    """nDCG@10 on public sets: both legs, and together."""
    print("| set | dense | lexical | hybrid | recall@100 hybrid |\n| --- | ---: | ---: | ---: | ---: |")
    for name in ["scifact", "xquad/en", "xquad/zh", "xquad/es", "cmrc2018_dev_zh", "hotpotqa_train100"]:
        folder = data(name)
        if not folder:
            continue
        with tempfile.TemporaryDirectory() as keep:
            found = {mode: ragstone("eval", folder, "--mode", mode, "--keep", keep)[0]["metrics"] for mode in ["dense", "lexical", "hybrid"]}
        row = " | ".join(f"{found[mode]['ndcg@10']:.4f}" for mode in ["dense", "lexical", "hybrid"])
        print(f"| {name} | {row} | {found['hybrid']['recall@100']:.4f} |", flush=True)


def functions() -> None:
    """What runs per chunk or per query: criterion's own report, on the profile of everything else."""
    subprocess.run(["cargo", "bench", "--workspace", "--benches", "--profile", "dev", "--quiet"], cwd=ROOT, check=True)


class Server:
    """A running `ragstone serve`."""

    def __init__(self, folder: str) -> None:
        command = [RAGSTONE, "serve", "--bind", "127.0.0.1:0", "--data-dir", folder]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.url = next(line.split()[3] for line in self.process.stderr if "serves on" in line)
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()

    def search(self, query: str) -> dict:
        body = json.dumps({"query": query}).encode()
        url = f"{self.url}/api/collections/default/search"
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        begun = time.perf_counter()
        with urllib.request.urlopen(request) as response:
            timings = json.load(response)["timings"]
        return timings | {"http_ms": (time.perf_counter() - begun) * 1000}

    def stop(self) -> int:
        """Stops it; gives its peak memory in bytes."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        peak = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
        self.process.terminate()
        self.process.wait()
        return peak


def ragstone(*arguments: object, folder: str | None = None) -> tuple[dict, float, int]:
    """Runs the program with --json; gives what it printed, its seconds and its peak memory in bytes."""
    command = [str(RAGSTONE), *map(str, arguments), "--json"] + (["--data-dir", folder] if folder else [])
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed")
    unit = 1 if platform.system() == "Darwin" else 1024
    return json.loads(printed), time.perf_counter() - begun, usage.ru_maxrss * unit


def unpacked(pages: Path, folder: Path) -> Path:
    """The pages as files; the set may come as an archive."""
    archive = next(pages.glob("*.tar.*"), None)
    if archive:
        tree = folder / "pages"
        if tree.is_dir():
            return tree
        tree.mkdir()
        subprocess.run(["tar", "-xf", archive, "-C", tree], check=True)
        return tree
    return pages


def titles(tree: Path, count: int) -> list[str]:
    names = sorted({path.stem.replace("-", " ") for path in tree.rglob("*.md")})
    return random.Random(1).sample(names, min(count, len(names)))


def data(name: str) -> Path | None:
    path = DATA / name
    if path.exists():
        return path
    print(f"left out: there is no {path}; set RAGSTONE_TEST_DATA")
    return None


def virtual_environment() -> Path:
    """Python with the baseline's packages, in the git-ignored folder."""
    folder = ROOT / ".runtime" / "bench-venv"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PYTHON_PACKAGES], check=True)
    return python


def processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    sys.exit(main())
