"""The open segments of an archive, shared by all readers of this process."""

from __future__ import annotations

import os
import threading
import weakref

from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.index.manifest import SegmentInfo
from searchlib.index.segment_reader import SegmentCore

__all__ = ["SegmentPool"]


class SegmentPool:
    """Opens each segment once, however many readers use it, and closes it after the last."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.cache = Cache()
        self._open: dict[tuple[str, int], SegmentCore] = {}
        # Reentrant, because a reader that is garbage collected gives its segments back from
        # wherever the interpreter happens to be, which may be inside a method of this.
        self._guard = threading.RLock()
        _pools.add(self)

    def acquire(self, info: SegmentInfo) -> SegmentCore:
        """An open segment; give it back with :meth:`release`."""
        key = (info.file, info.crc)
        with self._guard:
            while True:
                segment = self._open.get(key)
                if segment is None:
                    segment = SegmentCore(self.directory, info, self.cache)
                    self._open[key] = segment
                if segment.use():
                    return segment
                if self._open.get(key) is segment:
                    del self._open[key]

    def release(self, segment: SegmentCore) -> None:
        """Give a segment back."""
        with self._guard:
            if segment.release() and self._open.get(segment.key) is segment:
                del self._open[segment.key]

    def renew_guards(self) -> None:
        """In a forked child: replace the locks that threads of the parent may have held."""
        self._guard = threading.RLock()
        self.cache.renew_guard()
        for segment in self._open.values():
            segment.renew_guard()


_pools: weakref.WeakSet[SegmentPool] = weakref.WeakSet()


def _renew_guards() -> None:
    for pool in _pools:
        pool.renew_guards()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_guards)
