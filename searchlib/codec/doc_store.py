"""The articles themselves: JSON, packed some to a block, each block compressed (Zstandard).

A block holds whole articles up to about ``BLOCK`` bytes; a long one has a block of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import numpy as np
import zstandard

from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.term_dictionary import narrow
from searchlib.errors import CorruptArchive

__all__ = ["DocStoreReader", "DocStoreWriter"]

BLOCK = 1 << 16
_LEVEL = 3
_KEPT = 32  # blocks that are kept unpacked
_LONGEST = 1 << 30
_TOGETHER = "multi_compress_to_buffer" in zstandard.backend_features


class DocStoreWriter:
    """Packs articles into blocks as they come."""

    def __init__(self, out: SegmentFileWriter) -> None:
        self._out = out
        self._pack = zstandard.ZstdCompressor(level=_LEVEL)
        self._closed: list[bytes] = []  # blocks to be packed
        self._open: list[bytes] = []
        self._size = 0
        self._lengths: list[int] = []
        self._firsts: list[int] = []  # the first document of each block
        self._ends: list[int] = []

    def add(self, *docs: bytes) -> None:
        """Add the next documents."""
        for data in docs:
            if self._size and self._size + len(data) > BLOCK:
                self._close_block()
            self._open.append(data)
            self._size += len(data)
        self._write_blocks()

    def copy(self, docs: DocStoreReader) -> None:
        """Add all documents of another segment, their blocks as they are."""
        self._flush()
        at = self._ends[-1] if self._ends else 0
        self._firsts.extend(first + len(self._lengths) for first in docs.firsts.tolist())
        self._lengths.extend(docs.lengths.tolist())
        self._ends.extend(at + end for end in docs.ends.tolist())
        for start in range(0, len(docs.packed), 1 << 20):
            part = docs.packed.part(start, min(start + (1 << 20), len(docs.packed)))
            self._out.append("stored", part.tobytes())

    def finish(self) -> None:
        """Write what is open and the tables."""
        self._flush()
        put = self._out.put
        self._out.append("stored", b"")
        put("stored.lengths", narrow(np.array(self._lengths, np.int64)))
        put("stored.firsts", narrow(np.array(self._firsts, np.int64)))
        put("stored.ends", narrow(np.array(self._ends, np.int64)))

    def _close_block(self) -> None:
        self._closed.append(b"".join(self._open))
        self._firsts.append(len(self._lengths))
        self._lengths.extend(map(len, self._open))
        self._open, self._size = [], 0

    def _flush(self) -> None:
        if self._open:
            self._close_block()
        self._write_blocks()

    def _write_blocks(self) -> None:
        packed = _packed(self._pack, self._closed)
        for block in packed:
            self._ends.append((self._ends[-1] if self._ends else 0) + len(block))
        if packed:
            self._out.append("stored", b"".join(packed))
        self._closed = []


def _packed(pack: Any, blocks: list[bytes]) -> list[Any]:
    """The blocks, each compressed; together where that can be, so that the interpreter is let
    go once for all of them and not for each."""
    if len(blocks) < 2 or not _TOGETHER or not all(blocks):
        return [pack.compress(block) for block in blocks]
    return list(pack.multi_compress_to_buffer(blocks, threads=1))


class DocStoreReader:
    """The articles of a segment, by document; a few unpacked blocks are kept."""

    def __init__(self, segment_file: SegmentFile) -> None:
        self._file = segment_file.file
        self.packed = segment_file.window("stored")
        self.lengths = segment_file.array("stored.lengths")
        self.firsts = segment_file.array("stored.firsts")
        self.ends = segment_file.array("stored.ends")
        self._kept: OrderedDict[int, list[bytes]] = OrderedDict()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self.lengths)

    def renew_guard(self) -> None:
        """In a forked child: forget the lock that a thread of the parent may have held."""
        self._guard = threading.Lock()

    def __getitem__(self, doc: int) -> bytes:
        """The JSON of a document."""
        block = int(np.searchsorted(self.firsts, doc, "right")) - 1
        with self._guard:
            kept = self._kept.get(block)
        if kept is None:
            kept = self._unpack(block)
            with self._guard:
                self._kept[block] = kept
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return kept[doc - int(self.firsts[block])]

    def __iter__(self) -> Iterator[bytes]:
        for block in range(len(self.firsts)):
            yield from self._unpack(block)

    def _unpack(self, block: int) -> list[bytes]:
        start = int(self.ends[block - 1]) if block else 0
        packed: Any = self.packed.part(start, int(self.ends[block]))
        first = int(self.firsts[block])
        after = int(self.firsts[block + 1]) if block + 1 < len(self.firsts) else len(self)
        lengths = self.lengths[first:after].tolist()
        if sum(lengths) > _LONGEST:
            raise CorruptArchive(self._file, f"block {block} of the articles is too long")
        try:
            # The frame says its own size, which is what is allocated: compare it first.
            if zstandard.frame_content_size(packed) != sum(lengths):
                raise CorruptArchive(self._file, f"block {block} of the articles has a wrong size")
            text = zstandard.ZstdDecompressor().decompress(packed)
        except zstandard.ZstdError as error:
            raise CorruptArchive(self._file, f"block {block} of the articles: {error}") from None
        ends = list(accumulate(lengths))
        return [text[end - length : end] for end, length in zip(ends, lengths, strict=True)]
