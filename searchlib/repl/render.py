"""What the prompt and the command line show: plain values -> something rich can print.

Nothing here prints. Whatever comes out of an article passes through ``printable`` or a snippet,
so no text can steer the terminal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from searchlib.errors import QueryError
from searchlib.highlight import printable
from searchlib.schema import Date, Keyword, Schema, Stored
from searchlib.schema import Text as TextField

if TYPE_CHECKING:
    from searchlib.results import FacetCounts, Hit, Results

__all__ = [
    "Layout",
    "article",
    "facets",
    "listing",
    "no_hits",
    "plain",
    "problem",
    "results",
    "stats",
    "table",
    "timeline",
    "took",
    "when",
]

_MARGIN = 6  # columns for the rank and the blanks beside it
_LINES = 3  # of a snippet
_BAR = 24  # columns of the longest bar of a facet
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fields of a schema are shown where; None where it has no such field.

    >>> from searchlib.schema import NEWS
    >>> Layout.of(NEWS)
    Layout(title='title', body='body', date='date', about=('source', 'section'))
    """

    title: str | None
    body: str | None
    date: str | None
    about: tuple[str, ...]

    @classmethod
    def of(cls, schema: Schema) -> Layout:
        """The layout for a schema: the usual names first, else the first of a kind."""
        texts, dates = schema.names(TextField), schema.names(Date)
        single = [n for n in schema.names(Keyword) if not getattr(schema.fields[n], "many", False)]
        title = "title" if "title" in texts else texts[0] if len(texts) > 1 else None
        bodies = [name for name in texts if name != title]
        usual = tuple(name for name in ("source", "section") if name in single)
        return cls(
            title=title,
            body="body" if "body" in bodies else next(iter(bodies), None),
            date="date" if "date" in dates else next(iter(dates), None),
            about=usual or tuple(single[:2]),
        )


def when(value: Any) -> str:
    """A stored date as it is shown.

    >>> when("2022-08-31T09:20+08:00"), when("2022-08")
    ('2022-08-31 09:20 +08:00', '2022-08')
    """
    day, _, time = printable(str(value)).partition("T")
    for sign in "+-":
        time = time.replace(sign, f" {sign}")
    return f"{day} {time}".rstrip()


def plain(value: Any) -> str:
    """A stored value in one line.

    >>> plain(["Ann Lee", "Bo Li"])
    'Ann Lee, Bo Li'
    """
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(one) for one in value)
    return printable(str(value))


def results(found: Results, layout: Layout, width: int) -> RenderableType:
    """A page of results: notes, hits with snippets, and a footer with the totals."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", style="dim", no_wrap=True, min_width=3)
    grid.add_column(overflow="fold")
    for hit in found:
        grid.add_row(str(hit.rank), _hit(hit, layout, width))
        grid.add_row()
    return Group(*_notes(found), grid, _footer(found))


def _notes(found: Results) -> Iterator[Text]:
    for note in found.notes:
        yield Text(printable(note), style="italic cyan")


def _hit(hit: Hit, layout: Layout, width: int) -> Text:
    room = max(20, width - _MARGIN)
    title = Text()
    if layout.title and hit.get(layout.title):
        title = Text.from_ansi(hit.snippet(layout.title, width=2 * room, form="terminal"))
    block = title if title.plain else Text(printable(hit.id))
    block.stylize("bold")
    about = [when(hit[layout.date])] if layout.date and hit.get(layout.date) else []
    about += [plain(hit[name]) for name in layout.about if hit.get(name)]
    if about:
        block.append("\n" + " · ".join(about), style="dim")
    if layout.body and hit.get(layout.body):
        block.append("\n")
        block.append_text(
            Text.from_ansi(
                hit.snippet(layout.body, width=min(300, _LINES * room - 10), form="terminal")
            )
        )
    return block


def _footer(found: Results) -> Text:
    first, last = found.offset + 1, found.offset + len(found)
    shown = f"{first:,}" if first == last else f"{first:,} to {last:,}"
    if not len(found):
        shown = "none"
    elif last - first + 1 == found.total:
        shown = "all"
    return Text(f"{shown} of {found.total:,} in {took(found.took)}", style="dim")


def took(seconds: float) -> str:
    """A time as it is shown.

    >>> took(0.00034), took(0.25), took(3.2)
    ('0.34 ms', '250 ms', '3.2 s')
    """
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.2f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def no_hits(found: Results, better: str | None) -> RenderableType:
    """What is shown instead of results: what was understood, and a better query if there is one.

    ``better`` is a query that differs a little and finds something, or None.
    """
    lines = list(_notes(found))
    lines.append(Text(f"no hits in {took(found.took)}", style="dim"))
    if found.query:
        lines.append(Text.assemble(("understood: ", "dim"), printable(found.query)))
    if better:
        lines.append(Text.assemble("did you mean: ", (printable(better), "bold")))
    return Group(*lines)


def facets(counts: FacetCounts, top: int, *, unicode: bool = True) -> RenderableType:
    """The counts of a field's values: the ``top`` ones with a bar each, and what is left out."""
    rows = list(counts)[:top]
    largest = max((count for _, count in rows), default=0)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="ellipsis", no_wrap=True, max_width=40)
    grid.add_column(justify="right")
    grid.add_column()
    for value, count in rows:
        bar = Text(_bar(count, largest, _BAR, unicode=unicode), style="blue")
        grid.add_row(Text(printable(value)), f"{count:,}", bar)
    left = []
    if len(counts) > top:
        left.append(f"{len(counts) - top:,} more values")
    if counts.missing:
        left.append(f"{counts.missing:,} articles without")
    parts: list[RenderableType] = [Text(counts.field, style="bold"), Padding(grid, (0, 0, 0, 2))]
    if left:
        parts.append(Text("  " + "; ".join(left), style="dim"))
    return Group(*parts)


