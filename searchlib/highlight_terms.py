"""What a query asks to have marked in the articles it finds: plain values, one a word or phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from whoosh import query as wq

from searchlib.analysis import has_stemmer
from searchlib.schema import Schema, Text

__all__ = ["HighlightTerm", "highlight_terms_of"]


_LONG = 40  # letters of a word with mistakes: the pattern grows with their third power


@dataclass(frozen=True, slots=True)
class HighlightTerm:
    """One word, phrase, prefix or pattern to mark in a field.

    ``field`` is the schema's name of the field, never that of its twin. ``terms`` are words as
    the index has them: stems, or with ``exact`` folded words. A "term" has any of them, a
    "phrase" all of them in this order, each at most ``slop`` words after the one before (1:
    next to each other). A "prefix" begins the folded word; a "pattern" is a regular expression
    for the whole folded word.

    >>> HighlightTerm("body", "phrase", ("internet", "civilization"), exact=True).slop
    1
    """

    field: str
    kind: Literal["term", "phrase", "prefix", "pattern"]
    terms: tuple[str, ...]
    exact: bool = False
    slop: int = 1


def highlight_terms_of(query: Any, schema: Schema) -> tuple[HighlightTerm, ...]:
    """What to mark for a ``whoosh.query`` tree: its words and phrases, but not those it excludes.

    >>> from whoosh.query import AndNot, Phrase, Term
    >>> from searchlib.schema import NEWS
    >>> tree = AndNot(Phrase("body_exact", ["new", "york"]), Term("body", "snow"))
    >>> [(mark.field, mark.terms, mark.exact) for mark in highlight_terms_of(tree, NEWS)]
    [('body', ('new', 'york'), True)]
    """
    found: dict[HighlightTerm, None] = {}
    for leaf in _leaves(query):
        mark = _mark(leaf, schema)
        if mark is not None:
            found[mark] = None
    return tuple(found)


def _leaves(query: Any) -> Iterator[Any]:
    if isinstance(query, wq.Not):
        return
    if isinstance(query, wq.AndNot):
        yield from _leaves(query.a)
    elif query.is_leaf():
        yield query
    else:
        for child in getattr(query, "subqueries", None) or query.children():
            yield from _leaves(child)


def _mark(leaf: Any, schema: Schema) -> HighlightTerm | None:
    name = leaf.field()
    if name is None or not isinstance(field := schema.fields.get(schema.base(name)), Text):
        return None
    base = schema.base(name)
    exact = base != name or not has_stemmer(field.language)
    if isinstance(leaf, wq.Term):
        return HighlightTerm(base, "term", (_text(leaf.text),), exact)
    if isinstance(leaf, wq.Phrase):
        return HighlightTerm(base, "phrase", tuple(map(_text, leaf.words)), exact, leaf.slop)
    if isinstance(leaf, wq.Prefix):
        return HighlightTerm(base, "prefix", (_text(leaf.text),), exact)
    if isinstance(leaf, wq.Wildcard):
        return HighlightTerm(base, "pattern", (_glob(leaf.text),), exact)
    if isinstance(leaf, wq.Regex):
        return HighlightTerm(base, "pattern", (leaf.text.removesuffix("$"),), exact)
    if isinstance(leaf, wq.FuzzyTerm) and len(leaf.text) <= _LONG and leaf.maxdist <= 2:
        return HighlightTerm(
            base, "pattern", (_fuzzy(leaf.text, leaf.maxdist, leaf.prefixlength),), exact
        )
    return None


def _fuzzy(word: str, edits: int, kept: int) -> str:
    """The words that become this one by so many letters changed, added or left out.

    >>> bool(re.fullmatch(_fuzzy("rain", 1, 0), "train")), re.fullmatch(_fuzzy("rain", 1, 0), "ran")
    (True, <re.Match object; span=(0, 3), match='ran'>)
    """
    return f"{re.escape(word[:kept])}(?:{_edited(word[kept:], edits)})"


def _edited(word: str, edits: int) -> str:
    if not edits:
        return re.escape(word)
    made = [re.escape(word), f"{re.escape(word)}.{{1,{edits}}}"]
    for at, letter in enumerate(word):
        rest = _edited(word[at + 1 :], edits - 1)
        made.append(f"{re.escape(word[:at])}(?:.?|.{re.escape(letter)})(?:{rest})")
    return "|".join(made)


def _glob(text: str) -> str:
    parts = re.split(r"([*?])", text)
    return "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)


def _text(term: str | bytes) -> str:
    return term.decode("utf-8", "replace") if isinstance(term, bytes) else term
