"""Tests of searchlib/opensearch/dictionary.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from searchlib.errors import QueryError
from searchlib.opensearch.dictionary import ClusterDictionary, ClusterWords
from searchlib.opensearch.mapping import SEPARATOR
from searchlib.schema import Key, Schema, Text

SCHEMA = Schema(id=Key(), body=Text(language="de"))
ROWS = [{"id": 1, "body": "Häuser Häuser und Haus"}, {"id": 2, "body": "häuser, a.b a*b"}]


def test_forms_are_counted_over_all_shards(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    words = ClusterDictionary(cluster._cluster, "body")
    [(term, count)] = words.owners(b"hauser").items()
    assert count == 3 and words.has_term(term) and not words.has_term(b"none")
    assert words.alternates_of(b"haeuser") == [b"hauser"]
    assert words.forms_with_prefix(b"haus") == [b"haus", b"hauser"]
    assert words.owners(b"hau") == {} and words.owners(b".") == {}
    for query in ("haeuser", "hauser", "Häuser", "haus"):
        assert folder.count(query) == cluster.count(query), query


def test_what_is_known_of_a_word_is_asked_for_once(pair: Callable[..., Any]) -> None:
    _, cluster = pair(SCHEMA, ROWS)
    words = ClusterDictionary(cluster._cluster, "body")
    asked: list[Any] = []
    search = cluster._cluster.search
    cluster._cluster.search = lambda body: asked.append(body) or search(body)
    [term] = words.owners(b"hauser")
    assert words.alternates_of(b"hauser") == [] and words.has_term(term)
    assert words.owners(b"hauser") and len(asked) == 1


class _Cluster:
    """Has values of dictionaries, each with the number of its documents."""

    def __init__(self, values: dict[str, int], terms: tuple[str, ...] = ()) -> None:
        self.values, self.terms = values, terms
        self.asked: list[dict[str, Any]] = []

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        if "aggs" not in body:
            is_there = body["query"]["term"]["f.body.terms"] in self.terms
            return {"hits": {"total": {"value": int(is_there)}}}
        found = {}
        for kind, one in body["aggs"].items():
            options = one["terms"]
            assert options["field"] == "f.body.forms"
            keys = [key for key in self.values if re.fullmatch(options["include"], key, re.DOTALL)]
            if options["order"] == {"_count": "desc"}:
                keys.sort(key=lambda key: -self.values[key])
            else:
                assert options["order"] == {"_key": "asc"}
                keys.sort()
            buckets = [{"key": key, "doc_count": self.values[key]} for key in keys]
            found[kind] = {"buckets": buckets[: options["size"]]}
        return {"aggregations": found}


def _value(*parts: object) -> str:
    return SEPARATOR.join(map(str, parts))


VALUES = {
    _value("f", "hauser", "haus", 1): 3, _value("f", "hauser", "haus", 2): 5,
    _value("f", "hauser", "hauser", 1): 2, _value("f", "haus", "haus", 1): 4,
    _value("f", "a.b", "a.b", 1): 1, _value("f", "axb", "axb", 1): 1,
    _value("a", "haeuser", "hauser"): 6,
}  # fmt: skip


def test_words_of_a_dictionary() -> None:
    cluster = _Cluster(VALUES, ("regen",))
    words = ClusterDictionary(cluster, "body")  # type: ignore[arg-type]
    assert not words.has_term(b"haus")
    assert words.has_term(b"regen")
    assert [(one["size"], one["terminate_after"]) for one in cluster.asked] == [(0, 1)] * 2
    cluster.asked.clear()
    # A value counts as often as documents have it, each for the number in it.
    assert words.owners(b"hauser") == {b"haus": 3 + 2 * 5, b"hauser": 2}
    assert words.has_term(b"haus")
    assert words.alternates_of(b"hauser") == []
    assert len(cluster.asked) == 1
    assert cluster.asked[0]["size"] == 0
    starts = [{"prefix": {"f.body.forms": _value(kind, "hauser", "")}} for kind in "fa"]
    assert cluster.asked[0]["query"] == {"bool": {"should": starts}}
    assert words.alternates_of(b"haeuser") == [b"hauser"]
    assert words.owners(b"a.b") == {b"a.b": 1}  # a dot is a dot
    assert words.forms_with_prefix(b"hau") == [b"haus", b"hauser"]
    assert words.frequent_forms(b"hau") == {b"hauser": 10, b"haus": 4}
    assert words.owners(b"nichts") == {}


@pytest.mark.parametrize(("most", "is_refused"), [(3, True), (4, False)])
def test_no_more_values_are_read_than_a_cluster_gives(
    monkeypatch: pytest.MonkeyPatch, most: int, is_refused: bool
) -> None:
    monkeypatch.setattr("searchlib.opensearch.dictionary._MAX_VALUES", most)
    monkeypatch.setattr("searchlib.opensearch.dictionary.MAX_SCANNED", 1)
    words = ClusterDictionary(_Cluster(VALUES), "body")  # type: ignore[arg-type]
    if is_refused:
        with pytest.raises(QueryError, match="too many words begin with 'hauser'") as refused:
            words.owners(b"hauser")
        assert (refused.value.code, refused.value.span) == ("too-many-words", (0, 0))
    else:
        assert words.owners(b"hauser")
    assert words.forms_with_prefix(b"a") == [b"a.b"]


def test_languages_are_asked_for_once() -> None:
    asked: list[dict[str, Any]] = []

    class Languages:
        def search(self, body: dict[str, Any]) -> dict[str, Any]:
            asked.append(body)
            return {"aggregations": {"values": {"buckets": [{"key": "fr"}, {"key": "de"}]}}}

    words = ClusterWords(Languages(), SCHEMA)  # type: ignore[arg-type]
    assert words._used_languages() == words._used_languages() == ("de", "fr")
    aggregation = {"terms": {"field": "languages", "size": 1000}}
    assert asked == [{"size": 0, "aggs": {"values": aggregation}}]
    assert words.schema is SCHEMA
    assert isinstance(words._dictionary("body"), ClusterDictionary)
    assert words._dictionary("body") is words._dictionary("body")
