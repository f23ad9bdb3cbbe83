"""Facets of number fields: values, ranges and steps, held against plain Python."""

from __future__ import annotations

from collections import Counter
from math import floor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.search.docset import DocSet
from searchlib.search.number_facets import _nice_step, _text, count_number_stories, count_numbers

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(), words=sl.Number(), section=sl.Keyword())


def archive_of(path: Any, values: list[float | None], commits: int = 2) -> sl.Archive:
    archive = sl.Archive.create(path, SCHEMA)
    records = [
        {"id": n, "title": "rain", **({} if value is None else {"words": value})}
        for n, value in enumerate(values)
    ]
    for first in range(commits):
        archive.add(records[first::commits])
    return archive


@pytest.mark.parametrize(
    ("facet", "counts"),
    [
        ("words", [("0", 1), ("5", 2), ("99", 1), ("100", 1), ("700", 1)]),
        ("words:order=count,limit=2", [("5", 2), ("0", 1)]),
        ("words:min=2", [("5", 2)]),
        ("words:edges=0/100/500/600", [("0..99", 4), ("100..499", 1), ("500..599", 0),
                                       (">=600", 1)]),
        ("words:edges=5/6/1000", [("<5", 1), ("5", 2), ("6..999", 3)]),
        ("words:edges=1000", [("<1000", 6)]),
        ("words:step=250", [("0..249", 5), ("250..499", 0), ("500..749", 1)]),
        ("words:step=250,min=1", [("0..249", 5), ("500..749", 1)]),
        ("words:step=nice,min=2", [("0..99", 4)]),
        ("words:step=0.5,limit=1", [("[0 TO 0.5}", 1)]),
    ],
)  # fmt: skip
def test_whole_numbers(tmp_path: Any, facet: str, counts: list[tuple[str, int]]) -> None:
    with archive_of(tmp_path / "a", [0, 5, 5, 99, 100, 700, None]) as archive:
        found = archive.search("rain", facets=[facet], limit=0).facets[facet]
        assert found == counts
        assert found.missing == 1
        for label, count in counts:
            assert archive.count(f"words:{label}") == count


def test_numbers_that_are_not_whole(tmp_path: Any) -> None:
    with archive_of(tmp_path / "a", [0, 0.25, 1, -2.5]) as archive:
        found = archive.search("*", facets=["words", "words:step=1"], limit=0).facets
        assert found["words"].values() == ["-2.5", "0", "0.25", "1"]
        labels = [("[-3 TO -2}", 1), ("[-2 TO -1}", 0), ("[-1 TO 0}", 0), ("[0 TO 1}", 2),
                  ("[1 TO 2}", 1)]  # fmt: skip
        assert found["words:step=1"] == labels
        for label, count in labels:
            assert archive.count(f"words:{label}") == count


@pytest.mark.parametrize("facet", ["words:step=0.1", "words:step=nice"])
def test_edges_are_as_they_are_written(tmp_path: Any, facet: str) -> None:
    """Three times 0.1 is 0.3, not 0.30000000000000004; 0.3 is in the range from there on."""
    with archive_of(tmp_path / "a", [n / 10 for n in range(11)]) as archive:
        found = archive.search("*", facets=[facet], limit=0).facets[facet]
        assert found.values()[3:5] == ["[0.3 TO 0.4}", "[0.4 TO 0.5}"]
        assert set(found.counts()) == {1}
        assert all(archive.count(f"words:{label}") == count for label, count in found)


def test_no_number_at_all(tmp_path: Any) -> None:
    with archive_of(tmp_path / "a", [None, None]) as archive:
        found = archive.search("*", facets=["words:step=nice", "words"], limit=0).facets
        assert (found["words"], found["words"].missing) == ([], 2)
        assert found["words:step=nice"] == []


def test_too_many_ranges(tmp_path: Any) -> None:
    with archive_of(tmp_path / "a", [0, 1e300]) as archive:
        with pytest.raises(sl.ArgumentError, match="a step of 1e\\+299, or nice, makes fewer"):
            archive.search("*", facets=["words:step=0.001"])
        assert archive.search("*", facets=["words:step=nice"]).facets["words:step=nice"]


