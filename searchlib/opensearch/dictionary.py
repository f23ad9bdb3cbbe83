"""The words of an archive on a cluster, by which the words of queries are resolved."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
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
        self._words: dict[str, dict[str, list[list[str]]]] = {}
        self._found_terms: set[bytes] = set()

    def owners(self, surface: bytes) -> dict[bytes, int]:
        """The terms that have a surface form, and how often each occurs in it."""
        owners: Counter[bytes] = Counter()
        for _, term, count in self._word(surface.decode())[FORM]:
            owners[term.encode()] += int(count)
        self._found_terms.update(owners)
        return dict(owners)

    def alternates_of(self, spelling: bytes) -> list[bytes]:
        """The surface forms that are typed in this other way."""
        return [surface.encode() for _, surface in self._word(spelling.decode())[ALTERNATE]]

    def forms_with_prefix(self, prefix: bytes) -> list[bytes]:
        """The first surface forms with a prefix."""
        start = prefix.decode()
        values = self._values({FORM: FORM + SEPARATOR + start}, start)[FORM]
        forms = dict.fromkeys(form.encode() for form, *_ in values)
        return sorted(forms)[:MAX_SCANNED]

    def has_term(self, term: bytes) -> bool:
        """Whether some text has the term."""
        if term in self._found_terms:
            return True
        body = {"size": 0, "query": {"term": {self._terms: term.decode()}}}
        body |= {"terminate_after": 1}
        return bool(self._cluster.search(body)["hits"]["total"]["value"])

    def frequent_forms(self, prefix: bytes) -> dict[bytes, int]:
        """The surface forms with a prefix, and in how many texts each is; of very many the most
        frequent."""
        counts: Counter[bytes] = Counter()
        starts = {FORM: FORM + SEPARATOR + prefix.decode()}
        for bucket in self._buckets(starts, {"_count": "desc"})[FORM]:
            counts[bucket["key"].split(SEPARATOR)[1].encode()] += bucket["doc_count"]
        return dict(counts)

    def _word(self, word: str) -> dict[str, list[list[str]]]:
        """The values of each kind for one word, asked for together."""
        if word not in self._words:
            starts = {kind: SEPARATOR.join((kind, word, "")) for kind in (FORM, ALTERNATE)}
            self._words[word] = self._values(starts, word)
        return self._words[word]

    def _values(self, starts: Mapping[str, str], word: str) -> dict[str, list[list[str]]]:
        """The values of each kind that begin so, each as its parts; each value as often as
        documents have it, which counts for the number in it."""
        found = self._buckets(starts, {"_key": "asc"})
        if any(len(buckets) >= _MAX_VALUES for buckets in found.values()):
            raise QueryError(
                "too-many-words", (0, 0), f"too many words begin with {word!r}",
                "write more letters of the word",
            )  # fmt: skip
        return {kind: [_parts(one, kind) for one in buckets] for kind, buckets in found.items()}

    def _buckets(
        self, starts: Mapping[str, str], order: dict[str, str]
    ) -> dict[str, list[dict[str, Any]]]:
        """The values of each kind that begin so, with the number of their documents."""
        counted = {
            kind: {"terms": {
                "field": self._field, "size": _MAX_VALUES, "order": order,
                "include": _NO_LETTER.sub(lambda sign: "\\" + sign[0], start) + ".*",
            }}
            for kind, start in starts.items()
        }  # fmt: skip
        with_any = [{"prefix": {self._field: start}} for start in starts.values()]
        body = {"size": 0, "query": {"bool": {"should": with_any}}, "aggs": counted}
        found = self._cluster.search(body)["aggregations"]
        return {kind: found[kind]["buckets"] for kind in starts}


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
