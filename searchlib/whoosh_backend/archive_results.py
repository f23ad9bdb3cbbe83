"""Whoosh's ``Results`` of a search that the engine has answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from whoosh.highlight import Highlighter
from whoosh.searching import Hit, Results

__all__ = ["ArchiveResults", "HitList"]


_LATER = object()  # stands for a highlighter that is not made yet


class HitList(Sequence[Any]):
    """The score or key, and the document number, of each hit; made when they are asked for by
    ``load``, which is given the first and the last one."""

    def __init__(self, size: int, load: Callable[[int, int], list[tuple[Any, int]]]) -> None:
        self._size = size
        self._load = load

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            start, stop, step = place.indices(self._size)
            return self._load(start, stop) if step == 1 else self._load(0, self._size)[place]
        place = range(self._size)[place]
        return self._load(place, place + 1)[0]

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        return iter(self._load(0, self._size))


class ArchiveResults(Results):  # type: ignore[misc]
    """The results of a search: those of ``HitList`` are made as far as they are asked for."""

    _hits: Sequence[Any]
    _highlighter: Any = None

    def __init__(self, searcher: Any, q: Any, top_n: Sequence[Any], total: int) -> None:
        super().__init__(searcher, q, top_n, highlighter=_LATER)
        self._total = total
        self.matches = total  # those of which only the best of each group are left, too

    @property
    def highlighter(self) -> Any:
        """What highlights words in texts, made when it is first asked for."""
        if self._highlighter is None:
            self._highlighter = Highlighter()
        return self._highlighter

    @highlighter.setter
    def highlighter(self, highlighter: Any) -> None:
        self._highlighter = None if highlighter is _LATER else highlighter

    @property
    def top_n(self) -> list[tuple[Any, int]]:
        """The score or key, and the document number, of each hit, in a list."""
        if not isinstance(self._hits, list):
            self._hits = list(self._hits)
        return self._hits

    @top_n.setter
    def top_n(self, hits: Sequence[Any]) -> None:
        self._hits = hits

    def scored_length(self) -> int:
        return len(self._hits)

    def __getitem__(self, n: Any) -> Any:
        if not isinstance(n, slice) or n.indices(len(self._hits))[2] != 1:
            return super().__getitem__(n)
        start = n.indices(len(self._hits))[0]
        return [
            Hit(self, docnum, place, score)
            for place, (score, docnum) in enumerate(self._hits[n], start)
        ]
