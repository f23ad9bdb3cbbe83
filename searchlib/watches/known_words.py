"""What the words of standing queries stand for, kept from commit to commit.

A word stands for the terms that own its spelling in the archive
(:mod:`searchlib.search.word_forms`), so that it may stand for others once a commit has been added.
To find that out anew for each word of a hundred thousand queries would take longer than all the
rest. So what was looked up for a word is remembered, with what was found: which term owns a
spelling, whether the archive has a term. Only when a segment that came, or one that went, changes
some of that, is the word resolved again.

A segment that comes is scanned once. It changes a word if it has

- a spelling that was looked up, under another term than the one that was its only owner so far;
- a term that was looked up, and was not there;
- for a word that no text had, a form with its plain stem under another term;
- another way to write a form (an *alternate*) that was looked up as a spelling, which no other
  segment has.

Of each segment it is remembered which of what was looked up it has. When it goes (it was merged,
say), those words change of which the others have not all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from searchlib.analysis import Rules, initials
from searchlib.codec.text_field import TextField
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentCore
from searchlib.search.word_forms import Dictionary, WordForms, WordMeaning
from searchlib.watches.leaves import LeafTable

__all__ = ["ArchiveWords", "FieldWords", "Forms", "KnownWords", "Presence"]

_MANY_UNSCANNED = 1000  # words; then all segments are scanned again
_FEW_WORDS = 200  # are looked up when they are new; for more, all segments are scanned
_SEVERAL = None  # in the place of a spelling's only owner
_MAX_REGULAR = 1 << 15  # forms whose stems are known
_NO_ENTRY = [b""]
_UNKNOWN = WordMeaning(())

_Key = tuple[str, int]  # (file, checksum) of a segment
_Stem = tuple[str, str]  # (language, plain stem)


class Forms(NamedTuple):
    """The terms of a text field of a segment, its surface forms by ordinal, and the ordinal of each
    form's term."""

    terms: list[bytes]
    forms: list[bytes]
    owners: list[int]

    @classmethod
    def of(cls, text: TextField) -> Forms:
        """Those of a text field."""
        firsts, forms = text.forms_by_term()
        terms = list(text.terms)
        if not text.stemmed:
            return cls(terms, terms, list(range(len(terms))))
        return cls(terms, list(forms), np.repeat(np.arange(len(terms)), np.diff(firsts)).tolist())


@dataclass(slots=True)
class _Lookups:
    """What was looked up for a word, and the answers."""

    owners: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    terms: dict[bytes, bool] = field(default_factory=dict)
    stems: list[_Stem] = field(default_factory=list)
    direct: int = 0  # how many of the owners were looked up other than for their plain stem


class ArchiveWords(WordForms):
    """Resolves words against a commit, and notes what was looked up."""

    def __init__(self, reader: IndexReader) -> None:
        super().__init__(reader)
        self.lookups = _Lookups()
        self._noted: dict[str, _NotedDictionary] = {}

    def _dictionary(self, name: str) -> Dictionary:
        if name not in self._noted:
            self._noted[name] = _NotedDictionary(super()._dictionary(name), self)
        return self._noted[name]

    def _same_plain_stem(self, resolution: Any, surface: str, language: str) -> Iterator[bytes]:
        [stem] = self._rules.terms([surface], language)
        self.lookups.stems.append((language, stem))
        direct = self.lookups.direct
        terms = list(super()._same_plain_stem(resolution, surface, language))
        self.lookups.direct = direct
        return iter(terms)

    def plain_surface(
        self, name: str, token: str, languages: tuple[str, ...] | None
    ) -> bytes | None:
        """The surface form of a word that is typed plain and stands for nothing but its owners
        where it has some; None if it is not sure to be such a word."""
        if self._rules.version == 1:
            return None
        readings = {word for word, _ in self._readings(name, token, languages)}
        if len(readings) > 1 or initials(token.upper() if "." in token else token):
            return None
        [word] = readings
        surface = self._rules.surface(word)
        return surface.encode() if surface == word.replace("'", "") else None


class _NotedDictionary:
    """A dictionary whose answers are noted."""

    def __init__(self, dictionary: Dictionary, words: ArchiveWords) -> None:
        self._dictionary = dictionary
        self._words = words
        self.alternates_of = dictionary.alternates_of
        self.forms_with_prefix = dictionary.forms_with_prefix

    def owners(self, surface: bytes) -> dict[bytes, int]:
        owners = self._dictionary.owners(surface)
        self._words.lookups.owners[surface] = tuple(owners)
        self._words.lookups.direct += 1
        return owners

    def has_term(self, term: bytes) -> bool:
        answer = self._words.lookups.terms[term] = self._dictionary.has_term(term)
        return answer


