"""The time budget: how long a query may compute."""

from __future__ import annotations

import threading
from time import monotonic, thread_time

from searchlib.errors import QueryError

__all__ = ["TimeBudget"]

# Reading a thread's CPU time costs more than many a query: it is not read in the first 10 ms,
# which are then taken to have been spent computing.
_GRACE = 0.01


class _QueryTime:
    """The time of one query; also what identifies it."""

    __slots__ = ("cpu_start", "grace_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.grace_end = monotonic() + min(_GRACE, seconds)
        self.cpu_start: float | None = None  # of the thread; read once the grace is over


class TimeBudget(threading.local):
    """The time budget of the query that the current thread runs, checked between the steps of
    its plan.

    It counts the CPU time of the thread, not time spent waiting: a query is not refused because
    the machine or the disk is busy.

    >>> budget = TimeBudget()
    >>> budget.start(0.0)
    >>> budget.check()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    searchlib.errors.QueryError: the query takes longer than 0 seconds: use ...
    """

    def __init__(self) -> None:
        self.start(float("inf"))

    def start(self, seconds: float) -> None:
        """Start the budget of another query."""
        self.query = _QueryTime(seconds)

    def check(self) -> None:
        """Raise :class:`QueryError` "too-slow" if the budget is spent."""
        query = self.query
        if monotonic() < query.grace_end:
            return
        seconds = query.seconds
        if query.cpu_start is None:
            query.cpu_start = thread_time() - min(_GRACE, seconds)
        if thread_time() - query.cpu_start > seconds:
            raise QueryError(
                "too-slow", (0, 0), f"the query takes longer than {seconds:g} seconds",
                "use fewer patterns, or allow it more: Limits(seconds=...), --limit-seconds",
            )  # fmt: skip
