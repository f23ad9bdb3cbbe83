"""A ``whoosh.query`` tree -> a plan (:mod:`searchlib.search.plan_boolean`).

The common queries have nodes of their own. Any other one is run by Whoosh's matchers over our
reader, and its documents and scores then stand in the plan like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from whoosh import query as wq
from whoosh.query.qcore import _NullQuery

from searchlib.codec.text_field import PostingList
from searchlib.errors import QueryError
from searchlib.index.field_terms import FieldTerms, field_terms
from searchlib.index.index_reader import IndexReader
from searchlib.schema import Date, Key, Keyword, Number, Text
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet
from searchlib.search.multi_term import MULTI_TERM_QUERIES, MultiTermExpansion
from searchlib.search.plan_boolean import (
    AndMaybeNode,
    AndNode,
    AndNotNode,
    ConstantScoreNode,
    OrNode,
    PlanNode,
)
from searchlib.search.plan_leaves import (
    FixedDocsNode,
    MatchAllNode,
    MatchNoneNode,
    RangeNode,
    SortedDocValues,
    TermNode,
)
from searchlib.search.plan_phrase import PhraseNode
from searchlib.search.span_planner import TextUnits, spans_node
from searchlib.span_queries import AtLeast, Near, Same, Within

__all__ = ["Fallback", "Planner"]

_KEPT_LISTS = 1 << 14
_EXPANSIONS = 10_000  # words that a pattern may stand for
_REREAD = 5000  # articles that may be read for their sentences

#: Runs a query that has no plan: for each segment the documents that match, ascending, and
#: their scores. The second argument checks the time budget, and may raise.
Fallback = Callable[[Any, Callable[[], None]], Iterable[tuple[Any, Any]]]


class Planner:
    """Makes plans for one snapshot; what it looks up is kept for the next query."""

    def __init__(
        self, snapshot: IndexReader, stats: CollectionStatistics, block: int, fallback: Fallback
    ) -> None:
        self._snapshot = snapshot
        self._schema = snapshot.schema
        self._whoosh = snapshot.schema.to_whoosh()
        self._stats = stats
        self._block = block
        self._lexicons: dict[tuple[int, str], FieldTerms | None] = {}
        self._lists: dict[tuple[str, bytes], list[PostingList | None]] = {}
        self._terms: dict[tuple[str, str | bytes, float], TermNode] = {}
        self._columns: dict[str, list[SortedDocValues | None]] = {}
        self._fallback = fallback
        self._clock = stats.clock
        self._seconds = float("inf")
        self._expansion = MultiTermExpansion(
            self.field_terms, self.term, self.to_bytes, _EXPANSIONS, self._clock
        )
        self.units = TextUnits(snapshot, _REREAD, self._clock)

    def plan(self, query: Any) -> PlanNode:
        """The plan of a whole query, whose patterns are counted together; its time begins."""
        self._clock.begin(self._seconds)
        return self.compile(query)

    def compile(self, query: Any) -> PlanNode:
        """The plan of a query; :class:`QueryError` if it cannot be run."""
        make = _MAKERS.get(type(query))
        made = make(self, query) if make is not None else None
        return made if made is not None else self._foreign(query)

    def nothing(self) -> PlanNode:
        """The plan that finds nothing."""
        return MatchNoneNode(self._stats, self._block)

    def field_terms(self, segment: int, name: str) -> FieldTerms | None:
        """The terms of a field in a segment."""
        key = (segment, name)
        if key not in self._lexicons:
            data = self._snapshot.segments[segment].core
            self._lexicons[key] = field_terms(data, self._schema, name)
        return self._lexicons[key]

    def lists(self, name: str, term: bytes) -> list[PostingList | None]:
        """The posting lists of a word in each segment; kept for the next query."""
        key = (name, term)
        found = self._lists.get(key)
        if found is not None:
            return found
        found = []
        for segment in range(len(self._snapshot.segments)):
            words: Any = self.field_terms(segment, name)
            found.append(None if words is None else words.posting_list(term))
        if len(self._lists) >= _KEPT_LISTS:
            self._lists.clear()
        self._lists[key] = found
        return found

    def is_text(self, name: str) -> bool:
        """Whether a Whoosh field is a text field (or its twin)."""
        return isinstance(self._schema.fields.get(self._schema.base(name)), Text)

    def _term(self, query: Any) -> PlanNode | None:
        name, text, boost = query.fieldname, query.text, query.boost
        known = self._terms.get((name, text, boost)) if type(text) is str else None
        if known is not None:
            return known
        if name not in self._whoosh:
            return self.nothing()
        try:
            term = self._whoosh[name].to_bytes(text)
        except ValueError:
            return self.nothing()
        made = self.term(name, term, boost)
        if type(made) is TermNode and type(text) is str:
            self._terms[name, text, boost] = made
        return made

    def term(self, name: str, term: bytes, boost: float = 1.0) -> PlanNode:
        """The plan of one term of any kind of field."""
        key = (name, term, boost)
        known = self._terms.get(key)
        if known is not None:
            return known
        if self.is_text(name):
            field: Any = self._schema.fields[self._schema.base(name)]
            base = self._schema.base(name)
            made = TermNode(
                self._stats, self._block, base, self.lists(name, term), field.weight, boost
            )
            if len(self._terms) >= _KEPT_LISTS:
                self._terms.clear()
            self._terms[key] = made
            return made
        sets = []
        for segment, part in enumerate(self._snapshot.segments):
            words = self.field_terms(segment, name)
            found = words.find(term) if words is not None else None
            docs = np.empty(0, np.int32) if found is None else found.docs
            sets.append(DocSet(part.documents, docs=docs))
        return FixedDocsNode(self._stats, self._block, sets, boost)

    def _and(self, query: Any) -> PlanNode | None:
        children: list[PlanNode] = []
        for child in query.subqueries:
            children.append(self.compile(child))
        if not children:
            return self.nothing()
        # Whoosh passes a single child on as it is, without this query's boost.
        if len(children) == 1:
            return children[0]
        return AndNode(self._stats, self._block, children, query.boost)

    def _or(self, query: Any) -> PlanNode | None:
        if query.scale and len(query.subqueries) > 1:
            return None
        children = [self.compile(child) for child in query.subqueries]
        if not children:
            return self.nothing()
        if len(children) == 1:
            return children[0]
        return OrNode(self._stats, self._block, children, query.boost)

    def _and_not(self, query: Any) -> PlanNode:
        return AndNotNode(self._stats, self._block, self.compile(query.a), self.compile(query.b))

    def _and_maybe(self, query: Any) -> PlanNode:
        return AndMaybeNode(self._stats, self._block, self.compile(query.a), self.compile(query.b))

    def _not(self, query: Any) -> PlanNode:
        everything = MatchAllNode(self._stats, self._block, 1.0)
        return AndNotNode(self._stats, self._block, everything, self.compile(query.query))

    def _constant(self, query: Any) -> PlanNode:
        return ConstantScoreNode(self._stats, self._block, self.compile(query.child), query.score)

    def _every(self, query: Any) -> PlanNode:
        name = query.fieldname
        if name in (None, "", "*"):
            return MatchAllNode(self._stats, self._block, query.boost)
        sets = []
        for segment, part in enumerate(self._snapshot.segments):
            sets.append(DocSet(part.documents, mask=self._has(segment, name)))
        return FixedDocsNode(self._stats, self._block, sets, query.boost)

    def _has(self, segment: int, name: str) -> Any:
        """Which documents of a segment have any term in a field: bool."""
        part = self._snapshot.segments[segment]
        name = self._schema.base(name)
        field = self._schema.fields.get(name)
        mask = np.zeros(part.documents, bool)
        if isinstance(field, Text):
            text = part.core.text(name)
            return mask if text is None else np.asarray(text.lengths > 0)
        if isinstance(field, Keyword):
            if (keywords := part.core.keyword(name)) is not None:
                for rank in range(len(keywords.terms)):
                    mask[keywords.docs(rank)] = True
        elif isinstance(field, (Date, Number)):
            if (numbers := part.core.number(name)) is not None:
                mask[numbers.docs_with_value()] = True
        elif isinstance(field, Key):
            mask[:] = True
        return mask

    def _range(self, query: Any) -> PlanNode | None:
        name = query.fieldname
        columns = self._columns.get(name)
        if columns is None:
            if not isinstance(self._schema.fields.get(name), (Date, Number)):
                return None
            found = [part.core.number(name) for part in self._snapshot.segments]
            columns = [None if one is None else SortedDocValues(one) for one in found]
            self._columns[name] = columns
        if not query.constantscore:
            return None
        return RangeNode(
            self._stats, self._block, columns, query.start, query.end,
            query.startexcl, query.endexcl, query.boost,
        )  # fmt: skip

    def _phrase(self, query: Any) -> PlanNode | None:
        name, words = query.fieldname, query.words
        if name not in self._whoosh:
            return self.nothing()
        if not self.is_text(name) or len(words) < 2:
            return None
        terms = [self.term(name, self._whoosh[name].to_bytes(word)) for word in words]
        nodes = [term for term in terms if isinstance(term, TermNode)]
        return PhraseNode(self._stats, self._block, nodes, query.slop, query.boost)

    def _expanded(self, query: Any) -> PlanNode | None:
        name = query.fieldname
        if name not in self._whoosh:
            return self.nothing()
        ranged = isinstance(query, wq.TermRange)
        if (ranged and not self.is_text(name)) or (isinstance(query, wq.Prefix) and not query.text):
            return None
        return self._expansion.plan(query, self.nothing())

    def expanded(self, query: Any, segment: int) -> list[bytes]:
        """The words of a segment that a pattern stands for, sorted."""
        return self._expansion.terms(query, segment)

    def starts(self, segment: int, name: str) -> Any:
        """Where the documents of a text field begin, if they stand end to end, or None."""
        field = self._snapshot.segments[segment].core.text(self._schema.base(name))
        return None if field is None else field.doc_starts

    def to_bytes(self, name: str, text: Any) -> bytes:
        """A word as it stands in the index."""
        made: bytes = self._whoosh[name].to_bytes(text)
        return made

    def limit(self, expansions: int, reread: int, seconds: float) -> None:
        """Set how many words a pattern may stand for, how many articles may be read, and how
        long a query may take."""
        self._expansion.most = expansions
        self.units.most = reread
        self._seconds = seconds

    def _placed(self, query: Any) -> PlanNode:
        return spans_node(self, query)

    def _foreign(self, query: Any) -> PlanNode:
        if not isinstance(query, wq.Query):
            raise QueryError(
                "not-a-query", (0, 0), f"{type(query).__name__} is not a query",
                "pass text or a whoosh.query tree",
            )  # fmt: skip
        sets, scores = [], []
        results = self._fallback(query, self._clock.check)
        for part, (docs, values) in zip(self._snapshot.segments, results, strict=True):
            sets.append(DocSet(part.documents, docs=docs))
            scores.append(values)
        return FixedDocsNode(self._stats, self._block, sets, scores)


_MAKERS: dict[type, Callable[[Planner, Any], PlanNode | None]] = {
    wq.Term: Planner._term,
    wq.And: Planner._and,
    wq.Or: Planner._or,
    wq.Not: Planner._not,
    wq.AndNot: Planner._and_not,
    wq.AndMaybe: Planner._and_maybe,
    wq.ConstantScoreQuery: Planner._constant,
    wq.Every: Planner._every,
    wq.NumericRange: Planner._range,
    wq.DateRange: Planner._range,
    wq.Phrase: Planner._phrase,
    **dict.fromkeys(MULTI_TERM_QUERIES, Planner._expanded),
    **dict.fromkeys((Near, Same, AtLeast, Within), Planner._placed),
    _NullQuery: lambda compiler, _: compiler.nothing(),
}
