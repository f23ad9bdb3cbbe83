"""Words that an archive has: completions of a prefix, and corrections of unknown words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import groupby, islice

import numpy as np
import numpy.typing as npt
from whoosh.support.levenshtein import damerau_levenshtein

from searchlib.analysis import TOKEN, fold, fold_keyword, stem
from searchlib.codec.text_field import TextField
from searchlib.highlight_terms import HighlightTerm
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.query.ast import Expr, NotExpr, PhraseExpr, ValueExpr, WordExpr, walk
from searchlib.schema import Keyword, Schema, Text
from searchlib.search.term_scan import TermScan

__all__ = [
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


def completions(reader: IndexReader, schema: Schema, start: str, limit: int) -> list[str]:
    """The surface forms that begin with ``start``, those in the most articles first."""
    prefix = fold(start).encode(errors="replace") if start.strip() else b""
    if not prefix:
        return []
    counts: dict[bytes, int] = {}
    for _, field in _text_fields(reader, schema):
        for form, count in _forms_with_prefix(field, prefix):
            counts[form] = counts.get(form, 0) + count
    by_count = iter(sorted(counts, key=lambda form: (-counts[form], form)))
    live = (form.decode() for form in by_count if _is_live(reader, schema, form))
    return list(islice(live, limit))


def is_known(reader: IndexReader, schema: Schema, word: str) -> bool:
    """Whether any article has the word in exactly this form."""
    return _is_live(reader, schema, fold(word).encode())


def correction(reader: IndexReader, schema: Schema, word: str) -> str | None:
    """The nearest surface form of the archive with the same first letter, or None.

    At most two letters are changed, added, left out or swapped, in short words one. Of equally
    near forms one that differs only in doubled letters wins, then one of the same length, then the
    one in the most articles.
    """
    folded = fold(word)
    if len(folded) not in _LENGTHS:
        return None
    edits = 1 if len(folded) < _SHORT else _MAX_EDITS
    counts: dict[bytes, int] = {}
    distances: dict[bytes, int] = {}
    for _, field in _text_fields(reader, schema):
        forms = field.surface_forms
        first, last = forms.prefix_range(folded[0].encode())
        numbers = {}
        for rank in range(first, min(last, first + _MAX_SCANNED_FORMS)):
            numbers[forms.term_at_rank(rank)] = forms.ordinal_at_rank(rank)
        lengths = np.fromiter(map(len, numbers), np.int64, len(numbers))
        scan = TermScan(b"".join(numbers), np.cumsum(lengths))
        # The scan counts two swapped letters as two edits.
        for form in scan.fuzzy(folded, 2 * edits, 1):
            distances[form] = damerau_levenshtein(form.decode(), folded, limit=edits)
            if 0 < distances[form] <= edits and (count := field.form_postings(numbers[form]).count):
                counts[form] = counts.get(form, 0) + count
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
    return next((text for *_, text in ranked if _is_live(reader, schema, text.encode())), None)


def _without_doubles(word: str) -> str:
    """The word with each run of one letter as a single letter."""
    return "".join(letter for letter, _ in groupby(word))


def corrected_query(
    reader: IndexReader, schema: Schema, query: str, terms: Iterable[HighlightTerm]
) -> str | None:
    """The query with its unknown words replaced by corrections, or None if there are none.

    ``terms`` are the query's highlight terms: only words among them are replaced.
    """
    searched = {text for t in terms if t.kind in ("term", "phrase") for text in t.terms}
    languages = {field.language for _, field in schema if isinstance(field, Text)}
    left = _MAX_REPLACED

    def replacement(match: re.Match[str]) -> str:
        nonlocal left
        token = match[0]
        folded = fold(token)
        forms = {folded, *(stem(folded, language) for language in languages)}
        is_field = token in schema.fields and query.startswith(":", match.end())
        if left <= 0 or is_field or forms.isdisjoint(searched) or is_known(reader, schema, token):
            return token
        left -= 1
        return correction(reader, schema, token) or token

    corrected = TOKEN.sub(replacement, query)
    return corrected if corrected != query else None


def missing_words(reader: IndexReader, schema: Schema, query: Expr | None) -> list[str]:
    """A note for each word and value of a query that no article has, with near ones.

    What the query excludes is not looked up.
    """
    notes: dict[str, None] = {}
    words = missing = 0
    excluded = {
        id(part) for node in walk(query) if isinstance(node, NotExpr) for part in walk(node)
    }
    for node in walk(query):
        if id(node) in excluded:
            continue
        if isinstance(node, ValueExpr):
            if (note := _missing_value(reader, schema, node)) is not None:
                notes[note] = None
        elif isinstance(node, (WordExpr, PhraseExpr)):
            for token in node.tokens:
                words += 1
                if words <= _MAX_CHECKED_WORDS and not _has_any_form(reader, schema, token):
                    missing += 1
                    name_near = missing <= _MAX_NOTED_CORRECTIONS
                    near = correction(reader, schema, token) if name_near else None
                    question = f": did you mean {near}?" if near else ""
                    notes[f"no article has the word {token!r}{question}"] = None
    return list(notes)


def common_words(reader: IndexReader, schema: Schema, query: Expr | None) -> list[str]:
    """A note if each word of a query is in more than half of the articles; else nothing."""
    words = [token for node in walk(query) if isinstance(node, WordExpr) for token in node.tokens]
    others = any(isinstance(node, (PhraseExpr, ValueExpr)) for node in walk(query))
    if not words or others or len(words) > _MAX_CHECKED_WORDS or reader.live_count < _MIN_ARTICLES:
        return []
    if any(_doc_frequency(reader, schema, token) * 2 <= reader.live_count for token in words):
        return []
    which = "this word is" if len(words) == 1 else "each of these words is"
    return [f"{which} in more than half of the articles: add a rarer one"]


def _text_fields(reader: IndexReader, schema: Schema) -> Iterator[tuple[SegmentReader, TextField]]:
    for name in schema.names(Text):
        for segment in reader.segments:
            field = segment.core.text(name)
            if field is not None:
                yield segment, field


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


def _is_live(reader: IndexReader, schema: Schema, form: bytes) -> bool:
    """Whether a document that is not deleted has this surface form."""
    for segment, field in _text_fields(reader, schema):
        number = field.surface_forms.ordinal(form)
        if number >= 0 and _any_live(segment, field.form_postings(number).docs):
            return True
    return False


def _doc_frequency(reader: IndexReader, schema: Schema, folded: str) -> int:
    """In how many documents any form of the word is, in the text field that has it most."""
    highest = 0
    for name in schema.names(Text):
        field = schema.fields[name]
        assert isinstance(field, Text)
        term = stem(folded, field.language).encode()
        texts = [segment.core.text(name) for segment in reader.segments]
        postings = [text.find(term) for text in texts if text is not None]
        highest = max(highest, sum(p.count for p in postings if p is not None))
    return highest


def _has_any_form(reader: IndexReader, schema: Schema, folded: str) -> bool:
    """Whether a document that is not deleted has any form of the word."""
    for name in schema.names(Text):
        field = schema.fields[name]
        assert isinstance(field, Text)
        term = stem(folded, field.language).encode()
        for segment in reader.segments:
            text = segment.core.text(name)
            postings = None if text is None else text.find(term)
            if postings is not None and _any_live(segment, postings.docs):
                return True
    return False


def _missing_value(reader: IndexReader, schema: Schema, value: ValueExpr) -> str | None:
    """The note for a keyword value that no article has; None if one has it."""
    if not isinstance(schema.fields[value.field], Keyword):
        return None
    folded = fold_keyword(value.text)
    labels: dict[str, str] = {}  # of the values that there are, by their terms
    for segment in reader.segments:
        doc_values = segment.core.keyword(value.field)
        if doc_values is None:
            continue
        rank = doc_values.terms.ordinal(folded.encode())
        if rank >= 0 and _any_live(segment, doc_values.docs(rank)):
            return None
        for rank in range(min(len(doc_values.terms), _MAX_SCANNED_VALUES - len(labels))):
            if segment.live_docs is None or _any_live(segment, doc_values.docs(rank)):
                labels[doc_values.terms[rank].decode()] = doc_values.labels[rank].decode()
    near = get_close_matches(folded, labels, n=3, cutoff=0.6)
    near = near or [term for term in labels if folded in term.split()][:3]
    question = f": did you mean {' or '.join(labels[term] for term in near)}?" if near else ""
    return f"no article has {value.field} {value.text!r}{question}"