@dataclass(slots=True)
class Presence:
    """Which of what was looked up a segment has, in a field."""

    forms: set[bytes] = field(default_factory=set)
    alternates: set[tuple[bytes, bytes]] = field(default_factory=set)  # and what they stand for
    terms: set[bytes] = field(default_factory=set)
    stems: set[_Stem] = field(default_factory=set)


class FieldWords:
    """The words of a text field, by the numbers that the leaves gave them."""

    def __init__(self) -> None:
        self.meanings: list[WordMeaning] = []
        #: The spelling of a word that stands for the only owner of that, once there is one.
        self.simple: list[bytes | None] = []
        #: The words that stand for a term, and for a form of another term.
        self.by_term: dict[bytes, list[int]] = {}
        self.by_form: dict[tuple[bytes, bytes], list[int]] = {}
        # What was looked up, the answer first, and for which words.
        self.owners: dict[bytes, list[Any]] = {}  # its only owner; b"" for none
        self.terms: dict[bytes, list[int]] = {}  # whether it is there
        self.stems: dict[str, dict[str, list[Any]]] = {}  # by language
        #: Forms, by language, whose plain stem is their term or that of no word, with their terms.
        self.regular: dict[str, dict[bytes, bytes]] = {}
        #: What was looked up since segments were scanned; words of which some of it is a stem.
        self.new_words: list[bytes] = []
        self.new_terms: list[bytes] = []
        self.unscanned: set[int] = set()

    def add_words(
        self, words: ArchiveWords, name: str, texts: Sequence[tuple[str, tuple[str, ...] | None]]
    ) -> tuple[set[int], set[int]]:
        """Add words to those that there are. Returns those of them that get a meaning with the
        first owner that is seen of their spelling, none of a few, and the others."""
        waiting, others = set[int](), set[int]()
        are_few = len(texts) - len(self.meanings) <= _FEW_WORDS
        for word in range(len(self.meanings), len(texts)):
            surface = words.plain_surface(name, *texts[word])
            self.meanings.append(_UNKNOWN)
            self.simple.append(surface)
            if are_few or surface is None or self.owners.get(surface, _NO_ENTRY)[0] != b"":
                others.add(word)
            else:
                self.owners.setdefault(surface, [b""]).append(word)
                waiting.add(word)
        return waiting, others

    def set_meaning(self, word: int, meaning: WordMeaning) -> None:
        """Remember what a word stands for."""
        old = self.meanings[word]
        if old == meaning:
            return
        for term in old.terms:
            _remove(self.by_term, term, word)
        for form in old.forms:
            _remove(self.by_form, (form.term, form.surface), word)
        self.meanings[word] = meaning
        for term in meaning.terms:
            self.by_term.setdefault(term, []).append(word)
        for form in meaning.forms:
            self.by_form.setdefault((form.term, form.surface), []).append(word)

    def set_owner(self, spelling: bytes, owner: bytes, changed: set[int]) -> None:
        """Note an owner of a spelling that was not known; words that may stand for others now are
        added to ``changed``."""
        entry = self.owners[spelling]
        if entry[0] == b"":
            entry[0] = owner
            for word in entry[1:]:
                if self.simple[word] == spelling:
                    self.set_meaning(word, WordMeaning((owner,)))
                else:
                    changed.add(word)
        else:
            entry[0] = _SEVERAL
            changed.update(entry[1:])

    def set_term(self, term: bytes, changed: set[int]) -> None:
        """Note that a term is there that was looked up."""
        entry = self.terms[term]
        if not entry[0]:
            entry[0] = True
            only = WordMeaning((term,))  # stood in for what is not there
            changed.update(word for word in entry[1:] if self.meanings[word] != only)

    def set_lookups(self, word: int, lookups: _Lookups) -> None:
        """Remember what was looked up for a word."""
        if lookups.direct > 1:
            self.simple[word] = None
        owned = set[bytes]()
        for spelling, owners in lookups.owners.items():
            owned.update(owners)
            owner = _SEVERAL if len(owners) > 1 else owners[0] if owners else b""
            if self._note(self.owners, spelling, owner, word):
                self.new_words.append(spelling)
        for term, is_there in lookups.terms.items():
            # Else it goes with the spelling.
            if term not in owned and self._note(self.terms, term, is_there, word) and is_there:
                self.new_terms.append(term)
        for language, stem in lookups.stems:
            if self._note(self.stems.setdefault(language, {}), stem, True, word):
                self.unscanned.add(word)
                self.regular = {}

    def scanned(self) -> None:
        """Forget what is new."""
        self.new_words, self.new_terms, self.unscanned = [], [], set()

    def add_new(self, text: TextField, presence: Presence) -> None:
        """Add what is new, and a text field has, to what it has."""
        has_form, has_term = text.form_ordinals, text.terms.ordinal
        presence.forms.update(form for form in self.new_words if has_form(form))
        presence.alternates.update(
            (spelling, form) for spelling in self.new_words for form in text.alternates_of(spelling)
        )
        presence.terms.update(term for term in self.new_terms if has_term(term) >= 0)

    @staticmethod
    def _note(lookups: dict[Any, list[Any]], key: Any, answer: Any, word: int) -> bool:
        """Remember the answer to what was looked up for a word; whether it is the first for it."""
        entry = lookups.get(key)
        if entry is None:
            lookups[key] = [answer, word]
            return True
        entry[0] = answer
        if word not in entry[1:]:
            entry.append(word)
        return False


