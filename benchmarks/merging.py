"""How long merging takes, beside copying the same bytes.

The corpus is added in many commits whose merges are held back; then ``optimize`` merges what may
become one. The segments are read once before, so that neither it nor the copy waits for the disk
to read.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks import archives, report
from benchmarks.corpus import Corpus
from benchmarks.setup import Setup

_COPY_STEP = 1 << 20


def merging(setup: Setup) -> dict[str, Any]:
    """The time and memory of ``optimize`` after ``setup.commits`` commits without a merge."""
    [peer] = [peer for peer in setup.peers if peer.name == "searchlib"] or [None]
    if peer is None:
        print("searchlib is not here.")
        return {}
    folder = setup.work / "archives" / f"unmerged-{setup.corpus.name}-{setup.commits}"
    shutil.rmtree(folder, ignore_errors=True)
    task = {"peer": peer.name, "fields": peer.fields, "folder": folder}
    corpus = {"corpus": vars(setup.corpus), "commits": setup.commits}
    try:
        archives.child(task | corpus | {"do": "build_unmerged"})
        figures = archives.child(task | {"do": "optimize"})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures["articles"] = setup.corpus.articles
    _print(figures)
    return figures


def build_unmerged(corpus: Corpus, folder: Path, fields: tuple[str, ...], commits: int) -> None:
    """Index a corpus in many commits, without merging segments."""
    from benchmarks.peers.ours import Searchlib

    with mock.patch("searchlib.index.index_writer.next_merge", return_value=[]):
        Searchlib(fields).build(corpus, folder, commits)


def optimize(folder: Path) -> dict[str, Any]:
    """Optimize an archive: segments and bytes before and after, the time (seconds), that of the
    processor, and the time of copying the segments."""
    import searchlib as sl

    files = sorted(folder.glob("*.seg"))
    before = {"segments": len(files), "bytes": archives.size_of(folder)}
    copies = [_copy_seconds(files, folder) for _ in range(2)]  # the first one reads them, too
    with sl.Archive.open(folder) as archive:
        start, cpu = time.perf_counter(), time.process_time()
        archive.optimize()
        figures: dict[str, Any] = {
            "seconds": time.perf_counter() - start,
            "cpu_seconds": time.process_time() - cpu,
        }
    after = {"segments": len(list(folder.glob("*.seg"))), "bytes": archives.size_of(folder)}
    return figures | {"before": before, "after": after, "copy_seconds": copies[-1]}


def _copy_seconds(files: list[Path], folder: Path) -> float:
    """How long it takes to copy files one after the other, fsync included."""
    copy = folder / "copy.tmp"
    start = time.perf_counter()
    for path in files:
        with path.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, _COPY_STEP)
            target.flush()
            os.fsync(target.fileno())
    seconds = time.perf_counter() - start
    copy.unlink(missing_ok=True)
    return seconds


def _print(figures: dict[str, Any]) -> None:
    before, after = figures["before"], figures["after"]
    print(f"{figures['articles']:,} articles; memory without mapped files.\n")
    header = ["segments", "after", "MB", "MB after", "s", "CPU s", "MB/s", "copy MB/s", "memory MB"]
    megabytes = report.megabytes(before["bytes"])
    row = [
        before["segments"],
        after["segments"],
        megabytes,
        report.megabytes(after["bytes"]),
        figures["seconds"],
        figures["cpu_seconds"],
        megabytes / figures["seconds"],
        megabytes / figures["copy_seconds"],
        report.megabytes(figures["peak_memory"]),
    ]
    print(report.table(header, [row]))
