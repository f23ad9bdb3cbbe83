"""What words stand for, in a file: it is read back as it was (:mod:`tests.watches.test_known_words`
does so at random), and no bytes are trusted."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import searchlib as sl
from searchlib.search.word_forms import Form, WordForms, WordMeaning
from searchlib.watches import known_words
from searchlib.watches.known_words import KnownWords, Presence
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


def known_words_of(table: LeafTable) -> KnownWords:
    """Something of each kind, of three words."""
    known = KnownWords(table)
    field = known.fields["body"]
    field.meanings = [WordMeaning(())] * 3
    field.set_meaning(0, WordMeaning((b"rain",)))
    field.set_meaning(1, WordMeaning((b"haus", b"hau"), (Form(b"x", b"hausern"),)))
    field.simple = [b"rain", None, b"cote"]
    field.owners = {b"rain": [b"rain", 0], b"hausern": [None, 1], b"cote": [b"", 2, 1]}
    field.terms = {b"haus": [True, 1], b"cot": [False, 2, 0]}
    field.stems = {"fr": {"cote": [True, 2, 1]}, "de": {"haus": [True, 1]}}
    field.unscanned = {2, 1}
    known.languages = ("fr", "de")
    present = Presence({b"rain", b"cote"}, {(b"hausern", b"hauser")}, {b"haus"}, {("fr", "cote")})
    known.segments = {("a.seg", 7): {"body": present}, ("b.seg", 8): {}}
    return known


def plain(known: KnownWords) -> Any:
    """What is kept, as lists and dicts."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(stored_words(known)), strict=False)


def numbers(*some: int) -> bytes:
    return np.array(some, np.int32).tobytes()


FIELD = [
    [[b"rain"], [b"haus", b"hau"], []], {1: [[b"x", b"hausern"]]}, [b"rain", None, b"cote"],
    {b"rain": [b"rain", [0]], b"hausern": [None, [1]], b"cote": [b"", [2, 1]]},
    {b"haus": [True, [1]], b"cot": [False, [2, 0]]}, {"fr": {"cote": [2, 1]}, "de": {"haus": [1]}},
    [1, 2],
]  # fmt: skip
PRESENT = [numbers(0, 2), numbers(0), [[b"hausern", b"hauser"]], [["fr", "cote"]]]


def test_all_that_is_known_is_kept() -> None:
    table = table_of(["rain", "hausern", "cote"])
    known = known_words_of(table)
    segments = [["a.seg", 7, {"body": PRESENT}], ["b.seg", 8, {}]]
    assert plain(known) == [["fr", "de"], {"body": FIELD}, segments]
    again = restored_words(stored_words(known), table)
    assert vars(again.fields["body"]) == vars(known.fields["body"])
    assert (again.segments, again.languages) == (known.segments, known.languages)
    table.parts((Part("body", "word", "later"),))  # a word that was not known yet
    assert len(restored_words(stored_words(known), table).fields["body"].meanings) == 3


def test_nothing_is_known() -> None:
    known = KnownWords(table_of([]))
    assert plain(known) == [[], {"body": [[], {}, [], {}, {}, {}, []]}, []]
    known.segments = {("a.seg", 7): {"body": Presence()}}
    again = restored_words(stored_words(known), table_of([]))
    assert again.segments == known.segments
    assert again.languages is None


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ((1,), {}), ((1,), {"body": FIELD, "title": FIELD}), ((1, "body", 0), FIELD[0][:2]),
        ((1, "body", 2), [None] * 2), ((1, "body", 6), [3]), ((1, "body", 6), [-1]),
        ((1, "body", 6), [-1, 3]), ((1, "body", 1), {3: []}), ((1, "body", 1), {-1: []}),
        ((1, "body", 3, b"rain"), [b"rain", [3]]), ((1, "body", 3, b"rain"), [b"rain", [0, -1]]),
        ((1, "body", 4, b"cot"), [True, [3]]), ((1, "body", 5, "fr"), {"cote": [3]}),
        ((2, 0, 2, "body", 0), numbers(3)), ((2, 0, 2, "body", 0), numbers(0, -1)),
        ((2, 0, 2, "body", 0), b"abc"), ((2, 0, 2, "body", 1), numbers(2)),
        ((2, 0, 2, "body", 1), numbers(0, -1)), ((2, 0, 2, "body", 2), [[b"snow", b"snows"]]),
        ((2, 0, 2, "body", 3), [["fr", "haus"]]), ((2, 0, 2, "body", 3), [["en", "cote"]]),
        ((2, 0, 2), {"title": PRESENT}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(place: tuple[Any, ...], wrong: Any) -> None:
    table = table_of(["rain", "hausern", "cote"])
    every = inside = plain(known_words_of(table))
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = wrong
    with pytest.raises(ERRORS):
        restored_words(msgspec.convert(every, StoredWords), table)


def test_more_words_than_there_are_leaves_are_refused() -> None:
    stored = stored_words(known_words_of(table_of(["rain", "hausern", "cote"])))
    with pytest.raises(ERRORS):
        restored_words(stored, table_of(["rain", "hausern"]))


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
