"""One commit, pinned: its segments, open for reading until the reader is closed.

All its files are open from the start, so it goes on reading them when a later commit has
removed them from the directory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchlib.codec.doc_values import key_hash
from searchlib.errors import SnapshotClosed
from searchlib.index.manifest import Manifest
from searchlib.index.segment_pool import SegmentPool
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Schema

__all__ = ["IndexReader"]


class IndexReader:
    """One commit, open for reading until it is closed."""

    def __init__(self, pool: SegmentPool, manifest: Manifest, schema: Schema) -> None:
        self._pool = pool
        self.manifest = manifest
        self.schema = schema
        self.generation = manifest.generation
        self.segments: tuple[SegmentReader, ...] = ()
        self._closed = False
        opened: list[SegmentReader] = []
        try:
            for info in manifest.segments:
                data = pool.acquire(info)
                try:
                    opened.append(SegmentReader(pool.directory, data, info))
                except BaseException:
                    pool.release(data)
                    raise
        except BaseException:
            for segment in opened:
                pool.release(segment.data)
            raise
        self.segments = tuple(opened)
        starts = np.cumsum([0, *(s.documents for s in opened)])
        self.starts: list[int] = starts[:-1].tolist()
        self.documents = int(starts[-1])
        self.live = sum(s.info.live for s in opened)

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    def check_open(self) -> None:
        """Raise :class:`SnapshotClosed` after :meth:`close`."""
        if self._closed:
            raise SnapshotClosed("this snapshot was closed: make a new one")

    def find(self, key: str) -> tuple[int, int] | None:
        """(segment, document) of the live article with this key, or None."""
        wanted = _encoded(key)
        for number, segment in enumerate(self.segments):
            for document in segment.data.keys.find(wanted):
                if segment.live is None or segment.live[document]:
                    return number, document
        return None

    def find_many(self, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(segment, document) of the live articles with these keys; others are left out."""
        found: dict[str, tuple[int, int]] = {}
        if not self.segments:
            return found
        wanted = [_encoded(key) for key in keys]
        hashes = key_hash(wanted)
        for number, segment in enumerate(self.segments):
            for place, document in segment.data.keys.find_many(wanted, hashes):
                if segment.live is None or segment.live[document]:
                    found[keys[place]] = (number, document)
        return found

    def close(self) -> None:
        """Give the segments back. A second call does nothing."""
        if not self._closed:
            self._closed = True
            for segment in self.segments:
                self._pool.release(segment.data)
            self.segments = ()

    def __enter__(self) -> IndexReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _encoded(key: str) -> bytes:
    """A key as it is looked up; no article has one with half of a surrogate pair."""
    return key.encode("utf-8", "surrogatepass")
