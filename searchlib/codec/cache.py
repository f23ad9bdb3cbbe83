"""A cache of what was decoded with a bound in bytes, shared by all segments of an archive."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

__all__ = ["Cache"]


class Cache:
    """The arrays used last (and other things that have ``nbytes``), as many as fit into
    ``limit`` bytes. Safe to share by threads.

    >>> import numpy as np
    >>> cache = Cache(100)
    >>> cache.get("a", lambda: np.zeros(6)).nbytes, cache.bytes
    (48, 48)
    >>> _ = cache.get("b", lambda: np.zeros(6)); cache.bytes
    96
    >>> _ = cache.get("c", lambda: np.zeros(5)); cache.bytes
    88
    """

    def __init__(self, limit: int = 1 << 28) -> None:
        self.limit = limit
        self.bytes = 0
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._guard = threading.RLock()  # see IndexStore._guard

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The array kept under this key, or else the one that ``make`` makes."""
        with self._guard:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        found = make()
        if isinstance(found, np.ndarray):
            found.flags.writeable = False
        if found.nbytes <= self.limit // 2:
            with self._guard:
                self._keep(key, found)
        return found

    def drop(self, owner: object) -> None:
        """Forget the arrays whose key is a tuple that starts with ``owner``."""
        with self._guard:
            gone = [k for k in list(self._kept) if isinstance(k, tuple) and k[0] is owner]
            for key in gone:
                if (kept := self._kept.pop(key, None)) is not None:
                    self.bytes -= kept.nbytes

    def renew_guard(self) -> None:
        """In a forked child: forget the lock that a thread of the parent may have held."""
        self._guard = threading.RLock()

    def _keep(self, key: Hashable, array: Any) -> None:
        if key in self._kept:
            return
        self._kept[key] = array
        self.bytes += array.nbytes
        while self.bytes > self.limit:
            self.bytes -= self._kept.popitem(last=False)[1].nbytes
