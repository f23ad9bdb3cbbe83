"""Tests of searchlib/opensearch/patterns.py."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.opensearch.patterns import (
    check_pattern_count,
    interval_of_pattern,
    lucene_regex,
    query_of_pattern,
)


@pytest.mark.parametrize("text", [r"\w+ing$", r"[\s]a$", "(?=a)b$", "a[$", "(a+)+$"])
def test_what_lucene_reads_otherwise_is_refused(text: str) -> None:
    with pytest.raises(sl.QueryError) as caught:
        lucene_regex(text)
    assert caught.value.code == "not-supported"


def test_an_escaped_end_is_no_end() -> None:
    assert lucene_regex(r"a\$") == r"a\$.*" and lucene_regex(r"[\d\]]x$") == r"[0-9\]]x"


def test_the_other_patterns() -> None:
    made = query_of_pattern(wq.Wildcard("f", "a*b\\"), "p", 2.0)["wildcard"]["p"]
    assert made["value"] == "a*b\\\\" and made["boost"] == 2.0
    for query in (wq.Wildcard("f", "[ab]*"), wq.FuzzyTerm("f", "rain", maxdist=3)):
        with pytest.raises(sl.QueryError, match="cluster does not know"):
            query_of_pattern(query, "p", 1.0)


EDITS = {"fuzziness": 2, "prefix_length": 1, "transpositions": False}


@pytest.mark.parametrize(
    ("query", "kind", "query_options", "interval_options"),
    [
        (wq.Prefix("f", "ra*"), "prefix", {"value": "ra*"}, None),
        (wq.Wildcard("f", "r?n*"), "wildcard", {"value": "r?n*"},
         {"pattern": "r?n*", "max_expansions": 1024}),
        (wq.Regex("f", r"r\dn$"), "regexp", {"value": "r[0-9]n", "flags": "NONE"},
         {"pattern": "r[0-9]n", "max_expansions": 1024, "flags_value": 0}),
        (wq.FuzzyTerm("f", "rain", maxdist=2, prefixlength=1), "fuzzy",
         {"value": "rain", **EDITS}, {"term": "rain", **EDITS}),
    ],
)  # fmt: skip
def test_each_kind_of_pattern(
    query: object, kind: str, query_options: dict[str, object], interval_options: Any
) -> None:
    common = {"rewrite": "constant_score", "boost": 2.0}
    assert query_of_pattern(query, "p", 2.0) == {kind: {"p": {**query_options, **common}}}
    scoring = query_of_pattern(query, "p", 1.0, "scoring_boolean")[kind]["p"]
    assert (scoring["rewrite"], scoring["boost"]) == ("scoring_boolean", 1.0)
    made = interval_of_pattern(query, {"use_field": "x"})
    if interval_options is None:  # a prefix, as a wildcard
        kind, interval_options = "wildcard", {"pattern": r"ra\**", "max_expansions": 1024}
    assert made == {kind: {**interval_options, "use_field": "x"}}


def test_what_is_no_pattern() -> None:
    with pytest.raises(sl.QueryError, match="Term cannot be part of a span query") as caught:
        interval_of_pattern(wq.Term("f", "x"), {})
    assert (caught.value.code, caught.value.span) == ("not-in-text", (0, 0))
    for query in (wq.Wildcard("f", "[ab]*"), wq.FuzzyTerm("f", "rain", maxdist=3)):
        with pytest.raises(sl.QueryError) as caught:
            query_of_pattern(query, "p", 1.0)
        assert (caught.value.code, caught.value.span) == ("not-supported", (0, 0))


def test_a_pattern_of_too_many_words_is_refused_near_others(address: str) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text())
    with sl.ClusterArchive.create(address, schema) as archive:
        archive.add([{"id": 1, "body": " ".join(f"aa{n}" for n in range(1100)) + " snow"}])
        assert archive.count("aa* snow") == 1 == archive.count("aa10* NEAR/50 snow")
        with pytest.raises(sl.QueryError) as caught:
            archive.search("aa* NEAR/5 snow")
        assert caught.value.code == "too-many-words"


def test_as_many_patterns_as_nodes_can_bear() -> None:
    fuzzy = [wq.FuzzyTerm("body", f"word{n}") for n in range(129)]
    prefixes = [wq.Prefix("body", f"word{n}") for n in range(513)]
    words = [wq.Term("body", f"word{n}") for n in range(9)]
    for found in (fuzzy, prefixes, fuzzy[1:] + prefixes[len(fuzzy) - 1 :]):
        check_pattern_count(wq.And([wq.Or(found[1:]), *words]))
        with pytest.raises(
            sl.QueryError, match=f"{len(found)} .* more than the {len(found) - 1}"
        ) as caught:
            check_pattern_count(wq.And([wq.Or(found), *words]))
        assert (caught.value.code, caught.value.span) == ("too-many-words", (0, 0))


def test_more_patterns_than_nodes_can_bear_are_refused_before_they_are_asked(address: str) -> None:
    fuzzy, prefixes = (" OR ".join(f"word{n}{sign}" for n in range(300)) for sign in ("~2", "*"))
    with sl.ClusterArchive.create(address) as archive:
        archive._cluster._request("DELETE", f"/{archive._cluster.address.index}", None, None)
        tree = wq.Or([wq.Prefix("body", f"word{n}") for n in range(600)])
        for query, what in (
            (fuzzy, "600 fuzzy words"), (prefixes, "600 patterns"), (tree, "600 patterns")
        ):  # fmt: skip
            with pytest.raises(sl.QueryError, match=what) as caught:
                archive.search(query)
            assert caught.value.code == "too-many-words"
        with pytest.raises(sl.ArchiveNotFound):
            archive.search("rain")
