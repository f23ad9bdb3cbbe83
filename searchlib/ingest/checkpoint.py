"""How far files were read, so that a run that was stopped goes on where it was.

A :class:`Checkpoint` is kept with the commit that made all before it last. It says nothing of the
file's folder or text: names and contents are kept as digests.
"""

from __future__ import annotations

import io
import os
from dataclasses import astuple, dataclass
from hashlib import blake2b
from typing import IO, Any

from searchlib.ingest.streams import buffered, unpacked

__all__ = ["MAX_CHECKPOINTS", "TAIL", "Checkpoint", "StreamPosition", "stream_at"]

#: So many files are remembered at most; a run over more reads the oldest of them again.
MAX_CHECKPOINTS = 20_000

#: So many bytes before a place must be the same.
TAIL = 4096

_PIECE = 1 << 20


class StreamPosition:
    """Where in a stream the reading is: after ``line`` lines and ``offset`` bytes of it, of
    which ``tail`` are the last; ``failed`` if it could not be read further.

    >>> place = StreamPosition()
    >>> place.take(b"[1]\\n")
    >>> place.line, place.offset, place.tail
    (1, 4, b'[1]\\n')
    """

    __slots__ = ("_held", "_last", "failed", "line", "offset")

    def __init__(self) -> None:
        self.line = self.offset = 0
        self.tail = b""
        self.failed = False

    @property
    def tail(self) -> bytes:
        """The last bytes before the place."""
        self.tail = b"".join(self._last)[-TAIL:]  # put together when it is asked for
        return self._last[0]

    @tail.setter
    def tail(self, tail: bytes) -> None:
        self._last, self._held = [tail], len(tail)

    def take(self, line: bytes, before: int = 0) -> None:
        """Go past a line; of a very long one this is the end, and ``before`` bytes come first."""
        self.line += 1
        self.offset += before + len(line)
        self._last.append(line)
        self._held += len(line)
        if self._held > _PIECE:
            self.tail = self.tail


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a file was read: ``line`` lines and ``offset`` bytes of it when unpacked. A mark
    without a ``tail`` says that it was read to its end.

    ``source`` is a digest of the file's resolved name, ``state`` of its size, its time and of
    all else that decides what it is read as, ``tail`` of the last bytes before the place.

    >>> Checkpoint.from_json(["0123456789abcdef", "0123456789abcdef", 0, 0, ""]).whole
    True
    """

    source: str
    state: str
    line: int
    offset: int
    tail: str

    @property
    def whole(self) -> bool:
        """Whether the file was read to its end."""
        return not self.tail

    def to_json(self) -> list[Any]:
        """The mark as a list of plain values."""
        return list(astuple(self))

    @classmethod
    def from_json(cls, values: Any) -> Checkpoint:
        """The mark that :meth:`to_json` gave; ValueError if it is none."""
        source, state, line, offset, tail = values
        texts = all(type(t) is str and len(t) == 16 for t in (source, state, tail or source))
        if not texts or not all(type(n) is int and 0 <= n <= 1 << 62 for n in (line, offset)):
            raise ValueError("a mark of what was read is not well formed")
        return cls(source, state, line, offset, tail)

    @staticmethod
    def source_of(name: str) -> str:
        """The digest that stands for a file's name."""
        return short(os.fsencode(os.path.realpath(name)))

    @staticmethod
    def state_of(file: os.stat_result, told: bytes) -> str:
        """The digest of what a file is, and of what was said about it."""
        return short(b"%d %d " % (file.st_size, file.st_mtime_ns) + told)

    @classmethod
    def at(cls, source: str, state: str, place: StreamPosition) -> Checkpoint:
        """The mark of a place."""
        return cls(source, state, place.line, place.offset, short(place.tail))


def short(data: bytes) -> str:
    """A digest of 16 letters.

    >>> len(short(b""))
    16
    """
    return blake2b(data, digest_size=8).hexdigest()


def stream_at(file: IO[bytes], mark: Checkpoint, place: StreamPosition) -> io.BufferedReader | None:
    """A file's stream, unpacked, from a mark on, to which ``place`` is moved; None if what is
    before it is not the same. A packed file is unpacked up to there, a plain one is not read.

    >>> end = StreamPosition()
    >>> end.take(b"[1]\\n")
    >>> stream_at(io.BytesIO(b"[1]\\n[2]\\n"), Checkpoint.at("", "", end), StreamPosition()).read()
    b'[2]\\n'
    """
    length = min(TAIL, mark.offset)
    left = mark.offset - length
    plain = buffered(file)
    data = unpacked(plain)
    if data is plain:
        file.seek(left)
        data, left = buffered(file), 0
    while left:
        piece = data.read(min(left, _PIECE))
        if not piece:
            return None
        left -= len(piece)
    tail = data.read(length)
    if short(tail) != mark.tail:
        return None
    place.line, place.offset, place.tail = mark.line, mark.offset, tail
    return data
