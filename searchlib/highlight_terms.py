"""The highlight terms of a query: what to mark in the articles it finds, as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from whoosh import query as wq

from searchlib.schema import Schema, Text
from searchlib.span_queries import Word

__all__ = ["HighlightTerm", "highlight_terms_of"]

_MAX_FUZZY_LENGTH = 40  # letters; the pattern of a fuzzy word grows with their third power


@dataclass(frozen=True, slots=True)
class HighlightTerm:
    """One word, phrase, prefix or pattern to mark in a field.

    ``field`` is a field of the schema, never its exact field. ``terms`` are terms of the index:
    stems, or with ``exact`` folded words. A "term" matches any of them, a "phrase" all of them in
    this order, each at most ``slop`` positions after the one before (1: next to each other). A
    "prefix" matches the start of a folded word, a "pattern" (a regular expression) all of it.

    >>> HighlightTerm("body", "phrase", ("internet", "civilization"), exact=True).slop
    1
    """

    field: str
    kind: Literal["term", "phrase", "prefix", "pattern"]
    terms: tuple[str, ...]
    exact: bool = False
    slop: int = 1


def highlight_terms_of(query: Any, schema: Schema) -> tuple[HighlightTerm, ...]:
    """The highlight terms of a ``whoosh.query`` tree, without those of what it excludes.

    >>> from whoosh.query import AndNot, Phrase, Term
    >>> from searchlib.schema import NEWS
    >>> tree = AndNot(Phrase("body_exact", ["new", "york"]), Term("body", "snow"))
    >>> [(term.field, term.terms, term.exact) for term in highlight_terms_of(tree, NEWS)]
    [('body', ('new', 'york'), True)]
    """
    terms = (_highlight_term(leaf, schema) for leaf in _leaves(query))
    return tuple(dict.fromkeys(term for term in terms if term is not None))


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


def _highlight_term(leaf: Any, schema: Schema) -> HighlightTerm | None:
    name = leaf.field()
    if isinstance(leaf, Word):
        leaf = leaf.read(schema)
    if name is None or not isinstance(field := schema.fields.get(schema.base(name)), Text):
        return None
    base = schema.base(name)
    exact = base != name or schema.exact(base) == base
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
    if isinstance(leaf, wq.FuzzyTerm) and len(leaf.text) <= _MAX_FUZZY_LENGTH and leaf.maxdist <= 2:
        return HighlightTerm(
            base, "pattern", (_fuzzy(leaf.text, leaf.maxdist, leaf.prefixlength),), exact
        )
    return None


def _fuzzy(word: str, edits: int, prefix: int) -> str:
    """A pattern for the words within so many edits (letters changed, added or left out) of this
    one that have the same ``prefix`` letters at the start.

    >>> bool(re.fullmatch(_fuzzy("rain", 1, 0), "train")), re.fullmatch(_fuzzy("rain", 1, 0), "ran")
    (True, <re.Match object; span=(0, 3), match='ran'>)
    """
    return f"{re.escape(word[:prefix])}(?:{_edited(word[prefix:], edits)})"


def _edited(word: str, edits: int) -> str:
    if not edits:
        return re.escape(word)
    alternatives = [re.escape(word), f"{re.escape(word)}.{{1,{edits}}}"]
    for offset, letter in enumerate(word):
        rest = _edited(word[offset + 1 :], edits - 1)
        alternatives.append(f"{re.escape(word[:offset])}(?:.?|.{re.escape(letter)})(?:{rest})")
    return "|".join(alternatives)


def _glob(text: str) -> str:
    parts = re.split(r"([*?])", text)
    return "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)


def _text(term: str | bytes) -> str:
    return term.decode("utf-8", "replace") if isinstance(term, bytes) else term
