"""Stemming: every language, one form or many at a time, and several threads."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis.folding import fold
from searchlib.analysis.stemmers import LANGUAGES, has_stemmer, stem, stem_many
from searchlib.analysis.tokenizer import tokenize
from tests.texts import TEXTS


@pytest.mark.parametrize("language", [*LANGUAGES, "zh", "ja", "ko", ""])
def test_every_language(language: str) -> None:
    assert has_stemmer(language) == (language in LANGUAGES)
    assert all(stem(form, language) for form in ("a", "s", "ing", "ly", "का", "ها"))


def test_stems() -> None:
    assert stem("running", "en") == stem("runs", "en") == "run"
    assert stem("häuser", "de") == stem("hauser", "de")
    assert stem("running", "zh") == "running"


def test_forms_with_a_full_stop_are_not_stemmed() -> None:
    assert stem("u.s", "en") == "u.s"
    assert stem_many([b"runs", b"u.s", b"3.5", b"runs"], "en") == [b"run", b"u.s", b"3.5", b"run"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_stem_is_empty(language: str) -> None:
    forms = ["'", "''", "''s", "'s", "d'", "m'", "running"]  # some stem to nothing
    stems = [stem(form, language) for form in forms]
    assert all(stems)
    assert stem_many([form.encode() for form in forms], language) == [s.encode() for s in stems]


@given(st.lists(TEXTS, max_size=4), st.sampled_from(["en", "de", "ru", "ar", "yi", "zh", ""]))
def test_many_at_a_time_are_stemmed_as_one(texts: list[str], language: str) -> None:
    forms = [fold(token) for text in texts for token in tokenize(text)]
    stems = stem_many([form.encode() for form in forms], language)
    assert [stemmed.decode() for stemmed in stems] == [stem(form, language) for form in forms]


def test_no_forms() -> None:
    assert stem_many([], "en") == stem_many([], "zh") == []


def test_without_a_stemmer_the_list_is_copied() -> None:
    forms = [b"running"]
    stems = stem_many(forms, "zh")
    assert stems == forms
    assert stems is not forms


def test_threads_stem_alike() -> None:
    results: list[list[str]] = []
    texts = [f"running{n} agreements{n} nationalization{n}" for n in range(300)]

    def stem_all() -> None:
        uncached = stem.__wrapped__
        results.append([uncached(word, "en") for text in texts for word in tokenize(text)])

    threads = [threading.Thread(target=stem_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(stems == results[0] for stems in results)
