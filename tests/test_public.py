"""The public face: what is promised is there, and nothing else looks public."""

from __future__ import annotations

import types

import searchlib as sl

PROMISED = [
    "Archive",
    "Article",
    "Date",
    "Key",
    "Keyword",
    "NEWS",
    "Number",
    "Schema",
    "Stored",
    "Text",
    "by_month",
    "read",
    "SearchlibError",
    "SchemaError",
    "RecordError",
    "QueryError",
    "ArchiveError",
    "ArchiveNotFound",
    "ArchiveLocked",
    "CorruptArchive",
    "SnapshotClosed",
    "FacetCounts",
    "Hit",
    "Results",
]


def test_promised_names_are_there() -> None:
    assert set(PROMISED) <= set(sl.__all__)


def test_all_is_what_the_module_has() -> None:
    public = {
        name
        for name, value in vars(sl).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public | {"__kernels__", "__version__"} == set(sl.__all__)


def test_every_public_name_is_documented() -> None:
    for name in sl.__all__:
        value = getattr(sl, name)
        if isinstance(value, (type, types.FunctionType)):
            assert value.__doc__, name


def test_archive_has_what_is_promised() -> None:
    promised = "create open close add delete optimize search snapshot explain similar suggest"
    for name in (
        *promised.split(),
        "did_you_mean",
        "stats",
        "check",
        "repair",
        "whoosh",
        "parse",
        "get",
    ):
        assert hasattr(sl.Archive, name), name
    for name in ("search", "explain", "similar", "suggest", "did_you_mean", "stats", "parse"):
        assert hasattr(sl.Snapshot, name), name


def test_errors_are_one_tree() -> None:
    for name in sl.__all__:
        value = getattr(sl, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, sl.SearchlibError | Warning)
