"""Texts that are indexed and not stored (``sl.Text(stored=False)``): found as any other, and what
would need the text itself says so or is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import searchlib as sl
from searchlib.cli.main import searchlib as command
from searchlib.errors import RecordError
from searchlib.opensearch.mapping import properties
from searchlib.repl.commands import run_line
from searchlib.repl.data import hit_data
from searchlib.repl.render import Layout
from searchlib.repl.session import Session

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=2.0), body=sl.Text(stored=False), section=sl.Keyword()
)
STORED = sl.Schema(id=sl.Key(), title=sl.Text(weight=2.0), body=sl.Text(), section=sl.Keyword())
ARTICLES: list[dict[str, Any]] = [
    {"id": "a", "title": "Rain in Oslo", "body": "It rained. The harbour of Oslo flooded."},
    {"id": "b", "title": "Sun", "body": "No rain fell. Rain is rare here.", "section": "Weather"},
    {"id": "c", "title": "北京", "body": "北京天气 北京"},
    {"id": "d", "title": "Empty"},
]
QUERIES = (
    "rain", "body:rain", '"rained"', '"no rain"', "rain NEAR/4 rare", "rain harbour", "北京", "r*n",
    "has:body", "rain SAME fell", "section:weather OR oslo", "-rain", "body:rain~", "raim~",
)  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path / "index", SCHEMA) as archive:
        archive.add(ARTICLES[:2])
        archive.add(ARTICLES[2:])
        yield archive


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path / "stored", STORED) as archive:
        archive.add(ARTICLES)
        yield archive


def test_they_are_found_as_stored_ones_are(archive: sl.Archive, stored: sl.Archive) -> None:
    for _ in range(2):
        for query in QUERIES:
            left, right = archive.search(query), stored.search(query)
            assert {hit.id: round(hit.score, 9) for hit in left} == {
                hit.id: round(hit.score, 9) for hit in right
            }, query
        archive.optimize()


def test_an_equal_article_is_unchanged_and_another_text_is_not(archive: sl.Archive) -> None:
    for _ in range(2):
        assert archive.add(ARTICLES).unchanged == len(ARTICLES)
        archive.optimize()
    other = ARTICLES[0] | {"body": "It snowed."}
    report = archive.add([other])
    assert (report.updated, report.unchanged) == (1, 0)
    assert [hit.id for hit in archive.search("snowed")] == ["a"]
    assert not archive.search("harbour")
    assert archive.add([other]).unchanged == 1
    without = {"id": "a", "title": "Rain in Oslo"}
    assert (archive.add([without]).updated, archive.add([without]).unchanged) == (1, 1)


def test_it_is_sound_before_and_after_merges(archive: sl.Archive) -> None:
    archive.delete(["b"])
    assert archive.check() == []
    archive.optimize()
    assert archive.check() == []
    assert archive.stats().segments == 1
    assert [hit.id for hit in archive.search('"harbour of oslo"')] == ["a"]


def test_the_text_is_nowhere(archive: sl.Archive, tmp_path: Path) -> None:
    [hit] = archive.search("harbour")
    assert (hit["body"], hit.get("body", "none"), "body" in hit) == (None, "none", False)
    assert dict(hit) == archive["a"] == {"id": "a", "title": "Rain in Oslo"}
    assert all("body" not in record and "_texts" not in record for record in archive.export())
    with archive.whoosh.searcher() as searcher:
        assert searcher.document(id="a") == {"id": "a", "title": "Rain in Oslo"}
        assert not archive.whoosh.schema["body"].stored


def test_snippets_say_that_there_is_no_text(archive: sl.Archive) -> None:
    [hit] = archive.search("harbour")
    said = "(the text of body is not stored)"
    assert hit.snippet() == hit.marked() == hit.snippet(form="html") == said
    assert hit.snippet("title") == "Rain in Oslo"
    layout = Layout.of(SCHEMA)
    assert "snippet" not in hit_data(hit, layout)  # for programs: it is no text of the article
    assert said in archive.search("harbour")._repr_html_()
    result = CliRunner().invoke(command, ["search", "harbour", "--archive", archive.path])
    assert said in result.output


def test_articles_are_not_sorted_by_a_text_that_is_not_there(archive: sl.Archive) -> None:
    with pytest.raises(sl.ArgumentError, match=r"cannot sort by '-body': try one of id, title"):
        archive.search("harbour", sort="-body")
    result = CliRunner().invoke(
        command, ["search", "harbour", "--sort", "body", "--archive", archive.path]
    )
    assert "cannot sort by 'body'" in str(result.exception)


def test_an_export_says_what_it_lacks(archive: sl.Archive) -> None:
    result = CliRunner().invoke(command, ["export", "--archive", archive.path])
    assert result.stderr == "not stored, and left out: body\n"
    assert len(result.stdout.splitlines()) == len(ARTICLES)
    result = CliRunner().invoke(
        command, ["export", "--fields", "id,title", "--archive", archive.path]
    )
    assert (result.stderr, result.exit_code) == ("", 0)


def test_the_prompt_says_what_a_file_and_an_article_lack(
    archive: sl.Archive, stored: sl.Archive, tmp_path: Path
) -> None:
    said, file = io.StringIO(), tmp_path / "found.jsonl"
    out = Console(file=said, width=300)
    with sl.open_many([stored.path, archive.path]) as both:
        for one, ranks in ((archive, [1]), (both, [1, 2])):
            session = Session(one, out, out)
            for line in ("harbour", f":export {file}", *(f":open {rank}" for rank in ranks)):
                out.print(f"> {line}", markup=False)
                run_line(session, line)
            file.unlink()
    answers = said.getvalue().split("> ")
    assert answers[2].endswith(f"1 article in {file}\nnot stored, and left out: body\n")
    assert "(the text of body is not stored)" in answers[3]
    assert answers[5].endswith(f"\nnot stored in {archive.path}, and left out: body\n")
    opened = ["(the text of body is not stored)" in answer for answer in answers[6:]]
    assert sorted(opened) == [False, True]


def test_what_would_lose_the_text_is_refused(archive: sl.Archive, tmp_path: Path) -> None:
    with pytest.raises(sl.NotSupported, match="add the whole article anew"):
        archive.update("a", section="Weather")
    assert archive["a"] == {"id": "a", "title": "Rain in Oslo"}
    assert archive.update("a", section="Weather", body="It rained again.").updated == 1
    assert archive.update("a", body=None).updated == 1
    assert archive.update("d", section="Weather").updated == 1  # it has no such text
    result = CliRunner().invoke(command, ["copy", archive.path, str(tmp_path / "copy")])
    assert "copy the folder with its files" in str(result.exception)
    assert not (tmp_path / "copy").exists()
    with pytest.raises(sl.NotSupported, match="the text of body is not stored"):
        properties(SCHEMA)


def test_its_own_name_is_refused_in_records(archive: sl.Archive) -> None:
    [rejected] = archive.add([{"id": "x", "_texts": "mine"}]).rejected
    assert "something of its own" in rejected.why
    assert STORED.normalize({"id": "x", "_texts": "mine"})["_texts"] == "mine"
    with pytest.raises(RecordError):
        SCHEMA.normalize({"id": "x", "_texts": "mine"})


def test_similar_articles_are_those_of_the_stored_text(
    archive: sl.Archive, stored: sl.Archive
) -> None:
    more = [{"id": f"m{n}", "title": "x", "body": f"harbour flooded {n} 北京"} for n in range(3)]
    for one in (archive, stored):
        one.add(more)
    for key in "abc":
        left, right = archive.similar(key), stored.similar(key)
        assert [hit.id for hit in left] == [hit.id for hit in right]
        assert left.query == right.query
    assert [hit.id for hit in archive.similar("a")] == ["m0", "m1", "m2", "b"]


def test_standing_queries_know_old_versions(archive: sl.Archive) -> None:
    archive.watch("rain", "rain", notify="changed")
    archive.watch("snow", "body:snow")
    report = archive.add([ARTICLES[0] | {"body": "Rain, then snow."}])
    assert [(alert.name, alert.kind) for alert in report.alerts] == [
        ("rain", "changed"), ("snow", "first"),
    ]  # fmt: skip
    assert not archive.add([ARTICLES[0] | {"body": "Rain, then snow."}]).alerts
    assert archive.match({"id": "n", "body": "snow"}) == ["snow"]


def test_stories_are_found_of_them(tmp_path: Path) -> None:
    text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
    with sl.Archive.create(tmp_path, SCHEMA, stories=True) as archive:
        archive.add([{"id": "a", "body": text}])
        archive.add([{"id": "b", "body": f"{text} More."}])
        archive.optimize()
        assert [hit.id for hit in archive.copies("b")] == ["a", "b"]
        assert archive.check() == []


def test_archives_of_a_set(archive: sl.Archive, stored: sl.Archive) -> None:
    with sl.open_many([archive.path, stored.path]) as both:
        found = both.search("harbour")
        assert found.total == 2
        assert sorted(hit.snippet() for hit in found)[0] == "(the text of body is not stored)"


def test_the_schema_is_kept(archive: sl.Archive) -> None:
    with sl.open(archive.path) as again:
        assert again.schema == SCHEMA
    assert sl.Schema.from_json(SCHEMA.to_json()) == SCHEMA
    assert "stored" not in str(STORED.to_json())  # earlier versions know of no such option
    with pytest.raises(sl.SchemaError, match="stored=False"):
        sl.open(archive.path, STORED)
    with pytest.raises(sl.SchemaError, match="stored is True or False"):
        sl.Schema(id=sl.Key(), body=sl.Text(stored="no"))  # type: ignore[arg-type]


def test_such_a_field_may_be_added(tmp_path: Path) -> None:
    sl.Archive.create(tmp_path, sl.Schema(id=sl.Key())).close()
    with sl.open(tmp_path) as archive:
        archive.add([{"id": "a", "body": "rain"}])
    with sl.open(tmp_path, sl.Schema(id=sl.Key(), body=sl.Text(stored=False))) as archive:
        assert archive.add([{"id": "a", "body": "rain"}]).updated == 1
        assert archive.search("rain").total == 1
        archive.optimize()
        assert archive.check() == []


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.text("ab 北", max_size=8), st.booleans()), max_size=8
    )
)
def test_it_is_as_with_stored_texts(changes: list[tuple[str, str, bool]]) -> None:
    """Random articles, added and deleted: outcomes and answers are those of an archive that stores
    its texts."""
    import tempfile

    with (
        tempfile.TemporaryDirectory() as folder,
        sl.Archive.create(Path(folder) / "1", SCHEMA) as one,
        sl.Archive.create(Path(folder) / "2", STORED) as two,
    ):
        for key, text, is_added in changes:
            if is_added:
                reports = [a.add([{"id": key, "body": text}]) for a in (one, two)]
                assert len({(r.added, r.updated, r.unchanged) for r in reports}) == 1
            else:
                assert one.delete([key]) == two.delete([key])
        for query in ("a", '"a b"', "北", "ab OR b"):
            hits = [[hit.id for hit in a.search(query, sort="id")] for a in (one, two)]
            assert hits[0] == hits[1]
        assert one.check() == []


def test_repair_takes_sound_segments_over(archive: sl.Archive, tmp_path: Path) -> None:
    archive.delete(["b"])
    report = sl.Archive.repair(archive.path, tmp_path / "new")
    assert (report.saved, report.lost, report.problems) == (3, 0, [])
    with sl.open(tmp_path / "new") as new:
        assert [hit.id for hit in new.search('"harbour of oslo"')] == ["a"]
        assert new.check() == []
        assert new.add(ARTICLES).unchanged == 3


def test_repair_says_which_texts_are_lost(archive: sl.Archive, tmp_path: Path) -> None:
    damaged = min(Path(archive.path).glob("*.seg"))  # of a and b
    data = bytearray(damaged.read_bytes())
    at = data.find(b"harbour")  # in the dictionary of terms
    data[at] ^= 1
    damaged.write_bytes(data)
    report = sl.Archive.repair(archive.path, tmp_path / "new")
    assert (report.saved, report.lost) == (4, 0)
    said = f"{damaged}: 2 articles are saved without what is not stored (body): add them again"
    assert report.problems[-1] == f"{said}: a, b"
    assert report.incomplete == ["a", "b"]
    with sl.open(tmp_path / "new") as new:
        assert not new.search("harbour")
        assert {hit.id for hit in new.search("title:rain OR 北京")} == {"a", "c"}
        again = new.add(ARTICLES)  # they are not taken for unchanged
        assert (again.updated, again.unchanged) == (2, 2)
        assert [hit.id for hit in new.search("harbour")] == ["a"]
        assert new.check() == []


def test_repair_without_the_manifest(archive: sl.Archive, tmp_path: Path) -> None:
    archive.add([ARTICLES[0] | {"body": "Snow."}])
    (Path(archive.path) / "manifest.json").write_bytes(b"{}")
    report = sl.Archive.repair(archive.path, tmp_path / "new", SCHEMA)
    assert report.saved == 4
    with sl.open(tmp_path / "new") as new:
        assert [hit.id for hit in new.search("snow")] == ["a"]  # the last one
        assert not new.search("harbour")
        assert new.check() == []
