"""What words stand for is what it would be found to be anew, after whatever commits, merges and
deletes."""

from __future__ import annotations

import random
import tempfile
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.index import index_writer
from searchlib.search.word_forms import Form, WordForms, WordMeaning, WordReader
from searchlib.watches import known_words
from searchlib.watches.known_words import (
    ArchiveWords,
    FieldWords,
    Forms,
    KnownWords,
    Presence,
    _Lookups,
)
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


# -- piece by piece -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "languages", "spelling"),
    [
        ("rain", None, b"rain"), ("Rain", None, b"rain"), ("us", None, b"us"), ("US", None, None),
        ("U.S.", None, None), ("u.n", None, None), ("a.b", None, None), ("3.5", None, b"3.5"),
        ("ab.c", None, b"ab.c"), ("r.", None, b"r"), ("o'neill", None, b"oneill"),
        ("café", None, None), ("Straße", None, None), ("strasse", ("de",), b"strasse"),
        ("Istanbul", None, None), ("Istanbul", ("en",), b"istanbul"),
    ],
)  # fmt: skip
def test_words_that_stand_for_their_spelling(
    tmp_path: Any, token: str, languages: tuple[str, ...] | None, spelling: bytes | None
) -> None:
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": lang, "body": "rain", "lang": lang} for lang in ("tr", "en")])
        with archive._store.reader() as reader:
            words = ArchiveWords(reader)
            assert words.plain_surface("body", token, languages) == spelling
            words._rules = SCHEMA.bound(1, "en").rules
            assert words.plain_surface("body", token, ("en",)) is None


class Plain:
    """Words that stand for their spelling if that is in small letters."""

    def plain_surface(self, name: str, token: str, languages: Any) -> bytes | None:
        assert (name, languages) == ("body", None)
        return token.encode() if token.islower() else None


def field_words(*texts: str) -> FieldWords:
    field = FieldWords()
    field.add_words(Plain(), "body", [(text, None) for text in texts])  # type: ignore[arg-type]
    return field


def test_new_words_wait_for_their_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_words, "_FEW_WORDS", 2)
    field, texts = FieldWords(), [("rain", None), ("snow", None), ("US", None), ("rain", ("fr",))]
    plain = Plain()
    plain.plain_surface = lambda name, token, languages: (  # type: ignore[method-assign]
        token.encode() if token.islower() else None
    )
    assert field.add_words(plain, "body", texts) == ({0, 1, 3}, {2})  # type: ignore[arg-type]
    assert field.owners == {b"rain": [b"", 0, 3], b"snow": [b"", 1]}
    assert field.simple == [b"rain", b"snow", None, b"rain"]
    assert field.meanings == [WordMeaning(())] * 4
    field.owners[b"rain"][0] = b"rain"
    few = [*texts, ("hail", None), ("rain", None)]
    assert field.add_words(plain, "body", few) == (set(), {4, 5})  # type: ignore[arg-type]
    assert b"hail" not in field.owners
    more = [*few, ("wind", None), ("rain", ("de",)), ("snow", ("fr",))]
    assert field.add_words(plain, "body", more) == ({6, 8}, {7})  # type: ignore[arg-type]
    assert field.owners[b"snow"] == [b"", 1, 8]
    assert len(field.meanings) == len(field.simple) == 9


def test_what_words_stand_for_is_found_by_term_and_form() -> None:
    field = field_words("a", "b")
    form = Form(b"x", b"hausern")
    field.set_meaning(0, WordMeaning((b"t", b"u"), (form,)))
    field.set_meaning(1, WordMeaning((b"t",), (form,)))
    assert field.by_term == {b"t": [0, 1], b"u": [0]}
    assert field.by_form == {(b"x", b"hausern"): [0, 1]}
    terms = field.by_term[b"t"]
    field.set_meaning(0, WordMeaning((b"t", b"u"), (form,)))
    assert field.by_term[b"t"] is terms
    assert terms == [0, 1]
    field.set_meaning(0, WordMeaning((b"v",)))
    assert field.by_term == {b"t": [1], b"v": [0]}
    assert field.by_form == {(b"x", b"hausern"): [1]}
    field.set_meaning(1, WordMeaning(()))
    assert (field.by_term, field.by_form) == ({b"v": [0]}, {})


