"""Language tags: BCP 47, old codes, codes of three letters, names, and unknown ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis.languages import LANGUAGES, known_tag, language_of


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        (" fr ", "fr"),
        ("pt-BR", "pt"),
        ("pt_BR", "pt"),
        ("pt_BR.UTF-8", "pt"),  # a locale's name
        ("zh-Hans-CN", "zh"),
        ("de-DE-1996", "de"),
        ("nb", "no"),
        ("nn-NO", "no"),
        ("iw", "he"),
        ("in", "id"),
        ("ji", "yi"),
        ("mo", "ro"),
        ("hr", "sr"),
        ("bs-Latn", "sr"),
        ("sr-Cyrl", "sr"),
        ("eng", "en"),
        ("fra", "fr"),
        ("fre", "fr"),
        ("ger", "de"),
        ("deu", "de"),
        ("cmn", "zh"),
        ("arz", "ar"),
        ("fil", "tl"),
        ("vi", "vi"),
        ("english", "en"),
        ("French", "fr"),
    ],
)
def test_known(tag: str, language: str) -> None:
    assert language_of(tag) == language
    assert known_tag(tag)


@pytest.mark.parametrize("tag", ["und", "mul", "zxx", "mis", "", " "])
def test_no_language(tag: str) -> None:
    assert language_of(tag) == ""
    assert known_tag(tag)


@pytest.mark.parametrize("tag", ["xx", "klingon", "x-private", "i-default", "-", "1", "e n", "qaa"])
def test_unknown(tag: str) -> None:
    assert language_of(tag) == ""
    assert not known_tag(tag)


def test_every_language_with_a_stemmer_is_its_own() -> None:
    for code, name in LANGUAGES.items():
        assert language_of(code) == language_of(name) == code


@given(st.text(max_size=8))
def test_any_text(tag: str) -> None:
    language = language_of(tag)
    assert language == "" or language_of(language) == language
    assert known_tag(tag) or language == ""
