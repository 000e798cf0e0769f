#!/usr/bin/env python3
"""Compares Ragstone's embedding throughput with Python on the same texts, graph, tokenizer and threads.

    python3 -m venv VENV && VENV/bin/pip install onnxruntime==1.32.0 numpy tokenizers fastembed
    VENV/bin/python tests/bench/embed_baseline.py CORPUS.jsonl --limit 1000

The corpus has one JSON object a line with `title` and `text`. Three contestants take turns, round by round, in one run:

* ours: `crates/embed/examples/embed_throughput.rs`, with the defaults;
* loop: a plain Python loop over the same onnxruntime and the same graph, one session with all threads, texts sorted by
  length and batched by the same budget of padded tokens, tokenised by the `tokenizers` package;
* fastembed: Python's fastembed with its defaults (batches of 256, unsorted, padded to the longest; if it is installed), on
  the same graph, given as a custom model, and truncated to the same length.

All include tokenising. The graph pools inside, so no contestant pools in its own code. Prints one JSON object a round and a summary:
the median of each and the ratios, which should be at least 0.95 (loop) and 1.2 (fastembed).
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = "all-MiniLM-L6-v2"
DIMENSION = 384
MAX_TOKENS = 256
EXTERNAL_DATA_FOLDER = "session.model_external_initializers_file_folder_path"


def main() -> int:
    options = arguments()
    texts = read_texts(options.corpus, options.limit)
    model = options.runtime / "models" / MODEL
    with tempfile.TemporaryDirectory(dir=options.runtime) as scratch:
        graph = Path(scratch) / "model.onnx"
        ours = Ours(options, graph)
        tokens = ours.tokens
        contestants = {"ours": ours.embed, "loop": Loop(graph, model, options).embed}
        fastembed = fastembed_contestant(Path(scratch), model, options.threads)
        if fastembed:
            contestants["fastembed"] = fastembed
        rates = {name: [] for name in contestants}
        agreement = {}
        for round_number in range(options.rounds):
            for name, embed in contestants.items():
                begun = time.perf_counter()
                vectors = embed(texts)
                rates[name].append(tokens / (time.perf_counter() - begun))
                if vectors is not None:
                    agreement[name] = vectors
            print(json.dumps({"round": round_number + 1, **{name: round(of[-1]) for name, of in rates.items()}}), flush=True)
        ours.end()
    medians = {name: statistics.median(of) for name, of in rates.items()}
    summary = {"texts": len(texts), "tokens": tokens, "threads": options.threads, "batch_tokens": options.batch_tokens}
    summary["tokens_per_second"] = {name: round(median) for name, median in medians.items()}
    for name in contestants:
        if name != "ours":
            summary[f"ours/{name}"] = round(statistics.median(a / b for a, b in zip(rates["ours"], rates[name])), 3)
    summary["peak_rss_mb"] = {"ours": round(ours.peak_rss_bytes / 1e6), "python": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)}
    if "fastembed" in agreement:
        summary["largest_difference_loop_fastembed"] = float(numpy.abs(agreement["loop"] - agreement["fastembed"]).max())
    else:
        summary["fastembed"] = "not installed"
    print(json.dumps(summary, indent=1))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compares embedding throughput with Python.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runtime", type=Path, default=REPOSITORY / ".runtime")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch-tokens", type=int, default=512, help="the default of `embed.batch_tokens`")
    parser.add_argument("--example", type=Path, help="the built example; by default cargo builds and runs it")
    return parser.parse_args()


def read_texts(corpus: Path, limit: int) -> list:
    with corpus.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for _, line in zip(range(limit), lines)]
    return [f"{entry.get('title', '')} {entry['text']}".strip() for entry in entries]


class Ours:
    """The example, which embeds once for every line that it is sent."""

    def __init__(self, options: argparse.Namespace, graph: Path):
        command = [str(options.example)] if options.example else ["cargo", "run", "--quiet", "-p", "ragstone-embed", "--example", "embed_throughput", "--"]
        command += [str(options.corpus), "--limit", str(options.limit), "--runtime", str(options.runtime), "--rounds", str(options.rounds + 1), "--serve"]
        command += ["--threads", str(options.threads), "--batch-tokens", str(options.batch_tokens), "--write-graph", str(graph)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        if not self.process.stdout.readline():
            sys.exit("the example did not start; its message is above")
        # The first round opens the sessions and is not counted, as Python's sessions are opened before.
        self.embed(None)

    def embed(self, _texts) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        result = json.loads(self.process.stdout.readline())
        self.tokens, self.peak_rss_bytes = result["tokens"], result["peak_rss_bytes"] or 0

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Loop:
    """What one would write in Python."""

    def __init__(self, graph: Path, model: Path, options: argparse.Namespace):
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.add_session_config_entry(EXTERNAL_DATA_FOLDER, str(model.resolve()))
        self.session = onnxruntime.InferenceSession(graph.read_bytes(), settings, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.budget = options.batch_tokens

    def embed(self, texts: list) -> numpy.ndarray:
        encodings = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        vectors = numpy.empty((len(texts), DIMENSION), numpy.float32)
        for batch in self.batches(encodings):
            longest = len(encodings[batch[0]])
            ids = numpy.zeros((len(batch), longest), numpy.int64)
            mask = numpy.zeros_like(ids)
            for row, position in enumerate(batch):
                length = len(encodings[position])
                ids[row, :length] = encodings[position]
                mask[row, :length] = 1
            pooled = self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            vectors[batch] = pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors

    def batches(self, encodings: list) -> list:
        batches, batch = [], []
        for position in sorted(range(len(encodings)), key=lambda position: -len(encodings[position])):
            if batch and (len(batch) + 1) * len(encodings[batch[0]]) > self.budget:
                batches.append(batch)
                batch = []
            batch.append(position)
        return batches + [batch] if batch else batches


def fastembed_contestant(scratch: Path, model: Path, threads: int):
    """fastembed with its defaults, told where the model is; `None` if it is not installed."""
    try:
        from fastembed import TextEmbedding
        from fastembed.common.model_description import ModelSource, PoolingType
    except ImportError:
        return None
    for name in ["config.json", "tokenizer.json", "special_tokens_map.json"]:
        shutil.copy(model / name, scratch / name)
    settings = json.loads((model / "tokenizer_config.json").read_text(encoding="utf-8"))
    (scratch / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": MAX_TOKENS}), encoding="utf-8")
    os.link(model / "model.safetensors", scratch / "model.safetensors")
    name = f"local/{MODEL}"
    TextEmbedding.add_custom_model(
        model=name, pooling=PoolingType.DISABLED, normalization=True, sources=ModelSource(hf=name), dim=DIMENSION, model_file="model.onnx"
    )
    embedding = TextEmbedding(name, specific_model_path=str(scratch), threads=threads)
    return lambda texts: numpy.stack(list(embedding.embed(texts)))


if __name__ == "__main__":
    sys.exit(main())
