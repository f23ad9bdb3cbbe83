"""Query text -> terms, the same as those of article text."""

from __future__ import annotations

from searchlib.analysis import fold, tokenize
from searchlib.query.terms import folded, is_cjk, raw_tokens, stems


def test_folded_words_are_those_of_articles() -> None:
    for text in ("Co-operation at AT&T", "Café U.S. 1,250.50", "北京大学 ½", "", "..."):
        assert folded(text) == tuple(fold(token) for token in tokenize(text))


def test_long_texts_are_not_memoized() -> None:
    long = "Café " * 1000
    assert folded(long) == ("cafe",) * 1000
    assert raw_tokens(long) == ("Café",) * 1000
    assert folded(long) is not folded(long)
    assert folded("Café") is folded("Café")


def test_raw_tokens() -> None:
    assert raw_tokens("½ Cup") == ("½", "Cup")
    assert raw_tokens("Half a Cup") == ()
    assert len(raw_tokens("O’Neill's Café")) == len(folded("O’Neill's Café"))


def test_stems() -> None:
    assert stems(("rains", "banking"), "en") == ("rain", "bank")
    assert stems(("rains",), "") == ("rains",)


def test_cjk() -> None:
    assert all(map(is_cjk, "北カひ한"))
    assert not any(map(is_cjk, "aéя1*—"))
