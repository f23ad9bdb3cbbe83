"""Archives of every peer, built in child processes that are watched, and kept for later runs."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.corpus import PROJECT, Corpus
from benchmarks.peers import Peer

_made: set[Path] = set()  # in this run


@dataclass(frozen=True)
class Built:
    """An archive on disk and what it cost. Memory is in bytes, time in seconds."""

    folder: Path
    seconds: float
    bytes: int
    peak_rss: int  # of the building process alone, files that it mapped included
    peak_memory: int  # of all processes together, mapped files left out; 0 where unknown

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"folder": self.folder.name}


def child(task: dict[str, Any]) -> dict[str, Any]:
    """Run a task of :mod:`benchmarks.worker`; its answer, with the memory of all its processes."""
    command = [sys.executable, "-m", "benchmarks.worker", json.dumps(task, default=str)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as process:
        watch = _Watch(process.pid)
        out, _ = process.communicate()
        peak = watch.stop()
    if process.returncode:
        raise RuntimeError(f"{task['do']} {task['peer']} ended with {process.returncode}")
    answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    return answer | {"peak_memory": peak}


def build(
    peer: Peer,
    corpus: Corpus,
    work: Path,
    *,
    commits: int = 1,
    fresh: bool = False,
    reuse: bool = False,
) -> Built:
    """The peer's archive of a corpus; built if there is none of this version, or if ``fresh``.

    ``reuse`` takes searchlib's archive although the code has changed since it was built.
    """
    label = f"{peer.archive or peer.name}-{corpus.name}-{'+'.join(peer.fields)}-{commits}"
    folder = work / "archives" / label
    about = folder.with_name(f"{label}.json")
    stamp = peer.version() + (_code() if peer.name == "searchlib" else "")
    if about.exists() and folder.exists() and (folder in _made or not fresh):
        known = json.loads(about.read_text())
        if known.pop("stamp") == stamp or reuse:
            return Built(folder, **known)
    shutil.rmtree(folder, ignore_errors=True)
    about.unlink(missing_ok=True)
    folder.mkdir(parents=True)
    if peer.name == "searchlib":  # makes its folder itself
        folder.rmdir()
    task = {"do": "build", "peer": peer.name, "fields": peer.fields, "commits": commits}
    print(f"  building {label} ...", file=sys.stderr, flush=True)
    told = child(task | {"corpus": asdict(corpus), "folder": folder})
    size = size_of(folder)
    cost = {"seconds": told["seconds"], "bytes": size}
    cost |= {"peak_rss": told["peak_rss"], "peak_memory": told["peak_memory"]}
    about.write_text(json.dumps(cost | {"stamp": stamp}))
    _made.add(folder)
    return Built(folder, **cost)


def size_of(folder: Path) -> int:
    """Bytes in all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def timed_opens(peer: Peer, folder: Path, word: str, times: int = 5) -> list[dict[str, Any]]:
    """Open an archive in fresh processes, one after the other."""
    task = {"do": "open", "peer": peer.name, "fields": peer.fields, "folder": folder}
    return [child(task | {"word": word}) for _ in range(times)]


def timed_append(peer: Peer, folder: Path, work: Path, count: int = 100) -> dict[str, Any]:
    """Add articles to a copy of an archive and find them."""
    copy = work / "archives" / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    task = {"do": "append", "peer": peer.name, "fields": peer.fields, "folder": copy}
    try:
        return child(task | {"articles": count, "seed": 99})
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def together(
    peer: Peer, folder: Path, drawn: dict[str, Any], processes: int, seconds: float
) -> list[dict[str, Any]]:
    """Search one archive from several processes at the same time."""
    task = {"do": "serve", "peer": peer.name, "fields": peer.fields, "folder": folder}
    text = json.dumps(task | drawn | {"seconds": seconds}, default=str)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", text],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True,
        )
        for _ in range(processes)
    ]  # fmt: skip
    answers = []
    for _ in ("ready", "done"):
        _all_said(running)
        _tell(running)
    for process in running:
        out, _err = process.communicate()
        answers.append(json.loads(out.splitlines()[-1]))
    return answers


def _all_said(running: Sequence[subprocess.Popen[str]]) -> None:
    for process in running:
        assert process.stdout
        if not process.stdout.readline():
            raise RuntimeError("a searching process ended early")


def _tell(running: Sequence[subprocess.Popen[str]]) -> None:
    for process in running:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()


class _Watch:
    """Samples the memory of a process and all its descendants, twenty times a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._stopped.set()
        self._thread.join()
        return self._peak

    def _run(self) -> None:
        while not self._stopped.wait(0.05):
            self._peak = max(self._peak, sum(map(_memory, _family(self._pid))))


def _family(pid: int) -> list[int]:
    """A process and its descendants; Linux only."""
    found = [pid]
    for one in found:
        for path in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, path.read_text().split())
            except OSError:  # it has ended
                continue
    return found


def _memory(pid: int) -> int:
    """Bytes of a process that no file holds."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    kinds = ("RssAnon:", "RssShmem:")
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(kinds))


def _code() -> str:
    """A mark that changes with searchlib's source."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT / "searchlib").rglob("*.py")):
        digest.update(path.read_bytes())
    return "-" + digest.hexdigest()[:12]
