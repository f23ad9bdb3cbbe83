"""What words stand for is what it would be found to be anew, after whatever commits, merges and
deletes."""

from __future__ import annotations

import random
import tempfile
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.search.word_forms import WordForms, WordReader
from searchlib.watches import known_words
from searchlib.watches.known_words import KnownWords
from searchlib.watches.leaves import LeafTable, Part
from searchlib.watches.stored_words import StoredWords, restored_words, stored_words

SCHEMA = sl.Schema(id=sl.Key(), body=sl.Text(), lang=sl.Keyword())
# Spellings with several owners, stems that accents change, alternates, initials, and the like.
WORDS = """rain rains rained raining oslo cote côte côté côtes côtés par pâris paris cafe cafés
    café hauser häuser haeuser häusern hausern haus us US U.S. UN un u.n strasse straße strassen
    o'neill oneill Ölung olung oelung relais relai été ete étés eté nation nations
    national""".split()
LANGUAGES = [None, ("fr",), ("de", "en")]


def play(chance: random.Random, steps: int, ways: random.Random | None = None) -> None:
    """Change an archive at random, and compare after each step. With ``ways`` new words are looked
    up or scanned for, and what is known is read from a file now and then."""
    table = LeafTable(SCHEMA)
    known = KnownWords(table)
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as path,
        sl.Archive.create(path, SCHEMA) as archive,
    ):
        for step in range(steps):
            patch.setattr(known_words, "_FEW_WORDS", ways.choice([0, 5, 200]) if ways else 0)
            if ways is not None and ways.random() < 0.2:
                known = read_back(known, table)
            for _ in range(chance.choice([0, 0, 20])):
                part = Part("body", "word", chance.choice(WORDS), chance.choice(LANGUAGES))
                table.parts((part,))
            _change(archive, chance)
            if chance.random() < 0.7:  # else several commits are seen together
                with archive._store.reader() as reader:
                    known.update(reader)
                    _compare(known, table, WordForms(reader), step)


def read_back(known: KnownWords, table: LeafTable) -> KnownWords:
    """What was written to a file and read again."""
    data = msgspec.msgpack.encode(stored_words(known))
    stored = msgspec.msgpack.decode(data, type=StoredWords)
    again = restored_words(stored, table)
    assert stored_words(again) == stored
    return again


def _change(archive: Any, chance: random.Random) -> None:
    if chance.random() < 0.25:
        archive.delete([f"k{chance.randrange(9)}" for _ in range(2)])
    elif chance.random() < 0.2:
        archive.optimize()
    else:
        archive.add(
            {"id": f"k{chance.randrange(9)}", "body": " ".join(chance.choices(WORDS, k=3)),
             "lang": chance.choice(["en", "en", "fr", "de"])}
            for _ in range(chance.randint(1, 3))
        )  # fmt: skip


def _compare(known: KnownWords, table: LeafTable, words: WordForms, step: int) -> None:
    field = known.fields["body"]
    by_term: dict[bytes, set[int]] = {}
    by_form: dict[tuple[bytes, bytes], set[int]] = {}
    for number, (token, languages) in enumerate(table.fields["body"].word_texts):
        meaning = words.meaning("body", token, languages)
        kept = field.meanings[number]
        assert set(kept.terms) == set(meaning.terms), (step, token, languages)
        assert set(kept.forms) == set(meaning.forms), (step, token, languages)
        for term in meaning.terms:
            by_term.setdefault(term, set()).add(number)
        for form in meaning.forms:
            by_form.setdefault((form.term, form.surface), set()).add(number)
    assert {term: set(numbers) for term, numbers in field.by_term.items()} == by_term
    assert {form: set(numbers) for form, numbers in field.by_form.items()} == by_form


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1 << 30))
def test_it_is_what_is_found_anew(seed: int) -> None:
    play(random.Random(seed), 8, random.Random(seed))


@pytest.mark.parametrize(("seed", "most_unscanned"), [(740020126, 0), (555592, 2)])
def test_another_spelling_that_goes_and_comes_back(
    seed: int, most_unscanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In these, the last "häuser" goes while "hauser" stays, and comes under another term."""
    monkeypatch.setattr(known_words, "_MANY_UNSCANNED", most_unscanned)
    play(random.Random(seed), 40)


@pytest.mark.slow
def test_it_is_what_is_found_anew_in_many_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    for number in range(60):
        monkeypatch.setattr(known_words, "_MANY_UNSCANNED", number % 3 * 2)
        play(random.Random(seed + number), 40, random.Random(seed) if number % 2 else None)


def test_a_commit_of_known_words_resolves_none(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = LeafTable(SCHEMA)
    monkeypatch.setattr(known_words, "_FEW_WORDS", 0)
    for word in ("rain", "snowing", "oslo"):
        table.parts((Part("body", "word", word, None),))
    known = KnownWords(table)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "a", "body": "rain in oslo"}])
        with archive._store.reader() as reader:
            known.update(reader)
        monkeypatch.delattr(WordReader, "_resolve")
        archive.add([{"id": "b", "body": "rains snow oslo"}])  # "snow" stands in for "snowing"
        archive.add([{"id": "c", "body": "snowing"}])
        archive.optimize()
        with archive._store.reader() as reader:
            known.update(reader)
        assert known.fields["body"].by_term == {b"rain": [0], b"snow": [1], b"oslo": [2]}


@pytest.mark.parametrize("most_unscanned", [0, 2])
def test_what_goes_with_the_last_article_is_known_no_more(
    tmp_path: Any, most_unscanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_words, "_MANY_UNSCANNED", most_unscanned)
    table = LeafTable(SCHEMA)
    for word in WORDS:
        for languages in LANGUAGES:
            table.parts((Part("body", "word", word, languages),))
    known = KnownWords(table)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        for step, (lang, keys) in enumerate([("fr", "a"), ("de", "ab"), ("en", "b"), ("en", "")]):
            if keys:
                archive.add([{"id": keys[-1], "body": " ".join(WORDS), "lang": lang}])
            for key in {"a", "b"} - {*keys}:
                archive.delete([key])
            with archive._store.reader() as reader:
                known.update(reader)
                _compare(known, table, WordForms(reader), step)
