"""Texts that were cut -> the text field of a segment: the words are brought into the order of
terms, some terms at a time, so that memory stays bounded by ``_MOST`` occurrences (or by one
term's, if it has more)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import ne
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis import has_stemmer, stem_many
from searchlib.codec.postings import PostingsFormat
from searchlib.codec.postings_writer import PostingsWriter
from searchlib.codec.segment_file import SegmentFileWriter
from searchlib.codec.term_dictionary import narrow
from searchlib.codec.text_field import FormCounts, write_dictionary

__all__ = ["Inversion", "TextWriter", "Words", "inversion", "ranges_of"]

Array = npt.NDArray[Any]
Part = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]  # what Vocabulary.cut gives
_MOST = 1 << 20


class TextWriter:
    """Writes the texts of a field: the first postings are made while this waits to be told to.

    ``parts`` are what ``vocabulary.cut`` gave for the documents, one after the other; ``words``
    are those of the vocabulary. ``thread`` makes the postings; without one they are made when
    they are asked for.
    """

    def __init__(
        self, vocabulary: Any, words: Words, parts: Sequence[Part], language: str,
        thread: ThreadPoolExecutor | None,
    ) -> None:  # fmt: skip
        texts = inversion(vocabulary, parts)
        self._lengths, uses = texts.tally()
        self._numbered = numbered = _numbered(words, uses > 0, language)
        self._counts, self._uses = texts.count(numbered.term, numbered.form, len(numbered.terms))
        self._ranges = list(ranges_of(self._uses, _MOST)) or [(0, 0)]
        self._made = _ahead(texts.spread, self._ranges, thread)
        next(self._made)

    def write(
        self, out: SegmentFileWriter, name: str, weight: float, postings_format: PostingsFormat
    ) -> dict[str, Any]:
        """Write the field; returns its meta data."""
        numbered, first = self._numbered, self._numbered.first
        writer = PostingsWriter(out, name, self._lengths, weight, postings_format)
        form_counts = FormCounts(out, name)
        for (start, end), (docs, freqs, positions, forms) in zip(
            self._ranges, self._made, strict=True
        ):
            sizes = np.diff(first[start : end + 1])
            writer.add(self._counts[start:end], docs, freqs, positions, forms, sizes)
            if numbered.surfaces is not None:
                heads = (first[start:end] - first[start]).astype(np.int32)
                forms += np.repeat(heads, self._uses[start:end])
                form_counts.add(forms, freqs, int(first[end] - first[start]))
            del docs, freqs, positions, forms  # not to be held while the next ones are waited for
        if numbered.surfaces is not None:
            form_counts.finish()
        write_dictionary(out, name, numbered.terms, first, numbered.surfaces, numbered.spelling)
        out.put(f"{name}.lengths", narrow(self._lengths))
        return writer.finish()


def _ahead(
    make: Callable[..., Any], ranges: Sequence[tuple[int, int]], thread: ThreadPoolExecutor | None
) -> Generator[Any, None, None]:
    """Nothing, and then what ``make`` gives for each range; the next one is always being made
    in the thread, if there is one, while the last is in use."""
    if thread is None:
        yield None
        for at in ranges:
            yield make(*at)
        return
    made = thread.submit(make, *ranges[0])
    yield None
    for after in ranges[1:]:
        found = made.result()
        made = thread.submit(make, *after)
        yield found
        del found
    yield made.result()


def ranges_of(uses: Array, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of terms that together have at most so many ``uses``, or of one term.

    >>> list(ranges_of(np.array([3, 1, 9, 2]), 5))
    [(0, 2), (2, 3), (3, 4)]
    """
    total, first = np.cumsum(uses), 0
    while first < len(uses):
        before = int(total[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(total, before + most, "right")))
        yield first, last
        first = last


def order(items: list[bytes]) -> npt.NDArray[np.int32]:
    """The places of byte strings in ascending order, equal ones as they come: int32.

    >>> order([b"rain", b"bank", b"rain"]).tolist()
    [1, 0, 2]
    """
    if kernels.available:
        return kernels.inverter.argsort(items)
    return np.array(sorted(range(len(items)), key=items.__getitem__), np.int32)


class Words:
    """The words of a vocabulary by number, and their order, which all fields share."""

    def __init__(self, words: list[bytes]) -> None:
        self.words = words
        self.by_spelling = order(words)
        self._by_term: dict[str, tuple[list[bytes], Array, Array]] = {}

    def by_term(self, language: str) -> tuple[list[bytes], Array, Array]:
        """The different stems in order; the words by stem and then by spelling, and which of
        the stems each has."""
        if language not in self._by_term:
            found = stem_many([self.words[i] for i in self.by_spelling.tolist()], language)
            by_stem = order(found)  # the words of each stay by spelling
            stem_of = [found[i] for i in by_stem.tolist()]
            fresh = np.fromiter(map(ne, stem_of, [None, *stem_of]), bool, len(by_stem))
            terms = [stem_of[i] for i in np.flatnonzero(fresh).tolist()]
            owner = np.cumsum(fresh, dtype=np.int32) - 1
            self._by_term[language] = terms, self.by_spelling[by_stem], owner
        return self._by_term[language]


