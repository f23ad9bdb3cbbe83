"""Several archives, asked as one."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from searchlib.archive import Archive
from searchlib.commit_view import CommitView
from searchlib.errors import ArchiveError, ArgumentError, NotSupported, SnapshotClosed
from searchlib.index.index_reader import IndexReader
from searchlib.index.joined_reader import JoinedReader
from searchlib.index.manifest import Manifest
from searchlib.opensearch.address import is_address
from searchlib.query import Limits
from searchlib.schema import Schema
from searchlib.snapshot import Searchable

__all__ = ["ArchiveSet", "open_many"]

Path = str | os.PathLike[str]


def open_many(
    paths: Iterable[Path], *, partial: bool = True, limits: Limits | None = None
) -> ArchiveSet:
    """Open several archives, in folders, to ask them as one.

    They need the same schema and settings (zone, language, first day of the week): then articles,
    scores, totals, facets and orders are those of one archive that holds them all. ``hit.archive``
    is the folder that an article is in; the same key in two archives is two articles. An archive
    that cannot be opened is left out, is named in ``missing``, and each result says so in its
    notes; without ``partial`` its error is raised. Raises :class:`ArgumentError` if none can be
    opened or two do not fit together, :class:`NotSupported` for the address of a cluster.

    >>> import tempfile
    >>> import searchlib as sl
    >>> folders = [tempfile.mkdtemp() for _ in range(2)]
    >>> for folder, title in zip(folders, ("Rain in Oslo", "Rain")):
    ...     with sl.Archive.create(folder) as archive:
    ...         _ = archive.add([{"id": "a", "title": title}])
    >>> with sl.open_many(folders) as archives:
    ...     hits = list(archives.search("rain"))
    >>> [hit.archive == folders[1] for hit in hits]
    [True, False]
    """
    opened: dict[str, Archive] = {}
    missing: dict[str, ArchiveError] = {}
    try:
        for path in paths:
            if is_address(path):
                raise NotSupported(
                    f"open_many({os.fspath(path)!r})", "only folders are asked together",
                    "copy it to one: searchlib copy FROM TO",
                )  # fmt: skip
            name = os.fspath(path)
            try:
                if name not in opened:
                    opened[name] = Archive.open(path, limits=limits)
            except ArchiveError as error:
                if not partial:
                    raise
                missing[name] = error
        return ArchiveSet(opened, missing, limits=limits)
    except BaseException:
        for archive in opened.values():
            archive.close()
        raise


class ArchiveSet(Searchable):
    """Archives that are asked as one: what :func:`open_many` gives. Each call sees the last commit
    of each. It has what an archive answers; what writes is asked of one archive."""

    def __init__(
        self, archives: Mapping[str, Archive], missing: Mapping[str, ArchiveError],
        *, limits: Limits | None = None,
    ) -> None:  # fmt: skip
        if not archives:
            reasons = "; ".join(map(str, missing.values())) or "no folder is given"
            raise ArgumentError(f"there is no archive to ask: {reasons}")
        self._archives = dict(archives)
        #: The archives that are left out, and why.
        self.missing: Mapping[str, ArchiveError] = MappingProxyType(dict(missing))
        self._limits = limits or Limits()
        first = next(iter(archives))
        for name, archive in archives.items():
            _check_alike(first, archives[first], name, archive)
        self._lock = threading.Lock()
        self._view: CommitView | None = None
        self._manifests: list[Manifest] = []
        self._closed = False

    def __repr__(self) -> str:
        return f"<ArchiveSet of {self.path}>"

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return next(iter(self._archives.values())).schema

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders of the archives that are asked."""
        return tuple(self._archives)

    @property
    def path(self) -> str:
        """The folders, as one text: for messages."""
        return ", ".join(self._archives)

    def check(self) -> list[str]:
        """What is wrong with any of them, as ``Archive.check`` says it."""
        return [problem for archive in self._archives.values() for problem in archive.check()]

    def close(self) -> None:
        """Close the archives. Results can then no longer read their articles."""
        with self._lock:
            self._closed = True
            if self._view is not None:
                self._view.close()
            for archive in self._archives.values():
                archive.close()

    def _current(self) -> CommitView:
        if self._closed:
            raise SnapshotClosed("these archives were closed: open them again")
        manifests = [archive._store.manifest() for archive in self._archives.values()]
        with self._lock:
            known = zip(manifests, self._manifests, strict=False)
            if self._view is None or not all(new is old for new, old in known):
                dates = next(iter(self._archives.values()))._date_settings()
                stores: Any = _Stores(self._archives)
                self._view = CommitView(stores, dates, self._limits)
                self._view.missing_archives = tuple(self.missing)
                self._manifests = manifests
            return self._view


class _Stores:
    """What a view asks of the store of an archive."""

    def __init__(self, archives: Mapping[str, Archive]) -> None:
        self._archives = archives

    def reader(self) -> JoinedReader:
        """The last commit of each."""
        readers: list[IndexReader] = []
        try:
            for archive in self._archives.values():
                readers.append(archive._store.reader())
        except BaseException:
            for reader in readers:
                reader.close()
            raise
        return JoinedReader(readers, list(self._archives))


def _check_alike(first: str, one: Archive, name: str, other: Archive) -> None:
    """ArgumentError if two archives do not fit together."""
    cure = "add the articles of one to a new archive: Archive.create(folder, schema).add(...)"
    if one.schema.to_json() != other.schema.to_json():
        raise ArgumentError(f"{name} has another schema than {first}: {cure}")
    ours, theirs = one._store.manifest(), other._store.manifest()
    if ours.settings != theirs.settings:
        raise ArgumentError(
            f"{name} has other settings ({other.settings}) than {first} ({one.settings}): {cure}"
        )
    if ours.analysis != theirs.analysis:
        raise ArgumentError(
            f"{name} and {first} are of two versions: Archive.upgrade brings one up"
        )
