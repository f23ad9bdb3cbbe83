"""Alerts as values: which articles of which commits answered which standing queries.

Those of a commit are arrays: a broad query finds thousands of articles in one, and there may be a
hundred thousand queries. An :class:`Alert` is made of them when it is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, repeat
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from searchlib.cached_property import cached_property
from searchlib.errors import ArgumentError, ArgumentTypeError

__all__ = [
    "Alert",
    "Alerts",
    "CommitAlerts",
    "NumberRows",
    "foreign_token",
    "is_token",
    "parse_token",
]

_BLOCK = 1 << 14  # alerts that are made together
_TOKEN = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})\Z", re.ASCII)

Kind = Literal["first", "changed"]
_BY_CHANGED: tuple[Kind, Kind] = ("first", "changed")


class Alert(NamedTuple):
    """An article that answers a standing query: the ``name`` of the query, the ``key`` of the
    article, and the generation of the ``commit`` that brought it. ``kind`` is "first", or "changed"
    if an earlier version of the article answered the query too.

    >>> Alert("floods", "a17", 7, "first").key
    'a17'
    """

    name: str
    key: str
    commit: int
    kind: Kind


class NumberRows(NamedTuple):
    """Numbers for each of some things: how many, and the numbers end to end."""

    counts: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.unsignedinteger[Any]]

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> NumberRows:
        """Those of some lists.

        >>> NumberRows.of([[4, 5], []]).counts.tolist()
        [2, 0]
        """
        numbers = [number for row in rows for number in row]
        return cls(np.array(list(map(len, rows)), np.int64), np.array(numbers, np.uint32))


@dataclass(frozen=True, eq=False)
class CommitAlerts:
    """The alerts of a commit, by its generation: ``keys`` of articles, ``names`` of standing
    queries, and which of the articles answered each query for the first time, and which of the
    changed ones did so before.

    >>> rows = NumberRows.of([[0, 1]]), NumberRows.of([[2]])
    >>> [alert[:2] for alert in CommitAlerts(7, ["a", "b", "c"], ["rain"], *rows)]
    [('rain', 'a'), ('rain', 'b'), ('rain', 'c')]
    """

    generation: int
    keys: list[str]
    names: list[str]
    first: NumberRows
    changed: NumberRows

    def __len__(self) -> int:
        return len(self.first.numbers) + len(self.changed.numbers)

    def __iter__(self) -> Iterator[Alert]:
        return self.between(0, len(self))

    def broadest(self) -> tuple[str, int]:
        """The standing query with the most alerts, and how many these are."""
        counts = self.first.counts + self.changed.counts
        row = int(counts.argmax())
        return self.names[row], int(counts[row])

    def between(self, start: int, stop: int) -> Iterator[Alert]:
        """The alerts from a place to another, in their order."""
        make = partial(tuple.__new__, Alert)
        for first in range(start, stop, _BLOCK):
            block = slice(first, min(first + _BLOCK, stop))
            rows, numbers, are_changed = (array[block].tolist() for array in self._places)
            yield from map(make, zip(
                map(self.names.__getitem__, rows), map(self.keys.__getitem__, numbers),
                repeat(self.generation), map(_BY_CHANGED.__getitem__, are_changed),
            ))  # fmt: skip

    @cached_property
    def _places(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Of each alert: the number of its name, that of its key, and its kind."""
        rows = np.arange(len(self.names), dtype=np.int32)
        parts = [np.repeat(rows, some.counts) for some in (self.first, self.changed)]
        are_changed = np.repeat(np.arange(2, dtype=np.uint8), list(map(len, parts)))
        numbers = np.concatenate((self.first.numbers, self.changed.numbers))
        owners = np.concatenate(parts)
        if not len(parts[1]):
            return owners, numbers, are_changed
        order = np.argsort(owners, kind="stable")
        return owners[order], numbers[order], are_changed[order]


class Alerts(Sequence[Alert]):
    """Alerts in the order of their commits; ``token`` is where to go on: see
    :meth:`Archive.alerts`.

    >>> Alerts((), "8.0").token
    '8.0'
    """

    def __init__(self, parts: Sequence[tuple[CommitAlerts, int, int]], token: str) -> None:
        """``parts`` are some alerts of each commit: from a place to another."""
        self._parts = tuple(parts)
        self._ends = list(accumulate((stop - start for _, start, stop in parts), initial=0))
        self.token = token

    def token_after(self, count: int) -> str:
        """The token that goes on behind the first ``count`` of these alerts, for a program that
        takes some at a time. Raises :class:`ArgumentError` if there are fewer.

        >>> Alerts((), "8.0").token_after(0)
        '8.0'
        """
        if not 0 <= count <= len(self):
            raise ArgumentError(f"token_after: {count} of {len(self)} alerts: ask for fewer")
        if count == len(self):
            return self.token
        number = int(np.searchsorted(self._ends, count, "right")) - 1
        commit, start, _ = self._parts[number]
        return f"{commit.generation}.{start + count - self._ends[number]}"

    @overload
    def __getitem__(self, index: int) -> Alert: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Alert, ...]: ...

    def __getitem__(self, index: int | slice) -> Alert | tuple[Alert, ...]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                return tuple(self[at] for at in range(start, stop, step))
            return tuple(self._between(start, max(start, stop)))
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(f"no alert {index}: there are {len(self)}")
        return next(self._between(at, at + 1))

    def _between(self, start: int, stop: int) -> Iterator[Alert]:
        for (commit, first, last), before in zip(self._parts, self._ends, strict=False):
            low = max(first, first + start - before)
            yield from commit.between(low, min(last, first + stop - before))

    def __iter__(self) -> Iterator[Alert]:
        return self._between(0, len(self))

    def __len__(self) -> int:
        return self._ends[-1]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Alerts):
            return NotImplemented
        return (tuple(self), self.token) == (tuple(other), other.token)

    def __hash__(self) -> int:
        return hash((tuple(self), self.token))

    def __repr__(self) -> str:
        return f"Alerts({list(self)!r}, {self.token!r})"


def is_token(text: str) -> bool:
    """Whether this is a token, of whatever archive.

    >>> is_token("7.2"), is_token("yesterday")
    (True, False)
    """
    return bool(_TOKEN.match(text))


def parse_token(token: str | None, generation: int) -> tuple[int, int]:
    """The commit and the number of the alert in it that a token says to go on from. Raises
    ArgumentError for what is no token of an archive whose last commit is ``generation``.

    >>> parse_token("7.2", 7), parse_token(None, 7)
    ((7, 2), (0, 0))
    """
    if token is None:
        return 0, 0
    if not isinstance(token, str):
        raise ArgumentTypeError(f"a token is text, not {token!r:.60}: give that of earlier alerts")
    if not is_token(token):
        raise ArgumentError(f"{token!r:.60} is no token: give that of earlier alerts")
    commit, row = map(int, token.split("."))
    if (commit, row) > (generation + 1, 0):
        raise foreign_token(commit, row, f"comes after the archive's last commit, {generation}")
    return commit, row


def foreign_token(commit: int, row: int, why: str) -> ArgumentError:
    """The error of a token that is not of the alerts of an archive: what it says is there is not.

    >>> str(foreign_token(7, 2, "comes after all")).partition(":")[0]
    'the token 7.2 comes after all'
    """
    return ArgumentError(
        f"the token {commit}.{row} {why}: it is that of another archive, or this one was put back; "
        "read the alerts from the start (searchlib watch run --since start)"
    )
