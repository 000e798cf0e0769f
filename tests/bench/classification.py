"""Classification by named protocols, and the same embeddings given to scikit-learn in the same run.

`crates/cli/examples/classification.rs` does the work; this compares and prints Markdown. scikit-learn runs in a process of its own
(`python classification.py SKLEARN_ARGUMENTS`), in the benchmark's virtual environment.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from program import ROOT, TARGET, data

EXAMPLE = TARGET / "debug" / "examples" / "classification"
FIXTURES = ROOT / "tests" / "fixtures"
PACKAGES = ["numpy", "scikit-learn"]


def measure(python: Path) -> None:
    """All sets that there are; `python` has scikit-learn."""
    sets = [folder for folder in (data("banking77"), data("clinc150")) if folder] + [FIXTURES / "tickets", FIXTURES / "logs"]
    with tempfile.TemporaryDirectory() as keep:
        command = [EXAMPLE, *sets, "--runtime", ROOT / ".runtime", "--keep", keep]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout
        measured = [json.loads(line) for line in printed.splitlines()]
        peers = {folder.name: sklearn(python, folder, keep) for folder in sets}
    few_shot(measured)
    trained(measured)
    compared(measured, peers)
    print("\n```json")
    for one in measured:
        print(json.dumps(one))
    print("```")


def sklearn(python: Path, folder: Path, keep: str) -> dict:
    """What scikit-learn makes of the same embeddings, alone on the machine."""
    printed = subprocess.run([python, __file__, folder, keep], stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(printed)


def few_shot(measured: list[dict]) -> None:
    print("8 examples a label, mean of 10 draws, accuracy on the test part; the last row has no examples, only the labels' names:\n")
    print("| | " + " | ".join(one["set"] for one in measured) + " |\n|---|" + "---:|" * len(measured))
    for method in measured[0]["few_shot"]:
        print(f"| {method} | " + " | ".join(f"{one['few_shot'][method]:.3f}" for one in measured) + " |")
    print("| names of the labels | " + " | ".join(f"{one['zero_shot']:.3f}" for one in measured) + " |\n")


def trained(measured: list[dict]) -> None:
    print("| set | examples | chosen | accuracy | macro F1 | calibration error | none of these: accuracy in scope | refused out of scope |")
    print("|---|---:|---|---:|---:|---:|---:|---:|")
    for one in measured:
        every = one["all"]
        refused = every["out_of_scope_recall"]
        print(
            f"| {one['set']} | {one['train']:,} | {every['chosen']} | {every['accuracy']:.4f} | {every['macro_f1']:.4f} | {every['ece']:.4f} "
            f"| {every['accuracy_with_threshold']:.4f} | {'–' if refused is None else f'{refused:.3f}'} |"
        )
    print()


def compared(measured: list[dict], peers: dict) -> None:
    print("The same C on the same embeddings: three fits to two thirds each, which calibrate (five to four fifths below 3,000 examples), one to")
    print("all examples, and the test part predicted. scikit-learn: `CalibratedClassifierCV(LogisticRegression(C), ensemble=False)`.\n")
    print("| set | C | Ragstone accuracy | scikit-learn accuracy | Ragstone seconds | scikit-learn seconds | ratio | one plain fit of scikit-learn |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for one in measured:
        for freedom, ours in one["all"]["embeddings_only"].items():
            peer = peers[one["set"]][freedom]
            seconds = ours["train_seconds"] + ours["predict_seconds"]
            print(
                f"| {one['set']} | {freedom} | {ours['accuracy']:.4f} | {peer['accuracy']:.4f} "
                f"| {seconds:.2f} | {peer['seconds']:.2f} | {peer['seconds'] / seconds:.2f} | {peer['plain_seconds']:.2f} |"
            )


def peer(folder: Path, keep: Path) -> dict:
    """Runs inside the virtual environment."""
    import numpy
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression

    parts = {}
    for part in ("train", "test"):
        labels = [json.loads(line)["label"] for line in (folder / f"{part}.jsonl").open(encoding="utf-8") if line.strip()]
        vectors = numpy.fromfile(keep / f"{folder.name}-{part}.f32", dtype="<f4").reshape(len(labels), -1)
        parts[part] = (vectors, numpy.array(labels))
    result = {}
    folds = 3 if len(parts["train"][1]) > 3_000 else 5
    for freedom in (1.0, 16.0):
        begun = time.perf_counter()
        plain = LogisticRegression(C=freedom, max_iter=1_000).fit(*parts["train"])
        plain_seconds = time.perf_counter() - begun
        begun = time.perf_counter()
        model = CalibratedClassifierCV(LogisticRegression(C=freedom, max_iter=1_000), cv=folds, ensemble=False).fit(*parts["train"])
        model.predict_proba(parts["test"][0])
        seconds = time.perf_counter() - begun
        result[f"C {freedom:g}"] = {"seconds": seconds, "plain_seconds": plain_seconds, "accuracy": float(plain.score(*parts["test"]))}
    return result


if __name__ == "__main__":
    json.dump(peer(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