@pytest.mark.parametrize(
    ("facet", "says"),
    [
        ("words:month", "cannot be counted: try one of section, words:step=nice"),
        ("words:prefix=1", "cannot be counted"), ("section:step=2", "cannot be counted"),
        ("words:edges=3/1", "each edge is higher"), ("words:edges=1/1", "each edge is higher"),
        ("words:edges=a", "'a' is no number"), ("words:step=0", "a number above 0"),
        ("words:step=nan", "are numbers"), ("words:step=-1", "a number above 0"),
        ("words:edges=1,step=2", "edges or a step, not both"), ("words:limit=x", "no whole number"),
        ("words:limit=-1", "no whole number"), ("words:order=size", '"count" or "value"'),
        ("words:size=3", "there is no option 'size'"), ("title", "cannot be counted"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted(tmp_path: Any, facet: str, says: str) -> None:
    with archive_of(tmp_path / "a", [1]) as archive, pytest.raises(sl.ArgumentError, match=says):
        archive.search("*", facets=[facet])


_NUMBERS = st.one_of(
    st.integers(-50, 50), st.sampled_from([0.5, -0.25, 7.75]), st.none(),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(_NUMBERS, min_size=1, max_size=15),
    st.lists(st.integers(-60, 60), min_size=1, max_size=4, unique=True).map(sorted),
    st.sampled_from([1, 2, 7, 0.5]),
)
def test_any_numbers(
    tmp_path_factory: pytest.TempPathFactory, values: list[float | None], edges: list[int],
    step: float,
) -> None:  # fmt: skip
    known = [value for value in values if value is not None]
    by_edges = sl.FacetRequest("words", edges=tuple(edges))
    by_step = sl.FacetRequest("words", step=step)
    nice = sl.FacetRequest("words", step="nice")
    with archive_of(tmp_path_factory.mktemp("numbers") / "a", values) as archive:
        facets = archive.search("rain", facets=["words", by_edges, by_step, nice]).facets
        assert dict(facets["words"]) == {
            str(int(value)) if value == int(value) else repr(value): count
            for value, count in Counter(known).items()
        }
        for request in (by_edges, by_step, nice):
            counts = facets[str(request)]
            assert counts.missing == len(values) - len(known)
            assert sum(counts.counts()) == len(known)
            for label, count in counts:
                assert archive.count(f"words:{label}") == count, label
            if known:  # no empty range at either end
                assert counts[0][1] and counts[-1][1]
        steps = {floor(value / step) for value in known}
        if known:
            assert len(facets[str(by_step)]) == max(steps) - min(steps) + 1
            assert len(facets[str(nice)]) <= 13


def test_values_of_keywords_that_begin_so(tmp_path: Any) -> None:
    sections = ["World", "world", "Work", "Arts", "Wörld affairs", None]
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add({"id": n, "section": name} for n, name in enumerate(sections))
        facets = ["section:prefix=WOR", "section:limit=2", "section:order=value,prefix=wor",
                  "section:limit=1,prefix=wor", "section:min=2"]  # fmt: skip
        found = archive.search("*", facets=facets, limit=0).facets
    assert found["section:prefix=WOR"] == [("World", 2), ("Work", 1), ("Wörld affairs", 1)]
    assert found["section:order=value,prefix=wor"].values() == ["Work", "World", "Wörld affairs"]
    assert found["section:limit=2"].distinct == 4
    assert found["section:limit=1,prefix=wor"].distinct == 3
    assert found["section:min=2"] == [("World", 2)]
    assert all(counts.missing == 1 for counts in found.values())


def test_the_most_ranges(tmp_path: Any) -> None:
    with archive_of(tmp_path / "a", [0, 10_000]) as archive:
        found = archive.search("*", facets=["words:step=1"], limit=0).facets["words:step=1"]
        assert (len(found), sum(found.counts())) == (10_001, 2)
        assert (found[0], found[1], found[-1]) == (("0", 1), ("1", 0), ("10000", 1))
        with pytest.raises(sl.ArgumentError, match="more than 10,000 ranges from 0 to 10000: a st"):
            archive.search("*", facets=["words:step=0.999"])
    with archive_of(tmp_path / "b", [100_000, 100_001]) as archive:
        found = archive.search("*", facets=["words:step=1"], limit=0).facets["words:step=1"]
        assert list(found) == [("100000", 1), ("100001", 1)]


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([0, 12], 1), ([0, 13], 2), ([0, 24], 2), ([0, 25], 5), ([0, 60], 5), ([0, 61], 10),
        ([0, 120], 10), ([0, 121], 20), ([0, 1200], 100), ([0, 1201], 200), ([7, 7], 1),
        ([0, 1], 1), ([0, 0.5], 0.05), ([0.5, 1.6], 0.1), ([0, 0.25], 0.05), ([-5, 5], 1),
    ],
)  # fmt: skip
def test_nice_steps(tmp_path: Any, values: list[float | None], step: float) -> None:
    """The narrowest of 1, 2, 5, 10 and so on by which twelve of them hold all."""
    with archive_of(tmp_path / "a", values) as archive:
        facets = [f"words:step={step}", "words:step=nice"]
        counts = archive.search("*", facets=facets, limit=0).facets
        assert list(counts[facets[0]]) == list(counts[facets[1]])


def _segment_of(numbers: list[float] | None) -> Any:
    values = None if numbers is None else SimpleNamespace(values=np.array(numbers))
    return SimpleNamespace(core=SimpleNamespace(number=lambda name: values))


@pytest.mark.parametrize(
    ("facet", "counts", "stories"),
    [
        (sl.FacetRequest("words"), {"1": 2, "2": 2, "7": 1}, {"1": 1, "2": 2, "7": 1}),
        (sl.FacetRequest("words", edges=(2.0, 5.0)), {"<2": 2, "2..4": 2, ">=5": 1},
         {"<2": 1, "2..4": 2, ">=5": 1}),
        (sl.FacetRequest("words", step=5.0), {"0..4": 4, "5..9": 1}, {"0..4": 2, "5..9": 1}),
        (sl.FacetRequest("words", edges=(0.5,)), {">=0.5": 5}, {">=0.5": 2}),
    ],
    ids=str,
)  # fmt: skip
def test_numbers_in_articles_and_in_stories(
    facet: sl.FacetRequest, counts: dict[str, int], stories: dict[str, int]
) -> None:
    """Over three segments, of which the second has not heard of the field."""
    numbers = [[1.0, 1.0, np.nan, 2.0, 99.0], None, [7.0, 2.0]]
    segments = [_segment_of(one) for one in numbers]
    reader: Any = SimpleNamespace(segments=segments)
    matches = [
        DocSet(5, docs=np.arange(4)), DocSet(2, mask=np.ones(2, bool)),
        DocSet(2, mask=np.ones(2, bool)),
    ]  # fmt: skip
    found, missing = count_numbers(facet, reader, matches)
    assert ({label: n for label, n in found if n}, missing) == (counts, 3)
    of_stories = [np.array([4, 4, 4, 4]), np.array([1, 2]), np.array([8, 8])]
    in_stories, without = count_number_stories(facet, reader, matches, of_stories)
    assert {label: n for label, n in in_stories.items() if n} == stories
    assert without == 3  # 4, of which one article has no number, and 1 and 2
    nothing: Any = SimpleNamespace(segments=[segments[1]])
    assert count_number_stories(facet, nothing, matches[1:2], of_stories[1:2]) == ({}, 2)
    assert count_numbers(facet, nothing, matches[1:2]) == ([], 2)


def test_whether_all_numbers_are_whole_is_that_of_the_archive() -> None:
    """Also of those that are not counted, in whatever segment."""
    for others, label in (([5.0], "0..4"), ([5.5], "[0 TO 5}"), ([np.nan], "0..4")):
        segments = [_segment_of(one) for one in (others, [1.0, 2.0])]
        reader: Any = SimpleNamespace(segments=segments)
        matches = [DocSet.empty(1), DocSet(2, docs=np.array([1]))]
        facet = sl.FacetRequest("words", step=5.0)
        assert count_numbers(facet, reader, matches) == ([(label, 1)], 0)


@pytest.mark.parametrize(
    ("low", "high", "whole", "step"),
    [
        (0, 0, False, 1.0), (0, 12, True, 1.0), (0, 12.1, True, 2.0), (0, 1.2, False, 0.1),
        (0, 0.6, True, 1.0), (0, 0.6, False, 0.05), (-1e308, 1e308, False, 2e307),
        (0, 2400, True, 200.0), (0, 1e15, True, 1e14),
    ],
)  # fmt: skip
def test_steps(low: float, high: float, whole: bool, step: float) -> None:
    assert _nice_step(low, high, whole) == step


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.5, "-0.5"), (999999999999999.0, "999999999999999"),
     (1e15, "1000000000000000.0"), (-1e15, "-1000000000000000.0"), (2.0, "2")],
)  # fmt: skip
def test_numbers_as_people_write_them(value: float, text: str) -> None:
    assert _text(value) == text
