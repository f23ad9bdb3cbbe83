"""The search methods that an archive and a snapshot share, and the snapshot: one commit, pinned."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import lru_cache
from types import TracebackType
from typing import Any, Protocol, Self, TypeGuard, overload, runtime_checkable

from whoosh.query import Every, Query

from searchlib.commit_view import Commits, CommitView
from searchlib.dates import DateSettings
from searchlib.errors import ArgumentError, ArgumentTypeError, RecordError, UnknownKey
from searchlib.query import Limits, Parsed
from searchlib.requests import (
    Collapse,
    DateUnit,
    FacetRequest,
    Filters,
    Match,
    Ranking,
    SearchRequest,
    Sort,
    check_number,
)
from searchlib.results import CopiedStories, Explanation, FacetCounts, Hit, Results
from searchlib.schema import Date, Schema
from searchlib.stats import Stats
from searchlib.synonyms import Synonyms
from searchlib.timeline import Timeline, periods_between

__all__ = ["Searchable", "Snapshot", "as_request", "key_of"]


#: What stands for an article: its key, with its archive where several have it, or a hit.
KeyOrHit = str | Hit | tuple[str, str]
#: The keyword arguments of ``search``: what a request has beside its query.
_OPTIONS = dict.fromkeys(field.name for field in fields(SearchRequest) if field.name != "query")
_MAX_KNOWN = 1000  # characters of a query that is remembered


@runtime_checkable
class Searchable(Protocol):
    """What can be asked of articles: the methods that Archive and Snapshot share.

    An archive answers from its last commit, a snapshot from its own. Like a dict, both have
    ``len()``, ``key in archive``, ``archive[key]`` and iteration over the keys. Wherever a key is
    taken, a :class:`Hit` may be given for its own; of several archives that have the same key it
    says which, and so does a pair: ``("year-2023", "a1")``.

    >>> import tempfile
    >>> from searchlib import Archive
    >>> with Archive.create(tempfile.mkdtemp()) as archive:
    ...     _ = archive.add([{"id": "a1", "title": "Rain"}, {"id": "a2", "title": "Snow"}])
    ...     len(archive), list(archive), "a1" in archive, archive["a2"]["title"]
    (2, ['a1', 'a2'], True, 'Snow')
    """

    @abstractmethod
    def _current(self) -> CommitView:
        """The view that answers now; SnapshotClosed after ``close``."""

    @property
    @abstractmethod
    def schema(self) -> Schema:
        """The fields of its articles."""

    @abstractmethod
    def close(self) -> None:
        """Release files and memory. Results can then no longer read their articles."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    @property
    def generation(self) -> int:
        """The number of the commit that answers: it grows with every change."""
        return self._current().reader.generation

    def __len__(self) -> int:
        return self._current().reader.live_count

    def __iter__(self) -> Iterator[str]:
        return self._current().keys()

    def __contains__(self, key: object) -> bool:
        try:
            return bool(_places_of(self._current(), key))
        except (ArgumentError, RecordError):  # it cannot be a key, or is none of these archives
            return False

    def __getitem__(self, key: KeyOrHit) -> dict[str, Any]:
        try:
            record = self.get(key)
        except RecordError:
            record = None
        if record is None:
            raise _no_article(key_of(key))
        return record

    @overload
    def search(self, query: SearchRequest) -> Results: ...
    @overload
    def search(
        self,
        query: str | Query,
        *,
        limit: int | None = 10,
        offset: int = 0,
        facets: Iterable[str | FacetRequest] | str | FacetRequest = (),
        sort: Sort | None = None,
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
    ) -> Results: ...
    def search(self, query: str | Query | SearchRequest, **options: Any) -> Results:
        """Search: ``query`` is text in the query language, a ``whoosh.query`` tree, or a
        :class:`SearchRequest`, which has all options in it.

        ``limit`` hits are returned (None: all), after the first ``offset``. ``facets`` are keyword
        fields, date fields by :func:`by_month` and the like, and number fields by value or range
        (:class:`FacetRequest`); ``sort`` is a field, "-field" for the highest first, several of
        them ("section,-date", or a list), or None for the best first; ``match`` is "all" (articles
        with all words), "any", or "best" (any, and those with all words first). Without
        ``highlight`` snippets are not marked. ``ranking`` is "bm25f", the default for query texts,
        or "whoosh", that for trees (:mod:`searchlib.search.bm25`). ``recency`` is a half-life in
        days: an article that old scores half as much as one of now, and one without a date as the
        oldest; ``boost_by`` a field of numbers: scores are multiplied by 1 + ln(1 + number).
        ``filters`` narrow the search beside the query, without a part in the score: ``{"section":
        ["world", "sports"], "date": "2022"}``; the facet of a field that is filtered counts what
        its other values would find, or without ``sideways`` only what was found.
        ``synonyms`` (:class:`Synonyms`, or what it takes) are searched with the words that they
        stand for, but not in quotes; ``query`` shows them.
        ``collapse="story"`` gives one hit for all near copies of a text, the best of those found
        ("story:first", "story:latest": the first or the latest of them), in an archive that was
        made with ``stories``: ``hit.copies`` tells who carried it and when, ``Results.stories``
        and ``FacetCounts.stories`` count stories beside articles.
        Raises :class:`QueryError` for a mistake in the query; with ``lenient`` the most likely
        reading is searched instead, and ``notes`` says what was changed. Raises
        :class:`ArgumentError` for other arguments that cannot be, such as a field that has no
        order.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": 1, "title": "Rain", "section": "Weather"}])
        ...     results = archive.search("rain", facets=["section"])
        >>> results.total, results.facets["section"][0]
        (1, ('Weather', 1))
        """
        if not isinstance(query, SearchRequest):
            query = _request(query, options)
        elif options:
            names = ", ".join(options)
            cure = "change the request with dataclasses.replace"
            raise ArgumentTypeError(f"a SearchRequest has all options in it, so no {names}: {cure}")
        return self._current().search(query)

    def count(self, query: str | Query | SearchRequest, *, match: Match = "all") -> int:
        """How many articles match.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}, {"id": "b", "title": "Snow"}])
        ...     archive.count("rain snow"), archive.count("rain snow", match="any")
        (0, 2)
        """
        if isinstance(query, SearchRequest):
            request = as_request(query, match)
            request = replace(request, limit=0, offset=0, facets=(), sort=(), highlight=False)
        else:
            request = _request(query, {"match": match, "limit": 0, "highlight": False})
        return self._current().search(request).total

    def timeline(
        self, queries: Mapping[str, str | Query | SearchRequest] | Iterable[str] | str, *,
        by: DateUnit = "month", field: str | None = None, match: Match = "all",
        share: bool = False, filters: Filters = (), collapse: Collapse | None = None,
    ) -> Timeline:  # fmt: skip
        """Several queries over time: how many articles each finds in each period, and how many the
        archive has, of one commit. ``queries`` are texts, or queries by the names that they get in
        the :class:`Timeline`; ``field`` is a date field, by default the first. With ``share`` its
        rows have shares of all articles of a period; both are there in any case. ``filters`` narrow
        the queries as in :meth:`search`, and the articles that the shares are of too. With
        ``collapse="story"`` stories are counted in place of articles: in each period those with an
        article in it.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": 1, "title": "Rain", "date": "2022"},
        ...                      {"id": 2, "title": "Snow", "date": "2024"}])
        ...     archive.timeline(["rain", "snow"], by="year").to_dicts()[0]
        {'period': '2022', 'total': 1, 'rain': 1, 'snow': 0}
        """
        if isinstance(queries, str):
            queries = [queries]
        if not isinstance(queries, Mapping):
            queries = {str(query): query for query in queries}
        view = self._current()
        name = field or view.schema.date_field
        if name is None:
            raise ArgumentError("timeline: this archive has no dates")
        if not isinstance(view.schema.fields.get(name), Date):
            able = ", ".join(view.schema.names(Date)) or "none"
            raise ArgumentError(f"timeline: {name!r} is no field of dates; there is {able}")
        facet = FacetRequest(name, by)

        def counts(query: str | Query | SearchRequest) -> FacetCounts:
            request = replace(as_request(query, match, filters), collapse=collapse)
            answer = view.counts(request, facet)
            if answer.stories is None:
                return answer
            of_stories = FacetCounts(answer.field, list(answer.stories.items()), answer.missing)
            of_stories.notes = answer.notes
            return of_stories

        answers = {title: counts(query) for title, query in queries.items()}
        found = {title: dict(answer) for title, answer in answers.items()}
        published = dict(counts(Every()))
        known = [period for period in published if any(period in one for one in found.values())]
        periods = periods_between(known, by)
        if periods == known and known:
            axis = list(published)
            periods = axis[axis.index(known[0]) : axis.index(known[-1]) + 1]
        columns = {
            title: tuple(one.get(period, 0) for period in periods) for title, one in found.items()
        }
        totals = tuple(published.get(period, 0) for period in periods)
        missing = {title: answer.missing for title, answer in answers.items()}
        notes = [
            *getattr(view, "partial_notes", ()),
            *(n for one in answers.values() for n in one.notes),
        ]
        return Timeline(
            name, by, tuple(periods), columns, totals, share, missing, tuple(dict.fromkeys(notes)),
            "articles" if collapse is None else "stories",
        )  # fmt: skip

    def get(self, id: KeyOrHit) -> dict[str, Any] | None:
        """The stored fields of the article with this key, or None.

        Raises :class:`RecordError` for what cannot be a key.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}])
        ...     archive.get("a"), archive.get("b")
        ({'id': 'a', 'title': 'Rain'}, None)
        """
        view = self._current()
        place = _place_of(view, id)
        return None if place is None else view.load(*place)

    def export(self) -> Iterator[dict[str, Any]]:
        """The stored fields of all articles of one commit, in the order they were added in.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}, {"id": "b"}])
        ...     list(archive.export())
        [{'id': 'a', 'title': 'Rain'}, {'id': 'b'}]
        """
        return self._current().records()

    def parse(
        self, query: str, *, match: Match = "all", lenient: bool = False,
        synonyms: Synonyms | None = None,
    ) -> Parsed:  # fmt: skip
        """What a query means: the ``whoosh.query`` tree, the canonical text, notes.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     str(archive.parse("title:rain").query)
        'title:rain'
        """
        _check_text("query", query)
        return self._current().parse(query, match, lenient, synonyms)

    def explain(
        self, query: str | Query | SearchRequest, id: KeyOrHit, *, match: Match = "all"
    ) -> Explanation:
        """How the score of the article with this key comes about: what each part of the query
        adds, and the factors of a :class:`SearchRequest`.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}])
        ...     archive.explain("title:rain", "a").matched
        True
        """
        request = as_request(query, match)
        view = self._current()
        key = key_of(id)
        return view.explain(request, _place_of(view, id), key)

    def why_not(
        self, query: str | Query | SearchRequest, id: KeyOrHit, *, match: Match = "all",
        filters: Filters = (),
    ) -> list[str]:  # fmt: skip
        """Which parts of a query, and which filters, the article with this key fails, a line each;
        none if the query finds it. Raises :class:`UnknownKey` if no article has the key.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain", "section": "weather"}])
        ...     archive.why_not("rain snow section:world", "a")
        ['snow: it does not have this word', 'section:world: its section is weather']
        """
        request = as_request(query, match, filters)
        view = self._current()
        place = _known_place(view, id)
        return view.why_not(request, place)

    def similar(self, id: KeyOrHit, *, limit: int = 10) -> Results:
        """Articles like the one with this key, by its most distinctive terms (tf-idf).

        Raises :class:`UnknownKey` if no article has the key.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     titles = ["Rain in Oslo", "Oslo stays dry", "Snow", "Rain in Oslo again"]
        ...     _ = archive.add({"id": n, "title": title} for n, title in enumerate(titles))
        ...     [hit.id for hit in archive.similar("0")]
        ['3', '1']
        """
        check_number("limit", limit)
        view = self._current()
        place = _known_place(view, id)
        query = view.similar_query(place)
        return view.search(SearchRequest(query, limit=limit))

    def copies(self, id: KeyOrHit) -> list[Hit]:
        """All articles of the story of the one with this key, itself among them, the first one
        first: near copies of its text, updates, cut and corrected versions. Stories are those of
        the articles that are there, as if those that were deleted had never been.

        Raises :class:`UnknownKey` if no article has the key, and :class:`NotSupported` in an
        archive that was made without ``stories``.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp(), stories=True) as archive:
        ...     text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
        ...     _ = archive.add([{"id": "a", "body": text}, {"id": "b", "body": text + " More."}])
        ...     [hit.id for hit in archive.copies("b")]
        ['a', 'b']
        """
        view = self._current()
        place = _known_place(view, id)
        return view.copies(place)

    def most_copied(
        self, query: str | Query | SearchRequest = "*", *, limit: int = 10, match: Match = "all",
        filters: Filters = (),
    ) -> CopiedStories:  # fmt: skip
        """The stories that a query finds an article of, and that have copies: each by the first
        article of it that is found. ``hit.copies`` says how many of it are (``found``), how many
        the archive has (``count``), and who carried them. Those with the most found come first,
        then those with the most in all, then the earlier ones. Of several archives those without
        stories are left out; ``notes`` of what is returned name them.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp(), stories=True) as archive:
        ...     text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
        ...     _ = archive.add([{"id": "a", "body": text}, {"id": "b", "body": text + " More."},
        ...                      {"id": "c", "body": "Snow fell on the other harbour of Bergen."}])
        ...     hits = archive.most_copied() + archive.most_copied("more")
        ...     [(hit.id, hit.copies.found, hit.copies.count) for hit in hits]
        [('a', 2, 2), ('b', 1, 2)]
        """
        check_number("limit", limit)
        return self._current().most_copied(replace(as_request(query, match, filters), limit=limit))

    def suggest(self, start: str, *, limit: int = 10) -> list[str]:
        """Words of the archive that begin with ``start``, those in the most articles first.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "body": "internet civilization"}])
        ...     archive.suggest("civi")
        ['civilization']
        """
        _check_text("start", start)
        check_number("limit", limit)
        return self._current().completions(start, limit)

    def did_you_mean(self, query: str) -> str | None:
        """The query with its unknown words replaced by near ones of the archive, or None.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "body": "internet civilization"}])
        ...     archive.did_you_mean("civilisation internet")
        'civilization internet'
        """
        _check_text("query", query)
        return self._current().corrected_query(query)

    def stats(self) -> Stats:
        """How many articles, segments and bytes there are, and what each field holds.

        >>> import tempfile
        >>> from searchlib import Archive
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain in Oslo"}])
        ...     stats = archive.stats()
        >>> stats.articles, stats.fields[1].name, stats.fields[1].words
        (1, 'title', 3)
        """
        return self._current().stats()


