"""The planner: a ``whoosh.query`` tree -> a plan (:mod:`.plan_boolean`).

The common queries have plan nodes of their own. Any other query is run by the fallback, Whoosh's
matchers over our reader, and its documents and scores enter the plan as fixed docs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from whoosh import query as wq
from whoosh.fields import NUMERIC
from whoosh.formats import Existence
from whoosh.query.qcore import _NullQuery
from whoosh.util.numeric import tiered_ranges

from searchlib.codec.cache import cache_limit
from searchlib.codec.joined_postings import Postings
from searchlib.errors import QueryError
from searchlib.index.field_terms import FieldTerms, field_terms
from searchlib.index.index_reader import IndexReader
from searchlib.schema import Date, Key, Keyword, Number, Terms, Text
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.boosts import check_boosts
from searchlib.search.docset import DocSet
from searchlib.search.kernel_plan import cacheable_memory
from searchlib.search.multi_term import MULTI_TERM_QUERIES, MultiTermExpansion
from searchlib.search.plan_boolean import (
    AndMaybeNode,
    AndNode,
    AndNotNode,
    ConstantScoreNode,
    OrNode,
    PlanNode,
)
from searchlib.search.plan_fields import FieldsNode, document_frequency
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
from searchlib.search.word_forms import WordForms
from searchlib.span_queries import AnyField, AtLeast, First, Near, Period, Same, Word

__all__ = ["NEAREST_BOOST", "Fallback", "Planner"]

_CACHED_TERMS = 1 << 14
_CACHED_PLANS = 2048
_AFTER_NUMBERS = b"\x01"  # sorts after all terms of numbers, and before those of ranges of them
_MAX_EXPANSIONS = 10_000  # that the patterns of a query may stand for
NEAREST_BOOST = 0.1  # of a word's score, for the term that the word itself stands for
_MAX_ARTICLES_READ = 5000  # for their sentences and paragraphs

#: Runs a query that has no plan: for each segment the documents that match, ascending, and
#: their scores. The second argument checks the time budget, and may raise.
Fallback = Callable[[Any, Callable[[], None]], Iterable[tuple[Any, Any]]]


class Planner:
    """Makes the plans of one reader. Terms and posting lists that it looks up are cached for
    later queries."""

    def __init__(
        self, reader: IndexReader, stats: CollectionStatistics, fallback: Fallback,
        word_forms: WordForms | None = None,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._schema = reader.schema
        self._whoosh_schema = reader.schema.to_whoosh()
        self._stats = stats
        self._fallback = fallback
        self._field_terms: dict[tuple[int, str], FieldTerms | None] = {}
        self._posting_lists: dict[tuple[str, bytes], list[Postings | None]] = {}
        self._term_nodes: dict[tuple[str, str | bytes, float], TermNode] = {}
        self._word_nodes: dict[tuple[Any, ...], PlanNode] = {}
        self._plans: dict[int, tuple[Any, PlanNode]] = {}  # by the identity of the query
        self._plan_memory: dict[Hashable, int] = {}  # what is counted of them, once
        self._plan_bytes = 0
        archive_bytes = sum(segment.info.bytes for segment in reader.segments)
        # By a high estimate, and most of it is the cache's own.
        self._max_plan_bytes = 2 * cache_limit(archive_bytes)
        self.word_forms = word_forms or WordForms(reader)
        self._sorted_doc_values: dict[str, list[SortedDocValues | None]] = {}
        #: How long a query may compute.
        self.seconds = float("inf")
        self._expansion = MultiTermExpansion(
            self.field_terms, self.term_node, self.to_bytes, _MAX_EXPANSIONS, stats.budget
        )
        self.text_units = TextUnits(reader, _MAX_ARTICLES_READ, stats.budget)

    def with_statistics(self, stats: CollectionStatistics) -> Planner:
        """A planner of the same reader, with the same limits, that ranks by other statistics."""
        planner = Planner(self._reader, stats, self._fallback, self.word_forms)
        planner.set_limits(
            self._expansion.max_expansions, self.text_units.max_articles_read, self.seconds
        )
        return planner

    def set_limits(self, max_expansions: int, max_articles_read: int, seconds: float) -> None:
        """Set how many terms the patterns of a query may stand for, how many articles may be
        read for their sentences and paragraphs, and how long a query may compute."""
        self._expansion.max_expansions = max_expansions
        self.text_units.max_articles_read = max_articles_read
        self.seconds = seconds

    def plan(self, query: Any, *, is_parsed: bool = False, keep: bool = False) -> PlanNode:
        """The plan of a whole query. Its time budget starts, and the terms of its patterns are
        counted together. Raises :class:`QueryError` if it cannot be run, or "bad-weight" if a boost
        is out of range (:func:`.check_boosts`); the parser has checked those of parsed queries.
        With ``keep`` the plan may be kept with the query, which does not change, and will be asked
        again: the caller runs it in the kernels."""
        self._stats.budget.start(self.seconds)
        if not is_parsed:
            check_boosts(query)
        if not keep:
            return self.node_for(query)
        cached = self._plans.get(id(query))  # which is kept with it, so no other has its identity
        if cached is not None:
            return cached[1]
        plan = self.node_for(query)
        memory = cacheable_memory(plan)
        if memory is not None:
            self._cache_plan(query, plan, memory)
        return plan

    def cached_plan(self, query: Any) -> PlanNode | None:
        """The plan that is kept with this very query."""
        cached = self._plans.get(id(query))
        return None if cached is None else cached[1]

    def _cache_plan(self, query: Any, plan: PlanNode, memory: dict[Hashable, int]) -> None:
        """Keep a plan, and its compiled forms, which take so many bytes, for later searches."""
        known = self._plan_memory  # to which other threads add
        self._plan_bytes += sum(size for owner, size in memory.items() if owner not in known)
        if len(self._plans) >= _CACHED_PLANS or self._plan_bytes > self._max_plan_bytes:
            for _, old in list(self._plans.values()):  # likewise
                old.compiled = None  # where the node of a word is kept beyond its plan
            self._plans, self._plan_memory, self._plan_bytes = {}, {}, sum(memory.values())
        self._plan_memory |= memory
        plan.compiled = []
        self._plans[id(query)] = query, plan

    def node_for(self, query: Any) -> PlanNode:
        """The plan node of a query or of a part of one."""
        make = _NODE_MAKERS.get(type(query))
        node = make(self, query) if make is not None else None
        return node if node is not None else self._run_fallback(query)

    def match_none(self) -> PlanNode:
        """The plan node without documents."""
        return MatchNoneNode(self._stats)

    def field_terms(self, segment: int, name: str) -> FieldTerms | None:
        """The terms of a Whoosh field in a segment; None if it has none."""
        key = (segment, name)
        if key not in self._field_terms:
            data = self._reader.segments[segment].core
            self._field_terms[key] = field_terms(data, self._schema, name)
        return self._field_terms[key]

    def posting_lists(self, name: str, term: bytes) -> list[Postings | None]:
        """The posting list of a text field's term in each segment, None where it is not."""
        key = (name, term)
        posting_lists = self._posting_lists.get(key)
        if posting_lists is not None:
            return posting_lists
        posting_lists = []
        for segment in range(len(self._reader.segments)):
            terms: Any = self.field_terms(segment, name)
            posting_lists.append(None if terms is None else terms.posting_list(term))
        if len(self._posting_lists) >= _CACHED_TERMS:
            self._posting_lists.clear()
        self._posting_lists[key] = posting_lists
        return posting_lists

    def is_text(self, name: str) -> bool:
        """Whether a Whoosh field is a text field or the exact field of one."""
        return isinstance(self._schema.fields.get(self._schema.base(name)), Text)

    def to_bytes(self, name: str, text: Any) -> bytes:
        """A value of a Whoosh field as the term that stands in the index. Raises ValueError if
        it is not a value of that field; QueryError where the field type says it in its own way."""
        try:
            term: bytes = self._whoosh_schema[name].to_bytes(text)
        except (ValueError, QueryError):
            raise
        except Exception as error:  # a class of Whoosh's, or of a program
            message = f"{text!r:.60} is no value of {name}: {error}"
            raise QueryError("not-supported", (0, 0), message, "ask for another") from error
        return term

    def term_node(self, name: str, term: bytes, boost: float = 1.0) -> PlanNode:
        """The plan node of one term of any field."""
        key = (name, term, boost)
        cached = self._term_nodes.get(key)
        if cached is not None:
            return cached
        if self.is_text(name):
            base = self._schema.base(name)
            field: Any = self._schema.fields[base]
            if isinstance(field, Terms) and (scored := self._weighted_term(name, term, boost)):
                return scored
            node = TermNode(self._stats, base, self.posting_lists(name, term), field.weight, boost)
            if len(self._term_nodes) >= _CACHED_TERMS:
                self._term_nodes.clear()
            self._term_nodes[key] = node
            return node
        doc_sets = []
        for number, segment in enumerate(self._reader.segments):
            terms = self.field_terms(number, name)
            postings = terms.find(term) if terms is not None else None
            docs = np.empty(0, np.int32) if postings is None else postings.docs
            doc_sets.append(DocSet(segment.documents, docs=docs))
        return FixedDocsNode(self._stats, doc_sets, boost)

    def _weighted_term(self, name: str, term: bytes, boost: float) -> PlanNode | None:
        """The node of a term whose scores are not BM25's of its frequencies: that of a field that
        is not scorable, whose scores are the weights; or of one with weights of single words."""
        if self._has_attribute(name, "boosts"):
            return self._run_fallback(wq.Term(name, term, boost=boost))
        fieldtype = self._whoosh_schema[name]
        if fieldtype.scorable:
            return None
        lists = self.posting_lists(name, term)
        empty, weight = np.empty(0, np.int32), fieldtype.format.field_boost * boost
        doc_sets = [
            DocSet(segment.documents, docs=empty if postings is None else postings.docs)
            for segment, postings in zip(self._reader.segments, lists, strict=True)
        ]
        if isinstance(fieldtype.format, Existence):  # which knows of one occurrence
            return FixedDocsNode(self._stats, doc_sets, weight)
        weights = [empty.astype(float) if p is None else p.freqs * float(weight) for p in lists]
        return FixedDocsNode(self._stats, doc_sets, weights)

    def _has_attribute(self, name: str, kind: str) -> bool:
        texts = (segment.core.text(name) for segment in self._reader.segments)
        return any(text is not None and text.attributes.has(kind) for text in texts)

    def _moves_words(self, name: str) -> bool:
        """Whether words of a field stand elsewhere than in a row, or it has no positions."""
        if not isinstance(self._schema.fields.get(name), Terms):
            return False
        texts = (segment.core.text(name) for segment in self._reader.segments)
        return not self._whoosh_schema[name].supports("positions") or any(
            text is not None and text.attributes.moves_words for text in texts
        )

    def expand(self, query: Any, segment: int) -> list[bytes]:
        """The terms of a segment that a multi-term query stands for, sorted."""
        return self._expansion.terms(query, segment)

    def doc_starts(self, segment: int, name: str) -> Any:
        """Where the documents of a text field begin when they are put end to end (global
        positions); None if the segment lacks the field."""
        field = self._reader.segments[segment].core.text(self._schema.base(name))
        return None if field is None else field.doc_starts

    def _term(self, query: Any) -> PlanNode | None:
        name, text, boost = query.fieldname, query.text, query.boost
        cached = self._term_nodes.get((name, text, boost)) if type(text) is str else None
        if cached is not None:
            return cached
        if name not in self._whoosh_schema:
            return self.match_none()
        try:
            term = self.to_bytes(name, text)
        except ValueError:
            return self.match_none()
        node = self.term_node(name, term, boost)
        if type(node) is TermNode and type(text) is str:
            self._term_nodes[name, text, boost] = node
        return node

    def word_node(self, query: Word, number: int) -> TermNode:
        """The terms and forms that one of the words of a query stands for, as one node: they have
        one document frequency."""
        name = query.fieldname
        meaning = self.word_forms.meaning(name, query.words[number], query.languages)
        boost = query.boost if len(query.words) == 1 else 1.0
        key = (name, meaning, boost)
        node = self._word_nodes.get(key)
        if node is None:
            field: Any = self._schema.fields[name]
            lists = self.word_forms.joined_lists(name, meaning)
            node = TermNode(self._stats, name, lists, field.weight, boost)
            self._remember(key, node)
        assert isinstance(node, TermNode)
        return node

    def _remember(self, key: tuple[Any, ...], node: PlanNode) -> None:
        if len(self._word_nodes) >= _CACHED_TERMS:
            self._word_nodes.clear()
        self._word_nodes[key] = node

    def _word(self, query: Any) -> PlanNode | None:
        key = query.fieldname, query.words, query.languages, query.boost
        node = self._word_nodes.get(key)
        if node is None:
            node = self._new_word_node(query)
            if type(node) is not PhraseNode:  # this one caches what it matched
                self._remember(key, node)
        return node

    def _new_word_node(self, query: Word) -> PlanNode:
        if not isinstance(self._schema.fields.get(query.fieldname), Text):
            return self.match_none()
        if len(query.words) == 1:
            return self._new_fields_node([query])
        words = [self.word_node(query, number) for number in range(len(query.words))]
        return PhraseNode(self._stats, words, 1, query.boost) if words else self.match_none()

    def _and(self, query: Any) -> PlanNode | None:
        children = [self.node_for(child) for child in query.subqueries]
        if not children:
            return self.match_none()
        # Whoosh passes a single child on as it is, without this query's boost.
        if len(children) == 1:
            return children[0]
        return AndNode(self._stats, children, query.boost)

    def _or(self, query: Any) -> PlanNode | None:
        if query.scale and len(query.subqueries) > 1:
            return None
        children = [self.node_for(child) for child in query.subqueries]
        if not children:
            return self.match_none()
        if len(children) == 1:
            return children[0]
        return OrNode(self._stats, children, query.boost)

    def _any_field(self, query: AnyField) -> PlanNode | None:
        if not self._stats.adds_fields:
            return self._or(query)
        key = tuple(map(_word_key, query.subqueries))
        node = self._word_nodes.get(key)
        if node is None:
            if None in key:  # not of single words
                return self._or(query)
            node = self._new_fields_node(query.subqueries)
            self._remember(key, node)
        return node

    def _new_fields_node(self, leaves: Sequence[Any]) -> PlanNode:
        """The node of one word in fields. What only a shared spelling joins ranks a little below
        the word itself."""
        lists: dict[str, list[Postings | None]] = {}
        nearest: dict[str, list[Postings | None]] = {}
        for leaf in leaves:
            name = leaf.fieldname
            if isinstance(leaf, Word):
                meaning = self.word_forms.meaning(name, leaf.words[0], leaf.languages)
                lists[name] = self.word_forms.joined_lists(name, meaning)
                if meaning.nearest is not None:
                    nearest[name] = self.posting_lists(name, meaning.nearest)
            else:
                lists[name] = self.posting_lists(name, self.to_bytes(name, leaf.text))
        frequency, boost = document_frequency(list(lists.values())), leaves[0].boost
        node = self._fields_node(lists, frequency, boost)
        if not nearest:
            return node
        optional = self._fields_node(nearest, frequency, boost * NEAREST_BOOST)
        return AndMaybeNode(self._stats, node, optional)

    def _fields_node(
        self, lists: dict[str, list[Postings | None]], frequency: int, boost: float
    ) -> PlanNode:
        terms = []
        for name, posting_lists in lists.items():
            if any(postings is not None for postings in posting_lists):
                base = self._schema.base(name)
                weight = self._schema.fields[base].weight  # type: ignore[attr-defined]
                terms.append(TermNode(self._stats, base, posting_lists, weight, boost, frequency))
        if not terms:
            return self.match_none()
        return FieldsNode(self._stats, terms) if len(terms) > 1 else terms[0]

    def _and_not(self, query: Any) -> PlanNode:
        return AndNotNode(self._stats, self.node_for(query.a), self.node_for(query.b))

    def _and_maybe(self, query: Any) -> PlanNode:
        return AndMaybeNode(self._stats, self.node_for(query.a), self.node_for(query.b))

    def _not(self, query: Any) -> PlanNode:
        return AndNotNode(self._stats, MatchAllNode(self._stats, 1.0), self.node_for(query.query))

    def _constant_score(self, query: Any) -> PlanNode:
        return ConstantScoreNode(self._stats, self.node_for(query.child), query.score)

    def _every(self, query: Any) -> PlanNode:
        name = query.fieldname
        if name in (None, "", "*"):
            return MatchAllNode(self._stats, query.boost)
        doc_sets = []
        for number, segment in enumerate(self._reader.segments):
            doc_sets.append(DocSet(segment.documents, mask=self._with_field(number, name)))
        return FixedDocsNode(self._stats, doc_sets, query.boost)

    def _with_field(self, number: int, name: str) -> Any:
        """Which documents of a segment have any term in a field: bool."""
        segment = self._reader.segments[number]
        name = self._schema.base(name)
        field = self._schema.fields.get(name)
        mask = np.zeros(segment.documents, bool)
        if isinstance(field, Text):
            text = segment.core.text(name)
            return mask if text is None else np.asarray(text.lengths > 0)
        if isinstance(field, Keyword):
            if (keywords := segment.core.keyword(name)) is not None:
                for rank in range(len(keywords.terms)):
                    mask[keywords.docs(rank)] = True
        elif isinstance(field, (Date, Number)):
            if (numbers := segment.core.number(name)) is not None:
                mask[numbers.docs_with_value()] = True
        elif isinstance(field, Key):
            mask[:] = True
        return mask

    def _range(self, query: Any) -> PlanNode | None:
        name = query.fieldname
        if isinstance(self._schema.fields.get(name), Terms):
            return self._range_of_terms(query)
        doc_values = self._sorted_doc_values.get(name)
        if doc_values is None:
            if not isinstance(self._schema.fields.get(name), (Date, Number)):
                return None
            numbers = [segment.core.number(name) for segment in self._reader.segments]
            doc_values = [None if one is None else SortedDocValues(one) for one in numbers]
            self._sorted_doc_values[name] = doc_values
        if not query.constantscore:
            return None
        return RangeNode(
            self._stats, doc_values, query.start, query.end,
            query.startexcl, query.endexcl, query.boost,
        )  # fmt: skip

    def _range_of_terms(self, query: Any) -> PlanNode | None:
        """A range of numbers by the terms that Whoosh has for numbers and for ranges of them."""
        if not isinstance(self._whoosh_schema[query.fieldname], NUMERIC):
            return None
        # The documents of all numbers of a range are read at once; Whoosh's terms for ranges of
        # numbers, one after the other, are needed for scores.
        by_numbers = self._range_of_numbers(query) if query.constantscore else None
        if by_numbers is not None:
            return by_numbers
        return self.node_for(query._compile_query(_SchemaOnly(self._whoosh_schema)))

    def _range_of_numbers(self, query: Any) -> PlanNode | None:
        """A range of numbers by their terms of full precision, with a constant score; None if there
        are no such terms."""
        name, fieldtype = query.fieldname, self._whoosh_schema[query.fieldname]
        low, high = (
            None if limit is None else fieldtype.prepare_number(limit)
            for limit in (query.start, query.end)
        )
        [(first, last, _)] = tiered_ranges(
            fieldtype.numtype, fieldtype.bits, fieldtype.signed, low, high, 0,
            query.startexcl, query.endexcl,
        )  # fmt: skip
        if first > last or first < 0 or last >> fieldtype.bits:
            return None
        start, end = (fieldtype.sortable_to_bytes(number) for number in (first, last))
        doc_sets = []
        for number, segment in enumerate(self._reader.segments):
            mask = np.zeros(segment.documents, bool)
            terms = self.field_terms(number, name)
            if terms is not None:
                rank = terms.rank(end)
                has_end = rank < len(terms) and terms[rank] == end
                first_rank = min(terms.rank(start), rank + has_end)
                docs = terms.docs_below(_AFTER_NUMBERS, first_rank, rank + has_end)
                if docs is None:
                    return None
                mask[docs] = True
            doc_sets.append(DocSet(segment.documents, mask=mask))
        return FixedDocsNode(self._stats, doc_sets, query.boost)

    def _period(self, query: Any) -> PlanNode | None:
        node = self._range(query)
        if node is None or query.end is None:
            return node
        numbers = [segment.core.number(query.fieldname) for segment in self._reader.segments]
        beyond = [np.empty(0, np.int64) if n is None else n.docs_beyond(query.end) for n in numbers]
        if not any(map(len, beyond)):
            return node
        doc_sets = [
            DocSet(segment.documents, docs=docs)
            for segment, docs in zip(self._reader.segments, beyond, strict=True)
        ]
        return AndNotNode(self._stats, node, FixedDocsNode(self._stats, doc_sets, 0.0))

    def _phrase(self, query: Any) -> PlanNode | None:
        name, words = query.fieldname, query.words
        if name not in self._whoosh_schema:
            return self.match_none()
        if not self.is_text(name) or len(words) < 2 or self._moves_words(name):
            return None
        nodes = [self.term_node(name, self.to_bytes(name, word)) for word in words]
        terms = [node for node in nodes if isinstance(node, TermNode)]
        if len(terms) < len(nodes):  # some are scored otherwise
            return None
        return PhraseNode(self._stats, terms, query.slop, query.boost)

    def _multi_term(self, query: Any) -> PlanNode | None:
        name = query.fieldname
        if name not in self._whoosh_schema:
            return self.match_none()
        if isinstance(query, wq.TermRange) and not self.is_text(name):
            return None
        if isinstance(query, wq.Prefix) and not query.text:
            return None
        return self._expansion.node_for(query, self.match_none())

    def _spans(self, query: Any) -> PlanNode:
        return spans_node(self, query)

    def _run_fallback(self, query: Any) -> PlanNode:
        if not isinstance(query, wq.Query):
            raise QueryError(
                "not-a-query", (0, 0), f"{type(query).__name__} is not a query",
                "pass text or a whoosh.query tree",
            )  # fmt: skip
        doc_sets, scores = [], []
        results = self._fallback(query, self._stats.budget.check)
        for segment, (docs, segment_scores) in zip(self._reader.segments, results, strict=True):
            if not np.isfinite(segment_scores).all():
                message = f"{type(query).__name__} has scores that are no numbers"
                raise QueryError("bad-weight", (0, 0), message, "use smaller boosts")
            doc_sets.append(DocSet(segment.documents, docs=docs))
            scores.append(segment_scores)
        return FixedDocsNode(self._stats, doc_sets, scores)


