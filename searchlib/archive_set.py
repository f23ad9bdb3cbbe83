"""Several archives, asked as one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import wraps
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar, cast

from searchlib import kernels
from searchlib.any_archive import AnyArchive
from searchlib.archive import Archive
from searchlib.commit_view import CommitView
from searchlib.errors import ArchiveError, NotSupported, SnapshotClosed
from searchlib.fused_view import FusedView, Part
from searchlib.index.index_reader import IndexReader
from searchlib.index.joined_reader import JoinedReader
from searchlib.index.manifest import Manifest
from searchlib.index.store import IndexStore
from searchlib.query import Limits
from searchlib.results import Results
from searchlib.schema import Schema
from searchlib.set_groups import ArchiveGroup, OpenedArchive, grouped
from searchlib.set_members import AnyPath, Member, members_of
from searchlib.snapshot import Searchable, Snapshot
from searchlib.stats import Stats

__all__ = ["ArchiveSet", "SetSnapshot", "answered", "open_many"]

_Method = TypeVar("_Method", bound=Callable[..., Any])
_Answer = TypeVar("_Answer")

#: What an archive does and several together do not.
_OF_ONE_ARCHIVE = frozenset(
    "add alerts delete forget_alerts language match optimize repair settings sync unwatch update "
    "upgrade watch watch_all watches whoosh".split()
)


def open_many(
    paths: Iterable[AnyPath], *, partial: bool = True, limits: Limits | None = None
) -> ArchiveSet:
    """Open several archives, in folders or on clusters, to ask them as one.

    Those in folders that have the same text fields (with the same weight, language and ``stored``)
    and settings (zone, language, first day of the week, ``day_first``, ``stories``) rank as one:
    articles, scores, totals, facets and orders are those of one archive that holds them all. With
    others, and with those on clusters, totals, facets and orders by a field are still exact; but
    each ranks its own articles, and the ranks are fused: the first of each come before the second
    ones, and a note says so, and what they differ in. A field that an archive lacks has no value
    there; a query for it leaves the archive out. So does one for stories where it was made without
    them; those that differ have stories of their own.

    ``hit.archive`` is the folder or address that an article is in; the same key in two archives is
    two articles: a key alone is refused then, and the pair of folder and key, or a hit, says which.
    An archive that cannot be opened, or is found damaged or gone when it is asked, is
    left out: ``missing`` says why, and each result says so in its notes, until it is there again.
    Without ``partial`` its error is raised. Raises :class:`ArchiveError` if none can be opened.

    >>> import tempfile
    >>> import searchlib as sl
    >>> folders = [tempfile.mkdtemp() for _ in range(2)]
    >>> for folder, title in zip(folders, ("Rain in Oslo", "Rain")):
    ...     with sl.Archive.create(folder) as archive:
    ...         _ = archive.add([{"id": "a", "title": title}])
    >>> with sl.open_many(folders) as archives:
    ...     hits = list(archives.search("rain"))
    ...     archives[folders[1], "a"]["title"], archives[hits[1]]["title"]
    ('Rain', 'Rain in Oslo')
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


def answered(archive: AnyArchive, ask: Callable[[], _Answer]) -> _Answer:
    """What ``ask`` gives, which asks this archive. It is asked again, from its beginning, without
    an archive of a set that is found damaged or gone meanwhile, if answers may be partial."""
    if isinstance(archive, ArchiveSet):
        for _ in archive._members:
            try:
                return ask()
            except ArchiveError as error:
                if not archive._leave_out(error):
                    raise
    return ask()