@dataclass(frozen=True, slots=True)
class _Numbered:
    """The terms in order; by term its first form (and how many forms there are); the forms in
    order and their order by spelling, if there is a stemmer; by word its term, and which of the
    term's forms it is."""

    terms: list[bytes]
    first: Array
    surfaces: list[bytes] | None
    spelling: Array | None
    term: npt.NDArray[np.int32]
    form: npt.NDArray[np.int32]


def _numbered(all_words: Words, used: Array, language: str) -> _Numbered:
    """Terms and forms of the words that are used (a mask); the others get numbers too."""
    words = all_words.words
    term, form = np.zeros((2, len(words)), np.int32)
    if not has_stemmer(language):
        places = all_words.by_spelling[used[all_words.by_spelling]]
        term[places] = np.arange(len(places))
        terms = [words[i] for i in places.tolist()]
        return _Numbered(terms, np.arange(len(places) + 1), None, None, term, form)
    found, by_term, owner = all_words.by_term(language)
    kept = used[by_term]
    places, owner = by_term[kept], owner[kept]
    fresh = np.diff(owner, prepend=-1) != 0
    first, number = np.flatnonzero(fresh), np.cumsum(fresh) - 1
    terms = [found[i] for i in owner[first].tolist()]
    surfaces = [words[i] for i in places.tolist()]
    place = np.full(len(words), -1, np.int32)  # of each word, among the forms
    place[places] = np.arange(len(places))
    spelling = place[all_words.by_spelling]
    term[places], form[places] = number, np.arange(len(places)) - first[number]
    first = np.append(first, len(places))
    return _Numbered(terms, first, surfaces, spelling[spelling >= 0], term, form)


def inversion(vocabulary: Any, parts: Sequence[Part]) -> Any:
    """The :class:`Inversion` of these texts, or the compiled one, which gives the same."""
    if kernels.available and isinstance(vocabulary, kernels.vocabulary.Vocabulary):
        return kernels.inverter.Inverter(vocabulary, list(parts))
    return Inversion(vocabulary, parts)


class Inversion:
    """Texts that were cut, by document, brought into the order of terms: ``tally``, then
    ``count``, then ``spread``.

    Words come in the order of documents and positions; a stable sort by term brings them into
    the order of postings, and all else is read off.
    """

    def __init__(self, vocabulary: Any, parts: Sequence[Part]) -> None:
        none = [np.empty(0, np.int32)]
        chunks = np.concatenate([part for part, _ in parts] or none)
        ends = np.cumsum(np.concatenate([counts for _, counts in parts] or none), dtype=np.int64)
        total = np.concatenate(([0], np.cumsum(vocabulary.lengths(chunks))))
        self._lengths = np.diff(total[ends], prepend=0)
        self._words: Array = vocabulary.expand(chunks)
        self._known = len(vocabulary.surfaces)

    def tally(self) -> tuple[Array, Array]:
        """How many words each document has, and how often each word occurs: int64."""
        return self._lengths, np.bincount(self._words, minlength=self._known)

    def count(self, terms: Array, forms: Array, size: int) -> tuple[Array, Array]:
        """Take the term (below ``size``) and the form of each word; in how many documents each
        term is, and how often it occurs: int64."""
        by_word = terms[self._words]
        places = _by_term(by_word, size)
        by_word = by_word[places]
        owners = np.repeat(np.arange(len(self._lengths)), self._lengths)[places]
        starts = np.cumsum(self._lengths) - self._lengths
        heads = np.flatnonzero(
            (np.diff(by_word, prepend=-1) != 0) | (np.diff(owners, prepend=-1) != 0)
        )
        counts = np.bincount(by_word[heads], minlength=size)
        uses = np.bincount(by_word, minlength=size)
        self._postings = np.concatenate(([0], np.cumsum(counts)))
        self._tokens = np.concatenate(([0], np.cumsum(uses)))
        self._docs = owners[heads].astype(np.int32)
        self._freqs = np.diff(heads, append=len(places)).astype(np.int32)
        self._positions = (places - starts[owners]).astype(np.int32)
        self._forms = forms[self._words[places]]
        return counts, uses

    def spread(self, first: int, last: int) -> tuple[Array, Array, Array, Array]:
        """The postings of the terms from ``first`` to ``last``: per posting its document and
        frequency, per occurrence its position and form: int32."""
        postings = slice(self._postings[first], self._postings[last])
        tokens = slice(self._tokens[first], self._tokens[last])
        return (
            self._docs[postings],
            self._freqs[postings],
            self._positions[tokens],
            self._forms[tokens],
        )


def _by_term(terms: Array, size: int) -> Array:
    """The places of all words, by term and then by place: int64.

    A radix sort of 16 bits at a time, which is what a stable sort of uint16 is.
    """
    order = np.argsort(terms.astype(np.uint16), kind="stable")
    if size > 1 << 16:
        high = (terms >> 16).astype(np.uint16)
        order = order[np.argsort(high[order], kind="stable")]
    return order
