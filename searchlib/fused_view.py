"""Archives of different schemas, or on clusters, asked together: each ranks its own articles, and
the ranks are fused. Totals, counts and orders by a field are exact."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import chain, zip_longest
from shlex import quote
from time import perf_counter
from typing import Any

from whoosh import query as wq

from searchlib.analysis import fold_keyword
from searchlib.dates import DateSettings
from searchlib.errors import ArgumentError, NotSupported, QueryError, SearchlibError, SnapshotClosed
from searchlib.fused_facets import merged_counts, merged_stories, plain_request
from searchlib.ingest.record import instant
from searchlib.query import Parsed
from searchlib.requests import FacetRequest, Match, SearchRequest, SortKey
from searchlib.results import (
    CopiedStories,
    Explanation,
    FacetCounts,
    Facets,
    Hit,
    Results,
    tiers_note,
)
from searchlib.schema import Column, Date, Field, Key, Keyword, Schema, Stored, Text
from searchlib.search.sort import Descending, sort_text
from searchlib.set_groups import common_schema
from searchlib.stats import FieldStats, Stats
from searchlib.synonyms import Synonyms

__all__ = ["FusedView", "Part"]

#: Of the reciprocal rank 1 / (60 + rank): Cormack, Clarke and Büttcher, 'Reciprocal Rank Fusion
#: Outperforms Condorcet and Individual Rank Learning Methods' (SIGIR 2009).
_RANK_CONSTANT = 60
_REFUSALS = (QueryError, ArgumentError, NotSupported)


@dataclass(frozen=True)
class Part:
    """Archives that answer as one: their names, the view that answers, and what they hold."""

    names: tuple[str, ...]
    view: Any  # a CommitView or a ClusterView
    stats: Callable[[], Stats]
    #: What decides, with the schema, whether archives rank as one; none of those on clusters.
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def label(self) -> str:
        """The part, for people."""
        others = len(self.names) - 1
        return f"{self.names[0]} and {others} more" if others else self.names[0]

    @property
    def left_out(self) -> str:
        """That its archives are left out, each by its name."""
        return f"{', '.join(self.names)} {'are' if len(self.names) > 1 else 'is'} left out"

    def named(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Its hits, with the archive that each is in."""
        for hit in hits:
            if hit.archive is None:
                hit.archive = self.names[0]
            yield hit

    def named_records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The stored fields of all its articles, each with the archive that it is in."""
        if getattr(self.view, "reader", None) is None:
            return ((self.names[0], record) for record in self.view.records())
        records: Iterator[tuple[str, dict[str, Any]]] = self.view.named_records()
        return records

    def live_count(self) -> int:
        """How many articles there are."""
        reader = getattr(self.view, "reader", None)
        count: int = self.view.live_count() if reader is None else reader.live_count
        return count


class InPart(wq.Query):  # type: ignore[misc]
    """A query tree for one of the parts alone, by its number."""

    def __init__(self, tree: Any, number: int) -> None:
        self.tree = tree
        self.number = number

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.tree!r}, {self.number})"

    def __str__(self) -> str:
        return str(self.tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InPart) and (self.tree, self.number) == (other.tree, other.number)

    def __hash__(self) -> int:
        return hash((self.tree, self.number))


_Answer = tuple[int, Part, Results]


class FusedView:
    """Searches several parts: what :class:`~searchlib.commit_view.CommitView` is to one.

    A part that cannot answer a query, since it has no such field or does not support it, is left
    out of the answer, which says so; without ``partial`` its error is raised."""

    def __init__(self, parts: Sequence[Part], partial: bool) -> None:
        self._parts = tuple(parts)
        self._partial = partial
        self.schema = _common_schema([part.view.schema for part in parts])
        self.dates: DateSettings = parts[0].view.dates
        self.reader = _FusedReader(parts)
        #: What is said of archives that are left out.
        self.partial_notes: tuple[str, ...] = ()

    def close(self) -> None:
        """Release the files. A second call does nothing."""
        self.reader.closed = True
        for part in self._parts:
            close = getattr(part.view, "close", None) or part.view.unpin
            close()

    def parse(
        self, text: str, match: Match, lenient: bool, synonyms: Synonyms | None = None
    ) -> Parsed:
        """Parse a query text, by the first part that can."""
        parsed: Parsed = self._first(lambda view: view.parse(text, match, lenient, synonyms))
        return parsed

    def search(self, request: SearchRequest) -> Results:
        """One page of results."""
        started = perf_counter()
        for key in request.sort:
            self._check_shared(key.field, str(key))
            for part in self._parts:
                if key.field in part.view.schema.fields:
                    key.resolve(part.view.schema)
        answers, refused = self._answers(request)
        hits = _ordered(answers, request)[request.offset : request.offset + request.limit]
        for rank, hit in enumerate(hits, request.offset + 1):
            hit.rank, hit.of_others = rank, self.schema.fields
        totals = [results.total for _, _, results in answers]
        stories = None
        if request.collapse is not None:
            stories = sum(results.stories or 0 for _, _, results in answers)
        complete = None
        if all(results.complete is not None for _, _, results in answers):
            complete = sum(results.complete or 0 for _, _, results in answers)
        facets = {str(facet): self._facet(request, facet, answers) for facet in request.facets}
        first = answers[0][2]
        return Results(
            hits, request=request, total=sum(totals), took=perf_counter() - started,
            query=lambda: first.query,
            notes=lambda: [
                *self.partial_notes, *refused, *_fusion_note(answers, request),
                *tiers_note(complete, sum(totals)), *_notes(answers),
            ],
            facets=Facets(facets), page=self.search, complete=complete, schema=self.schema,
            zone=self.dates.zone, stories=stories,
        )  # fmt: skip

    def counts(self, request: SearchRequest, facet: FacetRequest) -> FacetCounts:
        """How many of the articles that a request finds have each value, filters of the same field
        included."""
        answers, refused = self._answers(replace(request, limit=0, offset=0, facets=(), sort=()))
        counts = self._facet(replace(request, sideways=False), facet, answers)
        counts.notes = tuple(refused)
        return counts

    @property
    def names(self) -> tuple[str, ...]:
        """The archives that it shows."""
        return tuple(name for part in self._parts for name in part.names)

    def find(self, key: str, archive: str | None = None) -> tuple[int, Any] | None:
        """(part, place in it) of the article with this key, of the archive that is named."""
        numbers = [n for n, part in enumerate(self._parts) if archive in part.names]
        for number in numbers or range(len(self._parts)):
            place = self._parts[number].view.find(key, archive)
            if place is not None:
                return number, place
        return None

    def load(self, number: int, place: Any) -> dict[str, Any]:
        """The stored fields of an article."""
        record: dict[str, Any] = self._parts[number].view.load(*place)
        return record

    def records(self) -> Iterator[dict[str, Any]]:
        """The stored fields of all articles, archive after archive."""
        return (record for _, record in self.named_records())

    def named_records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The same, each with the archive that it is in."""
        return chain.from_iterable(part.named_records() for part in self._parts)

    def keys(self) -> Iterator[str]:
        """The keys of all articles, archive after archive."""
        return chain.from_iterable(part.view.keys() for part in self._parts)

    def explain(
        self, request: SearchRequest, place: tuple[int, Any] | None, key: str
    ) -> Explanation:
        """How the score of the article comes about in its own archive."""
        number, inner = place or (0, None)
        explanation: Explanation = self._parts[number].view.explain(request, inner, key)
        return explanation

    def why_not(self, request: SearchRequest, place: tuple[int, Any]) -> list[str]:
        """Which parts of a query, and which filters, an article fails."""
        number, inner = place
        lines: list[str] = self._parts[number].view.why_not(request, inner)
        return lines

    def similar_query(self, place: tuple[int, Any]) -> InPart:
        """The query for articles of its own archive that are like one."""
        number, inner = place
        return InPart(self._parts[number].view.similar_query(inner), number)

    def copies(self, place: tuple[int, Any]) -> list[Hit]:
        """The articles of the story of one, in its own archive."""
        number, inner = place
        members: list[Hit] = _with_stories(self._parts[number]).copies(inner)
        return members

    def most_copied(self, request: SearchRequest) -> CopiedStories:
        """The stories that have copies, by the first of their articles among those found; a story
        is within one archive, or several of one schema."""
        answers, refused = self._ask(
            request, lambda part, asked: _with_stories(part).most_copied(asked)
        )
        stories = [hit for _, part, hits in answers for hit in part.named(hits)]
        stories.sort(key=_copied_first)
        return CopiedStories(stories[: request.limit], (*self.partial_notes, *refused))

    def completions(self, start: str, limit: int) -> list[str]:
        """Words that begin with ``start``: the first ones of each part first."""
        columns = [part.view.completions(start, limit) for part in self._parts]
        words = chain.from_iterable(zip_longest(*columns))
        return [word for word in dict.fromkeys(words) if word is not None][:limit]

    def corrected_query(self, query: str) -> str | None:
        """The query with its unknown words replaced by near ones of the first part that can; None
        if any of them knows all of its words."""
        corrected = []
        for part in self._parts:
            try:
                corrected.append(part.view.corrected_query(query))
            except QueryError:
                continue
        return None if not corrected or None in corrected else corrected[0]

    def stats(self) -> Stats:
        """What they hold together; keywords are told apart as facets tell them."""
        each = [part.stats() for part in self._parts]
        fields = tuple(
            self._field_stats(name, each)
            for name, field in self.schema
            if not isinstance(field, Column)
        )
        return Stats(
            sum(one.articles for one in each), sum(one.deleted for one in each),
            sum(one.segments for one in each), sum(one.bytes for one in each),
            self.reader.generation, fields,
        )  # fmt: skip

    def _field_stats(self, name: str, each: Sequence[Stats]) -> FieldStats:
        kind = self.schema.fields[name].kind
        found = [
            one for stats in each for one in stats.fields if (one.name, one.kind) == (name, kind)
        ]
        values = sum(one.values for one in found)
        if values and len(found) > 1:
            values = self.counts(SearchRequest(wq.Every()), FacetRequest(name)).distinct
        firsts = [one.first for one in found if one.first is not None]
        lasts = [one.last for one in found if one.last is not None]
        words = sum(one.words for one in found)
        return FieldStats(
            name, kind, words, values, min(firsts, default=None), max(lasts, default=None)
        )

    def _first(self, ask: Callable[[Any], Any]) -> Any:
        """What the first part that does not refuse answers."""
        errors: list[SearchlibError] = []
        for part in self._parts:
            try:
                return ask(part.view)
            except _REFUSALS as error:
                errors.append(error)
        raise errors[0]

    def _answers(self, request: SearchRequest) -> tuple[list[_Answer], list[str]]:
        """What each part finds, and what is said of those that refuse."""
        answers, refused = self._ask(request, lambda part, asked: part.view.search(asked))
        if not answers:  # no part has a field that is filtered: the first one says so
            self._parts[0].view.search(request)
        return answers, refused

    def _ask(
        self, request: SearchRequest, ask: Callable[[Part, SearchRequest], Any]
    ) -> tuple[list[tuple[int, Part, Any]], list[str]]:
        """What each part answers to its form of a request, and what is said of those that refuse;
        those that cannot have such an article are not asked."""
        self.reader.check_open()
        answers: list[tuple[int, Part, Any]] = []
        errors: list[tuple[Part, SearchlibError]] = []
        for number, part in enumerate(self._parts):
            if isinstance(request.query, InPart) and request.query.number != number:
                continue
            try:
                asked = _request_of_part(request, part)
                if asked is not None:
                    answers.append((number, part, ask(part, asked)))
            except _REFUSALS as error:
                errors.append((part, error))
        if errors and not (answers and self._partial):
            raise errors[0][1]
        return answers, [f"partial: {part.left_out}: {_reason(error)}" for part, error in errors]

    def _facet(
        self, request: SearchRequest, facet: FacetRequest, answers: Sequence[_Answer]
    ) -> FacetCounts:
        """The counts of a facet over all parts that answer."""
        field = self._check_shared(facet.field, str(facet))
        resolved = facet.resolve(self.schema)
        found: list[FacetCounts] = []
        missing, missing_stories = 0, 0
        answering = {number for number, _, _ in answers}
        for number, part in enumerate(self._parts):
            query = request.query
            if isinstance(query, InPart):
                query = query.tree
            filters = request.filters
            if request.sideways:
                filters = tuple(pair for pair in filters if pair[0] != facet.field)
            asked = replace(
                request, query=query, filters=filters, limit=0, offset=0, facets=(), sort=()
            )
            narrow = _request_of_part(asked, part)
            if narrow is None or (number not in answering and filters == request.filters):
                continue
            try:
                if facet.field in part.view.schema.fields:
                    found.append(part.view.counts(narrow, plain_request(resolved)))
                else:
                    without = part.view.search(narrow)
                    missing += without.total
                    missing_stories += without.stories or 0
            except _REFUSALS:  # which the notes name
                continue
        every = [
            part.view.counts(SearchRequest(wq.Every()), FacetRequest(facet.field))
            for part in self._parts
            if (resolved.edges or resolved.step) and facet.field in part.view.schema.fields
        ]
        pairs, undated, distinct = merged_counts(resolved, field, found, every)
        if request.collapse is not None:
            if every:  # a story may have several numbers of a range
                why = "stories are not counted by ranges of numbers in archives that differ"
                raise NotSupported(str(facet), why, "ask them one by one, or for each number")
            stories = merged_stories(field, found, [value for value, _ in pairs])
            missing_stories += sum(counts.missing_stories or 0 for counts in found)
            return FacetCounts(
                str(facet), pairs, missing + undated, distinct, stories, missing_stories
            )
        return FacetCounts(str(facet), pairs, missing + undated, distinct)

    def _check_shared(self, name: str, what: str) -> Field:
        """The field of this name; ArgumentError if it is of several types, or if no part has it."""
        first: tuple[Part, Field] | None = None
        for part in self._parts:
            field = part.view.schema.fields.get(name)
            if field is None:
                continue
            if first is not None and type(first[1]) is not type(field):
                raise ArgumentError(
                    f"{what!r}: {name} is a {first[1].kind} field in {first[0].label} and a "
                    f"{field.kind} field in {part.label}: ask them one by one"
                )
            first = first or (part, field)
        if first is None:
            known = ", ".join(self.schema.fields)
            raise ArgumentError(f"{what!r}: no archive has a field {name!r}; there are {known}")
        return first[1]


