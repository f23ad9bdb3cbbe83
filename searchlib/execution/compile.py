"""A ``whoosh.query`` tree -> a plan (:mod:`searchlib.execution.nodes`).

The common queries have nodes of their own. Any other one is run by Whoosh's matchers over our
reader, and its documents and scores then stand in the plan like any others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from whoosh import query as wq
from whoosh.query.qcore import QueryError as WhooshQueryError
from whoosh.query.qcore import _NullQuery
from whoosh.searching import SearchContext, Searcher

from searchlib.backend.index import reader_of
from searchlib.backend.lexicon import Lexicon, lexicon
from searchlib.errors import QueryError, SearchlibError
from searchlib.execution.clock import Clock
from searchlib.execution.docset import DocSet
from searchlib.execution.expansion import EXPANDED, Expansion
from searchlib.execution.leaves import All, Given, Nothing, Ordered, Range, Term
from searchlib.execution.nodes import And, AndMaybe, AndNot, Constant, Node, Or
from searchlib.execution.parts import Units, placed
from searchlib.execution.phrase import Phrase
from searchlib.execution.queries import AtLeast, Near, Same, Within
from searchlib.execution.scoring import Statistics
from searchlib.schema import Date, Key, Keyword, Number, Text
from searchlib.storage.store import Snapshot
from searchlib.storage.text import PostingList

__all__ = ["Compiler"]

_KEPT_LISTS = 1 << 14
_NOT_RUN = (WhooshQueryError, NotImplementedError, AttributeError, ValueError, LookupError)
_EXPANSIONS = 10_000  # words that a pattern may stand for
_REREAD = 5000  # articles that may be read for their sentences
_STEPS = 1024  # documents that Whoosh's matchers go through between looks at the clock


class Compiler:
    """Makes plans for one snapshot; what it looks up is kept for the next query."""

    def __init__(self, snapshot: Snapshot, stats: Statistics, block: int) -> None:
        self._snapshot = snapshot
        self._schema = snapshot.schema
        self._whoosh = snapshot.schema.to_whoosh()
        self._stats = stats
        self._block = block
        self._lexicons: dict[tuple[int, str], Lexicon | None] = {}
        self._lists: dict[tuple[str, bytes], list[PostingList | None]] = {}
        self._terms: dict[tuple[str, str | bytes, float], Term] = {}
        self._columns: dict[str, list[Ordered | None]] = {}
        self._leaves: list[Any] | None = None
        self._clock = stats.clock
        self._seconds = float("inf")
        self._expansion = Expansion(
            self.lexicon, self.term, self.to_bytes, _EXPANSIONS, self._clock
        )
        self.units = Units(snapshot, _REREAD, self._clock)

    def plan(self, query: Any) -> Node:
        """The plan of a whole query, whose patterns are counted together; its time begins."""
        self._clock.begin(self._seconds)
        return self.compile(query)

    def compile(self, query: Any) -> Node:
        """The plan of a query; :class:`QueryError` if it cannot be run."""
        make = _MAKERS.get(type(query))
        made = make(self, query) if make is not None else None
        return made if made is not None else self._foreign(query)

    def nothing(self) -> Node:
        """The plan that finds nothing."""
        return Nothing(self._stats, self._block)

    def lexicon(self, segment: int, name: str) -> Lexicon | None:
        """The terms of a field in a segment."""
        key = (segment, name)
        if key not in self._lexicons:
            data = self._snapshot.segments[segment].data
            self._lexicons[key] = lexicon(data, self._schema, name)
        return self._lexicons[key]

    def lists(self, name: str, term: bytes) -> list[PostingList | None]:
        """The posting lists of a word in each segment; kept for the next query."""
        key = (name, term)
        found = self._lists.get(key)
        if found is not None:
            return found
        found = []
        for segment in range(len(self._snapshot.segments)):
            words: Any = self.lexicon(segment, name)
            found.append(None if words is None else words.list(term))
        if len(self._lists) >= _KEPT_LISTS:
            self._lists.clear()
        self._lists[key] = found
        return found

    def is_text(self, name: str) -> bool:
        """Whether a Whoosh field is a text field (or its twin)."""
        return isinstance(self._schema.fields.get(self._schema.base(name)), Text)

    def _term(self, query: Any) -> Node | None:
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
        if type(made) is Term and type(text) is str:
            self._terms[name, text, boost] = made
        return made

    def term(self, name: str, term: bytes, boost: float = 1.0) -> Node:
        """The plan of one term of any kind of field."""
        key = (name, term, boost)
        known = self._terms.get(key)
        if known is not None:
            return known
        if self.is_text(name):
            field: Any = self._schema.fields[self._schema.base(name)]
            base = self._schema.base(name)
            made = Term(self._stats, self._block, base, self.lists(name, term), field.weight, boost)
            if len(self._terms) >= _KEPT_LISTS:
                self._terms.clear()
            self._terms[key] = made
            return made
        sets = []
        for segment, part in enumerate(self._snapshot.segments):
            words = self.lexicon(segment, name)
            found = words.find(term) if words is not None else None
            docs = np.empty(0, np.int32) if found is None else found.docs
            sets.append(DocSet(part.documents, docs=docs))
        return Given(self._stats, self._block, sets, boost)

    def _and(self, query: Any) -> Node | None:
        children: list[Node] = []
        for child in query.subqueries:
            children.append(self.compile(child))
        if not children:
            return self.nothing()
        # Whoosh passes a single child on as it is, without this query's boost.
        if len(children) == 1:
            return children[0]
        return And(self._stats, self._block, children, query.boost)

    def _or(self, query: Any) -> Node | None:
        if query.scale and len(query.subqueries) > 1:
            return None
        children = [self.compile(child) for child in query.subqueries]
        if not children:
            return self.nothing()
        if len(children) == 1:
            return children[0]
        return Or(self._stats, self._block, children, query.boost)

    def _and_not(self, query: Any) -> Node:
        return AndNot(self._stats, self._block, self.compile(query.a), self.compile(query.b))

    def _and_maybe(self, query: Any) -> Node:
        return AndMaybe(self._stats, self._block, self.compile(query.a), self.compile(query.b))

    def _not(self, query: Any) -> Node:
        everything = All(self._stats, self._block, 1.0)
        return AndNot(self._stats, self._block, everything, self.compile(query.query))

    def _constant(self, query: Any) -> Node:
        return Constant(self._stats, self._block, self.compile(query.child), query.score)

    def _every(self, query: Any) -> Node:
        name = query.fieldname
        if name in (None, "", "*"):
            return All(self._stats, self._block, query.boost)
        sets = []
        for segment, part in enumerate(self._snapshot.segments):
            sets.append(DocSet(part.documents, mask=self._has(segment, name)))
        return Given(self._stats, self._block, sets, query.boost)

    def _has(self, segment: int, name: str) -> Any:
        """Which documents of a segment have any term in a field: bool."""
        part = self._snapshot.segments[segment]
        name = self._schema.base(name)
        field = self._schema.fields.get(name)
        mask = np.zeros(part.documents, bool)
        if isinstance(field, Text):
            text = part.data.text(name)
            return mask if text is None else np.asarray(text.lengths > 0)
        if isinstance(field, Keyword):
            if (keywords := part.data.keyword(name)) is not None:
                for rank in range(len(keywords.terms)):
                    mask[keywords.docs(rank)] = True
        elif isinstance(field, (Date, Number)):
            if (numbers := part.data.number(name)) is not None:
                mask[numbers.present()] = True
        elif isinstance(field, Key):
            mask[:] = True
        return mask

    def _range(self, query: Any) -> Node | None:
        name = query.fieldname
        columns = self._columns.get(name)
        if columns is None:
            if not isinstance(self._schema.fields.get(name), (Date, Number)):
                return None
            found = [part.data.number(name) for part in self._snapshot.segments]
            columns = [None if one is None else Ordered(one) for one in found]
            self._columns[name] = columns
        if not query.constantscore:
            return None
        return Range(
            self._stats, self._block, columns, query.start, query.end,
            query.startexcl, query.endexcl, query.boost,
        )  # fmt: skip

    def _phrase(self, query: Any) -> Node | None:
        name, words = query.fieldname, query.words
        if name not in self._whoosh:
            return self.nothing()
        if not self.is_text(name) or len(words) < 2:
            return None
        terms = [self.term(name, self._whoosh[name].to_bytes(word)) for word in words]
        nodes = [term for term in terms if isinstance(term, Term)]
        return Phrase(self._stats, self._block, nodes, query.slop, query.boost)

    def _expanded(self, query: Any) -> Node | None:
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
        field = self._snapshot.segments[segment].data.text(self._schema.base(name))
        return None if field is None else field.starts

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

    def _placed(self, query: Any) -> Node:
        return placed(self, query)

    def _foreign(self, query: Any) -> Node:
        if not isinstance(query, wq.Query):
            raise QueryError(
                "not-a-query", (0, 0), f"{type(query).__name__} is not a query",
                "pass text or a whoosh.query tree",
            )  # fmt: skip
        sets, scores = [], []
        try:
            for part, searcher in zip(self._snapshot.segments, self._searchers(), strict=True):
                docs, values = _run(query, searcher, self._clock)
                sets.append(DocSet(part.documents, docs=docs))
                scores.append(values)
        except SearchlibError:
            raise
        except _NOT_RUN as e:
            raise QueryError(
                "not-supported", (0, 0), f"{type(query).__name__} cannot be run: {e}"
            ) from e
        return Given(self._stats, self._block, sets, scores)

    def _searchers(self) -> list[Any]:
        if self._leaves is None:
            self._searcher = Searcher(reader_of(self._snapshot))
            self._leaves = [leaf for leaf, _ in self._searcher.leaf_searchers()]
        return self._leaves if self._snapshot.segments else []


def _run(query: Any, searcher: Any, clock: Clock) -> tuple[Any, Any]:
    context = SearchContext(weighting=searcher.weighting, top_query=query)
    matcher = query.matcher(searcher, context)
    docs, scores = [], []
    while matcher.is_active():
        docs.append(matcher.id())
        scores.append(matcher.score())
        matcher.next()
        if len(docs) % _STEPS == 0:
            clock.check()
    return np.array(docs, np.int64), np.array(scores, np.float64)


_MAKERS: dict[type, Callable[[Compiler, Any], Node | None]] = {
    wq.Term: Compiler._term,
    wq.And: Compiler._and,
    wq.Or: Compiler._or,
    wq.Not: Compiler._not,
    wq.AndNot: Compiler._and_not,
    wq.AndMaybe: Compiler._and_maybe,
    wq.ConstantScoreQuery: Compiler._constant,
    wq.Every: Compiler._every,
    wq.NumericRange: Compiler._range,
    wq.DateRange: Compiler._range,
    wq.Phrase: Compiler._phrase,
    **dict.fromkeys(EXPANDED, Compiler._expanded),
    **dict.fromkeys((Near, Same, AtLeast, Within), Compiler._placed),
    _NullQuery: lambda compiler, _: compiler.nothing(),
}
