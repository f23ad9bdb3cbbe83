"""The commits of several archives, read as one: their segments end to end."""

from __future__ import annotations

from collections.abc import Sequence

from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Schema

__all__ = ["JoinedReader"]


class JoinedReader(IndexReader):
    """Readers of archives as one: statistics are those of all, so scores are those of one archive
    with all the articles. It closes them. ``origins`` names the archive of each segment, ``schema``
    has the fields of all of them."""

    def __init__(
        self, readers: Sequence[IndexReader], names: Sequence[str], schema: Schema | None = None
    ) -> None:
        self._readers = tuple(readers)
        first = readers[0]
        self.manifest, self.schema = first.manifest, schema or first.schema
        #: It grows with a commit of any of them.
        self.generation = sum(reader.generation for reader in readers)
        self.generations = {
            name: reader.generation for name, reader in zip(names, readers, strict=True)
        }
        self.closed = False
        segments: list[SegmentReader] = []
        origins: list[str] = []
        for reader, name in zip(readers, names, strict=True):
            segments += reader.segments
            origins += [name] * len(reader.segments)
        self.origins = tuple(origins)
        self._set_segments(segments)

    @property
    def folders(self) -> tuple[str, ...]:
        """Where each of them is, by the names that they have."""
        return tuple(self.generations)

    @property
    def manifest_bytes(self) -> int:
        """What the manifests take on the disk."""
        return sum(reader.manifest_bytes for reader in self._readers)

    def find_in(self, key: str, archive: str) -> tuple[int, int] | None:
        """(segment, document) of the live article of one of the archives with this key, or None;
        of any of them, if there is none of this name."""
        if archive not in self.generations:
            return self.find(key)
        segments = [n for n, origin in enumerate(self.origins) if origin == archive]
        return self._find_among(segments, key)

    def close(self) -> None:
        """Close the readers. A second call does nothing."""
        if not self.closed:
            self.closed = True
            for reader in self._readers:
                reader.close()
            self.segments = ()
