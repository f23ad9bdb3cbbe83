"""What a search gives back: plain values, with no document number or segment in them.

A hit reads its article when it is first asked for a field. It reads it from the snapshot that
was searched, which stays open as long as its results are in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from searchlib.highlight import Form, snippet
from searchlib.highlight_terms import HighlightTerm

__all__ = ["Explanation", "FacetCounts", "Hit", "Results", "by_day", "by_month", "by_year"]


def by_year(name: str) -> str:
    """The facet that counts a date field by year.

    >>> by_year("date")
    'date:year'
    """
    return f"{name}:year"


def by_month(name: str) -> str:
    """The facet that counts a date field by month.

    >>> by_month("date")
    'date:month'
    """
    return f"{name}:month"


def by_day(name: str) -> str:
    """The facet that counts a date field by day.

    >>> by_day("date")
    'date:day'
    """
    return f"{name}:day"


class Hit:
    """One article that was found. ``hit["title"]`` is a stored value, dates ISO 8601 text.

    >>> hit = Hit("a1", 2.5, 1, lambda: {"id": "a1", "title": "Rain in Oslo"})
    >>> hit.id, hit.score, hit["title"], hit.get("body", "")
    ('a1', 2.5, 'Rain in Oslo', '')
    """

    __slots__ = ("_fields", "_languages", "_load", "_marks", "_place", "id", "rank", "score")

    def __init__(
        self, id: str, score: float, rank: int, load: Callable[..., Mapping[str, Any]],
        marks: Callable[[], Sequence[HighlightTerm]] = tuple,
        languages: Mapping[str, str] | None = None, place: tuple[Any, ...] = (),
    ) -> None:  # fmt: skip
        self.id = id
        self.score = score
        self.rank = rank
        self._load = load  # with the place, which is shared by no other
        self._place = place
        self._marks = marks
        self._languages = languages or {}
        self._fields: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Hit(id={self.id!r}, score={self.score:.4f}, rank={self.rank})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hit) and (self.id, self.score) == (other.id, other.score)

    def __hash__(self) -> int:
        return hash((self.id, self.score))

    @property
    def fields(self) -> dict[str, Any]:
        """All stored values of the article, the schema's fields first."""
        if self._fields is None:
            self._fields = self._load(*self._place)
        return dict(self._fields)

    def __getitem__(self, name: str) -> Any:
        if self._fields is None:
            self._fields = self._load(*self._place)
        return self._fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def get(self, name: str, default: Any = None) -> Any:
        """A stored value, or ``default`` where the article has none."""
        try:
            return self[name]
        except KeyError:
            return default

    def snippet(self, name: str = "body", width: int = 240, form: Form = "text") -> str:
        """The piece of a text field that shows best why the article was found.

        ``form`` is "text" (``**marked**``), "html" (escaped, ``<mark>``) or "terminal" (bold).
        At most ``width`` characters, marks not counted; "" where the article has no such text.
        """
        text = self.get(name, "")
        if not isinstance(text, str):
            return ""
        language = self._languages.get(name, "")
        return snippet(text, self._marks(), field=name, language=language, width=width, form=form)


class FacetCounts(Sequence[tuple[str, int]]):
    """How many of the articles found have each value: keywords by count, dates by time.

    ``missing`` counts those that have none. Counts are exact.

    >>> counts = FacetCounts("section", [("world", 3), ("sports", 1)], missing=2)
    >>> counts[0], dict(counts)["sports"], counts.missing
    (('world', 3), 1, 2)
    """

    def __init__(self, name: str, counts: Sequence[tuple[str, int]], missing: int = 0) -> None:
        self.field = name
        self.missing = missing
        self._counts = list(counts)

    def __repr__(self) -> str:
        return f"FacetCounts({self.field!r}, {self._counts!r}, missing={self.missing})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FacetCounts):
            return (self.field, self._counts, self.missing) == (
                other.field, other._counts, other.missing,
            )  # fmt: skip
        return self._counts == other

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._counts)

    @overload
    def __getitem__(self, index: int) -> tuple[str, int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, int]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, int] | list[tuple[str, int]]:
        return self._counts[index]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._counts)

    def values(self) -> list[str]:
        """The values alone, in order."""
        return [value for value, _ in self._counts]

    def counts(self) -> list[int]:
        """The counts alone, in order."""
        return [count for _, count in self._counts]


class Results(Sequence[Hit]):
    """A page of what a search found. ``total`` counts all; ``took`` is in seconds.

    ``facets`` holds the counts that were asked for, by what was asked.
    """

    def __init__(
        self, hits: list[Hit], *, total: int, took: float,
        query: Callable[[], str], notes: Callable[[], list[str]],
        facets: dict[str, FacetCounts], offset: int, limit: int, page: Callable[[int], Results],
    ) -> None:  # fmt: skip
        self.hits = hits
        self.total = total
        self.took = took
        self.facets = facets
        self.offset = offset
        self.limit = limit
        self._query = query
        self._notes = notes
        self._page = page

    @property
    def query(self) -> str:
        """What was understood, in full: it finds the same."""
        return self._query()

    @property
    def notes(self) -> list[str]:
        """What is to be said about the query: how dates in words were understood, words that no
        article has and near ones, words that nearly every article has."""
        return self._notes()

    def __repr__(self) -> str:
        return f"<Results {len(self.hits)} of {self.total} for {self.query!r}>"

    def __len__(self) -> int:
        return len(self.hits)

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> list[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | list[Hit]:
        return self.hits[index]

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def next(self) -> Results:
        """The next page, of the same snapshot; it is empty after the last one."""
        return self._page(self.offset + self.limit)

    def previous(self) -> Results:
        """The page before; the first one is its own."""
        return self._page(max(0, self.offset - self.limit))


@dataclass(frozen=True)
class Explanation:
    """Why an article has its score: what each part of the query adds.

    >>> print(Explanation("body:rain", 1.5, True, (Explanation("idf", 3.0, True),)))
    1.5000 body:rain
      3.0000 idf
    """

    what: str
    score: float
    matched: bool
    parts: tuple[Explanation, ...] = field(default=())

    def __str__(self) -> str:
        own = f"{self.score:.4f} {self.what}" if self.matched else f"-      {self.what}"
        lines = [own, *(f"  {line}" for part in self.parts for line in str(part).splitlines())]
        return "\n".join(lines)
