"""The percolator of OpenSearch: the peer of standing queries (see :mod:`benchmarks.watches`)."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from whoosh import query as wq
from whoosh.query.qcore import _NullQuery

from searchlib.analysis import CURRENT_VERSION, rules
from searchlib.dates import to_micros
from searchlib.span_queries import AnyField, Near, Same, Word

__all__ = ["Percolator"]

_TEXTS = ("title", "body")
_KEYWORDS = ("source", "section", "authors", "places", "topics", "lang")
_SENTENCE = 30  # words: there are no sentences, and this costs as much
_BULK = 1000
_RULES = rules(CURRENT_VERSION)
_EPOCH = to_micros(datetime(1970, 1, 1, tzinfo=UTC))


class Percolator:
    """Queries in an index of their own on a node, which articles are held against."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._index = "/searchlib-benchmark-watches"
        self.count = 0

    def __enter__(self) -> Percolator:
        self._call("PUT", self._index, _settings())
        return self

    def __exit__(self, *error: object) -> None:
        self._call("DELETE", self._index)

    def add(self, trees: Sequence[Any]) -> float:
        """Keep the queries that it can say; how long that takes, in seconds."""
        bodies = [body for body in map(_body, trees) if body is not None]
        self.count = len(bodies)
        start = time.perf_counter()
        for first in range(0, len(bodies), _BULK):
            lines = "".join(
                f'{{"index": {{}}}}\n{json.dumps({"query": body})}\n'
                for body in bodies[first : first + _BULK]
            )
            answer = self._call("POST", f"{self._index}/_bulk", lines)
            if answer["errors"]:
                errors = (item["index"].get("error") for item in answer["items"])
                raise SystemExit(str(next(filter(None, errors))))
        self._call("POST", f"{self._index}/_forcemerge?max_num_segments=1")
        self._call("POST", f"{self._index}/_refresh")
        return time.perf_counter() - start

    def match(self, articles: Sequence[Mapping[str, Any]]) -> tuple[float, float, int]:
        """Hold articles against all queries: what the node takes of computing, and how long that
        lasts, in seconds, and how many pairs of a query and an article match."""
        documents = [_document(article) for article in articles]
        percolate = {"percolate": {"field": "query", "documents": documents}}
        request = {"size": self.count, "_source": False, "sort": "_doc", "track_total_hits": True,
                   "query": {"constant_score": {"filter": percolate}}}  # fmt: skip
        computed, start = self._computed(), time.perf_counter()
        answer = self._call("POST", f"{self._index}/_search?request_cache=false", request)
        took = time.perf_counter() - start
        computed = self._computed() - computed
        hits = answer["hits"]["hits"]
        pairs = sum(len(hit["fields"]["_percolator_document_slot"]) for hit in hits)
        return computed, took, pairs

    def _computed(self) -> float:
        """The CPU time of the node so far, in seconds."""
        time.sleep(1.5)  # it looks at its clock once a second
        [node] = self._call("GET", "/_nodes/stats/process")["nodes"].values()
        return float(node["process"]["cpu"]["total_in_millis"]) / 1000

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        is_lines = isinstance(body, str)
        data = None if body is None else (body if is_lines else json.dumps(body)).encode()
        kind = "application/x-ndjson" if is_lines else "application/json"
        headers = {"Content-Type": kind}
        request = urllib.request.Request(self._address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=900) as answer:
            return json.load(answer)


def _settings() -> dict[str, Any]:
    filters = ["lowercase", "asciifolding", "possessive"]
    analysis = {
        "filter": {
            "stems": {"type": "stemmer", "language": "porter2"},
            "possessive": {"type": "stemmer", "language": "possessive_english"},
        },
        "normalizer": {"folded": {"type": "custom", "filter": filters[:2]}},
        "analyzer": {
            "stemmed": {"tokenizer": "standard", "filter": [*filters, "stems"]},
            "plain": {"tokenizer": "standard", "filter": filters},
        },
    }
    fields: dict[str, Any] = {"query": {"type": "percolator"}, "date": {"type": "date"}}
    for name in _TEXTS:
        fields[name] = {"type": "text", "analyzer": "stemmed"}
        fields[_exact(name)] = {"type": "text", "analyzer": "plain"}
    for name in _KEYWORDS:
        fields[name] = {"type": "keyword", "normalizer": "folded"}
    settings = {
        "number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1",
        "index.max_result_window": 1_000_000, "analysis": analysis,
    }  # fmt: skip
    return {"settings": settings, "mappings": {"properties": fields}}


def _exact(name: str) -> str:
    return name if name.endswith("_exact") else f"{name}_exact"


def _document(article: Mapping[str, Any]) -> dict[str, Any]:
    names = (*_TEXTS, *_KEYWORDS, "date")
    document = {name: article[name] for name in names if article.get(name)}
    return document | {_exact(name): article.get(name) or "" for name in _TEXTS}


def _body(query: Any) -> dict[str, Any] | None:
    """A ``whoosh.query`` tree as the node takes it; None for what it cannot say."""
    try:
        return _translated(query)
    except (AttributeError, NotImplementedError):
        return None


def _translated(query: Any) -> dict[str, Any]:
    match query:
        case AnyField() | wq.Or():
            some = [_translated(child) for child in query.subqueries]
            return {"bool": {"should": some, "minimum_should_match": 1}}
        case wq.And():
            return {"bool": {"must": [_translated(child) for child in query.subqueries]}}
        case wq.AndNot():
            return {"bool": {"must": _translated(query.a), "must_not": _translated(query.b)}}
        case wq.Not():
            return {"bool": {"must": {"match_all": {}}, "must_not": _translated(query.query)}}
        case wq.Every():
            return {"match_all": {}}
        case _NullQuery():
            return {"match_none": {}}
        case wq.ConstantScoreQuery():
            return _translated(query.child)
        case Word():
            return {"match_phrase": {query.fieldname: " ".join(query.words)}}
        case wq.Phrase():
            return _spans(_exact(query.fieldname), query.words, 0, ordered=True)
        case wq.Prefix():
            return {"prefix": {_exact(query.fieldname): query.text}}
        case wq.Wildcard():
            return {"wildcard": {_exact(query.fieldname): query.text}}
        case Near():
            return _near(query.parts, query.slop - 1, ordered=query.ordered)
        case Same():
            return _near(query.parts, _SENTENCE - 1, ordered=False)
        case wq.NumericRange():
            bounds = {"gte": query.start, "lte": query.end}
            values = {name: value for name, value in bounds.items() if value is not None}
            instants = {name: (value - _EPOCH) // 1000 for name, value in values.items()}
            return {"range": {query.fieldname: instants | {"format": "epoch_millis"}}}
        case wq.Term():
            return {"term": {query.fieldname: query.text}}
    raise NotImplementedError(type(query).__name__)


def _near(parts: Sequence[Word], gaps: int, *, ordered: bool) -> dict[str, Any]:
    [name] = {part.fieldname for part in parts}
    stems = [stem for part in parts for stem in _stems(part)]
    return _spans(name, stems, gaps, ordered=ordered)


def _stems(part: Word) -> list[str]:
    """The terms of a word, as the node's analyzer makes them."""
    return _RULES.terms([_RULES.word(word, "en") for word in part.words], "en")


def _spans(name: str, terms: Sequence[str], gaps: int, *, ordered: bool) -> dict[str, Any]:
    clauses = [{"span_term": {name: term}} for term in terms]
    if len(clauses) == 1:
        return clauses[0]
    return {"span_near": {"clauses": clauses, "slop": gaps, "in_order": ordered}}
