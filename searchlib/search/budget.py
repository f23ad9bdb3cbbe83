"""The time budget: how long a query may compute."""

from __future__ import annotations

import threading
from time import monotonic, thread_time

from searchlib.errors import QueryError

__all__ = ["TimeBudget"]

# Reading a thread's CPU time costs more than many a query: it is not read in the first 10 ms,
# which are then taken to have been spent computing.
_GRACE = 0.01


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
        self._cpu_start = 0.0  # of the thread, for the query that it was read for
        self._cpu_query: tuple[float, float] | None = None
        self.start(float("inf"))

    def start(self, seconds: float) -> None:
        """Start the budget of another query."""
        #: The seconds and the start of the query; also what identifies it.
        self.query = seconds, monotonic()

    def check(self) -> None:
        """Raise :class:`QueryError` "too-slow" if the budget is spent."""
        query = self.query
        seconds, start = query
        grace = min(_GRACE, seconds)
        if monotonic() - start < grace:
            return
        if self._cpu_query is not query:
            self._cpu_query, self._cpu_start = query, thread_time() - grace
        if thread_time() - self._cpu_start > seconds:
            raise QueryError(
                "too-slow", (0, 0), f"the query takes longer than {seconds:g} seconds",
                "use fewer patterns, or allow it more: Limits(seconds=...), --limit-seconds",
            )  # fmt: skip
