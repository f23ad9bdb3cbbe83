"""Every peer's archives: built in monitored child processes, and kept for later runs."""

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

_built: set[Path] = set()  # in this run


@dataclass(frozen=True)
class Built:
    """An archive on disk and what building it cost: memory in bytes, time in seconds."""

    folder: Path
    seconds: float
    bytes: int
    peak_rss: int  # of the building process alone, mapped files included
    peak_memory: int  # of all its processes, without mapped files; 0 if unknown

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"folder": self.folder.name}


def child(task: dict[str, Any]) -> dict[str, Any]:
    """Run a task of :mod:`benchmarks.worker`. Returns its answer and the peak memory."""
    command = [sys.executable, "-m", "benchmarks.worker", json.dumps(task, default=str)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as process:
        monitor = _MemoryMonitor(process.pid)
        out, _ = process.communicate()
        peak = monitor.stop()
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

    With ``reuse``, searchlib's archive is used even if the code has changed since it was built.
    """
    label = f"{peer.archive or peer.name}-{corpus.name}-{'+'.join(peer.fields)}-{commits}"
    folder = work / "archives" / label
    cost_path = folder.with_name(f"{label}.json")
    stamp = peer.version() + (_code() if peer.name == "searchlib" else "")
    if cost_path.exists() and folder.exists() and (folder in _built or not fresh):
        cost = json.loads(cost_path.read_text())
        if cost.pop("stamp") == stamp or reuse:
            return Built(folder, **cost)
    shutil.rmtree(folder, ignore_errors=True)
    cost_path.unlink(missing_ok=True)
    folder.mkdir(parents=True)
    if peer.name == "searchlib":  # creates its directory itself
        folder.rmdir()
    task = {"do": "build", "peer": peer.name, "fields": peer.fields, "commits": commits}
    print(f"  building {label} ...", file=sys.stderr, flush=True)
    answer = child(task | {"corpus": asdict(corpus), "folder": folder})
    cost = {"seconds": answer["seconds"], "bytes": size_of(folder)}
    cost |= {"peak_rss": answer["peak_rss"], "peak_memory": answer["peak_memory"]}
    cost_path.write_text(json.dumps(cost | {"stamp": stamp}))
    _built.add(folder)
    return Built(folder, **cost)


def size_of(folder: Path) -> int:
    """The total size of a directory's files, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def timed_opens(peer: Peer, folder: Path, word: str, times: int = 5) -> list[dict[str, Any]]:
    """Open an archive in new processes, one after the other."""
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
    peer: Peer, folder: Path, query_spec: dict[str, Any], processes: int, seconds: float
) -> list[dict[str, Any]]:
    """Search one archive from several processes at the same time."""
    task = {"do": "serve", "peer": peer.name, "fields": peer.fields, "folder": folder}
    text = json.dumps(task | query_spec | {"seconds": seconds}, default=str)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", text],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True,
        )
        for _ in range(processes)
    ]  # fmt: skip
    answers = []
    for _ in ("ready", "done"):
        _await_line(running)
        _signal(running)
    for process in running:
        out, _err = process.communicate()
        answers.append(json.loads(out.splitlines()[-1]))
    return answers


def _await_line(running: Sequence[subprocess.Popen[str]]) -> None:
    for process in running:
        assert process.stdout
        if not process.stdout.readline():
            raise RuntimeError("a searching process ended early")


def _signal(running: Sequence[subprocess.Popen[str]]) -> None:
    for process in running:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()


class _MemoryMonitor:
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
    pids = [pid]
    for parent in pids:
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                pids += map(int, path.read_text().split())
            except OSError:  # it has ended
                continue
    return pids


def _memory(pid: int) -> int:
    """Memory of a process that is not backed by files, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    kinds = ("RssAnon:", "RssShmem:")
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(kinds))


def _code() -> str:
    """A digest of searchlib's source."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT / "searchlib").rglob("*.py")):
        digest.update(path.read_bytes())
    return "-" + digest.hexdigest()[:12]
