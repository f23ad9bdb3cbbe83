"""Query times and answers of several peers on one corpus, compared with one of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.queries import KINDS, Query
from benchmarks.timing import Timings, geometric_mean, percentile

#: Classes in the figure over all classes; the others are the same phrases, read differently.
COUNTED = tuple(kind for kind in KINDS if not kind.endswith("any form"))
_TOLERANCE = 0.02


def compare(
    queries: Sequence[Query], timings: Mapping[str, Timings], baselines: Mapping[str, Timings]
) -> dict[str, dict[str, Any]]:
    """For each class and "all": figures of every peer, ratios and agreement with ours.

    ``baselines`` has, for each peer, our own timings that were interleaved with its.
    """
    classes = {kind: [i for i, q in enumerate(queries) if q.kind == kind] for kind in KINDS}
    classes = {kind: indices for kind, indices in classes.items() if indices}
    counted = [classes[kind] for kind in COUNTED if kind in classes]
    classes["all"] = list(itertools.chain(*counted))
    return {
        kind: {name: _figures(peer, baselines[name], indices) for name, peer in timings.items()}
        for kind, indices in classes.items()
    }


def _figures(peer: Timings, ours: Timings, indices: Sequence[int]) -> dict[str, Any]:
    medians, reference = peer.medians(), ours.medians()
    both = [i for i in indices if medians[i] is not None and reference[i] is not None]
    if not both:
        return {"queries": 0}
    theirs = [_known(medians[i]) for i in both]
    base = [_known(reference[i]) for i in both]
    calls = [ns for i in both for ns in peer.rounds[i]]
    base_calls = [ns for i in both for ns in ours.rounds[i]]
    first = [_known(peer.first[i]) for i in both]
    base_first = [_known(ours.first[i]) for i in both]
    pairs = [(peer.answers[i], ours.answers[i]) for i in both]
    answered = [(a, b) for a, b in pairs if a is not None and b is not None]
    return {
        "queries": len(both),
        "p50_us": percentile(theirs, 0.5) / 1e3,
        "p99_us": percentile(theirs, 0.99) / 1e3,
        "calls_p99_us": percentile(calls, 0.99) / 1e3,
        "max_us": max(theirs) / 1e3,
        "mean_us": sum(theirs) / len(theirs) / 1e3,
        # ours / peer: below 1, ours is faster
        "ratio": geometric_mean([b / a for a, b in zip(theirs, base, strict=True)]),
        "ratio_p50": percentile(base, 0.5) / percentile(theirs, 0.5),
        "ratio_p99": percentile(base, 0.99) / percentile(theirs, 0.99),
        "ratio_calls_p99": percentile(base_calls, 0.99) / percentile(calls, 0.99),
        "ratio_mean": sum(base) / sum(theirs),
        "ratio_first": geometric_mean([b / a for a, b in zip(first, base_first, strict=True)]),
        "total_p50": percentile([a.total for a, _ in answered], 0.5),
        "totals_differ": _share(differ(a.total, b.total) for a, b in answered),
        "facets_differ": _share(_facets_differ(a.facets, b.facets) for a, b in answered),
        "same_ids": sum(_overlap(a.ids, b.ids) for a, b in answered) / len(answered),
    }


def agreement(timings: Mapping[str, Timings]) -> dict[str, dict[str, float]]:
    """For each pair of peers, the share of queries whose totals differ by over 2 %."""
    return {
        a: {
            b: _share(
                differ(x.total, y.total)
                for x, y in zip(timings[a].answers, timings[b].answers, strict=True)
                if x is not None and y is not None
            )
            for b in timings
        }
        for a in timings
    }


def disagreements(
    queries: Sequence[Query], timings: Mapping[str, Timings], most: int = 20
) -> list[dict[str, Any]]:
    """The queries whose totals differ most, to look into the reasons."""
    differing: list[tuple[float, int, dict[str, Any]]] = []
    for i, query in enumerate(queries):
        answers = {name: peer.answers[i] for name, peer in timings.items()}
        totals = {name: answer.total for name, answer in answers.items() if answer is not None}
        low, high = min(totals.values()), max(totals.values())
        if differ(low, high):
            entry = {"kind": query.kind, "words": query.words, "totals": totals}
            differing.append((high / (low + 1), len(differing), entry))
    return [entry for _, _, entry in sorted(differing, reverse=True, key=lambda d: d[:2])[:most]]


def differ(a: int, b: int) -> bool:
    """Whether two totals are over 2 % apart.

    >>> differ(100, 98), differ(100, 97)
    (False, True)
    """
    return abs(a - b) > _TOLERANCE * max(a, b)


def _facets_differ(a: Mapping[str, Mapping[str, int]], b: Mapping[str, Mapping[str, int]]) -> bool:
    return any(differ(sum(a[f].values()), sum(b[f].values())) for f in a.keys() & b.keys())


def _overlap(a: Sequence[str], b: Sequence[str]) -> float:
    return len(set(a) & set(b)) / max(len(a), len(b)) if a or b else 1.0


def _share(flags: Iterable[bool]) -> float:
    known = list(flags)
    return sum(known) / len(known) if known else 0.0


def _known(value: float | None) -> float:
    assert value is not None
    return value
