"""What is done before a stemmer: pairs of forms of one word, and of words that stay apart."""

from __future__ import annotations

import pytest

from searchlib.analysis import LANGUAGES, rules
from searchlib.analysis.normalizers import NORMALIZERS

# Forms of one word, by the grammar of the language.
SAME = {
    "ar": ["الوزير وزير", "والوزير وزير", "بالمدرسة مدرسة", "كالمدرسة مدرسة", "للمدرسة مدرسة",
           "والمدرسة المدرسة", "فالمدرسة المدرسة", "السيارات سيارة", "أحمد احمد", "إسلام اسلام",
           "یمکن يمكن"],
    "ca": ["col·lecció collecció", "col·leccions col·lecció"],
    "es": ["jueces juez", "voces voz", "luces luz", "ciudades ciudad", "verdades verdad",
           "universidades universidad"],
    "fa": ["كتاب کتاب", "قديم قدیم"],
    "ga": ["t'aontas aontas", "h'éireann éireann", "héireann éireann", "bhfear fear",
           "gcathair cathair", "chathair cathair"],
    "hi": ["हिन्दी हिंदी", "सम्बन्ध संबंध", "अन्तर अंतर", "पाँच पांच", "झण्डा झंडा", "पञ्च पंच"],
    "pt": ["eleições eleição", "alemães alemão", "mãos mão", "homens homem", "jardins jardim",
           "jornais jornal", "papéis papel", "espanhóis espanhol", "níveis nível", "fáceis fácil",
           "túneis túnel"],
    "ro": ["ministrul ministru", "teatrul teatru", "ştiinţa știința"],
    "sv": ["skolan skola", "frågan fråga", "kvinnans kvinna"],
}  # fmt: skip
# Words that look like such forms, and are not.
APART = {
    "ar": ["الله له", "بالي ي"],
    "es": ["vez vea"],
    "fa": ["میدان دان"],
    "ga": ["hata ata"],
    "hi": ["कल काल", "दिन दीन"],
    "pt": ["mais mal", "jamais jamal", "pais pal", "heróis herol", "seis sel"],
    "ro": ["pentru pent"],
    "sv": ["utan uta", "roman roma", "plan pla", "talman talma"],
}


def _term(word: str, language: str) -> str:
    return rules().terms([word], language)[0]


def _cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, pair) for language, pairs in table.items() for pair in pairs]


@pytest.mark.parametrize(("language", "pair"), _cases(SAME))
def test_same(language: str, pair: str) -> None:
    one, other = pair.split()
    assert _term(one, language) == _term(other, language)


@pytest.mark.parametrize(("language", "pair"), _cases(APART))
def test_apart(language: str, pair: str) -> None:
    one, other = pair.split()
    assert _term(one, language) != _term(other, language)


def test_every_chain_is_of_a_language_and_has_a_case() -> None:
    assert NORMALIZERS.keys() <= LANGUAGES.keys()
    assert NORMALIZERS.keys() <= SAME.keys()


@pytest.mark.parametrize("language", NORMALIZERS)
@pytest.mark.parametrize("word", ["", "a", "و", "ال", "لل", "بال", "ões", "ais", "h", "t'", "an"])
def test_short_words_stay_words(language: str, word: str) -> None:
    normalized = word
    for step in NORMALIZERS[language]:
        normalized = step(normalized)
    assert bool(normalized) == bool(word) or word in ("t'",)
