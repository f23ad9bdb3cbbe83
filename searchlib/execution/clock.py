"""How long a query may compute."""

from __future__ import annotations

import threading
from time import thread_time

from searchlib.errors import QueryError

__all__ = ["Clock"]


class Clock(threading.local):
    """The time budget of the query that a thread runs, asked between the steps of its plan.

    It counts what the thread computes, not what it waits for: a busy machine or disk is no fault
    of the query.

    >>> clock = Clock()
    >>> clock.begin(0.0)
    >>> clock.check()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    searchlib.errors.QueryError: the query takes longer than 0 seconds: use ...
    """

    def __init__(self) -> None:
        self._seconds = self._end = float("inf")

    def begin(self, seconds: float) -> None:
        """Another query begins, which may compute for so long."""
        self._seconds = seconds
        self._end = thread_time() + seconds

    def check(self) -> None:
        """Raise :class:`QueryError` "too-slow" if the time is over."""
        if thread_time() > self._end:
            raise QueryError(
                "too-slow", (0, 0), f"the query takes longer than {self._seconds:g} seconds",
                "use fewer patterns, or allow it more: Limits(seconds=...)",
            )  # fmt: skip
