"""Which terms of an archive a word of a query stands for.

The archive's dictionary knows each surface form of each term, so that a word is found in any of its
forms and with or without its accents, and nothing has to be guessed. Terms that own a form spelled
as the word are its *owners*:

================================ ========================= =======================================
the word                         typed plain               typed with accents
================================ ========================= =======================================
its surface form is known        its owners                its owners, and its own term
it is not                        its own term, and those   its own term
                                 with a form of the same
                                 plain stem
================================ ========================= =======================================

Its own term is the folded stem of the word as typed, in each language of the archive that has it.
An owner with few of the occurrences of the spelling counts in that form only: else one "pâris"
would make "paris" find every "par". Words that are typed otherwise ("haeuser" for "häuser") are
looked up among the alternates that the words of the articles gave.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from whoosh import query as wq

from searchlib.analysis import initials
from searchlib.codec.joined_postings import Postings
from searchlib.codec.text_field import TextField
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Schema, Terms, Text
from searchlib.span_queries import Near, Word

__all__ = ["MAX_SCANNED", "Dictionary", "Form", "WordForms", "WordMeaning", "WordReader"]

_MIN_SHARE = 0.1  # of the occurrences of a spelling that an owner needs to count in all its forms
MAX_SCANNED = 256  # surface forms that are looked at for one unknown word
_MIN_STEM = 3  # letters that these have in common with it
_CACHED_WORDS = 1 << 14


class Form(NamedTuple):
    """A surface form of a term."""

    term: bytes
    surface: bytes


class WordMeaning(NamedTuple):
    """What a word of a query stands for: ``terms`` in all their forms, the nearest first, and
    single ``forms`` of other terms. ``also`` are other ways to write it that are searched too."""

    terms: tuple[bytes, ...]
    forms: tuple[Form, ...] = ()
    also: tuple[str, ...] = ()
    #: Whether the first term is what the word itself stands for, and not only its spelling.
    nearest: bytes | None = None


class Dictionary(Protocol):
    """The words of a text field of an archive."""

    def owners(self, surface: bytes) -> dict[bytes, int]:
        """The terms that have a surface form, and how often each occurs in it."""

    def alternates_of(self, spelling: bytes) -> list[bytes]:
        """The surface forms that are typed in this other way."""

    def forms_with_prefix(self, prefix: bytes) -> list[bytes]:
        """The first surface forms with a prefix."""

    def has_term(self, term: bytes) -> bool:
        """Whether some text has the term."""


class WordReader(ABC):
    """Resolves the words of queries against the dictionaries of an archive."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._rules = schema.rules
        self._meanings: dict[tuple[str, str, tuple[str, ...] | None], WordMeaning] = {}
        self._stop_words: dict[tuple[str, ...], frozenset[str]] = {}

    def meaning(
        self, name: str, token: str, languages: tuple[str, ...] | None = None
    ) -> WordMeaning:
        """What a word, as typed, stands for in a text field, read in some of the languages of the
        archive (None: in all)."""
        key = (name, token, languages)
        known = self._meanings.get(key)
        if known is None:
            if len(self._meanings) >= _CACHED_WORDS:
                self._meanings.clear()
            known = self._meanings[key] = self._resolve(name, token, languages)
        return known

    @abstractmethod
    def _dictionary(self, name: str) -> Dictionary:
        """The dictionary of a text field."""

    @abstractmethod
    def _used_languages(self) -> tuple[str, ...]:
        """The languages of the texts of the archive."""

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return self._schema

    def surface(self, token: str) -> str:
        """The surface form of a word as typed, read in the language of the archive."""
        return self._rules.surface(self._rules.word(token, self._schema.language))

    def stop_words(self) -> frozenset[str]:
        """The words that say little in the languages of the archive, as surface forms."""
        names = {language for name in self._schema.names(Text) for language in self.languages(name)}
        return frozenset().union(*map(self._rules.stop_words, names))

    def plain(self, query: Any) -> Any:
        """A ``whoosh.query`` tree with queries of Whoosh's own, and spans, in the place of each
        :class:`Word`: it finds the same articles."""
        if isinstance(query, Word):
            return self._plain_word(query)
        return query if query.is_leaf() else query.apply(self.plain)

    def _plain_word(self, query: Word) -> Any:
        name, boost = query.fieldname, query.boost
        if name not in self._schema.names(Text) or not query.words:
            return wq.NullQuery
        words = [self._leaves(name, word, query.languages) for word in query.words]
        if len(words) == 1:
            return words[0][0].with_boost(boost) if len(words[0]) == 1 else wq.Or(words[0], boost)
        if all(len(leaves) == 1 and leaves[0].fieldname == name for leaves in words):
            return wq.Phrase(name, [leaves[0].text for leaves in words], boost=boost)
        parts = [leaves[0] if len(leaves) == 1 else wq.Or(leaves) for leaves in words]
        tree = parts[0]
        for part in parts[1:]:
            tree = Near(tree, part, 1, True)
        return tree

    def _leaves(self, name: str, word: str, languages: tuple[str, ...] | None) -> list[Any]:
        meaning = self.meaning(name, word, languages)
        exact = self._schema.exact(name)
        surface_forms = dict.fromkeys(form.surface for form in meaning.forms)
        return [
            *(wq.Term(name, term.decode()) for term in meaning.terms),
            *(wq.Term(exact, surface.decode()) for surface in surface_forms),
        ]

    def languages(self, name: str) -> tuple[str, ...]:
        """The languages of the texts of a field."""
        field: Any = self._schema.fields[name]
        if field.language == "":
            return ("",)
        if self._rules.version == 1:
            return (self._schema.default_language(name),)
        return self._used_languages() or (self._schema.default_language(name),)

    def _readings(
        self, name: str, token: str, languages: tuple[str, ...] | None
    ) -> list[tuple[str, str]]:
        """(word, language): what a token says in each language."""
        known = self.languages(name)
        if languages is not None and known != ("",):
            known = tuple(language for language in known if language in languages) or languages
        return [(self._rules.word(token, language), language) for language in known]

    def _resolve(self, name: str, token: str, languages: tuple[str, ...] | None) -> WordMeaning:
        field = self._schema.fields[name]
        if isinstance(field, Terms):
            asked = field.asked(token) if field.is_text else ()
            return WordMeaning(tuple(term.encode() for term in asked))
        readings = self._readings(name, token, languages)
        if self._rules.version == 1:
            [(word, language)] = readings
            return WordMeaning((self._rules.terms([word], language)[0].encode(),))
        resolution = _Resolution(self._dictionary(name))
        by_word: dict[str, list[str]] = {}
        for word, language in readings:
            by_word.setdefault(word, []).append(language)
        for word, its_languages in by_word.items():
            self._add(resolution, word, its_languages)
        also = []
        stop_words = self._stop_words_of(tuple([language for _, language in readings]))
        # "U.S." must not find the pronoun; with its stops it is the same in lower case.
        for other in initials(token.upper() if "." in token else token, stop_words):
            if resolution.add_owners(other.encode()):
                also.append(other)
        return resolution.meaning(tuple(also))

    def _stop_words_of(self, languages: tuple[str, ...]) -> frozenset[str]:
        known = self._stop_words.get(languages)
        if known is None:
            known = frozenset().union(*map(self._rules.stop_words, languages))
            self._stop_words[languages] = known
        return known

    def _add(self, resolution: _Resolution, word: str, languages: Sequence[str]) -> None:
        rules = self._rules
        surface = rules.surface(word)
        own_terms = [rules.terms([word], language)[0].encode() for language in languages]
        candidates = {surface.encode(): None}
        is_plain = surface == word.replace("'", "")
        if not is_plain:
            for language in languages:
                for other in rules.alternates(word, language):
                    candidates[other.encode()] = None
        owners: set[bytes] = set()
        for spelling in candidates:
            for actual in (spelling, *resolution.dictionary.alternates_of(spelling)):
                owners.update(resolution.add_owners(actual))
        is_known = bool(owners)
        # Where a language has the word, the others are not guessed at.
        sure = [term for term in own_terms if term in owners]
        if sure:
            resolution.set_nearest(sure)
        if not is_known or not is_plain:
            resolution.add_terms(sure or own_terms)
        if not is_known and is_plain:
            for language in languages:
                resolution.add_terms(self._same_plain_stem(resolution, surface, language))

    def _same_plain_stem(
        self, resolution: _Resolution, surface: str, language: str
    ) -> Iterator[bytes]:
        """The terms with a form whose plain stem is that of an unknown plain word."""
        terms = self._rules.terms
        [stem] = terms([surface], language)
        prefix = stem[: max(_MIN_STEM, len(stem) - 1)]
        if not surface.startswith(prefix) or len(prefix) < _MIN_STEM:
            return
        forms = resolution.dictionary.forms_with_prefix(prefix.encode())
        texts = [surface.decode() for surface in forms]
        for form, plain in zip(forms, terms(texts, language), strict=True):
            if plain == stem:
                yield from resolution.dictionary.owners(form)


