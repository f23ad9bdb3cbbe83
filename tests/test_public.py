"""The public face: every promised name is there, documented, and nothing else looks public."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import searchlib as sl

PROMISED = [
    "NEWS",
    "AnyArchive",
    "Archive",
    "Article",
    "ArchiveError",
    "ArchiveLocked",
    "ArchiveNotFound",
    "ArgumentError",
    "ArgumentTypeError",
    "CorruptArchive",
    "Date",
    "Explanation",
    "FacetCounts",
    "FacetRequest",
    "FieldStats",
    "HighlightSpans",
    "HighlightTerm",
    "Hit",
    "Interval",
    "Key",
    "Keyword",
    "Limits",
    "Number",
    "Parsed",
    "QueryError",
    "RecordError",
    "RepairReport",
    "Report",
    "Results",
    "Schema",
    "SchemaError",
    "SearchRequest",
    "SearchlibError",
    "Snapshot",
    "SnapshotClosed",
    "SortKey",
    "Stats",
    "Stored",
    "Text",
    "UnknownKey",
    "by_day",
    "by_month",
    "by_year",
    "open",
    "read",
    "read_page",
]

SEARCH_METHODS = [
    "search",
    "count",
    "get",
    "export",
    "parse",
    "explain",
    "similar",
    "suggest",
    "did_you_mean",
    "stats",
    "__len__",
    "__iter__",
    "__contains__",
    "__getitem__",
]

# Handed out, but not for users: the syntax tree of a parsed query, which may change; how a run
# of indexing is resumed; the writer, which Whoosh programs know as a whoosh.writing.IndexWriter.
INTERNAL = {"Expr", "Progress", "ArchiveWriter"}

CLASSES = sorted(
    name for name in sl.__all__ if isinstance(getattr(sl, name), type) and name != "Archive"
)


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


@pytest.mark.parametrize("name", ["Archive", *CLASSES])
def test_every_public_method_is_documented(name: str) -> None:
    for attribute, value in vars(getattr(sl, name)).items():
        if attribute.startswith("_") or not callable(getattr(value, "__func__", value)):
            continue
        if inspect.getmodule(value) is not None:
            assert inspect.getdoc(getattr(getattr(sl, name), attribute)), f"{name}.{attribute}"


def test_archive_has_what_is_promised() -> None:
    for name in [
        "create",
        "open",
        "close",
        "add",
        "delete",
        "optimize",
        "snapshot",
        "check",
        "repair",
        "whoosh",
        "path",
    ]:
        assert hasattr(sl.Archive, name), name


def test_archive_and_snapshot_have_one_set_of_search_methods() -> None:
    for name in SEARCH_METHODS:
        method = getattr(sl.Searchable, name)
        assert getattr(sl.Archive, name) is method
        assert getattr(sl.Snapshot, name) is method


def test_open_is_archive_open() -> None:
    own, other = inspect.signature(sl.open), inspect.signature(sl.Archive.open)
    assert own.parameters == other.parameters


def test_errors_are_one_tree() -> None:
    for name in sl.__all__:
        value = getattr(sl, name)
        if (
            isinstance(value, type)
            and issubclass(value, Exception)
            and not issubclass(value, Warning)
        ):
            assert issubclass(value, sl.SearchlibError)


def _types(annotation: Any) -> Iterator[type]:
    """The classes that an annotation is made of."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _types(part)


def _handed_out(cls: type) -> Iterator[tuple[str, Any]]:
    """What the public methods, properties and attributes of a class are annotated to give."""
    for name, value in inspect.getmembers(cls):
        if name.startswith("_"):
            continue
        function = value.fget if isinstance(value, property) else value
        function = getattr(value, "func", function)  # of a cached_property
        if callable(function) and (inspect.getmodule(function) or types).__name__.startswith(
            "searchlib"
        ):
            yield name, typing.get_type_hints(function).get("return")
    for name, annotation in typing.get_type_hints(cls).items():
        if not name.startswith("_"):
            yield name, annotation


@pytest.mark.parametrize("name", ["Archive", *CLASSES])
def test_every_type_that_is_handed_out_is_public(name: str) -> None:
    for attribute, annotation in _handed_out(getattr(sl, name)):
        for cls in _types(annotation):
            if cls.__module__.startswith("searchlib") and cls.__name__ not in INTERNAL:
                assert getattr(sl, cls.__name__, None) is cls, f"{name}.{attribute}: {cls}"
