"""searchlib: a full-text search library for news archives.

>>> import tempfile
>>> import searchlib as sl
>>> archive = sl.Archive.create(tempfile.mkdtemp(), sl.NEWS)
>>> archive.add([{"id": "a1", "title": "Rain in Oslo", "section": "weather"}]).added
1
>>> [(hit.id, hit["title"]) for hit in archive.search("oslo section:weather")]
[('a1', 'Rain in Oslo')]
>>> archive.close()
"""

import typing as _typing

from searchlib import whoosh_warnings as _whoosh_warnings  # noqa: F401 - before all else
from searchlib._version import __version__
from searchlib.any_archive import AnyArchive, Upgrade
from searchlib.archive import Archive, open
from searchlib.archive_set import ArchiveSet, SetSnapshot, open_many
from searchlib.dates import DateSettings, Interval
from searchlib.errors import (
    AlertsForgotten,
    ArchiveDenied,
    ArchiveError,
    ArchiveLocked,
    ArchiveNotFound,
    ArchiveUnreachable,
    ArgumentError,
    ArgumentTypeError,
    CorruptArchive,
    NotSupported,
    PerformanceWarning,
    QueryError,
    RecordError,
    SchemaError,
    SearchlibError,
    SnapshotClosed,
    TooManyDeletes,
    UnknownKey,
)
from searchlib.highlight_terms import HighlightSpans, HighlightTerm
from searchlib.index.alerts import Alert, Alerts
from searchlib.index.indexing import Report
from searchlib.index.repair import RepairReport
from searchlib.ingest import read
from searchlib.ingest.article import Article, Rejected, read_page
from searchlib.ingest.article_reader import ArticleReader
from searchlib.ingest.read_summary import ReadSummary
from searchlib.kernels import available as __kernels__
from searchlib.query import Limits, Parsed
from searchlib.query.ast import PeriodExpr
from searchlib.requests import FacetRequest, SearchRequest, SortKey, by_day, by_month, by_year
from searchlib.results import (
    Carried,
    CopiedStories,
    Copies,
    Explanation,
    FacetCounts,
    Hit,
    Results,
)
from searchlib.schema import NEWS, Date, Field, Key, Keyword, Number, Schema, Stored, Text
from searchlib.snapshot import Searchable, Snapshot
from searchlib.stats import FieldStats, Stats
from searchlib.synonyms import Synonyms
from searchlib.timeline import Timeline
from searchlib.watches.watch import Watch
from searchlib.whoosh_backend.index import ArchiveIndex

__all__ = [
    "NEWS",
    "Alert",
    "Alerts",
    "AlertsForgotten",
    "AnyArchive",
    "Archive",
    "ArchiveDenied",
    "ArchiveError",
    "ArchiveIndex",
    "ArchiveLocked",
    "ArchiveNotFound",
    "ArchiveSet",
    "ArchiveUnreachable",
    "ArgumentError",
    "ArgumentTypeError",
    "Article",
    "ArticleReader",
    "Carried",
    "ClusterArchive",
    "CopiedStories",
    "Copies",
    "CorruptArchive",
    "Date",
    "DateSettings",
    "Explanation",
    "FacetCounts",
    "FacetRequest",
    "Field",
    "FieldStats",
    "HighlightSpans",
    "HighlightTerm",
    "Hit",
    "Interval",
    "Key",
    "Keyword",
    "Limits",
    "NotSupported",
    "Number",
    "Parsed",
    "PerformanceWarning",
    "PeriodExpr",
    "QueryError",
    "ReadSummary",
    "RecordError",
    "Rejected",
    "RepairReport",
    "Report",
    "Results",
    "Schema",
    "SchemaError",
    "SearchRequest",
    "Searchable",
    "SearchlibError",
    "SetSnapshot",
    "Snapshot",
    "SnapshotClosed",
    "SortKey",
    "Stats",
    "Stored",
    "Synonyms",
    "Text",
    "Timeline",
    "TooManyDeletes",
    "UnknownKey",
    "Upgrade",
    "Watch",
    "__kernels__",
    "__version__",
    "by_day",
    "by_month",
    "by_year",
    "open",
    "open_many",
    "read",
    "read_page",
]

if _typing.TYPE_CHECKING:
    from searchlib.opensearch.archive import ClusterArchive
else:

    def __getattr__(name):  # programs without a cluster do not import it
        if name != "ClusterArchive":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from searchlib.opensearch.archive import ClusterArchive

        globals()[name] = ClusterArchive
        return ClusterArchive
