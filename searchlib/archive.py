"""The archive: the face through which all of searchlib is used."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from searchlib import kernels
from searchlib.codec.directory import Directory
from searchlib.dates import DateSettings
from searchlib.errors import ArchiveError, CorruptArchive, RecordError, SnapshotClosed
from searchlib.index.check import check
from searchlib.index.index_writer import IndexWriter
from searchlib.index.indexing import STEP, IndexingRun, Report, read_checkpoints
from searchlib.index.manifest import MANIFEST
from searchlib.index.repair import Repair, repair
from searchlib.index.store import IndexStore
from searchlib.ingest.article import Article, Rejected
from searchlib.query import Limits, Parsed
from searchlib.results import Explanation, Results
from searchlib.schema import NEWS, Schema
from searchlib.snapshot import Snapshot
from searchlib.stats import Stats
from searchlib.whoosh_backend.index import ArchiveIndex

__all__ = ["Archive"]

Path = str | os.PathLike[str]


class Archive:
    """News articles in a folder, searched from Python. Made by :meth:`create` and :meth:`open`.

    Any number of threads and processes may read; one writes at a time. Each call sees the last
    commit.

    >>> import tempfile
    >>> archive = Archive.create(tempfile.mkdtemp())
    >>> archive.add([{"id": "a1", "title": "Rain in Oslo", "date": "2022-08-31"}]).added
    1
    >>> [hit["title"] for hit in archive.search("oslo date:2022-08")]
    ['Rain in Oslo']
    >>> archive.close()
    """

    def __init__(self, store: IndexStore, limits: Limits | None = None) -> None:
        kernels.warn_if_missing(stacklevel=3)
        self._store = store
        self._limits = limits or Limits()
        try:
            self._settings = _dates_of(store.settings)
        except ValueError as error:
            raise CorruptArchive(store.directory.path / MANIFEST, str(error)) from None
        read_checkpoints(store.manifest(), str(store.directory.path / MANIFEST))
        self._guard = threading.Lock()
        self._view: Snapshot | None = None
        self._closed = False
        self._now: datetime | None = None

    @classmethod
    def create(
        cls, path: Path, schema: Schema = NEWS, *, zone: str = "UTC", week_start: int = 0,
        day_first: bool | None = None, limits: Limits | None = None,
    ) -> Archive:  # fmt: skip
        """Make an archive in a folder, which is made if it is not there.

        ``zone`` names the time zone in which dates without one are read; ``week_start`` counts
        from Monday = 0; ``day_first`` says what "03/04/2022" means (None: it is refused). Raises
        :class:`ArchiveError` if the folder has an archive already.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp(), zone="Asia/Shanghai") as archive:
        ...     len(archive)
        0
        """
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            cure = "use a name like 'Europe/Paris'"
            raise ArchiveError(f"zone {zone!r} is not known: {cure}") from None
        settings = {"zone": zone, "week_start": week_start, "day_first": day_first}
        try:
            _dates_of(settings)
        except ValueError as error:
            raise ArchiveError(str(error)) from None
        store = IndexStore.create(Directory(path), schema, **settings)
        return cls(store, limits)

    @classmethod
    def open(
        cls, path: Path, schema: Schema | None = None, *, limits: Limits | None = None
    ) -> Archive:
        """Open an archive. With ``schema``, its fields must be those of the archive, and may be
        more: the added ones become the archive's with the next change. ``limits`` bounds what a
        query may cost.

        Raises :class:`ArchiveNotFound`, :class:`CorruptArchive`, and :class:`SchemaError` that
        names the field that differs.

        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> Archive.create(folder).close()
        >>> with Archive.open(folder) as archive:
        ...     archive.schema.key
        'id'
        """
        return cls(IndexStore(Directory(path), schema), limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def __len__(self) -> int:
        return len(self._current())

    def __repr__(self) -> str:
        return f"Archive({str(self._store.directory.path)!r})"

    @property
    def path(self) -> str:
        """The archive's folder."""
        return str(self._store.directory.path)

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return self._store.schema_of(self._store.manifest())

    @property
    def whoosh(self) -> ArchiveIndex:
        """The archive as a ``whoosh.index.Index``, for any Whoosh program."""
        return ArchiveIndex(self._store)

    def close(self) -> None:
        """Give files and memory back. Results can no longer read their articles then."""
        with self._guard:
            self._closed = True
            if self._view is not None:
                self._view.close()
                self._view = None

    def add(
        self, articles: Iterable[Article | Mapping[str, Any] | Rejected], *,
        progress: Callable[[int], None] | None = None, timeout: float = 10.0, resume: bool = True,
    ) -> Report:  # fmt: skip
        """Add articles, or replace those with the same key; unchanged ones are left alone.

        Takes what :func:`searchlib.read` gives, or dicts. A bad record is set aside with the
        reason and harms no other. ``progress`` is called with the number of records seen. When
        this returns, everything is on disk. Waits ``timeout`` seconds for another writer, then
        raises :class:`ArchiveLocked`.

        A long run is committed in parts. If it is stopped, a run over the same files goes on
        behind the last part, and ``Report.resumed`` says where; what was changed or deleted in
        between stays so. With ``resume=False`` all is read from the start, as it is when a file,
        or what ``read`` was told, is not the same any more, or the archive was emptied.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     report = archive.add([{"id": 1, "title": "Rain"}, {"title": "no key"}])
        >>> report.added, [str(bad) for bad in report.rejected]
        (1, ['record 2: id: the key is missing'])
        """
        started = time.perf_counter()
        self._check_open()
        single = isinstance(articles, (str, bytes, os.PathLike, Mapping, Article))
        if single or not isinstance(articles, Iterable):
            cure = "give a list of articles or dicts, or searchlib.read(path)"
            raise RecordError("", None, f"{type(articles).__name__} is no list of articles: {cure}")
        with (
            IndexWriter(self._store, timeout) as writer,
            closing(IndexingRun(writer, articles, resume=resume)) as intake,
        ):
            for seen, article in enumerate(articles, 1):
                intake.take(article, seen)
                if seen % STEP == 0 and progress is not None:
                    progress(seen)
            intake.end()
        if progress is not None:
            progress(intake.seen)
        return intake.report(time.perf_counter() - started)

    def delete(
        self, ids: Iterable[str] | None = None, *, query: Any = None, timeout: float = 10.0
    ) -> int:
        """Delete articles by key, or all that match a query; returns how many there were.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}, {"id": "b", "title": "Sun"}])
        ...     archive.delete(["a", "x"]), archive.delete(query="sun")
        (1, 1)
        """
        if (ids is None) == (query is None):
            raise ArchiveError("delete takes keys or a query: say one of them", self.path)
        self._check_open()
        if ids is not None:
            several = isinstance(ids, Iterable) and not isinstance(ids, (str, bytes))
            ids = [self.schema.clean_key(id) for id in (ids if several else [ids])]
        with IndexWriter(self._store, timeout) as writer:
            if ids is None:
                # The lock is held: what is found is what is there.
                ids = [hit.id for hit in self._current().search(query, limit=1 << 40)]
            count = writer.delete(ids)
            writer.commit()
        return count

    def optimize(self, *, timeout: float = 10.0) -> None:
        """Put the segments together and give the room of deleted articles back.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     for id in "abc":
        ...         _ = archive.add([{"id": id}])
        ...     archive.optimize()
        ...     archive.stats().segments
        1
        """
        self._check_open()
        with IndexWriter(self._store, timeout) as writer:
            writer.commit(optimize=True)

    def search(
        self, query: Any, *, limit: int = 10, offset: int = 0, facets: Iterable[str] = (),
        sort: str | None = None, match: str = "all", highlight: bool = True,
        lenient: bool = False,
    ) -> Results:  # fmt: skip
        """Search. ``query`` is text in the query language, or a ``whoosh.query`` tree.

        ``facets`` are keyword fields and :func:`by_month` and the like; ``sort`` is a field,
        "-field" for the highest first, or None for the best first; ``match`` is "all" (articles
        with all words) or "any". Raises :class:`QueryError` for a query that is not understood;
        with ``lenient`` the best reading is taken instead, and ``notes`` says what was changed.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": 1, "title": "Rain", "section": "Weather"}])
        ...     found = archive.search("rain", facets=["section"])
        >>> found.total, found.facets["section"][0]
        (1, ('Weather', 1))
        """
        return self._current().search(
            query, limit=limit, offset=offset, facets=facets, sort=sort, match=match,
            highlight=highlight, lenient=lenient,
        )  # fmt: skip

    def snapshot(self) -> Snapshot:
        """A view of the last commit that does not change, with the same search methods.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive, archive.snapshot() as before:
        ...     _ = archive.add([{"id": "a"}])
        ...     len(before), len(archive)
        (0, 1)
        """
        self._check_open()
        return Snapshot(self._store, self._dates(), self._limits)

    def get(self, id: str) -> dict[str, Any] | None:
        """The article with this key as it is kept, or None."""
        return self._current().get(id)

    def count(self, query: Any, *, match: str = "all") -> int:
        """How many articles match."""
        return self._current().count(query, match=match)

    def parse(self, query: str, *, match: str = "all", lenient: bool = False) -> Parsed:
        """What a query means: the ``whoosh.query`` tree, a text that says the same, notes.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     str(archive.parse("title:rain").query)
        'title:rain'
        """
        return self._current().parse(query, match=match, lenient=lenient)

    def explain(self, query: Any, id: str, *, match: str = "all") -> Explanation:
        """Why the article with this key has its score: what each part of the query adds.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}])
        ...     archive.explain("title:rain", "a").matched
        True
        """
        return self._current().explain(query, id, match=match)

    def similar(self, id: str, *, limit: int = 10) -> Results:
        """Articles that share the telling words of the one with this key, the nearest first."""
        return self._current().similar(id, limit=limit)

    def suggest(self, start: str, *, limit: int = 10) -> list[str]:
        """Words of the archive that begin like this, those of the most articles first.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "body": "internet civilization"}])
        ...     archive.suggest("civi")
        ['civilization']
        """
        return self._current().suggest(start, limit=limit)

    def did_you_mean(self, query: str) -> str | None:
        """The query with its unknown words replaced by near ones of the archive, or None.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "body": "internet civilization"}])
        ...     archive.did_you_mean("civilisation internet")
        'civilization internet'
        """
        return self._current().did_you_mean(query)

    def stats(self) -> Stats:
        """How many articles, segments and bytes there are, and what each field holds."""
        return self._current().stats()

    def export(self) -> Iterator[dict[str, Any]]:
        """All articles as they are kept, in the order in which they were added."""
        return self._current().export()

    def check(self) -> list[str]:
        """Read every byte of the archive, and compare every article with its digest; what is
        wrong, a line each, or nothing if all is well.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     archive.check()
        []
        """
        self._check_open()
        return check(self._store.directory)

    @staticmethod
    def repair(path: Path, into: Path, schema: Schema | None = None) -> Repair:
        """Save all articles of a damaged archive that can be read into a new one.

        The damaged one is not changed. ``schema`` is needed only if its manifest cannot be read.
        Tells how many were saved, how many are known to be lost, and what was wrong.

        >>> import tempfile
        >>> broken, whole = tempfile.mkdtemp(), tempfile.mkdtemp()
        >>> Archive.create(broken).close()
        >>> Archive.repair(broken, whole).saved
        0
        """
        return repair(Directory(path), Directory(into), schema)

    def _dates(self) -> DateSettings:
        return replace(self._settings, now=self._now)

    def _check_open(self) -> None:
        if self._closed:
            raise SnapshotClosed("this archive was closed: open it again", self.path)

    def _current(self) -> Snapshot:
        """The view of the last commit; a new one if there was a commit since."""
        view = self._view
        manifest = self._store.manifest()
        if view is not None and view.manifest is manifest:
            return view
        self._check_open()
        with self._guard:
            self._check_open()
            made = Snapshot(self._store, self._dates(), self._limits)
            self._view = made
            return made


def _dates_of(settings: Mapping[str, Any]) -> DateSettings:
    """How dates are read in an archive with these settings; ValueError if they are none."""
    name, first = settings.get("zone", "UTC"), settings.get("day_first")
    week = settings.get("week_start", 0)
    if type(week) is not int or type(first) not in (bool, type(None)):
        raise ValueError("week_start is 0 (Monday) to 6 (Sunday), day_first true, false or None")
    zone: tzinfo = UTC if name == "UTC" else ZoneInfo(name)
    return DateSettings(zone=zone, week_start=week, day_first=first)
