"""How far a run over files is: where to begin in each, and what to remember of it."""

from __future__ import annotations

import os
from collections.abc import Iterable

from searchlib.ingest.checkpoint import MAX_CHECKPOINTS, Checkpoint, StreamPosition

__all__ = ["Progress"]


class Progress:
    """The marks of a run that reads files one after the other.

    ``marks`` are what was remembered, of this run and of others; ``told`` is what decides,
    besides the files, what becomes of their records: with another one no mark holds. With
    ``afresh`` all files are read from their start.
    """

    def __init__(self, marks: Iterable[Checkpoint], told: str, *, afresh: bool = False) -> None:
        self._kept = {mark.source: mark for mark in marks}
        self._others = dict(self._kept)
        self._afresh = afresh
        self._told = told.encode("utf-8", "surrogatepass")
        self._now: tuple[str, str, StreamPosition] | None = None
        self._skipped = 0
        self._resumed: list[str] = []

    def begin(self, name: str, file: os.stat_result, place: StreamPosition) -> Checkpoint | None:
        """Begin to read a file, ``place`` going along; where to go on, or None: at its start."""
        source, state = Checkpoint.source_of(name), Checkpoint.state_of(file, self._told)
        mark = self._others.pop(source, None)
        if mark is not None and (mark.state != state or self._afresh):
            mark = None
        if mark is not None and mark.whole:
            self._skipped += 1
            return mark
        self._kept.pop(source, None)
        self._now = source, state, place
        return mark

    def resume(self, where: str, place: StreamPosition) -> None:
        """Note that a file is not read from its start."""
        self._resumed.append(f"{where} at line {place.line + 1:,}")

    def end(self) -> None:
        """The file that was begun last is read to its end, or as far as it can be."""
        if self._now is not None:
            source, state, place = self._now
            if not place.failed:
                self._kept[source] = Checkpoint(source, state, 0, 0, "")
            elif place.offset:
                self._kept[source] = Checkpoint.at(source, state, place)
            self._now = None
            if len(self._kept) > MAX_CHECKPOINTS:
                del self._kept[next(iter(self._kept))]

    def marks(self) -> tuple[Checkpoint, ...]:
        """What to remember once all that was read so far is safe."""
        now = self._now
        read = [Checkpoint.at(*now)] if now is not None and now[2].offset else []
        return (*self._kept.values(), *read)

    def others(self) -> tuple[Checkpoint, ...]:
        """What to remember of the files that were not met."""
        return tuple(self._others.values())

    def resumed(self) -> tuple[str, ...]:
        """What was not read again, in words."""
        if not self._skipped:
            return tuple(self._resumed)
        files = "1 file" if self._skipped == 1 else f"{self._skipped:,} files"
        return (f"after {files} that had been finished", *self._resumed)
