"""Attributes that are computed once."""

from __future__ import annotations

import threading

from searchlib.cached_property import cached_property


class Slow:
    def __init__(self) -> None:
        self.entered, self.go = threading.Event(), threading.Event()
        self.computed = 0

    @cached_property
    def value(self) -> int:
        """What is computed."""
        self.computed += 1
        self.entered.set()
        assert self.go.wait(10)
        return 7


def test_it_is_computed_once_and_can_be_forgotten() -> None:
    one = Slow()
    one.go.set()
    assert (one.value, one.value, one.computed) == (7, 7, 1)
    del one.__dict__["value"]
    assert (one.value, one.computed) == (7, 2)
    assert Slow.value.__doc__ == "What is computed."


def test_no_other_object_waits_meanwhile() -> None:
    slow, quick = Slow(), Slow()
    quick.go.set()
    thread = threading.Thread(target=lambda: slow.value)
    thread.start()
    assert slow.entered.wait(10)
    try:
        assert quick.value == 7  # with a lock for the class it would wait
    finally:
        slow.go.set()
        thread.join()
    assert slow.value == 7
