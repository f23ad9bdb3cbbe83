"""How far files were read, so that a run that was stopped can resume.

A :class:`Checkpoint` is part of the data of a commit: everything before it is in that commit.
It holds names and contents as digests only, so an archive does not reveal what was read where.
"""

from __future__ import annotations

import io
import os
from dataclasses import astuple, dataclass
from hashlib import blake2b
from typing import IO, Any

from searchlib.ingest.streams import buffered, decompressed

__all__ = ["MAX_CHECKPOINTS", "TAIL", "Checkpoint", "StreamPosition", "short_digest", "stream_at"]

#: Checkpoints kept at most; a run over more files reads the oldest of them again.
MAX_CHECKPOINTS = 20_000

#: Bytes before a position that must be unchanged for a checkpoint to be valid.
TAIL = 4096

_CHUNK = 1 << 20


class StreamPosition:
    """The position up to which a stream was read: ``line`` lines and ``offset`` bytes
    (decompressed), ending with the bytes ``tail``. ``failed`` is set if reading it failed there.

    >>> position = StreamPosition()
    >>> position.advance(b"[1]\\n")
    >>> position.line, position.offset, position.tail
    (1, 4, b'[1]\\n')
    """

    __slots__ = ("_recent", "_recent_size", "failed", "line", "offset")

    def __init__(self) -> None:
        self.line = self.offset = 0
        self.tail = b""
        self.failed = False

    @property
    def tail(self) -> bytes:
        """The last bytes before the position, at most ``TAIL``."""
        self.tail = b"".join(self._recent)[-TAIL:]  # joined only when asked for
        return self._recent[0]

    @tail.setter
    def tail(self, tail: bytes) -> None:
        self._recent, self._recent_size = [tail], len(tail)

    def advance(self, line: bytes, before: int = 0) -> None:
        """Move past a line. Of a very long line, ``line`` is only the end, after ``before`` bytes
        that need not be remembered."""
        self.line += 1
        self.offset += before + len(line)
        self._recent.append(line)
        self._recent_size += len(line)
        if self._recent_size > _CHUNK:
            self.tail = self.tail


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a file was read: ``line`` lines and ``offset`` decompressed bytes. A checkpoint
    without a ``tail`` says that the file was read to its end.

    ``source`` is a digest of the file's resolved path; ``state`` of its size, its modification
    time and the settings it was read with; ``tail`` of the last bytes before the position.

    >>> Checkpoint.from_json(["0123456789abcdef", "0123456789abcdef", 0, 0, ""]).finished
    True
    """

    source: str
    state: str
    line: int
    offset: int
    tail: str

    @property
    def finished(self) -> bool:
        """Whether the file was read to its end."""
        return not self.tail

    def to_json(self) -> list[Any]:
        """The checkpoint as a list of plain values."""
        return list(astuple(self))

    @classmethod
    def from_json(cls, values: Any) -> Checkpoint:
        """The inverse of :meth:`to_json`; TypeError or ValueError if the values are not one."""
        source, state, line, offset, tail = values
        digests = all(type(d) is str and len(d) == 16 for d in (source, state, tail or source))
        if not digests or not all(type(n) is int and 0 <= n <= 1 << 62 for n in (line, offset)):
            raise ValueError("a checkpoint of a file that was read is not well formed")
        return cls(source, state, line, offset, tail)

    @staticmethod
    def source_of(path: str) -> str:
        """The digest that stands for a file's path."""
        return short_digest(os.fsencode(os.path.realpath(path)))

    @staticmethod
    def state_of(file: os.stat_result, settings: bytes) -> str:
        """The digest of a file's size and modification time, and of the settings of the run."""
        return short_digest(b"%d %d " % (file.st_size, file.st_mtime_ns) + settings)

    @classmethod
    def at(cls, source: str, state: str, position: StreamPosition) -> Checkpoint:
        """The checkpoint of a position in a file."""
        return cls(source, state, position.line, position.offset, short_digest(position.tail))


def short_digest(data: bytes) -> str:
    """A digest of 16 hexadecimal digits (BLAKE2b).

    >>> len(short_digest(b""))
    16
    """
    return blake2b(data, digest_size=8).hexdigest()


def stream_at(
    file: IO[bytes], checkpoint: Checkpoint, position: StreamPosition
) -> io.BufferedReader | None:
    """The decompressed stream of a file from a checkpoint on, and ``position`` moved there; None
    if the bytes before the checkpoint have changed.

    A plain file is read from the position on. A gzip file must be decompressed up to there.

    >>> end = StreamPosition()
    >>> end.advance(b"[1]\\n")
    >>> stream_at(io.BytesIO(b"[1]\\n[2]\\n"), Checkpoint.at("", "", end), StreamPosition()).read()
    b'[2]\\n'
    """
    tail_length = min(TAIL, checkpoint.offset)
    to_skip = checkpoint.offset - tail_length
    plain = buffered(file)
    stream = decompressed(plain)
    if stream is plain:
        file.seek(to_skip)
        stream, to_skip = buffered(file), 0
    while to_skip:
        chunk = stream.read(min(to_skip, _CHUNK))
        if not chunk:
            return None
        to_skip -= len(chunk)
    tail = stream.read(tail_length)
    if short_digest(tail) != checkpoint.tail:
        return None
    position.line, position.offset, position.tail = checkpoint.line, checkpoint.offset, tail
    return stream
