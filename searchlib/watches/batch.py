"""A batch of articles, new segments of a commit, held against the leaves of standing queries.

The tokens of each text field are read off its posting lists, documents end to end, as numbers of
surface forms. The dictionary of the batch says once for each form which leaves it is of; then one
run over the tokens sets a bit for each article in the rows of its leaves. Phrases are found in one
run down a trie. What is about two places is joined from lists of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.packed_ints import ranges
from searchlib.codec.text_field import TextField
from searchlib.errors import ArgumentError, QueryError
from searchlib.index.doc_tokens import tokens_of_docs
from searchlib.index.index_reader import IndexReader
from searchlib.query import Limits
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.planner import Planner
from searchlib.search.word_forms import WordForms, WordMeaning
from searchlib.span_queries import Period
from searchlib.watches.batch_arrays import loops, set_pairs
from searchlib.watches.known_words import ArchiveWords, Forms, KnownWords
from searchlib.watches.leaves import ALL, FieldLeaves, LeafTable, rows_of
from searchlib.watches.packed_programs import PackedPrograms
from searchlib.whoosh_backend.fallback import MatcherFallback

__all__ = ["Batch", "LeafFailure"]

_TOKENS = 1 << 21  # of posting lists that are read at a time
_FEW = 8  # documents in one that is asked about, and their tokens alone are read
_CHEAP = 3  # look-ups in a dict that take as long as two by bisection

Array = npt.NDArray[Any]
_Ints = npt.NDArray[np.int32]
_Rows = npt.NDArray[np.uint64]


class LeafFailure(Exception):
    """The searcher could not answer a leaf."""

    def __init__(self, leaf: int, error: QueryError | ArgumentError) -> None:
        super().__init__()
        self.leaf = leaf
        self.error = error


@dataclass(frozen=True)
class _FieldTokens:
    """A text field of a segment, as the loops take it."""

    forms: _Ints  # of each token
    leaves: tuple[_Ints, _Ints]  # of each form
    positional: tuple[_Ints, _Ints]  # of each form, the numbers of positional leaves
    word_of_form: _Ints  # in the trie


class Batch:
    """Segments of new articles. ``reader`` has these segments alone, ``words`` resolves words as
    the archive does that they are to be part of, and ``known`` has done so for those of the table
    of leaves. Raises :class:`LeafFailure` for what the searcher cannot answer."""

    def __init__(
        self, table: LeafTable, known: KnownWords, reader: IndexReader, words: ArchiveWords,
        limits: Limits, are_used: npt.NDArray[np.bool_],
        docs: Mapping[int, Array] | None = None,
    ) -> None:  # fmt: skip
        """``are_used`` says which leaves some query has, up to the last one; the searcher answers
        no others. ``docs`` are the documents of each segment that will be asked about, if not
        all."""
        self._docs = docs or {}
        self._table = table
        self._known = known
        self._reader = reader
        self._searcher_leaves = [
            entry for entry in table.searcher_leaves if are_used[entry.leaf : entry.leaf + 1].any()
        ]
        stats = CollectionStatistics(reader)
        self._planner = Planner(reader, stats, MatcherFallback(reader), _BatchWords(reader, words))
        self._planner.set_limits(limits.expansions, limits.articles_read, limits.seconds)
        self._tokens: dict[tuple[int, str], _FieldTokens] = {}
        self._plans: dict[int, Any] = {}

    def rows(self, segment: int, docs: Array, bits: Array, words: int) -> _Rows:
        """The bits of all leaves, 64 a word, for some documents of a segment (ascending); those of
        each are set at the place that ``bits`` says."""
        rows = np.zeros((self._table.count, words), np.uint64)
        set_pairs(rows, ALL, bits)
        first, last = int(docs[0]), int(docs[-1]) + 1
        bits_of = np.full(last - first, -1, np.int32)
        bits_of[docs - first] = bits
        for name, leaves in self._table.fields.items():
            field = self._reader.segments[segment].core.text(name)
            if field is not None and field.tokens and not leaves.is_empty:
                self._set_text(rows, segment, name, field, leaves, first, bits_of)
        self._set_keywords(rows, segment, first, bits_of)
        self._set_ranges(rows, segment, first, bits_of)
        self._set_searched(rows, segment, docs, first, bits_of)
        return rows

    # -- text fields -------------------------------------------------------------------------------

    def _set_text(
        self, rows: _Rows, segment: int, name: str, field: TextField, leaves: FieldLeaves,
        first: int, bits_of: _Ints,
    ) -> None:  # fmt: skip
        run = loops()
        tokens = self._tokens.get((segment, name))
        if tokens is None:
            docs = self._docs.get(segment)
            tokens = self._tokens[segment, name] = self._read(name, field, leaves, docs)
        if not len(tokens.word_of_form):
            return  # the documents have no such text
        starts = field.doc_starts[first : first + len(bits_of) + 1]
        run.set_bits(tokens.forms, starts, bits_of, *tokens.leaves, rows)
        pairs = np.empty((0, 2), np.int32)
        if len(leaves.phrase_leaves):
            trie = self._table.trie
            firsts, _ = leaves.phrase_leaves.rows(len(trie))
            is_end = (np.diff(firsts) > 0).astype(np.uint8)
            pairs = run.find_phrases(
                tokens.forms, starts, bits_of, tokens.word_of_form, *trie.arrays(), is_end
            )
            self._set_phrases(rows, leaves, pairs, starts, bits_of)
        if len(leaves.near) or leaves.same:
            self._join(rows, field, leaves, tokens, pairs, starts, bits_of)

    def _read(
        self, name: str, field: TextField, leaves: FieldLeaves, docs: Array | None
    ) -> _FieldTokens:
        """The tokens of a field, and which leaves its forms are of; of a few documents, those of
        others are not right."""
        if docs is not None and len(docs) * _FEW < field.documents:
            every, firsts, token_forms = _of_docs(field, docs)
            by_spelling = np.argsort(np.array(every.forms, object))
        else:
            every, firsts = self._known.forms_of(field), field.forms_by_term()[0]
            token_forms, by_spelling = _token_forms(field, firsts), field.forms_by_spelling()
        forms, found = self._leaves_of_words(name, every, firsts, leaves)
        spelled = list(_leaves_of_letters(by_spelling, every, leaves))
        forms = np.concatenate([forms, *(some for some, _ in spelled)])
        found = np.concatenate([found, *(some for _, some in spelled)])
        count, number_of = len(every.forms), leaves.positional_numbers(self._table.count)
        numbers = number_of[found]
        has_places = numbers >= 0
        positional = np.unique(forms[has_places].astype(np.int64) << 32 | numbers[has_places])
        trie_words = self._table.trie.words
        words = np.fromiter((trie_words.get(form, -1) for form in every.forms), np.int32, count)
        return _FieldTokens(
            token_forms, rows_of(forms, found, count),
            rows_of(positional >> 32, positional & 0xFFFFFFFF, count), words,
        )  # fmt: skip

    def _leaves_of_words(
        self, name: str, every: Forms, firsts: Array, leaves: FieldLeaves
    ) -> tuple[Array, Array]:
        """(form, leaf), as two arrays, of the words that the forms are of."""
        known = self._known.fields[name]
        terms, words = _pairs(every.terms, known.by_term)
        word_firsts, of_words = leaves.word_leaves.rows(len(leaves.words))
        counts = np.diff(word_firsts)[words]
        stems, of_stems = _pairs(every.terms, leaves.stems)
        terms = np.concatenate((np.repeat(terms, counts), stems))
        found = np.concatenate((of_words[ranges(word_firsts[words], counts)], of_stems))
        counts = np.diff(firsts)[terms]
        forms, found = ranges(firsts[terms], counts), np.repeat(found, counts)
        if known.by_form:
            keys = [(every.terms[o], f) for f, o in zip(every.forms, every.owners, strict=True)]
            single, words = _pairs(keys, known.by_form)
            counts = np.diff(word_firsts)[words]
            forms = np.concatenate((forms, np.repeat(single, counts)))
            found = np.concatenate((found, of_words[ranges(word_firsts[words], counts)]))
        return forms, found

    def _set_phrases(
        self, rows: _Rows, leaves: FieldLeaves, pairs: _Ints, starts: _Ints, bits_of: _Ints
    ) -> None:
        docs = np.searchsorted(starts, pairs[:, 1], "right") - 1
        firsts, of_nodes = leaves.phrase_leaves.rows(len(self._table.trie))
        nodes = pairs[:, 0].astype(np.int64)
        counts = np.diff(firsts)[nodes]
        set_pairs(rows, of_nodes[ranges(firsts[nodes], counts)], np.repeat(bits_of[docs], counts))

    def _join(
        self, rows: _Rows, field: TextField, leaves: FieldLeaves, tokens: _FieldTokens,
        pairs: _Ints, starts: _Ints, bits_of: _Ints,
    ) -> None:  # fmt: skip
        """Set the bits of what is about two places."""
        run, count = loops(), len(leaves.positional)
        first, last = int(starts[0]), int(starts[-1])
        shifted = starts - starts[0]
        forms = tokens.forms[first:last]
        ends, places = run.positions(forms, shifted, bits_of, *tokens.positional, count)
        ends, places = _with_phrases(
            ends, places, leaves.positional_phrases.rows(len(self._table.trie)), pairs - [0, first]
        )
        lengths = np.array(leaves.positional_lengths, np.int32)
        bits_by_token = np.repeat(bits_of, np.diff(shifted))
        if len(leaves.near):
            run.near(leaves.near.rows(), ends, places, lengths, bits_by_token, rows)
        for unit, some in leaves.same.items():
            unit_starts: Any = field.unit_starts(unit)  # type: ignore[arg-type]
            is_start = np.zeros(last - first, np.int32)
            inside = (unit_starts >= first) & (unit_starts < last)
            is_start[unit_starts[inside] - first] = 1
            units = np.cumsum(is_start, dtype=np.int32)
            run.same(some.rows(), ends, places, lengths, bits_by_token, units, rows)

    # -- doc values, and what the searcher answers -------------------------------------------------

    def _set_keywords(self, rows: _Rows, segment: int, first: int, bits_of: _Ints) -> None:
        core = self._reader.segments[segment].core
        for name, wanted in self._table.keywords.items():
            values = core.keyword(name)
            if values is None or not wanted:
                continue
            for rank, term in enumerate(values.terms):
                leaf = wanted.get(term)
                if leaf is not None:
                    set_pairs(rows, leaf, _bits(values.docs(rank), first, bits_of))

    def _set_ranges(self, rows: _Rows, segment: int, first: int, bits_of: _Ints) -> None:
        core = self._reader.segments[segment].core
        for leaf, query in self._table.ranges:
            values = core.number(query.fieldname)
            if values is None:
                continue
            docs = values.between(
                query.start, query.end, low_exclusive=query.startexcl, high_exclusive=query.endexcl
            )
            if not len(docs):
                continue
            if type(query) is Period and query.end is not None:
                docs = np.setdiff1d(docs, values.docs_beyond(query.end))
            set_pairs(rows, leaf, _bits(docs, first, bits_of))

    def _set_searched(
        self, rows: _Rows, segment: int, docs: Array, first: int, bits_of: _Ints
    ) -> None:
        every = self._searcher_leaves
        with_needs = [entry for entry in every if entry.needs]
        for leaf, query, needs in every:
            if not needs:
                matches = self._plan(leaf, query).match(segment).docs
                set_pairs(rows, leaf, _bits(matches, first, bits_of))
        if not with_needs:
            return
        possible = PackedPrograms.of([e.needs for e in with_needs]).run(rows) & rows[ALL]
        for number in np.flatnonzero(possible.any(axis=1)).tolist():
            leaf, query, _ = with_needs[number]
            is_set = np.unpackbits(possible[number].view(np.uint8), bitorder="little")
            some = docs[is_set[bits_of[docs - first]] != 0]
            found = self._plan(leaf, query, segment, some)
            set_pairs(rows, leaf, _bits(some[found], first, bits_of))

    def _plan(self, leaf: int, query: Any, segment: int = 0, docs: Array | None = None) -> Any:
        """The plan of a leaf's query, or of some documents which of them match it."""
        try:
            if leaf not in self._plans:
                self._plans[leaf] = self._planner.plan(query)
            plan = self._plans[leaf]
            return plan if docs is None else plan.contains(segment, docs)
        except (QueryError, ArgumentError) as error:
            raise LeafFailure(leaf, error) from None


