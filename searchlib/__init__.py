"""searchlib: a full-text search engine library for news archives.

>>> import tempfile
>>> import searchlib as sl
>>> archive = sl.Archive.create(tempfile.mkdtemp(), sl.NEWS)
>>> archive.add([{"id": "a1", "title": "Rain in Oslo", "section": "weather"}]).added
1
>>> [(hit.id, hit["title"]) for hit in archive.search("oslo section:weather")]
[('a1', 'Rain in Oslo')]
>>> archive.close()
"""

from searchlib._version import __version__
from searchlib.archive import Archive
from searchlib.dates import DateSettings
from searchlib.errors import (
    ArchiveError,
    ArchiveLocked,
    ArchiveNotFound,
    CorruptArchive,
    PerformanceWarning,
    QueryError,
    RecordError,
    SchemaError,
    SearchlibError,
    SnapshotClosed,
)
from searchlib.index.indexing import Report
from searchlib.ingest import read
from searchlib.ingest.article import Article, Rejected, read_page
from searchlib.kernels import available as __kernels__
from searchlib.query import Limits, Parsed
from searchlib.results import (
    Explanation,
    FacetCounts,
    Hit,
    Results,
    by_day,
    by_month,
    by_year,
)
from searchlib.schema import NEWS, Date, Key, Keyword, Number, Schema, Stored, Text
from searchlib.snapshot import Snapshot
from searchlib.stats import Stats

__all__ = [
    "NEWS",
    "Archive",
    "ArchiveError",
    "ArchiveLocked",
    "ArchiveNotFound",
    "Article",
    "CorruptArchive",
    "Date",
    "DateSettings",
    "Explanation",
    "FacetCounts",
    "Hit",
    "Key",
    "Keyword",
    "Limits",
    "Number",
    "Parsed",
    "PerformanceWarning",
    "QueryError",
    "RecordError",
    "Rejected",
    "Report",
    "Results",
    "Schema",
    "SchemaError",
    "SearchlibError",
    "Snapshot",
    "SnapshotClosed",
    "Stats",
    "Stored",
    "Text",
    "__kernels__",
    "__version__",
    "by_day",
    "by_month",
    "by_year",
    "read",
    "read_page",
]
