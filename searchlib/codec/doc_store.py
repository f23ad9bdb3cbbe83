"""The doc store: the articles themselves as JSON, in blocks compressed with Zstandard (RFC 8878).

A block holds whole articles, up to about ``BLOCK_SIZE`` bytes of them; a longer article has a block
of its own. Three articles of 40,000, 30,000 and 9,000 bytes::

    stored           block 0 (40,000)    block 1 (39,000)     u1, compressed
    stored.ends                 11200               22300     where each block ends in it
    stored.firsts    0                   1                    first document of each block
    stored.lengths   40000               30000  9000          bytes of each document's JSON

Compare Lucene's stored fields and Tantivy's doc store.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import zstandard

from searchlib.codec.ordering import never_falls
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.term_dictionary import narrow
from searchlib.errors import CorruptArchive

__all__ = ["BLOCK_SIZE", "DocStoreReader", "DocStoreWriter"]

BLOCK_SIZE = 1 << 16
_LEVEL = 3
_CACHE_SIZE = 40 * BLOCK_SIZE  # bytes decompressed, for each reader
_OBJECT_SIZE = 40  # bytes of a number in a list, about
_MAX_BLOCK = 1 << 30  # bytes decompressed
_COPY_STEP = 1 << 20  # bytes
_of_thread = threading.local()
#: The text of a block and where its documents begin in it, and the end.
_Block = tuple[bytes, list[int]]
_CAN_COMPRESS_MANY = "multi_compress_to_buffer" in zstandard.backend_features


class DocStoreWriter:
    """Packs documents into blocks as they come."""

    def __init__(self, out: SegmentFileWriter) -> None:
        self._out = out
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._full_blocks: list[bytes] = []  # to be compressed
        self._block: list[bytes] = []  # the documents of the block that is not full yet
        self._block_size = 0
        self._lengths: list[int] = []
        self._firsts: list[int] = []
        self._ends: list[int] = []

    def add(self, *docs: bytes) -> None:
        """Append the next documents."""
        for doc in docs:
            if self._block and self._block_size + len(doc) > BLOCK_SIZE:
                self._close_block()
            self._block.append(doc)
            self._block_size += len(doc)
        self._write_blocks()

    def copy(self, reader: DocStoreReader) -> None:
        """Append all documents of another segment, its blocks as they are."""
        self._flush()
        start = self._ends[-1] if self._ends else 0
        self._firsts.extend(first + len(self._lengths) for first in reader.firsts.tolist())
        self._lengths.extend(reader.lengths.tolist())
        self._ends.extend(start + end for end in reader.ends.tolist())
        size = len(reader.compressed)
        for offset in range(0, size, _COPY_STEP):
            compressed = reader.compressed.read(offset, min(offset + _COPY_STEP, size))
            self._out.append("stored", compressed.tobytes())

    def finish(self) -> None:
        """Write the last block and the tables."""
        self._flush()
        put = self._out.put
        self._out.append("stored", b"")
        put("stored.lengths", narrow(np.array(self._lengths, np.int64)))
        put("stored.firsts", narrow(np.array(self._firsts, np.int64)))
        put("stored.ends", narrow(np.array(self._ends, np.int64)))

    def _close_block(self) -> None:
        self._full_blocks.append(b"".join(self._block))
        self._firsts.append(len(self._lengths))
        self._lengths.extend(map(len, self._block))
        self._block, self._block_size = [], 0

    def _flush(self) -> None:
        if self._block:
            self._close_block()
        self._write_blocks()

    def _write_blocks(self) -> None:
        compressed = _compress(self._compressor, self._full_blocks)
        for block in compressed:
            self._ends.append((self._ends[-1] if self._ends else 0) + len(block))
        if compressed:
            self._out.append("stored", b"".join(compressed))
        self._full_blocks = []


def _compress(compressor: Any, blocks: list[bytes]) -> list[Any]:
    """The blocks, each compressed; in one call where that is possible, which releases the
    interpreter's lock once and not for each block."""
    if len(blocks) < 2 or not _CAN_COMPRESS_MANY:
        return [compressor.compress(block) for block in blocks]
    return list(compressor.multi_compress_to_buffer(blocks, threads=1))