class _SchemaOnly:
    """All of a Whoosh reader that Whoosh asks for to know the terms of a range."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema


def _word_key(query: Any) -> tuple[Any, ...] | None:
    """What tells a single word of a field from others; None if it is something else."""
    if type(query) is Word:
        words = query.words
        return (query.fieldname, words, query.languages, query.boost) if len(words) == 1 else None
    return (query.fieldname, query.text, query.boost) if type(query) is wq.Term else None


#: Query type -> what makes its plan node; that may give None to leave the query to the fallback.
_NODE_MAKERS: dict[type, Callable[[Planner, Any], PlanNode | None]] = {
    wq.Term: Planner._term,
    Word: Planner._word,
    wq.And: Planner._and,
    wq.Or: Planner._or,
    AnyField: Planner._any_field,
    wq.Not: Planner._not,
    wq.AndNot: Planner._and_not,
    wq.AndMaybe: Planner._and_maybe,
    wq.ConstantScoreQuery: Planner._constant_score,
    wq.Every: Planner._every,
    wq.NumericRange: Planner._range,
    wq.DateRange: Planner._range,
    Period: Planner._period,
    wq.Phrase: Planner._phrase,
    **dict.fromkeys(MULTI_TERM_QUERIES, Planner._multi_term),
    **dict.fromkeys((Near, Same, AtLeast, First), Planner._spans),
    _NullQuery: lambda planner, _: planner.match_none(),
}
