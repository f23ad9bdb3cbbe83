"""An index in memory, in the place of one on a node of OpenSearch.

It runs what :mod:`searchlib.opensearch` asks for by plain loops over the documents: words, phrases,
values, prefixes, ranges and scripts; none of the other patterns and intervals. A node is the judge
of whether it is asked rightly; this one, of whether the right thing is asked.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from math import log1p
from typing import Any

from searchlib.opensearch.address import Address
from searchlib.suggest import edits_between
from tests.opensearch.test_writer import _Node

_ALL: dict[str, Any] = {"match_all": {}}


class StandIn(_Node):
    """What ``Cluster`` is to a node; ``asked`` are the searches, ``pins`` what was pinned."""

    def __init__(self, address: Address) -> None:
        super().__init__()
        self.address = address
        self.index: dict[str, Any] | None = None
        self.asked: list[dict[str, Any]] = []
        self.pins: list[str] = []

    def exists(self) -> bool:
        return self.index is not None

    def call(self, method: str, path: str, body: Any = None, params: Any = None) -> Any:
        if (method, path) == ("PUT", ""):
            self.index = json.loads(json.dumps(body))
            self.index["mappings"]["dynamic"] = "false"
        elif path == "/_validate/query":
            [(kind, options)] = body["query"].items()
            [(field, _)] = options.items()
            words = {word for doc in self._docs() for word in _values(doc, field)}
            found = [f"{field}:{word}" for word in words if _is_like(kind, options[field], word)]
            return {"_shards": {"failed": 0}, "explanations": [{"explanation": " ".join(found)}]}
        elif path == "/_stats":
            sizes = {
                "docs": {"deleted": 0},
                "segments": {"count": 1},
                "store": {"size_in_bytes": 9},
            }
            return {"_all": {"primaries": sizes}}
        elif path == "/_mget":
            return super().call(method, path, body)
        return {self.address.index: self.index}

    def close(self) -> None:
        pass

    def pinned(self, keep_alive: str = "10m") -> StandIn:
        self.pins.append(keep_alive)
        other = copy.copy(self)
        other.docs = dict(self.docs)
        return other

    def unpin(self) -> None:
        self.pins.append("let go")

    def _docs(self) -> Iterator[dict[str, Any]]:
        return (known["_source"] for known in self.docs.values())

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(dict(body))
        scored = [(doc, _score(body.get("query", _ALL), doc)) for doc in self._docs()]
        found = [(doc, score) for doc, score in scored if score is not None]
        for key in reversed(body.get("sort", [{"_score": "desc"}, {"seq": "asc"}])):
            found = _sorted(found, key)
        hits = [_hit(doc, score, body) for doc, score in found]
        first = body.get("from", 0)
        if "search_after" in body:
            first = [hit["sort"] for hit in hits].index(body["search_after"]) + 1
        documents = [doc for doc, _ in found]
        return {
            "hits": {"total": {"value": len(hits)},
                     "hits": hits[first : first + body.get("size", 10)]},
            "aggregations": {name: _aggregated(one, documents)
                             for name, one in body.get("aggs", {}).items()},
            "suggest": {name: self._near(**one) for name, one in body.get("suggest", {}).items()},
        }  # fmt: skip

    def _near(self, text: str, term: Mapping[str, Any]) -> list[dict[str, Any]]:
        words = Counter(w for doc in self._docs() for w in {*_values(doc, term["field"])})
        return [{"options": [
            {"text": word, "freq": count} for word, count in words.items()
            if word[0] == text[0] and edits_between(word, text, term["max_edits"])
            <= term["max_edits"]
        ]}]  # fmt: skip


def _values(doc: Mapping[str, Any], path: str) -> list[Any]:
    """The values of a field of a document; of a text its words."""
    value: Any = doc
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if path.endswith((".terms", ".exact")):
        return (value or "").split()
    return [] if value is None else value if isinstance(value, list) else [value]


def _hit(doc: dict[str, Any], score: float, body: Mapping[str, Any]) -> dict[str, Any]:
    is_scored = body.get("track_scores") or {"_score": "desc"} in body.get("sort", [])
    fields = {path: _values(doc, path) for path in body.get("docvalue_fields", ())}
    source = {name: doc[name] for name in body.get("_source") or ()}
    return {
        "_id": doc["f"]["id"]["value"], "sort": [doc["seq"]], "_source": source, "fields": fields,
        "_score": score if is_scored or "sort" not in body else None,
    }  # fmt: skip


def _sorted(found: list[Any], key: Mapping[str, Any]) -> list[Any]:
    """Documents with their scores in the order of one key."""
    [(name, options)] = key.items()
    if name == "_score":
        return sorted(found, key=lambda row: -row[1])
    options = options if isinstance(options, dict) else {"order": options, "missing": "_last"}
    best = max if options["order"] == "desc" else min
    have = [row for row in found if _values(row[0], name)]
    have.sort(key=lambda row: best(_values(row[0], name)), reverse=options["order"] == "desc")
    rest = [row for row in found if not _values(row[0], name)]
    return rest + have if options["missing"] == "_first" else have + rest


def _finds(query: Mapping[str, Any], doc: Mapping[str, Any]) -> bool:
    """Whether a query finds a document; no script is run for that."""
    return _score(query, doc, needs_scores=False) is not None


def _score(
    query: Mapping[str, Any], doc: Mapping[str, Any], *, needs_scores: bool = True
) -> float | None:
    """How a document scores; None if a query does not find it."""
    [(kind, options)] = query.items()
    if kind == "match_all":
        return float(options.get("boost", 1.0))
    if kind == "bool":
        return _score_of_bool(doc, needs_scores, **options)
    if kind == "constant_score":
        return float(options["boost"]) if _finds(options["filter"], doc) else None
    if kind == "script_score":
        score = _score(options["query"], doc, needs_scores=needs_scores)
        is_run = needs_scores and score is not None
        return _scripted(score, options["script"]["params"], doc) if is_run else score
    if kind == "exists":
        return 1.0 if _values(doc, options["field"]) else None
    if kind == "match_none":
        return None
    [(path, options)] = options.items()
    values = _values(doc, path)
    if kind == "term":
        return float(values.count(options)) or None
    if kind == "terms":
        return 1.0 if {*values} & {*options} else None
    if kind == "range":
        return 1.0 if any(_is_within(value, **options) for value in values) else None
    if kind == "intervals":
        phrase = options["match"]
        assert (phrase["max_gaps"], phrase["ordered"]) == (0, True)
        values = _values(doc, phrase.get("use_field", path))
        wanted = phrase["query"].split()
        starts = range(len(values) - len(wanted) + 1)
        return 1.0 if any(values[n : n + len(wanted)] == wanted for n in starts) else None
    boost = options.get("boost", 1.0) if isinstance(options, dict) else 1.0
    return boost if any(_is_like(kind, options, value) for value in values) else None


def _is_within(value: Any, **bounds: Any) -> bool:
    return not (
        ("gte" in bounds and value < bounds["gte"]) or ("gt" in bounds and value <= bounds["gt"])
        or ("lte" in bounds and value > bounds["lte"]) or ("lt" in bounds and value >= bounds["lt"])
    )  # fmt: skip


def _is_like(kind: str, options: Any, word: str) -> bool:
    assert kind == "prefix", kind
    return word.startswith(options["value"] if isinstance(options, dict) else options)


def _score_of_bool(
    doc: Mapping[str, Any], needs_scores: bool, must: Any = (), filter: Any = (), should: Any = (),
    must_not: Any = (), boost: float = 1.0, minimum_should_match: int | None = None,
) -> float | None:  # fmt: skip
    least = minimum_should_match
    if least is None:
        least = int(bool(should) and not (must or filter))
    needed = [_score(query, doc, needs_scores=needs_scores) for query in must]
    optional = [_score(query, doc, needs_scores=needs_scores) for query in should]
    found = [score for score in optional if score is not None]
    if None in needed or len(found) < least or any(_finds(query, doc) for query in must_not):
        return None
    if not all(_finds(query, doc) for query in filter):
        return None
    return boost * (sum(score for score in needed if score is not None) + sum(found))


def _scripted(score: float, params: Mapping[str, Any], doc: Mapping[str, Any]) -> float:
    """What the scripts of ``scoring.py`` make of a score; which one it is, its parameters say."""
    if "factor" in params:
        return float(params["factor"] * score / (score + params["k1"]))
    if "weight" in params:
        [length] = _values(doc, params["length"])
        by_length = 1 - params["b"] + params["b"] * length / params["average"]
        return float(score * params["weight"] / by_length)
    values = _values(doc, params["field"])
    if "half" in params:
        halvings = max(params["now"] - values[0], 0) / params["half"] if values else params["most"]
        return float(score * 2.0 ** -min(params["most"], halvings))
    return score * (1 + log1p(max(values[0], 0))) if values else score


def _aggregated(asked: Mapping[str, Any], documents: list[dict[str, Any]]) -> dict[str, Any]:
    [(kind, options)] = asked.items()
    if kind == "filters":
        counts = {name: sum(_finds(query, doc) for doc in documents)
                  for name, query in options["filters"].items()}  # fmt: skip
        return {"buckets": {name: {"doc_count": count} for name, count in counts.items()}}
    if kind == "composite":
        return _composite(options, documents)
    if kind == "missing":
        return {"doc_count": sum(not _values(doc, options["field"]) for doc in documents)}
    values = [value for doc in documents for value in _values(doc, options["field"])]
    if kind == "sum":
        return {"value": float(sum(values))}
    if kind == "stats":
        return {"count": len(values), "sum": float(sum(values)), "min": min(values, default=None),
                "max": max(values, default=None)}  # fmt: skip
    assert kind == "terms", kind
    counts = Counter(v for v in values if re.fullmatch(options.get("include", ".*"), v, re.DOTALL))
    by_count = options.get("order", {"_count": "desc"}) == {"_count": "desc"}
    keys = sorted(counts, key=lambda key: (-counts[key] if by_count else 0, key))
    buckets = [{"key": key, "doc_count": counts[key]} for key in keys[: options["size"]]]
    return {"buckets": buckets}


def _composite(options: Mapping[str, Any], documents: list[dict[str, Any]]) -> dict[str, Any]:
    field = options["sources"][0]["v"]["terms"]["field"]
    counts = Counter(value for doc in documents for value in {*_values(doc, field)})
    after = options.get("after")
    rest = sorted(value for value in counts if after is None or value > after["v"])
    page = rest[: options["size"]]
    buckets = [{"key": {"v": value}, "doc_count": counts[value]} for value in page]
    return {"buckets": buckets, **({"after_key": {"v": page[-1]}} if page else {})}
