"""Inverts texts: tokens in the order of documents become postings in the order of terms.

Terms are done in ranges, so that memory stays bounded by ``_MAX_TOKENS`` occurrences (or those of
one term, if it has more), and postings are written while the next ones are made.

:class:`Inverter` is the NumPy implementation of that of :mod:`searchlib.kernels`, which gives the
same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis import Rules
from searchlib.analysis.byte_strings import ByteStrings, byte_class
from searchlib.analysis.vocabulary import TAG_BYTE
from searchlib.cached_property import cached_property
from searchlib.codec.postings import PostingsFormat
from searchlib.codec.postings_writer import PostingsWriter
from searchlib.codec.segment_file import SegmentFileWriter
from searchlib.codec.term_dictionary import narrow
from searchlib.codec.text_field import FormCountsWriter, write_alternates, write_dictionary

__all__ = [
    "ChunkedTexts",
    "Inverter",
    "SortedVocabulary",
    "SortedWords",
    "TextFieldWriter",
    "inverter",
    "prefetch",
    "term_ranges",
]

Array = npt.NDArray[Any]
#: The numbers of the chunks of some texts, and how many each text has (int32): the first two arrays
#: that the vocabulary's ``cut`` returns.
ChunkedTexts = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]
_MAX_TOKENS = 1 << 20
_MIN_TOKENS, _FEWEST_RANGES = 1 << 17, 8  # of a field with more tokens
_AHEAD = 2  # ranges of terms whose postings are made while those of one are written
_ALNUMS = byte_class(f"{ascii_letters}{digits}".encode())
_ASCII = byte_class(bytes(range(128)))


class TextFieldWriter:
    """Writes the text field of a segment; its first postings are made while other fields are
    written.

    ``batches`` have the chunks of the documents, one batch after the other;
    ``words`` are those of the vocabulary. ``threads`` make the postings; without them they are made
    when they are needed.
    """

    def __init__(
        self, vocabulary: Any, words: SortedWords, batches: Sequence[ChunkedTexts],
        threads: ThreadPoolExecutor | None,
    ) -> None:  # fmt: skip
        inverted = inverter(vocabulary, batches)
        self._lengths, word_counts = inverted.count_words()
        self._terms = terms = _number_terms(words, word_counts > 0)
        self._counts, self._occurrences = inverted.count_postings(
            terms.term, terms.form, len(terms.terms)
        )
        tokens = int(self._occurrences.sum())
        maximum = min(max(tokens // _FEWEST_RANGES, _MIN_TOKENS), _MAX_TOKENS)
        self._ranges = list(term_ranges(self._occurrences, maximum)) or [(0, 0)]
        self._postings = prefetch(inverted.postings, self._ranges, threads, _AHEAD)
        next(self._postings)

    def write(
        self, out: SegmentFileWriter, name: str, weight: float, postings_format: PostingsFormat
    ) -> dict[str, Any]:
        """Write the field; returns its meta data."""
        terms, first_forms = self._terms, self._terms.first_forms
        writer = PostingsWriter(out, name, self._lengths, weight, postings_format)
        form_counts_writer = FormCountsWriter(out, name)
        # The threads make the first postings meanwhile.
        forms_in_parts = None if terms.forms is None else [terms.forms]
        write_dictionary(out, name, [terms.terms], first_forms, forms_in_parts, terms.spelling)
        write_alternates(out, name, terms.alternates)
        out.put(f"{name}.lengths", narrow(self._lengths))
        for (start, end), (docs, freqs, positions, forms) in zip(
            self._ranges, self._postings, strict=True
        ):
            form_counts = np.diff(first_forms[start : end + 1])
            writer.add(self._counts[start:end], docs, freqs, positions, forms, form_counts)
            if terms.forms is not None:
                bases = (first_forms[start:end] - first_forms[start]).astype(np.int32)
                forms += np.repeat(bases, self._occurrences[start:end])
                form_counts_writer.add(forms, freqs, int(first_forms[end] - first_forms[start]))
            del docs, freqs, positions, forms  # not kept in memory while the next ones are made
        if terms.forms is not None:
            form_counts_writer.finish()
        return writer.finish()


def prefetch(
    make: Callable[..., Any], ranges: Sequence[tuple[int, int]],
    threads: ThreadPoolExecutor | None, ahead: int,
) -> Generator[Any, None, None]:  # fmt: skip
    """None, and then ``make(*range)`` for each range; where there are threads, they make the next
    ones, so many ahead, while one is in use."""
    if threads is None:
        yield None
        for current in ranges:
            yield make(*current)
        return
    futures = deque(threads.submit(make, *one) for one in ranges[:ahead])
    yield None
    for number in range(len(ranges)):
        result = futures.popleft().result()
        futures.extend(threads.submit(make, *one) for one in ranges[number + ahead :][:1])
        yield result
        del result


def term_ranges(occurrences: Array, maximum: int) -> Iterator[tuple[int, int]]:
    """Consecutive ranges of terms that have at most ``maximum`` occurrences each, or one term.

    >>> list(term_ranges(np.array([3, 1, 9, 2]), 5))
    [(0, 2), (2, 3), (3, 4)]
    """
    totals, first = np.cumsum(occurrences), 0
    while first < len(occurrences):
        before = int(totals[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(totals, before + maximum, "right")))
        yield first, last
        first = last


class SortedWords(Protocol):
    """The words of a vocabulary as terms and forms: see :class:`SortedVocabulary`."""

    @property
    def terms(self) -> ByteStrings: ...
    @property
    def forms(self) -> ByteStrings: ...
    @property
    def term_of_form(self) -> Array: ...
    @property
    def form_of_word(self) -> Array: ...
    @property
    def by_spelling(self) -> Array: ...
    @property
    def alternates(self) -> list[tuple[int, bytes, bytes]]: ...


class SortedVocabulary:
    """The words of a vocabulary, by number, as the terms and surface forms that they stand for;
    all fields share them.

    Each word is of one of ``languages``, by its tag (:func:`split_word`). Words that differ in
    accents or in their language may share a form; a surface form may stand under several terms.
    """

    def __init__(self, words: ByteStrings, languages: Sequence[str], rules: Rules) -> None:
        self._words, self._tags = _without_tags(words)
        self._languages = languages
        self._rules = rules
        surface_forms, terms = self._surface_forms(), self._terms()
        ranks, term_ranks = surface_forms.ranks(), terms.ranks()
        order = np.argsort(term_ranks.astype(np.int64) << 32 | ranks)
        ranks, term_ranks = ranks[order], term_ranks[order]
        is_new_term = np.diff(term_ranks, prepend=-1) != 0
        is_new_form = is_new_term | (np.diff(ranks, prepend=-1) != 0)
        #: The distinct terms, sorted.
        self.terms = terms.take(order[is_new_term])
        #: The distinct forms, by term and then by spelling, and which of the terms each has.
        self.forms = surface_forms.take(order[is_new_form])
        self.term_of_form: Array = term_ranks[is_new_form]
        #: Which of the forms each word has.
        self.form_of_word: Array = np.empty(len(words), np.int32)
        self.form_of_word[order] = np.cumsum(is_new_form, dtype=np.int32) - 1
        #: The numbers of the forms, by spelling and then by term.
        self.by_spelling: Array = (
            np.sort(ranks[is_new_form].astype(np.int64) << 32 | np.arange(len(self.forms)))
            & (1 << 32) - 1
        )

    def _surface_forms(self) -> ByteStrings:
        # Letters and digits of ASCII stay as they are.
        others = np.flatnonzero(~self._words.consist_of(_ALNUMS))
        words = self._words.take(others).tolist()
        surface = [self._rules.surface(word.decode()).encode() for word in words]
        return self._words.replaced(others, ByteStrings.of(surface))

    def _terms(self) -> ByteStrings:
        tags = np.unique(self._tags).tolist()
        if tags == [0]:
            return self._rules.encoded_terms(self._words, self._languages[0])
        terms = self._words
        for tag in tags:
            numbers = np.flatnonzero(self._tags == tag)
            of_tag = self._rules.encoded_terms(self._words.take(numbers), self._languages[tag])
            terms = terms.replaced(numbers, of_tag)
        return terms

    @cached_property
    def alternates(self) -> list[tuple[int, bytes, bytes]]:
        """(number of a word, a further surface form that it is typed as, its own)."""
        rows = []
        for number in np.flatnonzero(~self._words.consist_of(_ASCII)).tolist():
            text, language = self._words[number].decode(), self._languages[self._tags[number]]
            surface = self._rules.surface(text)
            for alternate in self._rules.alternates(text, language):
                if alternate != surface:
                    rows.append((number, alternate.encode(), surface.encode()))
        return rows


def _without_tags(words: ByteStrings) -> tuple[ByteStrings, npt.NDArray[np.uint8]]:
    """The words without their tags (:func:`split_word`), and the tag of each: uint8."""
    tags = np.zeros(len(words), np.uint8)
    if not np.any(words.text == TAG_BYTE):
        return words, tags
    tagged = np.flatnonzero(words.lengths)
    tagged = tagged[words.text[words.starts[tagged]] == TAG_BYTE]
    tags[tagged] = words.text[words.starts[tagged] + 1]
    starts = words.starts.copy()
    starts[tagged] += 2
    return ByteStrings(words.text, starts, words.ends), tags


@dataclass(frozen=True, slots=True)
class _FieldDictionary:
    """The terms and forms of a field.

    ``terms`` are sorted; ``first_forms`` has the ordinal of each term's first form, and the number
    of forms at its end; ``forms`` are sorted by term and then by spelling, and ``spelling`` has
    their ordinals by spelling (both None if the terms are the surface forms); ``term`` and ``form``
    have, for each word of the vocabulary, its term and its number among the forms of the term;
    ``alternates`` are the further spellings of forms, each with the form's."""

    terms: ByteStrings
    first_forms: Array
    forms: ByteStrings | None
    spelling: Array | None
    term: npt.NDArray[np.int32]
    form: npt.NDArray[np.int32]
    alternates: list[tuple[bytes, bytes]]


