"""The kernels of standing queries refuse what does not fit; what they give is tested in
tests/watches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from searchlib import kernels

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")

watches: Any = kernels.watches if kernels.available else None


def ints(*values: int) -> Any:
    return np.array(values, np.int32)


FORMS, STARTS, BITS_OF = ints(0, 1, 0), ints(0, 2, 3), ints(0, 1)
FIRSTS, NUMBERS = ints(0, 1, 2), ints(0, 1)
ROWS = np.zeros((2, 1), np.uint64)
ENDS = np.array([0, 1, 2])


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, ints(0, 2, 0)), (0, ints(0, -1, 0)), (1, ints(0, 2, 4)), (1, ints(0, 3, 2)),
        (1, ints(-1, 2, 3)), (1, ints(0, 3)), (2, ints(0, 64)), (3, ints(0, 2, 1)),
        (3, ints(0, 1, 3)), (3, ints(1, 1, 2)), (4, ints(0, 2)), (4, ints(-1, 0)),
    ],
)  # fmt: skip
def test_bits_and_places_that_do_not_fit(place: int, wrong: Any) -> None:
    arguments = [FORMS, STARTS, BITS_OF, FIRSTS, NUMBERS]
    watches.set_bits(*arguments, ROWS.copy())
    watches.positions(*arguments, 2)
    arguments[place] = wrong
    with pytest.raises(ValueError, match=r"range|rows|bit"):
        watches.set_bits(*arguments, ROWS.copy())
    if place != 2:
        with pytest.raises(ValueError, match=r"range|rows|bit"):
            watches.positions(*arguments, 2)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (3, ints(0, 2)), (4, ints(0, 2)), (5, ints(0, 2, 1)), (6, ints(2)), (7, ints(2)),
        (7, ints(0, 1)), (8, np.zeros(1, np.uint8)), (0, ints(0, 2, 0)), (3, ints(0)),
    ],
)  # fmt: skip
def test_tries_that_do_not_fit(place: int, wrong: Any) -> None:
    is_end = np.array([0, 1], np.uint8)
    arguments = [FORMS, STARTS, BITS_OF, ints(0, 1), ints(0, -1), ints(0, 1, 1), ints(1), ints(1)]
    arguments.append(is_end)
    assert watches.find_phrases(*arguments).tolist() == [[1, 0]]
    arguments[place] = wrong
    with pytest.raises(ValueError, match=r"range|rows|fit"):
        watches.find_phrases(*arguments)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, [[2, 0, 1, 1, 0]]), (0, [[0, 2, 1, 1, 0]]), (0, [[0, 0, -1, 1, 0]]),
        (1, np.array([0, 2, 1])), (1, np.array([0, 1, 3])), (2, ints(0, 3)), (2, ints(-1, 0)),
        (3, ints(1)), (3, ints(1, 0)), (4, ints(0, 0, 64)),
    ],
)  # fmt: skip
def test_joins_that_do_not_fit(place: int, wrong: Any) -> None:
    arguments: list[Any] = [
        np.array([[0, 0, 1, 1, 0]], np.int32), ENDS, ints(0, 1), ints(1, 1), ints(0, 0, 1),
    ]  # fmt: skip
    watches.near(*arguments, ROWS.copy())
    arguments[place] = np.array(wrong, np.int32) if place == 0 else wrong
    joins, *rest = arguments
    with pytest.raises(ValueError, match=r"range|fit"):
        watches.near(joins, *rest, ROWS.copy())
    with pytest.raises(ValueError, match=r"range|fit"):
        watches.same(joins[:, :3].copy(), *rest, ints(0, 0, 1), ROWS.copy())


def test_units_are_those_of_the_tokens() -> None:
    joins = np.array([[0, 0, 1]], np.int32)
    arguments = [joins, ENDS, ints(0, 2), ints(1, 1), ints(0, 0, 1)]
    with pytest.raises(ValueError, match="each token"):
        watches.same(*arguments, ints(0, 0), ROWS.copy())
    with pytest.raises(ValueError, match="a place"):
        watches.same(joins, ENDS, ints(0, 2), ints(1, 2), ints(0, 0, 1), ints(0, 0, 1), ROWS.copy())
    with pytest.raises(ValueError, match="five"):
        watches.near(*arguments, ROWS.copy())


@pytest.mark.parametrize(
    ("codes", "starts"),
    [
        ([1], [0, 1]), ([0, 0], [0, 2]), ([2 << 2], [0, 1]), ([-4], [0, 1]), ([0, 1], [0, 2]),
        ([0], [0, 2]), ([0], [1, 1]), ([], [0, 0]), ([0], [0, 1, 0]),
    ],
)  # fmt: skip
def test_programs_that_do_not_fit(codes: list[int], starts: list[int]) -> None:
    out = np.zeros((len(starts) - 1, 1), np.uint64)
    with pytest.raises(ValueError, match=r"range|operands|programs|row"):
        watches.run_programs(ints(*codes), np.array(starts), ROWS, out)


def test_each_bit_has_a_value() -> None:
    with pytest.raises(ValueError, match="no value"):
        watches.numbers_of(np.array([[4]], np.uint64), 2)
    with pytest.raises(ValueError, match="no value"):
        watches.numbers_of(np.array([[1, 0], [0, 1]], np.uint64), 64)