class Snapshot(Searchable):
    """The archive as of one commit, made by :meth:`Archive.snapshot`.

    Every search sees the same articles, whatever is added or deleted meanwhile. Close it, or use
    it in ``with``, to release its files; results of its searches can then no longer read their
    articles.

    >>> import tempfile
    >>> from searchlib import Archive
    >>> archive = Archive.create(tempfile.mkdtemp())
    >>> with archive.snapshot() as before:
    ...     _ = archive.add([{"id": "a"}])
    ...     len(before), len(archive), archive.stats().generation > before.generation
    (0, 1, True)
    >>> archive.close()
    """

    def __init__(self, store: Commits, dates: DateSettings, limits: Limits) -> None:
        self._view = CommitView(store, dates, limits)

    def __repr__(self) -> str:
        return f"<Snapshot of commit {self.generation}>"

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return self._view.schema

    def close(self) -> None:
        """Release the files. A second call does nothing."""
        self._view.close()

    def _current(self) -> CommitView:
        view = self._view
        if view.reader.closed:
            view.reader.check_open()
        return view


#: What was asked lately: requests do not change, and a look costs less than a new one.
_known_request = lru_cache(maxsize=2048, typed=True)(SearchRequest)


def _request(query: str | Query, options: dict[str, Any]) -> SearchRequest:
    """The request of a search with these keyword arguments."""
    if type(query) is str and len(query) < _MAX_KNOWN:
        try:
            return _known_request(query, **options)
        except TypeError:  # an option cannot be hashed, or is wrong
            pass
    if not options.keys() <= _OPTIONS.keys():
        unknown = next(name for name in options if name not in _OPTIONS)
        cure = f"it takes {', '.join(_OPTIONS)}"
        raise ArgumentTypeError(f"search has no argument {unknown!r}: {cure}")
    return SearchRequest(query, **options)


