"""Counts of several archives as one."""

from __future__ import annotations

from searchlib.fused_facets import merged_counts
from searchlib.requests import FacetRequest
from searchlib.results import FacetCounts
from searchlib.schema import Date, Keyword, Number


def test_periods_are_in_the_order_of_time() -> None:
    one = FacetCounts("date", [("2021", 1), ("2023", 2)], missing=1)
    other = FacetCounts("date", [("2020", 5), ("2023", 2)], missing=2)
    facet = FacetRequest("date", "year")
    counts = [("2020", 5), ("2021", 1), ("2023", 4)]
    assert merged_counts(facet, Date(), [one, other], []) == (counts, 3, 3)
    facet = FacetRequest("date", "year", limit=1, order="count")
    assert merged_counts(facet, Date(), [one, other], []) == ([("2020", 5)], 3, 3)


def test_ranges_are_made_of_all_numbers() -> None:
    one, other = FacetCounts("n", [("1", 2), ("30", 1)]), FacetCounts("n", [("12", 1)])
    facet = FacetRequest("n", step=10)
    ranges = [("0..9", 2), ("10..19", 1), ("20..29", 0), ("30..39", 1)]
    assert merged_counts(facet, Number(), [one, other], [one, other])[0] == ranges
    half = FacetCounts("n", [("0.5", 1)])
    labels = [label for label, _ in merged_counts(facet, Number(), [one], [one, half])[0]]
    assert labels[0] == "[0 TO 10}"


def test_a_value_is_spelled_as_where_it_is_most() -> None:
    parts = [
        FacetCounts("s", [("World", 1), ("arts", 1), ("Café", 2)], missing=1),
        FacetCounts("s", [("WORLD", 1), ("Arts", 2), ("cafe", 1)], missing=2),
        FacetCounts("s", [("Sports", 4)]),
    ]
    counts = [("Sports", 4), ("Arts", 3), ("Café", 3), ("World", 2)]
    assert merged_counts(FacetRequest("s"), Keyword(), parts, []) == (counts, 3, 4)
    facet = FacetRequest("s", limit=2)
    assert merged_counts(facet, Keyword(), parts, []) == (counts[:2], 3, 4)
