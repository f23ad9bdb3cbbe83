"""Query text -> words as typed, and their surface forms and terms."""

from __future__ import annotations

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis import rules
from searchlib.query.terms import is_cjk, stems, surface_forms, without_elisions, words

RULES = rules()


def test_words_as_typed() -> None:
    assert words("Co-operation in the Café", RULES) == ("co", "operation", "in", "the", "café")
    assert words("China's ½ 1,250.50", RULES) == ("china's", "½", "1,250.50")
    assert words("...", RULES) == ()
    assert words("北京", RULES) == ("北", "京")


def test_initials_keep_their_capitals() -> None:
    """Lower case says the same of "U.S.", but not of "US", which is also the pronoun."""
    assert words("U.S. US us", RULES) == ("u.s.", "US", "us")
    assert words("OR", RULES) == ("or",)  # an operator, if it were written in capitals


def test_a_word_is_read_as_itself() -> None:
    for word in words("Łódź O'Neill İstanbul U.S.A. AT&T ½ 3,5 naïve US", RULES):
        assert words(word, RULES) == (word,)


def test_long_texts_are_not_memoized() -> None:
    long = "Café " * 1000
    assert words(long, RULES) == ("café",) * 1000
    assert words(long, RULES) is not words(long, RULES)
    assert words("Café", RULES) is words("Café", RULES)


def test_surfaces_and_stems() -> None:
    assert surface_forms(("rains", "café", "o'neill"), "en", RULES) == ("rains", "cafe", "oneill")
    assert stems(("rains", "banking"), "en", 2) == ("rain", "bank")
    assert stems(("rains",), "", 2) == ("rains",)
    assert stems(("économie",), "fr", 2) == ("econom",)


def test_cjk() -> None:
    assert all(map(is_cjk, "北カひ한"))
    assert not any(map(is_cjk, "aéя1*—"))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("l'école", ("école",)),
        ("L’école", ("école",)),
        ("dell'Italia", ("italia",)),
        ("d'l'école", ("école",)),
        ("l'arc-en-ciel", ("arc", "en", "ciel")),
        ("qu'il", ("il",)),
        ("D'Angelo", ("d", "angelo")),  # a name
        ("O'Neill", ("o'neill",)),
        ("rock'n'roll", ("rock", "n", "roll")),
        ("workers'-rights", ("workers", "rights")),
        ("l'", ("l",)),  # by itself it stays
        ("'", ()),
    ],
)
def test_elided_articles_are_left_out(text: str, read: tuple[str, ...]) -> None:
    assert without_elisions(text, RULES) == read


@given(st.text(ascii_lowercase, min_size=1, max_size=40), st.sampled_from([1, 2]))
def test_small_letters_are_read_as_the_tokenizer_reads_them(text: str, version: int) -> None:
    """They are not cut: see :func:`searchlib.query.terms.words`."""
    chosen = rules(version)
    assert words(text, chosen) == tuple(chosen.tokenize(chosen.prepare(text)))
