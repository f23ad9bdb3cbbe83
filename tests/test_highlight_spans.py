"""Marks of positional queries: all that takes part in a match, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.analysis.sentences import unit_starts
from searchlib.highlight import snippet, spans
from searchlib.highlight_spans import (
    NearNode,
    PhraseNode,
    SameNode,
    SpanNode,
    TextWords,
    WordNode,
    _by_unit,
    _pairs,
)
from searchlib.highlight_terms import Highlight, HighlightSpans, HighlightTerm, highlight_terms_of
from searchlib.query import parse
from searchlib.schema import Key, Schema, Text

SCHEMA = Schema(id=Key(), body=Text())

# query, text with what is to be marked in [brackets]
CASES = [
    ("tax W/1 cut", "A [tax] [cut] now. The cut was deep. A tax, and after other words, a cut."),
    ("tax NEAR/1 cut", "A [cut] [tax] now, a [tax] [cut] then, a cut of a tax never."),
    ("tax W/2 cut", "cut tax: a [tax] we [cut], a [tax] to [cut], a tax to be cut"),
    ("tax /s cut", "They cut wood. Tax came later. The [tax] was [cut] by ten. No tax."),
    ("tax /p cut", "A [tax] was paid. They [cut] it.\n\nThey cut wood.\n\nTax came."),
    ("tax SAME cut", "A [tax] was paid. They [cut] it.\n\nThey cut wood.\n\nTax came."),
    ("first5(rain)", "[rain] one two three [rain] rain"),
    ("atleast3(rain)", "[rain], [rain] and [rain]"),
    ("atleast3(rain)", "rain and rain"),
    ("atleast2(tax W/1 cut)", "[tax] [cut], [tax] [cut], tax and cut"),
    ("atleast2(tax W/1 cut)", "[tax] cut, tax and cut".replace("[", "").replace("]", "")),
    ("first4(tax W/1 cut)", "the [tax] [cut] is a tax cut"),
    ('"econom* growth"', "[economic] [growth] of the economy: no growth, [economy] [growth]"),
    ('"new york" W/3 mayor', "[New York] has a [mayor], New York and its famous mayor"),
    ('"tax cut"~3', "the [tax] was [cut], tax was not at all cut"),
    ('"tax cut rate"~2', "[tax] a [cut] b [rate], tax a cut b c rate"),
    ("tax W/2 cut W/2 rate", "[tax] [cut] [rate], tax cut or a rate, cut rate"),
    ("(tax OR duty) W/1 cut", "[tax] [cut], [duty] [cut], tax and duty"),
    ("(tax W/1 cut) OR rate", "[tax] [cut], tax, [rate], cut"),
    ("rate AND (tax W/1 cut)", "[tax] [cut], tax, [rate], cut"),
    ("tax NOT (rate W/1 cut)", "[tax] cut, rate and cut"),
    ("rain NOT snow", "[rain] and snow"),
    ("econom* NEAR/3 rise", "[Economists] hope: a [rise]. Very old big [economies] [rise]."),
    ("tax NEAR/3 tax", "[tax] on [tax] and there is no other tax"),
    ("(tax /s cut) NEAR/4 rate", "A [tax] was [cut]. The [rate] fell. Much later a rate rose."),
    ("北京 NEAR/4 大学", "在[北京]有[大学],很多很多的大学"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "shown"), CASES)
def test_what_matched_is_marked(query: str, shown: str) -> None:
    text = re.sub(r"[\[\]]", "", shown)
    terms = parse(query, SCHEMA).highlight_terms
    for start, end in reversed(spans(text, terms, field="body")):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    assert text == shown


FILLER = "Filler words go on and on. " * 20


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("tax W/1 cut", f"Cut flowers bear a tax. {FILLER}A good [tax] [cut] came.", "good"),
        ("tax /s cut", f"They cut wood. Tax came. {FILLER}A good [tax] was [cut].", "good"),
        ("tax /p cut", f"They cut.\n\nTax. {FILLER}\n\nA good [tax] came. They [cut] it.", "good"),
        ('"econom* growth"', f"Growth of economy. {FILLER}The [economic] [growth].", "economic"),
        # longer than the snippet: a part of it
        ("tax NEAR/60 cut", f"Tax. {FILLER * 3} A good [tax]. {FILLER[:189]}[cut].", "good"),
    ],
)
def test_snippets_show_what_matched(query: str, text: str, shown: str) -> None:
    plain = re.sub(r"[\[\]]", "", text)
    found = snippet(plain, parse(query, SCHEMA).highlight_terms, field="body", width=80)
    assert shown in found
    marked = set(re.findall(r"\[(.*?)\]", text))
    assert set(re.findall(r"\*\*(.*?)\*\*", found)) <= marked
    assert "**" in found


def test_a_word_that_a_resolver_knows_is_marked_in_all_its_forms() -> None:
    tree = parse('house NEAR/3 "old wall"', SCHEMA).query
    known = {"hous": (("hous", "haus"), ("haeuser",)), "old": ((), ("old", "alt"))}

    def resolve(name: str, word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return known.get(word, ((word,), (word,)))

    terms = highlight_terms_of(tree, SCHEMA, resolve)
    text = "The houses' old wall, Haeuser and alt wall, Haus, wall"
    marked = [text[start:end] for start, end in spans(text, terms)]
    assert marked == ["houses'", "old wall", "Haeuser", "alt wall", "Haus"] or marked == [
        "houses", "old wall", "Haeuser", "alt wall", "Haus",
    ]  # fmt: skip


def test_much_work_is_bounded() -> None:
    positions = {0: range(0, 200_000, 2), 1: range(1, 200_000, 2)}
    words = TextWords(positions, lambda unit: [])
    near = NearNode(WordNode(0), WordNode(1), 10_000, ordered=False)
    phrase = PhraseNode([WordNode(0), WordNode(1), WordNode(0)], 10_000)
    for node in (near, phrase, NearNode(near, phrase, 10_000, ordered=False)):
        found = words.spans(node)
        assert 0 < len(found) < 250_000
        assert set(node.members(words, found))


def test_an_article_is_marked_where_it_matched(tmp_path: Path) -> None:
    """The engine and the marks agree: a field has marks if, and only if, it alone matches."""
    texts = [" ".join(words) for words in product(("tax", "cut", "x."), repeat=4)]
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add({"id": str(number), "body": text} for number, text in enumerate(texts))
        for query, _ in CASES:
            hits = archive.search(query, limit=1000)
            marked = {hit.id for hit in hits if "**" in hit.snippet("body")}
            assert marked == {hit.id for hit in hits}
            terms = archive.parse(query).highlight_terms
            if "NOT" not in query and " AND " not in query:
                expected = {str(n) for n, text in enumerate(texts) if spans(text, terms)}
                assert marked == expected, query


WORDS = ("alfa", "bravo", "charlie")
word_terms = st.sampled_from(WORDS).map(lambda w: HighlightTerm("body", "term", (w,), exact=True))


def _grown(parts: st.SearchStrategy[Highlight]) -> st.SearchStrategy[Highlight]:
    two = st.tuples(parts, parts)
    return st.one_of(
        st.builds(HighlightSpans, st.just("body"), st.just("near"), two, st.integers(1, 4),
                  st.booleans()),
        st.builds(HighlightSpans, st.just("body"), st.just("same"), two,
                  unit=st.sampled_from(["sentence", "paragraph"])),
        st.builds(HighlightSpans, st.just("body"), st.just("phrase"),
                  st.lists(word_terms, min_size=2, max_size=4).map(tuple), st.integers(1, 3)),
        st.builds(HighlightSpans, st.just("body"), st.just("atleast"), st.tuples(parts),
                  st.integers(1, 3)),
        st.builds(HighlightSpans, st.just("body"), st.just("first"), st.tuples(parts),
                  st.integers(1, 8)),
        st.builds(HighlightSpans, st.just("body"), st.just("any"), two),
    )  # fmt: skip


TREES = st.recursive(word_terms, _grown, max_leaves=5)
TEXTS = st.lists(
    st.sampled_from([*WORDS, *WORDS, "the", "Zulu.", "End.\n\n"]), max_size=18
).map(lambda words: " ".join(words).replace(".", ". Then"))  # fmt: skip

_Match = tuple[int, int, frozenset[int]]


def _matches(node: Highlight, words: list[str], text: str) -> set[_Match]:
    """All matches of a tree: the first and last position, and those that take part."""
    if isinstance(node, HighlightTerm):
        return {(n, n, frozenset((n,))) for n, word in enumerate(words) if word in node.terms}
    parts = [_matches(part, words, text) for part in node.parts]
    if node.kind == "any":
        return set().union(*parts)
    if node.kind == "first":
        return {match for match in parts[0] if match[1] < node.number}
    if node.kind == "atleast":
        distinct = {match[:2] for match in parts[0]}
        return parts[0] if len(distinct) >= node.number else set()
    if node.kind == "same":
        return set(_in_one_unit(parts[0], parts[1], unit_starts(text, node.unit)))
    matches = parts[0]
    for part in parts[1:]:
        pairs = [*product(matches, part)]
        if node.kind == "near" and not node.ordered:
            pairs += product(part, matches)
        matches = {(x[0], y[1], x[2] | y[2]) for x, y in pairs if 1 <= y[0] - x[1] <= node.number}
    return matches


def _in_one_unit(a: set[_Match], b: set[_Match], starts: list[int]) -> Iterator[_Match]:
    for start, end in zip(starts, [*starts[1:], 10**6], strict=False):
        within = [
            [match for match in part if start <= match[0] and match[1] < end] for part in (a, b)
        ]
        if all(within):
            both = [*within[0], *within[1]]
            taking_part = frozenset().union(*(match[2] for match in both))
            yield min(m[0] for m in both), max(m[1] for m in both), taking_part


@settings(max_examples=400, deadline=None)
@given(TREES, TEXTS)
def test_marks_are_the_words_of_all_matches(tree: Highlight, text: str) -> None:
    places = [match.span() for match in re.finditer(r"\w+", text)]
    words = [text[start:end].lower() for start, end in places]
    taking_part = {n for *_, numbers in _matches(tree, words, text) for n in numbers}
    marked = spans(text, [tree], field="body", language="")
    covered = {
        n for n, (start, end) in enumerate(places) for a, b in marked if a <= start and end <= b
    }
    assert covered == taking_part
    # Without them nothing matches any more.
    without = text
    for start, end in marked:
        without = without[:start] + re.sub(r"\w", "z", without[start:end]) + without[end:]
    assert not spans(without, [tree], field="body", language="")


@pytest.mark.parametrize("query", ["tax W/5 cut", "cut NEAR/5 tax", '"a tax of one and a cut"'])
def test_a_span_that_fits_is_in_the_snippet_as_a_whole(query: str) -> None:
    span = "a tax of one and a cut"
    text = f"One two three. Four five six seven {span} eight nine ten. Eleven twelve thirteen."
    terms = parse(query, SCHEMA).highlight_terms
    for width in range(20, len(text) + 1):
        shown = snippet(text, terms, field="body", width=width).replace("**", "")
        assert len(shown) <= width
        if len(span) <= width - 4:
            assert "tax of one and a cut" in shown, width


@pytest.mark.parametrize(
    ("most", "following", "pairs"),
    [
        (50, 9, "03 04 05 13 14 15 23 24 25"),
        (50, 2, "03 04 13 14 23 24"),
        # All of the last span whose pairs are looked at.
        (1, 9, "03 04 05"), (3, 9, "03 04 05"), (4, 9, "03 04 05 13 14 15"),
        (6, 9, "03 04 05 13 14 15"), (7, 9, "03 04 05 13 14 15 23 24 25"),
    ],
)  # fmt: skip
def test_how_many_pairs_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, most: int, following: int, pairs: str
) -> None:
    monkeypatch.setattr("searchlib.highlight_spans._MAX_PAIRS", most)
    monkeypatch.setattr("searchlib.highlight_spans._MAX_FOLLOWING", following)
    left, right = ([(n, n) for n in numbers] for numbers in (range(3), range(3, 6)))
    found = [f"{first}{last}" for (first, _), (_, last) in _pairs(left, right, 9)]
    assert found == pairs.split()


def test_parts_of_a_phrase_may_be_parts_of_a_query() -> None:
    words = TextWords({0: [0, 9], 1: [2], 2: [4], 3: [6, 12]}, lambda unit: [0, 8])
    ends = NearNode(WordNode(0), WordNode(1), 2, ordered=True), WordNode(3)
    phrase = PhraseNode([ends[0], WordNode(2), ends[1]], 2)
    same = SameNode(phrase, NearNode(WordNode(2), WordNode(3), 2, ordered=True), "sentence")
    for node, span in ((phrase, (0, 6)), (same, (0, 6))):
        assert words.spans(node) == [span]
        assert set(node.members(words, [span])) == {(n, n) for n in (0, 2, 4, 6)}


def test_the_base_class_is_no_node() -> None:
    words = TextWords({}, lambda unit: [])
    for method in (SpanNode().spans, lambda words: SpanNode().members(words, [])):
        with pytest.raises(NotImplementedError):
            method(words)


def test_the_span_of_a_sentence_reaches_from_the_first_word_to_the_last() -> None:
    words = TextWords({0: [1, 4, 9], 1: [2, 3]}, lambda unit: [0, 8])
    assert words.spans(SameNode(WordNode(0), WordNode(1), "sentence")) == [(1, 4)]
    assert words.spans(SameNode(WordNode(1), WordNode(0), "sentence")) == [(1, 4)]


def test_spans_that_cross_the_end_of_a_sentence_are_in_none() -> None:
    spans = [(0, 1), (2, 4), (3, 5), (4, 6), (5, 5), (5, 9)]
    assert _by_unit(spans, [0, 5]) == {1: [(0, 1), (2, 4)], 2: [(5, 5), (5, 9)]}
