"""Results as notebooks show them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.notebook import bars_html, lines_html


@pytest.fixture
def archive(tmp_path: Path) -> sl.Archive:
    archive = sl.Archive.create(tmp_path / "a", language="en")
    archive.add(
        {
            "id": f"a{n}",
            "title": "<b>Rain</b>",
            "body": f"Rain & wind {n}.",
            "section": f"s{n % 40}",
        }
        for n in range(100)
    )
    return archive


def test_results_are_escaped_and_marked(archive: sl.Archive) -> None:
    html = archive.search("wind", limit=3, facets=["section"])._repr_html_()
    assert "<b>100</b> for <code>" in html
    assert html.count("<mark>wind</mark>") == 3
    assert "&lt;b&gt;Rain&lt;/b&gt;" in html
    assert "Rain &amp; <mark>" in html
    assert "10 more values" in html
    assert "<b>0</b>" in archive.search("klingon")._repr_html_()


def test_stories_and_archives(tmp_path: Path) -> None:
    text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
    with sl.Archive.create(tmp_path / "b", stories=True, language="en") as archive:
        archive.add([{"id": "1", "body": text, "section": "<x>"}, {"id": "2", "body": text},
                     {"id": "3", "body": "Rain."}])  # fmt: skip
        html = archive.search("rain", facets=["section"])._repr_html_()
        assert ("<b>3</b>" in html, "copies" in html, "stories" in html) == (True, False, False)
        html = archive.search("rain", facets=["section"], collapse="story")._repr_html_()
        assert "<b>2 stories (3 articles)</b> for" in html
        assert re.findall("<small>([^<]*)</small><br>", html) == ["", "&lt;x&gt; 2 copies"]
        right = '<td style="text-align:right">1</td>'
        assert "<b>section</b> <small>(articles, stories)</small>" in html
        assert f"<td>&lt;x&gt;</td>{right}{right}<td" in html
        html = archive.search("heavy", limit=0, collapse="story")._repr_html_()
        assert "<b>1 story (2 articles)</b> for" in html
    with sl.open_many([tmp_path / "b"]) as archives:
        html = archives.search("rain", limit=1, sort="-id")._repr_html_()
        assert re.findall("<small>([^<]*)</small><br>", html) == [str(tmp_path / "b")]


def test_bars() -> None:
    html = bars_html("a<b", [("x", 4), ("y", 1)], 7)
    assert "a&lt;b" in html
    assert ("width:100%" in html, "width:25%" in html, "7 without" in html) == (True, True, True)
    assert bars_html("a", [], 0).endswith("<table></table></div>")


@pytest.mark.parametrize(
    ("values", "more"), [(30, ""), (31, "1 more value"), (32, "2 more values")]
)
def test_bars_of_many_values(values: int, more: str) -> None:
    html = bars_html("a", [(f"v{n}", 1) for n in range(values)], 0)
    assert html.count("<tr>") == 30
    assert re.findall("<small>(.*)</small>", html) == ([more] if more else [])


@pytest.mark.parametrize(
    ("counts", "widths"), [([200, 100, 1, 0], [100, 50, 1, 1]), ([1000, 15, 14], [100, 2, 1])]
)
def test_no_bar_is_too_small_to_be_seen(counts: list[int], widths: list[int]) -> None:
    html = bars_html("a", [(f"v{n}", n) for n in counts], 0)
    assert list(map(int, re.findall("width:([0-9]+)%", html))) == widths


def test_cells_of_lines() -> None:
    rows = [{"period": "<2022>", "total": 1234, "rain": 0.25}]
    right = '<td style="text-align:right">'
    assert lines_html(rows) == (
        "<table><tr><th>period</th><th>total</th><th>rain</th></tr><tr><td>&lt;2022&gt;</td>"
        f"{right}1,234</td>{right}25.0%</td></tr></table>"
    )
    assert lines_html([]) == "<table><tr></tr></table>"
