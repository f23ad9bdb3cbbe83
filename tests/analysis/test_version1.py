"""The rules of existing archives stay as they are."""

from __future__ import annotations

from searchlib.analysis.version1 import Version1


def test_words_are_folded_before_they_are_stemmed() -> None:
    rules = Version1()
    tokens = rules.tokenize("The U.S. cafés of China's AT&T paid 1,250.50")
    assert tokens == ["The", "U.S.", "cafés", "of", "China's", "AT&T", "paid", "1,250.50"]
    words = [rules.word(token, "en") for token in tokens]
    assert words == ["the", "u.s", "cafes", "of", "china", "at&t", "paid", "1250.50"]
    assert rules.terms(words, "en") == [
        "the",
        "u.s",
        "cafe",
        "of",
        "china",
        "at&t",
        "paid",
        "1250.50",
    ]
    assert rules.terms(words, "") == words
    assert rules.keyword("  São  Tomé ") == "sao tome"
    assert rules.alternates("häuser", "de") == ()
