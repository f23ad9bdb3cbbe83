"""The code of a child process: ``python -m benchmarks.worker TASK``, with the task as JSON.

Building and opening are measured in separate processes, so that memory and warm caches of one
library do not count for another. The answer is one line of JSON on standard output.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import corpus, merging, peers, queries

Task = dict[str, Any]


def build(task: Task) -> dict[str, Any]:
    """Index a corpus into a folder."""
    peer = peers.make(task["peer"], task["fields"])
    why = peer.missing()  # imports the library, which is not timed
    if why:
        raise SystemExit(why)
    entry = task["corpus"] | {"path": Path(task["corpus"]["path"])}
    start = time.perf_counter()
    peer.build(corpus.Corpus(**entry), Path(task["folder"]), task["commits"])
    return {"seconds": time.perf_counter() - start}


def build_unmerged(task: Task) -> dict[str, Any]:
    """Index a corpus in commits without merges."""
    entry = task["corpus"] | {"path": Path(task["corpus"]["path"])}
    folder, fields = Path(task["folder"]), tuple(task["fields"])
    merging.build_unmerged(corpus.Corpus(**entry), folder, fields, task["commits"])
    return {}


def optimize(task: Task) -> dict[str, Any]:
    """Merge the segments of an archive."""
    return merging.optimize(Path(task["folder"]))


def open_(task: Task) -> dict[str, Any]:
    """Open an archive and search it once, in a fresh process."""
    peer = peers.make(task["peer"], task["fields"])
    peer.missing()
    query = queries.Query("one word", (task["word"],))
    start = time.perf_counter()
    searcher = peer.open(Path(task["folder"]))
    opened = time.perf_counter()
    searcher.search(query)
    searched = time.perf_counter()
    searcher.close()
    return {"open": opened - start, "first_search": searched - opened}


def append(task: Task) -> dict[str, Any]:
    """Add articles to an archive and find them."""
    peer = peers.make(task["peer"], task["fields"])
    peer.missing()
    word = "zyxwvutsrq"
    generated = corpus.Generator(task["seed"]).articles(task["articles"])
    articles = [a | {"id": f"new-{a['id']}", "body": f"{a['body']} {word}"} for a in generated]
    query = queries.Query("one word", (word,))
    seconds, total = peer.append(Path(task["folder"]), articles, query)
    return {"seconds": seconds, "found": total, "articles": len(articles)}


def serve(task: Task) -> dict[str, Any]:
    """Search for some seconds after a line on standard input; the count of searches, and memory."""
    peer = peers.make(task["peer"], task["fields"])
    searcher = peer.open(Path(task["folder"]))
    supported = [query for query in queries.draw(*_drawing(task)) if peer.supports(query)]
    for query in supported:
        searcher.search(query)
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.perf_counter() + task["seconds"]
    count = 0
    while time.perf_counter() < end:
        searcher.search(supported[count % len(supported)])
        count += 1
    memory = _memory_of(Path(task["folder"]))  # the other processes still have their archives open
    print("done", flush=True)
    sys.stdin.readline()
    searcher.close()
    return {"searches": count, "memory": memory}


def _drawing(task: Task) -> tuple[corpus.Corpus, int, int, Path]:
    entry = task["corpus"] | {"path": Path(task["corpus"]["path"])}
    return corpus.Corpus(**entry), task["per_kind"], task["seed"], Path(task["work"])


def _memory_of(folder: Path) -> dict[str, int]:
    """Memory of this process in bytes (Linux only): private (``anonymous``), and its share of the
    resident pages of the archive's files (``archive``)."""
    try:
        lines = Path("/proc/self/smaps").read_text().splitlines()
    except OSError:
        return {}
    memory, inside = {"anonymous": 0, "archive": 0}, False
    for line in lines:
        name, _, value = line.partition(":")
        if name == "Anonymous":
            memory["anonymous"] += int(value.split()[0]) * 1024
        elif name == "Pss" and inside:
            memory["archive"] += int(value.split()[0]) * 1024
        elif "-" in line.split(" ", 1)[0]:  # the first line of a mapping: address range and file
            inside = str(folder.resolve()) in line
    return memory


def _peak() -> int:
    """Peak memory of this process in bytes, mapped files included."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    # Not getrusage: on Linux its peak includes that of the parent.
    return next(int(one.split()[1]) * 1024 for one in lines if one.startswith("VmHWM:"))


_TASKS: dict[str, Callable[[Task], dict[str, Any]]] = {
    "build": build,
    "build_unmerged": build_unmerged,
    "optimize": optimize,
    "open": open_,
    "append": append,
    "serve": serve,
}


def main() -> None:
    """Run the task on the command line."""
    task = json.loads(sys.argv[1])
    answer = _TASKS[task["do"]](task)
    answer["peak_rss"] = _peak()
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
