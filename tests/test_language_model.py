"""The model of an archive's dictionary that the measures of languages run on finds what the engine
finds, and the measures themselves on small samples worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl
from benchmarks.languages import measures
from benchmarks.languages.measures import Sample
from searchlib.analysis import rules

WORDS = {
    "fr": "paris pâris par parle école écoles ecole état états etats été élu élue côte cote ne née",
    "de": "häuser haeuser haus größe groesse straße strasse müller mueller muller neun neuen",
    "pt": "eleição eleições eleicao alemão alemães avó avô avo jornal jornais mata matéria",
    "sv": "åsa aasa asa göteborg goeteborg goteborg först förstår först mål mala",
    "tr": "ısparta isparta ilçe ile çin cin kitap kitaplar",
}


def _engine(tmp: Path, samples: list[Sample]) -> tuple[sl.Archive, list[str]]:
    """An archive with an article for each token."""
    archive = sl.Archive.create(tmp)
    rows = [(sample.language, token) for sample in samples for token in sample.counts]
    archive.add(
        [
            {"id": str(n), "body": token, "lang": language}
            for n, (language, token) in enumerate(rows)
        ]
    )
    return archive, [token for _, token in rows]


@pytest.mark.parametrize("languages", [("fr",), ("de",), ("pt",), ("sv",), ("tr",), ("fr", "de")])
def test_the_engine_finds_what_the_model_finds(languages: tuple[str, ...], tmp_path: Path) -> None:
    samples = [Sample(code, dict.fromkeys(WORDS[code].split(), 1)) for code in languages]
    found = measures.archive(samples, 2)
    archive, tokens = _engine(tmp_path, samples)
    with archive:
        for token in dict.fromkeys(tokens):
            for query in dict.fromkeys([token, rules().surface(token)]):
                hits = {tokens[int(hit.id)] for hit in archive.search(query, limit=100)}
                assert hits == found(query), (token, query)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("aeéèoös", min_size=1, max_size=5), min_size=1, max_size=12, unique=True))
def test_any_words(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    samples = [Sample("fr", dict.fromkeys(words, 1))]
    found = measures.archive(samples, 2)
    archive, tokens = _engine(tmp_path_factory.mktemp("a") / "b", samples)
    with archive:
        for token in tokens:
            hits = {tokens[int(hit.id)] for hit in archive.search(token, limit=100)}
            assert hits == found(token)


def test_the_guard() -> None:
    """One "pâris" in twenty counts as itself, and does not bring "par"."""
    sample = Sample("fr", {"paris": 20, "pâris": 1, "par": 50})
    assert measures.archive([sample], 2)("paris") == {"paris", "pâris"}


def test_measures() -> None:
    sample = Sample("fr", {"école": 2, "écoles": 1, "ecole": 1, "mer": 1})
    now = measures.archive([sample], 2)
    assert measures.joined(sample, now, list(sample.counts)) == 100
    assert measures.typed_plain(sample, now, 10) == (100, 100)
    # "écoles" and "ecole" find each other: their stems differ in the accent.
    assert measures.kept_apart(sample, now) == pytest.approx(100 * 2 / 17)
    pairs = [("école", "école"), ("écoles", "école"), ("mer", "mer")]
    # "ecole" is found by two of the three, and is of no lemma here.
    quality = measures.lemmas(now, pairs)
    assert quality.recall == 100
    assert quality.precision == pytest.approx(100 * (2 / 3 + 2 / 3 + 1) / 3)