class WordForms(WordReader):
    """Resolves the words of queries against the dictionaries of one commit."""

    def __init__(self, reader: IndexReader) -> None:
        super().__init__(reader.schema)
        self._reader = reader
        self._dictionaries: dict[str, _CommitDictionary] = {}

    @property
    def reader(self) -> IndexReader:
        """The commit."""
        return self._reader

    def _dictionary(self, name: str) -> Dictionary:
        dictionary = self._dictionaries.get(name)
        if dictionary is None:
            fields = (segment.core.text(name) for segment in self._reader.segments)
            dictionary = _CommitDictionary([field for field in fields if field is not None])
            self._dictionaries[name] = dictionary
        return dictionary

    def _used_languages(self) -> tuple[str, ...]:
        return self._reader.languages

    def text_fields(self) -> Iterator[tuple[SegmentReader, TextField]]:
        """The text fields of all segments."""
        for name in self._schema.names(Text):
            for segment in self._reader.segments:
                if (field := segment.core.text(name)) is not None:
                    yield segment, field

    def postings(self, name: str, token: str) -> Iterator[tuple[SegmentReader, Postings]]:
        """The postings of a word of a query, in any form, in the segments that have it."""
        lists = self.joined_lists(name, self.meaning(name, token))
        for segment, postings in zip(self._reader.segments, lists, strict=True):
            if postings is not None:
                yield segment, postings

    def joined_lists(self, name: str, meaning: WordMeaning) -> list[Postings | None]:
        """The posting list of all terms and forms of a meaning together in each segment, None
        where there are none."""
        weight: Any = self._schema.fields[name]
        lists: list[Postings | None] = []
        for segment in self._reader.segments:
            field = segment.core.text(name)
            parts = [] if field is None else field.parts(meaning.terms, meaning.forms)
            joined = field.joined(parts, weight.weight) if field is not None and parts else None
            lists.append(joined)
        return lists


