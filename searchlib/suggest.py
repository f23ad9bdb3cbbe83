"""Words that an archive has: completions of a beginning, and the likely word for a typo."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice

import numpy as np
import numpy.typing as npt
from whoosh.support.levenshtein import damerau_levenshtein

from searchlib.analysis import fold, fold_keyword, stem
from searchlib.codec.text_field import TextField
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.query.ast import Expr, NotExpr, PhraseExpr, ValueExpr, WordExpr, walk
from searchlib.schema import Keyword, Schema, Text
from searchlib.search.term_scan import TermScan

__all__ = ["absent", "common", "completions", "correction", "is_known"]

_LOOKED_AT = 20_000  # words that a beginning may have; the first ones count
_EDITS = 2
_VALUES = 20_000  # values of a keyword field that are compared with an unknown one
_FEW_ARTICLES = 20  # in fewer, half of them says nothing about a word
_WORDS = 16  # words of a query that are looked up for its notes
_CORRECTED = 4  # unknown words for which near ones are looked for
_LONGEST = 40  # letters of a word that may be a typo


def _fields(snapshot: IndexReader, schema: Schema) -> Iterator[tuple[SegmentReader, TextField]]:
    for name in schema.names(Text):
        for segment in snapshot.segments:
            field = segment.core.text(name)
            if field is not None:
                yield segment, field


def _any_live(segment: SegmentReader, documents: npt.NDArray[np.int32]) -> bool:
    """Whether any of these documents is not deleted."""
    live_docs = segment.live_docs
    return bool(len(documents) if live_docs is None else live_docs[documents].any())


def _beginning(field: TextField, prefix: bytes) -> Iterator[tuple[bytes, int]]:
    """The words as written with this beginning, and in how many documents each is."""
    words = field.surface_forms
    first, last = words.prefix_range(prefix)
    for rank in range(first, min(last, first + _LOOKED_AT)):
        count = field.form_postings(words.ordinal_at_rank(rank)).count
        if count:
            yield words.term_at_rank(rank), count


def completions(snapshot: IndexReader, schema: Schema, start: str, limit: int) -> list[str]:
    """The words that begin like this, those of the most articles first."""
    if not isinstance(start, str):
        kind = type(start).__name__
        raise QueryError("not-a-query", (0, 0), f"the beginning of a word is text, not {kind}")
    prefix = fold(start).encode(errors="replace") if start.strip() else b""
    if not prefix:
        return []
    counts: dict[bytes, int] = {}
    for _, field in _fields(snapshot, schema):
        for word, count in _beginning(field, prefix):
            counts[word] = counts.get(word, 0) + count
    ordered = iter(sorted(counts, key=lambda word: (-counts[word], word)))
    live = (word.decode() for word in ordered if _is_live(snapshot, schema, word))
    return list(islice(live, max(limit, 0)))


def is_known(snapshot: IndexReader, schema: Schema, word: str) -> bool:
    """Whether any article has the word as written."""
    return _is_live(snapshot, schema, fold(word).encode())


def _is_live(snapshot: IndexReader, schema: Schema, word: bytes) -> bool:
    for segment, field in _fields(snapshot, schema):
        number = field.surface_forms.ordinal(word)
        if number >= 0 and _any_live(segment, field.form_postings(number).docs):
            return True
    return False


def correction(snapshot: IndexReader, schema: Schema, word: str) -> str | None:
    """The word of the archive that is nearest to this one: at most two letters changed, added,
    left out or swapped, the first letter kept; of equally near ones, one as long, then that of
    the most articles."""
    wanted = fold(word)
    if not 3 <= len(wanted) <= _LONGEST:
        return None
    edits = 1 if len(wanted) < 5 else _EDITS
    counts: dict[bytes, int] = {}
    far: dict[bytes, int] = {}
    for _, field in _fields(snapshot, schema):
        words = field.surface_forms
        first, last = words.prefix_range(wanted[0].encode())
        numbers = {}
        for rank in range(first, min(last, first + _LOOKED_AT)):
            numbers[words.term_at_rank(rank)] = words.ordinal_at_rank(rank)
        lengths = np.fromiter(map(len, numbers), np.int64, len(numbers))
        spelled = TermScan(b"".join(numbers), np.cumsum(lengths))
        # Two swapped letters are two edits there.
        for found in spelled.near(wanted, 2 * edits, 1):
            far[found] = damerau_levenshtein(found.decode(), wanted, limit=edits)
            if 0 < far[found] <= edits and (count := field.form_postings(numbers[found]).count):
                counts[found] = counts.get(found, 0) + count
    near = []
    for found, count in counts.items():
        text = found.decode()
        near.append((far[found], abs(len(text) - len(wanted)), -count, text))
    live = (text for *_, text in sorted(near) if _is_live(snapshot, schema, text.encode()))
    return next(live, None)


def absent(snapshot: IndexReader, schema: Schema, query: Expr | None) -> list[str]:
    """The wanted words and values of a query that no article has, and near ones."""
    notes: dict[str, None] = {}
    words = corrected = 0
    unwanted = {
        id(part) for node in walk(query) if isinstance(node, NotExpr) for part in walk(node)
    }
    for node in walk(query):
        if id(node) in unwanted:
            continue
        if isinstance(node, ValueExpr):
            if (note := _absent_value(snapshot, schema, node)) is not None:
                notes[note] = None
        elif isinstance(node, (WordExpr, PhraseExpr)):
            for token in node.tokens:
                words += 1
                if words <= _WORDS and not _is_anywhere(snapshot, schema, token):
                    corrected += 1
                    near = correction(snapshot, schema, token) if corrected <= _CORRECTED else None
                    did_you = f": did you mean {near}?" if near else ""
                    notes[f"no article has the word {token!r}{did_you}"] = None
    return list(notes)


def common(snapshot: IndexReader, schema: Schema, query: Expr | None) -> list[str]:
    """That a query has none but words of more than half of the articles, if it is so."""
    words = [token for node in walk(query) if isinstance(node, WordExpr) for token in node.tokens]
    others = any(isinstance(node, (PhraseExpr, ValueExpr)) for node in walk(query))
    if not words or others or len(words) > _WORDS or snapshot.live_count < _FEW_ARTICLES:
        return []
    if any(_articles(snapshot, schema, token) * 2 <= snapshot.live_count for token in words):
        return []
    which = "this word is" if len(words) == 1 else "each of these words is"
    return [f"{which} in more than half of the articles: add a rarer one"]


def _articles(snapshot: IndexReader, schema: Schema, folded: str) -> int:
    """In how many articles a form of the word is, in the text field that has it most."""
    most = 0
    for name in schema.names(Text):
        field = schema.fields[name]
        assert isinstance(field, Text)
        term = stem(folded, field.language).encode()
        texts = [segment.core.text(name) for segment in snapshot.segments]
        lists = [text.find(term) for text in texts if text is not None]
        most = max(most, sum(found.count for found in lists if found is not None))
    return most


def _is_anywhere(snapshot: IndexReader, schema: Schema, folded: str) -> bool:
    """Whether any article has a form of the word."""
    for name in schema.names(Text):
        field = schema.fields[name]
        assert isinstance(field, Text)
        term = stem(folded, field.language).encode()
        for segment in snapshot.segments:
            text = segment.core.text(name)
            found = None if text is None else text.find(term)
            if found is not None and _any_live(segment, found.docs):
                return True
    return False


def _absent_value(snapshot: IndexReader, schema: Schema, value: ValueExpr) -> str | None:
    if not isinstance(schema.fields[value.field], Keyword):
        return None
    folded = fold_keyword(value.text)
    known: dict[str, str] = {}
    for segment in snapshot.segments:
        column = segment.core.keyword(value.field)
        if column is None:
            continue
        rank = column.terms.ordinal(folded.encode())
        if rank >= 0 and _any_live(segment, column.docs(rank)):
            return None
        for rank in range(min(len(column.terms), _VALUES - len(known))):
            if segment.live_docs is None or _any_live(segment, column.docs(rank)):
                known[column.terms[rank].decode()] = column.labels[rank].decode()
    near = get_close_matches(folded, known, n=3, cutoff=0.6)
    near = near or [term for term in known if folded in term.split()][:3]
    did_you = f": did you mean {' or '.join(known[term] for term in near)}?" if near else ""
    return f"no article has {value.field} {value.text!r}{did_you}"
