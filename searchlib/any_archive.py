"""What an archive has, whether it is in a folder or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from whoosh.query import Query

from searchlib.index.alerts import Alerts
from searchlib.index.indexing import Report
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.article_reader import ArticleReader
from searchlib.requests import Filters, Match, SearchRequest
from searchlib.results import Hit
from searchlib.snapshot import Searchable
from searchlib.watches.watch import Notify, Watch
from searchlib.whoosh_backend.index import ArchiveIndex

__all__ = ["AnyArchive", "Upgrade"]


@dataclass(frozen=True)
class Upgrade:
    """What :meth:`Archive.upgrade` did: the versions of the analysis ``before`` and ``after``, the
    number of articles that were indexed anew (0: it was up to date), the seconds that it took.

    >>> Upgrade(1, 2, 500, 0.7).after
    2
    """

    before: int
    after: int
    articles: int
    took: float


class AnyArchive(Searchable, Protocol):
    """An archive wherever it is: what :func:`searchlib.open` gives. :class:`Archive` says what each
    method does; what an archive on a cluster lacks raises :class:`NotSupported` there.

    It is for annotations: a function that takes one is checked for both.

    >>> import tempfile
    >>> import searchlib as sl
    >>> def newest(archive: sl.AnyArchive) -> list[str]:
    ...     return [hit.id for hit in archive.search("*", sort="-date", limit=3)]
    >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
    ...     newest(archive)
    []
    """

    @property
    def path(self) -> str:
        """Where it is: a directory, or an address."""

    @property
    def language(self) -> str:
        """The language of articles for which nothing else says one."""

    @property
    def analysis_version(self) -> int:
        """The version of the rules by which its texts became terms."""

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments with which the archive was made, besides its schema."""

    @property
    def whoosh(self) -> ArchiveIndex:
        """The archive as a ``whoosh.index.Index``."""

    def add(
        self, articles: Iterable[Article | Mapping[str, Any] | Rejected], *,
        on_progress: Callable[[int], None] | None = None, timeout: float = 10.0,
        resume: bool = True, keys: bool = False,
    ) -> Report:  # fmt: skip
        """Add articles, or replace those with the same key."""

    def update(self, key: str | Hit, /, *, timeout: float = 10.0, **changes: Any) -> Report:
        """Change some fields of one article, and leave the others."""

    def sync(
        self, articles: ArticleReader, *, most_deleted: float = 0.5,
        on_progress: Callable[[int], None] | None = None, timeout: float = 10.0,
        resume: bool = True, keys: bool = False,
    ) -> Report:  # fmt: skip
        """Keep the archive in step with files."""

    def delete(
        self, ids: Iterable[str | Hit] | str | Hit | None = None, *,
        query: str | Query | SearchRequest | None = None, timeout: float = 10.0,
    ) -> int:  # fmt: skip
        """Delete articles by key, or all that match a query."""

    def optimize(self, *, timeout: float = 10.0) -> None:
        """Merge all segments into one."""

    def upgrade(
        self, *, on_progress: Callable[[int], None] | None = None, timeout: float = 10.0
    ) -> Upgrade:
        """Bring the archive up to the current rules of analysis."""

    def watch(
        self, name: str, query: str, *, match: Match = "all", filters: Filters = (),
        notify: Notify = "new", timeout: float = 10.0,
    ) -> Watch:  # fmt: skip
        """Keep a standing query in the archive."""

    def watch_all(self, watches: Iterable[Watch], *, timeout: float = 10.0) -> int:
        """Keep many standing queries."""

    def unwatch(self, name: str, *, timeout: float = 10.0) -> None:
        """Take a standing query away."""

    def watches(self) -> list[Watch]:
        """The standing queries."""

    def alerts(self, since: str | None = None, *, limit: int | None = None) -> Alerts:
        """What the standing queries found in the commits since a token."""

    def forget_alerts(self, before: str | None = None, *, timeout: float = 10.0) -> None:
        """Forget old alerts."""

    def match(self, article: Article | Mapping[str, Any]) -> list[str]:
        """The names of the standing queries that an article answers."""

    def snapshot(self) -> Searchable:
        """The last commit, pinned: a :class:`Snapshot` of an archive in a folder."""

    def check(self) -> list[str]:
        """What is damaged, a line each."""
