"""The archives that are asked as one: each open, or left out with the reason."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterable
from pathlib import Path

from searchlib.any_archive import AnyArchive
from searchlib.archive import Archive
from searchlib.archive import open as open_archive
from searchlib.errors import (
    ArchiveDenied,
    ArchiveError,
    ArchiveNotFound,
    ArchiveUnreachable,
    ArgumentError,
    ArgumentTypeError,
    CorruptArchive,
)
from searchlib.index.manifest import MANIFEST
from searchlib.opensearch.address import Address, is_address
from searchlib.query import Limits

__all__ = ["AnyPath", "Member", "members_of"]

AnyPath = str | os.PathLike[str]

_CLUSTER_SECONDS = 5.0  # after which a cluster that did not answer is asked again
#: What a note says of an archive that is left out.
_REASONS: dict[type[ArchiveError], str] = {
    ArchiveNotFound: "there is no archive",
    CorruptArchive: "it is damaged",
    ArchiveUnreachable: "its cluster does not answer",
    ArchiveDenied: "its cluster refuses the user",
}


class Member:
    """One archive of a set. It is opened when it is made, and may be opened again after it was left
    out, if :meth:`has_changed` says that it can be another case now."""

    def __init__(self, path: AnyPath, limits: Limits | None) -> None:
        #: Its folder or address, as it was named.
        self.name = os.fspath(path)
        self.archive: AnyArchive | None = None
        #: Why it is left out.
        self.error: ArchiveError | None = None
        self._limits = limits
        self._address = str(Address.parse(self.name)) if is_address(self.name) else ""
        self._stamp: tuple[object, ...] = ()
        self.open()

    def open(self) -> None:
        """Open it; what goes wrong with the archive is kept as ``error``."""
        self._stamp = self._read_stamp()
        archive: AnyArchive | None = None
        error: ArchiveError | None = None
        try:
            archive = open_archive(self.name, limits=self._limits)
        except ArchiveError as raised:
            error = raised
        self.archive, self.error = archive, error

    def open_again(self) -> None:
        """Open it again if it was left out and :meth:`has_changed`, or if another archive with
        other settings is in its folder by now."""
        if self.archive is None:
            if self.has_changed():
                self.open()
        elif isinstance(self.archive, Archive) and self.archive._store.is_replaced():
            old = self.archive
            self.open()
            old.close()

    def leave_out(self, error: ArchiveError) -> None:
        """Close it, since it cannot be asked."""
        self.error = error  # first: another thread may look at both
        old, self.archive = self.archive, None
        self._stamp = self._read_stamp()
        if old is not None:
            old.close()

    def close(self) -> None:
        """Close it, if it is open."""
        if self.archive is not None:
            self.archive.close()

    def has_changed(self) -> bool:
        """Whether something was done to an archive that is left out."""
        return self._read_stamp() != self._stamp

    @property
    def note(self) -> str:
        """What the answers say of an archive that is left out."""
        reason = _REASONS.get(type(self.error)) if self.error is not None else None
        cure = ""
        if isinstance(self.error, CorruptArchive):
            cure = f"; see searchlib check --archive {shlex.quote(self.name)}"
        return f"partial: {self.name} is left out: {reason or self.error}{cure}"

    def is_of(self, error: ArchiveError) -> bool:
        """Whether an error is about this archive."""
        if is_address(self.name):
            return error.path in (self.name, self._address)
        return str(Path(self.name)) in (error.path, os.path.dirname(error.path))

    def _read_stamp(self) -> tuple[object, ...]:
        """The times and sizes of what decides if it can be opened and read; of a cluster the time
        itself."""
        if is_address(self.name):
            return (int(time.monotonic() / _CLUSTER_SECONDS),)
        damaged = self.error.path if self.error is not None else self.name
        places = (os.path.join(self.name, MANIFEST), self.name, damaged)
        return tuple(map(_stamp_of, places))


def _stamp_of(path: str) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def members_of(paths: Iterable[AnyPath], *, partial: bool, limits: Limits | None) -> list[Member]:
    """The members of a set; each archive once, however it is named. Without ``partial`` raises the
    error of the first that cannot be opened."""
    if isinstance(paths, (str, os.PathLike)):
        raise ArgumentTypeError(f"several folders are expected: open_many([{os.fspath(paths)!r}])")
    members: dict[str, Member] = {}
    try:
        for path in paths:
            if not isinstance(path, (str, os.PathLike)):
                raise ArgumentTypeError(f"the path of an archive is text or a Path, not {path!r}")
            place = str(path) if is_address(path) else os.path.realpath(path)
            if place not in members:
                members[place] = Member(path, limits)
            error = members[place].error
            if error is not None and not partial:
                raise error
        if not members:
            raise ArgumentError("there is no archive to ask: no folder is given")
        if all(member.archive is None for member in members.values()):
            reasons = "; ".join(str(one.error) for one in members.values())
            raise ArchiveError(f"there is no archive to ask: {reasons}", next(iter(members)))
    except BaseException:
        for member in members.values():
            member.close()
        raise
    return list(members.values())
