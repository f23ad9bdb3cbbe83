"""Which articles each file gave, so that an archive can be kept in step with a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.checkpoint import Checkpoint

__all__ = ["FileSync"]

_MAX_KEYS = 1_000  # a file with more articles is read again each time


class FileSync:
    """What a run over files finds in each: ``seen`` has the keys of all their articles, ``skipped``
    is the number of files that were not read since they are as they were the last time, and
    ``unread`` has those of which something could not be read, so that nothing can be said of what
    is gone.

    The state of the last time is a file beside the archive; without it, and with ``from_start``,
    all is read. ``exists`` says whether the archive has an article with this key.

    >>> sync = FileSync.from_bytes(b"damaged", lambda key: False)
    >>> sync.seen
    set()
    """

    def __init__(
        self, known: dict[str, FileKeys], exists: Callable[[str], bool], *, from_start: bool = False
    ) -> None:
        self._known = known
        self._from_start = from_start
        self._files: dict[str, FileKeys] = {}
        self._exists = exists
        self._settings = b""
        self.seen: set[str] = set()
        self.skipped = 0
        self.unread: list[str] = []

    @classmethod
    def from_bytes(
        cls, data: bytes, exists: Callable[[str], bool], *, from_start: bool = False
    ) -> FileSync:
        """The state that :meth:`to_bytes` gave; an empty one if it is not one."""
        try:
            known = {
                str(source): FileKeys(str(state), [str(key) for key in keys])
                for source, (state, keys) in json.loads(data).items()
            }
        except (ValueError, TypeError, AttributeError, RecursionError):
            known = {}
        return cls(known, exists, from_start=from_start)

    def to_bytes(self) -> bytes:
        """What is to be known the next time."""
        files = {source: (file.state, file.keys) for source, file in self._files.items()}
        return json.dumps(files).encode("utf-8", "surrogatepass")

    def begin(self, settings: str) -> None:
        """Begin a run; ``settings`` is whatever decides, besides the files, what becomes of their
        articles: with others all files are read."""
        self._settings = settings.encode("utf-8", "surrogatepass")

    def begin_file(self, path: str, status: os.stat_result) -> FileKeys | None:
        """Begin a file; None if it need not be read."""
        source, state = os.path.realpath(path), Checkpoint.state_of(status, self._settings)
        known = None if self._from_start else self._known.get(source)
        if known is not None and known.state == state and all(map(self._exists, known.keys)):
            self._files[source] = known
            self.seen.update(known.keys)
            self.skipped += 1
            return None
        return FileKeys(state, [])

    def end_file(self, path: str, file: FileKeys) -> None:
        """End a file, when all its articles were noted."""
        source = os.path.realpath(path)
        self.seen.update(file.keys)
        if file.is_whole:
            if len(file.keys) <= _MAX_KEYS:
                self._files[source] = file
        elif (known := self._known.get(source)) is not None:
            self.seen.update(known.keys)  # they may be among what could not be read
            self._files[source] = FileKeys("", known.keys)
        else:
            self.unread.append(path)


@dataclass
class FileKeys:
    """The state of a file and the keys of its articles, and whether all of it could be read."""

    state: str
    keys: list[str]
    is_whole: bool = True

    def note(self, item: Any, key_of: Callable[[Any], str]) -> None:
        """Note an item of the file; ``key_of`` gives the key of an article, as it is stored, or
        "" if it has none that can be stored."""
        if isinstance(item, Rejected):
            self.is_whole = False
        elif key := key_of(item):
            self.keys.append(key)
