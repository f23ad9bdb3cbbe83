"""The rules of existing archives stay as they are."""

from __future__ import annotations

from searchlib.analysis.byte_strings import ByteStrings
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
    encoded = rules.encoded_terms(ByteStrings.of([word.encode() for word in words]), "en")
    assert [term.decode() for term in encoded.tolist()] == rules.terms(words, "en")
    assert rules.terms(words, "") == words
    assert rules.keyword("  São  Tomé ") == "sao tome"
    assert rules.alternates("häuser", "de") == ()


def test_what_version_1_does_not_know() -> None:
    by = Version1()
    assert by.version == 1
    assert by.surface("café") == "café"
    assert by.stop_words("en") == frozenset()
    assert by.alternates("häuser", "de") == ()
    assert by.tokenize_parts(["rain。", "R&D"]) == [["rain"], ["R&D"]]
    # A bold capital is decomposed to one, which is made small then.
    assert (by.keyword("𝐇é"), by.word("𝐇é", "")) == ("he", "he")
