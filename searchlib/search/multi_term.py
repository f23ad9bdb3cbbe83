"""Queries that stand for many words: which words of a segment, and the plan of all of them.

Scores are those of Whoosh's ``MultiTerm``: the sum of the words' scores, or 1 where Whoosh only
notes which documents match.
"""

from __future__ import annotations

import fnmatch
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import whoosh
from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.index.field_terms import FieldTerms
from searchlib.search.budget import TimeBudget
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.plan_leaves import FixedDocsNode
from searchlib.search.term_scan import TermScan

__all__ = ["MULTI_TERM_QUERIES", "MultiTermExpansion"]

#: The query types that are expanded here.
MULTI_TERM_QUERIES = (wq.Prefix, wq.TermRange, wq.Wildcard, wq.Regex, wq.FuzzyTerm)
_LONE_BOOSTED = whoosh.__version__ >= (3,)
_HEAD = re.compile(r"[^\W_]*")
_SCANNED = 4096  # words that are looked at one by one rather than all of the field
_TELLING = (
    "text", "maxdist", "prefixlength", "constantscore", "start", "end", "startexcl", "endexcl",
)  # fmt: skip
_LAST = b"\xff\xff\xff\xff"


_Key = tuple[Any, ...]


class _Spent(threading.local):
    """What one query has been expanded to so far, for the thread that runs it; ``run`` is the
    clock's mark of the query."""

    def __init__(self, run: object = None) -> None:
        self.run = run
        self.words: dict[_Key, set[bytes]] = {}
        self.found: dict[tuple[_Key, int], list[bytes]] = {}
        self.plans: dict[_Key, PlanNode] = {}


