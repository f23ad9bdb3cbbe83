"""The archive: the class through which all of searchlib is used."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from whoosh.query import Query

from searchlib import kernels
from searchlib.any_archive import AnyArchive, Upgrade
from searchlib.codec.directory import Directory, Durability
from searchlib.commit_view import CommitView
from searchlib.dates import DateSettings
from searchlib.errors import (
    ArgumentError,
    ArgumentTypeError,
    CorruptArchive,
    QueryError,
    SnapshotClosed,
    UnknownKey,
)  # fmt: skip
from searchlib.index.alerts import Alerts, parse_token
from searchlib.index.check import check
from searchlib.index.damage import DamageGuard, damage_of
from searchlib.index.index_writer import IndexWriter
from searchlib.index.indexing import IndexingRun, Report, check_articles, read_checkpoints
from searchlib.index.manifest import MANIFEST
from searchlib.index.repair import RepairReport, repair
from searchlib.index.store import IndexStore
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.article_reader import ArticleReader
from searchlib.opensearch.address import is_address
from searchlib.query import Limits
from searchlib.requests import ALL_HITS, Filters, Match, SearchRequest
from searchlib.results import Hit
from searchlib.schema import NEWS, Schema
from searchlib.schema.archive_settings import (
    date_settings,
    named_settings,
    new_settings,
    story_settings,
)
from searchlib.snapshot import (
    Searchable,
    Snapshot,
    as_request,
    check_changes,
    check_deletion,
    key_of,
    keys_of,
)
from searchlib.syncing import keep_in_step
from searchlib.watches.alerting import find_alerts
from searchlib.watches.matcher import matching_names
from searchlib.watches.registry import named
from searchlib.watches.watch import Notify, Watch
from searchlib.watches.watch_list import (
    committed_alerts,
    committed_watches,
    join_rows,
    row_of,
    rows_by_name,
)
from searchlib.whoosh_backend.documents import restored
from searchlib.whoosh_backend.index import ArchiveIndex

__all__ = ["Archive", "open"]

Path = str | os.PathLike[str]

_SYNC = "sync.json"  # what sync found in each file; all are read where it is missing
_MAX_SYNC = 1 << 30
_NO_FOLDER = "this is for folders, and the address is that of an archive on a cluster"

IndexStore.alert_finder = staticmethod(find_alerts)


class Archive(Searchable):
    """News articles in a directory, searched from Python. Made by :meth:`create` and :meth:`open`.

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
        if not isinstance(store, IndexStore):
            cure = f"searchlib.open({store!r}) does, and Archive.create({store!r}) makes a new one"
            raise ArgumentTypeError(f"Archive({store!r}) does not open an archive: {cure}")
        kernels.warn_if_missing(stacklevel=3)
        self._store = store
        self._limits = limits or Limits()
        try:
            self._settings = date_settings(store.settings)
        except ValueError as error:
            raise CorruptArchive(store.directory.path / MANIFEST, str(error)) from None
        read_checkpoints(store.manifest(), str(store.directory.path / MANIFEST))
        self._lock = threading.Lock()
        self._view: CommitView | None = None
        self._closed = False
        self._now: datetime | None = None

    @classmethod
    def create(
        cls, path: Path, schema: Schema = NEWS, *, language: str | None = None, zone: str = "UTC",
        week_start: int = 0, day_first: bool | None = None, limits: Limits | None = None,
        stories: bool | Literal["strict"] = False, durability: Durability = "full",
    ) -> Archive:  # fmt: skip
        """Make an archive in a directory, which is made if it does not exist.

        ``language`` is that of its articles ("fr", or any BCP 47 tag): of those that have no
        ``lang`` of their own, in fields that have none either. Without it they are taken to be
        English, and the report of :meth:`add` says so. ``zone`` names the time zone of dates
        without one; ``week_start`` counts from Monday = 0; ``day_first`` says what "03/04/2022"
        means (None: it is refused). With ``stories`` near copies of a text are one story: see
        :meth:`search` and :meth:`copies`; "strict" wants them to differ less, and takes fewer form
        letters and tables for copies. Earlier versions of searchlib cannot open such an archive.
        ``durability`` is that of :meth:`open`. Raises :class:`ArchiveError` if the directory has an
        archive already, and :class:`ArgumentError` for settings that cannot be.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp(), zone="Asia/Shanghai") as archive:
        ...     len(archive)
        0
        """
        _check_type("schema", schema, Schema)
        _check_type("limits", limits, (Limits, type(None)))
        settings = new_settings(
            language=language, zone=zone, week_start=week_start, day_first=day_first
        )
        settings |= story_settings(stories, schema)
        store = IndexStore.create(_directory(path, durability), schema, **settings)
        return cls(store, limits)

    @classmethod
    def open(
        cls, path: Path, schema: Schema | None = None, *, limits: Limits | None = None,
        durability: Durability = "full",
    ) -> Archive:  # fmt: skip
        """Open an archive.

        With ``schema``, its fields must be those of the archive, and may be more: the added ones
        become the archive's with the next commit. ``limits`` bounds what a query may cost. Raises
        :class:`ArchiveNotFound`, :class:`CorruptArchive`, and :class:`SchemaError` that names the
        field that differs.

        With ``durability="relaxed"`` commits do not wait for the disk. The end of a process, or a
        kill, still costs nothing; but a power cut may take the commits that the system had not
        written yet, half a minute of them as a rule, and leave the archive damaged: :meth:`check`
        says so, and :meth:`repair` saves what is whole. The next change with "full" durability
        brings all of it to the disk first.

        >>> import tempfile
        >>> directory = tempfile.mkdtemp()
        >>> Archive.create(directory).close()
        >>> with Archive.open(directory) as archive:
        ...     archive.schema.key
        'id'
        """
        _check_type("schema", schema, (Schema, type(None)))
        _check_type("limits", limits, (Limits, type(None)))
        return cls(IndexStore(_directory(path, durability), schema), limits)

    def __repr__(self) -> str:
        return f"Archive({str(self._store.directory.path)!r})"

    @property
    def path(self) -> str:
        """The archive's directory."""
        return str(self._store.directory.path)

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return self._store.schema_of(self._store.manifest())

    @property
    def language(self) -> str:
        """The language of articles for which nothing else says one."""
        return self._store.manifest().language

    @property
    def analysis_version(self) -> int:
        """The version of the rules by which its texts became terms: see :meth:`upgrade`."""
        return self._store.manifest().analysis

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments with which the archive was made, besides its schema: ``zone``,
        ``week_start``, ``day_first``, and ``language`` if it was named.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp(), language="fr") as archive:
        ...     archive.settings["language"]
        'fr'
        """
        return named_settings(self._store.manifest().settings)

    @property
    def whoosh(self) -> ArchiveIndex:
        """The archive as a ``whoosh.index.Index``, for any Whoosh program."""
        return ArchiveIndex(self._store)

    def close(self) -> None:
        """Release files and memory. Results can then no longer read their articles."""
        with self._lock:
            self._closed = True
            if self._view is not None:
                self._view.close()
                self._view = None
            self._store.keep_open(None)

    def add(
        self, articles: Iterable[Article | Mapping[str, Any] | Rejected], *,
        on_progress: Callable[[int], None] | None = None, timeout: float = 10.0,
        resume: bool = True, keys: bool = False,
    ) -> Report:  # fmt: skip
        """Add articles, or replace those with the same key; unchanged ones are left alone.

        Takes what :func:`searchlib.read` gives, or dicts. A bad record is skipped and reported
        with the reason; it harms no other. ``on_progress`` is called with the number of records
        read. When this returns, everything is on disk. Waits ``timeout`` seconds for another
        writer, then raises :class:`ArchiveLocked`.

        A long run is committed in parts. If it is stopped, a run over the same files continues
        behind the last part, and ``Report.resumed`` says where; what was changed or deleted in
        between stays so. Everything is read from the start with ``resume=False``, when a file or
        the arguments of ``read`` have changed, and when the archive was emptied. With ``keys`` the
        report has the keys of what was added and updated.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     report = archive.add([{"id": 1, "title": "Rain"}, {"title": "no key"}])
        >>> report.added, [str(rejected) for rejected in report.rejected]
        (1, ['record 2: id: the key is missing'])
        """
        started = time.perf_counter()
        self._check_open()
        check_articles(articles)
        with (
            self._guard() as guard,
            IndexWriter(self._store, timeout) as writer,
            closing(IndexingRun(writer, articles, resume=resume, keys=keys)) as run,
        ):
            run.add_all(guard.callers(articles), on_progress)
        if on_progress is not None:
            on_progress(run.seen)
        report = run.report(time.perf_counter() - started)
        return replace(report, alerts=tuple(writer.alerts), alert_count=writer.alert_count)

    def update(self, key: str | Hit, /, *, timeout: float = 10.0, **changes: Any) -> Report:
        """Change some fields of one article, and leave the others; None takes a field away. Its key
        cannot be changed: ArgumentError.

        Raises :class:`~searchlib.errors.UnknownKey` if there is no such article, and
        :class:`~searchlib.errors.NotSupported` if it has a text that is not stored and that is not
        among the changes. What does not fit its field is in ``Report.rejected``, and nothing is
        changed then.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a1", "title": "Rain", "section": "weather"}])
        ...     _ = archive.update("a1", title="Snow", section=None)
        ...     archive["a1"]
        {'id': 'a1', 'title': 'Snow'}
        """
        check_changes(key, changes, self.schema)

        def changed() -> Iterator[dict[str, Any]]:  # under the lock of the writer
            record = {**self[key], **changes}
            self._current().check_complete(key_of(key), record)
            yield {name: value for name, value in record.items() if value is not None}

        return self.add(changed(), timeout=timeout)

    def sync(
        self, articles: ArticleReader, *, most_deleted: float = 0.5,
        on_progress: Callable[[int], None] | None = None, timeout: float = 10.0,
        resume: bool = True, keys: bool = False,
    ) -> Report:  # fmt: skip
        """Keep the archive in step with files: add what is new in them, update what has changed,
        and delete all other articles of the archive.

        ``articles`` is what :func:`searchlib.read` gives for files and folders. Files that are as
        they were the last time are not read, unless ``resume`` is false. Nothing is deleted if some
        file cannot be read (``Report.not_deleted`` says so), nor if more than ``most_deleted`` of
        the articles would be: :class:`~searchlib.errors.TooManyDeletes` is raised then, after the
        others were added.

        >>> import pathlib, tempfile
        >>> import searchlib as sl
        >>> news = pathlib.Path(tempfile.mkdtemp(), "news.jsonl")
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = news.write_text('{"id": "a"}\\n{"id": "b"}\\n')
        ...     _ = archive.sync(sl.read(news))
        ...     _ = news.write_text('{"id": "b"}\\n{"id": "c"}\\n')
        ...     archive.sync(sl.read(news)).deleted, list(archive)
        (1, ['b', 'c'])
        """
        directory = self._store.directory
        state = directory.read(_SYNC, _MAX_SYNC) if directory.exists(_SYNC) else b"{}"
        report, state = keep_in_step(
            self, articles, state, self, most_deleted=most_deleted, on_progress=on_progress,
            timeout=timeout, resume=resume, keys=keys,
        )  # fmt: skip
        if len(self):  # else an archive of nothing may be taken away, with its folder
            directory.write_atomic(_SYNC, state)
        return report

    def delete(
        self,
        ids: Iterable[str | Hit] | str | Hit | None = None,
        *,
        query: str | Query | SearchRequest | None = None,
        timeout: float = 10.0,
    ) -> int:
        """Delete articles by key, or all that match a query; returns how many were deleted. A
        :class:`Hit` stands for its key. The ``limit`` and ``offset`` of a request play no part.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.add([{"id": "a", "title": "Rain"}, {"id": "b", "title": "Sun"}])
        ...     archive.delete(["a", "x"]), archive.delete(query="sun")
        (1, 1)
        """
        check_deletion(ids, query)
        self._check_open()
        keys = keys_of(ids, self.schema)
        request = None if query is None else replace(
            as_request(query), limit=ALL_HITS, offset=0, facets=(), sort=()
        )  # fmt: skip
        with self._guard(), IndexWriter(self._store, timeout) as writer:
            if request is not None:
                # Under the lock, so that nothing can be added between finding and deleting.
                keys = [hit.id for hit in self.search(request)]
            count = writer.delete(keys)
            writer.commit()
        return count

    def optimize(self, *, timeout: float = 10.0) -> None:
        """Merge all segments into one, and free the space of deleted articles.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     for id in "abc":
        ...         _ = archive.add([{"id": id}])
        ...     archive.optimize()
        ...     archive.stats().segments
        1
        """
        self._check_open()
        with self._guard(), IndexWriter(self._store, timeout) as writer:
            writer.commit(optimize=True)

    def upgrade(
        self, *, on_progress: Callable[[int], None] | None = None, timeout: float = 10.0
    ) -> Upgrade:
        """Bring an archive of an earlier version of searchlib up to the current rules of analysis,
        by which more words are found in more languages: its articles are indexed anew from their
        stored texts.

        Until then it is searched, and added to, by the rules that it was made with. It all takes
        place at once, at the end: an upgrade that is stopped leaves the archive as it was. It needs
        as much free space as the archive takes. ``on_progress`` is called with the number of
        articles so far. Nothing is done if the archive is up to date.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     archive.upgrade().articles
        0
        """
        started = time.perf_counter()
        self._check_open()
        with self._guard(), IndexWriter(self._store, timeout) as writer:
            before = writer.last_commit.manifest.analysis
            articles = writer.upgrade(on_progress)
            after = writer.last_commit.manifest.analysis
        return Upgrade(before, after, articles, time.perf_counter() - started)

    def watch(
        self, name: str, query: str, *, match: Match = "all", filters: Filters = (),
        notify: Notify = "new", timeout: float = 10.0,
    ) -> Watch:  # fmt: skip
        """Keep a standing query in the archive: from the next commit on :meth:`alerts` says which
        new articles answer it, and :meth:`match` asks of one article. It takes the place of one of
        the same name. With ``notify="changed"`` it also alerts of articles that answered it before
        and were changed.

        ``query`` is text in the query language, ``match`` and ``filters`` are those of
        :meth:`search`. Dates relative to the present are read anew each time. What cannot be
        searched for is refused as it is by :meth:`search`, and nothing is kept then.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.watch("floods", "rain NEAR/5 oslo", filters={"section": "weather"})
        ...     [watch.query for watch in archive.watches()]
        ['rain NEAR/5 oslo']
        """
        watch = Watch(name, query, match=match, filters=filters, notify=notify)
        self.search(replace(watch.request(), limit=0))  # raises what running it would raise
        self._keep_watches({name: watch}, timeout)
        return watch

    def watch_all(self, watches: Iterable[Watch], *, timeout: float = 10.0) -> int:
        """Keep many standing queries in one commit, each in the place of one of its name, as
        :meth:`watch` keeps one; returns how many. Each is searched for once, which is what takes
        the time. Raises what :meth:`watch` raises, naming the query, and keeps none then.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     archive.watch_all([Watch("rain", "rain OR snow"), Watch("oslo", "oslo")])
        2
        """
        by_name: dict[str, Watch] = {}
        for watch in watches:
            if not isinstance(watch, Watch):
                cure = "give a searchlib.Watch"
                raise ArgumentTypeError(f"{type(watch).__name__} is no standing query: {cure}")
            try:
                self.search(replace(watch.request(), limit=0))
            except (QueryError, ArgumentError) as error:
                raise named(watch.name, error, "none was kept") from None
            by_name[watch.name] = watch
        self._keep_watches(by_name, timeout)
        return len(by_name)

    def _keep_watches(self, watches: Mapping[str, Watch], timeout: float) -> None:
        with self._guard(), IndexWriter(self._store, timeout) as writer:
            rows = rows_by_name(self._store.directory, writer.last_commit.manifest)
            new = {name: row_of(watch) for name, watch in watches.items()}
            self._keep_rows(writer, rows | new)

    def unwatch(self, name: str, *, timeout: float = 10.0) -> None:
        """Take a standing query away. Raises :class:`~searchlib.errors.UnknownKey` if there is
        none of this name.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.watch("rain", "rain")
        ...     archive.unwatch("rain")
        ...     archive.watches()
        []
        """
        self._check_open()
        with self._guard(), IndexWriter(self._store, timeout) as writer:
            rows = rows_by_name(self._store.directory, writer.last_commit.manifest)
            if name not in rows:
                cure = "watches() lists those that there are"
                raise UnknownKey(f"no standing query has the name {name!r}: {cure}", name)
            del rows[name]
            self._keep_rows(writer, rows)

    def watches(self) -> list[Watch]:
        """The standing queries, in the order in which they were first kept.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.watch("rain", "rain OR snow")
        ...     archive.watches()
        [Watch(name='rain', query='rain OR snow', match='all', filters=(), notify='new')]
        """
        self._check_open()
        with self._guard():
            return list(committed_watches(self._store).values())

    def alerts(self, since: str | None = None, *, limit: int | None = None) -> Alerts:
        """What the standing queries found in new and changed articles, in the order of the commits:
        all, or those since the ``token`` of alerts that were read before.

        Each commit has its alerts with it: an article that was committed was held against each
        standing query once, also if the process is killed. Within a commit they are in the order of
        :meth:`watches`, and then of the articles. Deleted articles keep their alerts. ``limit`` is
        how many to read at most; the token goes on behind them. Raises :class:`ArgumentError` for
        what is no token of this archive, and :class:`~searchlib.errors.AlertsForgotten`, whose
        ``token`` goes on with those that are left, if alerts since a token were forgotten.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.watch("storms", "storm* OR gale*")
        ...     _ = archive.add([{"id": "a1", "title": "Gales"}, {"id": "a2", "title": "Sun"}])
        ...     token = archive.alerts().token
        ...     _ = archive.add([{"id": "a3", "title": "Storm"}])
        ...     [(alert.name, alert.key, alert.kind) for alert in archive.alerts(since=token)]
        [('storms', 'a3', 'first')]
        """
        self._check_open()
        _check_type("limit", limit, (int, type(None)))
        if limit is not None and limit < 1:
            raise ArgumentError(f"limit is from 1 on, not {limit}")
        with self._guard():
            return committed_alerts(self._store, since, limit)

    def forget_alerts(self, before: str | None = None, *, timeout: float = 10.0) -> None:
        """Forget the alerts of all commits, or of those that came before a token: what
        ``alerts(since=token)`` gives is the same afterwards. Who has not read that far is told so:
        :class:`~searchlib.errors.AlertsForgotten`.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.watch("rain", "rain")
        ...     _ = archive.add([{"id": "a1", "title": "Rain"}])
        ...     archive.forget_alerts(archive.alerts().token)
        ...     len(archive.alerts())
        0
        """
        self._check_open()
        with self._guard(), IndexWriter(self._store, timeout) as writer:
            generation = writer.last_commit.generation
            first = generation + 1 if before is None else parse_token(before, generation)[0]
            writer.forget_alerts(first)
            writer.commit(merge=False)

    def match(self, article: Article | Mapping[str, Any]) -> list[str]:
        """The names of the standing queries that an article answers, which is not added.

        The answer is that of :meth:`search` as if the article had been added now. Raises
        :class:`~searchlib.errors.RecordError` for what :meth:`add` would reject,
        :class:`~searchlib.errors.NotSupported` for the archive of a Whoosh program, and
        :class:`~searchlib.errors.QueryError`, naming the standing query, for one that can no longer
        be searched for. The first call reads all standing queries; they are kept for later ones.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     _ = archive.watch("storms", "storm* OR gale*")
        ...     _ = archive.watch("oslo", "oslo -football")
        ...     archive.match({"id": "a1", "title": "Gales over Oslo"}), len(archive)
        (['storms', 'oslo'], 0)
        """
        self._check_open()
        if not isinstance(article, (Article, Mapping)):
            cure = "give an Article or a dict"
            raise ArgumentTypeError(f"{type(article).__name__} is no article: {cure}")
        record = article.record() if isinstance(article, Article) else article
        with self._guard():
            return matching_names(self._store, self._date_settings(), record)

    def _keep_rows(self, writer: IndexWriter, rows: Mapping[str, bytes]) -> None:
        writer.put_watches(join_rows(rows.values()))
        writer.commit(merge=False)

    def snapshot(self) -> Snapshot:
        """The last commit, pinned: it has the same search methods, and does not change.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive, archive.snapshot() as before:
        ...     _ = archive.add([{"id": "a"}])
        ...     len(before), len(archive)
        (0, 1)
        """
        self._check_open()
        return Snapshot(self._store, self._date_settings(), self._limits)

    def check(self) -> list[str]:
        """Read every byte of the archive and check all that it holds: checksums, every article
        against its digest and the fields that are searched, every posting and count.

        Returns what is damaged, a line each; nothing if the archive is sound.

        >>> import tempfile
        >>> with Archive.create(tempfile.mkdtemp()) as archive:
        ...     archive.check()
        []
        """
        self._check_open()
        return check(self._store.directory)

    @staticmethod
    def repair(path: Path, into: Path, schema: Schema | None = None) -> RepairReport:
        """Save all articles of a damaged archive that can be read into a new one.

        The damaged one is not changed. ``schema`` is needed only if its manifest cannot be read.
        The :class:`RepairReport` says how many articles were saved, how many are known to be lost,
        and what was damaged. Texts that are not stored, and documents of a Whoosh program, are
        saved with the sound parts of the archive; of damaged ones what is stored is, and the report
        says which articles are to be added again.

        >>> import tempfile
        >>> damaged, saved = tempfile.mkdtemp(), tempfile.mkdtemp()
        >>> Archive.create(damaged).close()
        >>> Archive.repair(damaged, saved).saved
        0
        """
        return repair(_directory(path), _directory(into), schema, restored)

    def _guard(self) -> DamageGuard:
        return DamageGuard(lambda: damage_of(self._store))

    def _date_settings(self) -> DateSettings:
        return replace(self._settings, now=self._now)

    def _check_open(self) -> None:
        if self._closed:
            raise SnapshotClosed("this archive was closed: open it again", self.path)

    def _current(self) -> CommitView:
        """The view of the last commit; a new one if there was a commit since the last call."""
        view = self._view
        manifest = self._store.manifest()
        if view is not None and view.reader.manifest is manifest:
            return view
        with self._lock:
            self._check_open()
            view = self._view
            if view is None or view.reader.manifest is not self._store.manifest():
                view = CommitView(self._store, self._date_settings(), self._limits)
                self._view = view
            return view


def open(
    path: Path, schema: Schema | None = None, *, limits: Limits | None = None,
    durability: Durability = "full",
) -> AnyArchive:  # fmt: skip
    """Open an archive in a folder: see :meth:`Archive.open`.

    With an address such as ``opensearch+https://user@host:9200/wire`` it is a
    :class:`ClusterArchive`. Both have the methods of :class:`AnyArchive`; what a cluster lacks
    raises :class:`NotSupported`.

    >>> import tempfile
    >>> import searchlib as sl
    >>> directory = tempfile.mkdtemp()
    >>> sl.Archive.create(directory).close()
    >>> with sl.open(directory) as archive:
    ...     len(archive)
    0
    """
    if not is_address(path):
        return Archive.open(path, schema, limits=limits, durability=durability)
    if durability != "full":
        raise ArgumentError(f"durability={durability!r}: a cluster has a durability of its own")
    from searchlib.opensearch.archive import ClusterArchive  # which most programs never need

    return ClusterArchive.open(str(path), schema, limits=limits)


def _directory(path: Path, durability: Durability = "full") -> Directory:
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentTypeError(f"the path of an archive is text or a Path, not {path!r}")
    if is_address(path):
        raise ArgumentError(f"{_NO_FOLDER}: searchlib.open takes it, and ClusterArchive.create")
    if not os.fspath(path):
        raise ArgumentError('the path of an archive is empty: "." is the current folder')
    return Directory(path, durability=durability)


def _check_type(name: str, value: object, types: type | tuple[type, ...]) -> None:
    if not isinstance(value, types):
        wanted = types if isinstance(types, type) else types[0]
        raise ArgumentTypeError(
            f"{name} is a searchlib.{wanted.__name__}, not {type(value).__name__}"
        )
