"""The highlight terms of a query tree: each kind of leaf, and what is left out."""

from __future__ import annotations

import re

import pytest
from whoosh import query as wq

from searchlib.highlight_terms import HighlightTerm, highlight_terms_of
from searchlib.schema import NEWS, Key, Schema, Text


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
