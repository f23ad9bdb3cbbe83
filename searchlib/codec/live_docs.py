"""Live docs: which documents of a segment are not deleted, as of one commit.

A segment's file never changes. A commit that deletes documents writes a ``.del`` file beside it,
one bit a document, set if the document is deleted, the first document in the highest bit of the
first byte::

    document    0 1 2 3 4 5 6 7   8 9
    deleted     . x . . . . . x   x .
    file        01000001          10000000      (the last byte is filled with zeros)

The manifest keeps the file's CRC-32 and how many bits are set. In memory the inverse is used: a
mask of the live documents (bool), or a bitset of 64-bit words.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive

__all__ = ["encode_live_docs", "pack_bitset", "read_live_docs"]


def pack_bitset(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """A mask (bool) as a bitset, 64 documents a word, the first document in the lowest bit: uint64.

    >>> pack_bitset(np.array([True, False, True])).tolist()
    [5]
    """
    padded = np.zeros(-(-len(mask) // 64) * 8, np.uint8)
    packed = np.packbits(mask, bitorder="little")
    padded[: len(packed)] = packed
    return padded.view("<u8").astype(np.uint64, copy=False)


def encode_live_docs(live_docs: npt.NDArray[np.bool_]) -> bytes:
    """The contents of the file for this mask of live documents (bool).

    >>> encode_live_docs(np.array([True, False, True]))
    b'@'
    """
    return np.packbits(~live_docs).tobytes()


def read_live_docs(
    directory: Directory, name: str, documents: int, deleted: int, crc: int
) -> npt.NDArray[np.bool_]:
    """The mask of live documents (bool, read-only) from the file ``name``.

    ``documents`` is the number of documents of the segment, ``deleted`` and ``crc`` what the
    manifest says of the file. Raises :class:`CorruptArchive` if the file does not agree.
    """
    path, size = directory.path / name, -(-documents // 8)
    data = directory.read(name, size)
    if len(data) != size or crc32(data) != crc:
        raise CorruptArchive(path, "its checksum is wrong")
    deleted_docs = np.unpackbits(np.frombuffer(data, np.uint8), count=documents).astype(bool)
    if int(deleted_docs.sum()) != deleted:
        raise CorruptArchive(path, "it marks another number of documents")
    live_docs = ~deleted_docs
    live_docs.flags.writeable = False
    return live_docs
