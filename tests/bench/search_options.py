"""What each option of a search costs: every query is searched plainly and with each option, in turn, on one server."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from program import Server, data, ragstone, unpacked

QUERIES = 200

# What differs from the plain search: settings of the request, or the query itself.
OPTIONS = {
    "plain": {},
    "duplicate_overlap 0": {"duplicate_overlap": 0},
    "max_per_document 1": {"max_per_document": 1},
    "group document": {"group": "document"},
    "diversity 0.3": {"diversity": 0.3},
    "expand neighbours": {"expand": "neighbours"},
    "expand section": {"expand": "section"},
    "fusion rrf": {"fusion": "rrf"},
    "candidates 50": {"candidates": 50},
    "candidates 1000": {"candidates": 1000},
    "hnsw_ef 512": {"hnsw_ef": 512},
    "exact": {"exact": True},
    "limit 100": {"limit": 100},
    "explain": {"explain": True},
    "feedback_passages 1": {"feedback_passages": 1},
    "rescore_depth 10": {"rescore_depth": 10},
    "a phrase": {},
    "an excluded word": {},
}


def measure() -> None:
    """Prints p50 and p99 of each option, and the ratio of its median to the plain search's."""
    pages = data("corpus_tldr")
    if not pages:
        return
    with ingested(pages) as (folder, tree, report):
        server = Server(folder)
        try:
            names = titles(tree, QUERIES)
            for name in names[:20]:
                server.search(f"how to {name}")
            timings = {option: [] for option in OPTIONS}
            for name in names:
                for option in random.sample(list(OPTIONS), len(OPTIONS)):
                    timings[option].append(server.search(worded(option, name), **OPTIONS[option])["total_ms"])
            far = [server.explain("how to bake bread", str(path)) for path in random.Random(2).sample(sorted(tree.rglob("*.md")), 50)]
        finally:
            server.stop()
    plain = percentile(timings["plain"], 0.5)
    print(f"{len(names)} queries over {report['indexed'] + report['unchanged']} pages, each searched in every way, in random order:\n")
    print("| | p50 | p99 | p50, plain = 1 |\n| --- | ---: | ---: | ---: |")
    for option, values in timings.items():
        print(f"| {option} | {percentile(values, 0.5):.1f} ms | {percentile(values, 0.99):.1f} ms | {percentile(values, 0.5) / plain:.2f} |")
    print(f"| `explain --why-not` a far page | {percentile(far, 0.5):.1f} ms | {percentile(far, 0.99):.1f} ms | {percentile(far, 0.5) / plain:.2f} |")


@contextmanager
def ingested(pages: Path) -> Iterator[tuple[str, Path, dict]]:
    """A data folder with the pages in it, the pages as files, and the report of their ingest."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(os.environ.get("RAGSTONE_BENCH_KEEP") or temporary)
        tree = unpacked(pages, place)
        yield str(place / "data"), tree, ragstone("ingest", tree, folder=str(place / "data")).printed


def worded(option: str, name: str) -> str:
    first, *others = name.split()
    match option:
        case "a phrase":
            return f'how to "{name}"'
        case "an excluded word" if len(first) > 2:
            return f"how to {' '.join(others) or 'start'} -{first}"
        case _:
            return f"how to {name}"


def titles(tree: Path, count: int) -> list[str]:
    names = sorted({path.stem.replace("-", " ") for path in tree.rglob("*.md")})
    return random.Random(1).sample(names, min(count, len(names)))


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
