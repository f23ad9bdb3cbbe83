"""The file system calls of the codec and the index, made to fail or recorded."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import searchlib.codec.directory
import searchlib.index.lock
import searchlib.index.store

CALLS = frozenset(
    [
        "open",
        "read",
        "write",
        "fsync",
        "close",
        "replace",
        "unlink",
        "mkdir",
        "listdir",
        "lstat",
        "stat",
        "fstat",
        "lseek",
        "truncate",
    ]
)


class Calls:
    """Stands in for the module ``os`` (and for mmap and flock): every call of ``CALLS`` goes
    through ``on_call(name, call, args)``."""

    def __init__(self, on_call: Callable[[str, Callable[..., Any], tuple[Any, ...]], Any]) -> None:
        self._on_call = on_call
        self.ACCESS_READ = mmap.ACCESS_READ

    def __getattr__(self, name: str) -> Any:
        call = getattr(os, name)
        if name not in CALLS:
            return call
        return lambda *args: self._on_call(name, call, args)

    def mmap(self, *args: Any, **kwargs: Any) -> Any:
        return self._on_call("mmap", lambda *a: mmap.mmap(*a, **kwargs), args)

    @contextmanager
    def installed(self) -> Iterator[None]:
        directory, lock = searchlib.codec.directory, searchlib.index.lock
        flock = lock._lock_file
        with (
            patch.object(directory, "os", self),
            patch.object(directory, "mmap", self),
            patch.object(lock, "os", self),
            patch.object(lock, "_lock_file", lambda h: self._on_call("flock", flock, (h,))),
            patch.object(searchlib.index.store, "os", self),
        ):
            yield


class Failing:
    """Makes the ``step``-th call fail with ``errno``, and all later ones too if ``for_ever``."""

    def __init__(self, step: int, errno: int, *, for_ever: bool = False) -> None:
        self.step, self.errno, self.for_ever = step, errno, for_ever
        self.count = 0
        self.failed: list[str] = []

    def __call__(self, name: str, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        self.count += 1
        if self.count == self.step or (self.for_ever and self.count > self.step):
            self.failed.append(name)
            if name == "close":
                call(*args)  # close frees the handle even if it fails
            raise OSError(self.errno, os.strerror(self.errno))
        return call(*args)
