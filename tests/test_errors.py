"""The tree of errors: what each says, that each is a plain value, and that a pool hands it on."""

from __future__ import annotations

import copy
import importlib
import os
import pickle
import pkgutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib import errors
from searchlib.requests import FacetRequest, SearchRequest, SortKey

SINCE = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "QueryError": ("bad-date", (5, 9), "no such day", "write 2022-02-28", "date:2022-02-30"),
    "RecordError": ("news.jsonl:17", "date", "no such day"),
    "UnknownKey": ("no article has the key 'a9'", "a9"),
    "ArchiveLocked": ("index", 4711, SINCE),
    "NotSupported": ("optimize", "a cluster merges by itself", "leave it out"),
    "TooManyDeletes": ("index", 90, 100),
    "AlertsForgotten": ("3.0", "8.0"),
    "WriterLocked": ("index", None, None),
    "CorruptArchive": ("index/s1.seg", "its length is wrong"),
}  # of those that take more than a message


def _subclasses(cls: type[errors.SearchlibError]) -> Iterator[type[errors.SearchlibError]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _subclasses(subclass)


def _all_errors() -> list[errors.SearchlibError]:
    for module in pkgutil.walk_packages(sl.__path__, "searchlib."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    classes = {
        c for c in _subclasses(errors.SearchlibError) if c.__module__.startswith("searchlib.")
    }
    return [
        cls(*ARGUMENTS.get(cls.__name__, (f"a message of {cls.__name__}",)))
        for cls in sorted(classes, key=lambda cls: cls.__name__)
    ]


ERRORS = _all_errors()


def _id(error: Exception) -> str:
    return type(error).__name__


def test_the_tree_is_drawn_whole() -> None:
    assert errors.__doc__ is not None
    for name in errors.__all__:
        value = getattr(errors, name)
        if isinstance(value, type) and issubclass(value, errors.SearchlibError):
            assert f" {name} " in errors.__doc__.replace("\n", " ") or name == "SearchlibError"
    assert {"QueryError", "WriterLocked", "Refused"} <= set(map(_id, ERRORS))


@pytest.mark.parametrize("error", ERRORS, ids=_id)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_can_be_pickled(error: errors.SearchlibError, protocol: int) -> None:
    error.add_note("while searching")
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is type(error)
    assert back == error
    assert hash(back) == hash(error)
    assert (str(back), back.args, vars(back)) == (str(error), error.args, vars(error))
    assert back.args == (str(back),)
    assert copy.copy(error) == copy.deepcopy(error) == error


def test_errors_compare_by_type_and_content() -> None:
    first, second = (errors.RecordError("a:1", "date", why) for why in ("x", "y"))
    assert first == errors.RecordError("a:1", "date", "x")
    assert first != second
    assert errors.ArchiveError("m", "p") != errors.ArchiveNotFound("m", "p")
    assert errors.ArchiveError("m", "p") != errors.ArchiveError("m", "q")
    assert errors.SearchlibError("m") != "m"
    assert (errors.SearchlibError("m") == "m") is False


def test_mistakes_in_a_call_are_built_in_errors_too() -> None:
    for ours, theirs in (
        (errors.ArgumentError, ValueError),
        (errors.ArgumentTypeError, TypeError),
        (errors.UnknownKey, KeyError),
    ):
        assert issubclass(ours, theirs)
        assert issubclass(ours, errors.SearchlibError)


def test_messages_say_what_where_and_the_cure(tmp_path: Path) -> None:
    locked = errors.ArchiveLocked("index", 4711, SINCE)
    assert str(locked) == (
        "index: process 4711 has been writing to this archive since 2026-11-26 03:00:00 UTC: "
        "wait until it is done, or stop it"
    )
    assert "another process" in str(errors.ArchiveLocked(Path("index"), None, None))
    own = str(errors.ArchiveLocked("index", os.getpid(), SINCE))
    assert "another writer of this program" in own and "commit or cancel" in own
    damaged = errors.CorruptArchive(Path("index") / "s1.seg", "it is too short")
    assert (damaged.file, damaged.path) == ("index/s1.seg", "index/s1.seg")
    cure = "save what can be read: searchlib repair NEW --archive "
    assert str(damaged).endswith(f"{cure}index")
    assert str(errors.CorruptArchive("s1.seg", "it is too short")).endswith(f"{cure}.")
    assert str(errors.CorruptArchive("my news/s1.seg", "x")).endswith(f"{cure}'my news'")
    assert str(errors.CorruptArchive(tmp_path, "it is away")).endswith(f"{cure}{tmp_path}")
    assert str(errors.RecordError("", None, "no key")) == "no key"
    query = errors.QueryError("bad-date", (5, 9), "no such day", text="date:\tabc")
    assert query.pointer() == "date: abc\n     ^^^^"
    assert str(query) == "no such day"


# What public calls return, and what they take, travels between processes as well.
VALUES = [
    sl.NEWS,
    sl.Schema(id=sl.Key(), body=sl.Text(language="de", weight=2.0), n=sl.Number()),
    SearchRequest("rain", facets=["date:year"], sort="-date"),
    FacetRequest("date", "day"),
    SortKey("date", descending=True),
    sl.FacetCounts("section", [("World", 3)], missing=2),
    sl.Report(1, 0, 2, [sl.Rejected("a:1", "date", "no such day")], 0.5, ("x",), ("a:7",)),
    sl.Stats(2, 0, 1, 4096, 1, (sl.FieldStats("words", "number", 0, 0, 1, 900),)),
    sl.RepairReport(saved=3, lost=1, problems=["s1.seg: damaged"]),
    sl.Explanation("all", 1.5, True, (sl.Explanation("body:rain", 1.5, True),)),
    sl.HighlightTerm("body", "phrase", ("new", "york"), exact=True),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_values_can_be_pickled(value: object, protocol: int) -> None:
    back = pickle.loads(pickle.dumps(value, protocol))
    assert back == value
    assert repr(back) == repr(value)


def test_a_schema_that_was_used_can_be_pickled() -> None:
    schema = sl.Schema(id=sl.Key(), title=sl.Text())
    schema.to_whoosh()
    back = pickle.loads(pickle.dumps(schema))
    assert back == schema
    assert back.normalize({"id": 7, "title": "Rain"}) == {"id": "7", "title": "Rain"}
    assert back.exact("title") == "title_exact"


def _search(path: str, request: SearchRequest) -> tuple[int, Any]:
    with sl.open(path) as archive:
        results = archive.search(request)
        return results.total, results.facets


def _fail(error: Exception) -> None:
    raise error


def test_a_process_pool_outlives_mistyped_queries(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive:
        archive.add([{"id": "a", "title": "Rain", "section": "Weather"}])
    good = SearchRequest("rain", facets=["section"])
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        mistyped = pool.submit(_search, str(tmp_path), SearchRequest("autor:lee"))
        failures = [pool.submit(_fail, error) for error in ERRORS]
        answer = pool.submit(_search, str(tmp_path), good)
        with pytest.raises(sl.QueryError, match="there is no field 'autor'") as caught:
            mistyped.result(60)
        assert (caught.value.code, caught.value.text) == ("unknown-field", "autor:lee")
        assert [failure.exception(60) for failure in failures] == ERRORS
        assert answer.result(60) == (1, {"section": [("Weather", 1)]})
