"""What can be asked of an archive, as frozen values: a search, its facets, its order.

Each checks itself when it is made: a mistake is an :class:`ArgumentError` (a ValueError) or an
:class:`ArgumentTypeError` (a TypeError). They hold no archive and no schema, compare by value and
can be pickled; ``resolve(schema)`` says whether an archive with that schema can answer. Mistakes
in the text of a query are found only when it is parsed, and are a
:class:`~searchlib.errors.QueryError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from math import isfinite
from typing import Any, Literal, TypeVar, get_args

from whoosh.query import Query

from searchlib.cached_property import cached_property
from searchlib.errors import ArgumentError, ArgumentTypeError
from searchlib.schema import Date, Field, Key, Keyword, Number, Schema, Text
from searchlib.synonyms import Synonyms

__all__ = [
    "ALL_HITS",
    "Collapse",
    "DateUnit",
    "FacetOrder",
    "FacetRequest",
    "Filters",
    "Match",
    "Missing",
    "Ranking",
    "SearchRequest",
    "Sort",
    "SortKey",
    "by_day",
    "by_month",
    "by_year",
    "check_match",
    "check_number",
    "sortable",
]

#: What words side by side in a query mean: an article has all of them, or any; with "best" any, and
#: those with all come first.
Match = Literal["all", "any", "best"]
#: The periods by which dates are counted.
DateUnit = Literal[
    "decade", "year", "quarter", "month", "week", "week_of", "day", "weekday", "hour"
]
#: The order in which a facet lists values.
FacetOrder = Literal["count", "value"]
#: Where articles without a value come when they are sorted.
Missing = Literal["last", "first"]
#: How articles are ranked: see :mod:`searchlib.search.bm25`.
Ranking = Literal["bm25f", "whoosh"]

#: Hits by story: one hit for all near copies of a text, the best of those found, the first or the
#: latest.
Collapse = Literal["story", "story:first", "story:latest"]

_UNITS: tuple[DateUnit, ...] = get_args(DateUnit)
_DEFAULT_UNIT: DateUnit = "month"
_MATCHES: tuple[Match, ...] = get_args(Match)
_RANKINGS: tuple[Ranking, ...] = get_args(Ranking)
_COLLAPSES: tuple[Collapse, ...] = get_args(Collapse)
_ORDERS: tuple[FacetOrder, ...] = get_args(FacetOrder)
_MISSINGS: tuple[Missing, ...] = get_args(Missing)


_OPTION = re.compile(r",(?:limit|min|order|prefix|step|edges)=")


@dataclass(frozen=True, slots=True)
class FacetRequest:
    """Count the values of a field: of a keyword field each value, of a date field by a unit of
    time, of a number field each number or ranges of them.

    ``unit`` is "decade" (2020s), "year", "quarter" (2022-Q3), "month", "week" (of ISO 8601:
    2022-W35), "week_of" (the day on which it begins, by the archive's ``week_start``), "day",
    "weekday" or "hour" (00 to 23; a date without a time is of hour 00), all in the archive's zone.
    ``edges`` are where ranges of numbers begin, ``step`` the width of equal ranges: "nice" takes a
    round one that makes some ten. Ranges without an article are counted where they lie between
    others.

    ``limit`` is how many values are listed at most, ``min_count`` the articles that each has at
    least, ``prefix`` how it begins; ``order`` is "count" (the default for keywords), or "value".
    ``FacetCounts.distinct`` tells how many values there are without a limit.

    ``str()`` gives the text that :meth:`parse` reads; the counts are found under that name in
    ``Results.facets``.

    >>> str(FacetRequest("date", "year")), str(FacetRequest("words", edges=(0, 500)))
    ('date:year', 'words:edges=0/500')
    >>> str(FacetRequest("section", limit=5, prefix="wo"))
    'section:limit=5,prefix=wo'
    """

    field: str
    unit: DateUnit | None = None
    edges: tuple[float, ...] = ()
    step: float | Literal["nice"] | None = None
    limit: int | None = None
    min_count: int = 0
    prefix: str = ""
    order: FacetOrder | None = None

    def __post_init__(self) -> None:
        _check_name(self.field)
        if self.unit is not None and self.unit not in _UNITS:
            units = f"{', '.join(_UNITS[:-1])} or {_UNITS[-1]}"
            raise ArgumentError(f"{str(self)!r}: a date is counted by {units}")
        if self.limit is not None:
            check_number("limit", self.limit)
        if _OPTION.search(self.prefix):  # as text it would be that option
            cure = f"{self.field}:limit=5,prefix={self.prefix.partition(',')[0]}"
            raise ArgumentError(f"{self.prefix!r}: a prefix comes last: {cure}")
        check_number("min_count", self.min_count)
        if self.order is not None and self.order not in _ORDERS:
            raise ArgumentError(f"{str(self)!r}: the order is {_either(_ORDERS)}")
        if self.edges and self.step is not None:
            raise ArgumentError(f"{str(self)!r}: give edges or a step, not both")
        if self.edges:
            edges = tuple(_finite("edges", edge) for edge in self.edges)
            if any(low >= high for low, high in pairwise(edges)):
                raise ArgumentError(f"{str(self)!r}: each edge is higher than the one before it")
            object.__setattr__(self, "edges", edges)
        if self.step not in (None, "nice") and _finite("step", self.step) <= 0:
            raise ArgumentError(f"{str(self)!r}: a step is a number above 0, or nice")

    def __str__(self) -> str:
        options: list[str] = [] if self.unit is None else [self.unit]
        if self.edges:
            options.append(f"edges={'/'.join(map(_number_text, self.edges))}")
        if self.step is not None:
            step = self.step if isinstance(self.step, str) else _number_text(self.step)
            options.append(f"step={step}")
        if self.limit is not None:
            options.append(f"limit={self.limit}")
        if self.min_count:
            options.append(f"min={self.min_count}")
        if self.order:
            options.append(f"order={self.order}")
        if self.prefix:
            options.append(f"prefix={self.prefix}")
        return f"{self.field}:{','.join(options)}" if options else self.field

    @classmethod
    def parse(cls, text: str) -> FacetRequest:
        """Read a name alone ("section"), or a name, a colon, and a unit or options with commas
        between them: "date:month", "section:limit=5,min=2,order=value,prefix=wo", "words:step=100",
        "words:step=nice", "words:edges=0/100/500". A prefix comes last.

        >>> FacetRequest.parse("date:month").unit
        'month'
        >>> FacetRequest.parse("words:edges=0/100").edges
        (0.0, 100.0)
        """
        _check_name(text)
        field, colon, rest = text.partition(":")
        if not colon:
            return cls(field)
        found: dict[str, Any] = {}
        rest, comma, prefix = f",{rest}".partition(",prefix=")
        if comma:
            found["prefix"] = prefix
        for option in rest.split(",")[1:]:
            name, equals, value = option.partition("=")
            if not equals and "edges" in found:
                edges = text.replace(f",{option}", f"/{option}", 1)
                raise ArgumentError(f"{text!r}: edges have a slash between them: {edges!r}")
            if ":" in option:
                cure = f"{field}:{rest[1:].replace(':', ',')}"
                raise ArgumentError(f"{text!r}: options have commas between them: {cure}")
            if not equals:
                found["unit"] = option
            elif name in _FACET_OPTIONS:
                keyword, read = _FACET_OPTIONS[name]
                found[keyword] = read(text, value)
            else:
                cure = f"the options are {', '.join(_FACET_OPTIONS)} and prefix"
                raise ArgumentError(f"{text!r}: there is no option {name!r}: {cure}")
        return cls(field, **found)

    @property
    def is_selection(self) -> bool:
        """Whether some of the values are listed, or those with the most articles first: there are
        no empty ones between them then.

        >>> FacetRequest("date", "year").is_selection, FacetRequest("date", limit=5).is_selection
        (False, True)
        """
        return self.limit is not None or self.min_count > 0 or self.order == "count"

    def resolve(self, schema: Schema) -> FacetRequest:
        """The request with its unit filled in; ArgumentError if the field cannot be counted.

        >>> from searchlib.schema import NEWS
        >>> FacetRequest("date").resolve(NEWS).unit
        'month'
        """
        if schema.is_exact:
            raise ArgumentError(f"{str(self)!r} cannot be counted: {_WHOOSH_WAY}")
        field = schema.fields.get(self.field)
        if isinstance(field, Date) and not (self.edges or self.step or self.prefix):
            return self if self.unit else replace(self, unit=_DEFAULT_UNIT)
        if isinstance(field, Number) and not (self.unit or self.prefix):
            return self
        if isinstance(field, Keyword) and not (self.unit or self.edges or self.step):
            return self
        able = [*schema.names(Keyword), *map(by_month, schema.names(Date))]
        able += [f"{name}:step=nice" for name in schema.names(Number)]
        raise ArgumentError(f"{str(self)!r} cannot be counted: {_try_one_of(able)}")


_WHOOSH_WAY = "this is an archive of a Whoosh program, which sorts and groups by Whoosh's searcher"


def _whole(text: str, value: str) -> int:
    if not value.isdecimal() or len(value) > 12:
        raise ArgumentError(f"{text!r}: {value!r} is no whole number")
    return int(value)


def _number(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ArgumentError(f"{text!r}: {value!r} is no number") from None


def _step(text: str, value: str) -> float | str:
    return value if value == "nice" else _number(text, value)


def _edges(text: str, value: str) -> tuple[float, ...]:
    edges = value.split("/")
    if "" in edges:
        raise ArgumentError(f"{text!r}: edges have a slash between them: edges=0/250/500")
    return tuple(_number(text, edge) for edge in edges)


def _as_it_is(text: str, value: str) -> str:
    return value


#: The options of a facet: the argument that each gives, and how its value is read.
_FACET_OPTIONS: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "edges": ("edges", _edges),
    "step": ("step", _step),
    "limit": ("limit", _whole),
    "min": ("min_count", _whole),
    "order": ("order", _as_it_is),
}


def _finite(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(f"{name} are numbers, not {value!r}")
    if not isfinite(value):
        raise ArgumentError(f"{name} are numbers, not {value!r}")
    return float(value)


def _number_text(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


@dataclass(frozen=True, slots=True)
class SortKey:
    """Put the articles in the order of a field, instead of the best first.

    Texts are in the order of their first words, without regard to case and accents. Articles
    without a value come last in either direction, or first with ``missing="first"``.

    >>> str(SortKey("date", descending=True)), str(SortKey("date", missing="first"))
    ('-date', 'date:missing=first')
    """

    field: str
    descending: bool = False
    missing: Missing = "last"

    def __post_init__(self) -> None:
        _check_name(self.field)
        _check_flag("descending", self.descending)
        if self.missing not in _MISSINGS:
            raise ArgumentError(f"articles without a value come {_either(_MISSINGS)}")

    def __str__(self) -> str:
        option = "" if self.missing == "last" else f":missing={self.missing}"
        return f"{'-' if self.descending else ''}{self.field}{option}"

    @classmethod
    def parse(cls, text: str) -> SortKey | None:
        """Read "date", "-date" (the highest first), "date:missing=first", or "rank" (None: the best
        first).

        >>> SortKey.parse("-date")
        SortKey(field='date', descending=True, missing='last')
        """
        _check_name(text)
        if text == "rank":
            return None
        field, colon, option = text.removeprefix("-").partition(":")
        if colon and not option.startswith("missing="):
            raise ArgumentError(f"{text!r}: after the colon comes missing=first or missing=last")
        missing: Any = option.removeprefix("missing=") if colon else "last"
        return cls(field, text.startswith("-"), missing)

    def resolve(self, schema: Schema) -> SortKey:
        """The key itself; ArgumentError if articles cannot be sorted by its field.

        >>> from searchlib.schema import NEWS
        >>> SortKey("lang").resolve(NEWS)
        SortKey(field='lang', descending=False, missing='last')
        >>> SortKey("authors").resolve(NEWS)
        Traceback (most recent call last):
        ...
        searchlib.errors.ArgumentError: cannot sort by 'authors': try one of id, title, body, ...
        """
        able = sortable(schema, Key, Keyword, Date, Number, Text)
        if self.field not in able:
            cure = _WHOOSH_WAY if schema.is_exact else _try_one_of([*able, "rank"])
            raise ArgumentError(f"cannot sort by {str(self)!r}: {cure}")
        return self


def sortable(schema: Schema, *field_types: type[Field]) -> list[str]:
    """The fields of these types that articles can be sorted by: not those with several values, nor
    texts that are not stored.

    >>> from searchlib.schema import NEWS
    >>> sortable(NEWS, Keyword)
    ['source', 'section', 'lang']
    """
    names = schema.names(*field_types)
    several = {name for name in names if getattr(schema.fields[name], "many", False)}
    return [name for name in names if name not in several and name not in schema.unstored]


#: The values that a field may have, one or several, by its name; or the same as pairs.
Filters = (
    Mapping[str, str | int | float | Iterable[str | int | float]]
    | Iterable[tuple[str, Iterable[str]]]
)


#: An order: a field, "-field", several with commas between them or in a list.
Sort = str | SortKey | Iterable[str | SortKey]

#: A limit that no archive reaches.
ALL_HITS = 1 << 40


@dataclass(frozen=True, init=False)
class SearchRequest:
    """A whole search as one value: ``archive.search(request)`` carries it out.

    ``query`` is text in the query language or a ``whoosh.query`` tree; the other fields are the
    keyword arguments of :meth:`Archive.search`. A ``limit`` of None is all hits. ``facets`` and
    ``sort`` may be given as text, or as the dicts that ``dataclasses.asdict`` makes of them; a
    ``sort`` by several keys is a list of them, or one text with commas: "section,-date". Change
    one with ``dataclasses.replace``.

    >>> from dataclasses import asdict
    >>> request = SearchRequest("rain", facets=["date:year"], sort="-date")
    >>> list(map(str, request.facets)), list(map(str, request.sort))
    (['date:year'], ['-date'])
    >>> replace(request, offset=10).offset
    10
    >>> SearchRequest(**asdict(request)) == request
    True
    """

    query: str | Query
    limit: int
    offset: int
    facets: tuple[FacetRequest, ...]
    sort: tuple[SortKey, ...]
    match: Match
    highlight: bool
    lenient: bool
    ranking: Ranking | None
    recency: float | None
    boost_by: str | None
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    synonyms: Synonyms | None
    sideways: bool
    collapse: Collapse | None

    def __init__(
        self,
        query: str | Query,
        *,
        limit: int | None = 10,
        offset: int = 0,
        facets: Iterable[str | FacetRequest | Mapping[str, Any]] | str | FacetRequest = (),
        sort: Sort | Mapping[str, Any] | Iterable[Mapping[str, Any]] | None = None,
        match: Match = "all",
        highlight: bool = True,
        lenient: bool = False,
        ranking: Ranking | None = None,
        recency: float | None = None,
        boost_by: str | None = None,
        filters: Filters = (),
        synonyms: Synonyms | Mapping[str, Any] | Iterable[Iterable[str]] | None = None,
        sideways: bool = True,
        collapse: Collapse | None = None,
    ) -> None:
        if not isinstance(query, (str, Query)):
            raise ArgumentTypeError(
                f"{type(query).__name__} is not a query: "
                "give text, a whoosh.query tree or a SearchRequest"
            )
        limit = ALL_HITS if limit is None else limit
        # Most arguments are right: a look at their types costs less than a call.
        if type(limit) is not int or limit < 0:
            check_number("limit", limit)
        if type(offset) is not int or offset < 0:
            check_number("offset", offset)
        if match not in _MATCHES:
            check_match(match)
        if not type(highlight) is type(lenient) is type(sideways) is bool:
            _check_flag("highlight", highlight)
            _check_flag("lenient", lenient)
            _check_flag("sideways", sideways)
        if ranking is not None:
            _check_ranking(ranking)
        if collapse is not None and collapse not in _COLLAPSES:
            raise ArgumentError(f"collapse is {_either(_COLLAPSES)}, not {collapse!r}")
        if recency is not None:
            recency = _days(recency)
        if boost_by is not None:
            _check_name(boost_by)
        values = {
            "query": query,
            "limit": limit,
            "offset": offset,
            "facets": _facets(facets) if facets else (),
            "sort": _sort(sort) if sort is not None else (),
            "match": match,
            "highlight": highlight,
            "lenient": lenient,
            "ranking": ranking,
            "recency": recency,
            "boost_by": boost_by,
            "filters": _filters(filters) if filters else (),
            "synonyms": _synonyms(synonyms) if synonyms is not None else None,
            "sideways": sideways,
            "collapse": collapse,
        }
        object.__setattr__(self, "__dict__", values)  # in one step, past the frozen __setattr__

    @cached_property
    def is_plain(self) -> bool:
        """Whether the query alone says what is found and in which order, and nothing is counted.

        >>> SearchRequest("rain", limit=5).is_plain, SearchRequest("rain", sort="-date").is_plain
        (True, False)
        """
        return not (
            self.sort or self.facets or self.filters or self.collapse or self.recency
            or self.boost_by
        )  # fmt: skip


def _days(value: object) -> float:
    """A number of days above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(f"recency is a number of days, not {value!r}")
    if not 0 < value < 1e9:
        raise ArgumentError(f"recency is a number of days above 0, not {value!r}")
    return float(value)


def by_year(name: str) -> str:
    """The facet that counts a date field by year.

    >>> by_year("date")
    'date:year'
    """
    return _by(name, "year")


def by_month(name: str) -> str:
    """The facet that counts a date field by month.

    >>> by_month("date")
    'date:month'
    """
    return _by(name, "month")


def by_day(name: str) -> str:
    """The facet that counts a date field by day.

    >>> by_day("date")
    'date:day'
    """
    return _by(name, "day")


def _by(name: str, unit: DateUnit) -> str:
    _check_name(name)
    return f"{name}:{unit}"


def check_match(match: object) -> None:
    """Raise if this is none of the values of ``match``.

    >>> check_match("some")
    Traceback (most recent call last):
    searchlib.errors.ArgumentError: match is "all" or "any" or "best", not 'some'
    """
    if match not in _MATCHES:
        raise ArgumentError(f"match is {_either(_MATCHES)}, not {match!r}")


def check_number(name: str, value: object) -> None:
    """Raise if the argument of this name is not a whole number from 0 on.

    >>> check_number("limit", -1)
    Traceback (most recent call last):
    searchlib.errors.ArgumentError: limit is a whole number from 0 on, not -1
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise ArgumentTypeError(f"{name} is a whole number from 0 on, not {value!r}")
    if value < 0:
        raise ArgumentError(f"{name} is a whole number from 0 on, not {value!r}")


def _check_ranking(ranking: object) -> None:
    if ranking not in _RANKINGS:
        raise ArgumentError(f"ranking is {_either(_RANKINGS)}, not {ranking!r}")


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(f'"{name}"' for name in names)


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{name} is True or False, not {value!r}")


def _check_name(text: object) -> None:
    if not isinstance(text, str):
        raise ArgumentTypeError(f"the name of a field is text, not {text!r}")


def _filters(filters: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    try:
        pairs = list(filters.items() if isinstance(filters, Mapping) else filters)
        found: dict[str, tuple[str, ...]] = {}
        for name, values in pairs:
            _check_name(name)
            values = (values,) if isinstance(values, (str, int, float)) else tuple(values)
            if not values:
                raise ArgumentError(f"filters: no value is given for {name!r}")
            found[name] = found.get(name, ()) + tuple(map(str, values))
    except (TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ArgumentError | ArgumentTypeError):
            raise
        cure = 'as in filters={"section": ["world", "sports"]}'
        raise ArgumentTypeError(f"filters are values by the names of fields, {cure}") from None
    return tuple(found.items())


def _synonyms(synonyms: Any) -> Synonyms:
    return synonyms if isinstance(synonyms, Synonyms) else Synonyms(synonyms)


def _facets(facets: Any) -> tuple[FacetRequest, ...]:
    if isinstance(facets, (str, FacetRequest, Mapping)):
        facets = (facets,)
    elif not isinstance(facets, Iterable):
        raise ArgumentTypeError(f"facets are a list of names of fields, not {facets!r}")
    return tuple(map(_facet, facets))


def _facet(facet: str | FacetRequest | Mapping[str, Any]) -> FacetRequest:
    if isinstance(facet, FacetRequest):
        return facet
    if isinstance(facet, Mapping):
        return _from_mapping(FacetRequest, facet)
    return FacetRequest.parse(facet)


def _sort(sort: Any) -> tuple[SortKey, ...]:
    if isinstance(sort, str):
        sort = sort.split(",")
    elif isinstance(sort, (SortKey, Mapping)):
        sort = (sort,)
    elif not isinstance(sort, Iterable):
        raise ArgumentTypeError(f"sort is the name of a field, or several, not {sort!r}")
    keys = [_sort_key(one) for one in sort]
    if None in keys and len(keys) > 1:
        raise ArgumentError("rank is an order of its own: sort by it alone, or by fields")
    return tuple(key for key in keys if key is not None)


def _sort_key(key: Any) -> SortKey | None:
    if isinstance(key, SortKey):
        return key
    return _from_mapping(SortKey, key) if isinstance(key, Mapping) else SortKey.parse(key)


_Value = TypeVar("_Value", FacetRequest, SortKey)


def _from_mapping(value_type: type[_Value], values: Mapping[str, Any]) -> _Value:
    """The inverse of ``dataclasses.asdict``."""
    names = [field.name for field in fields(value_type)]
    if "field" not in values or not values.keys() <= set(names):
        name = value_type.__name__
        raise ArgumentTypeError(f"{dict(values)!r} is no {name}: it has {' and '.join(names)}")
    return value_type(**values)


def _try_one_of(names: list[str]) -> str:
    return f"try one of {', '.join(names)}"