def timeline(counts: FacetCounts, width: int, *, unicode: bool = True) -> RenderableType:
    """A bar a month (or year, or day): aligned, scaled to the width, with the empty months."""
    rows = list(_unbroken(counts))
    if not rows:
        return Text("no dates", style="dim")
    largest = max(count for _, count in rows)
    digits = len(f"{largest:,}")
    room = max(10, width - len(rows[0][0]) - digits - 4)
    body = Text()
    for value, count in rows:
        body.append(value, style="dim")
        body.append(f"  {count:>{digits},}  ")
        body.append(_bar(count, largest, room, unicode=unicode).rstrip() + "\n", style="blue")
    body.append(f"{counts.field}: {sum(count for _, count in rows):,} articles", style="dim")
    if counts.missing:
        body.append(f"; {counts.missing:,} without", style="dim")
    return body


def _unbroken(counts: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The counts with 0 for the months or years between that have no article.

    >>> list(_unbroken([("2021-12", 3), ("2022-02", 1)]))
    [('2021-12', 3), ('2022-01', 0), ('2022-02', 1)]
    """
    known = dict(counts)
    parts = [tuple(map(int, value.split("-"))) for value in sorted(known)]
    if parts and all(len(part) == 1 for part in parts):
        every = (f"{year:04}" for year in range(parts[0][0], parts[-1][0] + 1))
    elif parts and all(len(part) == 2 for part in parts):
        (year, month), (last_year, last_month) = parts[0], parts[-1]
        span = range(12 * year + month - 1, 12 * last_year + last_month)
        every = (f"{m // 12:04}-{m % 12 + 1:02}" for m in span)
    else:
        every = iter(sorted(known))
    for value in every:
        yield value, known.get(value, 0)


def _bar(count: int, largest: int, room: int, *, unicode: bool) -> str:
    """A bar of at most ``room`` columns; a count above 0 is always seen.

    >>> _bar(3, 8, 4, unicode=True), _bar(1, 1000, 4, unicode=False)
    ('█▌', '#')
    """
    if not count:
        return ""
    if not unicode:
        return "#" * max(1, round(room * count / largest))
    whole, eighths = divmod(max(1, round(8 * room * count / largest)), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()


def article(
    record: Mapping[str, Any], schema: Schema, layout: Layout, title: str, body: str
) -> RenderableType:
    """A whole article. ``title`` and ``body`` are their terminal forms, with marks."""
    head = Text.from_ansi(title) if title else Text(plain(record.get(schema.key, "")))
    head.stylize("bold")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(style="dim", overflow="fold")
    for name, value in record.items():
        if name in (layout.title, layout.body):
            continue
        field = schema.fields.get(name, Stored())
        grid.add_row(name, when(value) if isinstance(field, Date) else plain(value))
    return Group(head, grid, Text(), Text.from_ansi(body))


def problem(error: Exception) -> RenderableType:
    """An error: for a query, the place in it with carets under it, the reason and the cure."""
    if not isinstance(error, QueryError):
        return Text.assemble(("error: ", "bold red"), printable(str(error)))
    lines = list(_pointer(error))
    lines.append(Text.assemble(("error: ", "bold red"), printable(error.message)))
    if error.cure:
        lines.append(Text.assemble(("   try: ", "bold green"), printable(error.cure)))
    return Group(*lines)


def _pointer(error: QueryError, room: int = 72) -> Iterator[Text]:
    """The query and a line of carets under the place: aligned for wide letters, cut if long."""
    if not error.text:
        return
    start, end = error.span
    before, at, after = (
        printable(part, lines=True).replace("\n", " ")
        for part in (error.text[:start], error.text[start:end], error.text[end:])
    )
    if cell_len(before) > room // 2:
        before = "…" + _last_cells(before, room // 2 - 1)
    if cell_len(at) > room // 2:
        at = set_cell_size(at, room // 2)
    if cell_len(before + at + after) > room:
        after = set_cell_size(after, max(0, room - cell_len(before + at) - 1)).rstrip() + "…"
    yield Text.assemble(before, (at, "bold red"), after, no_wrap=True)
    carets = "^" * max(1, cell_len(at))
    yield Text(" " * cell_len(before) + carets, style="bold red", no_wrap=True)


def _last_cells(text: str, room: int) -> str:
    while cell_len(text) > room:
        text = text[max(1, len(text) - room) :]
    return text


def table(rows: Sequence[tuple[str, str]]) -> RenderableType:
    """Names and values, one a line."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), Text(value))
    return grid


def listing(items: Sequence[str], first: int = 1) -> RenderableType:
    """Numbered lines."""
    digits = len(str(first + len(items)))
    return Text(
        "\n".join(f"{n:>{digits}}  {printable(item)}" for n, item in enumerate(items, first))
    )


def stats(found: Any) -> list[tuple[str, str]]:
    """The figures of an archive as names and values."""
    rows = []
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        if isinstance(value, Mapping):
            value = ", ".join(f"{name} {number}" for name, number in value.items())
        elif isinstance(value, int):
            value = f"{value:,}"
        if value is not None:
            rows.append((field.name, plain(value)))
    return rows