def _remove(words_of: dict[Any, list[int]], key: Any, word: int) -> None:
    words_of[key].remove(word)
    if not words_of[key]:
        del words_of[key]


class KnownWords:
    """What the words of a table of leaves stand for in an archive."""

    def __init__(self, table: LeafTable) -> None:
        self._table = table
        self.fields = {name: FieldWords() for name in table.fields}
        self.languages: tuple[str, ...] | None = None
        #: What each segment has of each field.
        self.segments: dict[_Key, dict[str, Presence]] = {}
        self._forms: dict[TextField, Forms] = {}
        #: How many surface forms were scanned of segments that came.
        self.scanned = 0

    def update(self, reader: IndexReader) -> ArchiveWords:
        """Find out what words stand for in a commit, where that may have changed since the last
        one. Returns what resolves other words against it."""
        self._forms = {}
        words = ArchiveWords(reader)
        cores = {segment.core.key: segment.core for segment in reader.segments}
        if reader.languages != self.languages:
            self.languages, self.segments = reader.languages, {}
            self.fields = {name: FieldWords() for name in self._table.fields}
        dirty: dict[str, set[int]] = {name: set() for name in self.fields}
        for key in cores.keys() - self.segments.keys():
            self.segments[key] = self._scan(cores[key], words, dirty)
        for key in list(self.segments.keys() - cores.keys()):
            self._forget(key, dirty)
        is_new = self._add_words(cores.values(), words, dirty)
        for name, known in self.fields.items():
            texts = self._table.fields[name].word_texts
            for word in sorted(dirty[name]):
                words.lookups = _Lookups()
                known.set_meaning(word, words.meaning(name, *texts[word]))
                known.set_lookups(word, words.lookups)
            is_new = is_new or len(known.unscanned) > _MANY_UNSCANNED
        if is_new:
            self._scan_anew(cores, words)
        else:
            self._add_new(cores)
        return words

    def _add_words(
        self, cores: Iterable[SegmentCore], words: ArchiveWords, dirty: dict[str, set[int]]
    ) -> bool:
        """Add the words of the table that are new; whether segments have to be scanned for them.
        Those that are yet to be resolved are added to ``dirty``."""
        is_new = False
        for name, known in self.fields.items():
            texts = self._table.fields[name].word_texts
            if len(known.meanings) == len(texts):
                continue
            waiting, others = known.add_words(words, name, texts)
            if not waiting:
                dirty[name] |= others
                continue
            is_new, changed = True, set[int]()
            for core in cores:
                if (text := core.text(name)) is not None:
                    presence = _scan_forms(text, Forms.of(text), known, changed)
                    for alternate, _ in presence.alternates:
                        changed.update(known.owners[alternate][1:])
            others |= {word for word in waiting if known.meanings[word] is _UNKNOWN}
            dirty[name] |= others | (waiting & changed)
        return is_new

    def _scan_anew(self, cores: dict[_Key, SegmentCore], words: ArchiveWords) -> None:
        """Scan all segments again, after words were added."""
        for key, core in cores.items():
            self.segments[key] = self._scan(core, words, None)
            self._forms = {}
        for known in self.fields.values():
            known.scanned()

    def _add_new(self, cores: dict[_Key, SegmentCore]) -> None:
        """Look the segments up for what was looked up for the first time."""
        for name, known in self.fields.items():
            if known.new_words or known.new_terms:
                for key, core in cores.items():
                    if (text := core.text(name)) is not None:
                        known.add_new(text, self.segments[key].setdefault(name, Presence()))
                known.new_words, known.new_terms = [], []

    def forms_of(self, text: TextField) -> Forms:
        """The terms and forms of a text field, kept until the next commit."""
        if text not in self._forms:
            self._forms[text] = Forms.of(text)
        return self._forms[text]

    def forget_forms(self) -> None:
        """Forget what :meth:`forms_of` gave."""
        self._forms = {}

    # -- a segment that comes ----------------------------------------------------------------------

    def _scan(
        self, core: SegmentCore, words: ArchiveWords, dirty: dict[str, set[int]] | None
    ) -> dict[str, Presence]:
        """Which of what was looked up a segment has; the words that it changes are added to
        ``dirty``."""
        presence = {}
        for name, known in self.fields.items():
            text = core.text(name)
            if text is None or not known.meanings:
                continue
            changed = set[int]()
            forms = self.forms_of(text)
            presence[name] = _scan_forms(text, forms, known, changed)
            others = [one[name].alternates for one in self.segments.values() if name in one]
            for pair in presence[name].alternates:
                if not any(pair in alternates for alternates in others):
                    changed.update(known.owners[pair[0]][1:])
            for language in known.stems:
                _scan_stems(forms, language, known, words.schema.rules, presence[name], changed)
            if dirty is not None:
                dirty[name] |= changed
                self.scanned += len(forms.forms)
        return presence

    # -- a segment that goes -----------------------------------------------------------------------

    def _forget(self, key: _Key, dirty: dict[str, set[int]]) -> None:
        gone = self.segments.pop(key)
        others = list(self.segments.values())
        for name, known in self.fields.items():
            dirty[name] |= known.unscanned
            if name not in gone:
                continue
            rest = [presence[name] for presence in others if name in presence]
            for spelling in gone[name].forms:
                entry = known.owners[spelling]
                if entry[0] is _SEVERAL or not any(spelling in o.forms for o in rest):
                    dirty[name].update(entry[1:])
            for pair in gone[name].alternates:
                if not any(pair in other.alternates for other in rest):
                    dirty[name].update(known.owners[pair[0]][1:])
            for term in gone[name].terms:
                if not any(term in other.terms for other in rest):
                    dirty[name].update(known.terms[term][1:])
            for language, stem in gone[name].stems:
                if not any((language, stem) in other.stems for other in rest):
                    dirty[name].update(known.stems[language][stem][1:])


