"""A least-recently-used cache of decoded arrays, bounded in bytes, shared by an archive's segments.

Keys are tuples whose first item is the object that the array belongs to (a text field, a segment),
so that everything of a closed segment can be dropped at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

import numpy as np

__all__ = ["Cache", "cache_limit"]

_MIN_BYTES, _MAX_BYTES = 1 << 28, 1 << 30
_SHARE = 8  # of an archive's bytes, one of so many


def cache_limit(archive_bytes: int) -> int:
    """How many bytes may be kept of an archive of so many: a share of it, so that the words that
    are asked for again and again fit, from 256 MB on, and at most 1 GB.

    >>> [cache_limit(size << 20) >> 20 for size in (200, 4000, 40_000)]
    [256, 500, 1024]
    """
    return min(max(_MIN_BYTES, archive_bytes // _SHARE), _MAX_BYTES)


class Cache:
    """The arrays used last (or other objects that have ``nbytes``), up to ``limit`` bytes in all.
    An entry of more than half the limit is not kept. Safe to share between threads.

    >>> import numpy as np
    >>> cache = Cache(100)
    >>> cache.get("a", lambda: np.zeros(6)).nbytes, cache.bytes
    (48, 48)
    >>> _ = cache.get("b", lambda: np.zeros(6)); cache.bytes
    96
    >>> _ = cache.get("c", lambda: np.zeros(5)); cache.bytes
    88
    """

    def __init__(self, limit: int = _MIN_BYTES) -> None:
        self.limit = limit
        self.bytes = 0
        # Each with the bytes that it counts for.
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        # Reentrant, because segments may be closed by the garbage collector within a method.
        self._lock = threading.RLock()

    def get(self, key: Hashable, load: Callable[[], Any]) -> Any:
        """The entry of this key, or else what ``load`` returns. Arrays become read-only."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
                return found[0]
        entry = load()
        if isinstance(entry, np.ndarray):
            entry.flags.writeable = False
        if entry.nbytes <= self.limit // 2:
            with self._lock:
                self._add(key, entry)
        return entry

    def drop(self, owner: object) -> None:
        """Remove all entries whose key is a tuple that starts with ``owner``."""
        with self._lock:
            owned = [k for k in list(self._entries) if isinstance(k, tuple) and k[0] is owner]
            for key in owned:
                if (found := self._entries.pop(key, None)) is not None:
                    self.bytes -= found[1]

    def get_growing(self, key: Hashable, load: Callable[[], Any]) -> Any:
        """The same for an entry that calls its ``on_growth`` when ``nbytes`` has grown."""

        def load_watched() -> Any:
            entry = load()
            entry.on_growth = partial(self.recount, key)  # before it is shared
            return entry

        return self.get(key, load_watched)

    def recount(self, key: Hashable) -> None:
        """Say that the entry of this key, if it is still there, has another size now."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                entry, size = found
                self.bytes += entry.nbytes - size
                self._entries[key] = entry, entry.nbytes
                self._evict()

    def reset_lock(self) -> None:
        """In a forked child: replace the lock, which a thread of the parent may have held."""
        self._lock = threading.RLock()

    def _add(self, key: Hashable, entry: Any) -> None:
        if key in self._entries:  # another thread loaded it meanwhile
            return
        self._entries[key] = entry, entry.nbytes
        self.bytes += entry.nbytes
        self._evict()

    def _evict(self) -> None:
        while self.bytes > self.limit:
            self.bytes -= self._entries.popitem(last=False)[1][1]
