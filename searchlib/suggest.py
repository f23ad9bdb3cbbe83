"""Words that an archive has: completions of a prefix, and corrections of unknown words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import groupby, islice

import numpy as np
import numpy.typing as npt
from whoosh.support.levenshtein import damerau_levenshtein

from searchlib.codec.text_field import TextField
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.query.ast import Expr, NotExpr, PhraseExpr, ValueExpr, WordExpr, walk
from searchlib.query.terms import words as read_words
from searchlib.schema import Keyword, Schema, Text
from searchlib.search.term_scan import TermScan
from searchlib.search.word_forms import WordForms

__all__ = [
    "archive_notes",
    "common_words",
    "completions",
    "corrected_query",
    "correction",
    "is_known",
    "missing_words",
]

_MAX_SCANNED_FORMS = 20_000  # surface forms with one prefix that are scanned, in their order
_MAX_SCANNED_VALUES = 20_000  # values of a keyword field that an unknown one is compared with
_MAX_EDITS = 2
_LENGTHS = range(3, 41)  # letters of a word that a correction is looked for
_SHORT = 5  # letters of a word from which on two edits are allowed
_MIN_ARTICLES = 20  # in smaller archives a word in half of the articles is not called common
_MAX_CHECKED_WORDS = 16  # words of a query that are looked up for its notes
_MAX_NOTED_CORRECTIONS = 4  # unknown words for which the notes name a near one
_MAX_REPLACED = 8  # unknown words of a query that ``corrected_query`` replaces


def completions(words: WordForms, start: str, limit: int) -> list[str]:
    """The surface forms that begin with ``start``, those in the most articles first; no words that
    say little."""
    prefix = words.surface(start.strip()).encode(errors="replace") if start.strip() else b""
    if not prefix:
        return []
    counts: dict[bytes, int] = {}
    for _, field in words.text_fields():
        for form, count in _forms_with_prefix(field, prefix):
            counts[form] = counts.get(form, 0) + count
    stop_words = words.stop_words()
    by_count = sorted(counts, key=lambda form: (-counts[form], form))
    texts = (text for form in by_count if (text := form.decode()) not in stop_words)
    return list(islice((text for text in texts if _is_live(words, text.encode())), limit))


def is_known(words: WordForms, word: str) -> bool:
    """Whether any article has the word in exactly this form."""
    return _is_live(words, words.surface(word).encode())


def correction(words: WordForms, word: str) -> str | None:
    """The nearest surface form of the archive with the same first letter, or None.

    At most two letters are changed, added, left out or swapped, in short words one. Of equally
    near forms one that differs only in doubled letters wins, then one of the same length, then the
    one in the most articles.
    """
    folded = words.surface(word)
    if len(folded) not in _LENGTHS or folded.isdecimal():  # a number is no misspelled other one
        return None
    edits = 1 if len(folded) < _SHORT else _MAX_EDITS
    counts: dict[bytes, int] = {}
    distances: dict[bytes, int] = {}
    for _, field in words.text_fields():
        forms = field.surface_forms
        first, last = forms.prefix_range(folded[0].encode())
        near = forms.terms_between(first, min(last, first + _MAX_SCANNED_FORMS))
        lengths = np.fromiter(map(len, near), np.int64, len(near))
        scan = TermScan(b"".join(near), np.cumsum(lengths))
        # The scan counts two swapped letters as two edits.
        for form in dict.fromkeys(scan.fuzzy(folded, 2 * edits, 1)):
            distances[form] = damerau_levenshtein(form.decode(), folded, limit=edits)
            if 0 < distances[form] <= edits and (postings := field.find_exact(form)) is not None:
                counts[form] = counts.get(form, 0) + postings.count
    single = _without_doubles(folded)
    ranked = sorted(
        (
            distances[form],
            _without_doubles(text := form.decode()) != single,
            abs(len(text) - len(folded)),
            -count,
            text,
        )
        for form, count in counts.items()
    )
    return next((text for *_, text in ranked if _is_live(words, text.encode())), None)


def _without_doubles(word: str) -> str:
    """The word with each run of one letter as a single letter."""
    return "".join(letter for letter, _ in groupby(word))


def corrected_query(words: WordForms, query: str, node: Expr | None) -> str | None:
    """The query with its unknown words replaced by corrections, or None if there are none.

    ``node`` is its syntax tree: only words that it searches for are replaced.
    """
    schema = words.schema
    rules, searched = schema.rules, set(_searched_words(node))
    prepared, corrected, end, left = rules.prepare(query), "", 0, _MAX_REPLACED
    for start, stop in rules.token_spans(prepared):
        token = prepared[start:stop]
        is_field = token in schema.fields and query.startswith(":", stop)
        typed = read_words(token, rules)
        if left <= 0 or is_field or searched.isdisjoint(typed) or is_known(words, token):
            continue
        left -= 1
        corrected += query[end:start] + (correction(words, token) or query[start:stop])
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


def archive_notes(words: WordForms, query: Expr | None) -> list[str]:
    """What the archive has to say to a query: words and values that no article has, words that
    most have, other ways to write a word that are searched too."""
    return [
        *missing_words(words, query),
        *common_words(words, query),
        *_also_searched(words, query),
    ]


def missing_filters(words: WordForms, filters: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """A note for each value that a keyword field is filtered by and no article has."""
    parts = [ValueExpr(text=value, field=name) for name, values in filters for value in values]
    notes = [
        _missing_value(words.reader, words.schema, part)
        for part in parts[:_MAX_CHECKED_WORDS]
        if part.field in words.schema.fields
    ]
    return [note for note in notes if note is not None]


def missing_words(words: WordForms, query: Expr | None) -> list[str]:
    """A note for each word and value of a query that no article has, with near ones.

    What the query excludes is not looked up.
    """
    notes: dict[str, None] = {}
    looked_up = missing = 0
    for node in _searched(query):
        if isinstance(node, ValueExpr):
            if (note := _missing_value(words.reader, words.schema, node)) is not None:
                notes[note] = None
        elif isinstance(node, (WordExpr, PhraseExpr)):
            for token in node.tokens:
                looked_up += 1
                if looked_up <= _MAX_CHECKED_WORDS and not _has_any_form(words, token):
                    missing += 1
                    name_near = missing <= _MAX_NOTED_CORRECTIONS
                    near = correction(words, token) if name_near else None
                    question = f": did you mean {near}?" if near else ""
                    if token.isdecimal() and len(token) == 4 and words.schema.date_field:
                        question = f": a date is written {words.schema.date_field}:{token}"
                    notes[f"no article has the word {token!r}{question}"] = None
    return list(notes)


def common_words(words: WordForms, query: Expr | None) -> list[str]:
    """A note if each word of a query is in more than half of the articles; else nothing."""
    reader = words.reader
    tokens = [token for node in walk(query) if isinstance(node, WordExpr) for token in node.tokens]
    others = any(isinstance(node, (PhraseExpr, ValueExpr)) for node in walk(query))
    too_many = len(tokens) > _MAX_CHECKED_WORDS
    if not tokens or others or too_many or reader.live_count < _MIN_ARTICLES:
        return []
    if any(_doc_frequency(words, token) * 2 <= reader.live_count for token in tokens):
        return []
    which = "this word is" if len(tokens) == 1 else "each of these words is"
    return [f"{which} in more than half of the articles: add a rarer one"]


def _also_searched(words: WordForms, query: Expr | None) -> list[str]:
    """A note for each word that is searched in another writing too: "US" as "U.S."."""
    notes: dict[str, None] = {}
    for node in _searched(query):
        if isinstance(node, WordExpr):
            names = [node.field] if node.field else words.schema.names(Text)
            for token in node.tokens[:_MAX_CHECKED_WORDS]:
                also = {other for name in names for other in words.meaning(name, token).also}
                for other in sorted(also):
                    notes[f"{token} finds {other.upper()} too"] = None
    return list(notes)


def _any_live(segment: SegmentReader, docs: npt.NDArray[np.int32]) -> bool:
    """Whether any of these documents is not deleted."""
    return bool(len(docs) if segment.live_docs is None else segment.live_docs[docs].any())


def _forms_with_prefix(field: TextField, prefix: bytes) -> Iterator[tuple[bytes, int]]:
    """The surface forms with this prefix, and in how many documents each is."""
    forms = field.surface_forms
    first, last = forms.prefix_range(prefix)
    for rank in range(first, min(last, first + _MAX_SCANNED_FORMS)):
        count = field.form_postings(forms.ordinal_at_rank(rank)).count
        if count:
            yield forms.term_at_rank(rank), count


def _is_live(words: WordForms, form: bytes) -> bool:
    """Whether a document that is not deleted has this surface form."""
    for segment, field in words.text_fields():
        postings = field.find_exact(form)
        if postings is not None and _any_live(segment, postings.docs):
            return True
    return False


def _doc_frequency(words: WordForms, token: str) -> int:
    """In how many documents any form of the word is, in the text field that has it most."""
    return max(
        sum(postings.count for _, postings in words.postings(name, token))
        for name in words.schema.names(Text)
    )


def _has_any_form(words: WordForms, token: str) -> bool:
    """Whether a document that is not deleted has any form of the word."""
    return any(
        _any_live(segment, postings.docs)
        for name in words.schema.names(Text)
        for segment, postings in words.postings(name, token)
    )


def _missing_value(reader: IndexReader, schema: Schema, value: ValueExpr) -> str | None:
    """The note for a keyword value that no article has; None if one has it."""
    if not isinstance(schema.fields[value.field], Keyword):
        return None
    folded = schema.rules.keyword(value.text)
    labels: dict[str, str] = {}  # of the values that there are, by their terms
    is_range = value.field == schema.language_field  # "pt" is "pt-BR" too
    for segment in reader.segments:
        doc_values = segment.core.keyword(value.field)
        if doc_values is None:
            continue
        rank = doc_values.terms.ordinal(folded.encode())
        if rank >= 0 and _any_live(segment, doc_values.docs(rank)):
            return None
        for rank in range(min(len(doc_values.terms), _MAX_SCANNED_VALUES - len(labels))):
            if segment.live_docs is None or _any_live(segment, doc_values.docs(rank)):
                term = doc_values.terms[rank].decode()
                if is_range and term.startswith(f"{folded}-"):
                    return None
                labels[term] = doc_values.labels[rank].decode()
    near = get_close_matches(folded, labels, n=3, cutoff=0.6)
    near = near or [term for term in labels if folded in term.split()][:3]
    question = f": did you mean {' or '.join(labels[term] for term in near)}?" if near else ""
    return f"no article has {value.field} {value.text!r}{question}"
