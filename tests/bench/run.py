#!/usr/bin/env python3
"""Measures Ragstone as its users run it, and prints a Markdown report for docs/benchmarks.md.

    make bench                                  what the machine has
    python3 tests/bench/run.py ingest search    only these parts

Parts: `embed` (against Python on the same runtime), `ingest` (a documentation tree: its share of the embedding rate), `sets`
(ingest rates and memory on sets of five kinds), `big-tree` (a gigabyte of text, stopped after ten minutes and gone on with),
`words` (how many words of real files are recovered), `search` (latency and memory of a server over many small pages), `options` (latency of
each option of a search over the same pages, against the plain search), `understanding` (what it costs that a model helps with questions,
apart from the model), `quality` (retrieval on public sets, with each setting that changes the order of hits), `refusal` (questions
without an answer answered, and others refused), `model-change` (another embedding model under a load of searches), `classification`
(labels, against scikit-learn on the same embeddings), `cluster` (the pages of `search` on a Qdrant server and in PostgreSQL, where
RAGSTONE_TEST_QDRANT_URL and RAGSTONE_TEST_POSTGRES_URL name them), `functions`
(criterion benchmarks of what runs per chunk or per query).
RAGSTONE_BENCH_KEEP names a folder in which `search` keeps its pages and vectors for the next time.
Public data is looked for in RAGSTONE_TEST_DATA, or ../shared/data; a part without its data says so and is left out.
Every rate is compared with a baseline in the same run: these machines are noisy.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import classification
import cluster
import ingest_rates
import model_change
import quality
import refusal
import search_options
import understanding
from program import ROOT, TARGET, Server, data, processor, ragstone, unpacked

PYTHON_PACKAGES = ["onnxruntime==1.32.0", "numpy", "tokenizers", "fastembed"]


def main() -> int:
    parts = {
        "embed": embed,
        "ingest": ingest_rates.share_of_embedding_rate,
        "sets": ingest_rates.measure_sets,
        "big-tree": ingest_rates.measure_big_tree,
        "words": words,
        "search": search,
        "options": search_options.measure,
        "understanding": understanding.measure,
        "quality": quality.measure,
        "refusal": refusal.measure,
        "model-change": model_change.measure_model_change,
        "classification": classify,
        "cluster": cluster.measure,
        "functions": functions,
    }
    wanted = sys.argv[1:] or list(parts)
    unknown = [name for name in wanted if name not in parts]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
        return 2
    # As `make test` builds them, so that nothing is built twice.
    for build in (["--package", "ragstone-extract"], ["--workspace", "--exclude", "ragstone-extract", "--examples", "--bins"]):
        subprocess.run(["cargo", "build", *build], cwd=ROOT, check=True)
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
    subprocess.run([python, baseline, corpus, "--limit", "1000", "--example", ingest_rates.EMBED_EXAMPLE], check=True)


def search() -> None:
    """Many small pages: ingest once, then searches through the server, one after another."""
    pages = data("corpus_tldr")
    if not pages:
        return
    with search_options.ingested(pages) as collection:
        folder, tree, report = collection
        server = Server(folder)
        try:
            queries = [f"how to {words}" for words in search_options.titles(tree, 500)]
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


def words() -> None:
    """Words recovered from real files against reference texts, by format."""
    if documents := data("documents"):
        worker = TARGET / "debug" / "ragstone-extract"
        subprocess.run([TARGET / "debug" / "examples" / "recovered_words", documents, "--worker", worker], cwd=ROOT, check=True)


def functions() -> None:
    """What runs per chunk or per query: criterion's own report, on the profile of everything else."""
    subprocess.run(["cargo", "bench", "--workspace", "--exclude", "ragstone-extract", "--benches", "--profile", "dev", "--quiet"], cwd=ROOT, check=True)


def classify() -> None:
    """Labels for texts by named protocols, and scikit-learn on the same embeddings."""
    python = virtual_environment()
    subprocess.run([python, "-m", "pip", "install", "--quiet", *classification.PACKAGES], check=True)
    classification.measure(python)


def virtual_environment() -> Path:
    """Python with the baseline's packages, in the git-ignored folder."""
    folder = ROOT / ".runtime" / "bench-venv"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PYTHON_PACKAGES], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main())
