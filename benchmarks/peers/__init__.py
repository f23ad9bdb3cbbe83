"""The measured libraries, one per file."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.base import Answer, Peer, Searcher
from benchmarks.peers.bm25s import Bm25s
from benchmarks.peers.lucene import Lucene
from benchmarks.peers.ours import Searchlib
from benchmarks.peers.sqlite_fts5 import Fts5
from benchmarks.peers.tantivy import BareTantivy, Tantivy
from benchmarks.peers.whoosh import Whoosh, WhooshFace
from benchmarks.peers.xapian import Xapian

__all__ = ["PEERS", "Answer", "Peer", "Searcher", "make"]

#: By name, in the order of the tables.
PEERS: dict[str, type[Peer]] = {
    peer.name: peer
    for peer in (Searchlib, Tantivy, BareTantivy, Whoosh, WhooshFace, Fts5, Xapian, Bm25s, Lucene)
}


def make(name: str, fields: Sequence[str] = ("body",)) -> Peer:
    """The peer of this name."""
    return PEERS[name](fields)
