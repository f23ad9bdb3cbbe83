"""The open segments of an archive, shared by all readers of this process."""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque

from searchlib.codec.cache import Cache, cache_limit
from searchlib.codec.directory import Directory
from searchlib.index.manifest import SegmentInfo
from searchlib.index.segment_reader import SegmentCore

__all__ = ["SegmentPool"]


class SegmentPool:
    """Opens each segment file once, however many readers use it, and closes it after the last.

    ``cache`` holds what the readers of this archive decoded; its limit grows with the segments.
    """

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.cache = Cache()
        self._cores: dict[tuple[str, int], SegmentCore] = {}
        self._lock = threading.RLock()
        self._released: deque[SegmentCore] = deque()  # to be counted by whoever has the lock
        _pools.add(self)

    def acquire(self, info: SegmentInfo) -> SegmentCore:
        """An open segment; every call must be matched by one of :meth:`release`."""
        key = (info.file, info.crc)
        with self._lock:
            while True:
                core = self._cores.get(key)
                if core is None:
                    core = SegmentCore(self.directory, info, self.cache)
                    self._cores[key] = core
                    self._set_cache_limit()
                if core.acquire():
                    break
                # It was closed while it was looked up.
                if self._cores.get(key) is core:
                    del self._cores[key]
        self._close_released()
        return core

    def release(self, core: SegmentCore) -> None:
        """Release a segment; the last user's call closes it.

        A reader that is garbage collected calls this from wherever the interpreter happens to be,
        in a thread that may hold any lock. So this waits for none: if another thread has the lock
        of the pool, that thread closes the segment.
        """
        self._released.append(core)
        self._close_released()

    def _set_cache_limit(self) -> None:
        self.cache.limit = cache_limit(sum(c.segment_file.bytes for c in self._cores.values()))

    def _close_released(self) -> None:
        while self._released and self._lock.acquire(blocking=False):
            try:
                while self._released:
                    core = self._released.popleft()
                    if core.release() and self._cores.get(core.key) is core:
                        del self._cores[core.key]
                        self._set_cache_limit()
            finally:
                self._lock.release()

    def reset_locks(self) -> None:
        """In a forked child: replace the locks, which threads of the parent may have held."""
        self._lock = threading.RLock()
        self.cache.reset_lock()
        for core in self._cores.values():
            core.reset_lock()


_pools: weakref.WeakSet[SegmentPool] = weakref.WeakSet()


def _reset_locks() -> None:
    for pool in _pools:
        pool.reset_locks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_locks)
