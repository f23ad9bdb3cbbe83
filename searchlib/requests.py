"""What can be asked of an archive, as frozen values: a search, its facets, its order.

Each checks itself when it is made: a mistake is an :class:`ArgumentError` (a ValueError) or an
:class:`ArgumentTypeError` (a TypeError). They hold no archive and no schema, compare by value and
can be pickled; ``resolve(schema)`` says whether an archive with that schema can answer. Mistakes
in the text of a query are found only when it is parsed, and are a
:class:`~searchlib.errors.QueryError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeVar, get_args

from whoosh.query import Query

from searchlib.errors import ArgumentError, ArgumentTypeError
from searchlib.schema import Date, Key, Keyword, Number, Schema

__all__ = [
    "ALL_HITS",
    "DateUnit",
    "FacetRequest",
    "Filters",
    "Match",
    "Ranking",
    "SearchRequest",
    "SortKey",
    "by_day",
    "by_month",
    "by_year",
    "check_match",
    "check_number",
]

#: What words side by side in a query mean: an article has all of them, or any; with "best" any, and
#: those with all come first.
Match = Literal["all", "any", "best"]
#: The periods by which dates are counted.
DateUnit = Literal["decade", "year", "quarter", "month", "week", "day", "weekday", "hour"]
#: How articles are ranked: see :mod:`searchlib.search.bm25`.
Ranking = Literal["bm25f", "whoosh"]

_UNITS: tuple[DateUnit, ...] = get_args(DateUnit)
_DEFAULT_UNIT: DateUnit = "month"
_MATCHES: tuple[Match, ...] = get_args(Match)
_RANKINGS: tuple[Ranking, ...] = get_args(Ranking)


@dataclass(frozen=True, slots=True)
class FacetRequest:
    """Count the values of a keyword field, or the dates of a date field by a unit of time, in the
    archive's zone: "decade" (2020s), "year", "quarter" (2022-Q3), "month", "week" (of ISO 8601:
    2022-W35), "day", "weekday" (Monday first) or "hour" (00 to 23; a date without a time is of
    hour 00).

    ``str()`` gives the text that :meth:`parse` reads; the counts are found under that name in
    ``Results.facets``.

    >>> str(FacetRequest("date", "year"))
    'date:year'
    """

    field: str
    unit: DateUnit | None = None

    def __post_init__(self) -> None:
        _check_name(self.field)
        if self.unit is not None and self.unit not in _UNITS:
            units = f"{', '.join(_UNITS[:-1])} or {_UNITS[-1]}"
            raise ArgumentError(f"{str(self)!r}: a date is counted by {units}")

    def __str__(self) -> str:
        return self.field if self.unit is None else f"{self.field}:{self.unit}"

    @classmethod
    def parse(cls, text: str) -> FacetRequest:
        """Read "section" or "date:month".

        >>> FacetRequest.parse("date:month")
        FacetRequest(field='date', unit='month')
        """
        _check_name(text)
        field, colon, unit = text.partition(":")
        return cls(field, unit if colon else None)  # type: ignore[arg-type]

    def resolve(self, schema: Schema) -> FacetRequest:
        """The request with its unit filled in; ArgumentError if the field cannot be counted.

        >>> from searchlib.schema import NEWS
        >>> FacetRequest("date").resolve(NEWS)
        FacetRequest(field='date', unit='month')
        """
        field = schema.fields.get(self.field)
        if isinstance(field, Date):
            return self if self.unit else replace(self, unit=_DEFAULT_UNIT)
        if not isinstance(field, Keyword) or self.unit:
            able = [*schema.names(Keyword), *map(by_month, schema.names(Date))]
            raise ArgumentError(f"{str(self)!r} cannot be counted: {_try_one_of(able)}")
        return self


@dataclass(frozen=True, slots=True)
class SortKey:
    """Put the articles in the order of a field, instead of the best first.

    Articles without a value come last in either direction.

    >>> str(SortKey("date", descending=True))
    '-date'
    """

    field: str
    descending: bool = False

    def __post_init__(self) -> None:
        _check_name(self.field)
        _check_flag("descending", self.descending)

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field

    @classmethod
    def parse(cls, text: str) -> SortKey | None:
        """Read "date", "-date" (the highest first), or "rank" (None: the best first).

        >>> SortKey.parse("-date")
        SortKey(field='date', descending=True)
        """
        _check_name(text)
        return None if text == "rank" else cls(text.removeprefix("-"), text.startswith("-"))

    def resolve(self, schema: Schema) -> SortKey:
        """The key itself; ArgumentError if articles cannot be sorted by its field.

        >>> from searchlib.schema import NEWS
        >>> SortKey("body").resolve(NEWS)
        Traceback (most recent call last):
        ...
        searchlib.errors.ArgumentError: cannot sort by 'body': try one of id, date, crawled, ...
        """
        able = [
            name
            for name in schema.names(Key, Keyword, Date, Number)
            if not getattr(schema.fields[name], "many", False)
        ]
        if self.field not in able:
            raise ArgumentError(f"cannot sort by {str(self)!r}: {_try_one_of([*able, 'rank'])}")
        return self


#: The values that a field may have, one or several, by its name; or the same as pairs.
Filters = (
    Mapping[str, str | int | float | Iterable[str | int | float]]
    | Iterable[tuple[str, Iterable[str]]]
)


#: A limit that no archive reaches.
ALL_HITS = 1 << 40


@dataclass(frozen=True, init=False)
class SearchRequest:
    """A whole search as one value: ``archive.search(request)`` carries it out.

    ``query`` is text in the query language or a ``whoosh.query`` tree; the other fields are the
    keyword arguments of :meth:`Archive.search`. A ``limit`` of None is all hits. ``facets`` and
    ``sort`` may be given as text, or as the dicts that ``dataclasses.asdict`` makes of them. Change
    one with ``dataclasses.replace``.

    >>> from dataclasses import asdict
    >>> request = SearchRequest("rain", facets=["date:year"], sort="-date")
    >>> request.facets, request.sort
    ((FacetRequest(field='date', unit='year'),), SortKey(field='date', descending=True))
    >>> replace(request, offset=10).offset
    10
    >>> SearchRequest(**asdict(request)) == request
    True
    """

    query: str | Query
    limit: int
    offset: int
    facets: tuple[FacetRequest, ...]
    sort: SortKey | None
    match: Match
    highlight: bool
    lenient: bool
    ranking: Ranking | None
    recency: float | None
    boost_by: str | None
    filters: tuple[tuple[str, tuple[str, ...]], ...]

    def __init__(
        self,
        query: str | Query,
        *,
        limit: int | None = 10,
        offset: int = 0,
        facets: Iterable[str | FacetRequest | Mapping[str, Any]] | str | FacetRequest = (),
        sort: str | SortKey | Mapping[str, Any] | None = None,
        match: Match = "all",
        highlight: bool = True,
        lenient: bool = False,
        ranking: Ranking | None = None,
        recency: float | None = None,
        boost_by: str | None = None,
        filters: Filters = (),
    ) -> None:
        if not isinstance(query, (str, Query)):
            raise ArgumentTypeError(
                f"{type(query).__name__} is not a query: "
                "give text, a whoosh.query tree or a SearchRequest"
            )
        limit = ALL_HITS if limit is None else limit
        check_number("limit", limit)
        check_number("offset", offset)
        check_match(match)
        _check_flag("highlight", highlight)
        _check_flag("lenient", lenient)
        if ranking is not None:
            _check_ranking(ranking)
        if recency is not None:
            recency = _days(recency)
        if boost_by is not None:
            _check_name(boost_by)
        values = {
            "query": query,
            "limit": limit,
            "offset": offset,
            "facets": _facets(facets) if facets else (),
            "sort": _sort(sort) if sort is not None else None,
            "match": match,
            "highlight": highlight,
            "lenient": lenient,
            "ranking": ranking,
            "recency": recency,
            "boost_by": boost_by,
            "filters": _filters(filters) if filters else (),
        }
        object.__setattr__(self, "__dict__", values)  # in one step, past the frozen __setattr__


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


def _sort(sort: str | SortKey | Mapping[str, Any]) -> SortKey | None:
    if isinstance(sort, SortKey):
        return sort
    return _from_mapping(SortKey, sort) if isinstance(sort, Mapping) else SortKey.parse(sort)


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
