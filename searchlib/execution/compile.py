"""A ``whoosh.query`` tree -> a plan (:mod:`searchlib.execution.nodes`).

The common queries have nodes of their own. Any other one is run by Whoosh's matchers over our
reader, and its documents and scores then stand in the plan like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import whoosh
from whoosh import query as wq
from whoosh.query.qcore import QueryError as WhooshQueryError
from whoosh.query.qcore import _NullQuery
from whoosh.searching import SearchContext, Searcher

from searchlib.backend.index import reader_of
from searchlib.backend.lexicon import Lexicon, lexicon
from searchlib.errors import QueryError, SearchlibError
from searchlib.execution.docset import DocSet
from searchlib.execution.nodes import (
    All,
    And,
    AndMaybe,
    AndNot,
    Constant,
    Given,
    Node,
    Nothing,
    Or,
    Term,
)
from searchlib.execution.phrase import Phrase
from searchlib.execution.scoring import Statistics
from searchlib.schema import Date, Key, Keyword, Number, Text
from searchlib.storage.store import Snapshot
from searchlib.storage.text import PostingList

__all__ = ["Compiler"]

_KEPT_LISTS = 1 << 14
_NOT_RUN = (WhooshQueryError, NotImplementedError, AttributeError, ValueError, LookupError)
_LONE_BOOSTED = whoosh.__version__ >= (3,)
_EXPANSIONS = 10_000  # words that a pattern may stand for


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
        self._leaves: list[Any] | None = None

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
        name = query.fieldname
        if name not in self._whoosh:
            return self.nothing()
        try:
            term = self._whoosh[name].to_bytes(query.text)
        except ValueError:
            return self.nothing()
        return self.term(name, term, query.boost)

    def term(self, name: str, term: bytes, boost: float = 1.0) -> Node:
        """The plan of one term of any kind of field."""
        if self.is_text(name):
            field: Any = self._schema.fields[self._schema.base(name)]
            base = self._schema.base(name)
            lists = self.lists(name, term)
            return Term(self._stats, self._block, base, lists, field.weight, boost)
        sets = []
        for segment, part in enumerate(self._snapshot.segments):
            words = self.lexicon(segment, name)
            found = words.find(term) if words is not None else None
            docs = np.empty(0, np.int32) if found is None else found.docs
            sets.append(DocSet(part.documents, docs=docs))
        return Given(self._stats, self._block, sets, boost)

    def _and(self, query: Any) -> Node | None:
        children = [self.compile(child) for child in query.subqueries]
        if not children:
            return self.nothing()
        # Whoosh passes a single child on as it is, without this query's boost.
        return children[0] if len(children) == 1 else self._all_of(children, query)

    def _all_of(self, children: Sequence[Node], query: Any) -> Node:
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
        field = self._schema.fields.get(query.fieldname)
        if not isinstance(field, (Date, Number)) or not query.constantscore:
            return None
        sets = []
        for part in self._snapshot.segments:
            column = part.data.number(query.fieldname)
            docs = np.empty(0, np.int64)
            if column is not None:
                docs = column.between(
                    query.start, query.end, low_open=query.startexcl, high_open=query.endexcl
                )
            sets.append(DocSet.of(part.documents, docs))
        return Given(self._stats, self._block, sets, query.boost)

    def _phrase(self, query: Any) -> Node | None:
        name, words = query.fieldname, query.words
        if name not in self._whoosh:
            return self.nothing()
        if not self.is_text(name) or len(words) < 2:
            return None
        terms = [self.term(name, self._whoosh[name].to_bytes(word)) for word in words]
        nodes = [term for term in terms if isinstance(term, Term)]
        return Phrase(self._stats, self._block, nodes, query.slop, query.boost)

    def _prefix(self, query: Any) -> Node | None:
        if not query.text or query.fieldname not in self._whoosh:
            return None
        prefix = self._whoosh[query.fieldname].to_bytes(query.text)
        after = _after(prefix)
        return self._multi(query, lambda words: (words.rank(prefix), words.rank(after)))

    def _term_range(self, query: Any) -> Node | None:
        if query.fieldname not in self._whoosh or not self.is_text(query.fieldname):
            return None
        to_bytes = self._whoosh[query.fieldname].to_bytes
        start = b"" if query.start is None else to_bytes(query.start)
        end = b"\xff\xff\xff\xff" if query.end is None else to_bytes(query.end)

        def span(words: Lexicon) -> tuple[int, int]:
            first, last = words.rank(start), words.rank(end)
            if query.startexcl and first < len(words) and words[first] == start:
                first += 1
            if not query.endexcl and last < len(words) and words[last] == end:
                last += 1
            return first, max(first, last)

        return self._multi(query, span)

    def _multi(self, query: Any, span: Callable[[Lexicon], tuple[int, int]]) -> Node:
        """The documents with any of a run of terms, scored as Whoosh's MultiTerm does."""
        name = query.fieldname
        sets: list[DocSet] = []
        scores: list[Any] = []
        for segment, part in enumerate(self._snapshot.segments):
            words = self.lexicon(segment, name)
            first, last = span(words) if words is not None else (0, 0)
            if last - first > _EXPANSIONS:
                raise QueryError(
                    "too-many-words",
                    (0, 0),
                    f"this stands for {last - first:,} words, more than {_EXPANSIONS:,}",
                    "write more letters before the *",
                )
            terms = [] if words is None else [words[rank] for rank in range(first, last)]
            found, values = self._any_of(query, segment, part.documents, terms)
            sets.append(found)
            scores.append(values)
        return Given(self._stats, self._block, sets, scores)

    def _any_of(
        self, query: Any, segment: int, documents: int, terms: Sequence[bytes]
    ) -> tuple[DocSet, Any]:
        boost = query.boost if _LONE_BOOSTED and len(terms) == 1 else 1.0
        nodes = [self.term(query.fieldname, term, boost) for term in terms]
        if not nodes:
            return DocSet(documents, docs=np.empty(0, np.int64)), np.empty(0)
        union = nodes[0] if len(nodes) == 1 else Or(self._stats, self._block, nodes, query.boost)
        found = union.match(segment)
        # Whoosh 2 scores a lone term without the boost; for some others it has a constant, if
        # the index is small or the terms are many, and the sum of scores if not.
        many = len(nodes) >= wq.Or.TOO_MANY_CLAUSES or (len(nodes) > 2 and documents <= 5000)
        if len(nodes) > 1 and query.constantscore and many:
            return found, np.ones(found.count)
        return found, union.score(segment, found.docs, known=True)

    def _foreign(self, query: Any) -> Node:
        if not isinstance(query, wq.Query):
            raise QueryError(
                "not-a-query", (0, 0), f"{type(query).__name__} is not a query",
                "pass text or a whoosh.query tree",
            )  # fmt: skip
        sets, scores = [], []
        try:
            for part, searcher in zip(self._snapshot.segments, self._searchers(), strict=True):
                docs, values = _run(query, searcher)
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


def _run(query: Any, searcher: Any) -> tuple[Any, Any]:
    context = SearchContext(weighting=searcher.weighting, top_query=query)
    matcher = query.matcher(searcher, context)
    docs, scores = [], []
    while matcher.is_active():
        docs.append(matcher.id())
        scores.append(matcher.score())
        matcher.next()
    return np.array(docs, np.int64), np.array(scores, np.float64)


def _after(prefix: bytes) -> bytes:
    """The first byte string after all that start with the prefix."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else b"\xff" * 600


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
    wq.Prefix: Compiler._prefix,
    wq.TermRange: Compiler._term_range,
    _NullQuery: lambda compiler, _: compiler.nothing(),
}
