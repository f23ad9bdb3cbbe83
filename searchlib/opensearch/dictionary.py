"""The words of an archive on a cluster, by which the words of queries are resolved."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from searchlib.errors import QueryError
from searchlib.opensearch.cluster import Cluster
from searchlib.opensearch.mapping import ALTERNATE, FORM, SEPARATOR
from searchlib.schema import Schema
from searchlib.search.word_forms import MAX_SCANNED, WordReader

__all__ = ["ClusterDictionary", "ClusterWords"]

_MAX_VALUES = 65_000  # of a dictionary that are read at once; a cluster gives no more
_NO_LETTER = re.compile(r"[^0-9A-Za-z]")


class ClusterDictionary:
    """The words of a text field. Each look-up is a request, so one is kept for one query only."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster = cluster
        self._field = f"f.{name}.forms"
        self._terms = f"f.{name}.terms"
        self._known: dict[str, list[list[str]]] = {}

    def owners(self, surface: bytes) -> dict[bytes, int]:
        """The terms that have a surface form, and how often each occurs in it."""
        owners: Counter[bytes] = Counter()
        for _, term, count in self._values(FORM, surface.decode() + SEPARATOR):
            owners[term.encode()] += int(count)
        return dict(owners)

    def alternates_of(self, spelling: bytes) -> list[bytes]:
        """The surface forms that are typed in this other way."""
        values = self._values(ALTERNATE, spelling.decode() + SEPARATOR)
        return [surface.encode() for _, surface in values]

    def forms_with_prefix(self, prefix: bytes) -> list[bytes]:
        """The first surface forms with a prefix."""
        forms = dict.fromkeys(form.encode() for form, *_ in self._values(FORM, prefix.decode()))
        return sorted(forms)[:MAX_SCANNED]

    def has_term(self, term: bytes) -> bool:
        """Whether some text has the term."""
        body = {"size": 0, "query": {"term": {self._terms: term.decode()}}}
        body |= {"terminate_after": 1}
        return bool(self._cluster.search(body)["hits"]["total"]["value"])

    def frequent_forms(self, prefix: bytes) -> dict[bytes, int]:
        """The surface forms with a prefix, and in how many texts each is; of very many the most
        frequent."""
        counts: Counter[bytes] = Counter()
        for bucket in self._buckets(FORM + SEPARATOR + prefix.decode(), {"_count": "desc"}):
            counts[bucket["key"].split(SEPARATOR)[1].encode()] += bucket["doc_count"]
        return dict(counts)

    def _buckets(self, start: str, order: dict[str, str]) -> list[dict[str, Any]]:
        """The values that begin so, with the number of their documents."""
        pattern = _NO_LETTER.sub(lambda sign: "\\" + sign[0], start) + ".*"
        body = {
            "size": 0,
            "query": {"prefix": {self._field: start}},
            "aggs": {"values": {"terms": {
                "field": self._field, "include": pattern, "size": _MAX_VALUES, "order": order,
            }}},
        }  # fmt: skip
        buckets: list[dict[str, Any]]
        buckets = self._cluster.search(body)["aggregations"]["values"]["buckets"]
        return buckets

    def _values(self, kind: str, prefix: str) -> list[list[str]]:
        """The values of a kind that begin with a prefix, each as its parts; each value as often
        as documents have it, which counts for the number in it."""
        start = kind + SEPARATOR + prefix
        if start not in self._known:
            buckets = self._buckets(start, {"_key": "asc"})
            if len(buckets) >= _MAX_VALUES:
                raise QueryError(
                    "too-many-words", (0, 0), f"too many words begin with {prefix!r}",
                    "write more letters of the word",
                )  # fmt: skip
            self._known[start] = [_parts(bucket, kind) for bucket in buckets]
        return self._known[start]


def _parts(bucket: dict[str, Any], kind: str) -> list[str]:
    parts: list[str] = bucket["key"].split(SEPARATOR)[1:]
    if kind == FORM:
        parts[-1] = str(int(parts[-1]) * bucket["doc_count"])
    return parts


class ClusterWords(WordReader):
    """Resolves the words of one query."""

    def __init__(self, cluster: Cluster, schema: Schema) -> None:
        super().__init__(schema)
        self._cluster = cluster
        self._languages: tuple[str, ...] | None = None
        self._dictionaries: dict[str, ClusterDictionary] = {}

    def _dictionary(self, name: str) -> ClusterDictionary:
        if name not in self._dictionaries:
            self._dictionaries[name] = ClusterDictionary(self._cluster, name)
        return self._dictionaries[name]

    def _used_languages(self) -> tuple[str, ...]:
        if self._languages is None:
            aggregation = {"terms": {"field": "languages", "size": 1000}}
            answer = self._cluster.search({"size": 0, "aggs": {"values": aggregation}})
            buckets = answer["aggregations"]["values"]["buckets"]
            self._languages = tuple(sorted(bucket["key"] for bucket in buckets))
        return self._languages
