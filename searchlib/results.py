"""What a search returns: hits, facet counts, pages, explanations, without a document number or
a segment in them.

A hit reads its article when it is first asked for a field. It reads it from the commit that was
searched, whose files stay open as long as its results are in use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from typing import Any, overload

from searchlib.analysis import CURRENT_VERSION
from searchlib.errors import ArgumentError, ArgumentTypeError, SnapshotClosed, UnknownKey
from searchlib.frames import ColumnType, arrow_stream, instant, pandas_frame, polars_frame
from searchlib.highlight import Form, check_form, highlight, snippet
from searchlib.highlight_terms import Highlight
from searchlib.notebook import bars_html, explanation_html, hits_html, score_text
from searchlib.plots import bar_chart, draw_bars
from searchlib.requests import FacetRequest, SearchRequest, check_number
from searchlib.schema import Date, Keyword, Number, Schema, Stored, Text
from searchlib.timeline import periods_between

__all__ = [
    "Carried", "CopiedStories", "Copies", "Explanation", "FacetCounts", "Hit", "Results",
    "not_stored", "tiers_note",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Carried:
    """One article of a story: its id, who carried it, and its date, as they are stored; of several
    archives the one that it is in."""

    id: str
    source: str | None
    date: str | None
    archive: str | None = None


@dataclass(frozen=True, slots=True)
class Copies:
    """The story of an article: how many articles it has in the archive (1: there is no copy), the
    first and the last of them, and who carried how many, the most first. ``found`` is how many of
    them a query finds, in what :meth:`Searchable.most_copied` gives; else it is None.

    >>> Copies(2, Carried("a", "Wire", "2022-08-31"), Carried("b", "Post", "2022-09-01")).is_copied
    True
    """

    count: int
    first: Carried
    last: Carried
    sources: tuple[tuple[str, int], ...] = ()
    found: int | None = None

    @property
    def is_copied(self) -> bool:
        """Whether there is more than one article."""
        return self.count > 1


class Hit(Mapping[str, Any]):
    """One article that was found: a mapping of its stored fields, with dates as ISO 8601 text.

    ``rank`` counts from 1. Iteration, ``in`` and ``get`` are about the fields that the article
    has. ``hit[name]`` is None for a field of the schema that it lacks; any other name is an
    :class:`UnknownKey` (a KeyError) that lists the names.

    >>> hit = Hit("a1", 2.5, 1, lambda: {"id": "a1", "title": "Rain in Oslo"})
    >>> hit.id, hit.score, hit["title"], hit.get("body", "")
    ('a1', 2.5, 'Rain in Oslo', '')
    >>> dict(hit)
    {'id': 'a1', 'title': 'Rain in Oslo'}
    """

    __slots__ = (
        "_copies", "_load", "_place", "_record", "_schema", "_terms", "_zone", "archive", "id",
        "of_others", "rank", "score",
    )  # fmt: skip

    def __init__(
        self, id: str, score: float, rank: int, load: Callable[..., Mapping[str, Any]],
        place: tuple[Any, ...] = (), terms: Callable[[], Sequence[Highlight]] = tuple,
        schema: Schema | None = None, zone: dt.tzinfo = dt.UTC,
        copies: Callable[..., Copies | None] | None = None,
    ) -> None:  # fmt: skip
        self._copies = copies  # called with ``place``, too
        #: The folder or address of its archive, where several are asked as one; else None.
        self.archive: str | None = None
        #: The fields of other archives that were asked with it: ``hit[name]`` of one is None.
        self.of_others: Iterable[str] = ()
        self.id = id
        self.score = score
        self.rank = rank
        self._load = load  # called with ``place``: all hits share one function
        self._place = place
        self._terms = terms
        self._schema = schema
        self._zone = zone
        self._record: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        archive = "" if self.archive is None else f", archive={self.archive!r}"
        return f"Hit(id={self.id!r}, score={self.score:.4f}, rank={self.rank}{archive})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hit):
            return False
        own = (self.id, self.score, self.archive)
        return own == (other.id, other.score, other.archive)

    def __hash__(self) -> int:
        return hash((self.id, self.score))

    @property
    def fields(self) -> dict[str, Any]:
        """All stored fields of the article, those of the schema first."""
        return dict(self._stored_fields())

    def __getitem__(self, name: str) -> Any:
        record = self._stored_fields()
        try:
            return record[name]
        except KeyError:
            names = {} if self._schema is None else self._schema.fields
            if name in names or name in self.of_others:
                return None
            raise UnknownKey.field(name, dict.fromkeys([*names, *record])) from None

    def __contains__(self, name: object) -> bool:
        return name in self._stored_fields()

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored_fields())

    def __len__(self) -> int:
        return len(self._stored_fields())

    def get(self, name: str, default: Any = None) -> Any:
        """A stored field, or ``default`` where the article has none."""
        return self._stored_fields().get(name, default)

    def snippet(self, name: str = "body", width: int = 240, form: Form = "text") -> str:
        """The part of a text field that shows best why the article was found.

        ``form`` is "text" (``**marked**``), "html" (escaped, ``<mark>``) or "terminal" (bold).
        At most ``width`` characters, marks not counted; "" where the article has no such text.
        Of a field that is not stored it says so. :class:`UnknownKey` for a name that is no field,
        as with ``hit[name]``.

        >>> import tempfile
        >>> import searchlib as sl
        >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "body": "Rain fell in Oslo."}])
        ...     archive.search("oslo")[0].snippet()
        'Rain fell in **Oslo**.'
        """
        if isinstance(width, str):
            cure = f"snippet({name!r}, form={width!r})"
            raise ArgumentTypeError(f"width is a number of characters, not {width!r}: {cure}")
        check_number("width", width)
        check_form(form)
        text = self[name]
        if not isinstance(text, str):
            return self._without_text(name)
        language, version = self._analysis(name)
        return snippet(
            text, self._terms(), field=name, language=language, version=version, width=width,
            form=form,
        )  # fmt: skip

    @property
    def copies(self) -> Copies | None:
        """The near copies of the article in the archive, itself among them; None in an archive
        without stories.

        >>> import tempfile
        >>> import searchlib as sl
        >>> with sl.Archive.create(tempfile.mkdtemp(), stories=True) as archive:
        ...     text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
        ...     _ = archive.add([{"id": "a", "body": text, "source": "Wire"},
        ...                      {"id": "b", "body": text, "source": "Post"}])
        ...     copies = archive.search("rain", collapse="story")[0].copies
        >>> copies.count, copies.first.source, dict(copies.sources)
        (2, 'Wire', {'Post': 1, 'Wire': 1})
        """
        return None if self._copies is None else self._copies(*self._place)

    def datetime(self, name: str = "date") -> dt.datetime | None:
        """A date of the article as an instant with its zone: the offset that was written, else the
        archive's zone; the start of the period where only the year or month is known. None where
        there is none.

        >>> hit = Hit("a", 1.0, 1, lambda: {"id": "a", "date": "2022-08-31T09:20+08:00"})
        >>> hit.datetime().isoformat()
        '2022-08-31T09:20:00+08:00'
        """
        return instant(self[name], self._zone)

    def marked(self, name: str = "body", form: Form = "text") -> str:
        """A whole text field, what matched in it marked: in the forms of :meth:`snippet`.

        >>> import tempfile
        >>> import searchlib as sl
        >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain in Oslo"}])
        ...     archive.search("oslo")[0].marked("title", "html")
        'Rain in <mark>Oslo</mark>'
        """
        check_form(form)
        text = self[name]
        if not isinstance(text, str):
            return self._without_text(name)
        language, version = self._analysis(name)
        return highlight(
            text, self._terms(), field=name, language=language, version=version, form=form
        )

    def _without_text(self, name: str) -> str:
        """What stands for a text that the article does not have."""
        is_unstored = self._schema is not None and name in self._schema.unstored
        return not_stored(name) if is_unstored else ""

    def _analysis(self, name: str) -> tuple[str, int]:
        """The language of a text field, and the version of the analysis."""
        schema = self._schema
        if schema is not None and isinstance(schema.fields.get(name), Text):
            return schema.language_of(name, self), schema.rules.version
        return "", CURRENT_VERSION

    def _stored_fields(self) -> Mapping[str, Any]:
        if self._record is None:
            self._record = self._load(*self._place)
        return self._record

    def __reduce__(self) -> tuple[Any, ...]:
        # By value: the article and what to highlight, without the archive that they came from.
        record, terms = dict(self._stored_fields()), tuple(self._terms())
        values = (self.id, self.score, self.rank, record, terms, self._schema, self._zone)
        return _hit, (*values, self.copies, self.archive, tuple(self.of_others))


def not_stored(name: str) -> str:
    """What stands for the text of a field that is not stored.

    >>> not_stored("body")
    '(the text of body is not stored)'
    """
    return f"(the text of {name} is not stored)"


def _hit(
    id: str, score: float, rank: int, record: dict[str, Any], terms: tuple[Highlight, ...],
    schema: Schema | None, zone: dt.tzinfo, copies: Copies | None = None,
    archive: str | None = None, of_others: tuple[str, ...] = (),
) -> Hit:  # fmt: skip
    """A hit that was pickled."""
    hit = Hit(
        id, score, rank, partial(_same, record), (), partial(_same, terms), schema, zone,
        partial(_same, copies),
    )  # fmt: skip
    hit.archive, hit.of_others = archive, of_others
    return hit


def _same(value: Any) -> Any:
    return value


_COUNT_COLUMNS: dict[str, ColumnType] = {"value": "text", "count": "integer"}


class CopiedStories(list[Hit]):
    """The stories that have copies, a hit of each: what :meth:`Searchable.most_copied` gives.
    ``notes`` name those of several archives that are left out.

    >>> CopiedStories([], ["partial: old is left out: it is damaged"]).notes
    ('partial: old is left out: it is damaged',)
    """

    def __init__(self, hits: Iterable[Hit] = (), notes: Iterable[str] = ()) -> None:
        super().__init__(hits)
        self.notes = tuple(notes)


class FacetCounts(Sequence[tuple[str, int]]):
    """How many of the articles found have each value, a sequence of (value, count).

    Keywords are in the order of their counts, dates in that of time, numbers ascending. ``field``
    is what was asked for; ``missing`` counts the articles without a value, and those whose date
    does not say the month or day that is counted by; ``distinct`` is the number of values, more
    than are here if a limit was asked for. Counts are exact. ``stories`` has of each value the
    stories with such an article, if the search was by story (``collapse``), else it is None;
    ``missing_stories`` those with an article that ``missing`` counts.

    >>> counts = FacetCounts("section", [("world", 3), ("sports", 1)], missing=2)
    >>> counts[0], dict(counts)["sports"], counts.missing
    (('world', 3), 1, 2)
    """

    def __init__(
        self, name: str, counts: Sequence[tuple[str, int]], missing: int = 0,
        distinct: int | None = None, stories: Mapping[str, int] | None = None,
        missing_stories: int | None = None,
    ) -> None:  # fmt: skip
        self.stories = None if stories is None else {value: stories[value] for value, _ in counts}
        self.field = name
        #: Which of several archives could not answer, and are left out.
        self.notes: tuple[str, ...] = ()
        self.missing = missing
        self.missing_stories = missing_stories
        self.distinct = len(counts) if distinct is None else distinct
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

    def with_empty(self) -> FacetCounts:
        """The same with the periods between the first and the last that no article is of. Counts of
        other fields, by weekday or hour, or in the order of their sizes are as they are.

        >>> FacetCounts("date:year", [("2021", 3), ("2023", 1)]).with_empty().to_dicts()[1]
        {'value': '2022', 'count': 0}
        """
        try:
            request = FacetRequest.parse(self.field)
        except ArgumentError:  # a name of the caller's own
            return self
        if request.unit is None or request.is_selection:
            return self
        known = dict(self._counts)
        periods = periods_between(list(known), request.unit)
        counts = [(period, known.get(period, 0)) for period in periods]
        stories = None
        if self.stories is not None:
            stories = {period: self.stories.get(period, 0) for period in periods}
        return FacetCounts(self.field, counts, self.missing, self.distinct, stories,
                           self.missing_stories)  # fmt: skip

    def to_dicts(self) -> list[dict[str, Any]]:
        """The counts as plain dicts.

        >>> FacetCounts("section", [("world", 3)]).to_dicts()
        [{'value': 'world', 'count': 3}]
        """
        rows: list[dict[str, Any]] = [
            {"value": value, "count": count} for value, count in self._counts
        ]
        if self.stories is not None:
            for row in rows:
                row["stories"] = self.stories[row["value"]]
        return rows

    def to_pandas(self) -> Any:
        """The counts as a ``pandas.Series`` by value, with empty periods between others
        (:meth:`with_empty`); pandas must be installed."""
        series, shown = import_module("pandas").Series, self.with_empty()
        return series(shown.counts(), index=shown.values(), name=self.field)

    def to_polars(self) -> Any:
        """The counts as a ``polars.DataFrame`` of value and count, with empty periods between
        others; polars must be installed."""
        return polars_frame(self.with_empty().to_dicts(), _COUNT_COLUMNS)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return arrow_stream(self.with_empty().to_dicts(), _COUNT_COLUMNS, requested_schema)

    def plot(self, *, matplotlib: bool = False, ax: Any = None) -> Any:
        """A picture of bars: a chart that notebooks draw (Vega-Lite), or with ``matplotlib``, or on
        the axes ``ax``, axes of matplotlib."""
        if matplotlib or ax is not None:
            return draw_bars(self.field, list(self.with_empty()), ax)
        return bar_chart(self.field, list(self.with_empty()), self._repr_html_())

    def _repr_html_(self) -> str:
        """What a notebook shows: a bar for each value."""
        shown = self.with_empty()
        return bars_html(self.field, list(shown), self.missing, shown.stories)


class Facets(dict[str, FacetCounts]):
    """Counts by the names that they were asked for with, in any order of their options.

    >>> facets = Facets({"section:limit=5,order=value": FacetCounts("section", [("world", 3)])})
    >>> facets["section:order=value,limit=5"][0]
    ('world', 3)
    """

    def __missing__(self, name: object) -> FacetCounts:
        try:
            written = str(FacetRequest.parse(str(name)))
        except ArgumentError:
            written = ""
        if written not in self:
            raise KeyError(name)
        return self[written]


class Results(Sequence[Hit]):
    """One page of the articles that a search found, a sequence of :class:`Hit`.

    ``total`` counts all that match, exactly; ``took`` is in seconds; ``facets`` holds the counts
    by the names that they were asked for with; ``request`` is what was asked. With
    ``match="best"``, ``total`` counts the articles with any of the words, and ``complete`` those
    with all, which come first; else it is None. With ``collapse`` the hits are stories, and
    ``stories`` says how many there are; else it is None.

    >>> import tempfile
    >>> import searchlib as sl
    >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
    ...     _ = archive.add([{"id": n, "title": "Rain"} for n in range(25)])
    ...     results = archive.search("rain", limit=20)
    ...     results.total, len(results), len(results.next())
    (25, 20, 5)
    """

    def __init__(
        self, hits: list[Hit] | Callable[[], list[Hit]], *, request: SearchRequest, total: int,
        took: float,
        query: Callable[[], str], notes: Callable[[], list[str]],
        facets: dict[str, FacetCounts], page: Callable[[SearchRequest], Results],
        complete: int | None = None, schema: Schema | None = None, zone: dt.tzinfo = dt.UTC,
        stories: int | None = None,
    ) -> None:  # fmt: skip
        self.stories = stories
        self._hits = hits
        self.request = request
        self.total = total
        self.complete = complete
        self.took = took
        self.facets = facets
        self._query = query
        self._notes = notes
        self._page = page
        self._schema = schema
        self._zone = zone

    @property
    def hits(self) -> list[Hit]:
        """The hits of this page, made when they are first asked for."""
        if not isinstance(self._hits, list):
            self._hits = self._hits()
        return self._hits

    @property
    def offset(self) -> int:
        """How many hits come before this page."""
        return self.request.offset

    @property
    def limit(self) -> int:
        """How many hits a page has at most."""
        return self.request.limit

    @property
    def query(self) -> str:
        """The query as it was understood, written out in full; it finds the same articles."""
        return self._query()

    @property
    def notes(self) -> list[str]:
        """Remarks about the query: how dates in words were understood, words that no article has
        and near ones, words that are in nearly every article."""
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

    def __reduce__(self) -> tuple[Any, ...]:
        # By value, as a hit is; other pages are asked of an archive.
        values = self.hits, self.request, self.total, self.took, self.facets
        more = self.query, self.notes, self.complete, self._schema, self._zone, self.stories
        return _results, (*values, *more)

    def next(self) -> Results:
        """The next page, of the same commit; it is empty after the last one. Results that were
        pickled have one page: there it raises :class:`SnapshotClosed`."""
        return self._page(replace(self.request, offset=self.offset + self.limit))

    def previous(self) -> Results:
        """The page before this one; before the first one, the first one again."""
        return self._page(replace(self.request, offset=max(0, self.offset - self.limit)))

    def all(self) -> Iterator[Hit]:
        """Every hit of the search, from the first one on, of the same commit. They are fetched as
        they are asked for; facets are not counted again.

        >>> import tempfile
        >>> import searchlib as sl
        >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": n, "title": "Rain"} for n in range(25)])
        ...     len(list(archive.search("rain", limit=3).all()))
        25
        """
        request = replace(self.request, offset=0, limit=self.total, facets=())
        hits = self._page(request).hits
        hits.reverse()
        while hits:  # each with its article is released before the next
            yield hits.pop()

    def at(self, rank: int) -> Hit:
        """The hit of this rank (1 for the first one); IndexError beyond the last one.

        >>> import tempfile
        >>> import searchlib as sl
        >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": n, "title": "Rain"} for n in range(25)])
        ...     archive.search("rain", limit=3).at(25).id
        '24'
        """
        last = self.total if self.stories is None else self.stories
        if not 1 <= rank <= last:
            raise IndexError(f"there is no hit {rank}: these are 1 to {last}")
        return self._page(replace(self.request, offset=rank - 1, limit=1, facets=())).hits[0]

    def to_dicts(self) -> list[dict[str, Any]]:
        """The hits of this page as plain dicts: ``rank``, ``score`` and the fields of the article;
        with ``copies`` where stories are hits, and ``archive`` where several archives were asked.

        >>> import tempfile
        >>> import searchlib as sl
        >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}])
        ...     archive.search("title:rain").to_dicts()[0]["title"]
        'Rain'
        """
        rows = []
        for hit in self.hits:
            row: dict[str, Any] = {"rank": hit.rank, "score": hit.score}
            if self.stories is not None:
                row["copies"] = hit.copies and hit.copies.count
            if hit.archive is not None:
                row["archive"] = hit.archive
            rows.append(row | dict(hit))
        return rows

    def to_json(self) -> dict[str, Any]:
        """This page as plain values, for the answer of a web service.

        >>> import tempfile
        >>> import searchlib as sl
        >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}])
        ...     sorted(archive.search("rain").to_json())
        ['facets', 'hits', 'notes', 'offset', 'query', 'took', 'total']
        """
        stories = {} if self.stories is None else {"stories": self.stories}
        return {
            "query": self.query, "notes": self.notes, "total": self.total, **stories,
            "took": self.took,
            "offset": self.offset, "hits": self.to_dicts(),
            "facets": {name: counts.to_dicts() for name, counts in self.facets.items()},
        }  # fmt: skip

    def to_pandas(self) -> Any:
        """The hits of this page as a ``pandas.DataFrame``; pandas must be installed. Dates are
        instants in UTC, NaT where there are none; all fields of the schema are columns, also where
        nothing was found. A search with ``limit=None`` has all hits on its page.
        ``pandas.DataFrame(results)`` works as well, with the articles' fields as they are kept."""
        return pandas_frame(self.to_dicts(), self._columns(), self._zone)

    def to_polars(self) -> Any:
        """The hits of this page as a ``polars.DataFrame``; polars must be installed. Dates are
        instants in UTC; the fields of the schema have the same types on every page."""
        return polars_frame(self.to_dicts(), self._columns(), self._zone)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The hits of this page for all that reads Arrow (``polars.DataFrame(results)``,
        ``duckdb``, ``pyarrow.table``), by pyarrow."""
        return arrow_stream(self.to_dicts(), self._columns(), requested_schema, self._zone)

    def _columns(self) -> dict[str, ColumnType]:
        """The columns of a table, whatever the articles of a page have, and what is in them."""
        columns: dict[str, ColumnType] = {"rank": "integer", "score": "number"}
        if self.stories is not None:
            columns["copies"] = "integer"
        if any(hit.archive is not None for hit in self.hits):
            columns["archive"] = "text"
        for name, field_type in self._schema or ():
            match field_type:
                case Date():
                    columns[name] = "date"
                case Number():
                    columns[name] = "number"
                case Keyword(many=True):
                    columns[name] = "texts"
                case Stored():
                    columns[name] = "any"
                case _:
                    columns[name] = "text"
        return columns

    def _repr_html_(self) -> str:
        """What a notebook shows: a row for each hit, its snippet marked, and the facets."""

        def has_body(hit: Hit) -> bool:
            return bool(hit.get("body") or hit._without_text("body"))

        layout = [
            name for name in ("title", "headline", "body") if self.hits and name in self.hits[0]
        ]
        title = next(iter(layout), "id")
        hits = [
            (
                str(hit.get(title) or " ".join(str(hit.get("body") or hit.id).split()[:12])),
                " ".join(self._about(hit)),
                hit.snippet("body", form="html") if has_body(hit) else "",
            )
            for hit in self.hits
        ]
        facets = [counts._repr_html_() for counts in self.facets.values()]
        found = f"{self.total:,}"
        if self.stories is not None:
            stories = "story" if self.stories == 1 else "stories"
            found = f"{self.stories:,} {stories} ({found} article{'s' * (self.total != 1)})"
        return hits_html(self.query, found, self.offset + 1, hits, facets, self.notes)

    def _about(self, hit: Hit) -> Iterator[str]:
        """What a notebook shows beside the title of a hit."""
        yield from (str(hit[name]) for name in ("date", "source", "section") if hit.get(name))
        if hit.archive is not None:
            yield hit.archive
        if self.stories is not None and hit.copies is not None and hit.copies.is_copied:
            yield f"{hit.copies.count:,} copies"


def _results(
    hits: list[Hit], request: SearchRequest, total: int, took: float,
    facets: dict[str, FacetCounts], query: str, notes: list[str], complete: int | None,
    schema: Schema | None, zone: dt.tzinfo, stories: int | None = None,
) -> Results:  # fmt: skip
    """Results that were pickled."""
    return Results(
        hits, request=request, total=total, took=took, facets=facets, query=partial(_same, query),
        notes=partial(_same, notes), page=_no_page, complete=complete, schema=schema, zone=zone,
        stories=stories,
    )  # fmt: skip


def _no_page(request: SearchRequest) -> Results:
    raise SnapshotClosed(
        "these results were pickled and have no other pages: archive.search(results.request), "
        "with another offset"
    )


@dataclass(frozen=True)
class Explanation:
    """How the score of an article comes about: what each part of the query adds.

    >>> print(Explanation("body:rain", 1.5, True, (Explanation("idf", 3.0, True),)))
    1.5000 body:rain
      3.0000 idf
    """

    what: str
    score: float
    matched: bool
    parts: tuple[Explanation, ...] = field(default=())

    def __str__(self) -> str:
        own = f"{score_text(self.score)} {self.what}" if self.matched else f"-      {self.what}"
        lines = [own, *(f"  {line}" for part in self.parts for line in str(part).splitlines())]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """What a notebook shows: the parts as a list, those that did not match in grey."""
        return explanation_html(self.what, self.score, self.matched, self.parts)


def tiers_note(complete: int | None, total: int) -> list[str]:
    """What ``match="best"`` says of its total."""
    if complete is None or complete == total:
        return []
    if not complete:
        return [f"no article has all of the words; {total:,} with some of them were found"]
    return [f"{total:,} articles have some of the words, {complete:,} all: these come first"]
