"""Scores on a cluster, by the formulas of :mod:`searchlib.search.bm25`.

The similarity of text fields (:mod:`.mapping`) gives how often a term is in a text. A boolean query
of all that a word stands for adds this up; one script makes of it what the field adds to X, by its
length, and another the score of X. What they need of the archive, its lengths and the document
frequency of each word, is asked before the search, and is the same for all shards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from searchlib.cached_property import cached_property
from searchlib.errors import ArchiveDenied
from searchlib.opensearch.cluster import Cluster
from searchlib.requests import Ranking
from searchlib.schema import Schema, Text
from searchlib.search.bm25 import K1_AND_B, idf_of
from searchlib.search.multi_term import SMALL_INDEX
from searchlib.search.plan_factors import DAY, MOST_HALVINGS, NumberFactor, RecencyFactor

__all__ = ["Scorer", "WordScore", "any_of", "multiplied", "unscored"]

_FIELD = (
    "_score * params.weight / (1 - params.b + params.b * doc[params.length].value / params.average)"
)
_WORD = "params.factor * _score / (_score + params.k1)"
_RECENCY = (
    "_score * Math.pow(2, -Math.min(params.most, doc[params.field].size() == 0 ? params.most :"
    " Math.max(params.now - doc[params.field].value, 0) / params.half))"
)
_NUMBER = (
    "_score * (1 + (doc[params.field].size() == 0 ? 0 :"
    " Math.log1p(Math.max(doc[params.field].value, 0))))"
)
# Words that the patterns of a query stand for which are scored one by one, and those of one pattern
# in an index of few articles.
_MAX_SCORED, _MAX_SCORED_OF_SMALL = 300, 2
#: The queries of the terms that a word stands for, by the text field.
Clauses = Mapping[str, Sequence[dict[str, Any]]]


@dataclass
class WordScore:
    """A word that is scored: its terms, and once :meth:`Scorer.complete` was called, in how many
    articles it is, and its idf."""

    clauses: Clauses
    boost: float
    #: The word whose document frequency counts, if it is another one.
    frequency_of: WordScore | None = None
    frequency: int = 0
    idf: float = 0.0
    params: dict[str, Any] = field(default_factory=dict)


class Scorer:
    """Makes the queries that score the words of one search by a ranking."""

    def __init__(self, cluster: Cluster, schema: Schema, ranking: Ranking) -> None:
        self._cluster = cluster
        self._schema = schema
        self.ranking: Ranking = ranking
        self.k1, self.b = K1_AND_B[ranking]
        self._words: list[WordScore] = []
        self._pattern_words = 0
        self._field_params: list[tuple[str, dict[str, Any]]] = []

    def word(self, word: WordScore) -> dict[str, Any]:
        """The query for the articles with a word in any of its fields."""
        parts = [self.field(name, clauses) for name, clauses in word.clauses.items()]
        word.params["k1"] = self.k1
        self._words.append(word)
        return _scripted(any_of(parts), _WORD, word.params)

    def field(self, name: str, clauses: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The query for the articles with any of these terms in a field; its score is what the
        field adds to X."""
        weight = self._schema.fields[name].weight  # type: ignore[attr-defined]
        params = {"weight": weight, "b": self.b, "length": f"f.{name}.length"}
        self._field_params.append((name, params))
        return _scripted(any_of(clauses), _FIELD, params)

    def complete(self) -> None:
        """Ask for what the scores depend on: until then the queries cannot be run."""
        if not self._field_params:
            return
        for name, params in self._field_params:
            params["average"] = self._lengths[name]
        own = [word for word in self._words if word.frequency_of is None]
        any_field = ([c for cs in word.clauses.values() for c in cs] for word in own)
        for word, count in zip(own, self.frequencies(map(any_of, any_field)), strict=True):
            word.frequency = count
        for word in self._words:
            word.frequency = (word.frequency_of or word).frequency
            # An article may have been added between the two requests.
            documents = max(self.documents, word.frequency)
            word.idf = idf_of(self.ranking, documents, word.frequency)
            word.params["factor"] = word.idf * (self.k1 + 1) * word.boost

    def share(self, name: str, frequency: int, length: int) -> float:
        """What a field adds to X for a word that is so often in so many words."""
        weight = self._schema.fields[name].weight  # type: ignore[attr-defined]
        by_length = 1 - self.b + self.b * length / self._lengths[name]
        return float(weight * frequency / by_length)

    def frequencies(self, queries: Iterable[dict[str, Any]]) -> list[int]:
        """How many articles each of these queries finds."""
        filters = {str(number): query for number, query in enumerate(queries)}
        if not filters:
            return []
        body = {"size": 0, "aggs": {"words": {"filters": {"filters": filters}}}}
        counts = self._cluster.search(body)["aggregations"]["words"]["buckets"]
        return [counts[number]["doc_count"] for number in filters]

    def words_of(self, pattern: dict[str, Any], path: str) -> list[str]:
        """The words that a pattern of a field stands for; none if these are so many that all
        articles with any of them score the same, as they do in a folder, or if the user may not
        ask. Nothing but its own account of the query says them, as ``field:word field:word``."""
        params = {"rewrite": "true", "all_shards": "true"}
        try:
            answer = self._cluster.call("POST", "/_validate/query", {"query": pattern}, params)
        except ArchiveDenied:
            return []
        if answer["_shards"]["failed"]:  # more than a query of a cluster may have
            return []
        found = " ".join(shard["explanation"] for shard in answer.get("explanations", ()))
        words = dict.fromkeys(re.findall(rf"{re.escape(path)}:([^\s)]+)", found))
        most = _MAX_SCORED if self.documents > SMALL_INDEX else _MAX_SCORED_OF_SMALL
        if len(words) > most or self._pattern_words + len(words) > _MAX_SCORED:
            return []
        self._pattern_words += len(words)
        return sorted(words)

    @property
    def documents(self) -> int:
        """How many articles there are."""
        return self._statistics[0]

    @property
    def _lengths(self) -> dict[str, float]:
        return self._statistics[1]

    @cached_property
    def _statistics(self) -> tuple[int, dict[str, float]]:
        """The number of articles, and the average length of each field. A cluster remembers the
        answer until something is added."""
        names = self._schema.names(Text)
        tokens_of = {name: {"sum": {"field": f"f.{name}.length"}} for name in names}
        answer = self._cluster.search({"size": 0, "track_total_hits": True, "aggs": tokens_of})
        documents = answer["hits"]["total"]["value"]
        tokens = {name: answer["aggregations"][name]["value"] for name in names}
        return documents, {n: count / documents if count else 1.0 for n, count in tokens.items()}


def any_of(queries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The query for what any of these find, the scores of which it adds up; without any of them it
    finds nothing."""
    queries = list(queries)
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def multiplied(
    query: dict[str, Any], factors: Iterable[RecencyFactor | NumberFactor]
) -> dict[str, Any]:
    """A query whose scores are multiplied by factors."""
    for factor in factors:
        if isinstance(factor, RecencyFactor):
            params = {
                "field": f"f.{factor.field}.start", "now": factor.now, "most": MOST_HALVINGS,
                "half": DAY * factor.half_life,
            }  # fmt: skip
            query = _scripted(query, _RECENCY, params)
        else:
            query = _scripted(query, _NUMBER, {"field": f"f.{factor.field}.value"})
    return query


def unscored(query: dict[str, Any]) -> dict[str, Any]:
    """A query that finds the same, and needs no scores.

    >>> unscored({"match_all": {}})
    {'bool': {'filter': [{'match_all': {}}]}}
    """
    return {"bool": {"filter": [query]}}


def _scripted(query: dict[str, Any], source: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"script_score": {"query": query, "script": {"source": source, "params": params}}}
