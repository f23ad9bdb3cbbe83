"""Leaves are there once, whatever queries have them; the trie of phrases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.watches.leaves import (
    ALL,
    NONE,
    FieldLeaves,
    Joins,
    LeafTable,
    NumberPairs,
    Part,
    Trie,
)

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text(), section=sl.Keyword())


def test_each_leaf_is_there_once() -> None:
    table = LeafTable(SCHEMA)
    rain = (Part("title", "word", "rain"), Part("body", "word", "rain"))
    leaves = [
        table.parts(rain), table.parts(rain[1:]), table.parts((Part("body", "form", "rain"),)),
        table.parts((Part("body", "word", "rain", ("fr",)),)),
        table.phrase(("title", "body"), ("heavy", "rain")),
        table.phrase(("body",), ("heavy", "rain")), table.phrase(("title", "body"), ("heavy",)),
        table.keyword("section", b"world"),
        table.near("body", 0, 1, 5, ordered=False), table.near("body", 0, 1, 5, ordered=True),
        table.same("body", 0, 1, "sentence"), table.same("body", 0, 1, "paragraph"),
    ]  # fmt: skip
    assert leaves == list(range(2, 14))
    assert table.parts(rain) == 2
    assert table.phrase(("body",), ("heavy", "rain")) == 7
    assert table.near("body", 0, 1, 5, ordered=True) == 11
    assert table.count == 14
    assert table.fields["body"].word_texts == [("rain", None), ("rain", ("fr",))]
    firsts, numbers = table.fields["body"].word_leaves.rows(2)
    assert (firsts.tolist(), numbers.tolist()) == ([0, 2, 3], [2, 3, 5])
    assert list(table.fields["title"].phrase_leaves) == [(1, 6), (0, 8)]
    assert list(table.fields["body"].phrase_leaves) == [(1, 6), (1, 7), (0, 8)]
    assert table.keywords["section"] == {b"world": 9}
    assert table.fields["body"].near.rows().tolist() == [[10, 0, 1, 5, 0], [11, 0, 1, 5, 1]]
    same = {unit: joins.rows().tolist() for unit, joins in table.fields["body"].same.items()}
    assert same == {"sentence": [[12, 0, 1]], "paragraph": [[13, 0, 1]]}
    assert (NONE, ALL) == (0, 1)


@pytest.mark.parametrize("forget", [False, True])
@pytest.mark.parametrize(
    "leaf",
    [
        lambda table: table.parts((Part("body", "word", "rain"),)),
        lambda table: table.parts((Part("body", "form", "rain"), Part("title", "stem", "rain"))),
        lambda table: table.parts((Part("title", "stem", "rain"), Part("body", "form", "rain"))),
        lambda table: table.phrase(("title",), ("a", "b")),
        lambda table: table.phrase(("title", "body"), ("a", "b")),
        lambda table: table.phrase(("body",), ("a",)),
        lambda table: table.keyword("section", b"world"),
        lambda table: table.near("title", 3, 4, 5, ordered=True),
        lambda table: table.same("title", 3, 4, "sentence"),
        lambda table: table.range(wq.NumericRange("date", 1, 2)),
        lambda table: table.searched(wq.Every("title"), ()),
    ],
)
def test_a_leaf_is_known_again(leaf: Callable[[LeafTable], int], forget: bool) -> None:
    """Also when what is known is found out anew; others are in between."""
    table = LeafTable(SCHEMA)
    table.parts((Part("title", "word", "snow"),))
    number = leaf(table)
    assert number == 3
    other = table.phrase(("title",), ("a", "c"))
    if forget:
        table.forget_known()
    assert (leaf(table), table.phrase(("title",), ("a", "c"))) == (number, other)
    assert table.count == 5


def test_what_a_field_has() -> None:
    table = LeafTable(SCHEMA)
    fields = table.fields
    parts = [
        Part("title", "word", "rain"), Part("title", "word", "rain", ("fr", "de")),
        Part("title", "form", "rains"), Part("title", "stem", "été"), Part("title", "prefix", "é"),
        Part("title", "prefix", "rai"), Part("title", "suffix", "ains"),
    ]  # fmt: skip
    leaves = [table.parts((part,)) for part in parts] + [table.parts((parts[2], parts[4]))]
    title = fields["title"]
    assert title.words == {("rain", None): 0, ("rain", ("fr", "de")): 1}
    assert title.forms == {b"rains": [4, 9]}
    assert title.stems == {"été".encode(): [5]}
    assert title.prefixes == {"é".encode(): [6, 9], b"rai": [7]}
    assert title.suffixes == {b"ains": [8]}
    assert (title.prefix_lengths, title.suffix_lengths) == ({2, 3}, {4})
    assert dict.fromkeys(title.parts("title")) == dict.fromkeys(
        [*zip(parts, leaves, strict=False), (parts[2], 9), (parts[4], 9)]
    )


@pytest.mark.parametrize("kind", ["word", "form", "stem", "prefix", "suffix", "phrase"])
def test_a_field_with_one_leaf_is_not_empty(kind: str) -> None:
    leaves = FieldLeaves()
    assert leaves.is_empty is True
    if kind == "phrase":
        leaves.phrase_leaves.add(0, 2)
    else:
        leaves.add(Part("title", kind, "rain"), 2)  # type: ignore[arg-type]
    assert leaves.is_empty is False


def test_rows_are_made_anew_when_there_are_others() -> None:
    pairs, joins = NumberPairs(), Joins(3)
    assert (len(pairs), len(joins), joins.rows().shape) == (0, 0, (0, 3))
    for key, number in [(1, 7), (0, 8), (1, 6)]:
        pairs.add(key, number)
        joins.add(key, number, 0)
    assert (len(pairs), len(joins)) == (3, 3)
    firsts, numbers = rows = pairs.rows(2)
    assert (firsts.tolist(), numbers.tolist()) == ([0, 1, 3], [8, 7, 6])
    assert pairs.rows(2) is rows
    assert pairs.rows(3)[0].tolist() == [0, 1, 3, 3]
    assert pairs.rows(2)[0].tolist() == [0, 1, 3]
    pairs.add(0, 9)
    assert pairs.rows(2)[1].tolist() == [8, 9, 7, 6]
    assert (every := joins.rows()).tolist() == [[1, 7, 0], [0, 8, 0], [1, 6, 0]]
    assert joins.rows() is every
    joins.add(4, 5, 6)
    assert joins.rows().tolist()[3:] == [[4, 5, 6]]


def test_leaves_whose_places_are_needed_have_the_number_of_their_words() -> None:
    table = LeafTable(SCHEMA)
    word, phrase = table.parts((Part("body", "word", "rain"),)), table.phrase(("body",), ("a", "b"))
    leaves = table.fields["body"]
    node = table.trie.add(("a", "b"))
    assert [leaves.place(phrase, 2, node), leaves.place(word), leaves.place(phrase, 2, node)] == [
        0, 1, 0
    ]  # fmt: skip
    assert leaves.positional_lengths == [2, 1]
    assert leaves.positional == {phrase: 0, word: 1}
    assert list(leaves.positional_phrases) == [(node, 0)]
    numbers = leaves.positional_numbers(table.count)
    assert numbers.tolist() == [-1] * word + [1, 0]
    assert leaves.positional_numbers(table.count) is numbers
    assert leaves.positional_numbers(table.count + 1).tolist() == [-1] * word + [1, 0, -1]
    other = table.phrase(("body",), ("c",))
    assert (leaves.place(other, 1, 0), leaves.place(other, 1, 0)) == (2, 2)  # of node 0
    assert leaves.positional_numbers(table.count).tolist() == [-1] * word + [1, 0, 2]
    assert leaves.positional_lengths == [2, 1, 1]
    assert list(leaves.positional_phrases) == [(node, 0), (0, 2)]


def test_queries_of_the_searcher_are_told_apart_by_all_that_they_are() -> None:
    table = LeafTable(SCHEMA)
    queries = ["atleast2(rain)", "atleast3(rain)", "first9(rain)", "body:ra?n", "body:r?in",
               '"rain oslo"~2', '"rain oslo"~3']  # fmt: skip
    trees = [sl.query.parse(text, SCHEMA).query for text in queries]
    leaves = [table.searched(tree, ()) for tree in trees]
    assert len(set(leaves)) == len(queries)
    again = [table.searched(sl.query.parse(text, SCHEMA).query, ()) for text in queries]
    assert again == leaves


def test_a_trie_has_the_words_of_phrases_in_order() -> None:
    trie = Trie()
    nodes = [trie.add(phrase) for phrase in [("a", "b"), ("a", "c", "a"), ("b",), ("a", "b")]]
    assert nodes == [1, 3, 4, 1]
    roots, firsts, words, children = trie.arrays()
    assert roots.tolist() == [0, 4, -1]
    assert firsts.tolist() == [0, 2, 2, 3, 3, 3]
    assert words.tolist() == [1, 2, 0]
    assert children.tolist() == [1, 2, 3]
    assert len(trie) == 5
    assert trie.arrays()[0] is roots
    assert trie.keys().tolist() == [0, 1 << 32 | 1, 1 << 32 | 2, 3 << 32 | 0, 1]
    again = Trie([*trie.words], trie.keys().tolist())
    assert [array.tolist() for array in again.arrays()] == [a.tolist() for a in trie.arrays()]
    assert again.add(("b", "a")) == trie.add(("b", "a")) == 5
    assert trie.arrays()[2].tolist() == [1, 2, 0, 0]


def test_a_trie_of_nothing() -> None:
    assert Trie().add(()) == -1
    assert [array.tolist() for array in Trie().arrays()] == [[], [0], [], []]


def test_queries_of_the_searcher_are_known_again() -> None:
    table = LeafTable(SCHEMA)
    query, dated = wq.Term("title", "rain"), wq.NumericRange("date", 1, 2)
    leaves = [table.searched(query, (1,)), table.range(dated)]
    table.forget_known()
    assert [table.searched(wq.Term("title", "rain"), ()), table.range(dated)] == leaves
    assert len(table.searcher_leaves) == len(table.ranges) == 1
