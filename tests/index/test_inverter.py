"""The inverter: postings of cut texts in the order of terms, with forms, in ranges of terms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from searchlib.analysis import rules, vocabulary
from searchlib.analysis.byte_strings import ByteStrings
from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary
from searchlib.codec.postings import PostingsFormat
from searchlib.index import inverter as module
from searchlib.index.inverter import (
    Inverter,
    SortedVocabulary,
    TextFieldWriter,
    inverter,
    term_ranges,
)
from tests.parts import write_segment_file


def _sorted(words: list[bytes], languages: list[str]) -> SortedVocabulary:
    return SortedVocabulary(ByteStrings.of(words), languages, rules())


TEXTS = ["banks rain bank", "", "rain rain"]


def test_tally_count_and_spread() -> None:
    words = vocabulary()
    inverted = inverter(words, [words.cut(TEXTS[:1])[:2], words.cut(TEXTS[1:])[:2]])
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


@pytest.mark.parametrize("compiled", [True, False])
def test_postings_are_those_of_the_texts(compiled: bool) -> None:
    texts = ["a b a c", "", "c", "b b b a", "", "d c a d", ""]
    words = vocabulary() if compiled else Vocabulary(ChunkAnalyser())
    batches = [words.cut(texts[:3])[:2], words.cut([])[:2], words.cut(texts[3:])[:2]]
    inverted = inverter(words, batches) if compiled else Inverter(words, batches)
    lengths, counts = inverted.count_words()
    assert lengths.tolist() == [len(text.split()) for text in texts]
    names = [word.decode() for word in words.words()]
    split = [text.split() for text in texts]
    assert counts.tolist() == [sum(text.count(name) for text in split) for name in names]
    term_of = {"a": 1, "b": 0, "c": 1, "d": 2}  # "a" and "c" are forms of one term
    form_of = {"a": 0, "b": 0, "c": 1, "d": 0}
    terms, forms = (np.array([of[name] for name in names], np.int32) for of in (term_of, form_of))
    doc_counts, occurrences = inverted.count_postings(terms, forms, 4)
    tokens = [(term_of[word], doc, n, form_of[word]) for doc, text in enumerate(split)
              for n, word in enumerate(text)]  # fmt: skip
    of_terms = [sorted(token for token in tokens if token[0] == term) for term in range(4)]
    assert occurrences.tolist() == list(map(len, of_terms))
    assert doc_counts.tolist() == [len({token[1] for token in rows}) for rows in of_terms]
    for first in range(4):
        for last in range(first, 5):
            rows = [row for part in of_terms[first:last] for row in part]
            pairs = sorted({row[:2] for row in rows})
            docs, freqs, positions, forms_found = inverted.postings(first, last)
            assert docs.tolist() == [doc for _, doc in pairs]
            assert freqs.tolist() == [sum(row[:2] == pair for row in rows) for pair in pairs]
            assert positions.tolist() == [row[2] for row in rows]
            assert forms_found.tolist() == [row[3] for row in rows]


@pytest.mark.parametrize("size", [1 << 16, (1 << 16) + 1, 1 << 17, 1 << 20])
def test_tokens_in_the_order_of_many_terms(size: int) -> None:
    terms = np.array([size - 1, 0, 5, size - 1, 65_535, 5, size // 2, 0, size - 2], np.int32)
    order = module._order_by_term(terms, size)
    assert order.tolist() == sorted(range(len(terms)), key=lambda n: (terms[n], n))


def test_a_vocabulary_sorted_by_term_and_by_form() -> None:
    words = _sorted([b"rains", b"bank", b"rain", b"banks"], ["en"])
    assert words.terms.tolist() == [b"bank", b"rain"]
    assert words.forms.tolist() == [b"bank", b"banks", b"rain", b"rains"]
    assert words.term_of_form.tolist() == [0, 0, 1, 1]
    assert words.form_of_word.tolist() == [3, 0, 2, 1]
    assert words.by_spelling.tolist() == [0, 1, 2, 3]
    assert words.alternates == []


def test_a_surface_form_under_two_terms() -> None:
    # "côtés" is "côté" (side) in the plural, "côtes" is "côte" (coast): both are "cotes".
    written = ["côtés", "côtes", "côté", "café", "cafe"]
    words = _sorted([word.encode() for word in written], ["fr"])
    stems = rules().terms(written, "fr")
    assert sorted(set(stems)) == [term.decode() for term in words.terms.tolist()]
    pairs = sorted({(stem, rules().surface(word)) for stem, word in zip(stems, written)})
    of_forms = zip(words.term_of_form.tolist(), words.forms.tolist(), strict=True)
    assert [(words.terms[t].decode(), form.decode()) for t, form in of_forms] == pairs
    for number, word in enumerate(written):
        form = words.form_of_word[number]
        assert pairs[form] == (stems[number], rules().surface(word))
    spelled = [words.forms[i] for i in words.by_spelling.tolist()]
    assert spelled == sorted(words.forms.tolist())
    assert sorted(words.by_spelling.tolist()) == list(range(len(pairs)))


def test_words_of_several_languages() -> None:
    tagged = [b"rains", b"\xff\x01rains", "\xff".encode("latin-1") + b"\x01" + "häuser".encode()]
    words = _sorted(tagged, ["en", "de"])
    by_word = [words.terms[words.term_of_form[form]] for form in words.form_of_word.tolist()]
    english, german = rules().terms(["rains"], "en")[0], rules().terms(["rains"], "de")[0]
    assert by_word[:2] == [english.encode(), german.encode()]
    assert (2, b"haeuser", b"hauser") in words.alternates


@pytest.mark.parametrize(
    ("occurrences", "expected"),
    [([], []), ([7], [(0, 1)]), ([1, 1, 1], [(0, 3)]), ([2, 2, 9, 0], [(0, 2), (2, 3), (3, 4)])],
)
def test_ranges_of_terms(occurrences: list[int], expected: list[tuple[int, int]]) -> None:
    assert list(term_ranges(np.array(occurrences, np.int64), 4)) == expected


@pytest.mark.parametrize("with_thread", [False, True])
def test_a_field_is_written_alike_in_one_range_of_terms_and_in_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_thread: bool
) -> None:
    texts = ["banks rain bank", "", "rain rains banking", "snow " * 9]
    sections = []
    for maximum in (1 << 20, 2):
        monkeypatch.setattr(module, "_MAX_TOKENS", maximum)
        words = vocabulary()
        batches = [words.cut(texts[:2])[:2], words.cut(texts[2:])[:2]]
        (tmp_path / str(maximum)).mkdir()
        with ThreadPoolExecutor(1) as executor:
            thread = executor if with_thread else None
            sorted_words = _sorted(words.words(), ["en"])
            writer = TextFieldWriter(words, sorted_words, batches, thread)
            file, _ = write_segment_file(
                tmp_path / str(maximum),
                lambda out, writer=writer: writer.write(out, "body", 1.0, PostingsFormat()),
            )
        sections.append({name: file.array(name).tobytes() for name in file._sections})
    assert sections[0] == sections[1]
    assert sections[0]["body.lengths"] == bytes([3, 0, 3, 9])
