"""Multi-term expansion: the terms that prefixes, wildcards, ranges, regular expressions and fuzzy
terms stand for in a segment, and the plan node of all of them.

Scores are those of Whoosh's ``MultiTerm``: the sum of the scores of the terms, or 1 where Whoosh
only notes which documents match.
"""

from __future__ import annotations

import fnmatch
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import whoosh
from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.index.field_terms import FieldTerms
from searchlib.search.budget import TimeBudget
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import Docs, Floats, PlanNode
from searchlib.search.plan_leaves import FixedDocsNode, TermNode
from searchlib.search.term_scan import TermScan

__all__ = ["MULTI_TERM_QUERIES", "SMALL_INDEX", "MultiTermExpansion"]

SMALL_INDEX = 5000  # documents up to which all with any of several words score the same

#: The query types that are expanded here.
MULTI_TERM_QUERIES = (wq.Prefix, wq.TermRange, wq.Wildcard, wq.Regex, wq.FuzzyTerm)

_BOOSTS_SINGLE_TERM = whoosh.__version__ >= (3,)
_MANY = 8  # terms from which on their scores are computed together
_PLAIN_START = re.compile(r"[^\W_]*")
_MAX_LOOKED_UP = 4096  # terms with the pattern's beginning; from here on all terms are scanned
_IDENTITY = (
    "text", "maxdist", "prefixlength", "constantscore", "start", "end", "startexcl", "endexcl",
)  # fmt: skip
_LAST_TERM = b"\xff\xff\xff\xff"

_Key = tuple[Any, ...]


class _QueryState(threading.local):
    """What the query of the current thread was expanded to so far; ``query`` is the time budget's
    mark of it."""

    def __init__(self, query: object = None) -> None:
        self.query = query
        self.terms: dict[_Key, set[bytes]] = {}  # over all segments
        self.segment_terms: dict[tuple[_Key, int], list[bytes]] = {}
        self.nodes: dict[_Key, PlanNode] = {}
        self.doc_frequencies: dict[_Key, Counter[bytes]] = {}  # over all segments


