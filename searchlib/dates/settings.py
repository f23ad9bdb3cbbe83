"""The settings that date expressions are read with, and the error that refuses one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

__all__ = ["DateProblem", "DateSettings"]


@dataclass(frozen=True, slots=True)
class DateSettings:
    """How date expressions are read: the archive's zone, first weekday and order of numbers.

    ``week_start`` counts from Monday = 0 to Sunday = 6. ``day_first`` decides how "03/04/2022"
    is read: True is 3 April, False is 4 March, None refuses it. ``now`` replaces the present
    (naive: in ``zone``); None is the system clock. With ``allows_empty`` a range that ends before
    it begins is one of no time, rather than refused.

    >>> DateSettings(week_start=6).week_start
    6
    """

    zone: tzinfo = UTC
    week_start: int = 0
    day_first: bool | None = None
    now: datetime | None = None
    allows_empty: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.week_start <= 6:
            raise ValueError("week_start is 0 (Monday) to 6 (Sunday)")

    def local_now(self) -> datetime:
        """The present in local time of ``zone``, naive.

        >>> DateSettings(now=datetime(2026, 11, 24, 10)).local_now()
        datetime.datetime(2026, 11, 24, 10, 0)
        """
        if self.now is None:
            return datetime.now(self.zone).replace(tzinfo=None)
        if self.now.tzinfo is None:
            return self.now
        return self.now.astimezone(self.zone).replace(tzinfo=None)


class DateProblem(ValueError):
    """A date expression without a meaning, or with more than one.

    ``start`` and ``end`` are the offsets of the place in the text, ``message`` what is wrong,
    ``cure`` what to write instead.

    >>> DateProblem(0, 4, "there is no month 13", "months are 01 to 12").message
    'there is no month 13'
    """

    def __init__(self, start: int, end: int, message: str, cure: str) -> None:
        super().__init__(f"{message}: {cure}" if cure else message)
        self.start = start
        self.end = end
        self.message = message
        self.cure = cure