def as_request(
    query: str | Query | SearchRequest, match: Match = "all", filters: Filters = ()
) -> SearchRequest:
    """The request for a query; a SearchRequest is returned as it is, with its own ``match``, but
    narrowed by these filters too."""
    if not isinstance(query, SearchRequest):
        return SearchRequest(query, match=match, filters=filters)
    if not filters:
        return query
    others = SearchRequest("*", filters=filters).filters
    return replace(query, filters=(*query.filters, *others))


def check_deletion(ids: object, query: object) -> None:
    """ArgumentTypeError unless exactly one of both is given."""
    if (ids is None) == (query is None):
        cure = 'delete(["a1"]) or delete(query="section:sports")'
        raise ArgumentTypeError(f"delete takes either keys or a query: {cure}")


def check_changes(key: object, changes: Mapping[str, Any], schema: Schema) -> None:
    """ArgumentError if these changes of the article with a key are of the key too."""
    name = schema.key
    if name in changes and changes[name] != key_of(key):
        cure = "add the article with its new key, and delete this one"
        raise ArgumentError(f"the {name} of an article cannot be changed: {cure}")


def keys_of(ids: Any, schema: Schema) -> list[str]:
    """The keys that are given as one, or as a list of keys or hits; none for None."""
    keys: Any = [ids] if isinstance(ids, (str, bytes, int, Hit)) else ids or ()
    if not isinstance(keys, Iterable) or isinstance(keys, Mapping):
        raise ArgumentTypeError(f"ids are a list of keys, not {type(ids).__name__}")
    return [schema.normalize_key(key_of(key)) for key in keys]