def _asked_again(method: _Method) -> _Method:
    """A method of a set as :func:`answered` asks it."""

    @wraps(method)
    def call(self: ArchiveSet, *args: Any, **options: Any) -> Any:
        return answered(self, lambda: method(self, *args, **options))

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
        self._shown: _Shown | None = None

    def __repr__(self) -> str:
        return f"<ArchiveSet of {self.path}>"

    def __getattr__(self, name: str) -> NoReturn:
        if name not in _OF_ONE_ARCHIVE:
            raise AttributeError(f"ArchiveSet has no attribute {name!r}")
        raise NotSupported(
            name, "this is for one archive, and several are open",
            "open one by itself: open(folder), or with one --archive",
        )  # fmt: skip

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        schema: Schema = self._current().schema
        return schema

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders and addresses of the archives that are asked."""
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
        notes: tuple[str, ...] = self._current().partial_notes
        return notes

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
            view = self._newly_shown(pinned=True).view
            return SetSnapshot(view, self.paths)

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
        return self._of_each(lambda archive: archive.stats())

    def schema_of_each(self) -> dict[str, Schema]:
        """The schema of each archive, by its folder; ``schema`` has the fields of all.

        >>> import tempfile
        >>> import searchlib as sl
        >>> folder = tempfile.mkdtemp()
        >>> sl.Archive.create(folder, sl.Schema(id=sl.Key())).close()
        >>> with sl.open_many([folder]) as archives:
        ...     archives.schema_of_each()[folder]
        Schema(id=Key())
        """
        return self._of_each(lambda archive: archive.schema)

    def _of_each(self, ask: Callable[[AnyArchive], _Answer]) -> dict[str, _Answer]:
        self._check_open()
        answers: dict[str, _Answer] = {}
        for member in self._members:
            while (archive := member.archive) is not None:
                try:
                    answers[member.name] = ask(archive)
                    break
                except ArchiveError as error:
                    if archive is member.archive and not self._leave_out(error):
                        raise  # else another thread has left it out, or opened it again
        return answers

    def check(self) -> list[str]:
        """What is wrong with any of them, as ``Archive.check`` says it."""
        problems = self._of_each(lambda archive: archive.check())
        for member in self._members:
            if member.name not in problems:
                problems[member.name] = [str(member.error)]
        return [problem for member in self._members for problem in problems[member.name]]

    def close(self) -> None:
        """Close the archives. Results can then no longer read their articles."""
        with self._lock:
            self._closed = True
            if self._shown is not None:
                self._shown.view.close()
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

    def _current(self) -> Any:  # a CommitView, or a FusedView, which has its methods
        shown = self._shown
        if shown is not None and shown.is_current():
            return shown.view
        with self._lock:
            self._check_open()
            shown = self._shown
            if shown is None or not shown.is_current():
                self._shown = None  # an archive may go now, and come back as it was
                shown = self._shown = self._newly_shown()
            return shown.view

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

    def _newly_shown(self, *, pinned: bool = False) -> _Shown:
        """A view of the last commit of each archive that can be read; those of clusters, too, are
        of one moment if they are ``pinned``."""
        for member in self._members:
            member.open_again()
        with ExitStack() as opened:
            folders, parts = self._opened(opened, pinned)
            groups = [self._joined(group) for group in grouped(folders)]
            away = [member for member in self._members if member.error is not None]
            if not (groups or parts):
                raise next(member.error for member in away if member.error is not None)
            parts = [*groups, *parts]
            view = parts[0].view if len(parts) == 1 else FusedView(parts, self._partial)
            view.partial_notes = tuple(member.note for member in away)
            opened.pop_all()
        commits = [(one.archive._store, one.reader.manifest) for one in folders]
        return _Shown(view, commits, away)

    def _opened(self, stack: ExitStack, pinned: bool) -> tuple[list[OpenedArchive], list[Part]]:
        """The last commits of the archives in folders, and those on clusters."""
        folders: list[OpenedArchive] = []
        clusters: list[Part] = []
        for member in self._members:
            archive = member.archive
            try:
                if isinstance(archive, Archive):
                    reader = archive._store.reader()
                    stack.callback(reader.close)
                    folders.append(OpenedArchive(member.name, archive, reader))
                elif archive is not None:
                    view = archive.snapshot()._current() if pinned else archive._current()
                    clusters.append(Part((member.name,), view, archive.stats))
                elif not self._partial and member.error is not None:
                    raise member.error
            except ArchiveError as error:
                if not self._partial:
                    raise
                member.leave_out(error)
        return folders, clusters

    def _joined(self, group: ArchiveGroup) -> Part:
        names = tuple(one.name for one in group.members)
        reader = JoinedReader([one.reader for one in group.members], names, group.schema)
        dates = group.members[0].archive._date_settings()
        view = CommitView(_Reading(reader), dates, self._limits)
        return Part(names, view, view.stats, group.settings)


class SetSnapshot(Snapshot):
    """The archives as of one commit of each, made by :meth:`ArchiveSet.snapshot`. Close it, or use
    it in ``with``, to release its files."""

    def __init__(self, view: Any, names: tuple[str, ...]) -> None:
        self._view = view
        self._names = names

    def __repr__(self) -> str:
        return f"<SetSnapshot of commits {self.generations}>"

    @property
    def generations(self) -> Mapping[str, int]:
        """The number of the commit of each archive, by its folder."""
        return MappingProxyType(self._view.reader.generations)

    def export_of_each(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The stored fields of all articles, as ``export()`` gives them, each with the folder or
        address of its archive.

        >>> import tempfile
        >>> import searchlib as sl
        >>> folders = [tempfile.mkdtemp() for _ in range(2)]
        >>> for folder in folders:
        ...     with sl.Archive.create(folder) as archive:
        ...         _ = archive.add([{"id": "a"}])
        >>> with sl.open_many(folders) as archives, archives.snapshot() as snapshot:
        ...     [(folders.index(folder), row) for folder, row in snapshot.export_of_each()]
        [(0, {'id': 'a'}), (1, {'id': 'a'})]
        """
        view = self._current()
        if getattr(view, "named_records", None) is None:  # of one cluster alone
            return ((self._names[0], record) for record in view.records())
        records: Iterator[tuple[str, dict[str, Any]]] = view.named_records()
        return records


class _Shown:
    """A view, the commit of each archive that it shows, and the archives that it leaves out."""

    def __init__(
        self, view: Any, commits: Sequence[tuple[IndexStore, Manifest]],
        away: Sequence[Member],
    ) -> None:  # fmt: skip
        self.view = view
        self._commits = commits
        self._away = away
        #: The files of the manifests, once their times can be relied on.
        self._files: list[tuple[bytes, int, int, int, int]] = []

    def is_current(self) -> bool:
        """Whether nothing was committed, and no archive has come or gone, since it was made."""
        if not (self._files and kernels.codec.are_unchanged(self._files)):
            try:
                if any(store.manifest() is not shown for store, shown in self._commits):
                    return False
            except ArchiveError:
                return False
            files = [store.known_file(shown) for store, shown in self._commits]
            if kernels.available and None not in files:
                self._files = [file for file in files if file is not None]
        return not any(member.has_changed() for member in self._away)


class _Reading:
    """A reader that is open already, for a view."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader

    def reader(self) -> IndexReader:
        """The reader."""
        return self._reader
