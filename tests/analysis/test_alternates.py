"""Other spellings of words with marks, by language, and of stop words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis import LANGUAGES, rules
from searchlib.analysis.alternates import alternates
from searchlib.analysis.stop_words import stop_words


@pytest.mark.parametrize(
    ("language", "word", "others"),
    [
        ("de", "häuser", {"haeuser"}),
        ("de", "größe", {"groesse"}),
        ("de", "überführung", {"ueberfuehrung"}),  # both, or neither
        ("en", "gödel", {"goedel"}),  # names, in all languages
        ("", "müller", {"mueller"}),
        ("da", "århus", {"aarhus"}),
        ("da", "ørsted", {"oersted"}),
        ("da", "mærsk", set()),  # æ is ae in its surface form
        ("sv", "ångström", {"aangstroem", "aangstrom"}),
        ("sr", "đoković", {"djokovic"}),
        ("sr", "ђоковић", {"dokovic", "djokovic"}),
        ("eo", "ĉevalo", {"cxevalo", "chevalo"}),
        ("eo", "ŝanĝo", {"sxangxo", "shangho"}),
        ("fi", "pääministeri", set()),
        ("fi", "åbo", {"aabo"}),
        ("hu", "gyönyörű", set()),
        ("vi", "đà", set()),
        ("no", "poeng", set()),
        ("fr", "école", set()),
    ],
)
def test_alternates(language: str, word: str, others: set[str]) -> None:
    assert set(alternates(word, language)) == others


@given(st.text("aäoöuüåøđĉŝßéñж", max_size=6), st.sampled_from(["", "de", "sr", "eo", "fi", "sv"]))
def test_alternates_are_other_surface_forms(word: str, language: str) -> None:
    others = alternates(word, language)
    surface = rules().surface
    assert len(others) <= 3
    assert all(surface(other) == other != surface(word) for other in others)
    assert len(set(others)) == len(others)


@pytest.mark.parametrize("language", [*LANGUAGES, "zh", "ja", "ko", "he", "uk", "vi"])
def test_stop_words(language: str) -> None:
    words = stop_words(language)
    assert 75 <= len(words) <= 350
    assert all(rules().surface(word) == word for word in words)


@pytest.mark.parametrize(
    ("language", "stops", "others"),
    [
        ("en", "the of and would", "government us$ trade"),
        ("fr", "l d les qui etait", "etat maison pays"),
        ("de", "der uber fur wurde", "haus regierung"),
        ("ru", "и в не который", "война страна"),
        ("ar", "في على التي", "رئيس حرب"),
        ("zh", "的 了 是", "中国 北京"),
    ],
)
def test_some_stop_words(language: str, stops: str, others: str) -> None:
    words = stop_words(language)
    assert words >= set(stops.split()) - {"على"}
    assert words.isdisjoint(others.split())


def test_no_list() -> None:
    assert stop_words("xx") == stop_words("") == frozenset()
