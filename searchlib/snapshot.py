"""A pinned view of an archive: every search sees the same commit until it is closed."""

from __future__ import annotations

import json
import re
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import numpy as np
from whoosh import query as wq

from searchlib import analysis, suggest
from searchlib.dates import DateSettings, from_micros
from searchlib.errors import QueryError
from searchlib.highlight_terms import HighlightTerm
from searchlib.index.index_reader import IndexReader
from searchlib.index.manifest import Manifest
from searchlib.index.store import IndexStore
from searchlib.query import Limits, Parsed, highlight_terms_of, parse
from searchlib.results import Explanation, FacetCounts, Hit, Results
from searchlib.schema import Date, Schema, Text
from searchlib.search.searcher import FacetRequest, IndexSearcher, SortKey, TopDocs
from searchlib.stats import FieldStats, Stats
from searchlib.whoosh_backend.fallback import MatcherFallback

__all__ = ["Snapshot"]

_SIMILAR_WORDS = 25
_CORRECTED = 8  # unknown words of a query that may be replaced


class Snapshot:
    """The archive as of one commit, with the same search methods as :class:`Archive`.

    Close it, or use it in ``with``, to give its files back; results of its searches then cannot
    read their articles any more.
    """

    def __init__(
        self, store: IndexStore, dates: DateSettings, limits: Limits | None = None
    ) -> None:
        self._stored = store.snapshot()
        self._dates = dates
        self._limits = limits or Limits()
        self._block = store.postings_format.block
        self._engine = self._new_engine()
        self._keys: list[Callable[[int], str]] | None = None  # of documents, by segment
        self.schema: Schema = self._stored.schema
        #: The commit that is seen.
        self.manifest: Manifest = self._stored.manifest
        # Whoever still holds results holds this object; when none does, the files go back.
        self._finalizer = weakref.finalize(self, IndexReader.close, self._stored)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def __len__(self) -> int:
        return self._stored.live

    @property
    def generation(self) -> int:
        """The number of the commit: it grows with every change."""
        return self._stored.generation

    def close(self) -> None:
        """Give the files back. A second call does nothing."""
        self._finalizer()
        # They remember arrays, and each keeps a file mapped.
        self._engine = self._new_engine()
        self._keys = None

    def _new_engine(self) -> IndexSearcher:
        engine = IndexSearcher(
            self._stored, self._dates.zone, block=self._block,
            fallback=MatcherFallback(self._stored),
        )  # fmt: skip
        limits = self._limits
        engine.compiler.limit(limits.expansions, limits.reread, limits.seconds)
        return engine

    def parse(self, query: str, *, match: str = "all", lenient: bool = False) -> Parsed:
        """What a query means: see :meth:`Archive.parse`."""
        return parse(
            query, self.schema, match=match, dates=self._dates, limits=self._limits,
            lenient=lenient,
        )  # fmt: skip

    def search(
        self, query: Any, *, limit: int = 10, offset: int = 0, facets: Iterable[str] = (),
        sort: str | None = None, match: str = "all", highlight: bool = True,
        lenient: bool = False,
    ) -> Results:  # fmt: skip
        """Search this commit: see :meth:`Archive.search`."""
        started = time.perf_counter()
        self._stored.check_open()
        facets = (facets,) if isinstance(facets, str) else tuple(facets or ())
        if not _are_counts(limit, offset):
            raise QueryError("bad-page", (0, 0), "limit and offset are whole numbers from 0 on")
        asked = self._understand(query, match, lenient)
        order = None if sort in (None, "rank") else self._spec(SortKey, sort)
        specs = [self._spec(FacetRequest, facet) for facet in facets] if facets else []
        try:
            answer = self._engine.run(asked.tree, offset + limit, sort=order, facets=specs)
        except QueryError as error:
            raise asked.located(error) from None
        marks = asked.marks
        return Results(
            self._hits(answer, offset, marks if highlight else tuple),
            total=answer.total,
            took=time.perf_counter() - started,
            query=asked.said,
            notes=lambda: asked.notes(self._remarks),
            facets=_counted(answer) if specs else {},
            offset=offset,
            limit=limit,
            page=lambda start: self.search(
                query, limit=limit, offset=start, facets=facets, sort=sort, match=match,
                highlight=highlight, lenient=lenient,
            ),
        )  # fmt: skip

    def count(self, query: Any, *, match: str = "all") -> int:
        """How many articles match."""
        return self.search(query, limit=0, match=match, highlight=False).total

    def get(self, id: str) -> dict[str, Any] | None:
        """The article with this key as it is kept, or None."""
        self._stored.check_open()
        found = self._stored.find(self.schema.clean_key(id))
        return None if found is None else dict(self._load(*found))

    def export(self) -> Iterator[dict[str, Any]]:
        """All articles as they are kept, in the order in which they were added."""
        self._stored.check_open()
        for segment in self._stored.segments:
            for document, data in enumerate(segment.data.stored):
                if segment.live is None or segment.live[document]:
                    yield self._record(data)

    def explain(self, query: Any, id: str, *, match: str = "all") -> Explanation:
        """Why the article with this key has its score: see :meth:`Archive.explain`."""
        self._stored.check_open()
        place = self._stored.find(self.schema.clean_key(id))
        asked = self._understand(query, match, lenient=False)
        if place is None:
            return Explanation(f"no article has the key {id!r}", 0.0, False)
        made = self._explain(asked.tree, place)
        return Explanation(asked.said(), made.score, made.matched, made.parts or (made,))

    def similar(self, id: str, *, limit: int = 10) -> Results:
        """Articles that share the telling words of one: see :meth:`Archive.similar`."""
        self._stored.check_open()
        id = self.schema.clean_key(id)
        place = self._stored.find(id)
        if place is None:
            raise QueryError("unknown-key", (0, len(id)), f"no article has the key {id!r}", "", id)
        key = wq.Term(self.schema.key, id)
        terms = self._telling(self._load(*place))
        return self.search(wq.AndNot(wq.Or(terms), key) if terms else wq.NullQuery, limit=limit)

    def suggest(self, start: str, *, limit: int = 10) -> list[str]:
        """Words of the archive that begin like this, the commonest first."""
        self._stored.check_open()
        return suggest.completions(self._stored, self.schema, start, limit)

    def did_you_mean(self, query: str) -> str | None:
        """The query with its unknown words replaced by near ones, or None."""
        self._stored.check_open()
        marks = self.parse(query).highlight_terms
        asked = {term for m in marks if _has_words(m) for term in m.terms}
        left = _CORRECTED

        def corrected(match: re.Match[str]) -> str:
            nonlocal left
            token = match[0]
            folded = analysis.fold(token)
            forms = {folded, *(analysis.stem(folded, n) for n in self._languages.values())}
            if left <= 0 or (token in self.schema.fields and query.startswith(":", match.end())):
                return token  # enough, or the name of a field
            if forms.isdisjoint(asked) or suggest.is_known(self._stored, self.schema, token):
                return token
            left -= 1
            return suggest.correction(self._stored, self.schema, token) or token

        fixed = analysis.TOKEN.sub(corrected, query)
        return fixed if fixed != query else None

    def stats(self) -> Stats:
        """Counts and sizes: see :meth:`Archive.stats`."""
        self._stored.check_open()
        segments, manifest = self._stored.segments, self._stored.manifest
        deletes = sum(-(-s.documents // 8) for s in segments if s.info.deletes)
        return Stats(
            articles=self._stored.live,
            deleted=self._stored.documents - self._stored.live,
            segments=len(segments),
            bytes=sum(s.info.bytes for s in segments) + deletes + len(manifest.to_bytes()),
            generation=self._stored.generation,
            fields=tuple(self._field_stats(name) for name in self.schema.fields),
        )

    def _field_stats(self, name: str) -> FieldStats:
        kind = self.schema.fields[name].kind
        words, values = 0, set[bytes]()
        low: list[Any] = []
        high: list[Any] = []
        for segment in self._stored.segments:
            if (text := segment.data.text(name)) is not None:
                words += text.tokens
            elif (keywords := segment.data.keyword(name)) is not None:
                values.update(keywords.terms)
            elif (numbers := segment.data.number(name)) is not None and len(numbers.order):
                ordered = numbers.sorted()
                low.append(ordered[0].item())
                high.append(ordered[-1].item())
        span = (min(low), max(high)) if low else None
        if span and kind == "date":
            local = [from_micros(value).astimezone(self._dates.zone) for value in span]
            return FieldStats(name, kind, words, len(values), *(f"{d:%Y-%m-%d}" for d in local))
        return FieldStats(name, kind, words, len(values), *(span or (None, None)))

    def _understand(self, query: Any, match: str, lenient: bool) -> _Asked:
        if isinstance(query, str):
            parsed = parse(
                query, self.schema, match=match, dates=self._dates, limits=self._limits,
                lenient=lenient,
            )  # fmt: skip
            return _Asked(parsed.query, parsed, self.schema)
        return _Asked(query, None, self.schema)

    def _remarks(self, parsed: Parsed) -> list[str]:
        """What the archive says to a query: words and values it lacks, words of no use."""
        self._stored.check_open()
        absent = suggest.absent(self._stored, self.schema, parsed.node)
        return [*absent, *suggest.common(self._stored, self.schema, parsed.node)]

    def _spec(self, kind: Any, text: str) -> Any:
        if not isinstance(text, str):
            raise QueryError("unknown-field", (0, 0), f"the name of a field is text, not {text!r}")
        try:
            return kind(text, self.schema)
        except ValueError as error:
            raise QueryError("unknown-field", (0, len(text)), str(error), "", text) from None

    def _hits(
        self, answer: TopDocs, offset: int, marks: Callable[[], Sequence[HighlightTerm]]
    ) -> list[Hit]:
        hits, languages, load, rank = [], self._languages, self._load, offset
        keys = self._keys
        if keys is None:
            keys = [segment.data.keys.keys.text for segment in self._stored.segments]
            self._keys = keys
        for segment, document, score in answer.best[offset:] if offset else answer.best:
            rank += 1
            key, place = keys[segment](document), (segment, document)
            hits.append(Hit(key, score, rank, load, marks, languages, place))
        return hits

    @cached_property
    def _languages(self) -> dict[str, str]:
        return {n: f.language for n, f in self.schema if isinstance(f, Text)}

    def _load(self, segment: int, document: int) -> Mapping[str, Any]:
        self._stored.check_open()
        return self._record(self._stored.segments[segment].data.stored[document])

    def _record(self, data: bytes) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(data)
        ordered = {name: record[name] for name in self.schema.fields if name in record}
        return ordered | record

    def _explain(self, query: Any, place: tuple[int, int]) -> Explanation:
        score = self._engine.score(query, *place)
        children = [] if query.is_leaf() else list(query.children())
        if hasattr(query, "subqueries") and not children:
            children = list(query.subqueries)
        parts = tuple(self._explain(child, place) for child in children)
        return Explanation(self._said(query), score or 0.0, score is not None, parts)

    def _said(self, query: Any) -> str:
        """A part of a query in words; dates are kept as numbers, which say nothing."""
        if isinstance(query, wq.NumericRange) and query.fieldname in self.schema.names(Date):
            ends = ("" if end is None else f"{from_micros(end):%Y-%m-%dT%H:%MZ}"
                    for end in (query.start, query.end))  # fmt: skip
            return f"{query.fieldname} from {' to '.join(ends)}"
        return str(query)

    def _telling(self, record: Mapping[str, Any]) -> list[Any]:
        """The terms of an article that tell it from others, by frequency and rarity."""
        weighed: list[tuple[float, str, str]] = []
        for name in self.schema.names(Text):
            field = self.schema.fields[name]
            assert isinstance(field, Text)
            counts: dict[str, int] = {}
            for token in analysis.tokenize(record.get(name, "")):
                term = analysis.stem(analysis.fold(token), field.language)
                counts[term] = counts.get(term, 0) + 1
            for term, count in counts.items():
                lists = self._engine.compiler.lists(name, term.encode())
                documents = sum(found.count for found in lists if found is not None)
                if documents > 1 and len(term) > 2:
                    rarity = float(np.log(self._stored.documents / documents))
                    weighed.append((count * rarity * field.weight, name, term))
        weighed.sort(reverse=True)
        return [wq.Term(name, term) for _, name, term in weighed[:_SIMILAR_WORDS]]


class _Asked:
    """A query to be run: its tree, what it says, and what to mark, worked out when asked for."""

    __slots__ = ("_marks", "_parsed", "_schema", "tree")

    def __init__(self, tree: Any, parsed: Parsed | None, schema: Schema) -> None:
        self.tree = tree
        self._parsed = parsed
        self._schema = schema
        self._marks: Sequence[HighlightTerm] | None = None

    def said(self) -> str:
        """What was understood."""
        return str(self.tree) if self._parsed is None else self._parsed.canonical

    def notes(self, remarks: Callable[[Parsed], list[str]]) -> list[str]:
        """Notes about it, with what ``remarks`` has to say."""
        if self._parsed is None:
            return []
        return [*self._parsed.notes, *remarks(self._parsed)]

    def located(self, error: QueryError) -> QueryError:
        """An error of running the query, with the place in its text."""
        if self._parsed is None or error.span != (0, 0):
            return error
        return self._parsed.locate_error(error)

    def marks(self) -> Sequence[HighlightTerm]:
        """The words to mark."""
        if self._marks is None:
            parsed = self._parsed
            self._marks = (
                highlight_terms_of(self.tree, self._schema)
                if parsed is None
                else parsed.highlight_terms
            )
        return self._marks


def _counted(answer: TopDocs) -> dict[str, FacetCounts]:
    return {name: FacetCounts(name, *counts) for name, counts in answer.facets.items()}


def _are_counts(*numbers: Any) -> bool:
    for number in numbers:
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            return False
    return True


def _has_words(mark: HighlightTerm) -> bool:
    return mark.kind in ("term", "phrase")