class MultiTermExpansion:
    """Expands the queries on one reader.

    The patterns of a query may stand for ``max_expansions`` terms together. A term counts once for
    each pattern and field, however many segments have it; a
    pattern that is written twice counts once.
    """

    def __init__(
        self,
        field_terms: Callable[[int, str], FieldTerms | None],
        term_node: Callable[[str, bytes, float], PlanNode],
        to_bytes: Callable[[str, Any], bytes],
        max_expansions: int,
        budget: TimeBudget,
    ) -> None:
        self._field_terms = field_terms
        self._term_node = term_node
        self._to_bytes = to_bytes
        self.max_expansions = max_expansions
        self._budget = budget
        self._last_state = _QueryState()
        self._term_scans: dict[tuple[int, str], TermScan] = {}

    @property
    def _state(self) -> _QueryState:
        # Reset here, not at the start of each query: most have no pattern.
        state, query = self._last_state, self._budget.query
        if state.query is not query:
            state.__init__(query)  # type: ignore[misc]
        return state

    def node_for(self, query: Any, match_none: PlanNode) -> PlanNode:
        """The plan node of a query; ``match_none`` is one without documents over the same
        segments. Raises :class:`QueryError` "too-many-words" or "bad-pattern"."""
        key = (*_key(query), query.boost)
        node = self._state.nodes.get(key)
        if node is None:
            # All terms are counted before any of them is looked up.
            segments = range(len(match_none.stats.segments))
            for segment in segments:
                self.terms(query, segment)
            if self._is_constant(query, match_none.stats.documents):
                masks = [self._any_of(query, segment, match_none) for segment in segments]
                node = FixedDocsNode(match_none.stats, masks, 1.0)
            else:
                pairs = [self._scored(query, segment, match_none) for segment in segments]
                docs, scores = [docs for docs, _ in pairs], [scores for _, scores in pairs]
                node = FixedDocsNode(match_none.stats, docs, scores)
            self._state.nodes[key] = node
        return node

    def terms(self, query: Any, segment: int) -> list[bytes]:
        """The terms of a segment that a query stands for, sorted. Raises as :meth:`node_for`."""
        key = _key(query)
        terms = self._state.segment_terms.get((key, segment))
        if terms is None:
            terms = self._state.segment_terms[key, segment] = self._expand(query, key, segment)
        return terms

    def _expand(self, query: Any, key: _Key, segment: int) -> list[bytes]:
        field_terms = self._field_terms(segment, query.fieldname)
        if field_terms is None:
            return []
        self._budget.check()
        known = self._state.terms.setdefault(key, set())
        others = sum(map(len, self._state.terms.values())) - len(known)
        if isinstance(query, (wq.Prefix, wq.TermRange)):
            first, last = self._rank_range(field_terms, query)
            self._check_count(query, others, last - first)
            terms = field_terms.between(first, last)
        else:
            terms = sorted(self._matching(field_terms, query, segment))
        known.update(terms)
        self._check_count(query, others, len(known))
        return terms

    def _check_count(self, query: Any, others: int, count: int) -> None:
        """Refuse a query of ``count`` terms if, with the ``others``, these are too many."""
        if others + count <= self.max_expansions:
            return
        together = f", with the patterns before it {others + count:,}" if others else ""
        raise QueryError(
            "too-many-words", (0, 0),
            f"{query} stands for {count:,} words{together}, more than {self.max_expansions:,}",
            "write more letters of the word", str(getattr(query, "text", "")),
        )  # fmt: skip

    def _rank_range(self, field_terms: FieldTerms, query: Any) -> tuple[int, int]:
        name = query.fieldname
        if isinstance(query, wq.Prefix):
            prefix = self._to_bytes(name, query.text)
            end = field_terms.rank(_after(prefix)) if prefix else len(field_terms)
            return field_terms.rank(prefix), end
        low = b"" if query.start is None else self._to_bytes(name, query.start)
        high = _LAST_TERM if query.end is None else self._to_bytes(name, query.end)
        first, last = field_terms.rank(low), field_terms.rank(high)
        if query.startexcl and first < len(field_terms) and field_terms[first] == low:
            first += 1
        if not query.endexcl and last < len(field_terms) and field_terms[last] == high:
            last += 1
        return first, max(first, last)

    def _matching(self, field_terms: FieldTerms, query: Any, segment: int) -> list[bytes]:
        if isinstance(query, wq.FuzzyTerm):
            scan = self._term_scan(field_terms, query, segment)
            return scan.fuzzy(query.text, query.maxdist, query.prefixlength, self._budget.check)
        is_wildcard = isinstance(query, wq.Wildcard)
        text = fnmatch.translate(query.text) if is_wildcard else query.text
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise QueryError(
                "bad-pattern", (0, 0), f"{query.text!r}: {error}", "write /colou?r/", query.text
            ) from None
        prefix = _required_prefix(query.text, is_wildcard=is_wildcard).encode()
        if prefix:
            first, last = field_terms.rank(prefix), field_terms.rank(_after(prefix))
            if last - first <= _MAX_LOOKED_UP:
                terms = (field_terms[rank] for rank in range(first, last))
                return [term for term in terms if pattern.match(term.decode("utf-8", "replace"))]
        return self._term_scan(field_terms, query, segment).matching(pattern, self._budget.check)

    def _term_scan(self, field_terms: FieldTerms, query: Any, segment: int) -> TermScan:
        key = (segment, query.fieldname)
        scan = self._term_scans.get(key)
        if scan is None:
            scan = self._term_scans[key] = TermScan(*field_terms.concatenated())
        return scan

    def _is_constant(self, query: Any, documents: int) -> bool:
        """Whether all documents score 1, as in Whoosh where the index is small or the terms are
        many. It is decided over all segments: scores do not depend on how articles are divided."""
        count = len(self._state.terms.get(_key(query), ()))
        many = count >= wq.Or.TOO_MANY_CLAUSES or (count > 2 and documents <= SMALL_INDEX)
        return bool(query.constantscore and many)

    def _any_of(self, query: Any, segment: int, match_none: PlanNode) -> DocSet:
        """The documents with any of the terms."""
        mask = np.zeros(match_none.max_doc(segment), bool)
        for docs in self._docs_of_terms(query, segment):
            mask[docs] = True
        return DocSet(len(mask), mask=mask)

    def _scored(self, query: Any, segment: int, match_none: PlanNode) -> tuple[DocSet, Floats]:
        """The documents with any of the terms, and the sums of the scores of these."""
        max_doc = match_none.max_doc(segment)
        terms = self.terms(query, segment)
        if len(self._state.terms.get(_key(query), ())) == 1:
            # Whoosh 2 scores a single term without the boost.
            boosts = query.boost if _BOOSTS_SINGLE_TERM else 1.0, 1.0
        else:
            boosts = 1.0, query.boost
        scored = self._scores_between(query, segment, match_none)
        if scored is not None:
            return _sum_of_scores([scored], max_doc, boosts[1])
        nodes = [self._term_node(query.fieldname, term, boosts[0]) for term in terms]
        if not nodes:
            return DocSet.empty(max_doc), np.empty(0)
        if len(nodes) == 1:
            docs, scores = nodes[0].scored_matches(segment)
            return DocSet(max_doc, docs=docs), scores * boosts[1]
        pairs = [node.scored_matches(segment) for node in nodes]
        return _sum_of_scores(pairs, max_doc, boosts[1])

    def _scores_between(
        self, query: Any, segment: int, match_none: PlanNode
    ) -> tuple[Docs, Floats] | None:
        """The documents of all of the many terms of a prefix or range in a text field, those of one
        term after those of another, and the score of the term in each: what the nodes of the terms
        give. None if they are not to be had at once."""
        terms = self.terms(query, segment)
        field_terms = self._field_terms(segment, query.fieldname)
        if field_terms is None or len(terms) < _MANY or not isinstance(query, wq.Prefix):
            return None
        ranks = self._rank_range(field_terms, query)
        docs, freqs = field_terms.docs_between(*ranks), field_terms.freqs_between(*ranks)
        first = self._term_node(query.fieldname, terms[0], 1.0)
        if docs is None or freqs is None or type(first) is not TermNode:
            return None
        self._budget.check()
        stats, (frequencies, counts) = first.stats, freqs
        if len(match_none.stats.segments) == 1:
            totals = counts.tolist()
        else:
            frequency_of = self._doc_frequencies(query, match_none)
            totals = [frequency_of[term] for term in terms]
        factor_of = {total: stats.idf(total) * (stats.k1 + 1) for total in set(totals)}
        factors = np.repeat([factor_of[total] for total in totals], counts)
        weighted = frequencies * first.field_weight
        return docs, weighted / (weighted + stats.norms(first.name, segment)[docs]) * factors

    def _doc_frequencies(self, query: Any, match_none: PlanNode) -> Counter[bytes]:
        """The document frequency over all segments of each term of a prefix in a text field."""
        key = _key(query)
        totals = self._state.doc_frequencies.get(key)
        if totals is None:
            totals = self._state.doc_frequencies[key] = Counter()
            for segment in range(len(match_none.stats.segments)):
                field_terms = self._field_terms(segment, query.fieldname)
                if field_terms is not None:
                    of_segment = field_terms.freqs_between(*self._rank_range(field_terms, query))
                    assert of_segment is not None  # of a text field
                    counts = of_segment[1].tolist()
                    totals.update(dict(zip(self.terms(query, segment), counts, strict=True)))
        return totals

    def _docs_of_terms(self, query: Any, segment: int) -> Iterator[Docs]:
        """The documents of all terms that a query stands for: at once, or term by term."""
        field_terms = self._field_terms(segment, query.fieldname)
        if field_terms is not None and isinstance(query, (wq.Prefix, wq.TermRange)):
            docs = field_terms.docs_between(*self._rank_range(field_terms, query))
            if docs is not None:
                yield docs
                return
        for term in self.terms(query, segment):
            node = self._term_node(query.fieldname, term, 1.0)
            yield node.match(segment).docs  # which checks the time budget


