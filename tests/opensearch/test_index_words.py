"""Tests of searchlib/opensearch/index_words.py: the words are those of a folder."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import searchlib as sl
from searchlib.opensearch.index_words import IndexWords

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(), body=sl.Text(), section=sl.Keyword(), date=sl.Date(),
    lang=sl.Keyword(),
)  # fmt: skip
ROWS = [
    {"id": n, "title": "Rain in Oslo", "body": ["Raining trains", "The rains, U.S. banks"][n % 2],
     "section": ["World News", "sports"][n % 2], "lang": ["pt-BR", "en"][n % 2]}
    for n in range(24)
]  # fmt: skip
ROWS += [{"id": "x", "title": "Häuser committee", "body": "ra.n comittee", "section": "Wörld"}]


def test_words_are_suggested_and_corrected_as_in_a_folder(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    for start in ("ra", "r", "RAIN", "hau", "zz", "", "t", "ra."):
        assert cluster.suggest(start) == folder.suggest(start), start
    assert cluster.suggest("r", limit=2) == ["rain", "raining"]
    for query in ("rian", "tarins oslo", "haeser", "comitee", "rain -olso", "no", "1987", "raim~1"):
        assert cluster.did_you_mean(query) == folder.did_you_mean(query), query
    cluster.delete(str(n) for n in range(24))  # what no article has any more is not suggested
    assert cluster.suggest("ra") == ["ra"] and cluster.did_you_mean("tarins") is None


def test_notes_are_those_of_a_folder(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    queries = ("rain", "rian", "section:word", "section:sport", "lang:pt", "lang:de", "1987", "US",
               "rain snow -olso", '"rian oslo"', "house OR haeuser", "the")  # fmt: skip
    for query in queries:
        for match in ("all", "best"):
            expected = folder.search(query, match=match).notes
            assert cluster.search(query, match=match).notes == expected, query
    asked = {"section": ["sprots"]}
    expected = folder.search("rain", filters=asked).notes
    assert cluster.search("rain", filters=asked).notes == expected != []


class _Cluster:
    """Answers as it is told, and notes what it is asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        if "suggest" in body:
            return {"suggest": self.answers["near"]}
        if "aggs" in body:
            found = {}
            for name, one in body["aggs"].items():
                buckets = self.answers["values"].get(one["terms"]["field"], [])
                found[name] = {"buckets": [{"key": k, "doc_count": n} for k, n in buckets]}
            return {"aggregations": found}
        return {"hits": {"total": {"value": self.answers["total"](body["query"])}}}


class _Reader:
    """Says of a word that it has two terms, and one form beside them."""

    def meaning(self, name: str, token: str) -> Any:
        forms = [SimpleNamespace(surface=f"{token}x".encode())]
        return SimpleNamespace(terms=[token.encode(), f"{token}s".encode()], forms=forms)


def _words(cluster: _Cluster) -> IndexWords:
    return IndexWords(cluster, SCHEMA, _Reader())  # type: ignore[arg-type]


def test_forms_are_counted_over_the_fields() -> None:
    title, body = (f"f.{name}.forms" for name in ("title", "body"))
    rain, rains = ("\x1f".join(("f", form, "rain", "1")) for form in ("rain", "rains"))
    words = _words(_Cluster(values={title: [(rain, 3)], body: [(rain, 4), (rains, 1)]}))
    assert words.starting_with(b"rai") == {b"rain": 7, b"rains": 1}


def test_words_near_a_word() -> None:
    found = {"rain": 9, "rains": 2, "ruin": 5, "rained": 3}
    options = [{"text": text, "freq": count} for text, count in found.items()]
    entries = [{"options": options[:2]}, {"options": options[2:]}]
    cluster = _Cluster(near={"title": entries, "body": [{"options": options[1:2]}]})
    assert _words(cluster).near("rain", 1) == {b"rains": 4, b"ruin": 5}
    suggest = cluster.asked[0]["suggest"]
    assert cluster.asked[0]["size"] == 0
    assert list(suggest) == ["title", "body"]
    assert suggest["body"]["text"] == "rain"
    term = suggest["body"]["term"]
    assert term.pop("size") > 0
    assert term == {
        "field": "f.body.exact", "suggest_mode": "always", "max_edits": 1, "prefix_length": 1,
        "min_word_length": 1, "accuracy": 0.0, "sort": "frequency", "max_term_freq": 1.0,
    }  # fmt: skip
    assert _words(cluster).near("rain", 2) == {b"rains": 4, b"ruin": 5, b"rained": 3}


def test_what_an_index_has() -> None:
    def total(query: dict[str, Any]) -> int:
        return str(query).count("body") * 10 if "rain" in str(query) else 0

    cluster = _Cluster(total=total)
    words = _words(cluster)
    assert words.has_form(b"rain") is words.has_word("rain") is True
    assert words.has_form(b"snow") is words.has_word("snow") is False
    assert words.has_value("section", "rain") is False
    assert all(body["size"] == 0 and body["terminate_after"] == 1 for body in cluster.asked)
    cluster.asked.clear()
    assert words.most_articles("rain") == 30
    assert words.article_count() == 0
    assert [(body["track_total_hits"], body["size"]) for body in cluster.asked] == [(True, 0)] * 3
    assert cluster.asked[-1]["query"] == {"match_all": {}}
    terms = str(cluster.asked[1]["query"])
    for part in ("'f.body.terms': 'rain'", "'f.body.terms': 'rains'", "'f.body.exact': 'rainx'"):
        assert part in terms


def test_values_are_written_as_the_most_articles_have_them() -> None:
    values = [("world\x1fWorld", 5), ("arts\x1fArts", 4), ("world\x1fWORLD", 1)]
    cluster = _Cluster(values={"f.section.label": values})
    words = _words(cluster)
    assert list(words.labels("section").items()) == [("arts", "Arts"), ("world", "World")]
    assert cluster.asked[0]["size"] == 0
