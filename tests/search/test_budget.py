"""The time budget: what it counts, when it refuses, and that threads have one each."""

from __future__ import annotations

import threading
from time import sleep, thread_time

import pytest

from searchlib.errors import QueryError
from searchlib.search.budget import TimeBudget


def compute(seconds: float) -> None:
    end = thread_time() + seconds
    while thread_time() < end:
        pass


def test_a_new_budget_has_no_limit() -> None:
    budget = TimeBudget()
    compute(0.02)
    budget.check()


def test_a_spent_budget_is_refused_and_says_how_to_get_more() -> None:
    budget = TimeBudget()
    budget.start(0.02)
    budget.check()
    compute(0.06)
    budget.check()  # reads the CPU time for the first time
    compute(0.03)
    with pytest.raises(QueryError) as caught:
        budget.check()
    assert caught.value.code == "too-slow"
    assert "0.02 seconds" in str(caught.value)
    assert "Limits(seconds=" in str(caught.value)


def test_the_first_ten_milliseconds_are_taken_to_be_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """By clocks that are set: after as long as that the CPU time is read, and from then on it
    counts; as much as is allowed may be spent."""
    clock = {"monotonic": 0.0, "thread_time": 5.0}
    for name in clock:
        monkeypatch.setattr(f"searchlib.search.budget.{name}", lambda name=name: clock[name])
    budget = TimeBudget()
    for seconds, grace in ((0.25, 0.01), (0.0078125, 0.0078125)):
        clock["monotonic"] = 0.0
        budget.start(seconds)
        clock["monotonic"] = grace * 0.99
        budget.check()
        clock["thread_time"] += 99.0  # not read
        clock["monotonic"] = grace
        budget.check()
        start = clock["thread_time"]
        clock["thread_time"] = start - grace + seconds
        budget.check()
        clock["thread_time"] += 0.001
        with pytest.raises(QueryError, match=f"longer than {seconds:g} seconds") as caught:
            budget.check()
        assert caught.value.span == (0, 0)


def test_waiting_is_not_computing() -> None:
    budget = TimeBudget()
    budget.start(0.03)
    sleep(0.1)
    budget.check()
    sleep(0.1)
    budget.check()


def test_each_query_starts_anew() -> None:
    budget = TimeBudget()
    budget.start(0.0)
    first = budget.query
    with pytest.raises(QueryError):
        budget.check()
    budget.start(10.0)
    assert budget.query is not first
    budget.check()


def test_a_thread_has_its_own_budget() -> None:
    budget = TimeBudget()
    budget.start(0.0)
    errors: list[Exception] = []

    def other() -> None:
        try:
            budget.check()
        except QueryError as error:
            errors.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert errors == []
