"""How good retrieval is on public sets: each leg alone, both together, and every setting that changes the order of hits."""

import os
import tempfile
from pathlib import Path

from program import data, ragstone

SETS = ["scifact", "hotpotqa_train100", "xquad/en", "xquad/es", "xquad/zh", "cmrc2018_dev_zh"]

# What differs from the defaults; the file's name is the row's. An index is computed once for all of them.
SETTINGS = {
    "the defaults": "",
    "dense weight 0.4": "dense_weight = 0.4\nlexical_weight = 0.6",
    "dense weight 0.6": "dense_weight = 0.6\nlexical_weight = 0.4",
    "min-max": 'fusion = "minmax"',
    "min-max, dense weight 0.4": 'fusion = "minmax"\ndense_weight = 0.4\nlexical_weight = 0.6',
    "min-max, dense weight 0.6": 'fusion = "minmax"\ndense_weight = 0.6\nlexical_weight = 0.4',
    "distribution": 'fusion = "distribution"',
    "reciprocal ranks": 'fusion = "rrf"',
    "reciprocal ranks, dense weight 0.4": 'fusion = "rrf"\ndense_weight = 0.4\nlexical_weight = 0.6',
    "50 candidates": "candidates = 50",
    "1,000 candidates": "candidates = 1000",
    "feedback, 1 passage": "feedback_passages = 1",
    "feedback, 3 passages": "feedback_passages = 3",
    "sentences, 10 candidates": "rescore_depth = 10",
    "duplicates kept": "duplicate_overlap = 0",
    "diversity 0.3": "diversity = 0.3",
}


def measure() -> None:
    """nDCG@10 by set."""
    found = {name: rows(name) for name in SETS if data(name)}
    print(f"| | {' | '.join(found)} | mean |\n| --- |{' ---: |' * (len(found) + 1)}")
    for row in next(iter(found.values()), {}):
        figures = [figures[row] for figures in found.values()]
        print(f"| {row} | {' | '.join(f'{figure:.4f}' for figure in figures)} | {sum(figures) / len(figures):.4f} |")


def rows(name: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as temporary:
        keep = Path(os.environ.get("RAGSTONE_BENCH_KEEP") or temporary) / "quality" / name.replace("/", "-")
        keep.mkdir(parents=True, exist_ok=True)
        figures = {}
        for label, mode in [("dense alone", "dense"), ("BM25 alone", "lexical")]:
            figures[label] = ragstone("eval", "run", data(name), "--mode", mode, "--keep", keep).printed["metrics"]["ndcg@10"]
        files = [write(Path(temporary) / f"{place}.toml", settings) for place, settings in enumerate(SETTINGS.values())]
        report = ragstone("eval", "compare", *files, data(name), "--keep", keep).printed
        measured = [subject["measures"]["ndcg@10"]["mean"] for subject in report["subjects"]]
        speed = report["subjects"][0]["latency"]["questions_per_second"]
        print(f"- {name}: {report['questions']} questions, with the defaults {speed:.0f} a second", flush=True)
        return figures | dict(zip(SETTINGS, measured, strict=True))


def write(file: Path, settings: str) -> Path:
    file.write_text(f"[retrieve]\n{settings}\n")
    return file