class _CommitDictionary:
    """The words of a text field in the segments of a commit."""

    def __init__(self, fields: Sequence[TextField]) -> None:
        self._fields = fields

    def owners(self, surface: bytes) -> dict[bytes, int]:
        """The terms that have a surface form, and how often each occurs in it."""
        owners: dict[bytes, int] = {}
        for field in self._fields:
            for ordinal, _, uses in field.owner_uses(surface):
                term = field.terms[ordinal]
                owners[term] = owners.get(term, 0) + uses
        return owners

    def alternates_of(self, spelling: bytes) -> list[bytes]:
        """The surface forms that are typed in this other way."""
        forms = [form for field in self._fields for form in field.alternates_of(spelling)]
        return list(dict.fromkeys(forms)) if len(forms) > 1 else forms

    def forms_with_prefix(self, prefix: bytes) -> list[bytes]:
        """The first surface forms with a prefix."""
        forms: dict[bytes, None] = {}
        for field in self._fields:
            dictionary = field.surface_forms
            first, last = dictionary.prefix_range(prefix)
            forms |= dict.fromkeys(dictionary.terms_between(first, min(last, first + MAX_SCANNED)))
        return list(forms)

    def has_term(self, term: bytes) -> bool:
        """Whether some text has the term."""
        return any(field.terms.ordinal(term) >= 0 for field in self._fields)


class _Resolution:
    """The terms and forms gathered for one word."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self._terms: dict[bytes, None] = {}
        self._forms: dict[Form, None] = {}
        self._nearest: bytes | None = None
        self._in_texts: set[bytes] = set()  # terms that some text is known to have

    def add_owners(self, surface: bytes) -> Collection[bytes]:
        """Add the owners of a spelling: in all forms, or if they have few of its occurrences in
        that form only."""
        owners = self.dictionary.owners(surface)
        self._in_texts.update(owners)
        ranked: Iterable[bytes] = owners
        if len(owners) > 1:
            ranked = sorted(owners, key=lambda term: (-owners[term], term))
        least = _MIN_SHARE * sum(owners.values())
        for term in ranked:
            if owners[term] >= least:
                self._terms[term] = None
            else:
                self._forms[Form(term, surface)] = None
        return owners

    def add_terms(self, terms: Iterable[bytes]) -> None:
        """Add terms in all their forms."""
        for term in terms:
            self._terms[term] = None

    def set_nearest(self, terms: Sequence[bytes]) -> None:
        """Set the term that the word itself stands for, by the rules of its language."""
        self._nearest = self._nearest or terms[0]

    def meaning(self, also: tuple[str, ...]) -> WordMeaning:
        """What was gathered."""
        terms = [
            term for term in self._terms if term in self._in_texts or self.dictionary.has_term(term)
        ] or list(self._terms)[:1]
        if self._nearest in terms:
            terms.remove(self._nearest)
            terms.insert(0, self._nearest)
        forms = tuple([form for form in self._forms if form.term not in terms])
        nearest = self._nearest if len(terms) + len(forms) > 1 else None
        return WordMeaning(tuple(terms), forms, also, nearest)
