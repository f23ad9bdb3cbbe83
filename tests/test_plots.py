"""Pictures: what a notebook is given to draw, and axes of matplotlib."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import searchlib as sl


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
