"""Ingest rates and memory on sets of different kinds."""

import json
import os
import random
import statistics
import subprocess
import tempfile
from pathlib import Path

from program import ROOT, TARGET, Run, data, ragstone, unpacked

EMBED_EXAMPLE = TARGET / "debug" / "examples" / "embed_throughput"
COLUMNS = ["set", "documents/s", "MB/s", "chunks/s", "model busy", "peak memory", "its own", "of workers", "processors used"]


def measure_sets() -> None:
    """Five sets, one table."""
    print("| " + " | ".join(COLUMNS) + " |\n| --- |" + " ---: |" * (len(COLUMNS) - 1))
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(os.environ.get("RAGSTONE_BENCH_KEEP", temporary))
        if book := data("corpus_rust_book/src"):
            show("the Rust Book, 112 files", book, ingest(book))
        if documents := data("documents"):
            show("82 mixed documents", documents, ingest(documents))
        if book:
            long = long_pdf(book, Path(temporary) / "long.pdf", pages=600)
            show("one PDF of 600 pages", long, ingest(long))
        if pages := data("corpus_tldr"):
            tree = unpacked(pages, place)
            first, again = ingest_twice(tree)
            show("38,404 small pages", tree, first)
            show("the same again, unchanged", tree, again)
            print(f"\nAgain takes {again.printed['seconds'] / first.printed['seconds']:.1%} of the first time (wanted: under 5 %).")


def measure_big_tree(minutes: float = 10, gigabytes: float = 1) -> None:
    """A tree far larger than memory should grow with: stopped after some minutes, then gone on with."""
    book = data("corpus_rust_book/src")
    if not book:
        return
    with tempfile.TemporaryDirectory() as temporary:
        tree = big_tree(book, Path(temporary) / "tree", int(gigabytes * 1e9))
        store = str(Path(temporary) / "data")
        first = ragstone("ingest", tree, folder=store, stop_after=minutes * 60)
        report = first.printed
        quarters = [[seen for seen in first.resident if first.seconds * part / 4 <= seen[0] < first.seconds * (part + 1) / 4] for part in range(4)]
        medians = ", ".join(
            f"{statistics.median(seen[1] for seen in quarter) / 1e6:.0f} MB ({statistics.median(seen[2] for seen in quarter) / 1e6:.0f})"
            for quarter in quarters if quarter
        )
        print(f"- stopped after {first.seconds:.0f} s: {report['indexed']} documents, {report['chunks_embedded'] / report['seconds']:.1f} chunks/s, "
              f"model busy {busy(first)}, peak memory {first.peak / 1e6:.0f} MB, {first.peak_own / 1e6:.0f} MB of it its own; median memory by quarters of the time (its own): {medians}")
        second = ragstone("ingest", tree, folder=store, stop_after=90)
        report = second.printed
        print(f"- gone on with for {second.seconds:.0f} s: {report['unchanged']} documents were done already, {report['indexed']} more, "
              f"{len(report['failed'])} failed")


def ingest(path: Path) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        return ragstone("ingest", path, folder=folder)


def ingest_twice(path: Path) -> tuple[Run, Run]:
    with tempfile.TemporaryDirectory() as folder:
        return ragstone("ingest", path, folder=folder), ragstone("ingest", path, folder=folder)


def show(name: str, path: Path, run: Run) -> None:
    report, seconds = run.printed, run.printed["seconds"]
    documents = report["indexed"] + report["unchanged"] + report["replaced"]
    row = [
        name,
        f"{documents / seconds:.1f}",
        f"{size(path) / 1e6 / seconds:.2f}",
        f"{report['chunks_embedded'] / seconds:.1f}",
        busy(run),
        f"{run.peak / 1e6:.0f} MB",
        f"{run.peak_own / 1e6:.0f} MB",
        f"{run.peak_of_workers / 1e6:.0f} MB" if run.peak_of_workers else "–",
        f"{run.processor_seconds / run.seconds:.2f}",
    ]
    print("| " + " | ".join(row) + " |", flush=True)


def busy(run: Run) -> str:
    return f"{run.printed['model_busy_seconds'] / run.printed['seconds']:.2f}" if run.printed["chunks_embedded"] else "–"


def size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def share_of_embedding_rate() -> None:
    """A documentation tree: the whole ingest against only embedding the same chunks."""
    tree = data("corpus_rust_book/src")
    if not tree:
        return
    shares = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            run = ragstone("ingest", tree, folder=folder)
            chunks = Path(folder) / "chunks.jsonl"
            texts = write_chunks(folder, chunks)
            alone = json.loads(subprocess.run([EMBED_EXAMPLE, chunks], cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        # The model is loaded before an ingest begins; its report has the time of the ingest alone.
        share = alone["seconds"] / run.printed["seconds"]
        shares.append(share)
        print(f"- {run.printed['chunks_embedded']} chunks in {run.printed['seconds']:.1f} s; embedding alone {alone['seconds']:.1f} s ({texts} texts): share {share:.2f}")
    print(f"\nMedian share of the embedding-only throughput: {statistics.median(shares):.2f} (at least 0.85 is wanted)")


def write_chunks(folder: str, path: Path) -> int:
    """What an ingest has embedded, read back from its documents."""
    written = 0
    documents = ragstone("documents", "list", "--limit", "1000", folder=folder).printed["documents"]
    with path.open("w") as lines:
        for summary in documents:
            document = ragstone("documents", "show", summary["id"], folder=folder).printed
            text = document["text"].encode()
            for chunk in document["chunks"]:
                span = chunk["span"]
                title = " > ".join([document["title"], *chunk["heading_path"]])
                body = text[span["start"] : span["end"]].decode()
                lines.write(json.dumps({"_id": chunk["id"], "title": title, "text": body}) + "\n")
                written += 1
    return written


def big_tree(book: Path, tree: Path, size_bytes: int) -> Path:
    """Files of about 20 kB with paragraphs of a book in random order: no two are alike."""
    paragraphs = [paragraph for file in sorted(book.glob("*.md")) for paragraph in file.read_text().split("\n\n") if len(paragraph) > 80]
    choose = random.Random(1)
    written = number = 0
    while written < size_bytes:
        text = f"# Document {number}\n\n" + "\n\n".join(choose.choices(paragraphs, k=50))
        path = tree / f"{number // 1000:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written += len(text)
        number += 1
    return tree


def long_pdf(book: Path, path: Path, pages: int) -> Path:
    """A PDF of so many pages with the text of a book, written by hand: one font, 45 lines a page."""
    lines = [line[start : start + 90] for file in sorted(book.glob("*.md")) for line in file.read_text().splitlines() for start in range(0, max(len(line), 1), 90)]
    lines = (lines * (pages * 45 // len(lines) + 1))[: pages * 45]
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in range(pages):
        shown = [line.encode("ascii", "replace").decode().replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines[page * 45 : page * 45 + 45]]
        stream = "BT /F1 10 Tf 14 TL 50 740 Td\n" + "\n".join(f"({line}) Tj T*" for line in shown) + "\nET"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents {len(objects) + 2} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>"
    written, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    path.write_bytes(written + trailer.encode())
    return path