def test_owners_that_come() -> None:
    field = field_words("rain", "rain", "US", "snow")
    field.simple = [b"rain", b"rain", b"snow", b"snow"]
    field.owners = {b"rain": [b"", 0, 1, 2], b"snow": [b"snow", 3, 2]}
    changed = set[int]()
    field.set_owner(b"rain", b"rai", changed)
    assert (field.owners[b"rain"], changed) == ([b"rai", 0, 1, 2], {2})
    assert [meaning.terms for meaning in field.meanings] == [(b"rai",), (b"rai",), (), ()]
    field.set_owner(b"snow", b"sno", changed := set())
    assert (field.owners[b"snow"], changed) == ([None, 3, 2], {2, 3})


def test_terms_that_come() -> None:
    field = field_words("a", "b", "c")
    field.set_meaning(0, WordMeaning((b"t",)))
    field.set_meaning(1, WordMeaning((b"t", b"u")))
    field.terms = {b"t": [False, 0, 1, 2]}
    field.set_term(b"t", changed := set[int]())
    assert (field.terms, changed) == ({b"t": [True, 0, 1, 2]}, {1, 2})
    field.set_term(b"t", changed := set())
    assert changed == set()


def test_what_was_looked_up_is_remembered() -> None:
    field = field_words("a", "b")
    field.simple = [b"a", b"b"]
    field.regular = {"fr": {b"a": b"a"}}
    lookups = _Lookups(
        {b"a": (b"t",), b"b": (), b"c": (b"t", b"u")},
        {b"t": True, b"v": True, b"w": False}, [("fr", "s")], 1,
    )  # fmt: skip
    field.set_lookups(0, lookups)
    assert field.owners == {b"a": [b"t", 0], b"b": [b"", 0], b"c": [None, 0]}
    assert field.terms == {b"v": [True, 0], b"w": [False, 0]}  # t goes with its spelling
    assert field.stems == {"fr": {"s": [True, 0]}}
    assert (field.new_words, field.new_terms) == ([b"a", b"b", b"c"], [b"v"])
    assert (field.unscanned, field.regular, field.simple) == ({0}, {}, [b"a", b"b"])
    field.regular, field.unscanned = {"fr": {}}, set()
    field.set_lookups(1, _Lookups({b"b": (b"x",)}, {b"v": False}, [("fr", "s")], 2))
    field.set_lookups(1, _Lookups({b"b": (b"x",)}, {b"v": False}, [("fr", "s")], 2))
    assert (field.owners[b"b"], field.terms[b"v"]) == ([b"x", 0, 1], [False, 0, 1])
    assert field.stems == {"fr": {"s": [True, 0, 1]}}
    assert (field.new_words, field.new_terms) == ([b"a", b"b", b"c"], [b"v"])
    assert (field.unscanned, field.regular, field.simple) == (set(), {"fr": {}}, [b"a", None])
    field.unscanned = {1}
    field.scanned()
    assert (field.new_words, field.new_terms, field.unscanned) == ([], [], set())


class FakeText:
    """A text field with the terms "par" (par, pars) and "paris" (pâris, paris)."""

    stemmed = True
    terms = SimpleNamespace(ordinal=lambda term: {b"par": 0, b"paris": 1}.get(term, -1))
    alternates = ((b"haus", b"hauser"), (b"haeuser", b"hauser"))

    def form_ordinals(self, form: bytes) -> list[int]:
        return {b"par": [0], b"pars": [1], b"paris": [2]}.get(form, [])

    def alternates_of(self, spelling: bytes) -> list[bytes]:
        return [form for alternate, form in self.alternates if alternate == spelling]

    def all_alternates(self) -> Any:
        return self.alternates


def test_what_a_segment_has_of_what_is_new() -> None:
    field, presence = field_words(), Presence()
    field.new_words = [b"par", b"nowhere", b"haeuser"]
    field.new_terms = [b"par", b"pari"]
    field.add_new(FakeText(), presence)  # type: ignore[arg-type]
    assert presence == Presence({b"par"}, {(b"haeuser", b"hauser")}, {b"par"}, set())


FORMS = Forms([b"par", b"paris"], [b"par", b"pars", b"pari"], [0, 0, 1])


