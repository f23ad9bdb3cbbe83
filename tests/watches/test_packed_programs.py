from __future__ import annotations

import numpy as np
import pytest

from searchlib.kernels.constants import WatchCode
from searchlib.watches.packed_programs import PackedPrograms


def push(leaf: int) -> int:
    return leaf << 2 | WatchCode.PUSH


def joined_by(code: int, leaf: int = 0) -> int:
    """The code that joins a leaf to what is on top, or for leaf 0 the two on top."""
    return leaf << 2 | code


OTHERS = sorted({int(code) for code in WatchCode} - {int(WatchCode.PUSH)})
PROGRAMS = [(push(3),), (), (push(2), joined_by(OTHERS[0], 5)), (push(1), push(4), OTHERS[0])]


def test_programs_are_those_that_were_packed() -> None:
    packed = PackedPrograms.of(PROGRAMS)
    assert [packed[number] for number in range(len(packed))] == PROGRAMS
    chosen = packed.chosen(np.array([3, 0, 3]))
    assert [chosen[number] for number in range(3)] == [PROGRAMS[3], PROGRAMS[0], PROGRAMS[3]]
    both = packed.joined(PackedPrograms.of(PROGRAMS[:1]))
    assert [both[number] for number in range(5)] == [*PROGRAMS, PROGRAMS[0]]
    assert len(PackedPrograms.of([])) == 0


def test_who_has_some_leaves() -> None:
    packed = PackedPrograms.of(PROGRAMS)
    assert packed.users([5, 3, 99]).tolist() == [0, 2]
    assert packed.users([6]).tolist() == packed.users([]).tolist() == []
    assert packed.users([0]).tolist() == [1, 3]
    assert packed.users([4, 2]).tolist() == [2, 3]
    assert packed.are_used.tolist() == [True] * 6
    assert PackedPrograms.of([(push(3),)]).are_used.tolist() == [False] * 3 + [True]
    assert PackedPrograms.of([]).are_used.tolist() == [False]


def test_they_are_run() -> None:
    rows = np.array([[0, 0, 0], [7, 0, 9], [3, 1, 8], [5, 0, 1]], np.uint64)
    programs = [(push(1),), (), (push(2), joined_by(WatchCode.AND, 3)), (push(3),)]
    out = PackedPrograms.of(programs).run(rows)
    assert out.dtype == np.uint64
    assert out.tolist() == [[7, 0, 9], [0, 0, 0], [1, 0, 0], [5, 0, 1]]


@pytest.mark.parametrize(
    ("programs", "leaves", "can_run"),
    [
        (PROGRAMS, 6, True),
        (PROGRAMS, 5, False),  # there is no leaf 5
        ([(joined_by(OTHERS[0], 1),)], 6, False),  # nothing is on top
        ([(push(1), OTHERS[0])], 6, False),  # only one is
        ([(push(1), push(2))], 6, False),  # two are left
        ([], 1, True),
        # two are joined, but not those of the program before
        ([(push(1), push(1)), (OTHERS[0],)], 6, False),
        ([(push(1),), (OTHERS[0], push(1))], 6, False),
        ([(push(1), joined_by(OTHERS[0], 1)), (push(1), push(1), OTHERS[0])], 2, True),
        ([(push(1), *[joined_by(OTHERS[1], leaf) for leaf in (1, 2, 3, 4)])], 5, True),
        ([(push(1), OTHERS[0], push(1))], 5, False),
        ([(push(0),)], 1, True),
        ([(push(1),)], 1, False),
        ([(push(1), push(1), OTHERS[0]), (push(1), push(1))], 5, False),
        ([(push(1),), (push(1), push(1), push(1), OTHERS[1], OTHERS[1])], 5, True),
    ],
)
def test_what_can_be_run(programs: list[tuple[int, ...]], leaves: int, can_run: bool) -> None:
    assert PackedPrograms.of(programs).can_run(leaves) is can_run


@pytest.mark.parametrize(
    ("codes", "starts"),
    [
        ([-1], [0, 1]),
        ([push(0)], [0, 0, 1]),
        ([push(0)] * 2, [0, 0, 2]),
        ([5], [1]),
        ([5, 5], [1, 2]),
        ([5], []),
        ([5], [1, 1]),
        ([5], [0]),
        ([5], [0, 2]),
        ([5], [0, 0, 1]),
        ([-3], [0, 1]),
    ],
)
def test_places_that_make_no_sense(codes: list[int], starts: list[int]) -> None:
    packed = PackedPrograms(np.array(codes, np.int32), np.array(starts, np.int64))
    assert not packed.can_run(9)
