"""The words of an archive on a cluster: what :mod:`searchlib.suggest` asks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from searchlib.opensearch.cluster import Cluster
from searchlib.opensearch.dictionary import ClusterDictionary, ClusterWords
from searchlib.opensearch.mapping import SEPARATOR, path_of
from searchlib.opensearch.scoring import any_of
from searchlib.schema import Schema, Text
from searchlib.suggest import edits_between

__all__ = ["IndexWords"]

_MAX_NEAR = 500  # forms near a word that are looked at
_MAX_LABELS = 20_000  # values of a keyword field that an unknown one is compared with


class IndexWords:
    """The words of an index: a :class:`searchlib.suggest.ArchiveWords`. Each is asked of it."""

    def __init__(self, cluster: Cluster, schema: Schema, reader: ClusterWords) -> None:
        self.reader = reader
        self._cluster = cluster
        self._schema = schema
        self._names = schema.names(Text)

    def article_count(self) -> int:
        """How many articles there are."""
        return self._count({"match_all": {}})

    def starting_with(self, prefix: bytes) -> dict[bytes, int]:
        """The surface forms with a prefix, and in how many articles each is; where there are very
        many, the most frequent."""
        counts: Counter[bytes] = Counter()
        for name in self._names:
            counts.update(ClusterDictionary(self._cluster, name).frequent_forms(prefix))
        return dict(counts)

    def near(self, word: str, edits: int) -> dict[bytes, int]:
        """Other surface forms with the same first letter, at most so many edits from a word, and
        in how many articles each is."""
        suggest = {
            name: {"text": word, "term": {
                "field": self._exact(name), "suggest_mode": "always", "max_edits": edits,
                "prefix_length": 1, "min_word_length": 1, "size": _MAX_NEAR, "accuracy": 0.0,
                "sort": "frequency", "max_term_freq": 1.0,
            }}
            for name in self._names
        }  # fmt: skip
        answer = self._cluster.search({"size": 0, "suggest": suggest})["suggest"]
        counts: Counter[bytes] = Counter()
        for name in self._names:
            for entry in answer[name]:
                for option in entry["options"]:
                    if 0 < edits_between(option["text"], word, edits) <= edits:
                        counts[option["text"].encode()] += option["freq"]
        return dict(counts)

    def has_form(self, form: bytes) -> bool:
        """Whether any article has a surface form."""
        return self._has(_term(self._exact(name), form.decode()) for name in self._names)

    def has_word(self, token: str) -> bool:
        """Whether any article has a word in any form."""
        return self._has(clause for name in self._names for clause in self._clauses(name, token))

    def most_articles(self, token: str) -> int:
        """In how many articles any form of a word is, in the text field that has it most."""
        return max(self._count(any_of(self._clauses(name, token))) for name in self._names)

    def has_value(self, name: str, folded: str) -> bool:
        """Whether any article has a folded value in a keyword field."""
        return self._has([_term(f"f.{name}.value", folded)])

    def labels(self, name: str) -> dict[str, str]:
        """How the most frequent values of a keyword field are written, by their folded form."""
        values = {"terms": {"field": f"f.{name}.label", "size": _MAX_LABELS}}
        answer = self._cluster.search({"size": 0, "aggs": {"values": values}})
        labels: dict[str, str] = {}
        for bucket in answer["aggregations"]["values"]["buckets"]:
            folded, _, label = bucket["key"].partition(SEPARATOR)
            labels.setdefault(folded, label)
        return dict(sorted(labels.items()))

    def _exact(self, name: str) -> str:
        return path_of(self._schema, self._schema.exact(name))

    def _clauses(self, name: str, token: str) -> list[dict[str, Any]]:
        meaning = self.reader.meaning(name, token)
        return [
            *(_term(path_of(self._schema, name), term.decode()) for term in meaning.terms),
            *(_term(self._exact(name), form.surface.decode()) for form in meaning.forms),
        ]

    def _has(self, queries: Iterable[dict[str, Any]]) -> bool:
        body = {"size": 0, "query": any_of(queries), "terminate_after": 1}
        return bool(self._cluster.search(body)["hits"]["total"]["value"])

    def _count(self, query: dict[str, Any]) -> int:
        body = {"size": 0, "query": query, "track_total_hits": True}
        count: int = self._cluster.search(body)["hits"]["total"]["value"]
        return count


def _term(path: str, text: str) -> dict[str, Any]:
    return {"term": {path: text}}
