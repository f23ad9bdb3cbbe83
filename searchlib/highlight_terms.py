"""The highlight terms of a query: what to mark in the articles it finds, as plain values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from whoosh import query as wq

from searchlib.schema import Schema, Text
from searchlib.span_queries import AtLeast, First, Near, Same, SpanQuery, Word

__all__ = [
    "Highlight",
    "HighlightSpans",
    "HighlightTerm",
    "Resolve",
    "highlight_terms_of",
    "words_in",
]

_MAX_FUZZY_LENGTH = 40  # letters; the pattern of a fuzzy word grows with their third power
_MAX_EDITS = 2


#: The name of a Whoosh field and a word as a query has it -> the terms and the surface forms of the
#: words of a text that it matches there.
Resolve = Callable[[str, str], tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class HighlightTerm:
    """One word, phrase, prefix or pattern to mark in a field, wherever it is.

    ``field`` is a field of the schema, never its exact field. ``terms`` are terms of the index:
    stems, or with ``exact`` folded words. A "term" matches any of them, and any of the folded words
    in ``surface_forms``; a "phrase" all of them in this order, each at most ``slop`` positions
    after the one before (1: next to each other). A "prefix" matches the start of a folded word, a
    "pattern" (a regular expression) all of it.

    >>> HighlightTerm("body", "phrase", ("internet", "civilization"), exact=True).slop
    1
    """

    field: str
    kind: Literal["term", "phrase", "prefix", "pattern"]
    terms: tuple[str, ...]
    exact: bool = False
    slop: int = 1
    surface_forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HighlightSpans:
    """Words to mark in a field where they stand as a query wants them, and nowhere else.

    The ``kind`` says how the ``parts`` stand: "near" is two of them at most ``number`` positions
    apart (``ordered``: the first one first), "same" two in one ``unit``, "phrase" all in this
    order, each at most ``number`` positions after the one before; "atleast" is one that occurs
    ``number`` times or more, "first" one within the first ``number`` words, "any" one of several.

    >>> rain, snow = (HighlightTerm("body", "term", (word,)) for word in ("rain", "snow"))
    >>> HighlightSpans("body", "near", (rain, snow), 5).ordered
    False
    """

    field: str
    kind: Literal["near", "same", "phrase", "atleast", "first", "any"]
    parts: tuple[Highlight, ...]
    number: int = 1
    ordered: bool = False
    unit: str = ""


#: What to mark in a field.
Highlight = HighlightTerm | HighlightSpans


def highlight_terms_of(
    query: Any, schema: Schema, resolve: Resolve | None = None
) -> tuple[Highlight, ...]:
    """What to mark in the articles that a ``whoosh.query`` tree finds, without what it excludes.

    ``resolve`` says which words a word of the query matches; without it, a word matches its term.

    >>> from whoosh.query import AndNot, Phrase, Term
    >>> from searchlib.schema import NEWS
    >>> tree = AndNot(Phrase("body_exact", ["new", "york"]), Term("body", "snow"))
    >>> [(term.field, term.terms, term.exact) for term in highlight_terms_of(tree, NEWS)]
    [('body', ('new', 'york'), True)]
    """
    return tuple(dict.fromkeys(_Reading(schema, resolve).highlights(query)))


def words_in(highlights: Iterable[Highlight]) -> Iterator[HighlightTerm]:
    """The words, phrases and patterns of highlights.

    >>> rain = HighlightTerm("body", "term", ("rain",))
    >>> list(words_in([HighlightSpans("body", "first", (rain,), 50)])) == [rain]
    True
    """
    for highlight in highlights:
        if isinstance(highlight, HighlightSpans):
            yield from words_in(highlight.parts)
        else:
            yield highlight


class _Reading:
    """Reads query trees over a schema."""

    def __init__(self, schema: Schema, resolve: Resolve | None) -> None:
        self._schema = schema
        self._resolve = resolve

    def highlights(self, query: Any) -> Iterator[Highlight]:
        """What to mark of a query; a part that has no position in a text is left out."""
        if isinstance(query, wq.Not):
            return
        if isinstance(query, wq.AndNot):
            yield from self.highlights(query.a)
        elif query.is_leaf() or isinstance(query, SpanQuery):
            highlight = self._spans(query)
            if highlight is not None:
                yield highlight
        else:
            for child in query.children():
                yield from self.highlights(child)

    def _spans(self, query: Any) -> Highlight | None:
        """A part of a query in one field."""
        if isinstance(query, Word):
            query = query.read(self._schema)
        if query.is_leaf():
            return self._leaf(query)
        if not isinstance(query, (SpanQuery, wq.Or)):
            return None
        children = query.parts if isinstance(query, SpanQuery) else query.subqueries
        parts = tuple(part for child in children if (part := self._spans(child)) is not None)
        if not parts or (len(parts) < len(children) and not isinstance(query, wq.Or)):
            return None
        field = parts[0].field
        if isinstance(query, Near):
            return HighlightSpans(field, "near", parts, query.slop, query.ordered)
        if isinstance(query, Same):
            return HighlightSpans(field, "same", parts, unit=query.unit)
        if isinstance(query, AtLeast):
            return HighlightSpans(field, "atleast", parts, query.count)
        if isinstance(query, First):
            return HighlightSpans(field, "first", parts, query.limit)
        return HighlightSpans(field, "any", parts)

    def _leaf(self, leaf: Any) -> Highlight | None:
        name = leaf.field()
        schema = self._schema
        if name is None or not isinstance(schema.fields.get(schema.base(name)), Text):
            return None
        base = schema.base(name)
        exact = base != name or schema.exact(base) == base
        if isinstance(leaf, wq.Term):
            return self._word(name, _text(leaf.text), exact)
        if isinstance(leaf, wq.Phrase):
            words = tuple(map(_text, leaf.words))
            if self._resolve is None:
                return HighlightTerm(base, "phrase", words, exact, leaf.slop)
            parts = tuple(self._word(name, word, exact) for word in words)
            return HighlightSpans(base, "phrase", parts, leaf.slop)
        if isinstance(leaf, wq.Prefix):
            return HighlightTerm(base, "prefix", (_text(leaf.text),), exact)
        if isinstance(leaf, wq.Wildcard):
            return HighlightTerm(base, "pattern", (_glob(leaf.text),), exact)
        if isinstance(leaf, wq.Regex):
            return HighlightTerm(base, "pattern", (leaf.text.removesuffix("$"),), exact)
        if isinstance(leaf, wq.FuzzyTerm) and len(leaf.text) <= _MAX_FUZZY_LENGTH:
            if leaf.maxdist > _MAX_EDITS:
                return None
            pattern = _fuzzy(leaf.text, leaf.maxdist, leaf.prefixlength)
            return HighlightTerm(base, "pattern", (pattern,), exact)
        return None

    def _word(self, name: str, word: str, exact: bool) -> HighlightTerm:
        base = self._schema.base(name)
        if self._resolve is None:
            return HighlightTerm(base, "term", (word,), exact)
        terms, surface_forms = self._resolve(name, word)
        return HighlightTerm(base, "term", terms, surface_forms=surface_forms)


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
    alternatives = [re.escape(word)]
    for offset in range(len(word) + 1):
        before, after = re.escape(word[:offset]), word[offset:]
        alternatives.append(f"{before}.{{1,{edits}}}{re.escape(after)}")
        if after:
            rest = _edited(after[1:], edits - 1)
            alternatives.append(f"{before}(?:.?|.{re.escape(after[0])})(?:{rest})")
    return "|".join(alternatives)


def _glob(text: str) -> str:
    parts = re.split(r"([*?])", text)
    return "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)


def _text(term: str | bytes) -> str:
    return term.decode("utf-8", "replace") if isinstance(term, bytes) else term