def _key(query: Any) -> _Key:
    """What two queries that expand to the same terms have in common."""
    attributes = (getattr(query, name, None) for name in _IDENTITY)
    return (type(query), query.fieldname, *attributes)


def _sum_of_scores(
    pairs: Sequence[tuple[Docs, Floats]], max_doc: int, boost: float
) -> tuple[DocSet, Floats]:
    """The documents of any of these, each with the sum of its scores, added in order."""
    docs: Docs = np.concatenate([docs for docs, _ in pairs])
    mask = np.zeros(max_doc, bool)
    mask[docs] = True
    scores = np.concatenate([scores for _, scores in pairs])
    totals: Any = np.bincount(docs, scores, max_doc)[mask]
    return DocSet(max_doc, mask=mask), totals * boost if boost != 1.0 else totals


def _required_prefix(text: str, *, is_wildcard: bool) -> str:
    """The letters that every term of a wildcard or regular expression begins with."""
    match = _PLAIN_START.match(text)
    assert match is not None
    prefix = match[0]
    if is_wildcard:
        return prefix
    if "|" in text:
        return ""
    # A repeat makes the letter before it optional.
    repeated = text[len(prefix) : len(prefix) + 1] in ("*", "?", "{")
    return prefix[:-1] if repeated and prefix else prefix


def _after(prefix: bytes) -> bytes:
    """The first byte string after all that begin with the prefix."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else b"\xff" * 600
