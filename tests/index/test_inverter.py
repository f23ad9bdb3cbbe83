"""The inverter: postings of cut texts in the order of terms, with forms, in ranges of terms."""

from __future__ import annotations

import numpy as np
import pytest

from searchlib.analysis import vocabulary
from searchlib.index.inverter import SortedVocabulary, inverter, sort_order, term_ranges

TEXTS = ["banks rain bank", "", "rain rain"]


def test_tally_count_and_spread() -> None:
    words = vocabulary()
    inverted = inverter(words, [words.cut(TEXTS[:1]), words.cut(TEXTS[1:])])
    lengths, counts = inverted.count_words()
    names = words.words()
    assert lengths.tolist() == [3, 0, 2]
    assert dict(zip(names, counts.tolist(), strict=True)) == {b"banks": 1, b"rain": 3, b"bank": 1}
    terms = np.array([int(name == b"rain") for name in names], np.int32)
    forms = np.array([int(name == b"banks") for name in names], np.int32)
    doc_counts, occurrences = inverted.count_postings(terms, forms, 2)
    assert (doc_counts.tolist(), occurrences.tolist()) == ([1, 2], [2, 3])
    docs, freqs, positions, forms_of_tokens = inverted.postings(0, 2)
    assert docs.tolist() == [0, 0, 2]
    assert freqs.tolist() == [2, 1, 2]
    assert positions.tolist() == [0, 2, 1, 0, 1]
    assert forms_of_tokens.tolist() == [1, 0, 0, 0, 0]
    assert inverted.postings(1, 2)[0].tolist() == [0, 2]


def test_a_vocabulary_sorted_by_spelling_and_by_stem() -> None:
    words = [b"rains", b"bank", b"rain", b"banks"]
    ordered = SortedVocabulary(words)
    assert ordered.by_spelling.tolist() == [1, 3, 2, 0]
    stems, by_stem, stem_of = ordered.by_stem("en")
    assert stems == [b"bank", b"rain"]
    assert by_stem.tolist() == [1, 3, 2, 0]
    assert stem_of.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("occurrences", "expected"),
    [([], []), ([7], [(0, 1)]), ([1, 1, 1], [(0, 3)]), ([2, 2, 9, 0], [(0, 2), (2, 3), (3, 4)])],
)
def test_ranges_of_terms(occurrences: list[int], expected: list[tuple[int, int]]) -> None:
    assert list(term_ranges(np.array(occurrences, np.int64), 4)) == expected


def test_sort_order_is_stable() -> None:
    assert sort_order([]).tolist() == []
    assert sort_order([b"b", b"a", b"b", b""]).tolist() == [3, 1, 0, 2]
