"""A Whoosh matcher over the arrays of a posting list."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from whoosh.matching import ListMatcher, NullMatcher, ReadTooFar

__all__ = ["PostingMatcher"]


class PostingMatcher(ListMatcher):  # type: ignore[misc]
    """The documents of one term, with weights, and with positions for text fields.

    ``positions`` are those of all documents end to end, ``starts`` where those of each document
    start, ``freqs`` how many they are; all None for a field without positions. ``index`` is the
    place in the list to start from. The whole list counts as one block.
    """

    def __init__(
        self, ids: list[int], weights: list[float], freqs: list[int] | None, fmt: Any, scorer: Any,
        term: Any, terminfo: Any, positions: Any = None, starts: Any = None, index: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(
            ids, weights=weights, format=fmt, scorer=scorer, term=term, terminfo=terminfo
        )
        self._i = index
        self._freqs = freqs
        self._positions = positions
        self._starts = starts

    def copy(self) -> PostingMatcher:
        return PostingMatcher(
            self._ids, self._weights, self._freqs, self._format, self._scorer, self._term,
            self._terminfo, self._positions, self._starts, self._i,
        )  # fmt: skip

    def replace(self, minquality: float = 0) -> Any:
        # minquality is ignored: Whoosh passes it on unchanged through a matcher with a boost.
        return self if self.is_active() else NullMatcher()

    def skip_to(self, id: int) -> None:  # the name is Whoosh's
        if not self.is_active():
            raise ReadTooFar
        self._i = bisect_left(self._ids, id, self._i)

    def value(self) -> bytes:
        if self._freqs is None:
            return b""
        encoded: bytes = self._format.encode(self.value_as("positions"))
        return encoded

    def value_as(self, astype: str) -> Any:
        if astype == "frequency":
            return 1 if self._freqs is None else self._freqs[self._i]
        if astype == "weight":
            return self.weight()
        if astype == "positions" and self._freqs is not None:
            start = self._starts[self._i]
            return self._positions[start : start + self._freqs[self._i]].tolist()
        return super().value_as(astype)

    def block_max_weight(self) -> float:
        return float(self._terminfo.max_weight())