def test_what_a_segment_has_of_what_was_looked_up() -> None:
    field = field_words("par", "pars", "pari", "US")
    field.simple = [b"par", b"pars", b"pari", None]
    field.owners = {
        b"par": [b"par", 0], b"pars": [b"", 1, 3], b"pari": [b"par", 2], b"rain": [b"", 3],
        b"haeuser": [b"", 3],
    }  # fmt: skip
    field.terms = {b"paris": [False, 2], b"snow": [False, 3]}
    presence = known_words._scan_forms(FakeText(), FORMS, field, changed := set())  # type: ignore[arg-type]
    assert presence.forms == {b"par", b"pars", b"pari"}
    assert presence.terms == {b"paris"}
    assert presence.alternates == {(b"haeuser", b"hauser")}
    assert (field.owners[b"pars"][0], field.owners[b"pari"][0]) == (b"par", None)
    assert changed == {2, 3}


def test_plain_stems_of_a_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    field, asked = field_words("a", "b"), []
    field.set_meaning(1, WordMeaning((b"paris",)))
    field.stems = {"fr": {"par": [True, 0, 1], "pari": [True, 0, 1]}}

    class Rules:
        def terms(self, words: list[str], language: str) -> list[str]:
            asked.append((words, language))
            return [{"par": "par", "pars": "parz", "pari": "pari"}[word] for word in words]

    def scan() -> tuple[Presence, set[int]]:
        presence, changed = Presence(), set[int]()
        known_words._scan_stems(FORMS, "fr", field, Rules(), presence, changed)  # type: ignore[arg-type]
        return presence, changed

    assert scan() == (Presence(stems={("fr", "pari")}), {0})
    assert field.regular == {"fr": {b"par": b"par", b"pars": b"par"}}
    assert scan() == (Presence(stems={("fr", "pari")}), {0})
    assert asked == [(["par", "pars", "pari"], "fr"), (["pari"], "fr")]
    monkeypatch.setattr(known_words, "_MAX_REGULAR", 2)
    scan()
    assert len(asked[-1][0]) == 1
    monkeypatch.setattr(known_words, "_MAX_REGULAR", 1)
    scan()
    assert len(asked[-1][0]) == 3


@pytest.mark.parametrize("few", [0, 200])
def test_what_is_scanned(tmp_path: Any, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment that comes; all of them where many words are new. A few are looked up."""
    monkeypatch.setattr(known_words, "_FEW_WORDS", few)
    monkeypatch.setattr(index_writer, "next_merge", lambda *_, **__: [])
    schema = sl.Schema(
        id=sl.Key(), title=sl.Text(), note=sl.Text(), body=sl.Text(), lang=sl.Keyword()
    )
    table = LeafTable(schema)
    for name, word in (("body", "rain"), ("body", "snowing"), ("title", "oslo"), ("body", "hail")):
        table.parts((Part(name, "word", word),))
    known, scans = KnownWords(table), []
    scan = known_words._scan_forms

    def noting(text: Any, *arguments: Any) -> Presence:
        scans.append(text)
        return scan(text, *arguments)

    monkeypatch.setattr(known_words, "_scan_forms", noting)
    with sl.Archive.create(tmp_path / "archive", schema) as archive:

        def update() -> Any:
            scans.clear()
            with archive._store.reader() as reader:
                words = known.update(reader)
                for name in ("title", "body"):
                    for number, (token, _) in enumerate(table.fields[name].word_texts):
                        expected = set(WordForms(reader).meaning(name, token).terms)
                        assert set(known.fields[name].meanings[number].terms) == expected
                return words

        archive.add([{"id": "a", "body": "rain hail rains", "title": "oslo"}])
        assert isinstance(update(), ArchiveWords)
        assert len(scans) == (0 if few else 4)  # before there are words, and after
        assert known.scanned == 0
        archive.add([{"id": "b", "body": "snow rains"}])
        update()
        assert len(scans) == 2  # of both fields
        assert known.scanned == 2
        update()
        assert len(scans) == 0
        table.parts((Part("body", "word", "rains"),))
        update()
        assert len(scans) == (0 if few else 6)
        assert known.scanned == 2
        [present] = [some for some in known.segments.values() if b"snow" in some["body"].terms]
        assert present["body"].forms == {b"rains"}
        known.languages = ("xx",)
        update()
        assert known.languages == ("en",)


@pytest.mark.parametrize("most", [0, 1])
def test_many_words_that_are_not_scanned_for(
    tmp_path: Any, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words that no text has: their stems are looked for when all is scanned."""
    monkeypatch.setattr(known_words, "_MANY_UNSCANNED", most)
    table = LeafTable(SCHEMA)
    table.parts((Part("body", "word", "nations"),))
    known = KnownWords(table)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "a", "body": "rain"}])
        with archive._store.reader() as reader:
            known.update(reader)
        assert known.fields["body"].unscanned == (set() if most == 0 else {0})


