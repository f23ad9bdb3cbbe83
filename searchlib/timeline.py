"""Several queries over time, beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from searchlib.frames import arrow_stream, pandas_frame, polars_frame
from searchlib.notebook import lines_html
from searchlib.plots import draw_lines, line_chart

__all__ = ["Timeline", "periods_between"]

_MOST_EMPTY = 20_000  # periods that are filled in
_OWN_COLUMNS = ("period", "total")


@dataclass(frozen=True)
class Timeline:
    """How many articles each query finds in each period: ``counts`` by the names of the queries,
    one for each of ``periods``; ``totals`` are all articles of the archive in it. With ``share``
    rows and pictures have shares of these in place of counts, if nothing else is said.

    >>> line = Timeline("date", "year", ("2022", "2023"), {"rain": (3, 1)}, (4, 10))
    >>> line.shares["rain"]
    (0.75, 0.1)
    >>> line.to_dicts()[0]
    {'period': '2022', 'total': 4, 'rain': 3}
    """

    field: str
    by: str
    periods: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    totals: tuple[int, ...]
    share: bool = False

    @property
    def shares(self) -> dict[str, tuple[float, ...]]:
        """The counts as shares of all articles in each period; 0 where there are none."""
        return {
            name: tuple(
                n / total if total else 0.0 for n, total in zip(counts, self.totals, strict=True)
            )
            for name, counts in self.counts.items()
        }

    def to_dicts(self, *, share: bool | None = None) -> list[dict[str, Any]]:
        """A row for each period; with ``share`` the queries' shares in place of their counts. A
        query of the name "total" or "period" is in the column "total (query)"."""
        columns = self.shares if self._is_share(share) else self.counts
        names = {f"{name} (query)" if name in _OWN_COLUMNS else name: name for name in columns}
        return [
            {"period": period, "total": total}
            | {title: columns[name][n] for title, name in names.items()}
            for n, (period, total) in enumerate(zip(self.periods, self.totals, strict=True))
        ]

    def to_pandas(self, *, share: bool | None = None) -> Any:
        """The rows as a ``pandas.DataFrame`` by period; pandas must be installed."""
        frame = pandas_frame(self.to_dicts(share=share))
        return frame.set_index("period") if len(frame) else frame

    def to_polars(self, *, share: bool | None = None) -> Any:
        """The rows as a ``polars.DataFrame``; polars must be installed."""
        return polars_frame(self.to_dicts(share=share))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return arrow_stream(self.to_dicts(), (), requested_schema)

    def plot(self, *, share: bool | None = None, matplotlib: bool = False, ax: Any = None) -> Any:
        """A picture of lines: a chart that notebooks draw (Vega-Lite), or with ``matplotlib``, or
        on the axes ``ax``, axes of matplotlib."""
        share = self._is_share(share)
        columns: dict[str, Any] = dict(self.shares if share else self.counts)
        if matplotlib or ax is not None:
            measure = "share" if share else "articles"
            return draw_lines(self._title, self.periods, columns, measure, ax)
        rows = self.to_dicts(share=share)
        return line_chart(self._title, rows, share=share, html=lines_html(rows))

    def _is_share(self, asked: bool | None) -> bool:
        return self.share if asked is None else asked

    @property
    def _title(self) -> str:
        return f"{self.field} by {self.by}"

    def _repr_html_(self) -> str:
        """What a notebook shows: a row for each period."""
        return lines_html(self.to_dicts())


def periods_between(known: Sequence[str], by: str) -> list[str]:
    """The periods from the first to the last of these, which are sorted: years, months and days
    without an article too.

    >>> periods_between(["2021-11", "2022-02"], "month")
    ['2021-11', '2021-12', '2022-01', '2022-02']
    >>> periods_between(["2021-W50", "2022-W02"], "week")
    ['2021-W50', '2022-W02']
    """
    if len(known) < 2 or by not in ("year", "month", "day"):
        return list(known)
    first, last = known[0], known[-1]
    if by == "day":
        start, days = date.fromisoformat(first), _days(first, last)
        found = [(start + timedelta(n)).isoformat() for n in range(min(days, _MOST_EMPTY) + 1)]
    elif by == "month":
        start_month, end = _months(first), _months(last)
        found = [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(start_month, end + 1)]
    else:
        found = [f"{year:04}" for year in range(int(first), int(last) + 1)]
    return found if found[-1] == last and len(found) <= _MOST_EMPTY else list(known)


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _months(month: str) -> int:
    year, number = month.split("-")
    return 12 * int(year) + int(number) - 1
