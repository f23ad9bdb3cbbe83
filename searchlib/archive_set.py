"""Several archives, asked as one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn, TypeVar, cast

from searchlib.archive import Archive
from searchlib.commit_view import CommitView
from searchlib.errors import ArchiveError, ArgumentError, NotSupported, SnapshotClosed
from searchlib.index.index_reader import IndexReader
from searchlib.index.joined_reader import JoinedReader
from searchlib.index.manifest import Manifest
from searchlib.index.store import IndexStore
from searchlib.query import Limits
from searchlib.results import Results
from searchlib.schema import Schema
from searchlib.schema.archive_settings import named_settings
from searchlib.set_members import Member, members_of
from searchlib.snapshot import Searchable, Snapshot
from searchlib.stats import Stats

__all__ = ["ArchiveSet", "SetSnapshot", "open_many"]

Path = str | os.PathLike[str]
_Method = TypeVar("_Method", bound=Callable[..., Any])

#: A view, the commit of each archive that it shows, and what it leaves out.
_Shown = tuple[CommitView, Sequence[tuple[IndexStore, Manifest]], Sequence[Member]]
#: What an archive does and several together do not.
_OF_ONE_ARCHIVE = frozenset(
    "add alerts delete forget_alerts language match optimize repair settings sync unwatch update "
    "upgrade watch watches whoosh".split()
)


def open_many(
    paths: Iterable[Path], *, partial: bool = True, limits: Limits | None = None
) -> ArchiveSet:
    """Open several archives, in folders, to ask them as one.

    They need the same schema and settings (zone, language, first day of the week): then articles,
    scores, totals, facets and orders are those of one archive that holds them all. ``hit.archive``
    is the folder that an article is in; the same key in two archives is two articles. An archive
    that cannot be opened, or is found damaged or gone when it is asked, is left out: ``missing``
    says why, and each result says so in its notes, until it is there again. Without ``partial`` its
    error is raised. Raises :class:`ArchiveError` if none can be opened, :class:`ArgumentError` if
    two do not fit together, :class:`NotSupported` for the address of a cluster.

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
    archives = ArchiveSet(members_of(paths, partial=partial, limits=limits), partial, limits)
    try:
        archives._current()
    except BaseException:
        archives.close()
        raise
    return archives


def _asked_again(method: _Method) -> _Method:
    """A method of a set that answers without an archive, once it is found that it cannot be read,
    if answers may be partial."""

    @wraps(method)
    def call(self: ArchiveSet, *args: Any, **options: Any) -> Any:
        for _ in self._members:
            try:
                return method(self, *args, **options)
            except ArchiveError as error:
                if not self._leave_out(error):
                    raise
        return method(self, *args, **options)

    return cast(_Method, call)


