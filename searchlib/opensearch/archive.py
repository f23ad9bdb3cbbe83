"""The archive on a cluster: the face of :class:`searchlib.Archive`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn

from whoosh.query import Query

from searchlib.analysis import CURRENT_VERSION
from searchlib.errors import (
    ArchiveError,
    NotSupported,
    SchemaError,
    SnapshotClosed,
)
from searchlib.index.indexing import IndexingRun, Report, check_articles
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.article_reader import ArticleReader
from searchlib.opensearch.address import Address
from searchlib.opensearch.cluster import Cluster
from searchlib.opensearch.gaps import not_supported
from searchlib.opensearch.mapping import properties, settings
from searchlib.opensearch.view import ClusterView
from searchlib.opensearch.writer import ClusterWriter
from searchlib.query import Limits
from searchlib.requests import SearchRequest
from searchlib.results import Hit
from searchlib.schema import DEFAULT_LANGUAGE, NEWS, Schema
from searchlib.schema.archive_settings import date_settings, named_settings, new_settings
from searchlib.snapshot import Searchable, as_request, check_changes, check_deletion, keys_of
from searchlib.stats import Stats
from searchlib.syncing import keep_in_step

__all__ = ["ClusterArchive", "ClusterSnapshot"]

_FORMAT = 2


class ClusterArchive(Searchable):
    """News articles in an index of OpenSearch, searched as those in a folder are. Made by
    :meth:`create` and :meth:`open`; what it lacks raises :class:`~searchlib.errors.NotSupported`.

    >>> ClusterArchive.open("opensearch+http://search.example/wire")
    Traceback (most recent call last):
    ...
    searchlib.errors.ArgumentError: search.example: http goes to this machine only: use ...
    """

    def __init__(
        self, cluster: Cluster, limits: Limits | None = None, schema: Schema | None = None
    ) -> None:
        self._cluster = cluster
        self._limits = limits or Limits()
        self._closed = False
        self._now: datetime | None = None
        self._sync_state = b"{}"
        where = str(cluster.address)
        mappings = cluster.call("GET", "/_mapping")[cluster.address.index]["mappings"]
        meta = mappings.get("_meta", {}).get("searchlib")
        if not isinstance(meta, dict) or meta.get("format") != _FORMAT:
            cure = "name another index, or use a searchlib that knows it"
            raise ArchiveError(f"{where}: this is no archive of searchlib's: {cure}", where)
        self._settings: dict[str, Any] = meta["settings"]
        language = self._settings.get("language", DEFAULT_LANGUAGE)
        try:
            self._schema = Schema.from_json(meta["schema"]).bound(meta["analysis"], language)
            self._dates = date_settings(self._settings)
        except (SchemaError, KeyError, ValueError, TypeError):
            cure = "use a newer searchlib"
            raise ArchiveError(f"{where}: its analysis is not known here: {cure}", where) from None
        self._check_mapping(mappings)
        if schema is not None and schema.extends(self._schema):
            self._schema = schema.over(self._schema)
            changed = {**meta, "schema": self._schema.to_json()}
            added = {"_meta": {"searchlib": changed}, "properties": properties(self._schema)}
            cluster.call("PUT", "/_mapping", added)

    def _check_mapping(self, mappings: Mapping[str, Any]) -> None:
        """ArchiveError if the mapping is not the one that it was made with."""
        wanted, where = properties(self._schema), self.path
        found = mappings.get("properties", {})
        if mappings.get("dynamic") != "false" or found.keys() != wanted.keys():
            raise ArchiveError(f"{where}: someone has changed its mapping: make it anew", where)
        for name, field in wanted["f"]["properties"].items():
            own = found["f"].get("properties", {}).get(name, {}).get("properties", {})
            for part, options in field["properties"].items():
                if own.get(part, {}).get("type") != options["type"]:
                    message = f"{where}: someone has changed the mapping of {name}: make it anew"
                    raise ArchiveError(message, where)

    @classmethod
    def create(
        cls, address: str, schema: Schema = NEWS, *, language: str | None = None, zone: str = "UTC",
        week_start: int = 0, day_first: bool | None = None, limits: Limits | None = None,
    ) -> ClusterArchive:  # fmt: skip
        """Make an archive: an index that is not there yet, of the shards and replicas that the
        address asks for. The other arguments are those of ``Archive.create``."""
        where = Address.parse(address)
        chosen = new_settings(
            language=language, zone=zone, week_start=week_start, day_first=day_first
        )
        meta = {"format": _FORMAT, "schema": schema.to_json(), "settings": chosen,
                "analysis": CURRENT_VERSION}  # fmt: skip
        body = {
            "settings": {"index": settings(where.shards, where.replicas)},
            "mappings": {
                "dynamic": False, "_meta": {"searchlib": meta}, "properties": properties(schema),
                "_source": {"includes": ["article", "digest"]},
            },
        }  # fmt: skip
        cluster = Cluster(where)
        if cluster.exists():
            message = f"{where}: there is an index here already: open it, or name another one"
            raise ArchiveError(message, str(where))
        cluster.call("PUT", "", body, {"wait_for_active_shards": "1"})
        return cls(cluster, limits)

    @classmethod
    def open(
        cls, address: str, schema: Schema | None = None, *, limits: Limits | None = None
    ) -> ClusterArchive:
        """Open an archive; :class:`ArchiveNotFound` if there is none. The fields of ``schema`` must
        be those of the archive, and may be more: the added ones become the archive's at once."""
        return cls(Cluster(Address.parse(address)), limits, schema)

    def __repr__(self) -> str:
        return f"ClusterArchive({self.path!r})"

    def __len__(self) -> int:
        return self._view().live_count()

    @property
    def path(self) -> str:
        """The archive's address, without options."""
        return str(self._cluster.address)

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return self._schema

    @property
    def language(self) -> str:
        """The language of articles for which nothing else says one."""
        return self._schema.language

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments with which the archive was made, besides its schema."""
        return named_settings(self._settings)

    @property
    def analysis_version(self) -> int:
        """The version of the rules by which its texts became terms."""
        return self._schema.rules.version

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        self._cluster.close()

    def add(
        self, articles: Iterable[Article | Mapping[str, Any] | Rejected], *,
        on_progress: Callable[[int], None] | None = None, timeout: float = 10.0,
        resume: bool = True, keys: bool = False,
    ) -> Report:  # fmt: skip
        """Add articles, or replace those with the same key; unchanged ones are left alone. When it
        returns, they are found. A run that was stopped is begun anew: what it had added is
        unchanged then. There is no lock to wait for: ``timeout`` plays no part."""
        started = time.perf_counter()
        check_articles(articles)
        with closing(IndexingRun(self._writer(), articles, resume=resume, keys=keys)) as run:
            run.add_all(articles, on_progress)
        if on_progress is not None:
            on_progress(run.seen)
        return run.report(time.perf_counter() - started)

    def update(self, key: str | Hit, /, *, timeout: float = 10.0, **changes: Any) -> Report:
        """Change some fields of one article, and leave the others; None takes a field away."""
        check_changes(key, changes, self._schema)
        record = {**self[key], **changes}
        return self.add([{name: value for name, value in record.items() if value is not None}])

    def sync(
        self, articles: ArticleReader, *, most_deleted: float = 0.5,
        on_progress: Callable[[int], None] | None = None, timeout: float = 10.0,
        resume: bool = True, keys: bool = False,
    ) -> Report:  # fmt: skip
        """Keep the archive in step with files, as ``Archive.sync`` does. What was in each file is
        remembered as long as this archive is open: the first time all are read."""
        report, self._sync_state = keep_in_step(
            self, articles, self._sync_state, set(self), most_deleted=most_deleted,
            on_progress=on_progress, timeout=timeout, resume=resume, keys=keys,
        )  # fmt: skip
        return report

    def delete(
        self, ids: Iterable[str | Hit] | str | Hit | None = None, *,
        query: str | Query | SearchRequest | None = None, timeout: float = 10.0,
    ) -> int:  # fmt: skip
        """Delete articles by key, or all that match a query; returns how many were deleted."""
        check_deletion(ids, query)
        if query is not None:
            return self._writer().delete(self._view().matching_keys(as_request(query)))
        return self._writer().delete(keys_of(ids, self._schema))

    def check(self) -> list[str]:
        """What is wrong with the index, a line each: shards without a copy, or copies missing."""
        self._check_open()
        shards = self._cluster.call("GET", "/_search_shards")["shards"]
        states = [copy["state"] for copies in shards for copy in copies]
        settings = self._cluster.call("GET", "/_settings")[self._cluster.address.index]["settings"]
        wanted = int(settings["index"]["number_of_shards"])
        wanted *= 1 + int(settings["index"]["number_of_replicas"])
        working = states.count("STARTED")
        return [] if working == wanted else [f"{working} of {wanted} copies of shards work"]

    def stats(self) -> Stats:
        """How many articles, segments and bytes there are (of one copy of each shard), and what
        each field holds. ``generation`` is 0: a cluster has no commits that are numbered."""
        view = self._view()
        primaries = self._cluster.call("GET", "/_stats")["_all"]["primaries"]
        return Stats(
            articles=view.live_count(), deleted=primaries["docs"]["deleted"],
            segments=primaries["segments"]["count"], bytes=primaries["store"]["size_in_bytes"],
            generation=0, fields=view.field_stats(),
        )  # fmt: skip

    def export(self) -> Iterator[dict[str, Any]]:
        """The stored fields of all articles of one moment, in the order they were added in."""
        return self._view().records()

    @property
    def generation(self) -> NoReturn:
        raise not_supported("generation")

    @property
    def copies(self) -> NoReturn:
        raise not_supported("copies")

    @property
    def most_copied(self) -> NoReturn:
        raise not_supported("most_copied")

    def __getattr__(self, name: str) -> NoReturn:
        # The methods that an archive in a folder has besides.
        try:
            error: Exception = not_supported(name)
        except KeyError:
            error = AttributeError(f"ClusterArchive has no attribute {name!r}")
        raise error

    def snapshot(self) -> Searchable:
        """The archive as it is now, pinned: it has the same search methods, and does not change.
        One that is not asked for ten minutes ends."""
        self._check_open()
        return ClusterSnapshot(self._view(self._cluster.pinned()))

    def _check_open(self) -> None:
        if self._closed:
            raise SnapshotClosed("this archive was closed: open it again", self.path)

    def _writer(self) -> ClusterWriter:
        self._check_open()
        if self.analysis_version != CURRENT_VERSION:
            cure = "add them to a new index"
            why = "its texts were cut by earlier rules"
            raise NotSupported("add", why, cure)
        names = "language" in self._settings
        return ClusterWriter(self._cluster, self._schema, self._dates.zone, names_language=names)

    def _view(self, cluster: Cluster | None = None) -> ClusterView:
        self._check_open()
        dates = replace(self._dates, now=self._now)
        return ClusterView(
            cluster or self._cluster, self._schema, dates, self._limits, self._settings
        )

    def _current(self) -> Any:  # a ClusterView has the methods of a CommitView that are used
        return self._view()


class ClusterSnapshot(Searchable):
    """An archive on a cluster as it was at one moment, made by :meth:`ClusterArchive.snapshot`.
    Close it, or use it in ``with``, so that the cluster can let go of what it keeps for it."""

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._closed = False

    @property
    def schema(self) -> Schema:
        """The fields of its articles."""
        return self._view.schema

    @property
    def generation(self) -> NoReturn:
        raise not_supported("generation")

    @property
    def copies(self) -> NoReturn:
        raise not_supported("copies")

    @property
    def most_copied(self) -> NoReturn:
        raise not_supported("most_copied")

    def stats(self) -> NoReturn:
        why = "bytes and segments are those of now"
        raise NotSupported("stats", why, "ask the archive, or len() of the snapshot")

    def __len__(self) -> int:
        count: int = self._current().live_count()
        return count

    def close(self) -> None:
        """Let go of it. A second call does nothing."""
        if not self._closed:
            self._closed = True
            self._view.unpin()

    def _current(self) -> Any:
        if self._closed:
            raise SnapshotClosed("this snapshot was closed: take a new one")
        return self._view