def key_of(article: object) -> Any:
    """The key that a key or a hit stands for; RecordError for the fields of an article, of which
    the key is one."""
    if isinstance(article, Hit):
        return article.id
    if _is_pair(article):
        return article[1]
    if isinstance(article, Mapping):
        raise RecordError("", None, f"a key is expected, not {type(article).__name__}: name one")
    return article


def _place_of(view: CommitView, article: object) -> Any:
    """The place of the article that a key or a hit stands for, or None. ArgumentError if more than
    one of several archives has the key."""
    places = _places_of(view, article)
    if len(places) > 1:
        names, key = [name for name, _ in places], key_of(article)
        cure = f"say which: ({names[0]!r}, {key!r}), or a hit"
        raise ArgumentError(f"the key {key!r} is in {' and '.join(names)}: {cure}")
    return places[0][1] if places else None


def _is_pair(article: object) -> TypeGuard[tuple[Any, Any]]:
    """Whether it is an archive and a key."""
    return isinstance(article, tuple) and len(article) == 2


def _places_of(view: CommitView, article: object) -> list[tuple[str, Any]]:
    """The archives with an article that a key or a hit may stand for, and its place in each."""
    key, known = key_of(article), view.names
    archive = article.archive if isinstance(article, Hit) else None
    if _is_pair(article):
        archive, _ = article
        if not known:
            raise ArgumentError(f"this is one archive: give {key!r} alone, without {archive!r}")
        if archive not in known:
            raise ArgumentError(f"there is no archive {archive!r} among {', '.join(known)}")
    names = [archive] if archive in known else known or [None]
    found = ((name, view.find(key, name)) for name in names)
    return [(name or "", place) for name, place in found if place is not None]


def _known_place(view: CommitView, article: object) -> Any:
    """The same; UnknownKey if there is no such article."""
    place = _place_of(view, article)
    if place is None:
        raise _no_article(key_of(article))
    return place


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise ArgumentTypeError(f"{name} is text, not {type(value).__name__}")


def _no_article(key: object) -> UnknownKey:
    return UnknownKey(f"no article has the key {key!r}", key)
