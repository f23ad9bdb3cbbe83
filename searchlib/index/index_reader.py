"""A commit, pinned: its segments, open for reading until the reader is closed.

All its files are open from the start, so later commits, which delete files that they do not need,
do not disturb it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from searchlib.cached_property import cached_property
from searchlib.codec.doc_values import key_hash
from searchlib.errors import SnapshotClosed
from searchlib.index.manifest import Manifest
from searchlib.index.segment_pool import SegmentPool
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Schema

__all__ = ["IndexReader"]


class IndexReader:
    """One commit, open for reading until :meth:`close`, or the end of a ``with`` block.

    ``segments`` are its segments, ``doc_bases`` the number of documents before each of them,
    ``documents`` that of all documents, ``live_count`` that of those not deleted.
    """

    #: For each segment the archive that it is from, where there are several.
    origins: tuple[str, ...] = ()
    #: The commits of several archives that are read as one, by their names.
    generations: Mapping[str, int] = {}

    def __init__(self, pool: SegmentPool, manifest: Manifest, schema: Schema) -> None:
        """Raises CorruptArchive if a file of the commit is missing or damaged."""
        self._pool = pool
        self.manifest = manifest
        self.schema = schema
        self.generation = manifest.generation
        self.segments: tuple[SegmentReader, ...] = ()
        #: Whether :meth:`close` was called.
        self.closed = False
        segments: list[SegmentReader] = []
        try:
            for info in manifest.segments:
                core = pool.acquire(info)
                try:
                    core.check_schema(schema)
                    segments.append(SegmentReader(pool.directory, core, info))
                except BaseException:
                    pool.release(core)
                    raise
        except BaseException:
            for segment in segments:
                pool.release(segment.core)
            raise
        self._set_segments(segments)

    def _set_segments(self, segments: Sequence[SegmentReader]) -> None:
        """Number the documents of the segments, end to end."""
        self.segments = tuple(segments)
        ends = np.cumsum([0, *(segment.documents for segment in segments)])
        self.doc_bases: list[int] = ends[:-1].tolist()
        self.documents = int(ends[-1])
        self.live_count = sum(segment.info.live_count for segment in segments)
        #: The languages of its texts.
        self.languages: tuple[str, ...] = tuple(
            sorted({language for segment in segments for language in segment.core.languages})
        )

    @cached_property
    def live_bitsets(self) -> list[npt.NDArray[np.uint64] | None]:
        """For each segment a bit for each live document; None where all are."""
        return [segment.live_bitset for segment in self.segments]

    @property
    def folders(self) -> tuple[str, ...]:
        """Where it is; of several archives that are read as one, where each is."""
        return (str(self._pool.directory.path),)

    def check_open(self) -> None:
        """Raises :class:`SnapshotClosed` after :meth:`close`."""
        if self.closed:
            raise SnapshotClosed("this snapshot was closed: make a new one")

    @property
    def manifest_bytes(self) -> int:
        """What the manifest takes on the disk."""
        return len(self.manifest.to_bytes())

    def find(self, key: str) -> tuple[int, int] | None:
        """(segment, document) of the live article with this key, or None."""
        return self._find_among(range(len(self.segments)), key)

    def find_in(self, key: str, archive: str) -> tuple[int, int] | None:
        """The same; of several archives that are read as one it is the article of that one."""
        return self.find(key)

    def _find_among(self, numbers: Iterable[int], key: str) -> tuple[int, int] | None:
        encoded = _encode_key(key)
        for number in numbers:
            segment = self.segments[number]
            for document in segment.core.keys.find(encoded):
                if segment.live_docs is None or segment.live_docs[document]:
                    return number, document
        return None

    def find_many(self, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(segment, document) of the live articles with these keys; other keys are left out."""
        locations: dict[str, tuple[int, int]] = {}
        if not self.segments:
            return locations
        encoded = [_encode_key(key) for key in keys]
        hashes = key_hash(encoded)
        for number, segment in enumerate(self.segments):
            for index, document in segment.core.keys.find_many(encoded, hashes):
                if segment.live_docs is None or segment.live_docs[document]:
                    locations[keys[index]] = (number, document)
        return locations

    def close(self) -> None:
        """Release the segments. A second call does nothing."""
        if not self.closed:
            self.closed = True
            for segment in self.segments:
                self._pool.release(segment.core)
            self.segments = ()

    def __enter__(self) -> IndexReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _encode_key(key: str) -> bytes:
    """A key as it is looked up. A lone surrogate, which no article's key has, is not an error."""
    return key.encode("utf-8", "surrogatepass")
