"""Runs Ragstone as its users do, and measures it while it runs."""

import json
import os
import platform
import signal
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("RAGSTONE_TEST_DATA", ROOT / ".." / "shared" / "data")).resolve()
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RAGSTONE = TARGET / "debug" / "ragstone"


@dataclass
class Run:
    """What a run printed, and what it took. Memory is in bytes, as Linux counts it."""

    printed: dict
    seconds: float
    processor_seconds: float
    peak: int
    # Without files that are mapped, which the system takes back when it needs the memory.
    peak_own: int
    peak_of_workers: int
    # When, how much, and how much of it its own.
    resident: list[tuple[float, int, int]]


def ragstone(*arguments: object, folder: str | None = None, stop_after: float | None = None) -> Run:
    """Runs the program with --json; with `stop_after`, interrupts it as Ctrl-C does after so many seconds."""
    command = [str(RAGSTONE), *map(str, arguments), "--json"] + (["--data-dir", folder] if folder else [])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    memory = MemoryWatch(process.pid, stop_after)
    memory.start()
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    memory.ended.set()
    memory.join()
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed")
    seconds = time.perf_counter() - memory.begun
    return Run(json.loads(printed), seconds, usage.ru_utime + usage.ru_stime, memory.peak, memory.peak_own, memory.peak_of_workers, memory.resident)


class MemoryWatch(threading.Thread):
    """Notes the memory of a process and of its children five times a second; interrupts it when its time is up."""

    def __init__(self, process: int, stop_after: float | None) -> None:
        super().__init__(daemon=True)
        self.process, self.stop_after = process, stop_after
        self.begun, self.ended = time.perf_counter(), threading.Event()
        self.peak = self.peak_own = self.peak_of_workers = 0
        self.resident: list[tuple[float, int, int]] = []

    def run(self) -> None:
        while not self.ended.wait(0.2):
            elapsed = time.perf_counter() - self.begun
            own = memory_of(self.process, "RssAnon")
            self.resident.append((elapsed, memory_of(self.process, "VmRSS"), own))
            self.peak = max(self.peak, memory_of(self.process, "VmHWM"))
            self.peak_own = max(self.peak_own, own)
            children = [int(child) for thread in Path(f"/proc/{self.process}/task").glob("*/children") for child in read(thread).split()]
            self.peak_of_workers = max(self.peak_of_workers, sum(memory_of(child, "VmRSS") for child in children))
            if self.stop_after is not None and elapsed > self.stop_after:
                os.kill(self.process, signal.SIGINT)
                self.stop_after = None


def memory_of(process: int, key: str) -> int:
    lines = read(Path(f"/proc/{process}/status")).splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(key)), 0)


def read(path: Path) -> str:
    """What is in a file of /proc; nothing once the process is gone."""
    try:
        return path.read_text()
    except OSError:
        return ""


class Server:
    """A running `ragstone serve`."""

    def __init__(self, folder: str, *settings: str) -> None:
        command = [RAGSTONE, "serve", "--bind", "127.0.0.1:0", "--data-dir", folder]
        command += [argument for setting in settings for argument in ("--set", setting)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.url = next(line.split()[3] for line in self.process.stderr if "serves on" in line)
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()

    def search(self, query: str, **options: object) -> dict:
        """Searches, with settings for this search; gives the server's timings, and the client's."""
        seconds, response = self.post("search", {"query": query} | options)
        return response["timings"] | {"http_ms": seconds * 1000}

    def ask(self, question: str, **body: object) -> tuple[float, dict]:
        return self.post("ask", {"question": question} | body)

    def post(self, what: str, body: dict) -> tuple[float, dict]:
        """Seconds and response of a request about the default collection."""
        url = f"{self.url}/api/collections/default/{what}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
        begun = time.perf_counter()
        with urllib.request.urlopen(request) as response:
            read = json.load(response)
        return time.perf_counter() - begun, read

    def explain(self, query: str, document: str) -> float:
        """Asks why a document is not found; gives the time in milliseconds."""
        seconds, _ = self.post("explain", {"query": query, "document": document})
        return seconds * 1000

    def stop(self) -> int:
        """Stops it; gives its peak memory in bytes."""
        peak = memory_of(self.process.pid, "VmHWM")
        self.process.terminate()
        self.process.wait()
        return peak


def data(name: str) -> Path | None:
    path = DATA / name
    if path.exists():
        return path
    print(f"left out: there is no {path}; set RAGSTONE_TEST_DATA")
    return None


def unpacked(pages: Path, folder: Path) -> Path:
    """The pages as files; the set may come as an archive."""
    archive = next(pages.glob("*.tar.*"), None)
    if not archive:
        return pages
    tree = folder / "pages"
    if not tree.is_dir():
        tree.mkdir(parents=True)
        subprocess.run(["tar", "-xf", archive, "-C", tree], check=True)
    return tree


def processor() -> str:
    lines = read(Path("/proc/cpuinfo")).splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