class _BatchWords(WordForms):
    """The words of an archive, looked up in the segments of a batch."""

    def __init__(self, reader: IndexReader, words: ArchiveWords) -> None:
        super().__init__(reader)
        self._words = words

    def meaning(
        self, name: str, token: str, languages: tuple[str, ...] | None = None
    ) -> WordMeaning:
        return self._words.meaning(name, token, languages)


def _pairs(keys: Sequence[Any], numbers: Mapping[Any, list[int]]) -> tuple[Array, Array]:
    """(index, number), as two arrays, for each number of each key that has some."""
    indices = [index for index, key in enumerate(keys) if key in numbers]
    lists = [numbers[keys[index]] for index in indices]
    counts = np.fromiter(map(len, lists), np.int64, len(lists))
    flat = np.fromiter(chain.from_iterable(lists), np.int64, int(counts.sum()))
    return np.repeat(np.array(indices, np.int64), counts), flat


def _leaves_of_letters(
    order: Array, every: Forms, leaves: FieldLeaves
) -> Iterator[tuple[Array, Array]]:
    """(form, leaf), as two arrays, of what the forms are of by their letters; ``order`` are the
    ordinals of the forms by their spelling."""
    forms = every.forms
    yield _pairs(forms, leaves.forms)
    for length in leaves.suffix_lengths:
        yield _pairs([form[-length:] for form in forms], leaves.suffixes)
    if len(forms) * len(leaves.prefix_lengths) <= _CHEAP * len(leaves.prefixes):
        for length in leaves.prefix_lengths:
            yield _pairs([form[:length] for form in forms], leaves.prefixes)
        return
    by_spelling = [forms[ordinal] for ordinal in order.tolist()]
    firsts = np.array([bisect_left(by_spelling, prefix) for prefix in leaves.prefixes])
    # No letter has the byte 255.
    lasts = np.array([bisect_left(by_spelling, prefix + b"\xff") for prefix in leaves.prefixes])
    numbers = np.repeat(np.arange(len(firsts)), lasts - firsts)
    found = order[ranges(firsts, lasts - firsts)]
    of_prefix, leaf = _pairs(range(len(firsts)), dict(enumerate(leaves.prefixes.values())))
    rows, of_leaf = rows_of(of_prefix, leaf, len(firsts))
    counts = np.diff(rows)[numbers]
    yield np.repeat(found, counts), of_leaf[ranges(rows[numbers], counts)]


