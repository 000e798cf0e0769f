#!/usr/bin/env python3
"""Provisions what Ragstone needs besides cargo: ONNX Runtime, PDFium and the default embedding model.

Reads `runtime.lock` beside this file and places each pinned package into `.runtime` of the repository:

    .runtime/onnxruntime/                the shared library and its licence
    .runtime/pdfium/                     the shared library and its licences
    .runtime/models/all-MiniLM-L6-v2/    weights, tokenizer, configuration and licence

`make setup` calls it; it needs Python 3.9 or later with pip, and nothing else. Each package is fetched with
pip, which checks the pinned hash, unpacked beside its destination and moved there by one rename: an
interrupted run leaves nothing half-placed, and the next one goes on with the packages that are missing.
"""

import argparse
import errno
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).resolve().with_name("runtime.lock")
MANIFEST = "manifest.json"
PARTIAL_PREFIX = ".partial-"
OLDEST_GLIBC = (2, 28)
OLDEST_MACOS = 14


class SetupError(Exception):
    """What went wrong and what to do about it, in one or two lines."""


def main() -> int:
    options = arguments()
    try:
        packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
        target = options.target or host_target(packages)
        into = options.into.resolve()
        remove_abandoned(into)
        missing = [package for package in packages if not is_placed(package, target, into)]
        if not missing:
            print(f"setup: everything is in {shown(into)}")
            return 0
        into.mkdir(parents=True, exist_ok=True)
        try:
            for package in missing:
                place(package, target, into)
        finally:
            remove_if_empty(into / "downloads")
        print(f"setup: done, everything is in {shown(into)}")
        return 0
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
    except OSError as error:
        print(f"setup: {explained(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nsetup: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Provisions ONNX Runtime, PDFium and the default embedding model, as pinned in config/runtime.lock.")
    parser.add_argument("--into", type=Path, default=REPOSITORY / ".runtime", help="the folder to fill (default: .runtime)")
    parser.add_argument("--target", help="provision for another machine: linux-x86_64, linux-aarch64 or macos-arm64")
    return parser.parse_args()


