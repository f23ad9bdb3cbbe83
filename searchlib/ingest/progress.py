"""How far a run over several files has come: where to start in each, and what to remember."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable

from searchlib.ingest.checkpoint import MAX_CHECKPOINTS, Checkpoint, StreamPosition

__all__ = ["Progress"]


class Progress:
    """The checkpoints of a run that reads files one after the other.

    ``checkpoints`` are those of the last commit, of this run and of others. ``settings`` is
    whatever decides, besides the files, what becomes of their records: checkpoints made with
    other settings are not valid. With ``from_start`` every file is read from its start.
    """

    def __init__(
        self, checkpoints: Iterable[Checkpoint], settings: str, *, from_start: bool = False
    ) -> None:
        self._checkpoints = {checkpoint.source: checkpoint for checkpoint in checkpoints}
        self._unread = dict(self._checkpoints)
        self._from_start = from_start
        self._settings = settings.encode("utf-8", "surrogatepass")
        self._open: deque[tuple[str, str, StreamPosition]] = deque()
        self._skipped_files = 0
        self._resumed: list[str] = []

    def begin(self, path: str, file: os.stat_result, position: StreamPosition) -> Checkpoint | None:
        """Begin a file, whose reader keeps ``position`` up to date.

        Returns the checkpoint to resume at, which may be a finished one (skip the file); None to
        read the file from its start.
        """
        source, state = Checkpoint.source_of(path), Checkpoint.state_of(file, self._settings)
        checkpoint = self._unread.pop(source, None)
        if checkpoint is not None and (checkpoint.state != state or self._from_start):
            checkpoint = None
        if checkpoint is not None and checkpoint.finished:
            self._skipped_files += 1
            return checkpoint
        self._checkpoints.pop(source, None)
        self._open.append((source, state, position))
        return checkpoint

    def note_resumed(self, path: str, position: StreamPosition) -> None:
        """Note, for :meth:`resumed`, that a file is read from this position on."""
        self._resumed.append(f"{path} at line {position.line + 1:,}")

    def end(self) -> None:
        """End the file that was begun first: it was read to its end, or as far as can be."""
        source, state, position = self._open.popleft()
        if not position.failed:
            self._checkpoints[source] = Checkpoint(source, state, 0, 0, "")
        elif position.offset:
            self._checkpoints[source] = Checkpoint.at(source, state, position)
        if len(self._checkpoints) > MAX_CHECKPOINTS:
            del self._checkpoints[next(iter(self._checkpoints))]

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The checkpoints to commit together with everything that was read so far."""
        positions = [Checkpoint.at(*file) for file in self._open if file[2].offset]
        return (*self._checkpoints.values(), *positions)

    def unread_checkpoints(self) -> tuple[Checkpoint, ...]:
        """The checkpoints of files that this run has not come to."""
        return tuple(self._unread.values())

    def resumed(self) -> tuple[str, ...]:
        """Where the run resumed, in words: what comes before was not read again."""
        if not self._skipped_files:
            return tuple(self._resumed)
        files = "1 file" if self._skipped_files == 1 else f"{self._skipped_files:,} files"
        return (f"after {files} that had been finished", *self._resumed)