def _number_terms(vocabulary: SortedWords, is_used: Array) -> _FieldDictionary:
    """The terms and forms of the words that are used (a mask); the others have term and form 0."""
    form_of_word = vocabulary.form_of_word
    is_used_form = np.zeros(len(vocabulary.forms), bool)
    is_used_form[form_of_word[is_used]] = True
    used = np.flatnonzero(is_used_form)
    old_terms = vocabulary.term_of_form[used]
    is_new = np.diff(old_terms, prepend=-1) != 0
    first_forms, term_of = np.flatnonzero(is_new), np.cumsum(is_new) - 1
    terms, forms = vocabulary.terms.take(old_terms[first_forms]), vocabulary.forms.take(used)
    # Of each form of the vocabulary: its ordinal among those used, its term, its number there.
    ordinals, new_terms, new_forms = np.full((3, len(vocabulary.forms)), -1, np.int32)
    ordinals[used] = np.arange(len(used))
    new_terms[used], new_forms[used] = term_of, np.arange(len(used)) - first_forms[term_of]
    term, form = np.zeros((2, len(form_of_word)), np.int32)
    term[is_used] = new_terms[form_of_word[is_used]]
    form[is_used] = new_forms[form_of_word[is_used]]
    first_forms = np.append(first_forms, len(used))
    spelling = ordinals[vocabulary.by_spelling]
    alternates = sorted({row[1:] for row in vocabulary.alternates if is_used[row[0]]})
    if terms.same_as(forms):
        return _FieldDictionary(terms, first_forms, None, None, term, form, alternates)
    spelling = spelling[spelling >= 0]
    return _FieldDictionary(terms, first_forms, forms, spelling, term, form, alternates)