def test_words_that_a_segment_takes_away() -> None:
    """Those for which it alone had something that was looked up; and a spelling that has several
    owners may have one."""
    table = LeafTable(sl.Schema(id=sl.Key(), title=sl.Text(), note=sl.Text(), body=sl.Text()))
    known = KnownWords(table)
    field = known.fields["body"]
    field.owners = {b"a": [b"t", 10, 11], b"b": [b"t", 12], b"c": [None, 13], b"d": [b"t", 14, 15]}
    field.terms = {b"t": [True, 20], b"u": [True, 21, 22]}
    field.stems = {"fr": {"s": [True, 30], "r": [True, 31, 32]}}
    field.unscanned = {40}
    known.fields["title"].unscanned = {41}
    same = Presence({b"b", b"c"}, {(b"d", b"x")}, {b"t"}, {("fr", "s")})
    known.segments = {
        ("gone", 1): {"body": Presence(
            {b"a", b"b", b"c"}, {(b"d", b"x"), (b"d", b"y")}, {b"t", b"u"},
            {("fr", "s"), ("fr", "r")},
        )},
        ("same", 2): {"body": same}, ("empty", 3): {"body": Presence()}, ("none", 4): {},
    }  # fmt: skip

    def forget(key: tuple[str, int]) -> dict[str, set[int]]:
        dirty: dict[str, set[int]] = {name: set() for name in known.fields}
        known._forget(key, dirty)
        return dirty

    assert forget(("gone", 1)) == {
        "title": {41}, "note": set(), "body": {10, 11, 13, 14, 15, 21, 22, 31, 32, 40},
    }  # fmt: skip
    assert list(known.segments) == [("same", 2), ("empty", 3), ("none", 4)]
    field.unscanned = set()
    assert forget(("none", 4))["body"] == forget(("empty", 3))["body"] == set()
    assert forget(("same", 2))["body"] == {12, 13, 14, 15, 20, 30}


def test_an_answer_is_noted_for_each_word_once() -> None:
    lookups: dict[Any, list[Any]] = {}
    found = [FieldWords._note(lookups, "a", answer, word) for answer, word in
             [(5, 5), (5, 6), (6, 6), (7, 5)]]  # fmt: skip
    assert found == [True, False, False, False]
    assert lookups == {"a": [7, 5, 6]}
    FieldWords._note(lookups, "b", 6, 5)
    FieldWords._note(lookups, "b", 6, 6)  # which is the answer, too
    assert lookups["b"] == [6, 5, 6]


def test_another_spelling_of_a_new_word_is_looked_for_at_once(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alternate of what some segment has is resolved, whether others have it or not."""
    monkeypatch.setattr(known_words, "_FEW_WORDS", 0)
    monkeypatch.setattr(index_writer, "next_merge", lambda *_, **__: [])
    table = LeafTable(SCHEMA)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "a", "body": "Häuser", "lang": "de"}])
        archive.add([{"id": "b", "body": "rain", "lang": "de"}])
        known = KnownWords(table)
        for word in ("haeuser", "rain", "oslo"):
            table.parts((Part("body", "word", word),))
        with archive._store.reader() as reader:
            known.update(reader)
            _compare(known, table, WordForms(reader), 0)
        archive.add([{"id": "c", "body": "Häuser snow", "lang": "de"}])
        archive.delete(["a"])
        with archive._store.reader() as reader:
            known.update(reader)
            _compare(known, table, WordForms(reader), 1)
