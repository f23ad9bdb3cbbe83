"""Pictures of counts: a specification in Vega-Lite that notebooks draw, or axes of matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["Chart", "bar_chart", "draw_bars", "draw_lines", "line_chart"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_WIDTH = 480  # pixels


@dataclass(frozen=True)
class Chart:
    """A picture that a notebook draws: ``spec`` is Vega-Lite; ``html`` is shown by notebooks that
    do not draw it.

    >>> bar_chart("section", [("world", 3)], "").spec["mark"]
    'bar'
    """

    spec: dict[str, Any]
    html: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "application/vnd.vegalite.v5+json": self.spec,
            "text/html": self.html,
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"<Chart of {len(self.spec['data']['values']):,} values>"


def bar_chart(title: str, counts: Sequence[tuple[str, int]], html: str) -> Chart:
    """A horizontal bar for each value, in the order given."""
    values = [{"value": value, "articles": count} for value, count in counts]
    spec = {
        "$schema": _SCHEMA, "title": title, "width": _WIDTH, "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "y": {"field": "value", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "articles", "type": "quantitative"},
            "tooltip": [{"field": "value"}, {"field": "articles"}],
        },
    }  # fmt: skip
    return Chart(spec, html)


def line_chart(title: str, rows: Sequence[dict[str, Any]], *, measure: str, html: str) -> Chart:
    """A line for each query over the periods; ``rows`` as ``Timeline.to_dicts`` gives them, of a
    ``measure``: "share", "articles" or "stories"."""
    values = [
        {"period": row["period"], "query": name, measure: value}
        for row in rows
        for name, value in row.items()
        if name not in ("period", "total")
    ]
    vertical: dict[str, Any] = {"field": measure, "type": "quantitative"}
    if measure == "share":
        vertical["axis"] = {"format": "%"}
    spec = {
        "$schema": _SCHEMA, "title": title, "width": _WIDTH, "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "period", "type": "ordinal", "title": None},
            "y": vertical,
            "color": {"field": "query", "type": "nominal", "sort": None},
            "tooltip": [{"field": "period"}, {"field": "query"}, {"field": measure}],
        },
    }  # fmt: skip
    return Chart(spec, html)


def draw_bars(title: str, counts: Sequence[tuple[str, int]], axes: Any = None) -> Any:
    """The bars on axes of matplotlib, which must be installed; new ones if none are given."""
    axes = axes or import_module("matplotlib.pyplot").subplots()[1]
    values = [value for value, _ in counts]
    axes.barh(range(len(values)), [count for _, count in counts], tick_label=values)
    axes.invert_yaxis()  # the first value at the top
    axes.set_title(title)
    axes.set_xlabel("articles")
    return axes


def draw_lines(
    title: str, periods: Sequence[str], lines: dict[str, Sequence[float]], measure: str,
    axes: Any = None,
) -> Any:  # fmt: skip
    """The lines on axes of matplotlib, which must be installed; new ones if none are given."""
    axes = axes or import_module("matplotlib.pyplot").subplots()[1]
    for name, values in lines.items():
        axes.plot(range(len(periods)), list(values), marker="o", label=name)
    step = max(1, len(periods) // 12)
    axes.set_xticks(range(0, len(periods), step), list(periods)[::step], rotation=45, ha="right")
    axes.set_title(title)
    axes.set_ylabel(measure)
    axes.legend()
    return axes
