"""What words stand for, in a file: it is read back as it was (:mod:`tests.watches.test_known_words`
does so at random), and no bytes are trusted."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

import searchlib as sl
from searchlib.search.word_forms import WordForms
from searchlib.watches import known_words
from searchlib.watches.known_words import KnownWords
from searchlib.watches.leaves import LeafTable, Part
from searchlib.watches.stored_words import StoredWords, restored_words, stored_words
from tests.watches.test_known_words import SCHEMA, WORDS
from tests.watches.test_stored_programs import changed_at_random

ERRORS = (LookupError, TypeError, ValueError, OverflowError, msgspec.MsgspecError)


def table_of(words: list[str]) -> LeafTable:
    table = LeafTable(SCHEMA)
    for word in words:
        table.parts((Part("body", "word", word, None),))
    return table


def test_what_came_since_is_scanned_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_words, "_FEW_WORDS", 0)
    table = table_of(WORDS)
    known = KnownWords(table)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "a", "body": " ".join(WORDS)}])
        with archive._store.reader() as reader:
            known.update(reader)
        table.parts((Part("body", "word", "later", None),))
        again = restored_words(stored_words(known), table)
        archive.add([{"id": "b", "body": "later rain"}])
        monkeypatch.setattr(known_words, "_FEW_WORDS", 200)
        with archive._store.reader() as reader:
            again.update(reader)
            assert again.scanned == 2
            words = WordForms(reader)
            for number, (token, languages) in enumerate(table.fields["body"].word_texts):
                meaning = words.meaning("body", token, languages)
                assert set(again.fields["body"].meanings[number].terms) == set(meaning.terms)


def test_no_bytes_are_trusted(tmp_path: Path) -> None:
    chance, table = random.Random(18), table_of(WORDS)
    known, taken = KnownWords(table), 0
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "a", "body": " ".join(WORDS[::2]), "lang": "fr"}])
        with archive._store.reader() as reader:
            known.update(reader)
        good = msgspec.msgpack.decode(msgspec.msgpack.encode(stored_words(known)))
        archive.add([{"id": "b", "body": " ".join(WORDS)}])
        archive.optimize()
        with archive._store.reader() as reader:
            for _ in range(300):
                again = _read(msgspec.msgpack.encode(changed_at_random(good, chance)), table)
                if again is not None:
                    again.update(reader)  # may be wrong, and goes on
                    taken += 1
    assert 10 < taken < 200


def _read(data: bytes, table: LeafTable) -> Any:
    try:
        return restored_words(msgspec.msgpack.decode(data, type=StoredWords), table)
    except ERRORS:
        return None
