"""How long a query may compute."""

from __future__ import annotations

import threading
from time import monotonic, thread_time

from searchlib.errors import QueryError

__all__ = ["Clock"]

# Asking for a thread's own time costs more than many a query: it is asked from so long on, and
# what was computed until then is taken to be that.
_GRACE = 0.01


class _Run:
    """One query: until when nothing is asked, what it may take, the thread's time before it."""

    __slots__ = ("base", "grace", "seconds")

    def __init__(self, grace: float, seconds: float) -> None:
        self.grace = grace
        self.seconds = seconds
        self.base: float | None = None


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
        self.begin(float("inf"))

    def begin(self, seconds: float) -> None:
        """Another query begins, which may compute for so long."""
        # One entry: each costs as much as what is done with it, in what each thread has its own.
        self._run = _Run(monotonic() + min(_GRACE, seconds), seconds)

    def check(self) -> None:
        """Raise :class:`QueryError` "too-slow" if the time is over."""
        run = self._run
        if monotonic() < run.grace:
            return
        if run.base is None:
            run.base = thread_time() - min(_GRACE, run.seconds)
        if thread_time() - run.base > run.seconds:
            raise QueryError(
                "too-slow", (0, 0), f"the query takes longer than {run.seconds:g} seconds",
                "use fewer patterns, or allow it more: Limits(seconds=...)",
            )  # fmt: skip
