"""Results and counts as HTML, for notebooks. It is readable on white and on black."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["bars_html", "explanation_html", "hits_html", "lines_html", "score_text", "table_html"]

_SHOWN = 30  # values of a facet
_BAR = "display:inline-block;height:0.8em;background:#4c78a8;vertical-align:baseline"


def bars_html(
    name: str, counts: Sequence[tuple[str, int]], missing: int,
    stories: Mapping[str, int] | None = None,
) -> str:  # fmt: skip
    """A bar for each value, the longest for the highest count; ``stories`` of the values stand
    beside their counts.

    >>> "<td>world</td>" in bars_html("section", [("world", 3)], 0)
    True
    """
    most = max((count for _, count in counts), default=1)
    titles = "" if stories is None else " <small>(articles, stories)</small>"
    rows = "".join(
        f"<tr><td>{escape(value)}</td>{_cell(count)}"
        f"{'' if stories is None else _cell(stories.get(value, 0))}"
        f'<td style="text-align:left;min-width:12em">'
        f'<span style="{_BAR};width:{max(1, round(100 * count / most))}%"></span></td></tr>'
        for value, count in counts[:_SHOWN]
    )
    left = len(counts) - _SHOWN
    more = [f"{left:,} more value{'s' * (left > 1)}"] if left > 0 else []
    more += [f"{missing:,} without"] if missing else []
    note = f"<div><small>{', '.join(more)}</small></div>" if more else ""
    return f"<div><b>{escape(name)}</b>{titles}<table>{rows}</table>{note}</div>"


def score_text(score: float) -> str:
    """A score for people, with four digits; what is less than 0.001 with a power of ten.

    >>> score_text(1.5), score_text(0.0), score_text(0.000012)
    ('1.5000', '0.0000', '1.2e-05')
    """
    return f"{score:.1e}" if 0 < abs(score) < 0.001 else f"{score:.4f}"


def explanation_html(what: str, score: float, matched: bool, parts: Iterable[Any]) -> str:
    """A score and its parts, as a list within a list.

    >>> explanation_html("rain", 1.5, True, [])
    '<ul><li><b>1.5000</b> rain</li></ul>'
    """
    own = f"<b>{score_text(score)}</b> {escape(what)}"
    shown = own if matched else f"<small>– {escape(what)}</small>"
    inner = "".join(part._repr_html_() for part in parts)
    return f"<ul><li>{shown}{inner}</li></ul>"


def table_html(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and values.

    >>> table_html([("articles", "9,000")])
    '<table><tr><td>articles</td><td style="text-align:right">9,000</td></tr></table>'
    """
    cells = "".join(
        f'<tr><td>{escape(name)}</td><td style="text-align:right">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table>{cells}</table>"


def lines_html(rows: Sequence[Mapping[str, Any]]) -> str:
    """A row for each period with the counts of each query, or their shares.

    >>> lines_html([{"period": "2022", "total": 4, "rain": 0.5}]).count("<td")
    3
    """
    head = "".join(f"<th>{escape(str(name))}</th>" for name in (rows[0] if rows else ()))
    body = "".join(f"<tr>{''.join(map(_cell, row.values()))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"<td>{escape(value)}</td>"
    text = f"{value:.1%}" if isinstance(value, float) else f"{value:,}"
    return f'<td style="text-align:right">{text}</td>'


def hits_html(
    query: str, found: str, first: int, hits: Iterable[tuple[str, str, str]], facets: Iterable[str],
    notes: Iterable[str],
) -> str:  # fmt: skip
    """A table of hits: title, what stands below it, and a snippet that is HTML already; the HTML of
    facets comes after them. Before them stands how many were found.

    >>> "<b>Rain</b>" in hits_html("rain", "1", 1, [("Rain", "2022", "<mark>rain</mark>")], [], [])
    True
    """
    rows = "".join(
        f'<tr><td style="vertical-align:top">{number}</td><td style="text-align:left">'
        f"<b>{escape(title)}</b> <small>{escape(below)}</small><br>{snippet}</td></tr>"
        for number, (title, below, snippet) in enumerate(hits, first)
    )
    said = "".join(f"<div><small>{escape(note)}</small></div>" for note in notes)
    return (
        f"<div><b>{escape(found)}</b> for <code>{escape(query)}</code>{said}"
        f"<table>{rows}</table>{''.join(facets)}</div>"
    )
