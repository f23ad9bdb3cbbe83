"""Alerts as values: beside a list of them."""

from __future__ import annotations

import pickle
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.errors import ArgumentError, ArgumentTypeError
from searchlib.index import alerts as alerts_module
from searchlib.index.alerts import Alert, Alerts, CommitAlerts, NumberRows, parse_token

KEYS = ["a", "b", "ü", "d"]
NUMBERS = st.lists(st.integers(0, 3), max_size=4)
COMMITS = st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3), max_size=3)


def commit_of(generation: int, rows: list[tuple[list[int], list[int]]]) -> CommitAlerts:
    first, changed = (NumberRows.of([row[kind] for row in rows]) for kind in (0, 1))
    return CommitAlerts(generation, KEYS, [f"q{n}" for n in range(len(rows))], first, changed)


def listed(generation: int, rows: list[tuple[list[int], list[int]]]) -> list[Alert]:
    return [
        Alert(f"q{n}", KEYS[number], generation, kind)  # type: ignore[arg-type]
        for n, row in enumerate(rows)
        for kind, numbers in zip(("first", "changed"), row, strict=True)
        for number in numbers
    ]


@given(COMMITS, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([None, 1, 2, -1]))
def test_they_are_a_sequence(commits: list, start: int, stop: int, step: int | None) -> None:
    expected = list(chain.from_iterable(listed(n, rows) for n, rows in enumerate(commits)))
    values = [commit_of(n, rows) for n, rows in enumerate(commits)]
    alerts = Alerts([(commit, 0, len(commit)) for commit in values], "9.0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alerts_module, "_BLOCK", 3)
        assert list(alerts) == expected
        assert len(alerts) == len(expected)
        assert alerts[start:stop:step] == tuple(expected[start:stop:step])
        for at in range(-len(expected), len(expected)):
            assert alerts[at] == expected[at]
        for wrong in (len(expected), -len(expected) - 1):
            with pytest.raises(IndexError, match="no alert"):
                alerts[wrong]
        for commit, rows in zip(values, commits, strict=True):
            if rows:
                most = max(len(first) + len(changed) for first, changed in rows)
                name, count = commit.broadest()
                assert count == most
                assert sum(map(len, rows[int(name[1:])])) == most


def test_they_are_values() -> None:
    commit = commit_of(7, [([0, 1], [2])])
    alerts = Alerts([(commit, 1, 3)], "8.0")
    assert list(alerts) == [Alert("q0", "b", 7, "first"), Alert("q0", "ü", 7, "changed")]
    again = pickle.loads(pickle.dumps(alerts))
    assert again == alerts
    assert hash(again) == hash(alerts)
    assert alerts != Alerts([(commit, 1, 3)], "9.0")
    assert alerts != list(alerts)
    assert alerts.__eq__(list(alerts)) is NotImplemented
    assert repr(alerts).startswith("Alerts([Alert(name='q0', key='b', commit=7, kind='first'), ")
    assert [alerts.token_after(count) for count in range(3)] == ["7.1", "7.2", "8.0"]
    for wrong in (-1, 3):
        with pytest.raises(ArgumentError, match="of 2 alerts"):
            alerts.token_after(wrong)


@pytest.mark.parametrize(("token", "place"), [("8.0", (8, 0)), ("7.99", (7, 99)), ("0.0", (0, 0))])
def test_tokens_up_to_the_next_commit(token: str, place: tuple[int, int]) -> None:
    assert parse_token(token, 7) == place


@pytest.mark.parametrize(
    "token", ["", "7", "7.", ".7", "7.1 ", "-1.0", "٣.0", "9.0", "8.1", "1e3.0"]
)
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ArgumentError, match="token"):
        parse_token(token, 7)
    with pytest.raises(ArgumentTypeError, match="token"):
        parse_token(7, 7)  # type: ignore[arg-type]
