"""Filters beside the query, and facets that count sideways, against plain Python."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl

ARTICLES = st.lists(
    st.fixed_dictionaries(
        {
            "words": st.lists(st.sampled_from(["rain", "snow", "wind"]), min_size=1, max_size=4),
            "section": st.sampled_from(["World", "sports", "arts", ""]),
            "authors": st.lists(st.sampled_from(["Ann", "Bo", "Cy"]), unique=True),
            "date": st.sampled_from(["2021-05-01", "2022-08-31", "2022-09"]),
        }
    ),
    max_size=15,
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "section": st.lists(st.sampled_from(["world", "SPORTS", "none"]), min_size=1, unique=True),
        "authors": st.lists(st.sampled_from(["ann", "Bo"]), min_size=1, unique=True),
        "date": st.sampled_from([["2022"], ["2022-08", "2021"]]),
    },
)


def passes(article: dict[str, Any], name: str, values: list[str]) -> bool:
    if name == "date":
        return any(article["date"].startswith(value) for value in values)
    own = article[name] if isinstance(article[name], list) else [article[name]]
    return any(value.lower() == one.lower() for value in values for one in own)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ARTICLES, FILTERS, st.sampled_from(["rain", "rain wind"]), st.sampled_from(["all", "best"]))
def test_filters_and_facets(
    tmp_path_factory: pytest.TempPathFactory, articles: list[dict[str, Any]],
    filters: dict[str, list[str]], query: str, match: Any,
) -> None:  # fmt: skip
    with sl.Archive.create(tmp_path_factory.mktemp("filters"), language="en") as archive:
        rows = [
            {"id": f"a{n}", "body": " ".join(one.pop("words")), **one}
            for n, one in enumerate(articles)
        ]
        archive.add(rows[:7])
        archive.add(rows[7:])
        plain = archive.search(query, match=match, limit=None)
        found = archive.search(
            query,
            match=match,
            limit=None,
            filters=filters,
            facets=["section", "authors", "date:year"],
        )
        by_id = {row["id"]: row for row in rows}
        kept = [
            hit for hit in plain
            if all(passes(by_id[hit.id], name, values) for name, values in filters.items())
        ]  # fmt: skip
        assert [(hit.id, hit.score) for hit in found] == [(hit.id, hit.score) for hit in kept]
        assert found.total == len(kept)
        for name, facet in (("section", "section"), ("authors", "authors"), ("date", "date:year")):
            counted: Counter[str] = Counter()
            for hit in plain:
                others = (one for one in filters.items() if one[0] != name)
                row = by_id[hit.id]
                if all(passes(row, *one) for one in others):
                    own = row[name] if isinstance(row[name], list) else [row[name]]
                    counted.update(value[:4] if name == "date" else value for value in own if value)
            assert dict(found.facets[facet]) == counted
        pages = archive.search(query, match=match, limit=2, filters=filters)
        assert [hit.id for hit in pages.all()] == [hit.id for hit in kept]


def test_requests_with_filters_are_values() -> None:
    request = sl.SearchRequest("rain", filters={"section": "world", "stars": [3, 4]})
    assert request.filters == (("section", ("world",)), ("stars", ("3", "4")))
    assert request == sl.SearchRequest("rain", filters=request.filters)
    pairs = [("section", ["world"]), ("section", ["arts"])]
    assert sl.SearchRequest("rain", filters=pairs).filters == (("section", ("world", "arts")),)
    assert hash(request) == hash(sl.SearchRequest("rain", filters=dict(request.filters)))


@pytest.mark.parametrize(
    ("filters", "error", "why"),
    [
        ({"body": "rain"}, sl.ArgumentError, "'body' cannot be filtered"),
        ({"klingon": "x"}, sl.ArgumentError, "'klingon' cannot be filtered"),
        ({"section": []}, sl.ArgumentError, "no value is given for 'section'"),
        ({"section": None}, sl.ArgumentTypeError, "filters are values by the names of fields"),
        ("section", sl.ArgumentTypeError, "filters are values by the names of fields"),
        ({3: "x"}, sl.ArgumentTypeError, "the name of a field is text"),
        ({"date": "never"}, sl.QueryError, "never"),
    ],
)
def test_filters_that_cannot_be(
    tmp_path: Path, filters: Any, error: type[Exception], why: str
) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add([{"id": "a", "title": "Rain"}])
        with pytest.raises(error, match=why):
            archive.search("rain", filters=filters)


def test_counts_of_what_was_found_alone(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add([{"id": n, "section": "xy"[n % 2], "authors": ["A", "B"]} for n in range(5)])
        options: dict[str, Any] = {"facets": ["section", "authors"], "filters": {"section": "x"}}
        assert dict(archive.search("*", **options).facets["section"]) == {"x": 3, "y": 2}
        found = archive.search("*", sideways=False, **options)
        assert dict(found.facets["section"]) == {"x": 3}
        assert dict(found.facets["authors"]) == {"A": 3, "B": 3}


def test_a_value_that_no_article_has_brings_a_note(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add([{"id": "a", "title": "Rain", "section": "World", "date": "2022"}])
        notes = archive.search("rain", filters={"section": ["wrold", "WORLD"]}).notes
        assert notes == ["no article has section 'wrold': did you mean World?"]
        assert archive.search("rain", filters={"date": "2021", "section": "world"}).notes == []


def test_filters_of_other_methods(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add([{"id": "a", "title": "Rain", "section": "World"}])
        failed = archive.why_not("rain", "a", filters={"section": "sports"})
        assert failed == ["filter section: sports: its section is World"]
        assert archive.why_not("rain", "a", filters={"section": "world"}) == []
