"""Programs of standing queries end to end, as the kernels run them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from searchlib.cached_property import cached_property
from searchlib.codec.packed_ints import ranges
from searchlib.kernels.constants import WatchCode
from searchlib.watches.batch_arrays import loops
from searchlib.watches.leaves import NONE, Codes

__all__ = ["PackedPrograms"]

_Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class PackedPrograms:
    """The codes of some programs: int32, and where each begins, and their end: int64."""

    codes: _Ints
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, programs: Sequence[Codes]) -> PackedPrograms:
        """Those of some queries.

        >>> PackedPrograms.of([(4, 9), ()]).starts.tolist()
        [0, 2, 3]
        """
        every = [program or (NONE,) for program in programs]
        sizes = np.fromiter(map(len, every), np.int64, len(every))
        starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        codes = (code for program in every for code in program)
        return cls(np.fromiter(codes, np.int32, int(starts[-1])), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, number: int) -> Codes:
        codes = tuple(self.codes[self.starts[number] : self.starts[number + 1]].tolist())
        return () if codes == (NONE,) else codes

    def chosen(self, numbers: npt.NDArray[np.int64]) -> PackedPrograms:
        """Those of some numbers, in their order.

        >>> PackedPrograms.of([(4, 9), (8,)]).chosen(np.array([1, 0])).codes.tolist()
        [8, 4, 9]
        """
        sizes = np.diff(self.starts)[numbers]
        codes = self.codes[ranges(self.starts[numbers], sizes)]
        return PackedPrograms(codes, np.concatenate(([0], np.cumsum(sizes))).astype(np.int64))

    def joined(self, others: PackedPrograms) -> PackedPrograms:
        """These, and then others."""
        starts = np.concatenate((self.starts, others.starts[1:] + self.starts[-1]))
        return PackedPrograms(np.concatenate((self.codes, others.codes)), starts)

    @cached_property
    def are_used(self) -> npt.NDArray[np.bool_]:
        """Which leaves some of them have, up to the last one."""
        are_used = np.zeros(int((self.codes >> 2).max(initial=0)) + 1, np.bool_)
        are_used[self.codes >> 2] = True
        return are_used

    def users(self, leaves: Iterable[int]) -> npt.NDArray[np.int64]:
        """The numbers of those that have any of some leaves, ascending."""
        are_wanted = np.zeros_like(self.are_used)
        wanted = np.array(list(leaves), np.int64)
        are_wanted[wanted[wanted < len(are_wanted)]] = True
        places = np.flatnonzero(are_wanted[self.codes >> 2])
        return np.unique(np.searchsorted(self.starts, places, "right") - 1)

    def can_run(self, leaves: int) -> bool:
        """Whether they are programs over so many leaves."""
        codes, starts = self.codes, self.starts
        if len(starts) < 1 or starts[0] != 0 or starts[-1] != len(codes) or (codes < 0).any():
            return False
        if (np.diff(starts) < 1).any() or (codes >> 2).max(initial=0) >= leaves:
            return False
        is_push = codes & 3 == WatchCode.PUSH
        steps = is_push.astype(np.int64) - (~is_push & (codes >> 2 == 0))
        depths = np.cumsum(steps)
        before = np.concatenate(([0], depths))[starts[:-1]]
        depths -= np.repeat(before, np.diff(starts))
        return bool((depths >= 1).all() and (depths[starts[1:] - 1] == 1).all())

    def run(self, rows: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """The bits of each of them, 64 a word; ``rows`` are those of the leaves."""
        out: npt.NDArray[np.uint64] = np.zeros((len(self), rows.shape[1]), np.uint64)
        loops().run_programs(self.codes, self.starts, rows, out)
        return out
