"""What the words of standing queries stand for, as plain data of a file.

To find it out takes longer than to read it, the more so the larger the archive is. It is that of
one commit: of a later one the segments that came since are scanned
(:mod:`searchlib.watches.known_words`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import msgspec
import numpy as np

from searchlib.search.word_forms import Form, WordMeaning
from searchlib.watches.known_words import FieldWords, KnownWords, Presence
from searchlib.watches.leaves import LeafTable

__all__ = ["StoredWords", "restored_words", "stored_words"]


class _Field(msgspec.Struct, array_like=True):
    terms_of_words: list[tuple[bytes, ...]]
    forms_of_words: dict[int, list[tuple[bytes, bytes]]]
    simple: list[bytes | None]
    owners: dict[bytes, tuple[bytes | None, list[int]]]
    terms: dict[bytes, tuple[bool, list[int]]]
    stems: dict[str, dict[str, list[int]]]
    unscanned: list[int]


class _Present(msgspec.Struct, array_like=True):
    forms: bytes  # their numbers among the owners: int32
    terms: bytes  # and among the terms
    alternates: list[tuple[bytes, bytes]]
    stems: list[tuple[str, str]]


class StoredWords(msgspec.Struct, array_like=True):
    """The words of all fields, and what each segment, by its file and checksum, has of them."""

    languages: tuple[str, ...]
    fields: dict[str, _Field]
    segments: list[tuple[str, int, dict[str, _Present]]]


def stored_words(known: KnownWords) -> StoredWords:
    """What is known, as plain data."""
    fields = {name: _field(words) for name, words in known.fields.items()}
    order = {
        name: (_numbers(words.owners), _numbers(words.terms))
        for name, words in known.fields.items()
    }
    segments = [
        (*key, {name: _present(one, *order[name]) for name, one in some.items()})
        for key, some in known.segments.items()
    ]
    return StoredWords(known.languages or (), fields, segments)


def _numbers(keys: Iterable[bytes]) -> dict[bytes, int]:
    return {key: number for number, key in enumerate(keys)}


def _field(words: FieldWords) -> _Field:
    return _Field(
        terms_of_words=[meaning.terms for meaning in words.meanings],
        forms_of_words={
            word: list(meaning.forms) for word, meaning in enumerate(words.meanings)
            if meaning.forms
        },
        simple=words.simple,
        owners={key: (entry[0], entry[1:]) for key, entry in words.owners.items()},
        terms={key: (bool(entry[0]), entry[1:]) for key, entry in words.terms.items()},
        stems={
            language: {stem: entry[1:] for stem, entry in some.items()}
            for language, some in words.stems.items()
        },
        unscanned=sorted(words.unscanned),
    )  # fmt: skip


def _present(presence: Presence, owners: dict[bytes, int], terms: dict[bytes, int]) -> _Present:
    return _Present(
        forms=_packed(owners[form] for form in presence.forms),
        terms=_packed(terms[term] for term in presence.terms),
        alternates=sorted(presence.alternates),
        stems=sorted(presence.stems),
    )


def _packed(numbers: Iterable[int]) -> bytes:
    return np.array(sorted(numbers), np.int32).tobytes()


def restored_words(stored: StoredWords, table: LeafTable) -> KnownWords:
    """What was known of the words of a table. Raises ValueError, or another error of Python's own,
    for what cannot be."""
    known = KnownWords(table)
    _require(stored.fields.keys() == known.fields.keys())
    known.languages = stored.languages or None
    known.fields = {
        name: _restored_field(stored.fields[name], len(table.fields[name].word_texts))
        for name in known.fields
    }
    keys = {name: (list(words.owners), list(words.terms)) for name, words in known.fields.items()}
    for file, crc, fields in stored.segments:
        known.segments[file, crc] = {
            name: _restored_presence(each, known.fields[name], *keys[name])
            for name, each in fields.items()
        }
    return known


def _require(is_right: bool) -> None:
    if not is_right:
        raise ValueError


def _restored_field(stored: _Field, count: int) -> FieldWords:
    words = FieldWords()
    _require(len(stored.terms_of_words) == len(stored.simple) <= count)
    count = len(stored.simple)
    every = list(chain(
        stored.unscanned, stored.forms_of_words,
        chain.from_iterable(entry[1] for entry in stored.owners.values()),
        chain.from_iterable(entry[1] for entry in stored.terms.values()),
        *(some for stems in stored.stems.values() for some in stems.values()),
    ))  # fmt: skip
    _require(not every or (min(every) >= 0 and max(every) < count))
    for word, terms in enumerate(stored.terms_of_words):
        forms = tuple(Form(*form) for form in stored.forms_of_words.get(word, ()))
        words.meanings.append(WordMeaning(()))
        words.set_meaning(word, WordMeaning(terms, forms))
    words.simple = stored.simple
    words.owners = {key: [owner, *some] for key, (owner, some) in stored.owners.items()}
    words.terms = {key: [is_there, *some] for key, (is_there, some) in stored.terms.items()}
    words.stems = {
        language: {stem: [True, *some] for stem, some in stems.items()}
        for language, stems in stored.stems.items()
    }
    words.unscanned = set(stored.unscanned)
    return words


def _restored_presence(
    stored: _Present, words: FieldWords, owners: list[bytes], terms: list[bytes]
) -> Presence:
    forms, of_terms = (np.frombuffer(some, np.int32) for some in (stored.forms, stored.terms))
    _require(not len(forms) or bool(forms.min() >= 0))
    _require(not len(of_terms) or bool(of_terms.min() >= 0))
    _require(all(spelling in words.owners for spelling, _ in stored.alternates))
    _require(all(stem in words.stems[language] for language, stem in stored.stems))
    return Presence(
        {owners[number] for number in forms.tolist()}, set(stored.alternates),
        {terms[number] for number in of_terms.tolist()}, set(stored.stems),
    )  # fmt: skip
