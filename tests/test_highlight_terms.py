"""The highlight terms of a query tree: each kind of leaf, and what is left out."""

from __future__ import annotations

import re
from itertools import product

import pytest
from whoosh import query as wq

from searchlib.highlight_terms import HighlightSpans, HighlightTerm, highlight_terms_of
from searchlib.schema import NEWS, Key, Schema, Text
from searchlib.span_queries import AtLeast, First, Near, Same


@pytest.mark.parametrize(
    ("leaf", "kind", "terms", "exact", "slop"),
    [
        (wq.Term("body", "rain"), "term", ("rain",), False, 1),
        (wq.Term("body", b"caf\xc3\xa9"), "term", ("café",), False, 1),
        (wq.Term("body_exact", "raining"), "term", ("raining",), True, 1),
        (wq.Phrase("body", ["new", "york"], slop=3), "phrase", ("new", "york"), False, 3),
        (wq.Prefix("body", "civ"), "prefix", ("civ",), False, 1),
        (wq.Wildcard("body_exact", "r?i*.n"), "pattern", (r"r.i.*\.n",), True, 1),
        (wq.Regex("body_exact", "ra[iy]n$"), "pattern", ("ra[iy]n",), True, 1),
    ],
)
def test_each_kind_of_leaf(
    leaf: wq.Query, kind: str, terms: tuple[str, ...], exact: bool, slop: int
) -> None:
    (term,) = highlight_terms_of(leaf, NEWS)
    assert (term.field, term.kind, term.terms, term.exact, term.slop) == (
        "body", kind, terms, exact, slop,
    )  # fmt: skip


def test_excluded_parts_and_other_fields_are_left_out() -> None:
    rain, snow = wq.Term("body", "rain"), wq.Term("body", "snow")
    tree = wq.And([rain, wq.Not(snow), wq.AndNot(wq.Or([rain, wq.Term("title", "oslo")]), snow)])
    assert [(t.field, t.terms) for t in highlight_terms_of(tree, NEWS)] == [
        ("body", ("rain",)), ("title", ("oslo",)),
    ]  # fmt: skip
    for other in (wq.Term("section", "world"), wq.Term("nowhere", "x"), wq.Every(), wq.NullQuery):
        assert highlight_terms_of(other, NEWS) == ()


def test_a_field_without_a_stemmer_is_exact() -> None:
    schema = Schema(id=Key(), body=Text(language=""))
    (term,) = highlight_terms_of(wq.Term("body", "rain"), schema)
    assert term == HighlightTerm("body", "term", ("rain",), exact=True)


@pytest.mark.parametrize(
    ("word", "matches"),
    [("rain", True), ("rains", True), ("ran", True), ("rein", True), ("train", False),
     ("rainier", False), ("pain", False)],
)  # fmt: skip
def test_a_fuzzy_word_is_a_pattern(word: str, matches: bool) -> None:
    (term,) = highlight_terms_of(wq.FuzzyTerm("body", "rain", maxdist=1, prefixlength=1), NEWS)
    assert term.kind == "pattern"
    assert bool(re.fullmatch(term.terms[0], word)) is matches


def test_long_fuzzy_words_have_no_pattern() -> None:
    assert highlight_terms_of(wq.FuzzyTerm("body", "a" * 41, maxdist=2), NEWS) == ()
    assert highlight_terms_of(wq.FuzzyTerm("body", "rain", maxdist=3), NEWS) == ()
    assert len(highlight_terms_of(wq.FuzzyTerm("body", "a" * 40, maxdist=2), NEWS)) == 1


def _distance(word: str, other: str) -> int:
    """How many letters are changed, added or left out."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(word, 1):
        before, row = row, [at]
        for number, one in enumerate(other):
            row.append(min(before[number + 1], row[number], before[number] - (letter == one)) + 1)
    return row[-1]


@pytest.mark.parametrize(("edits", "prefix"), [(1, 0), (2, 0), (1, 1), (2, 2)])
def test_the_words_of_a_fuzzy_word(edits: int, prefix: int) -> None:
    query = wq.FuzzyTerm("body", "abba", maxdist=edits, prefixlength=prefix)
    (term,) = highlight_terms_of(query, NEWS)
    for size in range(7):
        for word in map("".join, product("abc", repeat=size)):
            is_near = _distance("abba"[prefix:], word[prefix:]) <= edits
            expected = is_near and word.startswith("abba"[:prefix])
            assert bool(re.fullmatch(term.terms[0], word)) is expected, word


RAIN, SNOW, WORLD = wq.Term("body", "rain"), wq.Term("body", "snow"), wq.Term("section", "world")
MARKS = HighlightTerm("body", "term", ("rain",)), HighlightTerm("body", "term", ("snow",))


@pytest.mark.parametrize(
    ("query", "highlights"),
    [
        (wq.AndMaybe(RAIN, SNOW), MARKS),
        (wq.Require(RAIN, wq.Or([SNOW, RAIN])), MARKS),
        (wq.And([RAIN, wq.And([]), SNOW]), MARKS),
        (Near(RAIN, SNOW, 5, True), HighlightSpans("body", "near", MARKS, 5, True)),
        (Same(RAIN, SNOW, "sentence", "body"),
         HighlightSpans("body", "same", MARKS, unit="sentence")),
        (AtLeast(RAIN, 3), HighlightSpans("body", "atleast", MARKS[:1], 3)),
        (First(RAIN, 9), HighlightSpans("body", "first", MARKS[:1], 9)),
        (First(wq.Or([RAIN, SNOW]), 9),
         HighlightSpans("body", "first", (HighlightSpans("body", "any", MARKS),), 9)),
        # Of one that cannot be marked, the others; but nothing of a whole that needs it.
        (First(wq.Or([WORLD, RAIN]), 9),
         HighlightSpans("body", "first", (HighlightSpans("body", "any", MARKS[:1]),), 9)),
        (First(wq.Or([WORLD, WORLD]), 9), ()),
        (First(wq.Or([]), 9), ()),
        (Near(RAIN, WORLD, 5, False), ()),
        (Near(RAIN, wq.And([RAIN, SNOW]), 5, False), ()),
    ],
)  # fmt: skip
def test_each_kind_of_tree(
    query: wq.Query, highlights: HighlightSpans | tuple[HighlightTerm, ...]
) -> None:
    expected = (highlights,) if isinstance(highlights, HighlightSpans) else highlights
    assert highlight_terms_of(query, NEWS) == expected
