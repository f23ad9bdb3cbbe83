"""The commits of several archives, read as one: their segments end to end."""

from __future__ import annotations

from collections.abc import Sequence

from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader

__all__ = ["JoinedReader"]


class JoinedReader(IndexReader):
    """Readers of archives with one schema, as one: statistics are those of all, so scores are
    those of one archive with all the articles. It closes them. ``origins`` names the archive of
    each segment."""

    def __init__(self, readers: Sequence[IndexReader], names: Sequence[str]) -> None:
        self._readers = tuple(readers)
        first = readers[0]
        self.manifest, self.schema = first.manifest, first.schema
        #: It grows with a commit of any of them.
        self.generation = sum(reader.generation for reader in readers)
        self._closed = False
        segments: list[SegmentReader] = []
        origins: list[str] = []
        for reader, name in zip(readers, names, strict=True):
            segments += reader.segments
            origins += [name] * len(reader.segments)
        self.origins = tuple(origins)
        self._set_segments(segments)

    def close(self) -> None:
        """Close the readers. A second call does nothing."""
        if not self._closed:
            self._closed = True
            for reader in self._readers:
                reader.close()
            self.segments = ()