def host_target(packages: list) -> str:
    """The name of this machine's kind in the lock file; an error says why there is none."""
    system, machine = platform.system(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "Darwin":
        release = platform.mac_ver()[0]
        if machine == "aarch64" and release and int(release.split(".")[0]) < OLDEST_MACOS:
            raise SetupError(f"ONNX Runtime needs macOS {OLDEST_MACOS} or later, this is {release}; {bring_your_own()}")
        target = "macos-arm64" if machine == "aarch64" else f"macos-{machine}"
    else:
        target = f"{system.lower()}-{machine}"
    supported = sorted({name for package in packages for name in package["wheels"]} - {"any"})
    if target not in supported:
        raise SetupError(f"no ONNX Runtime is pinned for {target}, only for {', '.join(supported)}; {bring_your_own()}")
    if system == "Linux":
        check_glibc()
    return target


def check_glibc() -> None:
    library, version = platform.libc_ver()
    oldest = ".".join(map(str, OLDEST_GLIBC))
    if library != "glibc":
        raise SetupError(f"the pinned ONNX Runtime needs glibc {oldest} or later, and this system has another C library; {bring_your_own()}")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC:
        raise SetupError(f"the pinned ONNX Runtime needs glibc {oldest} or later, this system has {version}; {bring_your_own()}")


def bring_your_own() -> str:
    return "point ORT_DYLIB_PATH at an ONNX Runtime library built for this machine"


def wheel_of(package: dict, target: str) -> dict:
    wheels = package["wheels"]
    wheel = wheels.get(target) or wheels.get("any")
    if wheel is None:
        raise SetupError(f"{package['package']} is not pinned for {target}, only for {', '.join(sorted(wheels))}")
    return wheel


def is_placed(package: dict, target: str, into: Path) -> bool:
    """Whether the folder was filled from exactly this wheel and every file still has its size."""
    folder = into / package["folder"]
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["sha256"] != wheel_of(package, target)["sha256"]:
            return False
        return all((folder / name).stat().st_size == size for name, size in manifest["files"].items())
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return False


def place(package: dict, target: str, into: Path) -> None:
    """Fetches, checks, unpacks and moves one package to its folder."""
    wheel = wheel_of(package, target)
    print(f"setup: {package['package']} {package['version']} ({wheel['size_bytes'] / 1e6:.0f} MB) into {shown(into / package['folder'])}", flush=True)
    check_space(into, wheel)
    archive = fetch(package, wheel, into / "downloads")
    destination = into / package["folder"]
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_folder(into)
    try:
        partial.chmod(0o755)
        unpack(archive, wheel, partial)
        swap(partial, destination, into)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    archive.unlink(missing_ok=True)


def check_space(into: Path, wheel: dict) -> None:
    needed, free = wheel["size_bytes"] * 3, shutil.disk_usage(into).free
    if free < needed:
        raise SetupError(f"{into} has {free / 1e6:.0f} MB free and {needed / 1e6:.0f} MB are needed; make room and run it again")


def fetch(package: dict, wheel: dict, downloads: Path) -> Path:
    """The wheel, from an earlier run if it is whole, else through pip, which checks the hash."""
    archive = downloads / wheel["file"]
    if archive.is_file() and sha256_of(archive) == wheel["sha256"]:
        return archive
    downloads.mkdir(parents=True, exist_ok=True)
    partial = partial_folder(downloads)
    try:
        download(package, wheel, partial)
        arrived = partial / wheel["file"]
        if not arrived.is_file():
            raise SetupError(f"pip ended without an error and did not bring {wheel['file']}; check pip's configuration (`{python()} -m pip config list`)")
        if sha256_of(arrived) != wheel["sha256"]:
            raise SetupError(wrong_hash(package))
        os.replace(arrived, archive)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return archive


def download(package: dict, wheel: dict, folder: Path) -> None:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{package['package']}=={package['version']} --hash=sha256:{wheel['sha256']}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir"]
    command += ["--platform", wheel["platform"], "--python-version", "3.12", "--implementation", "cp"]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    # Progress goes straight to the terminal; complaints do too, and are kept to be explained.
    complaints = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stderr:
            sys.stderr.write(line)
            complaints.append(line)
    if process.returncode != 0:
        raise SetupError(pip_failure(package, "".join(complaints)))


def pip_failure(package: dict, complaints: str) -> str:
    def says(pattern: str) -> bool:
        return re.search(pattern, complaints, re.IGNORECASE) is not None

    name = f"{package['package']} {package['version']}"
    if says(r"no module named pip"):
        return f"{python()} has no pip; run `{python()} -m ensurepip`, or install your system's package for it (python3-pip)"
    if says(r"do not match the hashes|hash(es)? mismatch"):
        return wrong_hash(package)
    if says(r"no space left|disk quota exceeded"):
        return f"no space left while fetching {name}; make room (also in {tempfile.gettempdir()}) and run it again"
    if says(r"connection|timed? ?out|name resolution|proxy|max retries|ssl|certificate|unreachable"):
        return f"could not reach the package index for {name}; check the network, or set your mirror with `pip config set global.index-url URL`"
    if says(r"no matching distribution"):
        return f"the package index could not be reached, or has no {name}; check the network and `{python()} -m pip config list`"
    return f"pip could not fetch {name}; it says why above"


def wrong_hash(package: dict) -> str:
    return (
        f"{package['package']} {package['version']} came with another hash than config/runtime.lock pins: the download was damaged, or the index "
        "serves another file; nothing was kept, run it again, and do not use this index if it happens twice"
    )


def unpack(archive: Path, wheel: dict, partial: Path) -> None:
    sizes = {}
    try:
        with zipfile.ZipFile(archive) as members:
            for member, name in wheel["members"].items():
                to = partial / name
                to.parent.mkdir(parents=True, exist_ok=True)
                with members.open(member) as source, to.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                    sink.flush()
                    os.fsync(sink.fileno())
                sizes[name] = to.stat().st_size
    except (KeyError, zipfile.BadZipFile) as error:
        raise SetupError(f"{wheel['file']} is not as config/runtime.lock describes it ({error}); correct its `members`") from error
    manifest = {"sha256": wheel["sha256"], "wheel": wheel["file"], "files": sizes}
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def swap(partial: Path, destination: Path, into: Path) -> None:
    """Moves the finished folder into place; what was there before goes away only then."""
    former = partial_folder(into) / "former"
    try:
        if destination.exists():
            os.rename(destination, former)
        os.rename(partial, destination)
    except OSError:
        # A run beside this one may have been faster; what it has placed is as good.
        if not (destination / MANIFEST).is_file():
            raise
    finally:
        shutil.rmtree(former.parent, ignore_errors=True)


def partial_folder(beside: Path) -> Path:
    """A folder for what is not complete yet, on the same disk; its name says which process it belongs to."""
    return Path(tempfile.mkdtemp(prefix=f"{PARTIAL_PREFIX}{os.getpid()}-", dir=beside))


def remove_abandoned(into: Path) -> None:
    """Removes what runs that were killed have left, and nothing of a run beside this one."""
    for partial in [*into.glob(PARTIAL_PREFIX + "*"), *(into / "downloads").glob(PARTIAL_PREFIX + "*")]:
        owner = partial.name[len(PARTIAL_PREFIX) :].split("-")[0]
        if not (owner.isdigit() and is_running(int(owner))):
            shutil.rmtree(partial, ignore_errors=True)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # It is another user's.
    return True


def remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass  # It is not there, or a wheel is in it that the next run can use.


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def explained(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full; make room and run it again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename} may not be written; correct its owner or permissions, or give another folder with --into"
    return f"{error.strerror}: {error.filename}; correct that and run it again, or give another folder with --into"


def python() -> str:
    return Path(sys.executable).name or "python3"


def shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
