"""The alerts of an archive: which articles of which commits answered which standing queries.

A commit that has alerts writes them to a file of its own, which its manifest names beside its
segments: both are there, or neither. A file is JSON, compressed, of one commit or of several::

    [[7, [["floods", ["a17", "a19"], ["a3"]], ...]], ...]

7 is the commit's generation; "floods" is the name of a standing query, then come the keys of the
articles that answer it for the first time, and those of changed ones that answered it before. Keys,
and not document numbers, because merges change these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple, overload

import zstandard

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArgumentError, ArgumentTypeError, CorruptArchive
from searchlib.index.manifest import AlertFile

__all__ = [
    "Alert",
    "AlertRow",
    "Alerts",
    "CommitAlerts",
    "alerts_of_commit",
    "count_alerts",
    "files_to_join",
    "forget",
    "parse_token",
    "read_alert_file",
    "read_alerts",
    "write_alert_file",
]

_MAX_UNPACKED = 1 << 30  # bytes of a file
_MANY_FILES = 64  # then small ones are joined
_SMALL_FILE = 1 << 20  # bytes
_TOKEN = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})\Z", re.ASCII)

Kind = Literal["first", "changed"]


@dataclass(frozen=True, slots=True)
class Alert:
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


class Alerts(Sequence[Alert]):
    """Alerts in the order of their commits; ``token`` is where to go on: see
    :meth:`Archive.alerts`.

    >>> Alerts((), "8.0").token
    '8.0'
    """

    def __init__(self, alerts: Sequence[Alert], token: str) -> None:
        self._alerts = tuple(alerts)
        self.token = token

    @overload
    def __getitem__(self, index: int) -> Alert: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Alert, ...]: ...

    def __getitem__(self, index: int | slice) -> Alert | tuple[Alert, ...]:
        return self._alerts[index]

    def __len__(self) -> int:
        return len(self._alerts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Alerts):
            return NotImplemented
        return (self._alerts, self.token) == (other._alerts, other.token)

    def __hash__(self) -> int:
        return hash((self._alerts, self.token))

    def __repr__(self) -> str:
        return f"Alerts({list(self._alerts)!r}, {self.token!r})"


class AlertRow(NamedTuple):
    """What one standing query found in a commit: keys of articles."""

    name: str
    first: Sequence[str]
    changed: Sequence[str]


class CommitAlerts(NamedTuple):
    """The alerts of a commit, by its generation."""

    generation: int
    rows: list[AlertRow]


def count_alerts(rows: Iterable[AlertRow]) -> int:
    """How many alerts there are.

    >>> count_alerts([AlertRow("rain", ["a", "b"], ["c"])])
    3
    """
    return sum(len(row.first) + len(row.changed) for row in rows)


def alerts_of_commit(commit: CommitAlerts) -> Iterator[Alert]:
    """The alerts of a commit, in their order.

    >>> list(alerts_of_commit(CommitAlerts(7, [AlertRow("rain", [], ["c"])])))
    [Alert(name='rain', key='c', commit=7, kind='changed')]
    """
    for name, first, changed in commit.rows:
        for key in first:
            yield Alert(name, key, commit.generation, "first")
        for key in changed:
            yield Alert(name, key, commit.generation, "changed")


def write_alert_file(
    directory: Directory, file: str, commits: Sequence[CommitAlerts]
) -> AlertFile | None:
    """Write the alerts of some commits; None, and no file, if they do not fit into one."""
    text = json.dumps(commits, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > _MAX_UNPACKED:
        return None
    data = zstandard.ZstdCompressor(level=3).compress(text)
    directory.write(file, [data])
    first, last = commits[0].generation, commits[-1].generation
    return AlertFile(file, len(data), crc32(data), first, last)


def read_alert_file(directory: Directory, info: AlertFile) -> list[CommitAlerts]:
    """The alerts of a file. Raises :class:`CorruptArchive`, naming it, if it is not what was
    written."""
    data = directory.read(info.file, info.bytes)
    path = directory.path / info.file
    if len(data) != info.bytes:
        raise CorruptArchive(path, f"it has {len(data)} bytes, not {info.bytes}")
    if crc32(data) != info.crc:
        raise CorruptArchive(path, "its checksum is wrong")
    try:
        # The frame says its own size, which is what is allocated: compare it first.
        if not 0 <= zstandard.frame_content_size(data) <= _MAX_UNPACKED:
            raise ValueError("its size is not one of alerts")
        commits = [_commit(entry) for entry in json.loads(zstandard.decompress(data))]
        generations = [commit.generation for commit in commits]
        if generations != sorted(set(generations)):
            raise ValueError("its commits are not in order")
        if not commits or (generations[0], generations[-1]) != (info.first, info.last):
            raise ValueError("its commits are not those that the manifest names")
    except (LookupError, TypeError, ValueError, RecursionError, zstandard.ZstdError) as error:
        raise CorruptArchive(path, str(error) or repr(error)) from None
    return commits


def _commit(entry: Any) -> CommitAlerts:
    generation, rows = entry
    if type(generation) is not int or not isinstance(rows, list):
        raise ValueError("it does not hold alerts")
    return CommitAlerts(generation, [_row(*row) for row in rows])


def _row(name: Any, first: Any, changed: Any) -> AlertRow:
    if not (isinstance(first, list) and isinstance(changed, list)):
        raise ValueError("it does not hold alerts")
    if not all(isinstance(text, str) for text in (name, *first, *changed)):
        raise ValueError("its names and keys are not all text")
    return AlertRow(name, first, changed)


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
    match = _TOKEN.match(token)
    if not match:
        raise ArgumentError(f"{token!r:.60} is no token: give that of earlier alerts")
    commit, row = int(match[1]), int(match[2])
    if commit > generation + 1:
        raise ArgumentError(
            f"the token {token} is from a later commit than the archive's last, {generation}: it "
            "is that of another archive, or this one was put back; read the alerts from the start "
            "(searchlib watch run --since start)"
        )
    return commit, row


def read_alerts(
    directory: Directory, files: Iterable[AlertFile], since: tuple[int, int], generation: int,
    limit: int | None,
) -> Alerts:  # fmt: skip
    """The alerts from a place on, at most ``limit``, of an archive whose last commit is
    ``generation``."""
    alerts: list[Alert] = []
    for info in files:
        if info.last < since[0]:
            continue
        for commit in read_alert_file(directory, info):
            if commit.generation < since[0]:
                continue
            skipped = since[1] if commit.generation == since[0] else 0
            wanted = None if limit is None else skipped + limit - len(alerts)
            alerts += islice(alerts_of_commit(commit), skipped, wanted)
            if limit is not None and len(alerts) >= limit:
                place = (commit.generation, skipped + limit - _before(alerts, commit.generation))
                if place[1] < count_alerts(commit.rows):
                    return Alerts(alerts, "{}.{}".format(*place))
                return Alerts(alerts, f"{commit.generation + 1}.0")
    return Alerts(alerts, f"{generation + 1}.0")


def _before(alerts: Sequence[Alert], generation: int) -> int:
    """How many are of earlier commits."""
    return sum(alert.commit < generation for alert in alerts)


def files_to_join(files: Sequence[AlertFile]) -> int:
    """How many of the last files are to become one, so that a manifest does not grow for ever.

    >>> files_to_join([AlertFile("00000001.alr", 100, 0, 1, 1)] * 64)
    64
    """
    if len(files) < _MANY_FILES:
        return 0
    count = 0
    while count < len(files) and files[-1 - count].bytes < _SMALL_FILE:
        count += 1
    return count


def forget(
    directory: Directory, files: Sequence[AlertFile], before: int, new_name: Iterator[str]
) -> tuple[AlertFile, ...]:
    """The files without the alerts of commits before ``before``; a file with some of these is
    written anew."""
    rest: list[AlertFile] = []
    for info in files:
        if info.first >= before:
            rest.append(info)
        elif info.last >= before:
            commits = [c for c in read_alert_file(directory, info) if c.generation >= before]
            shorter = write_alert_file(directory, next(new_name), commits)
            assert shorter is not None  # less than there was
            rest.append(shorter)
    return tuple(rest)
