"""Words that an archive has: completions of a prefix, and corrections of unknown words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import groupby, islice
from typing import Protocol

from whoosh.support.levenshtein import damerau_levenshtein

from searchlib.query.ast import Expr, NotExpr, PhraseExpr, ValueExpr, WordExpr, walk
from searchlib.query.terms import words as read_words
from searchlib.schema import Keyword, Text
from searchlib.search.word_forms import WordReader

__all__ = [
    "ArchiveWords",
    "archive_notes",
    "common_words",
    "completions",
    "corrected_query",
    "correction",
    "edits_between",
    "is_known",
    "missing_filters",
    "missing_words",
]

_MAX_EDITS = 2
_LENGTHS = range(3, 41)  # letters of a word that a correction is looked for
_SHORT = 5  # letters of a word from which on two edits are allowed
_MIN_ARTICLES = 20  # in smaller archives a word in half of the articles is not called common
_MAX_CHECKED_WORDS = 16  # words of a query that are looked up for its notes
_MAX_NOTED_CORRECTIONS = 4  # unknown words for which the notes name a near one
_MAX_REPLACED = 8  # unknown words of a query that ``corrected_query`` replaces


class ArchiveWords(Protocol):
    """What an archive knows of its words: surface forms (UTF-8), and words as typed."""

    @property
    def reader(self) -> WordReader:
        """What resolves words."""

    def article_count(self) -> int:
        """How many articles there are."""

    def starting_with(self, prefix: bytes) -> Mapping[bytes, int]:
        """The surface forms with a prefix, and in how many articles each is."""

    def near(self, word: str, edits: int) -> Mapping[bytes, int]:
        """Other surface forms with the same first letter, at most so many :func:`edits_between`
        them and a word, and in how many articles each is."""

    def has_form(self, form: bytes) -> bool:
        """Whether any article has a surface form."""

    def has_word(self, token: str) -> bool:
        """Whether any article has a word in any form."""

    def most_articles(self, token: str) -> int:
        """In how many articles any form of a word is, in the text field that has it most."""

    def has_value(self, name: str, folded: str) -> bool:
        """Whether any article has a folded value in a keyword field."""

    def labels(self, name: str) -> Mapping[str, str]:
        """How the values of a keyword field are written, by their folded form."""


def completions(archive: ArchiveWords, start: str, limit: int) -> list[str]:
    """The surface forms that begin with ``start``, those in the most articles first; no words that
    say little."""
    words = archive.reader
    prefix = words.surface(start.strip()).encode(errors="replace") if start.strip() else b""
    if not prefix:
        return []
    counts = archive.starting_with(prefix)
    stop_words = words.stop_words()
    by_count = sorted(counts, key=lambda form: (-counts[form], form))
    texts = (text for form in by_count if (text := form.decode()) not in stop_words)
    return list(islice((text for text in texts if archive.has_form(text.encode())), limit))


def is_known(archive: ArchiveWords, word: str) -> bool:
    """Whether any article has the word in exactly this form."""
    return archive.has_form(archive.reader.surface(word).encode())


def correction(archive: ArchiveWords, word: str) -> str | None:
    """The nearest surface form of the archive with the same first letter, or None.

    At most two letters are changed, added, left out or swapped, in short words one. Of equally
    near forms one that differs only in doubled letters wins, then one of the same length, then the
    one in the most articles.
    """
    folded = archive.reader.surface(word)
    if len(folded) not in _LENGTHS or folded.isdecimal():  # a number is no misspelled other one
        return None
    edits = 1 if len(folded) < _SHORT else _MAX_EDITS
    single = _without_doubles(folded)
    ranked = sorted(
        (
            edits_between(text := form.decode(), folded, edits),
            _without_doubles(text) != single,
            abs(len(text) - len(folded)),
            -count,
            text,
        )
        for form, count in archive.near(folded, edits).items()
    )
    return next((text for *_, text in ranked if archive.has_form(text.encode())), None)


def edits_between(word: str, other: str, most: int) -> int:
    """How many letters are changed, added, left out or swapped; more than ``most`` for more.

    >>> edits_between("raim", "rain", 2), edits_between("arin", "rain", 2)
    (1, 1)
    """
    distance: int = damerau_levenshtein(word, other, limit=most)
    return distance


def _without_doubles(word: str) -> str:
    """The word with each run of one letter as a single letter."""
    return "".join(letter for letter, _ in groupby(word))


def corrected_query(archive: ArchiveWords, query: str, node: Expr | None) -> str | None:
    """The query with its unknown words replaced by corrections, or None if there are none.

    ``node`` is its syntax tree: only words that it searches for are replaced.
    """
    schema = archive.reader.schema
    rules, searched = schema.rules, set(_searched_words(node))
    prepared, corrected, end, left = rules.prepare(query), "", 0, _MAX_REPLACED
    for start, stop in rules.token_spans(prepared):
        token = prepared[start:stop]
        is_field = token in schema.fields and query.startswith(":", stop)
        typed = read_words(token, rules)
        if left <= 0 or is_field or searched.isdisjoint(typed) or is_known(archive, token):
            continue
        left -= 1
        corrected += query[end:start] + (correction(archive, token) or query[start:stop])
        end = stop
    corrected += query[end:]
    return corrected if corrected != query else None


def _searched_words(query: Expr | None) -> Iterator[str]:
    """The words that a query searches for, each as often as it is there."""
    for node in _searched(query):
        if isinstance(node, (WordExpr, PhraseExpr)):
            yield from node.tokens


def _searched(query: Expr | None) -> Iterator[Expr]:
    """The nodes of a query without those that it excludes."""
    excluded = {
        id(part) for node in walk(query) if isinstance(node, NotExpr) for part in walk(node)
    }
    return (node for node in walk(query) if id(node) not in excluded)


def archive_notes(archive: ArchiveWords, query: Expr | None) -> list[str]:
    """What the archive has to say to a query: words and values that no article has, words that
    most have, other ways to write a word that are searched too."""
    return [
        *missing_words(archive, query),
        *common_words(archive, query),
        *_also_searched(archive, query),
    ]


def missing_filters(
    archive: ArchiveWords, filters: Iterable[tuple[str, Sequence[str]]]
) -> list[str]:
    """A note for each value that a keyword field is filtered by and no article has."""
    parts = [ValueExpr(text=value, field=name) for name, values in filters for value in values]
    notes = [
        _missing_value(archive, part)
        for part in parts[:_MAX_CHECKED_WORDS]
        if part.field in archive.reader.schema.fields
    ]
    return [note for note in notes if note is not None]


def missing_words(archive: ArchiveWords, query: Expr | None) -> list[str]:
    """A note for each word and value of a query that no article has, with near ones.

    What the query excludes is not looked up.
    """
    notes: dict[str, None] = {}
    date_field = archive.reader.schema.date_field
    looked_up = missing = 0
    for node in _searched(query):
        if isinstance(node, ValueExpr):
            if (note := _missing_value(archive, node)) is not None:
                notes[note] = None
        elif isinstance(node, (WordExpr, PhraseExpr)):
            for token in node.tokens:
                looked_up += 1
                if looked_up <= _MAX_CHECKED_WORDS and not archive.has_word(token):
                    missing += 1
                    name_near = missing <= _MAX_NOTED_CORRECTIONS
                    near = correction(archive, token) if name_near else None
                    question = f": did you mean {near}?" if near else ""
                    if token.isdecimal() and len(token) == 4 and date_field:
                        question = f": a date is written {date_field}:{token}"
                    notes[f"no article has the word {token!r}{question}"] = None
    return list(notes)


def common_words(archive: ArchiveWords, query: Expr | None) -> list[str]:
    """A note if each word of a query is in more than half of the articles; else nothing."""
    tokens = [token for node in walk(query) if isinstance(node, WordExpr) for token in node.tokens]
    others = any(isinstance(node, (PhraseExpr, ValueExpr)) for node in walk(query))
    too_many = len(tokens) > _MAX_CHECKED_WORDS
    if not tokens or others or too_many or (articles := archive.article_count()) < _MIN_ARTICLES:
        return []
    if any(archive.most_articles(token) * 2 <= articles for token in tokens):
        return []
    which = "this word is" if len(tokens) == 1 else "each of these words is"
    return [f"{which} in more than half of the articles: add a rarer one"]


def _also_searched(archive: ArchiveWords, query: Expr | None) -> list[str]:
    """A note for each word that is searched in another writing too: "US" as "U.S."."""
    notes: dict[str, None] = {}
    words = archive.reader
    for node in _searched(query):
        if isinstance(node, WordExpr):
            names = [node.field] if node.field else words.schema.names(Text)
            for token in node.tokens[:_MAX_CHECKED_WORDS]:
                also = {other for name in names for other in words.meaning(name, token).also}
                for other in sorted(also):
                    notes[f"{token} finds {other.upper()} too"] = None
    return list(notes)


def _missing_value(archive: ArchiveWords, value: ValueExpr) -> str | None:
    """The note for a keyword value that no article has; None if one has it."""
    schema = archive.reader.schema
    if not isinstance(schema.fields[value.field], Keyword):
        return None
    folded = schema.rules.keyword(value.text)
    if archive.has_value(value.field, folded):
        return None
    labels = archive.labels(value.field)
    is_range = value.field == schema.language_field  # "pt" is "pt-BR" too
    if is_range and any(term.startswith(f"{folded}-") for term in labels):
        return None
    near = get_close_matches(folded, labels, n=3, cutoff=0.6)
    near = near or [term for term in labels if folded in term.split()][:3]
    question = f": did you mean {' or '.join(labels[term] for term in near)}?" if near else ""
    return f"no article has {value.field} {value.text!r}{question}"
