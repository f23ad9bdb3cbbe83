"""Pictures: what a notebook is given to draw, and axes of matplotlib."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

import searchlib as sl
from searchlib.plots import draw_bars, draw_lines, line_chart


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path_factory.mktemp("plots") / "a", language="en") as archive:
        archive.add([
            {"id": n, "title": f"Rain <{n}>", "date": f"202{n % 3}", "section": "x" * (1 + n % 2)}
            for n in range(9)
        ])  # fmt: skip
        yield archive


def test_bars(archive: sl.Archive) -> None:
    counts = archive.search("rain", facets=["section"]).facets["section"]
    bundle = counts.plot()._repr_mimebundle_()
    spec = json.loads(json.dumps(bundle["application/vnd.vegalite.v5+json"]))
    assert spec["data"]["values"] == [
        {"value": "x", "articles": 5}, {"value": "xx", "articles": 4},
    ]  # fmt: skip
    assert {spec["encoding"][axis]["field"] for axis in "xy"} == {"value", "articles"}
    assert bundle["text/html"] == counts._repr_html_()
    assert bundle["text/plain"] == "<Chart of 2 values>"


def test_lines(archive: sl.Archive) -> None:
    line = archive.timeline(["rain", "snow"], by="year")
    spec = line.plot(share=True).spec
    assert spec["encoding"]["y"]["axis"] == {"format": "%"}
    assert {(one["period"], one["query"]): one["share"] for one in spec["data"]["values"]} == {
        (period, name): share
        for name, shares in line.shares.items()
        for period, share in zip(line.periods, shares, strict=True)
    }
    assert line.plot().spec["data"]["values"][0]["articles"] == 3
    assert "<th>snow</th>" in line._repr_html_()


def test_explanations_and_figures_in_notebooks(archive: sl.Archive) -> None:
    html = archive.explain("rain OR snow", "1")._repr_html_()
    assert html.count("<ul>") == html.count("</ul>") > 2
    assert "rain" in html
    assert "<td>title</td>" in archive.stats()._repr_html_()


def test_matplotlib(archive: sl.Archive) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    counts = archive.search("rain", facets=["section"]).facets["section"]
    axes = counts.plot(matplotlib=True)
    assert [bar.get_width() for bar in axes.patches] == [5, 4]
    line = archive.timeline(["rain", "snow"], by="year")
    axes = line.plot(ax=matplotlib.pyplot.subplots()[1])
    assert [list(one.get_ydata()) for one in axes.lines] == [[3, 3, 3], [0, 0, 0]]
    matplotlib.pyplot.close("all")


class _Axes:
    """Notes what is asked of axes of matplotlib."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        def method(*arguments: Any, **options: Any) -> None:
            plain = (list(one) if isinstance(one, range) else one for one in arguments)
            self.asked.append((name, *plain, *options.values()))

        return method


@pytest.fixture
def new_axes(monkeypatch: pytest.MonkeyPatch) -> _Axes:
    """The axes that matplotlib makes, if it is asked for some."""
    axes = _Axes()
    module = SimpleNamespace(subplots=lambda: ("a figure", axes))
    monkeypatch.setitem(sys.modules, "matplotlib", SimpleNamespace(pyplot=module))
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", module)
    return axes


BARS = [
    ("barh", [0, 1], [3, 1], ["World", "Arts"]), ("invert_yaxis",), ("set_title", "section"),
    ("set_xlabel", "articles"),
]  # fmt: skip


def test_bars_on_axes(new_axes: _Axes) -> None:
    counts = sl.FacetCounts("section", [("World", 3), ("Arts", 1)])
    own = _Axes()
    assert draw_bars("section", list(counts), own) is own
    assert counts.plot(ax=own) is own
    assert (own.asked, new_axes.asked) == (BARS * 2, [])
    assert counts.plot(matplotlib=True) is new_axes
    assert new_axes.asked == BARS


@pytest.mark.parametrize(("periods", "step"), [(1, 1), (12, 1), (23, 1), (24, 2), (40, 3)])
def test_lines_on_axes(new_axes: _Axes, periods: int, step: int) -> None:
    years = [str(2000 + n) for n in range(periods)]
    own = _Axes()
    for axes, given in ((own, own), (new_axes, None)):
        lines = {"rain": (1.0,) * periods, "snow": (0.5,) * periods}
        assert draw_lines("date by year", years, lines, "share", given) is axes
        assert axes.asked == [
            ("plot", [*range(periods)], [1.0] * periods, "o", "rain"),
            ("plot", [*range(periods)], [0.5] * periods, "o", "snow"),
            ("set_xticks", [*range(0, periods, step)], years[::step], 45, "right"),
            ("set_title", "date by year"), ("set_ylabel", "share"), ("legend",),
        ]  # fmt: skip


def test_pictures_of_timelines(new_axes: _Axes) -> None:
    counts, totals = {"rain": (3, 1)}, (4, 10)
    line = sl.Timeline("date", "year", ("2022", "2023"), counts, totals)
    for share, measure, values in ((None, "articles", [3, 1]), (True, "share", [0.75, 0.1])):
        for options in ({"ax": _Axes()}, {"matplotlib": True}):
            axes = line.plot(share=share, **options)  # type: ignore[arg-type]
            assert axes is options.get("ax", new_axes)
            assert axes.asked[0] == ("plot", [0, 1], values, "o", "rain")
            assert axes.asked[2:4] == [("set_title", "date by year"), ("set_ylabel", measure)]
            axes.asked.clear()
        spec = line.plot(share=share).spec
        assert (spec["title"], spec["width"]) == ("date by year", 480)
        assert spec["mark"] == {"type": "line", "point": True}
        assert [one[measure] for one in spec["data"]["values"]] == values
        assert spec["encoding"]["y"] == {"field": measure, "type": "quantitative"} | (
            {"axis": {"format": "%"}} if share else {}
        )
    of_stories = replace(line, counted="stories").plot().spec["encoding"]["y"]
    assert of_stories == {"field": "stories", "type": "quantitative"}


def test_a_chart_of_lines_has_neither_periods_nor_totals_as_lines() -> None:
    rows = [{"period": "2022", "total": 7, "rain": 3, "snow": 2}]
    chart = line_chart("t", rows, measure="articles", html="<p>")
    assert chart.spec["data"]["values"] == [
        {"period": "2022", "query": "rain", "articles": 3},
        {"period": "2022", "query": "snow", "articles": 2},
    ]
    assert (repr(chart), chart.html) == ("<Chart of 2 values>", "<p>")