class MultiTermExpansion:
    """Expands the queries of one snapshot.

    The patterns of a whole query may stand for ``most`` words together. A word counts once for
    each pattern and field, however many segments have it; a pattern written twice counts once.
    """

    def __init__(
        self,
        field_terms: Callable[[int, str], FieldTerms | None],
        term: Callable[[str, bytes, float], PlanNode],
        to_bytes: Callable[[str, Any], bytes],
        most: int,
        clock: TimeBudget,
    ) -> None:
        self._lexicon = field_terms
        self._term = term
        self._to_bytes = to_bytes
        self.most = most
        self._clock = clock
        self._last = _Spent()
        self._spellings: dict[tuple[int, str], TermScan] = {}

    @property
    def _spent(self) -> _Spent:
        # Begun anew here, not by each query: most have no pattern.
        last, run = self._last, self._clock.run
        if last.run is not run:
            last.__init__(run)  # type: ignore[misc]
        return last

    def plan(self, query: Any, empty: PlanNode) -> PlanNode:
        """The plan of a query; ``empty`` is one that finds nothing, of the same snapshot."""
        key = (*_key(query), query.boost)
        made = self._spent.plans.get(key)
        if made is None:
            # All words are counted before any of them is looked up.
            segments = range(len(empty.stats.segments))
            for segment in segments:
                self.terms(query, segment)
            pairs = [self._any_of(query, segment, empty) for segment in segments]
            sets, scores = [docs for docs, _ in pairs], [values for _, values in pairs]
            made = self._spent.plans[key] = FixedDocsNode(empty.stats, empty.block, sets, scores)
        return made

    def terms(self, query: Any, segment: int) -> list[bytes]:
        """The words of a segment that a query stands for, sorted. Raises QueryError."""
        key = _key(query)
        found = self._spent.found.get((key, segment))
        if found is None:
            found = self._spent.found[key, segment] = self._terms(query, key, segment)
        return found

    def _terms(self, query: Any, key: _Key, segment: int) -> list[bytes]:
        words = self._lexicon(segment, query.fieldname)
        if words is None:
            return []
        self._clock.check()
        known = self._spent.words.setdefault(key, set())
        before = sum(map(len, self._spent.words.values())) - len(known)
        if isinstance(query, (wq.Prefix, wq.TermRange)):
            first, last = self._span(words, query)
            if before + last - first > self.most:
                self._refuse(query, before, last - first)
            found = [words[rank] for rank in range(first, last)]
        else:
            found = sorted(self._fitting(words, query, segment))
        if before + len(found) > self.most:
            self._refuse(query, before, len(found))
        known.update(found)
        if before + len(known) > self.most:
            self._refuse(query, before, len(known))
        return found

    def _refuse(self, query: Any, before: int, count: int) -> None:
        others = f", with the patterns before it {before + count:,}" if before else ""
        raise QueryError(
            "too-many-words", (0, 0),
            f"{query} stands for {count:,} words{others}, more than {self.most:,}",
            "write more letters of the word", str(getattr(query, "text", "")),
        )  # fmt: skip

    def _span(self, words: FieldTerms, query: Any) -> tuple[int, int]:
        name = query.fieldname
        if isinstance(query, wq.Prefix):
            prefix = self._to_bytes(name, query.text)
            return words.rank(prefix), words.rank(_after(prefix)) if prefix else len(words)
        start = b"" if query.start is None else self._to_bytes(name, query.start)
        end = _LAST if query.end is None else self._to_bytes(name, query.end)
        first, last = words.rank(start), words.rank(end)
        if query.startexcl and first < len(words) and words[first] == start:
            first += 1
        if not query.endexcl and last < len(words) and words[last] == end:
            last += 1
        return first, max(first, last)

    def _fitting(self, words: FieldTerms, query: Any, segment: int) -> list[bytes]:
        if isinstance(query, wq.FuzzyTerm):
            everything = self._all(words, query, segment)
            return everything.near(query.text, query.maxdist, query.prefixlength)
        wild = isinstance(query, wq.Wildcard)
        text = fnmatch.translate(query.text) if wild else query.text
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise QueryError(
                "bad-pattern", (0, 0), f"{query.text!r}: {error}", "write /colou?r/", query.text
            ) from None
        head = _head(query.text, wild=wild)
        if head:
            start = head.encode()
            first, last = words.rank(start), words.rank(_after(start))
            if last - first <= _SCANNED:
                near = (words[rank] for rank in range(first, last))
                return [word for word in near if pattern.match(word.decode("utf-8", "replace"))]
        return self._all(words, query, segment).fitting(pattern, self._clock.check)

    def _all(self, words: FieldTerms, query: Any, segment: int) -> TermScan:
        key = (segment, query.fieldname)
        found = self._spellings.get(key)
        if found is None:
            found = self._spellings[key] = TermScan(*words.concatenated())
        return found

    def _any_of(self, query: Any, segment: int, empty: PlanNode) -> tuple[DocSet, Any]:
        """The documents with any of the words, and their scores."""
        documents = empty.documents(segment)
        terms = self.terms(query, segment)
        boost = query.boost if _LONE_BOOSTED and len(terms) == 1 else 1.0
        nodes = [self._term(query.fieldname, term, boost) for term in terms]
        if not nodes:
            return DocSet(documents, docs=np.empty(0, np.int64)), np.empty(0)
        if len(nodes) == 1:
            docs, scores = nodes[0].all(segment)
            return DocSet(documents, docs=docs), scores
        # Whoosh 2 scores a lone term without the boost; for some others it has a constant, if
        # the index is small or the terms are many, and the sum of scores if not.
        many = len(nodes) >= wq.Or.TOO_MANY_CLAUSES or (len(nodes) > 2 and documents <= 5000)
        if query.constantscore and many:
            mask = np.zeros(documents, bool)
            for node in nodes:  # each looks at the clock
                mask[node.match(segment).docs] = True
            found = DocSet(documents, mask=mask)
            return found, np.ones(found.count)
        return _sum(nodes, segment, documents, query.boost)


def _key(query: Any) -> _Key:
    """What tells one pattern from another."""
    told = (getattr(query, name, None) for name in _TELLING)
    return (type(query), query.fieldname, *told)


def _sum(
    nodes: Sequence[PlanNode], segment: int, documents: int, boost: float
) -> tuple[DocSet, Any]:
    """The documents of any of the nodes, each with the sum of its scores, added in order."""
    found = [node.all(segment) for node in nodes]
    docs = np.concatenate([docs for docs, _ in found])
    values = np.concatenate([scores for _, scores in found])
    mask = np.zeros(documents, bool)
    mask[docs] = True
    scores = np.bincount(docs, values, documents)[mask]
    return DocSet(documents, mask=mask), scores * boost if boost != 1.0 else scores


def _head(text: str, *, wild: bool) -> str:
    """The letters that a word must begin with: all plain ones before the first sign."""
    match = _HEAD.match(text)
    assert match is not None
    head = match[0]
    if wild:
        return head
    if "|" in text:
        return ""
    # A repeat sign makes the letter before it optional.
    return head[:-1] if text[len(head) : len(head) + 1] in ("*", "?", "{") and head else head


def _after(prefix: bytes) -> bytes:
    """The first byte string after all that start with the prefix."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else b"\xff" * 600