class DocStoreReader:
    """The JSON of a segment's documents, by document; the blocks decompressed last are cached."""

    def __init__(self, segment_file: SegmentFile, documents: int) -> None:
        """``documents`` is the number of documents of the segment. Raises CorruptArchive if the
        sections do not fit together."""
        self._file = segment_file.file
        self.compressed = segment_file.slice("stored", "u1")
        self.lengths = segment_file.array("stored.lengths", "u")
        self.firsts = segment_file.array("stored.firsts", "u")
        self.ends = segment_file.array("stored.ends", "u")
        self._blocks: OrderedDict[int, _Block] = OrderedDict()
        self._cached_bytes = 0
        self._lock = threading.Lock()
        self._check(segment_file, documents)
        self._first_docs: list[int] = self.firsts.tolist()  # which are looked up in less time

    def _check(self, segment_file: SegmentFile, documents: int) -> None:
        require = segment_file.require
        require(len(self.lengths) == documents, "stored.lengths", "it has another length")
        firsts = np.append(self.firsts, np.uint64(documents)).astype(np.int64)
        counts = np.diff(firsts)
        require(firsts[0] == 0 and bool(np.all(counts > 0)), "stored.firsts", "it does not rise")
        ends = self.ends
        require(len(ends) == len(counts), "stored.ends", "it has another number of blocks")
        require(
            never_falls(ends) and ends[-1:].tolist() in ([], [len(self.compressed)]),
            "stored.ends", "it does not rise to the end of the articles",
        )  # fmt: skip
        if documents:
            # Only a document that is longer may have a block that is longer.
            sizes = np.add.reduceat(self.lengths, firsts[:-1], dtype=np.int64)
            limits = np.where(counts > 1, BLOCK_SIZE, _MAX_BLOCK)
            is_right = bool(
                np.all(sizes <= limits)
                and np.all(counts <= BLOCK_SIZE)
                and self.lengths.max() <= _MAX_BLOCK
            )
            require(is_right, "stored.lengths", "a block of articles is too long")

    def __len__(self) -> int:
        return len(self.lengths)

    def reset_lock(self) -> None:
        """In a forked child: replace the lock, which a thread of the parent may have held."""
        self._lock = threading.Lock()

    def __getitem__(self, doc: int) -> bytes:
        """The JSON of a document."""
        block = bisect_right(self._first_docs, doc) - 1
        with self._lock:
            cached = self._blocks.get(block)
        text, ends = self._load(block) if cached is None else cached
        number = doc - self._first_docs[block]
        return text[ends[number] : ends[number + 1]]

    def _load(self, block: int) -> _Block:
        """The documents of a block, which is cached unless it is long."""
        text, ends = self._decompress(block)
        size = len(text) + _OBJECT_SIZE * len(ends)
        if size <= _CACHE_SIZE:
            with self._lock:
                if block not in self._blocks:
                    self._blocks[block] = text, ends
                    self._cached_bytes += size
                while self._cached_bytes > _CACHE_SIZE:
                    oldest, its_ends = self._blocks.popitem(last=False)[1]
                    self._cached_bytes -= len(oldest) + _OBJECT_SIZE * len(its_ends)
        return text, ends

    def __iter__(self) -> Iterator[bytes]:
        for block in range(len(self.firsts)):
            text, ends = self._decompress(block)
            yield from (text[start:end] for start, end in pairwise(ends))

    def _decompress(self, block: int) -> _Block:
        start = int(self.ends[block - 1]) if block else 0
        compressed: Any = self.compressed.read(start, int(self.ends[block]))
        first = int(self.firsts[block])
        last = int(self.firsts[block + 1]) if block + 1 < len(self.firsts) else len(self)
        lengths = self.lengths[first:last].tolist()
        try:
            # The frame says its own size, which is what is allocated: compare it first.
            if zstandard.frame_content_size(compressed) != sum(lengths):
                raise CorruptArchive(self._file, f"block {block} of the articles has a wrong size")
            text = _decompressor().decompress(compressed)
        except zstandard.ZstdError as error:
            raise CorruptArchive(self._file, f"block {block} of the articles: {error}") from None
        return text, list(accumulate(lengths, initial=0))


def _decompressor() -> zstandard.ZstdDecompressor:
    """That of this thread: making one takes nearly as long as using it."""
    try:
        found: zstandard.ZstdDecompressor = _of_thread.decompressor
    except AttributeError:
        found = _of_thread.decompressor = zstandard.ZstdDecompressor()
    return found
