"""The alerts of an archive in files.

A commit that has alerts writes them to a file of its own, which its manifest names beside its
segments: both are there, or neither. A file is MessagePack, compressed, of one commit or of
several::

    [[7, ["a17", "a19", "a3"], ["floods", ...],
      [counts, numbers] of first ones, [counts, numbers] of changed ones], ...]

7 is the commit's generation; then come the keys of articles and the names of standing queries. For
each of these it is said how many articles answer it for the first time, and end to end the numbers
of these among the keys; and the same of changed ones that answered it before. Counts are int64,
numbers uint16, or uint32 where there are more than 65,536 keys; all are little-endian. Keys, and
not document numbers, because merges change these.

Where alerts were forgotten, the last commit that had some of them is still there, without keys and
names: by it those are told who would go on from a token of before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
import zstandard

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import AlertsForgotten, CorruptArchive
from searchlib.index.alerts import Alerts, CommitAlerts, NumberRows, foreign_token
from searchlib.index.manifest import AlertFile

__all__ = [
    "files_to_join", "forget", "forgotten", "read_alert_file", "read_alerts", "write_alert_file",
]  # fmt: skip

_MAX_UNPACKED = 1 << 30  # bytes of a file
_MANY_FILES = 64  # then small ones are joined
_SMALL_FILE = 1 << 20  # bytes
_LEVEL = 1  # of compression

_Stored = tuple[int, list[str], list[str], tuple[bytes, bytes], tuple[bytes, bytes]]
_decode = msgspec.msgpack.Decoder(list[_Stored]).decode


def write_alert_file(
    directory: Directory, file: str, commits: Sequence[CommitAlerts]
) -> AlertFile | None:
    """Write the alerts of some commits; None, and no file, if they do not fit into one."""
    content = msgspec.msgpack.encode([_stored(commit) for commit in commits])
    if len(content) > _MAX_UNPACKED:
        return None
    data = zstandard.ZstdCompressor(level=_LEVEL).compress(content)
    directory.write(file, [data])
    first, last = commits[0].generation, commits[-1].generation
    return AlertFile(file, len(data), crc32(data), first, last)


def _stored(commit: CommitAlerts) -> _Stored:
    keys = commit.keys
    first, changed = _packed(commit.first, len(keys)), _packed(commit.changed, len(keys))
    return commit.generation, keys, commit.names, first, changed


def _packed(rows: NumberRows, keys: int) -> tuple[bytes, bytes]:
    numbers = rows.numbers.astype(_number_type(keys), copy=False)
    return rows.counts.astype("<i8", copy=False).tobytes(), numbers.tobytes()


def _number_type(keys: int) -> str:
    return "<u2" if keys <= 1 << 16 else "<u4"


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
        commits = [_commit(stored) for stored in _decode(zstandard.decompress(data))]
        generations = [commit.generation for commit in commits]
        if generations != sorted(set(generations)):
            raise ValueError("its commits are not in order")
        if not commits or (generations[0], generations[-1]) != (info.first, info.last):
            raise ValueError("its commits are not those that the manifest names")
    except (ValueError, RecursionError, msgspec.MsgspecError, zstandard.ZstdError) as error:
        raise CorruptArchive(path, str(error) or repr(error)) from None
    return commits


def _commit(stored: _Stored) -> CommitAlerts:
    generation, keys, names, first, changed = stored
    rows = (_rows(packed, len(names), len(keys)) for packed in (first, changed))
    return CommitAlerts(generation, keys, names, *rows)


def _rows(packed: tuple[bytes, bytes], names: int, keys: int) -> NumberRows:
    """Arrays of bytes, which may say what cannot be."""
    counts = np.frombuffer(packed[0], "<i8")
    numbers = np.frombuffer(packed[1], _number_type(keys))
    if len(counts) != names or (counts < 0).any() or (counts > len(numbers)).any():
        raise ValueError("its standing queries have not a count each")
    if counts.sum() != len(numbers) or (len(numbers) and int(numbers.max()) >= keys):
        raise ValueError("its numbers are not those of its articles")
    return NumberRows(counts, numbers)


def read_alerts(
    directory: Directory, files: Sequence[AlertFile], since: tuple[int, int], generation: int,
    limit: int | None,
) -> Alerts:  # fmt: skip
    """The alerts from a place on, at most ``limit``, of an archive whose last commit is
    ``generation``. Raises :class:`AlertsForgotten` if some of those after the place were; not at
    (0, 0), which is the start of whatever is there; and :class:`ArgumentError` for a place behind
    the last alert of its commit."""
    parts: list[tuple[CommitAlerts, int, int]] = []
    room = limit
    for commit in _commits(directory, files, since[0]):
        if not commit.names:
            if since == (0, 0):
                continue
            if any(start < stop for _, start, stop in parts):  # those are told first
                return Alerts(parts, f"{commit.generation}.0")
            raise AlertsForgotten("{}.{}".format(*since), f"{commit.generation + 1}.0")
        if not parts:
            _check_place(files, since, commit)
        start = since[1] if commit.generation == since[0] else 0
        stop = len(commit) if room is None else min(len(commit), start + room)
        parts.append((commit, start, stop))
        if room is not None and (room := room - (stop - start)) == 0:
            is_whole = stop == len(commit)
            place = (commit.generation + 1, 0) if is_whole else (commit.generation, stop)
            return Alerts(parts, "{}.{}".format(*place))
    if not parts:
        _check_place(files, since, None)
    return Alerts(parts, f"{generation + 1}.0")


def _commits(
    directory: Directory, files: Iterable[AlertFile], first: int
) -> Iterator[CommitAlerts]:
    """The commits from one on that have alerts."""
    for info in files:
        if info.last >= first:
            for commit in read_alert_file(directory, info):
                if commit.generation >= first:
                    yield commit


def _check_place(
    files: Sequence[AlertFile], place: tuple[int, int], commit: CommitAlerts | None
) -> None:
    """Raises ArgumentError if its commit has not so many alerts as a place says; ``commit`` is the
    first one from there on that has any."""
    generation, row = place
    if commit is not None and commit.generation == generation:
        count = len(commit)
    elif files and files[0].first < generation:
        count = 0
    else:
        return  # those of this commit may have been forgotten
    if row > count:
        raise foreign_token(*place, f"comes after {count} alerts of commit {generation}")


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
    written anew, and one that says which was the last of them."""
    last, rest = -1, list[AlertFile]()
    for info in files:
        if info.first >= before:
            rest.append(info)
        elif info.last < before:
            last = info.last
        else:
            commits = read_alert_file(directory, info)
            later = [commit for commit in commits if commit.generation >= before]
            last = commits[-len(later) - 1].generation
            rest.append(_write(directory, next(new_name), later))
    if last < 0:
        return tuple(rest)
    return _write(directory, next(new_name), [forgotten(last)]), *rest


def forgotten(last: int) -> CommitAlerts:
    """What says that alerts of commits up to this one are there no more.

    >>> len(forgotten(7))
    0
    """
    nothing = NumberRows.of([])
    return CommitAlerts(last, [], [], nothing, nothing)


def _write(directory: Directory, file: str, commits: Sequence[CommitAlerts]) -> AlertFile:
    """The file of some commits that fit into one, for they are fewer than there were."""
    info = write_alert_file(directory, file, commits)
    assert info is not None
    return info
