"""Facets on a cluster: exact counts. Every value is asked for, page by page; dates are counted by
days, of which the periods are made as for a folder."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from searchlib.opensearch.cluster import Cluster
from searchlib.opensearch.mapping import SEPARATOR
from searchlib.requests import FacetRequest
from searchlib.schema import Date, Number, Schema
from searchlib.search.facets import Counts, FacetResult, in_order_of_time, listed, period_label
from searchlib.search.number_facets import counted

__all__ = ["FacetCounter"]

_PAGE = 10_000  # values that are asked for at once
_ALL: dict[str, Any] = {"match_all": {}}
#: How much of a date a unit needs; the others need all of it.
_YEAR, _MONTH, _DAY = len("2022"), len("2022-08"), len("2022-08-31")
_LENGTHS = {"decade": _YEAR, "year": _YEAR, "quarter": _MONTH, "month": _MONTH}
_FIRST_DAY = "0001-01-01"


class FacetCounter:
    """Counts the articles of queries by the values of a field."""

    def __init__(self, cluster: Cluster, schema: Schema, week_start: int) -> None:
        self._cluster = cluster
        self._schema = schema
        self._week_start = week_start

    def count(self, request: FacetRequest, query: dict[str, Any]) -> FacetResult:
        """The counts that a resolved request asks for, of the articles of a query."""
        field = self._schema.fields[request.field]
        if isinstance(field, Date):
            return listed(request, self._periods(request, query))
        if isinstance(field, Number):
            return listed(request, self._numbers(request, query))
        return listed(request, self._keywords(request.field, query))

    def _keywords(self, name: str, query: dict[str, Any]) -> Counts:
        """A value is spelled as in the most articles of the archive, whatever is counted."""
        found, missing = self.values(f"f.{name}.value", query)
        labels: dict[str, tuple[int, str]] = {}
        for label, count in self.values(f"f.{name}.label", _ALL)[0].items() if found else ():
            folded, _, text = label.partition(SEPARATOR)
            if count > labels.get(folded, (0, ""))[0]:
                labels[folded] = (count, text)
        order = sorted(found.items(), key=lambda item: (-item[1], item[0].encode()))
        # A value that was added between the two requests has no spelling yet.
        return [(labels.get(value, (0, value))[1], count) for value, count in order], missing

    def _periods(self, request: FacetRequest, query: dict[str, Any]) -> Counts:
        unit, totals = request.unit, dict[str, int]()
        assert unit is not None
        if unit == "hour":
            hours, missing = self.values(f"f.{request.field}.hour", query)
            return sorted(hours.items()), missing
        days, missing = self.values(f"f.{request.field}.day", query)
        for day, count in days.items():
            if len(day) < _LENGTHS.get(unit, _DAY):
                missing += count
                continue
            whole = date.fromisoformat(day + _FIRST_DAY[len(day) :])
            label = period_label(unit, self._week_start, whole)
            totals[label] = totals.get(label, 0) + count
        return in_order_of_time(unit, totals), missing

    def _numbers(self, request: FacetRequest, query: dict[str, Any]) -> Counts:
        field = f"f.{request.field}.value"
        found, missing = self.values(field, query)
        are_whole = all(number == int(number) for number in self.values(field, _ALL)[0])
        numbers = np.repeat(np.array(list(found), float), np.array(list(found.values()), int))
        return counted(request, numbers, are_whole), missing

    def values(self, field: str, query: dict[str, Any]) -> tuple[dict[Any, int], int]:
        """How many articles have each value, and how many have none."""
        values: dict[Any, int] = {}
        missing, after = 0, None
        while True:
            pages: dict[str, Any] = {"size": _PAGE, "sources": [{"v": {"terms": {"field": field}}}]}
            aggregations: dict[str, Any] = {"values": {"composite": pages}}
            if after is None:
                aggregations["missing"] = {"missing": {"field": field}}
            else:
                pages["after"] = after
            answer = self._cluster.search({"size": 0, "query": query, "aggs": aggregations})
            found = answer["aggregations"]
            if after is None:
                missing = found["missing"]["doc_count"]
            values |= {bucket["key"]["v"]: bucket["doc_count"]
                       for bucket in found["values"]["buckets"]}  # fmt: skip
            after = found["values"].get("after_key")
            if after is None or len(found["values"]["buckets"]) < _PAGE:
                return values, missing
