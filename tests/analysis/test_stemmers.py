"""Stemming: every language, str or UTF-8, and several threads."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis.byte_strings import ByteStrings
from searchlib.analysis.rules import rules
from searchlib.analysis.stemmers import LANGUAGES, encoded_terms, has_stemmer, terms
from searchlib.analysis.tokenizer import tokenize
from tests.texts import TEXTS


def _encoded(words: list[bytes], language: str) -> list[bytes]:
    return encoded_terms(ByteStrings.of(words), language).tolist()


def _word(text: str, language: str) -> str:
    return rules().word(text, language)


@pytest.mark.parametrize("language", [*LANGUAGES, "zh", "ja", "ko", ""])
def test_every_language(language: str) -> None:
    assert has_stemmer(language) == (language in LANGUAGES)
    assert all(terms(["a", "s", "ing", "ly", "का", "ها"], language))


def test_terms() -> None:
    assert terms(["running", "runs", "mp's"], "en") == ["run", "run", "mp"]
    assert len(set(terms(["häuser", "haus"], "de"))) == 1
    assert terms(["running", "école"], "zh") == ["running", "ecole"]


@pytest.mark.parametrize("language", ["en", "pt", "zh", ""])
def test_numbers_and_initials_are_not_stemmed(language: str) -> None:
    words = ["u.s", "3.5", "1990s", "h2os", "2010"]
    assert terms(words, language) == words
    assert _encoded([word.encode() for word in words], language) == [
        word.encode() for word in words
    ]


@pytest.mark.parametrize(
    ("language", "word", "term"),
    [("en", "agreed", "agre"), ("es", "juez", "juec"), ("ro", "ministru", "ministr"),
     ("pt", "homens", "hom"), ("zh", "agreed", "agreed")],
)  # fmt: skip
def test_words_of_ascii_are_normalized_too(language: str, word: str, term: str) -> None:
    assert terms([word], language) == [term]
    assert _encoded([word.encode()], language) == [term.encode()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_term_is_empty(language: str) -> None:
    words = ["s", "st", "ly", "ing", "mp's", "running"]  # some stem to nothing
    assert all(terms(words, language))
    assert _encoded([word.encode() for word in words], language) == [
        term.encode() for term in terms(words, language)
    ]


@given(st.lists(TEXTS, max_size=4), st.sampled_from([*LANGUAGES, "zh", ""]))
def test_encoded_words_have_the_same_terms(texts: list[str], language: str) -> None:
    words = [_word(token, language) for text in texts for token in tokenize(text)]
    words += [f"{text.split()[0]}s" for text in texts if text.split()]
    expected = [terms([word], language)[0] for word in words]
    assert terms(words, language) == expected
    found = _encoded([word.encode() for word in words], language)
    assert [term.decode() for term in found] == expected


def test_no_words() -> None:
    assert terms([], "en") == terms([], "zh") == []
    assert _encoded([], "en") == _encoded([], "zh") == []


def test_threads_stem_alike() -> None:
    results: list[list[bytes]] = []
    words = [f"{word}{'a' * n}s" for n in range(300) for word in ("running", "agreement", "nation")]

    def stem_all() -> None:
        results.append(_encoded([word.encode() for word in words], "en"))

    threads = [threading.Thread(target=stem_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[0] == [term.encode() for term in terms(words, "en")]
    assert len(results) == 4
    assert all(stems == results[0] for stems in results)
