"""Several queries over time, beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from typing import Any, Literal

from searchlib.frames import ColumnType, arrow_stream, pandas_frame, polars_frame
from searchlib.notebook import lines_html
from searchlib.plots import draw_lines, line_chart

__all__ = ["Timeline", "periods_between"]

_MOST_EMPTY = 20_000  # periods that are filled in
_OWN_COLUMNS = ("period", "total")


@dataclass(frozen=True)
class Timeline:
    """How many articles each query finds in each period: ``counts`` by the names of the queries,
    one for each of ``periods``; ``totals`` are all articles of the archive in it. With ``share``
    rows and pictures have shares of these in place of counts, if nothing else is said. ``missing``
    has how many articles each query finds beside them: those without such a date. ``notes`` name
    those of several archives that are left out. ``counted`` says of what counts, totals and shares
    are: "articles", or "stories" if that was asked for.

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
    missing: Mapping[str, int] = dataclass_field(default_factory=dict)
    notes: tuple[str, ...] = ()
    counted: Literal["articles", "stories"] = "articles"

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
        names = self._titles()
        return [
            {"period": period, "total": total}
            | {title: columns[name][n] for title, name in names.items()}
            for n, (period, total) in enumerate(zip(self.periods, self.totals, strict=True))
        ]

    def to_pandas(self, *, share: bool | None = None) -> Any:
        """The rows as a ``pandas.DataFrame`` by period; pandas must be installed."""
        frame = pandas_frame(self.to_dicts(share=share), self._column_types(share))
        return frame.set_index("period")

    def to_polars(self, *, share: bool | None = None) -> Any:
        """The rows as a ``polars.DataFrame``; polars must be installed."""
        return polars_frame(self.to_dicts(share=share), self._column_types(share))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return arrow_stream(self.to_dicts(), self._column_types(None), requested_schema)

    def _column_types(self, share: bool | None) -> dict[str, ColumnType]:
        measure: ColumnType = "number" if self._is_share(share) else "integer"
        return {"period": "text", "total": "integer", **dict.fromkeys(self._titles(), measure)}

    def _titles(self) -> dict[str, str]:
        """The columns of the queries, and whose they are."""
        return {f"{name} (query)" if name in _OWN_COLUMNS else name: name for name in self.counts}

    def plot(self, *, share: bool | None = None, matplotlib: bool = False, ax: Any = None) -> Any:
        """A picture of lines: a chart that notebooks draw (Vega-Lite), or with ``matplotlib``, or
        on the axes ``ax``, axes of matplotlib."""
        share = self._is_share(share)
        columns: dict[str, Any] = dict(self.shares if share else self.counts)
        measure = "share" if share else self.counted
        if matplotlib or ax is not None:
            return draw_lines(self._title, self.periods, columns, measure, ax)
        rows = self.to_dicts(share=share)
        return line_chart(self._title, rows, measure=measure, html=lines_html(rows))

    def _is_share(self, asked: bool | None) -> bool:
        return self.share if asked is None else asked

    @property
    def _title(self) -> str:
        return f"{self.field} by {self.by}"

    def _repr_html_(self) -> str:
        """What a notebook shows: a row for each period, and one for what has no such date."""
        rows = self.to_dicts()
        if any(self.missing.values()):
            rest = {title: self.missing.get(name, 0) for title, name in self._titles().items()}
            rows.append({"period": f"without a {self.by}", "total": "", **rest})
        return lines_html(rows)


def periods_between(known: Sequence[str], by: str) -> list[str]:
    """The periods from the first to the last of these, which are sorted, those without an article
    too; the same ones for weekdays and hours, and where there are too many.

    >>> periods_between(["2021-11", "2022-02"], "month")
    ['2021-11', '2021-12', '2022-01', '2022-02']
    >>> periods_between(["2021-W51", "2022-W02"], "week")
    ['2021-W51', '2021-W52', '2022-W01', '2022-W02']
    """
    if not known or by not in _NUMBERED:
        return list(known)
    number_of, period_of = _NUMBERED[by]
    first, last, step = number_of(known[0]), number_of(known[-1]), 7 if by == "week_of" else 1
    if last - first >= step * _MOST_EMPTY:
        return list(known)
    return [period_of(number) for number in range(first, last + 1, step)]


def _number_of_quarter(quarter: str) -> int:
    year, number = quarter.split("-Q")
    return 4 * int(year) + int(number) - 1


def _number_of_month(month: str) -> int:
    year, number = month.split("-")
    return 12 * int(year) + int(number) - 1


def _number_of_week(week: str) -> int:
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1).toordinal() // 7


def _week_of_number(number: int) -> str:
    year, week, _ = date.fromordinal(7 * number + 1).isocalendar()  # Mondays are 1, 8, 15 ...
    return f"{year:04}-W{week:02}"


def _number_of_day(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _day_of_number(number: int) -> str:
    return date.fromordinal(number).isoformat()


# By unit: the number of a period and the period of a number; the next period has the next number
# (that of a ``week_of``, which is the day on which a week begins, is 7 higher).
_NUMBERED: dict[str, tuple[Callable[[str], int], Callable[[int], str]]] = {
    "decade": (lambda decade: int(decade[:-2]), lambda number: f"{number:03}0s"),
    "year": (int, lambda year: f"{year:04}"),
    "quarter": (_number_of_quarter, lambda number: f"{number // 4:04}-Q{number % 4 + 1}"),
    "month": (_number_of_month, lambda number: f"{number // 12:04}-{number % 12 + 1:02}"),
    "week": (_number_of_week, _week_of_number),
    "week_of": (_number_of_day, _day_of_number),
    "day": (_number_of_day, _day_of_number),
}