def _token_forms(field: TextField, firsts: Array) -> _Ints:
    """The surface form, by ordinal, of each token of a field, documents end to end. ``firsts`` are
    the ordinals of the first forms of the terms."""
    forms = np.zeros(field.tokens, np.int32)
    ends = np.cumsum(field.postings.all_occurrences())
    first = 0
    while first < len(ends):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + _TOKENS)))
        docs, freqs, positions, numbers = field.postings.read_terms(first, last)
        places = np.repeat(field.doc_starts[docs], freqs) + positions
        counts = np.diff(ends[first:last], prepend=before)
        forms[places] = numbers + np.repeat(firsts[first:last], counts)
        first = last
    return forms


def _of_docs(field: TextField, docs: Array) -> tuple[Forms, Array, _Ints]:
    """The terms of some documents and their forms, the ordinals of the first form of each, and the
    form of each token of the field, which is right in these documents."""
    owners, places, numbers = tokens_of_docs(field, docs)
    terms, rows = np.unique(owners, return_inverse=True)
    forms_of = [field.surface_forms_of(term) for term in terms.tolist()]
    counts = np.fromiter(map(len, forms_of), np.int64, len(forms_of))
    firsts = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    token_forms = np.zeros(field.tokens, np.int32)
    token_forms[places] = firsts[rows] + numbers
    every = Forms(
        [field.terms[term] for term in terms.tolist()], list(chain.from_iterable(forms_of)),
        np.repeat(np.arange(len(terms)), counts).tolist(),
    )  # fmt: skip
    return every, firsts, token_forms


def _with_phrases(
    ends: Array, places: Array, numbers_of: tuple[Array, Array], pairs: Array
) -> tuple[Array, Array]:
    """The places of leaves with those of phrases among them, ``numbers_of`` each node."""
    firsts, numbers = numbers_of
    counts = np.diff(firsts)[pairs[:, 0]]
    if not counts.any():
        return ends, places
    of_pairs = numbers[ranges(firsts[pairs[:, 0]], counts)]
    owners = np.concatenate((np.repeat(np.arange(len(ends) - 1), np.diff(ends)), of_pairs))
    every = np.concatenate((places, np.repeat(pairs[:, 1], counts))).astype(np.int32)
    order = np.lexsort((every, owners))
    totals = np.bincount(owners, minlength=len(ends) - 1)
    return np.concatenate(([0], np.cumsum(totals))).astype(np.int64), every[order]


def _bits(docs: Array, first: int, bits_of: _Ints) -> Array:
    """The bits of those of some documents that are looked at."""
    docs = docs.astype(np.int64) - first
    bits = bits_of[docs[(docs >= 0) & (docs < len(bits_of))]]
    return bits[bits >= 0]
