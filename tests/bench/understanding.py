"""What it costs to have a model help with a question, apart from the model: a stand-in replies at once."""

import json
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from program import Server, data, ragstone

QUESTIONS = 200
ALL = {"rewrite": True, "queries": 3, "decompose": True, "hypothetical": True}
HISTORY = [{"role": "user", "content": "What is this about?"}, {"role": "assistant", "content": "About many things. [1]"}]

# What is asked for, by words of our own prompts, and what is replied.
REPLIES = [
    ("Above are a conversation", lambda question: json.dumps({"question": f"{question} In detail?"})),
    ("other search queries", lambda question: json.dumps({"queries": [f"{word} {question}" for word in ("about", "on", "of")]})),
    ("several things", lambda question: json.dumps({"parts": [f"First {question}", f"Then {question}"]})),
    ("Write one passage", lambda question: f"It is known that {question}"),
]


class StandIn(BaseHTTPRequestHandler):
    """A chat model that has an answer to everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = body["messages"][1]["content"]
        question = message.split("<question-", 1)[-1].partition("\n")[2].partition("\n")[0]
        text = next((reply(question) for words, reply in REPLIES if words in message), "It is so [1].")
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        reply = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def measure() -> None:
    """Questions over one set of paragraphs through a server, with and without help."""
    folder = data("xquad/en")
    if not folder:
        return
    stand_in = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    stand_in.daemon_threads = True
    threading.Thread(target=stand_in.serve_forever, daemon=True).start()
    model = [f"generate.base_url=http://127.0.0.1:{stand_in.server_port}/v1", "generate.model=stand-in"]
    with tempfile.TemporaryDirectory() as place:
        paragraphs = Path(place) / "paragraphs"
        paragraphs.mkdir()
        for line in (folder / "corpus.jsonl").read_text().splitlines():
            paragraph = json.loads(line)
            (paragraphs / f"{paragraph['_id']}.txt").write_text(paragraph["text"])
        ragstone("ingest", paragraphs, folder=f"{place}/data")
        server = Server(f"{place}/data", *model)
        try:
            rows = compare(server, [json.loads(line)["text"] for line in (folder / "queries.jsonl").read_text().splitlines()])
        finally:
            server.stop()
    print(f"- {QUESTIONS} questions over 240 paragraphs, one after another, a stand-in that replies at once:\n")
    print("| | p50 | p99 | of the plain question's p50 |\n| --- | ---: | ---: | ---: |")
    plain = rows["plain"][QUESTIONS // 2]
    for name, values in rows.items():
        middle = values[QUESTIONS // 2]
        print(f"| {name} | {middle:.1f} ms | {values[int(QUESTIONS * 0.99)]:.1f} ms | {middle / plain:.2f} |")


def compare(server: Server, questions: list[str]) -> dict[str, list[float]]:
    """The times of each way to ask, sorted; the ways take turns, so that noise of the machine meets all of them."""
    ways = {
        "plain": {},
        "rewritten": {"history": HISTORY, "understand": {"rewrite": True}},
        "rewritten, known": {"history": HISTORY, "understand": {"rewrite": True}},
        "three other wordings": {"understand": {"queries": 3}},
        "all four": {"history": HISTORY[1:], "understand": ALL},
        "all four, known": {"history": HISTORY[1:], "understand": ALL},
    }
    questions = list(dict.fromkeys(question.strip() for question in questions))
    for question in questions[-20:]:
        server.ask(question, **ways["all four"])
    times = {name: [] for name in ways}
    for question in questions[:QUESTIONS]:
        for name, body in ways.items():
            seconds, response = server.ask(question, **body)
            understanding = response.get("understanding")
            assert (understanding is not None) == bool(body) and not (understanding or {}).get("notes"), response
            assert name == "plain" or understanding["cached"] == name.endswith("known"), (name, understanding)
            times[name].append(seconds * 1000)
    return {name: sorted(values) for name, values in times.items()}
