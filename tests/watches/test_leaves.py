"""Leaves are there once, whatever queries have them; the trie of phrases."""

from __future__ import annotations

from whoosh import query as wq

import searchlib as sl
from searchlib.watches.leaves import LeafTable, Part, Trie

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


def test_leaves_whose_places_are_needed_have_the_number_of_their_words() -> None:
    table = LeafTable(SCHEMA)
    word, phrase = table.parts((Part("body", "word", "rain"),)), table.phrase(("body",), ("a", "b"))
    leaves = table.fields["body"]
    node = table.trie.add(("a", "b"))
    assert [leaves.place(phrase, 2, node), leaves.place(word), leaves.place(phrase, 2, node)] == [
        0, 1, 0
    ]  # fmt: skip
    assert leaves.positional_lengths == [2, 1]
    assert leaves.positional_numbers(table.count).tolist() == [-1] * word + [1, 0]


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


def test_queries_of_the_searcher_are_known_again() -> None:
    table = LeafTable(SCHEMA)
    query, dated = wq.Term("title", "rain"), wq.NumericRange("date", 1, 2)
    leaves = [table.searched(query, (1,)), table.range(dated)]
    table.forget_known()
    assert [table.searched(wq.Term("title", "rain"), ()), table.range(dated)] == leaves
    assert len(table.searcher_leaves) == len(table.ranges) == 1
