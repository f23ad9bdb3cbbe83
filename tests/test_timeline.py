"""Queries over time, against counts made in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.timeline import periods_between

ARTICLES = st.lists(
    st.tuples(
        st.sets(st.sampled_from(["rain", "snow"])),
        st.dates(min_value=date(2020, 1, 1),
                 max_value=date(2022, 12, 31)),
    ),
    max_size=15,
)  # fmt: skip


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ARTICLES, st.sampled_from(["year", "month", "quarter", "weekday"]))
def test_counts_and_totals(
    tmp_path_factory: pytest.TempPathFactory, articles: list[tuple[set[str], date]], by: str
) -> None:
    def period(day: date) -> str:
        if by == "quarter":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        return day.strftime({"year": "%Y", "month": "%Y-%m", "weekday": "%A"}[by])

    with sl.Archive.create(tmp_path_factory.mktemp("t"), language="en") as archive:
        archive.add(
            {"id": n, "title": " ".join(words), "date": day.isoformat()}
            for n, (words, day) in enumerate(articles)
        )
        line = archive.timeline({"R": "rain", "S": "title:snow"}, by=by)  # type: ignore[arg-type]
    assert (line.field, line.by) == ("date", by)
    totals = Counter(period(day) for _, day in articles)
    assert dict(zip(line.periods, line.totals)) == {p: totals[p] for p in line.periods}
    for name, word in (("R", "rain"), ("S", "snow")):
        right = Counter(period(day) for words, day in articles if word in words)
        found = dict(zip(line.periods, line.counts[name], strict=True))
        assert {p: n for p, n in found.items() if n} == right
        shares = dict(zip(line.periods, line.shares[name], strict=True))
        assert all(shares[p] == n / totals[p] for p, n in right.items())
    if line.periods:
        ends = line.periods[0], line.periods[-1]
        assert all(any(line.counts[n][line.periods.index(p)] for n in "RS") for p in ends)


def test_rows_and_names(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        dates = ["2021-11", "2022-02", None]
        archive.add({"id": n, "title": "Rain", "date": day} for n, day in enumerate(dates))
        line = archive.timeline("rain")
        assert line.periods == ("2021-11", "2021-12", "2022-01", "2022-02")
        assert line.to_dicts(share=True)[1] == {"period": "2021-12", "total": 0, "rain": 0.0}
        request = sl.SearchRequest("rain", limit=3, sort="date", filters={"date": "2022"})
        assert archive.timeline({"now": request}).counts == {"now": (1,)}
        assert archive.timeline(["klingon"]).periods == ()
        with pytest.raises(sl.ArgumentError, match="counted by"):
            archive.timeline("rain", by="fortnight")  # type: ignore[arg-type]
    with (
        sl.Archive.create(tmp_path / "b", sl.Schema(id=sl.Key())) as archive,
        pytest.raises(sl.ArgumentError, match="no dates"),
    ):
        archive.timeline("rain")


def test_gaps_are_filled_within_reason() -> None:
    assert periods_between(["2022-02-27", "2022-03-02"], "day") == [
        "2022-02-27", "2022-02-28", "2022-03-01", "2022-03-02"
    ]  # fmt: skip
    assert periods_between(["0001", "0003"], "year") == ["0001", "0002", "0003"]
    assert periods_between(["0001-01-01", "2024-01-01"], "day") == ["0001-01-01", "2024-01-01"]
    assert periods_between([], "month") == []


def test_a_timeline_of_shares(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add(
            {"id": n, "title": "Rain" if n % 2 else "Sun", "date": "2022"} for n in range(4)
        )
        line = archive.timeline(["rain"], by="year", share=True)
        assert line.to_dicts() == [{"period": "2022", "total": 4, "rain": 0.5}]
        assert line.to_dicts(share=False)[0]["rain"] == 2
        assert line.counts == {"rain": (2,)}
        assert archive.timeline(["rain"], by="year").to_dicts(share=True) == line.to_dicts()


def test_articles_without_a_date_are_counted_beside_the_periods(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": 1, "title": "Rain"}, {"id": 2, "title": "Rain", "date": "2022"},
                     {"id": 3, "title": "Snow", "date": "2022-05"}])  # fmt: skip
        assert archive.timeline(["rain", "snow"], by="year").missing == {"rain": 1, "snow": 0}
        line = archive.timeline(["rain", "snow"], by="month")
        assert (line.missing, line.periods) == ({"rain": 2, "snow": 0}, ("2022-05",))
        assert "without a month" in line._repr_html_()
        assert "without" not in archive.timeline(["snow"], by="month")._repr_html_()
        with pytest.raises(sl.ArgumentError, match="'section' is no field of dates; there is date"):
            archive.timeline(["rain"], field="section")


def test_weeks_and_quarters_without_an_article(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": 1, "title": "Rain", "date": "2022-12-20"},
                     {"id": 2, "title": "Rain", "date": "2023-01-10"}])  # fmt: skip
        line = archive.timeline(["rain"], by="week")
        assert line.periods == ("2022-W51", "2022-W52", "2023-W01", "2023-W02")
        assert line.counts == {"rain": (1, 0, 0, 1)}
        counts = archive.search("rain", facets=["date:week"]).facets["date:week"]
        assert [row["value"] for row in counts.plot().spec["data"]["values"]] == list(line.periods)
        assert counts.values() == ["2022-W51", "2023-W02"]


@pytest.mark.parametrize(
    ("by", "first", "last", "count"),
    [
        ("year", "2023", "2024", 2), ("year", "0009", "0011", 3),
        ("month", "2023-12", "2024-01", 2), ("month", "2023-01", "2023-12", 12),
        ("month", "2023-11", "2025-02", 16),
        ("day", "2024-02-28", "2024-03-01", 3), ("day", "2023-02-28", "2023-03-01", 2),
        ("day", "2000-01-01", "2054-10-03", 20_000),
        ("day", "2000-01-01", "2054-10-04", 2),  # one more would be too many: none is filled in
        ("week", "2023-W01", "2023-W09", 9), ("week", "2020-W52", "2021-W01", 3),
        ("week", "2021-W52", "2022-W01", 2), ("week_of", "2023-12-25", "2024-01-08", 3),
        ("quarter", "2023-Q3", "2024-Q2", 4), ("decade", "1990s", "2020s", 4),
        ("decade", "0000s", "0020s", 3),
        ("weekday", "Friday", "Sunday", 2), ("hour", "01", "09", 2),
    ],
)  # fmt: skip
def test_the_periods_between(by: str, first: str, last: str, count: int) -> None:
    periods = periods_between([first, last], by)
    assert (periods[0], periods[-1], len(periods)) == (first, last, count)
    assert periods == sorted(set(periods))
    assert periods_between([first], by) == [first]
    if by == "day" and count > 2:
        days = [date.fromisoformat(period).toordinal() for period in periods]
        assert days == list(range(days[0], days[0] + count))


def test_the_first_day_of_each_week() -> None:
    for year in range(2014, 2031):
        first, last = date(year, 12, 10), date(year + 1, 1, 25)
        days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
        weeks = dict.fromkeys(f"{day.isocalendar()[0]}-W{day.isocalendar()[1]:02}" for day in days)
        assert periods_between([min(weeks), max(weeks)], "week") == list(weeks)


def test_rows_of_shares_have_a_type_of_their_own() -> None:
    pytest.importorskip("polars")
    line = sl.Timeline("date", "year", ("2022",), {"rain": (1,), "total": (0,)}, (1,))
    assert not line.share
    for share, kind in ((None, "Int64"), (False, "Int64"), (True, "Float64")):
        schema = {name: str(one) for name, one in line.to_polars(share=share).schema.items()}
        assert schema == {"period": "String", "total": "Int64", "rain": kind, "total (query)": kind}


def test_what_has_no_date_in_notebooks() -> None:
    missing = {"rain": 1200}
    line = sl.Timeline("date", "day", ("2022",), {"rain": (1,), "snow": (5,)}, (1,), False, missing)
    right = '<td style="text-align:right">'
    row = f"<tr><td>without a day</td><td></td>{right}1,200</td>{right}0</td></tr>"
    assert line._repr_html_().endswith(f"{row}</table>")
    assert (
        "without"
        not in sl.Timeline(
            "date", "day", ("2022",), {"rain": (1,)}, (1,), False, {"rain": 0}
        )._repr_html_()
    )


def test_queries_called_as_a_column_and_filters(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add(
            [
                {"id": "a", "title": "A total of rain", "section": "x", "date": "2022"},
                {"id": "b", "title": "Rain", "section": "y", "date": "2022"},
                {"id": "c", "title": "Rain", "section": "y", "date": "2023"},
            ]
        )
        rows = archive.timeline(["total", "period", "rain"], by="year").to_dicts()
        assert rows[0] == {
            "period": "2022", "total": 2, "total (query)": 1, "period (query)": 0, "rain": 2,
        }  # fmt: skip
        narrowed = archive.timeline(["rain"], by="year", filters={"section": "y"})
        assert (narrowed.counts["rain"], narrowed.totals) == ((1, 1), (1, 1))
