"""What a newcomer gets wrong: each is an error that says what to do, or simply works."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl

ARTICLES = [
    {"id": "a", "title": "Rain on the bridge", "body": "rain on bridges", "section": "local"},
    {"id": "b", "title": "Rain on the bridge again", "body": "rain and snow"},
    {"id": "c", "title": "Sun"},
]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path / "index") as made:
        made.add(ARTICLES)
        yield made


def test_archive_is_not_called() -> None:
    with pytest.raises(
        sl.ArgumentTypeError, match=r"not open an archive: searchlib\.open\('demo'\)"
    ):
        sl.Archive("demo")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "use", [sl.open, sl.Archive.create, lambda path: sl.Archive.repair(path, path)]
)
def test_the_path_is_not_empty(use: Callable[[str], Any]) -> None:
    with pytest.raises(sl.ArgumentError, match=r'path of an archive is empty: "." is the current'):
        use("")


def test_a_hit_stands_for_its_key(archive: sl.Archive) -> None:
    hit = archive.search("title:bridge -title:again")[0]
    assert hit in archive
    assert archive[hit] == archive[hit.id] == archive.get(hit)
    assert [other.id for other in archive.similar(hit)] == ["b"]
    assert archive.explain("rain", hit) == archive.explain("rain", "a")
    assert archive.delete(hit) == 1
    assert archive.delete(archive.search("rain")) == 1
    assert list(archive) == ["c"]


def test_the_fields_of_an_article_are_no_key(archive: sl.Archive) -> None:
    article: Any = {"id": "a"}
    with pytest.raises(sl.ArgumentTypeError, match="ids are a list of keys, not dict"):
        archive.delete(article)
    for use in (archive.get, archive.similar, lambda key: archive.delete([key])):
        with pytest.raises(sl.RecordError, match="a key is expected, not dict"):
            use(article)
    assert article not in archive
    assert len(archive) == 3


def test_a_snippet_of_an_unknown_field(archive: sl.Archive) -> None:
    hit = archive.search("sun")[0]
    with pytest.raises(sl.UnknownKey, match="no field 'titel': the fields are id, title"):
        hit.snippet("titel")
    assert hit.snippet("body") == ""


def test_a_snippet_with_arguments_out_of_order(archive: sl.Archive) -> None:
    hit = archive.search("sun")[0]
    with pytest.raises(sl.ArgumentTypeError, match=r"not 'html': snippet\('body', form='html'\)"):
        hit.snippet("body", "html")  # type: ignore[arg-type]
    with pytest.raises(sl.ArgumentTypeError, match="width is a whole number"):
        hit.snippet("body", 2.5)  # type: ignore[arg-type]
    with pytest.raises(sl.ArgumentError, match=r"form is .*, not 'xml'"):
        hit.snippet("body", form="xml")  # type: ignore[arg-type]


@pytest.mark.parametrize("by", [sl.by_day, sl.by_month, sl.by_year])
def test_a_facet_by_date_has_a_field(by: Callable[[Any], str]) -> None:
    with pytest.raises(sl.ArgumentTypeError, match="name of a field is text, not None"):
        by(None)


def test_a_request_from_its_dict() -> None:
    request = sl.SearchRequest("rain", facets=["section", "date:month"], sort="-date", limit=3)
    assert sl.SearchRequest(**dataclasses.asdict(request)) == request
    for wrong in ({"name": "date"}, {"field": "date", "by": "month"}):
        with pytest.raises(sl.ArgumentTypeError, match="no FacetRequest: it has field and unit"):
            sl.SearchRequest("rain", facets=[wrong])
        with pytest.raises(sl.ArgumentTypeError, match="SortKey: it has field and descending"):
            sl.SearchRequest("rain", sort=wrong)


@pytest.mark.parametrize("name", ["dayfirst", "dayFirst", "day_frist", "days_first"])
def test_a_misspelled_option_of_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(sl.ArgumentTypeError, match=f"no option '{name}': did you mean day_first"):
        sl.read(tmp_path, **{name: True})
    assert [article.extra for article in sl.read(tmp_path, desk="north")] == [{"desk": "north"}]


def test_a_schema_with_two_keys() -> None:
    with pytest.raises(sl.SchemaError, match=r"not 2 \(id, url\): keep one, and make url a"):
        sl.Schema(id=sl.Key(), url=sl.Key())


def test_repair_into_an_archive(archive: sl.Archive) -> None:
    with pytest.raises(sl.ArchiveError, match="name a new folder for what is saved"):
        sl.Archive.repair(archive.path, archive.path)


@pytest.mark.parametrize(
    ("query", "says"), [("rain^", "a weight is missing after"), ("rain^x", "'x' is not a weight")]
)
def test_weights(archive: sl.Archive, query: str, says: str) -> None:
    with pytest.raises(sl.QueryError, match=says):
        archive.search(query)


def test_a_doubled_letter_is_the_nearest_mistake(archive: sl.Archive) -> None:
    assert archive.did_you_mean("bridgee") == "bridge"
    assert archive.did_you_mean("bridgess") == "bridges"
