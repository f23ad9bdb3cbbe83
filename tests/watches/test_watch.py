"""A standing query as a value: what it refuses."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from searchlib import Watch
from searchlib.errors import ArgumentError, ArgumentTypeError
from searchlib.requests import SearchRequest


def test_it_is_a_value() -> None:
    watch = Watch("floods", "rain", match="any", filters={"section": ["world"], "words": ["3"]})
    assert watch.filters == (("section", ("world",)), ("words", ("3",)))
    assert pickle.loads(pickle.dumps(watch)) == watch
    assert hash(watch) == hash(Watch("floods", "rain", match="any", filters=watch.filters))
    assert watch.request() == SearchRequest(
        "rain", match="any", filters=watch.filters, highlight=False
    )
    assert (watch.notify, Watch("x" * 200, "rain", notify="changed").notify) == ("new", "changed")


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "a\0", "\ud800", "x" * 201])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(ArgumentError, match="cannot name a standing query: give 1 to 200"):
        Watch(name, "rain")


@pytest.mark.parametrize(
    ("arguments", "error", "why"),
    [
        ((7, "rain"), ArgumentTypeError, "is text, not 7"),
        (("a", None), ArgumentTypeError, "watch 'a': NoneType cannot stand: give the text"),
        (("a", "\ud800"), ArgumentError, "take the lone surrogate out"),
    ],
)
def test_arguments_that_cannot_be(arguments: Any, error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why):
        Watch(*arguments)
    with pytest.raises(ArgumentError, match="match is"):
        Watch("a", "rain", match="some")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError) as refused:
        Watch("a", "rain", notify="x" * 50)  # type: ignore[arg-type]
    why = f'watch \'a\': notify cannot be \'{"x" * 39}: give "new" or "changed"'
    assert str(refused.value) == why