def inverter(vocabulary: Any, batches: Sequence[ChunkedTexts]) -> Any:
    """The :class:`Inverter` of these texts, or the compiled one, which gives the same."""
    if kernels.available and isinstance(vocabulary, kernels.vocabulary.Vocabulary):
        return kernels.inverter.Inverter(vocabulary, list(batches))
    return Inverter(vocabulary, batches)


class Inverter:
    """Texts that were cut, by document, to be brought into the order of terms: call
    ``count_words``, then ``count_postings``, then ``postings``.

    Tokens come in the order of documents and positions; a stable sort by term brings them into the
    order of postings, and all else is read off.
    """

    def __init__(self, vocabulary: Any, batches: Sequence[ChunkedTexts]) -> None:
        empty = [np.empty(0, np.int32)]
        chunks = np.concatenate([numbers for numbers, _ in batches] or empty)
        counts = np.concatenate([counts for _, counts in batches] or empty)
        ends = np.cumsum(counts, dtype=np.int64)
        totals = np.concatenate(([0], np.cumsum(vocabulary.lengths(chunks))))
        self._lengths = np.diff(totals[ends], prepend=0)
        self._words: Array = vocabulary.expand(chunks)
        self._vocabulary_size = len(vocabulary.words())

    def count_words(self) -> tuple[Array, Array]:
        """How many tokens each document has, and how often each word occurs: int64."""
        return self._lengths, np.bincount(self._words, minlength=self._vocabulary_size)

    def count_postings(self, terms: Array, forms: Array, size: int) -> tuple[Array, Array]:
        """Set the term (below ``size``) and the form of each word; returns in how many documents
        each term is, and how often it occurs: int64."""
        term_of = terms[self._words]
        order = _order_by_term(term_of, size)
        term_of = term_of[order]
        doc_of = np.repeat(np.arange(len(self._lengths)), self._lengths)[order]
        doc_starts = np.cumsum(self._lengths) - self._lengths
        posting_starts = np.flatnonzero(
            (np.diff(term_of, prepend=-1) != 0) | (np.diff(doc_of, prepend=-1) != 0)
        )
        counts = np.bincount(term_of[posting_starts], minlength=size)
        occurrences = np.bincount(term_of, minlength=size)
        self._posting_offsets = np.concatenate(([0], np.cumsum(counts)))
        self._token_offsets = np.concatenate(([0], np.cumsum(occurrences)))
        self._docs = doc_of[posting_starts].astype(np.int32)
        self._freqs = np.diff(posting_starts, append=len(order)).astype(np.int32)
        self._positions = (order - doc_starts[doc_of]).astype(np.int32)
        self._forms = forms[self._words[order]]
        return counts, occurrences

    def postings(self, first: int, last: int) -> tuple[Array, Array, Array, Array]:
        """The postings of the terms from ``first`` to ``last``: for each posting its document and
        frequency, for each occurrence its position and form: int32."""
        postings = slice(self._posting_offsets[first], self._posting_offsets[last])
        tokens = slice(self._token_offsets[first], self._token_offsets[last])
        return (
            self._docs[postings],
            self._freqs[postings],
            self._positions[tokens],
            self._forms[tokens],
        )


def _order_by_term(terms: Array, size: int) -> Array:
    """The indices that sort tokens by term, stably: int64.

    A radix sort of 16 bits at a time, which is what NumPy's stable sort of uint16 is.
    """
    order = np.argsort(terms.astype(np.uint16), kind="stable")
    if size > 1 << 16:
        high = (terms >> 16).astype(np.uint16)
        order = order[np.argsort(high[order], kind="stable")]
    return order
