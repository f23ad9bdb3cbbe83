"""How long a query may compute."""

from __future__ import annotations

import threading
from time import monotonic, thread_time

from searchlib.errors import QueryError

__all__ = ["TimeBudget"]

# Asking for a thread's own time costs more than many a query: it is asked from so long on, and
# what was computed until then is taken to be that.
_GRACE = 0.01


class TimeBudget(threading.local):
    """The time budget of the query that a thread runs, asked between the steps of its plan.

    It counts what the thread computes, not what it waits for: a busy machine or disk is no fault
    of the query.

    >>> clock = TimeBudget()
    >>> clock.begin(0.0)
    >>> clock.check()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    searchlib.errors.QueryError: the query takes longer than 0 seconds: use ...
    """

    def __init__(self) -> None:
        self.begin(float("inf"))

    def begin(self, seconds: float) -> None:
        """Another query begins, which may compute for so long."""
        #: The query: until when nothing is asked, what it may take, the thread's time before it.
        self.run: list[float] = [monotonic() + min(_GRACE, seconds), seconds]

    def check(self) -> None:
        """Raise :class:`QueryError` "too-slow" if the time is over."""
        run = self.run
        if monotonic() < run[0]:
            return
        seconds = run[1]
        if len(run) == 2:
            run.append(thread_time() - min(_GRACE, seconds))
        if thread_time() - run[2] > seconds:
            raise QueryError(
                "too-slow", (0, 0), f"the query takes longer than {seconds:g} seconds",
                "use fewer patterns, or allow it more: Limits(seconds=...)",
            )  # fmt: skip
