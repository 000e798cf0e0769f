"""How often a question without an answer is answered, and one with an answer refused: every set's questions over every set's documents."""

import json
import os
import random
import tempfile
import urllib.request
from pathlib import Path

from program import Server, data

# Of one language, so that the questions of one could have been asked of the other.
FAMILIES = [["scifact", "xquad/en", "hotpotqa_train100"], ["xquad/zh", "cmrc2018_dev_zh"], ["xquad/es"]]
QUESTIONS = 300
AT_ONCE = 200


def measure() -> None:
    """Ingests each set with the defaults, calibrates it as an ingest does, and asks; prints a table."""
    keep = os.environ.get("RAGSTONE_BENCH_KEEP")
    print("| documents | questions | asked | found relevant | wrong | expected by the calibration |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for family in FAMILIES:
        sets = [name for name in family if data(name)]
        for documents in sets:
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(keep or temporary) / "refusal" / documents.replace("/", "-")
                folder.mkdir(parents=True, exist_ok=True)
                over(documents, sets, str(folder))


def over(documents: str, sets: list[str], folder: str) -> None:
    server = Server(folder)
    try:
        if not collections(server):
            upload(server, documents)
        calibration = send(server, "default/calibrate", {})
        threshold = calibration["meaning_and_words"] or calibration["words_alone"]
        for questions in sets:
            asked = sample(questions)
            found = sum(any(hit["relevance"]["relevant"] for hit in hits(server, question)) for question in asked)
            own = questions == documents
            wrong = (len(asked) - found if own else found) / len(asked)
            expected = threshold["false_refusals" if own else "false_answers"]
            print(f"| {documents} | {'its own' if own else questions} | {len(asked)} | {found} | {wrong:.3f} | {expected:.3f} |", flush=True)
    finally:
        server.stop()


def hits(server: Server, question: str) -> list[dict]:
    return send(server, "default/search", {"query": question})["hits"]


def collections(server: Server) -> list[dict]:
    with urllib.request.urlopen(f"{server.url}/api/collections") as response:
        return json.load(response)["collections"]


def upload(server: Server, name: str) -> None:
    documents = []
    for line in (data(name) / "corpus.jsonl").open(encoding="utf-8"):
        document = json.loads(line)
        documents.append({"source": document["_id"], "title": document.get("title") or None, "text": document["text"]})
    documents = [document for document in documents if document["text"].strip()]
    for start in range(0, len(documents), AT_ONCE):
        send(server, "default/documents", {"documents": documents[start : start + AT_ONCE]})


def sample(name: str) -> list[str]:
    """The questions that have an answer in their own set; of many, always the same."""
    folder = data(name)
    judged = {line.split("\t")[0] for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]}
    questions = [json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8")]
    texts = [question["text"] for question in questions if question["_id"] in judged]
    random.Random(0).shuffle(texts)
    return texts[:QUESTIONS]


def send(server: Server, what: str, body: dict) -> dict:
    request = urllib.request.Request(f"{server.url}/api/collections/{what}", json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)