class ArchiveSet(Searchable):
    """Archives that are asked as one: what :func:`open_many` gives. Each call sees the last commit
    of each. It has what can be asked of an archive; what writes is asked of one archive, and raises
    :class:`NotSupported` here."""

    def __init__(
        self, members: Sequence[Member], partial: bool = True, limits: Limits | None = None
    ) -> None:
        self._members = list(members)
        self._partial = partial
        self._limits = limits or Limits()
        self._lock = threading.RLock()
        self._closed = False
        #: The view, the commit of each archive that it shows, and what it leaves out.
        self._shown: _Shown | None = None

    def __repr__(self) -> str:
        return f"<ArchiveSet of {self.path}>"

    def __getattr__(self, name: str) -> NoReturn:
        if name not in _OF_ONE_ARCHIVE:
            raise AttributeError(f"ArchiveSet has no attribute {name!r}")
        raise NotSupported(
            name, "this is for one archive, and several are open", "open it by itself: open(folder)"
        )

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return self._current().schema

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders of the archives that are asked."""
        return tuple(member.name for member in self._members if member.error is None)

    @property
    def missing(self) -> Mapping[str, ArchiveError]:
        """The folders of the archives that are left out, and why."""
        with suppress(ArchiveError):
            self._current()  # one may be there again
        left_out = {m.name: m.error for m in self._members if m.error is not None}
        return MappingProxyType(left_out)

    @property
    def partial_notes(self) -> tuple[str, ...]:
        """What the notes of results say of the archives that are left out."""
        return self._current().partial_notes

    @property
    def path(self) -> str:
        """The folders, as one text: for messages."""
        return ", ".join(self.paths)

    def snapshot(self) -> SetSnapshot:
        """The last commit of each archive, pinned: it has the same search methods, and does not
        change.

        >>> import tempfile
        >>> import searchlib as sl
        >>> folders = [tempfile.mkdtemp() for _ in range(2)]
        >>> made = [sl.Archive.create(folder) for folder in folders]
        >>> with sl.open_many(folders) as archives, archives.snapshot() as before:
        ...     _ = made[1].add([{"id": "a"}])
        ...     len(before), len(archives), before.generations[folders[1]]
        (0, 1, 0)
        """
        with self._lock:
            self._check_open()
            return SetSnapshot(self._newly_shown()[0])

    def stats_of_each(self) -> dict[str, Stats]:
        """What each archive holds, by its folder; ``stats()`` is of all together.

        >>> import tempfile
        >>> import searchlib as sl
        >>> folder = tempfile.mkdtemp()
        >>> sl.Archive.create(folder).close()
        >>> with sl.open_many([folder]) as archives:
        ...     archives.stats_of_each()[folder].articles
        0
        """
        self._check_open()
        figures: dict[str, Stats] = {}
        for member in self._members:
            try:
                if member.archive is not None:
                    figures[member.name] = member.archive.stats()
            except ArchiveError as error:
                if not self._leave_out(error):
                    raise
        return figures

    def check(self) -> list[str]:
        """What is wrong with any of them, as ``Archive.check`` says it."""
        self._check_open()
        problems: list[str] = []
        for member in self._members:
            if member.archive is None:
                problems.append(str(member.error))
            else:
                problems += member.archive.check()
        return problems

    def close(self) -> None:
        """Close the archives. Results can then no longer read their articles."""
        with self._lock:
            self._closed = True
            if self._shown is not None:
                self._shown[0].close()
                self._shown = None
            for member in self._members:
                member.close()

    def search(self, query: Any, **options: Any) -> Results:
        """Search all of them: see :meth:`Searchable.search`."""
        return self._search(query, options)

    count = _asked_again(Searchable.count)
    timeline = _asked_again(Searchable.timeline)
    get = _asked_again(Searchable.get)
    explain = _asked_again(Searchable.explain)
    why_not = _asked_again(Searchable.why_not)
    similar = _asked_again(Searchable.similar)
    copies = _asked_again(Searchable.copies)
    most_copied = _asked_again(Searchable.most_copied)
    suggest = _asked_again(Searchable.suggest)
    did_you_mean = _asked_again(Searchable.did_you_mean)
    stats = _asked_again(Searchable.stats)
    __contains__ = _asked_again(Searchable.__contains__)

    @_asked_again
    def _search(self, query: Any, options: Mapping[str, Any]) -> Results:
        results = Searchable.search(self, query, **options)
        results.hits  # noqa: B018 - damage in the keys is found here
        return results

    def _check_open(self) -> None:
        if self._closed:
            raise SnapshotClosed("these archives were closed: open them again")

    def _current(self) -> CommitView:
        shown = self._shown
        if shown is not None and _is_current(*shown):
            return shown[0]
        with self._lock:
            self._check_open()
            shown = self._shown
            if shown is None or not _is_current(*shown):
                shown = self._shown = self._newly_shown()
            return shown[0]

    def _leave_out(self, error: ArchiveError) -> bool:
        """Ask the others from now on, if the error is one of an archive and may be passed over."""
        if not self._partial or isinstance(error, SnapshotClosed):
            return False
        with self._lock:
            for member in self._members:
                if member.is_of(error):
                    if member.archive is not None:  # no other thread was faster
                        member.leave_out(error)
                        self._shown = None
                    return any(one.archive is not None for one in self._members)
        return False

    def _newly_shown(self) -> _Shown:
        """A view of the last commit of each archive that can be read."""
        for member in self._members:
            if member.archive is None and member.has_changed():
                member.open()
        opened = self._opened()
        try:
            joined = _joined(opened)
        except BaseException:
            for one in opened:
                one.reader.close()
            raise
        view = CommitView(_Reading(joined), opened[0].archive._date_settings(), self._limits)
        away = [member for member in self._members if member.error is not None]
        view.partial_notes = tuple(member.note for member in away)
        return view, [(one.archive._store, one.reader.manifest) for one in opened], away

    def _opened(self) -> list[_Opened]:
        """The last commit of each archive; raises if there is none."""
        opened: list[_Opened] = []
        for member in self._members:
            try:
                if member.archive is not None:
                    reader = member.archive._store.reader()
                    opened.append(_Opened(member.name, member.archive, reader))
                elif not self._partial and member.error is not None:
                    raise member.error
            except ArchiveError as error:
                if not self._partial:
                    for one in opened:
                        one.reader.close()
                    raise
                member.leave_out(error)
        if not opened:
            raise next(one.error for one in self._members if one.error is not None)
        return opened


class SetSnapshot(Snapshot):
    """The archives as of one commit of each, made by :meth:`ArchiveSet.snapshot`. Close it, or use
    it in ``with``, to release its files."""

    def __init__(self, view: CommitView) -> None:
        self._view = view

    def __repr__(self) -> str:
        return f"<SetSnapshot of commits {self.generations}>"

    @property
    def generations(self) -> Mapping[str, int]:
        """The number of the commit of each archive, by its folder."""
        return MappingProxyType(self._view.reader.generations)


def _is_current(
    view: CommitView, commits: Sequence[tuple[IndexStore, Manifest]], away: Sequence[Member]
) -> bool:
    """Whether nothing was committed, and no archive has come or gone, since a view was made."""
    try:
        for store, manifest in commits:
            if store.manifest() is not manifest:
                return False
    except ArchiveError:
        return False
    return not any(member.has_changed() for member in away)


class _Reading:
    """A reader that is open already, for a view."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader

    def reader(self) -> IndexReader:
        """The reader."""
        return self._reader


class _Opened(NamedTuple):
    """An archive of a set, and a reader of its last commit."""

    name: str
    archive: Archive
    reader: IndexReader


def _joined(opened: Sequence[_Opened]) -> JoinedReader:
    """Readers as one; ArgumentError if two do not fit together."""
    first, *others = opened
    for other in others:
        _check_alike(first.name, first.reader, other.name, other.reader)
    return JoinedReader([one.reader for one in opened], [one.name for one in opened])


def _check_alike(first: str, one: IndexReader, name: str, other: IndexReader) -> None:
    """ArgumentError if two archives do not fit together."""
    cure = "add the articles of one to a new archive: Archive.create(folder, schema).add(...)"
    if one.schema.to_json() != other.schema.to_json():
        raise ArgumentError(f"{name} has another schema than {first}: {cure}")
    ours, theirs = named_settings(one.manifest.settings), named_settings(other.manifest.settings)
    if ours != theirs:
        raise ArgumentError(f"{name} has other settings ({theirs}) than {first} ({ours}): {cure}")
    if one.manifest.analysis != other.manifest.analysis:
        raise ArgumentError(
            f"{name} and {first} are of two versions: Archive.upgrade brings one up"
        )
