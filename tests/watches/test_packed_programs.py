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


@pytest.mark.parametrize(
    ("programs", "leaves", "can_run"),
    [
        (PROGRAMS, 6, True),
        (PROGRAMS, 5, False),  # there is no leaf 5
        ([(joined_by(OTHERS[0], 1),)], 6, False),  # nothing is on top
        ([(push(1), OTHERS[0])], 6, False),  # only one is
        ([(push(1), push(2))], 6, False),  # two are left
        ([], 1, True),
    ],
)
def test_what_can_be_run(programs: list[tuple[int, ...]], leaves: int, can_run: bool) -> None:
    assert PackedPrograms.of(programs).can_run(leaves) is can_run


@pytest.mark.parametrize(
    ("codes", "starts"),
    [([5], []), ([5], [1, 1]), ([5], [0]), ([5], [0, 2]), ([5], [0, 0, 1]), ([-3], [0, 1])],
)
def test_places_that_make_no_sense(codes: list[int], starts: list[int]) -> None:
    packed = PackedPrograms(np.array(codes, np.int32), np.array(starts, np.int64))
    assert not packed.can_run(9)
