"""The settings of a run: peers, corpus, sizes."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from benchmarks import archives, corpus, queries
from benchmarks.peers import Peer, make


@dataclass(frozen=True)
class Setup:
    """One run's settings."""

    peer_names: tuple[str, ...]
    corpus_name: str
    limit: int | None
    per_kind: int
    rounds: int
    seed: int
    fields: tuple[str, ...]
    work: Path
    fresh: bool
    reuse: bool
    sizes: tuple[int, ...]
    commits: int
    seconds: float
    pairs: bool

    @cached_property
    def peers(self) -> list[Peer]:
        """The available peers; prints why others are skipped."""
        peers = []
        for name in self.peer_names:
            peer = make(name, self.fields)
            why = peer.missing()
            if why:
                _report_skipped(name, why)
            else:
                peers.append(peer)
        return peers

    @property
    def builders(self) -> list[Peer]:
        """The peers that build their own archive."""
        return [peer for peer in self.peers if not peer.archive]

    @property
    def ours(self) -> str:
        """The peer that the others are compared with: searchlib, else the first."""
        return self.peers[0].name

    @cached_property
    def corpus(self) -> corpus.Corpus:
        """The corpus as a file."""
        return corpus.prepare(self.corpus_name, self.limit, self.work, self.seed)

    @cached_property
    def queries(self) -> list[queries.Query]:
        """The queries drawn from the corpus."""
        return queries.draw(self.corpus, self.per_kind, self.seed, self.work)

    def build(self, peer: Peer, commits: int = 1) -> archives.Built:
        """The peer's archive of the corpus."""
        return archives.build(
            peer, self.corpus, self.work, commits=commits, fresh=self.fresh, reuse=self.reuse
        )


@cache
def _report_skipped(name: str, why: str) -> None:
    print(f"- {name}: skipped ({why})")  # once per run


def machine(setup: Setup) -> dict[str, Any]:
    """The machine, and the versions of all peers and main dependencies."""
    versions = {peer.name: peer.version() for peer in setup.peers}
    for package in ("numpy", "polars", "PyStemmer", "zstandard"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": _memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load": [round(one, 2) for one in os.getloadavg()] if sys.platform != "win32" else [],
        "versions": versions,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())


def _memory() -> float | None:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
    return round(size / 2**30, 1)
