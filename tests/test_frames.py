"""Results and counts in pandas, polars and Arrow. Each part is skipped where its library is not."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.frames import instant

RECORDS: list[dict[str, Any]] = [
    {"id": "a", "title": "Rain", "date": "2022-05-03T10:00+02:00", "section": "x", "stars": 2},
    {"id": "b", "title": "Rain", "date": "0201-01-01", "authors": ["A", "B"], "stars": "many"},
    {"id": "c", "title": "Rain", "date": "2022"},
    {"id": "d", "title": "Rain"},
]
INSTANTS = {
    "a": datetime(2022, 5, 3, 8, tzinfo=UTC), "b": datetime(201, 1, 1, tzinfo=UTC),
    "c": datetime(2022, 1, 1, tzinfo=UTC), "d": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path_factory.mktemp("frames") / "a", language="en") as archive:
        archive.add(RECORDS)
        yield archive


def test_dates_of_hits(archive: sl.Archive) -> None:
    for hit in archive.search("rain"):
        assert hit.datetime() == INSTANTS[hit.id]
    first = archive.search("id:a")[0].datetime()
    assert first is not None
    assert first.isoformat() == "2022-05-03T10:00:00+02:00"  # in the offset as written
    with pytest.raises(sl.UnknownKey):
        archive.search("id:a")[0].datetime("nowhere")
    assert instant(3) is None
    assert instant("soon") is None
    assert instant("9999-12-31T23:30-05:00") is None or instant("9999") is not None


def test_dates_without_a_zone_are_of_the_zone_of_the_archive(tmp_path: Path) -> None:
    zone = "America/New_York"
    with sl.Archive.create(tmp_path / "a", zone=zone, language="en") as archive:
        archive.add(
            [
                {"id": "a", "title": "Rain", "date": "2024-05-01T04:47"},
                {"id": "b", "title": "Rain", "date": "2024-05-01T04:47Z"},
                {"id": "c", "title": "Rain", "date": "2024-01"},
                {"id": "d", "title": "Rain", "date": "9999-12-31T23:30"},  # beyond the years in UTC
            ]
        )
        results = archive.search("rain", sort="id")
        copied = pickle.loads(pickle.dumps(results))
        for hits in (results, copied):
            texts = [one and one.isoformat() for one in (hit.datetime() for hit in hits)]
            assert texts == ["2024-05-01T04:47:00-04:00", "2024-05-01T04:47:00+00:00",
                             "2024-01-01T00:00:00-05:00", None]  # fmt: skip
    instants = [datetime(2024, 5, 1, 8, 47, tzinfo=UTC), datetime(2024, 5, 1, 4, 47, tzinfo=UTC),
                datetime(2024, 1, 1, 5, tzinfo=UTC), None]  # fmt: skip
    pandas = pytest.importorskip("pandas")
    column = copied.to_pandas()["date"]
    assert [None if pandas.isna(one) else one.to_pydatetime() for one in column] == instants
    assert copied.to_polars()["date"].to_list() == instants
    arrow = pytest.importorskip("pyarrow")
    assert arrow.table(copied)["date"].to_pylist() == instants


def test_tables_have_the_same_types_whatever_is_found(tmp_path: Path) -> None:
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    schema = sl.Schema(
        id=sl.Key(), title=sl.Text(), tags=sl.Keyword(many=True), section=sl.Keyword(),
        date=sl.Date(), stars=sl.Number(), notes=sl.Stored(),
    )  # fmt: skip
    with sl.Archive.create(tmp_path / "a", schema, language="en") as archive:
        archive.add(
            [
                {"id": "a", "title": "Rain"},
                {"id": "b", "title": "Snow", "tags": ["x"], "section": "s", "date": "2024",
                 "stars": 3, "notes": "n"},
            ]
        )  # fmt: skip
        pages = [archive.search(query) for query in ("rain", "snow", "nothing")]
        names = ["rank", "score", *schema.fields]
        typed = [name for name in names if name != "notes"]  # a stored value may be anything
        for frame in (page.to_polars() for page in pages):
            assert frame.columns == names
            assert frame.select(typed).schema == pages[1].to_polars().select(typed).schema
        assert polars.concat([page.to_polars().select(typed) for page in pages]).height == 2
        tables = [arrow.table(page).select(typed) for page in pages]
        assert arrow.concat_tables(tables).num_rows == 2
        frames = [page.to_pandas() for page in pages]
        assert [list(frame.columns) for frame in frames] == [names] * 3
        assert pandas.concat(frames)["stars"].dtype == "float64"
        assert list(frames[2]["title"].str.lower()) == []
    assert frames[2]["tags"].dtype == frames[1]["tags"].dtype == "object"


def test_a_column_of_zeros_is_one_of_numbers(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": n, "title": "Rain", "stars": 0, "rest": None} for n in range(2)])
        frame = archive.search("rain").to_pandas()
        assert frame["stars"].dtype == "int64"
        assert frame["url"].dtype == "object"  # of nothing
        archive.add([{"id": 2, "title": "Rain", "seen": 3}])
        # With one that is missing, numbers stay numbers.
        assert archive.search("rain").to_pandas()["seen"].dtype == "float64"


def test_pandas(archive: sl.Archive) -> None:
    pandas = pytest.importorskip("pandas")
    results = archive.search("rain", sort="id", facets=["section"])
    frame = results.to_pandas()
    assert str(frame["date"].dtype) == "datetime64[us, UTC]"
    assert [None if pandas.isna(one) else one.to_pydatetime() for one in frame["date"]] == list(
        INSTANTS.values()
    )
    assert list(frame["title"]) == ["Rain"] * 4
    plain = pandas.DataFrame(results)
    assert list(plain["id"]) == ["a", "b", "c", "d"]
    assert plain["date"][0] == RECORDS[0]["date"]
    assert results.facets["section"].to_pandas().to_dict() == {"x": 1}
    assert len(archive.search("nothing").to_pandas()) == 0
    line = archive.timeline(["rain"], by="year").to_pandas()
    assert line.loc["2022", "rain"] == 2


def test_polars(archive: sl.Archive) -> None:
    polars = pytest.importorskip("polars")
    results = archive.search("rain", sort="id", facets=["section"])
    frame = results.to_polars()
    assert frame["date"].to_list() == list(INSTANTS.values())
    assert frame["authors"].to_list() == [None, ["A", "B"], None, None]
    assert polars.DataFrame(results).height == 4
    assert results.facets["section"].to_polars().to_dicts() == [{"value": "x", "count": 1}]
    assert archive.timeline(["rain"], by="year").to_polars().height >= 2
    assert archive.search("nothing").to_polars().height == 0


def test_arrow(archive: sl.Archive) -> None:
    arrow = pytest.importorskip("pyarrow")
    results = archive.search("rain", sort="id", facets=["section"])
    table = arrow.table(results)
    assert table["date"].to_pylist() == list(INSTANTS.values())
    assert table["stars"].to_pylist() == ["2", "many", None, None]  # of several kinds: as text
    assert arrow.table(results.facets["section"]).to_pylist() == [{"value": "x", "count": 1}]
    assert arrow.table(archive.timeline(["rain"], by="year")).column_names == [
        "period", "total", "rain",
    ]  # fmt: skip
    assert arrow.table(archive.search("nothing")).num_rows == 0


def test_all_fields_of_the_schema_are_columns(archive: sl.Archive) -> None:
    pandas = pytest.importorskip("pandas")
    frame = archive.search("rain", limit=1, sort="-id").to_pandas()
    assert list(frame["id"]) == ["d"]
    assert list(frame.columns) == ["rank", "score", *archive.schema.fields]
    assert pandas.isna(frame["date"][0])
    assert frame["section"][0] is None


def test_years_between_others_are_rows(archive: sl.Archive) -> None:
    pytest.importorskip("pandas")
    counts = sl.FacetCounts("date:year", [("2020", 1), ("2023", 2)])
    assert counts.to_pandas().to_dict() == {"2020": 1, "2021": 0, "2022": 0, "2023": 2}
    for facet in ("date:year,order=count", "date:year,limit=5", "date:year,min=1", "section"):
        chosen = sl.FacetCounts(facet, [("2020", 1), ("2023", 2)])
        assert chosen.with_empty() == chosen