class _FusedReader:
    """What is asked of the reader of a view."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)
        readers = [getattr(part.view, "reader", None) for part in parts]
        #: The commits of the archives that number them.
        self.generations: dict[str, int] = {
            name: number
            for reader in readers
            if reader
            for name, number in reader.generations.items()
        }
        self.generation = sum(self.generations.values())
        self.closed = False

    @property
    def live_count(self) -> int:
        """How many articles there are."""
        return sum(part.live_count() for part in self._parts)

    def check_open(self) -> None:
        """Raises :class:`SnapshotClosed` after ``close``."""
        if self.closed:
            raise SnapshotClosed("this snapshot was closed: make a new one")


def _common_schema(schemas: Sequence[Schema]) -> Schema:
    """The fields of all schemas; of two fields of one name the first, and one key."""
    first = schemas[0]
    fields: dict[str, Field] = dict(first.fields)
    for schema in schemas[1:]:
        for name, field in schema:
            fields.setdefault(name, Stored() if isinstance(field, Key) else field)
    return Schema(**fields).bound(first.rules.version, first.language)


def _request_of_part(request: SearchRequest, part: Part) -> SearchRequest | None:
    """What is asked of a part: all up to the end of the page, in the order of those keys that it
    has. None if it lacks a field that is filtered, so that it has no such article."""
    fields = part.view.schema.fields
    if any(name not in fields for name, _ in request.filters):
        return None
    query = request.query.tree if isinstance(request.query, InPart) else request.query
    sort = tuple(key for key in request.sort if key.field in fields)
    limit = request.limit and request.offset + request.limit
    return replace(request, query=query, offset=0, limit=limit, facets=(), sort=sort)


def _ordered(answers: Sequence[_Answer], request: SearchRequest) -> list[Hit]:
    """The hits of all parts in one order: that of the keys, or of the fused ranks."""
    ranked: list[tuple[Any, Hit]] = []
    for number, part, results in answers:
        schema, zone = part.view.schema, part.view.dates.zone
        complete = _complete_hits(part, request, results)
        heads = _heads(part, request, results)
        for place, (hit, head) in enumerate(zip(part.named(results.hits), heads, strict=True)):
            # Those with all words come first, in any order.
            is_complete = results.complete is None or place < complete
            if request.sort:
                keys = (_sort_rank(key, head, schema, zone) for key in request.sort)
                rank: tuple[Any, ...] = (not is_complete, *keys)
            else:
                rank = (not is_complete, place if is_complete else place - complete)
                hit.score = 1 / (_RANK_CONSTANT + 1 + place)
            ranked.append(((rank, number), hit))
    ranked.sort(key=lambda pair: pair[0])
    return [hit for _, hit in ranked]


def _reason(error: SearchlibError) -> str:
    """Why a part is left out, in a note: what to do about it is for who asks it alone."""
    return error.why if isinstance(error, NotSupported) else str(error)


def _complete_hits(part: Part, request: SearchRequest, results: Results) -> int:
    """How many of the hits of a part have all words, which come first; 0 if none do."""
    if request.collapse is None or not results.complete:
        return results.complete or 0
    asked = _request_of_part(request, part)
    assert asked is not None  # or there were no results
    complete: int = part.view.complete_stories(asked)
    return complete


def _heads(part: Part, request: SearchRequest, results: Results) -> list[Hit]:
    """The hits by which those of a part are sorted: of each story the first in that order, which
    need not be the one that is shown."""
    if not request.sort or request.collapse in (None, "story"):
        return results.hits
    heads: list[Hit] = part.view.search(replace(results.request, collapse="story")).hits
    return heads


def _sort_rank(key: SortKey, hit: Hit, schema: Schema, zone: tzinfo) -> tuple[int, Any]:
    """Where a hit is in the order of a key, as a searcher puts it there."""
    field, value = schema.fields.get(key.field), hit.get(key.field)
    if isinstance(field, Date) and value is not None:
        value = instant(value, zone)
    elif isinstance(field, Keyword) and value is not None:
        value = fold_keyword(value).encode()
    elif isinstance(field, Text):
        value = sort_text(value or "") or None
    elif isinstance(field, Key):
        value = value.encode()
    if field is None or value is None:
        return (-1 if key.missing == "first" else 1), 0
    return 0, Descending(value) if key.descending else value


def _fusion_note(answers: Sequence[_Answer], request: SearchRequest) -> list[str]:
    """That ranks were fused, and of which archives."""
    if request.sort or not request.limit or len(answers) < 2:
        return []
    parts = [part for _, part, _ in answers]
    most = max(parts, key=lambda part: len(part.names))
    what = _differences(parts)
    if len(parts) == 2 and len(most.names) > 1:
        [one] = (part for part in parts if part is not most)
        which = f"{one.label} differ{'' if len(one.names) > 1 else 's'} from the others in {what}"
    else:
        *labels, last = (part.label for part in parts)
        which = f"{', '.join(labels)} and {last} differ in {what}"
    return [f"ranks are fused: {which}, and each ranks its own{_cure(parts, what)}"]


def _differences(parts: Sequence[Part]) -> str:
    """Why these rank by themselves: "stories and zone"."""
    if not all(part.settings for part in parts):
        return "schema or settings"
    first, *others = parts
    names = [n for n in first.settings if any(p.settings[n] != first.settings[n] for p in others)]
    if any(common_schema(first.view.schema, part.view.schema) is None for part in others):
        names = ["schema", *names]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _cure(parts: Sequence[Part], what: str) -> str:
    """How those that lack stories alone come to rank with the others."""
    lacking = [part for part in parts if not part.settings.get("stories")]
    if what != "stories" or not lacking or not all(one.view.schema.stores_all for one in lacking):
        return ""
    strict = any(part.settings["stories"] == "strict" for part in parts)
    option = "--strict-stories" if strict else "--stories"
    copies = (f"searchlib copy {quote(name)} NEW {option}" for one in lacking for name in one.names)
    return f"; ask copies with stories to rank them as one: {', '.join(copies)}"


def _notes(answers: Sequence[_Answer]) -> list[str]:
    """The notes of the parts: what not all say with the part that says it."""
    said: dict[str, list[str]] = {}
    for _, part, results in answers:
        is_tiered = tiers_note(results.complete, results.total)
        for note in results.notes:
            if note not in is_tiered:
                said.setdefault(note, []).append(part.label)
    return [
        note if len(labels) == len(answers) else f"{label}: {note}"
        for note, labels in said.items()
        for label in (labels if len(labels) < len(answers) else labels[:1])
    ]


def _copied_first(hit: Hit) -> tuple[int, int]:
    """The order of stories: those with the most articles found, then those with the most in all."""
    copies = hit.copies
    assert copies is not None and copies.found is not None
    return -copies.found, -copies.count


def _with_stories(part: Part) -> Any:
    """The view of a part that may have stories; NotSupported for one of a cluster."""
    if not hasattr(part.view, "copies"):
        why = "articles are not grouped into stories on a cluster yet"
        raise NotSupported("copies", why, "export it to a folder and ask there")
    return part.view
