"""Tests of searchlib/opensearch/dictionary.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from searchlib.opensearch.dictionary import ClusterDictionary
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