def _scan_forms(text: TextField, every: Forms, known: FieldWords, changed: set[int]) -> Presence:
    """The forms and terms that were looked up and that a text field of a segment has."""
    terms, forms, owners = every
    owner_of, known_terms = known.owners, known.terms
    presence = Presence()
    presence.terms.update(term for term in terms if term in known_terms)
    for term in presence.terms:
        known.set_term(term, changed)
    for form, owner in zip(forms, owners, strict=True):
        if form in owner_of:
            presence.forms.add(form)
            if owner_of[form][0] != terms[owner]:
                known.set_owner(form, terms[owner], changed)
    presence.alternates.update(pair for pair in text.all_alternates() if pair[0] in owner_of)
    return presence


def _scan_stems(
    every: Forms, language: str, known: FieldWords, rules: Rules, presence: Presence,
    changed: set[int],
) -> None:  # fmt: skip
    """The plain stems of unknown words that a text field has under other terms."""
    terms, wanted = every.terms, known.stems[language]
    regular = known.regular.setdefault(language, {})
    if len(regular) > _MAX_REGULAR:
        regular.clear()
    rest = [
        (form, terms[owner]) for form, owner in zip(every.forms, every.owners, strict=True)
        if regular.get(form) != terms[owner]
    ]  # fmt: skip
    stems = rules.terms([form.decode() for form, _ in rest], language)
    for (form, term), stem in zip(rest, stems, strict=True):
        if stem not in wanted or stem.encode() == term:
            regular[form] = term
            continue
        presence.stems.add((language, stem))
        for word in wanted[stem][1:]:
            if term not in known.meanings[word].terms:
                changed.add(word)
