"""Commands, run on a small archive."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from searchlib.archive import Archive
from searchlib.archive_set import open_many
from searchlib.repl.commands import COMMANDS, arguments, run
from searchlib.repl.outcome import Exit
from searchlib.repl.session import Refused, Session
from searchlib.repl.shell import answer
from searchlib.results import CopiedStories, not_stored
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text

from ..damaged import damage_articles, two_archives
from .articles import MONTHS
from .conftest import Screen


def typed(session: Session, screen: Screen, *lines: str) -> str:
    """What the last of some lines prints."""
    for line in lines[:-1]:
        answer(session, line)
    screen.read()
    assert isinstance(answer(session, lines[-1]), Exit)
    assert screen.errors() == ""
    return screen.read()


def refused(session: Session, screen: Screen, *lines: str) -> str:
    """The error that the last of some lines gives."""
    for line in lines[:-1]:
        answer(session, line)
    screen.read()
    assert screen.errors() == ""
    assert answer(session, lines[-1]) is Exit.BAD_REQUEST
    assert screen.read() == ""
    return screen.errors()


def test_pages(session: Session, screen: Screen) -> None:
    assert "1 to 3 of 7" in typed(session, screen, ":limit 3", "wheat")
    assert "4 to 6 of 7" in typed(session, screen, ":next")
    assert "7 of 7" in typed(session, screen, ":next")
    assert "4 to 6 of 7" in typed(session, screen, ":prev")
    assert "1 to 3 of 7" in typed(session, screen, ":p")
    assert "first page" in refused(session, screen, ":prev")
    assert "last page" in refused(session, screen, ":next", ":next", ":next")
    assert "1 to 3 of 7" in typed(session, screen, ":page 1")
    assert "7 of 7" in typed(session, screen, ":next 2")
    assert "1 to 3 of 7" in typed(session, screen, ":prev 2")
    assert "there are 3" in refused(session, screen, ":page 4")
    assert "type a number" in refused(session, screen, ":page")
    assert "type a number" in refused(session, screen, ":next 0")


def test_open_marks_what_matched(session: Session, screen: Screen) -> None:
    text = typed(session, screen, '"kansas city" date:2022-03', ":open 1")
    assert text.splitlines() == [
        "Wheat prices rise in week 3",
        "id       w3",
        "date     2022-03-14",
        "source   Prairie Wire",
        "section  business",
        "authors  Ann Lee",
        "",
        "Wheat rise again. Traders in Kansas City spoke of rain.",
        "",
        "Barley was steady.",
    ]


def test_open_finds_hits_of_all_pages(session: Session, screen: Screen) -> None:
    assert "id       w" in typed(session, screen, ":limit 2", "wheat", ":open 5")
    assert "Wheat" in typed(session, screen, ":next", ":next", ":open 1")
    assert "these are 1 to 7" in refused(session, screen, ":open 8")
    assert "these are 1 to 7" in refused(session, screen, ":open 0")


def test_a_long_article_stops_after_each_screen(session: Session, screen: Screen) -> None:
    asked: list[int] = []
    session.more = lambda: bool(asked.append(1)) or len(asked) < 2
    screen.out.height = 12
    text = typed(session, screen, "title:harbour", ":open 1")
    assert len(asked) == 2
    assert len(text.splitlines()) == 20


@pytest.mark.parametrize(
    "line", [":next", ":prev", ":open 1", ":similar 1", ":explain 1"]
)  # fmt: skip
def test_there_must_be_results(session: Session, screen: Screen, line: str) -> None:
    assert "no results yet" in refused(session, screen, line)


def test_facets_of_the_last_search(session: Session, screen: Screen) -> None:
    text = typed(session, screen, "wheat", ":facets section")
    assert "business  6" in text
    assert "over 7 articles: wheat" in text
    assert "authors" in typed(session, screen, ":facets")
    assert "2022-06  1" in typed(session, screen, ":facets date:month")


def test_facets_of_the_whole_archive(session: Session, screen: Screen) -> None:
    text = typed(session, screen, ":facets source")
    assert "Harbour Wire  2" in text
    assert "over 9 articles: the whole archive" in text
    assert "topics" not in typed(session, screen, ":facets")  # no article has any


def test_timeline(session: Session, screen: Screen) -> None:
    assert "2022-06  1" in typed(session, screen, "wheat", ":timeline")
    assert "2023  1" in typed(session, screen, ":timeline date:year")
    assert "crawled" in typed(session, screen, ":timeline crawled")
    assert "one field" in refused(session, screen, ":timeline date crawled")
    assert "nope" in refused(session, screen, ":timeline nope")


def test_settings_search_again(session: Session, screen: Screen) -> None:
    assert typed(session, screen, ":sort -date") == ""
    newest = typed(session, screen, "wheat")
    assert newest.lstrip().startswith("1  Harbour bridge opens")
    oldest = typed(session, screen, ":sort date")
    assert oldest.lstrip().startswith("1  Wheat prices rise in week 1")
    assert "1 to 2 of 7" in typed(session, screen, ":limit 2")
    assert "of 8" in typed(session, screen, "wheat 网络", ":match any")
    assert "no hits" in typed(session, screen, ":match all")


def test_settings_say_what_they_are(session: Session, screen: Screen) -> None:
    assert "it is 10 now" in refused(session, screen, ":limit")
    assert "1 to 1000" in refused(session, screen, ":limit 0")
    assert "-date" in refused(session, screen, ":sort nope")
    assert "it is best now" in refused(session, screen, ":match some")


def test_similar(session: Session, screen: Screen) -> None:
    text = typed(session, screen, '"week 3"', ":similar 1")
    assert "Wheat prices rise in week 1" in text
    assert "week 3" not in text
    assert "no query" in refused(session, screen, ":explain 1")
    assert typed(session, screen, ":open 1")
    found = session.page.total
    assert f"over {found} articles: articles like that one" in typed(session, screen, ":facets")
    assert f"of {found}" in typed(session, screen, ":sort -date")
    assert session.page[0].get("date") == max(hit.get("date", "") for hit in session.page.all())


def test_explain(session: Session, screen: Screen) -> None:
    assert "barley" in typed(session, screen, "barley steady", ":explain 2")


def test_no_hits_suggest_a_likelier_query(session: Session, screen: Screen) -> None:
    assert answer(session, "barlei") is Exit.NO_HITS
    assert "did you mean: barley" in screen.read()


def test_stats_and_history(session: Session, screen: Screen) -> None:
    assert "articles  9" in typed(session, screen, ":stats")
    text = typed(session, screen, "wheat", ":history")
    assert text.splitlines() == ["1  :stats", "2  wheat", "3  :history"]
    assert "of 7" in typed(session, screen, ":history 2")
    assert session.lines[-1] == "wheat"
    assert "there is no line 5:" in refused(session, screen, ":history 5")
    assert "is :history itself" in refused(session, screen, ":history 3")


def test_what_people_type_at_any_prompt(session: Session, screen: Screen) -> None:
    assert "Type words to search for" in typed(session, screen, "help")
    assert "Type words to search for" in typed(session, screen, "?")
    assert typed(session, screen, "# a comment") == ""
    typed(session, screen, "exit")
    assert session.leaving


def test_export_of_all_that_was_found(session: Session, screen: Screen, tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    assert "7 articles in" in typed(session, screen, ":limit 2", "wheat", f":export {path}")
    with path.open(newline="") as file:
        assert len(list(csv.reader(file))) == 8
    lines = refused(session, screen, f":export {path}").split()
    assert "is there already" in " ".join(lines)
    for line in (":export", f":export {path} again"):
        assert "type the name of a file: :export found.csv" in refused(session, screen, line)
    for number, (how, line, count) in enumerate((
        ("best", "wheat bridge", "1 article"),  # the one with both words
        ("any", "wheat bridge", "7 articles"),
        ("best", "wheat 网络", "8 articles"),  # none has both
        ("best", "网络", "1 article"),
    )):  # fmt: skip
        path = tmp_path / f"{number}.jsonl"
        screen.out.width = 300
        lines = (f":match {how}", line, f":export {path}")
        assert typed(session, screen, *lines) == f"{count} in {path}\n"
        assert len(path.read_text().splitlines()) == int(count.split()[0])
    assert "no folder" in refused(session, screen, f":export {tmp_path}/no/where.md")


def test_help_knows_every_command(session: Session, screen: Screen) -> None:
    text = typed(session, screen, ":help")
    for command in COMMANDS.values():
        assert command.usage in text
        assert command.summary
        assert command.usage in typed(session, screen, f":help {command.name}")
    assert "no command" in refused(session, screen, ":help nope")
    for line in (":", "::"):
        assert "a command comes after the colon: try :help" in refused(session, screen, line)


def test_every_query_in_the_help_is_understood(session: Session, screen: Screen) -> None:
    lines = typed(session, screen, ":help query").splitlines()
    queries = [line.split("  ")[0] for line in lines if not line.startswith(" ")]
    assert len(queries) > 6
    for query in queries:
        session.archive.parse(query)


def test_commands_may_be_abbreviated(session: Session) -> None:
    assert run(session, ":sta") is Exit.DONE
    with pytest.raises(Refused, match="try :similar or :stories or :sort or :synonyms"):
        run(session, ":s")
    with pytest.raises(Refused, match="try :facets"):
        run(session, ":fecets")
    with pytest.raises(Refused, match="try :help"):
        run(session, ":")
    assert run(session, ":q") is Exit.DONE
    assert session.leaving


def test_errors_point_to_the_mistake(session: Session, screen: Screen) -> None:
    lines = refused(session, screen, "wheat autor:lee").splitlines()
    assert lines[0] == "wheat autor:lee"
    assert lines[1].startswith("      ^^^^^")
    assert lines[2].startswith("error: ")


PLAIN = Schema(id=Key(), title=Text(), body=Text(), day=Date(), kind=Keyword())


@pytest.mark.parametrize(
    ("record", "lines"),
    [
        ({"id": "a1", "body": "Only rain."}, ["a1", "id  a1", "", "Only rain."]),
        ({"id": "a1", "title": "Only rain"}, ["Only rain", "id  a1", "", ""]),
        ({"id": "a1", "kind": "rain"}, ["a1", "id    a1", "kind  rain", "", ""]),
        (
            {"id": "a1", "title": "", "body": "Rain", "day": "2022-08"},
            ["a1", "id   a1", "day  2022-08", "", "Rain"],
        ),
    ],
)
def test_open_of_an_article_without_title_or_body(
    tmp_path: Path, screen: Screen, record: dict[str, str], lines: list[str]
) -> None:
    with Archive.create(tmp_path, PLAIN) as archive:
        archive.add([record])
        session = Session(archive, screen.out, screen.err)
        assert typed(session, screen, "rain OR kind:rain", ":open 1").splitlines() == lines


@pytest.mark.parametrize(
    ("schema", "lines"),
    [
        (Schema(id=Key(), note=Text()), ["a1", "id  a1", "", "Rain fell"]),
        (Schema(id=Key(), note=Keyword()), ["a1", "id    a1", "note  Rain fell", "", ""]),
    ],
)
def test_open_where_the_schema_has_no_title_or_body(
    tmp_path: Path, screen: Screen, schema: Schema, lines: list[str]
) -> None:
    with Archive.create(tmp_path, schema) as archive:
        archive.add([{"id": "a1", "note": "Rain fell"}])
        session = Session(archive, screen.out, screen.err)
        query = "rain" if schema.names(Text) else 'note:"rain fell"'
        assert typed(session, screen, query, ":open 1").splitlines() == lines


def test_open_of_similar_articles_and_of_deleted_ones(tmp_path: Path, screen: Screen) -> None:
    with Archive.create(tmp_path, PLAIN) as archive:
        archive.add({"id": f"a{n}", "title": "Rain", "body": "rain fell"} for n in range(3))
        session = Session(archive, screen.out, screen.err)
        assert typed(session, screen, "rain", ":similar 1", ":open 1").startswith("Rain\n")
        archive.delete(["a1"])
        assert "deleted since" in refused(session, screen, ":open 1")


def test_drilling_by_number(session: Session, screen: Screen) -> None:
    assert "no numbers yet" in refused(session, screen, ":+1")
    text = typed(session, screen, "wheat", ":facets section")
    assert "  1  business  6" in text
    assert "of 6 in" in typed(session, screen, ":+1")
    assert (session.text, session.filters) == ("wheat", {"section": "business"})
    # The counts of its alternatives stay: one value is exchanged for another by its number.
    text = typed(session, screen, ":facets section")
    assert "  1 *business  6" in text
    assert "  2  " in text
    assert "over 6 articles: wheat (section: business)" in text
    assert "of 1 in" in typed(session, screen, ":+2")
    assert session.filters["section"] != "business"
    assert "of 6 in" in typed(session, screen, ":back")
    assert "of 7 in" in typed(session, screen, ":back")
    typed(session, screen, ":+1")
    assert "of 7 in" in typed(session, screen, ":back")
    assert "of 1 in" in typed(session, screen, ":-1")
    assert "these are 1 to" in refused(session, screen, ":+99")
    assert "of 7 in" in typed(session, screen, ":back")
    assert "nothing was narrowed" in refused(session, screen, ":back")
    typed(session, screen, ":facets section", ":+1", "bridge")  # another search
    assert "nothing was narrowed" in refused(session, screen, ":back")


def test_drilling_into_the_whole_archive(session: Session, screen: Screen) -> None:
    total = len(session.archive)
    assert "business" in typed(session, screen, ":facets section")
    typed(session, screen, ":+1")
    assert (session.text, session.filters) == ("*", {"section": "business"})
    assert "the whole archive" in typed(session, screen, ":back")
    assert f"over {total} articles" in typed(session, screen, ":facets section")
    typed(session, screen, '"week 3"', ":facets section", ":similar 1")
    assert "no query" in refused(session, screen, ":-1")
    typed(session, screen, ":facets section", ":+1")
    assert session.filters
    assert session.page.total


def test_drilling_into_dates_and_what_follows(session: Session, screen: Screen) -> None:
    text = typed(session, screen, "wheat", ":facets date:month")
    row = next(line for line in text.splitlines() if "2022-06" in line)
    number = row.split()[0]
    assert "of 1 in" in typed(session, screen, f":+{number}")
    assert session.filters == {"date": "2022-06"}
    assert "(date: 2022-06)" in typed(session, screen, ":facets section")
    assert "2022-06" in typed(session, screen, ":sort date")  # still narrowed
    assert f"{number:>3} *2022-06" in typed(session, screen, ":facets date:month")
    typed(session, screen, ":facets date:week_of", ":+1")
    assert session.filters == {"date": "2022-01-10..2022-01-16"}
    assert session.page.total
    typed(session, screen, ":facets date:weekday")
    assert session.values == []  # a weekday is no period
    typed(session, screen, "wheat")
    assert session.filters == {}


def test_several_queries_over_time(session: Session, screen: Screen) -> None:
    text = typed(session, screen, ':compare year wheat | "Kansas City" | bridge')
    head, first = text.splitlines()[:2]
    assert head.split() == ["wheat", '"Kansas', 'City"', "bridge"]
    assert first.startswith("2022 ")
    assert "%" in first
    assert "wheat: 7" in text
    assert "2022-06" in typed(session, screen, ":compare wheat")
    assert "no article" in typed(session, screen, ":compare xyzzy")
    assert "with | between" in refused(session, screen, ":compare")
    assert "with | between" in refused(session, screen, ":compare year")


def test_searches_are_saved(
    session: Session, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "nothing is saved yet" in typed(session, screen, ":saved")
    assert "search first" in refused(session, screen, ":save mine")
    assert "type a name" in refused(session, screen, ":save")
    typed(session, screen, "wheat", ":facets section", ":+1", ":sort -date")
    assert typed(session, screen, ":save mine").startswith("saved: mine")
    typed(session, screen, ":sort rank", "bridge")
    assert "mine  wheat · section: business · sort -date" in typed(session, screen, ":saved")
    lines = ("wheat", ":facets section", ":+2", ":run mine")
    assert "of 6 in" in typed(session, screen, *lines)
    assert (session.text, session.sort, session.filters) == (
        "wheat", "-date", {"section": "business"},
    )  # fmt: skip
    assert "nothing was narrowed" in refused(session, screen, ":back")
    assert "replaced" in typed(session, screen, ":save mine")
    assert "nothing is saved as other: mine" in refused(session, screen, ":run other")
    assert arguments(session)["run"] == ["mine"]
    (tmp_path / "searchlib" / "saved.json").write_text("[broken")
    assert "nothing is saved yet" in typed(session, screen, ":saved")


def test_sorting_by_several_fields(session: Session, screen: Screen) -> None:
    typed(session, screen, "wheat", ":sort section -date")
    assert session.sort == "section,-date"
    typed(session, screen, ":sort title")
    assert [hit["title"] for hit in session.page] == sorted(
        (hit["title"] for hit in session.page), key=str.lower
    )
    assert "type one of" in refused(session, screen, ":sort rank date")
    typed(session, screen, ":sort rank")
    assert session.sort is None


def test_why_an_article_is_not_found(session: Session, screen: Screen) -> None:
    assert "search first" in refused(session, screen, ":why w3")
    typed(session, screen, "wheat section:weather", ":match all")
    assert "its section is business" in typed(session, screen, ":why w3")
    assert "no article has" in refused(session, screen, ":why nope")
    assert "which article" in refused(session, screen, ":why")
    typed(session, screen, "wheat")
    assert "the query finds it" in typed(session, screen, ":why 1")


def test_what_is_longer_than_the_screen_goes_to_the_pager(session: Session, screen: Screen) -> None:
    shown: list[tuple[str, Sequence[str]]] = []
    session.pager = lambda text, words: bool(shown.append((text, words))) or True
    screen.out.height = 12
    assert typed(session, screen, "title:harbour", ":open 1").count("\n") < 12
    text, words = shown[-1]
    assert words == ["harbour"]
    assert "Harbour" in text and "walkers" in text
    screen.out.height = 100
    assert "Harbour" in typed(session, screen, ":open 1")


def test_a_line_for_each_hit(session: Session, screen: Screen) -> None:
    lines = typed(session, screen, "wheat", ":list").splitlines()[-8:]
    assert lines[0].startswith("  1  2022-")
    assert "Wheat prices" in lines[0]
    assert all(len(line) <= session.out.width for line in lines)
    assert "all of 7 in" in lines[-1]
    assert "Traders in" in typed(session, screen, ":list off")
    assert ":list off" in refused(session, screen, ":list some")


def test_how_many_stories_are_shown(
    copies: Archive, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(copies, screen.out, screen.err)
    asked: list[int] = []
    monkeypatch.setattr(
        Archive,
        "most_copied",
        lambda self, query, limit: asked.append(limit) or CopiedStories([]),
    )
    for line in (":stories", ":stories 3"):
        assert "none of the whole archive has copies" in typed(session, screen, line)
    assert asked == [10, 3]


def test_one_hit_for_each_story(copies: Archive, screen: Screen) -> None:
    session = Session(copies, screen.out, screen.err)
    assert "all of 3 in" in typed(session, screen, "nightfall")
    for name, hit in (
        ("story:first", "Ferry aground"), ("story:latest", "Rain."), ("story", "nightfall"),
    ):  # fmt: skip
        assert "all of 1 story (3 articles) in" in typed(session, screen, f":collapse {name}")
        assert hit in typed(session, screen, ":open 1")
    for line in (":collapse", ":collapse worst", ":collapse story off"):
        assert "it is story now; type :collapse story, story:first," in refused(
            session, screen, line
        )
    assert "all of 3 in" in typed(session, screen, ":collapse off")
    assert "it is off now" in refused(session, screen, ":collapse")


def test_without_stories_nothing_is_collapsed(session: Session, screen: Screen) -> None:
    before = typed(session, screen, "wheat")
    assert "stories" in refused(session, screen, ":collapse story:first")
    assert session.collapse is None
    assert typed(session, screen, "wheat").splitlines()[0] == before.splitlines()[0]


def test_articles_of_archives_with_other_fields(tmp_path: Path, screen: Screen) -> None:
    schema = Schema(id=Key(), head=Text(), story=Text(), secret=Text(stored=False))
    with Archive.create(tmp_path / "a") as one, Archive.create(tmp_path / "b", schema) as other:
        one.add([{"id": "a", "title": "Rain", "body": "It rained."}])
        other.add([{"id": "b", "head": "Rain again", "story": "Still raining.", "secret": "x"}])
    with open_many([tmp_path / "a", tmp_path / "b"]) as both:
        session = Session(both, screen.out, screen.err)
        typed(session, screen, "id:b")
        assert typed(session, screen, ":open 1").splitlines() == [
            "Rain again", "id  b", "", "Still raining."
        ]  # fmt: skip
        typed(session, screen, "id:a")
        assert typed(session, screen, ":open 1").splitlines()[0] == "Rain"


def test_texts_that_one_archive_of_several_does_not_store(tmp_path: Path, screen: Screen) -> None:
    fields = {"id": Key(), "title": Text()}
    for name, body in (("a", Text()), ("b", Text(stored=False))):
        with Archive.create(tmp_path / name, Schema(**fields, body=body)) as archive:
            archive.add([{"id": name, "title": "Rain", "body": "It rained."}])
    with open_many([tmp_path / "a", tmp_path / "b"]) as both:
        session = Session(both, screen.out, screen.err)
        for name, text in (("a", "It rained."), ("b", not_stored("body"))):
            assert typed(session, screen, f"id:{name}", ":open 1").splitlines()[-1] == text


def test_texts_that_are_not_stored(tmp_path: Path, screen: Screen) -> None:
    schema = Schema(id=Key(), title=Text(), body=Text(stored=False))
    with Archive.create(tmp_path / "a", schema) as archive:
        archive.add([{"id": "a", "title": "Rain", "body": "It rained."}])
        session = Session(archive, screen.out, screen.err)
        shown = typed(session, screen, "rained", ":open 1").splitlines()
        assert (shown[0], shown[-1]) == ("Rain", not_stored("body"))
        said = typed(session, screen, f":export {tmp_path}/all.csv")
        assert said.splitlines()[-1] == "not stored, and left out: body"


def test_an_export_leaves_out_what_is_found_damaged(tmp_path: Path, screen: Screen) -> None:
    folders = two_archives(tmp_path)
    with open_many(folders) as both:
        session = Session(both, screen.out, screen.err)
        typed(session, screen, ":limit 1", "rain")
        damage_articles(folders[1])
        lines = typed(session, screen, f":export {tmp_path}/all.csv").split("\n", 1)
        assert lines[0].startswith("40 articles in")
        said = "".join(lines[1].split())
        assert f"{folders[1]} is left out: it is damaged".replace(" ", "") in said
        written = (tmp_path / "all.csv").read_text()
        assert (written.count("m1-"), written.count("m2-")) == (40, 0)
        assert written.splitlines()[0] == "archive,id,title"
        assert written.splitlines()[1].startswith(f"{folders[0]},m1-")


def test_a_weekday_is_no_unit_of_a_comparison(session: Session, screen: Screen) -> None:
    assert typed(session, screen, ":compare weekday | wheat").split()[:2] == ["weekday", "wheat"]
    assert typed(session, screen, ":compare day wheat").split()[0] == "wheat"


def test_synonyms(session: Session, screen: Screen, tmp_path: Path) -> None:
    file = tmp_path / "s.txt"
    file.write_text("corn, wheat\n")
    assert "off now" in refused(session, screen, ":synonyms")
    assert "no hits" in typed(session, screen, "corn")
    text = typed(session, screen, f":synonyms {file}")
    assert "corn: also wheat" in text
    assert "of 7 in" in text
    assert "error: 2 words have synonyms now; type" in refused(session, screen, ":synonyms")
    assert "no hits" in typed(session, screen, ":synonyms off")
    assert "none.txt" in refused(session, screen, ":synonyms none.txt")


def test_factors_of_the_ranking(tmp_path: Path, screen: Screen) -> None:
    schema = Schema(id=Key(), title=Text(), date=Date(), readers=Number())
    with Archive.create(tmp_path / "a", schema) as archive:
        archive.add(
            [
                {"id": "old", "title": "Rain", "date": "1999", "readers": 90},
                {"id": "new", "title": "Rain in Oslo", "date": "2026"},
            ]
        )
        session = Session(archive, screen.out, screen.err)

        def first() -> str:
            return session.hit("1").id

        assert typed(session, screen, ":recency 365") == ""  # nothing to search again
        typed(session, screen, "rain")
        assert first() == "new"
        typed(session, screen, ":recency off")
        assert first() == "old"
        assert "half-life 300 days" in typed(session, screen, ":recency 300", ":explain 1")
        wrong = "it is 300 now; type a number of days, or off: :recency 30"
        assert wrong in " ".join(refused(session, screen, ":recency").split())
        assert "a number of days above 0, not 0.0" in refused(session, screen, ":recency 0")
        typed(session, screen, ":recency off", "title:oslo OR title:rain^1.01")
        assert first() == "new"
        typed(session, screen, ":boost readers")
        assert first() == "old"
        assert "no field of numbers: readers" in refused(session, screen, ":boost title")
        wrong = "it is readers now; type off, or a field of numbers: readers"
        assert wrong in " ".join(refused(session, screen, ":boost").split())
        assert "nothing was narrowed" in refused(session, screen, ":b")  # still :back
        typed(session, screen, ":boost off")
        assert first() == "new"


def test_the_last_week_of_the_calendar(tmp_path: Path, screen: Screen) -> None:
    with Archive.create(tmp_path / "a", PLAIN) as archive:
        archive.add([{"id": "a", "title": "Rain", "day": "9999-12-31"}])
        session = Session(archive, screen.out, screen.err)
        assert "9999-12-27  1" in typed(session, screen, ":facets day:week_of")
        assert "of 1 in" in typed(session, screen, ":+1")


def test_why_one_of_several_articles_of_a_key_is_not_found(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, title in (("one", "Rain"), ("two", "Snow")):
        with Archive.create(name) as archive:
            archive.add([{"id": "a 1", "title": title}])
    with open_many(["one", "two"]) as archives:
        session = Session(archives, screen.out, screen.err)  # type: ignore[arg-type]
        shown = typed(session, screen, "rain", ":why two a 1")
        assert shown == "rain: it does not have this word\n"
        assert typed(session, screen, ":why one a 1") == "the query finds it\n"
        assert "'a 1' is in one and two" in refused(session, screen, ":why a 1")


def test_alerts_that_were_forgotten(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Archive.create(tmp_path / "index") as archive:
        archive.watch("rain", "rain")
        typed(Session(archive, screen.out, screen.err), screen, ":alerts")
        archive.add([{"id": "a", "title": "Rain"}])
        archive.forget_alerts()
        archive.add([{"id": "b", "title": "Rain"}])
        session = Session(archive, screen.out, screen.err)
        shown = typed(session, screen, ":alerts").splitlines()
        assert shown[0] == "some since the last sitting were forgotten: these are left"
        assert shown[1].split() == ["a1", "rain", "Rain", "·", "b"]
        assert typed(session, screen, ":alerts").split()[0] == "a1"


def test_standing_queries_are_of_one_archive(tmp_path: Path, screen: Screen) -> None:
    for name in "ab":
        Archive.create(tmp_path / name).close()
    with open_many([tmp_path / "a", tmp_path / "b"]) as both:
        session = Session(both, screen.out, screen.err)
        for line in (":watch x", ":watches", ":unwatch x", ":alerts"):
            said = refused(session, screen, line)
            name = line.split()[0]
            assert f"{name} is for one archive, and several are open: leave, and open one" in said
            assert "open(" not in said


def test_standing_queries_of_several_words(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Archive.create(tmp_path / "index") as archive:
        session = Session(archive, screen.out, screen.err)
        typed(session, screen, "rain", ":watch heavy rain")
        typed(session, screen, "snow", ":watch 'first snow'")
        assert [watch.name for watch in archive.watches()] == ["heavy rain", "first snow"]
        for name in ("watch", "unwatch", "alerts"):
            assert arguments(session)[name] == ["heavy rain", "first snow"]
        archive.add([{"id": "a", "title": "Rain"}, {"id": "b", "title": "Snow"}])
        shown = typed(session, screen, ":alerts")
        assert [line.split()[:3] for line in shown.splitlines()] == [
            ["a1", "heavy", "rain"], ["a2", "first", "snow"],
        ]  # fmt: skip
        assert typed(session, screen, ":alerts first snow").split()[:3] == ["a1", "first", "snow"]
        assert typed(session, screen, ':alerts "heavy rain"').split()[-1] == "a"
        assert "is named storm, :watches" in typed(session, screen, ":alerts storm")
        assert "stands already" in typed(session, screen, "rain", ':watch "heavy rain"')
        assert "no longer watching heavy rain" in typed(session, screen, ':unwatch "heavy rain"')
        assert (
            typed(Session(archive, screen.out, screen.err), screen, ":alerts first snow")
            == "nothing new since the last sitting\n"
        )


def test_standing_queries_and_their_alerts(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Archive.create(tmp_path / "index") as archive:
        session = Session(archive, screen.out, screen.err)
        assert "no standing query here yet" in typed(session, screen, ":alerts")
        assert "search first" in refused(session, screen, ":watch mine")
        assert "type a name" in refused(session, screen, ":watch")
        assert "watching mine: rain oslo" in typed(session, screen, "rain oslo", ":watch mine")
        [watch] = archive.watches()
        assert (watch.query, watch.match, watch.filters) == ("rain oslo", "all", ())
        shown = typed(session, screen, ":match any", "rain", ":watch mine")
        assert shown.splitlines() == [
            "watching mine: rain · match any; :alerts shows what it finds in new articles",
            "  its query was: rain oslo", "  its match was: all",
        ]  # fmt: skip
        assert "mine stands already, as it is: rain" in typed(session, screen, ":watch mine")
        archive.add([{"id": "a", "title": "Rain"}, {"id": "b", "title": "Sun"}])
        assert typed(session, screen, ":alerts").split() == ["a1", "mine", "Rain", "·", "a"]
        assert "Rain" in typed(session, screen, ":open a1")
        archive.delete(["a"])
        assert "(deleted) · a" in typed(session, screen, ":alerts")
        assert "deleted since" in refused(session, screen, ":open A1")
        assert "there is no a2: these are a1 to a1" in refused(session, screen, ":open a2")
        assert "no list has such numbers" in refused(session, screen, ":open c1")
        assert typed(session, screen, ":watches").split() == ["mine", "rain", "·", "match", "any"]
        later = Session(archive, screen.out, screen.err)
        assert typed(later, screen, ":alerts").strip() == "nothing new since the last sitting"
        archive.add({"id": f"{n}", "title": "rain"} for n in range(120))
        assert "20 earlier ones are not shown" in typed(later, screen, ":alerts")
        (tmp_path / "searchlib" / "alerts.json").write_text(
            json.dumps({os.path.realpath(archive.path): {"token": "99.0"}})
        )
        again = Session(archive, screen.out, screen.err)
        assert "21 earlier ones are not shown" in typed(again, screen, ":alerts")
        assert "no longer watching mine" in typed(again, screen, ":unwatch mine")
        assert "no standing query here yet" in typed(again, screen, ":watches")
        assert "no standing query is named mine" in refused(again, screen, ":unwatch mine")
        assert "type the name" in refused(again, screen, ":unwatch")
        archive.watch("two words", "title:/ra[ia]n/")
        assert "no longer watching two words" in typed(again, screen, ":unwatch two words")
        shown = typed(again, screen, "/ra[ia]n/", ":watch letters")
        assert "watching letters: /ra[ia]n/" in shown
        archive.watch("suns", "sun", notify="changed")
        archive.add([{"id": "b", "title": "Sun again"}])
        assert "suns  Sun again · b · changed\n" in typed(again, screen, ":alerts")
        assert "no longer watching suns" in typed(again, screen, ":unwatch suns")
        file = tmp_path / "s.txt"
        file.write_text("corn, wheat\n")
        lines = ("wheat", f":synonyms {file}", ":watch mine")
        assert "watching mine: wheat (without the synonyms)" in typed(again, screen, *lines)
        assert archive.watches()[-1].match == "all"


def printed(session: Session, screen: Screen, *lines: str) -> str:
    """What the last line prints, with one time for all searches and without blanks at the ends of
    lines; how it ended, if there was nothing to show."""
    for line in lines[:-1]:
        answer(session, line)
    screen.read()
    outcome = answer(session, lines[-1])
    assert screen.errors() == ""
    shown = re.sub(r"in [\d.]+ m?s\b", "in 1 ms", screen.read()).splitlines()
    shown += [outcome.name] if outcome is not Exit.DONE else []
    return "\n".join(line.rstrip() for line in shown)


def bar(length: int) -> str:
    return "█" * length


MARCH = """\
  1  Wheat prices rise in week 3
     2022-03-14 · Prairie Wire · business
     Wheat rise again. Traders in Kansas City spoke of rain. Barley was steady.
"""


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["wheat date:2022-03"], f"{MARCH}\nall of 1 in 1 ms"),
        (["wheat date:2022-03", ":similar 1", ":facets section"],
         f"section\n  1  business  5  {bar(24)}\n  2  world     1  {bar(4)}▊\n\n"
         "over 6 articles: articles like that one"),
        (["wheat date:2022-03", ":similar 1", ":facets section", ":+2", ":list"],
         "  1  2023-09-14  Harbour bridge opens  Harbour Wire\nall of 1 in 1 ms"),
        (["wheat date:2022-03", ":explain 1"],
         "1.5589 wheat AND date:2022-03\n"
         "  0.5589 (title:wheat OR body:wheat)\n"
         "    0.2877 idf: 7 of 9 articles have it\n"
         "    1.9429 2.5 X / (X + 1.5), with X the frequency by length and weight\n"
         "      3.1607 title: once in 6 words, weight 3\n"
         "      2.0701 body: once in 13 words, weight 1\n"
         "  1.0000 date from 2022-03-01T00:00Z to 2022-04-01T00:00Z"),
        (["wheat date:2022-03", ":why w1"], "date:2022-03: its date is 2022-01-14"),
        (["wheat date:2022-03", ":why 1"], "the query finds it"),
        (["wheat", ":list", ":limit 3", ":page 3", ":prev"],
         "  4  2022-04-14  Wheat prices rise in week 4  Prairie Wire\n"
         "  5  2022-05-14  Wheat prices fall in week 5  Prairie Wire\n"
         "  6  2022-06-14  Wheat prices rise in week 6  Prairie Wire\n"
         "4 to 6 of 7 in 1 ms"),
        (["wheat", ":list", ":limit 3", ":next 2"],
         "  7  2023-09-14  Harbour bridge opens  Harbour Wire\n7 of 7 in 1 ms"),
        (["bridge", ":list", ":list off"],
         "  1  Harbour bridge opens\n"
         "     2023-09-14 14:30 · Harbour Wire · world\n"
         "     The harbour bridge opened to walkers on Saturday. The harbour bridge opened\n"
         "     to walkers on Saturday. The harbour bridge opened to walkers on Saturday.\n"
         "     The harbour bridge opened to walkers on Saturday. …\n\nall of 1 in 1 ms"),
        (["bridge", ":list", ":list on"],
         "  1  2023-09-14  Harbour bridge opens  Harbour Wire\nall of 1 in 1 ms"),
        ([":facets"],
         f"source\n  1  Prairie Wire  6  {bar(24)}\n  2  Harbour Wire  2  {bar(8)}\n"
         f"  3  BadWire       1  {bar(4)}\n\n"
         f"section\n  4  business  6  {bar(24)}\n  5  world     2  {bar(8)}\n"
         f"  6  技术      1  {bar(4)}\n\n"
         f"authors\n  7  Ann Lee  7  {bar(24)}\n  8  Bo Li    1  {bar(3)}▍\n"
         "  2 articles without\n\n"
         f"lang\n  9  zh  1  {bar(24)}\n  8 articles without\n\n"
         "over 9 articles: the whole archive"),
        ([":facets", ":+6", ":list"],
         "  1  2022-08-31  第一届网络文明大会在天津举行  Harbour Wire\nall of 1 in 1 ms"),
        (["wheat", ":facets section date:year"],
         f"section\n  1  business  6  {bar(24)}\n  2  world     1  {bar(4)}\n\n"
         f"date:year\n  3  2022  6  {bar(66)}\n  4  2023  1  {bar(11)}\n\nover 7 articles: wheat"),
        (["wheat", ":facets section date:year", ":+4", ":list"],
         "  1  2023-09-14  Harbour bridge opens  Harbour Wire\nall of 1 in 1 ms"),
        (["wheat", ":facets section:limit=1"],
         f"section\n  1  business  6  {bar(24)}\n  1 more value\n\nover 7 articles: wheat"),
        (['"kansas city"', ":facets lang"],
         'lang\n  none; 6 articles without\n\nover 6 articles: "kansas city"\nNO_HITS'),
        # :facets without names still shows a field that has no value once it is narrowed.
        (["lang:zh", ":facets section", ":match all", "wheat", ":+1", ":facets"],
         f"source\n  none\n\nsection\n  1  business  6  {bar(24)}\n  2  world     1  {bar(4)}\n\n"
         + "".join(f"{name}\n  none\n\n" for name in
                   ("authors", "editors", "places", "topics", "lang"))
         + "over 0 articles: wheat (section: 技术)"),
        (["wheat", ":facets date:weekday section"],
         f"date:weekday\nMonday    2  {bar(67)}\nTuesday   1  {bar(33)}▌\nThursday  2  {bar(67)}\n"
         f"Friday    1  {bar(33)}▌\nSaturday  1  {bar(33)}▌\n\n"
         f"section\n  1  business  6  {bar(24)}\n  2  world     1  {bar(4)}\n\n"
         "over 7 articles: wheat"),
        (["wheat", ":timeline date:year"],
         f"date:year\n2022  6  {bar(71)}\n2023  1  {bar(11)}▉\nover 7 articles: wheat"),
        (["wheat", ":facets section", ":+2", ":timeline"],
         f"date:month\n2023-09  1  {bar(68)}\nover 1 article: wheat (section: world)"),
        (["wheat", ":timeline crawled"], "crawled:month: none\nover 7 articles: wheat\nNO_HITS"),
        # Words in Chinese that no article has beside wheat: with some of the words.
        (["wheat 网络", ":timeline date:year"],
         f"date:year\n2022  7  {bar(71)}\n2023  1  {bar(10)}▏\nover 8 articles: wheat 网络"),
        # Those with all of the words, if there are any.
        (["wheat bridge", ":facets section"],
         f"section\n  1  world  1  {bar(24)}\n\nover 1 article: wheat bridge"),
        ([":compare year wheat | bridge"],
         f"      wheat                                 bridge\n"
         f"2022      6   86% {bar(24)}      0  0.0%\n"
         f"2023      1  100% {bar(4)}                          1  100% {bar(4)}\n"
         "wheat: 7  bridge: 1; shares are of all articles of a period"),
        ([":match any", ":compare year wheat 网络"],
         f"      wheat 网络\n2022      7  100% {bar(62)}\n2023      1  100% {bar(8)}▉\n"
         "wheat 网络: 8; shares are of all articles of a period"),
        # An hour and a weekday are no period.
        ([":compare hour bridge | weekday bridge"], "no article is found by any of them\nNO_HITS"),
        ([":compare day bridge"],
         f"            bridge\n2023-09-14      1  100% {bar(56)}\n"
         "bridge: 1; shares are of all articles of a period"),
        ([":compare decade wheat 网络"], "no article is found by any of them\nNO_HITS"),
        ([":compare week_of bridge | 网络"],
         f"            bridge                             网络\n"
         f"2022-08-29      0  0.0%                            1  100% {bar(21)}\n"
         "…  53 weeks without articles\n"
         f"2023-09-11      1  100% {bar(21)}      0  0.0%\n"
         "bridge: 1  网络: 1; shares are of all articles of a period"),
        ([":facets section", ":+3", ":-3"],
         "no hits in 1 ms\nunderstood: * AND NOT section:技术\n"
         "narrowed to section: 技术; :back undoes it\nNO_HITS"),
        ([":facets section", ":+3", ":back"], "the whole archive"),
        (["x", ":facets", ":history"], "1  x\n2  :facets\n3  :history"),
        (["wheat date:2022-03", ":history 1"],
         f"wheat date:2022-03\n{MARCH}\nall of 1 in 1 ms"),
        ([":help open"],
         ":open N\nThe whole article of hit N, with what matched marked.\n\n"
         "N may also be the number of a line of :copies, :stories or :alerts: :open c2.\n\n"
         "At a terminal a long article is shown in the pager: Space and b turn its pages,\n"
         "n jumps to the next match, /word searches, q comes back."),
        ([":help :quit"], ":quit\nLeave (Ctrl-D does so too)."),
        ([":watches"], "no standing query here yet: :watch NAME keeps the present one\nNO_HITS"),
    ],
)  # fmt: skip
def test_what_is_printed(session: Session, screen: Screen, lines: list[str], text: str) -> None:
    assert printed(session, screen, *lines) == text


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([":next"], "no results yet: type some words to search first"),
        (["wheat", ":page"], "type a number from 1 on, as in :page 3"),
        (["wheat", ":page 0"], "type a number from 1 on, as in :page 3"),
        (["wheat", ":page 1 2"], "type a number from 1 on, as in :page 3"),
        (["wheat", ":next x"], "type a number from 1 on, as in :page 3"),
        (["wheat", ":next"], "that was the last page: there is 1"),
        (["wheat", ":prev"], "this is the first page"),
        (["xyzzy", ":next"], "that was the last page: there is 1"),
        (["wheat", ":limit 3", ":page 9"], "there is no such page: there are 3"),
        (["wheat", ":limit 3", ":page 3", ":next"], "that was the last page: there are 3"),
        (["wheat", ":page 1234567890123"], "that was the last page: there is 1"),
        (["wheat", ":open"], "which one? type its number, as in :open 1"),
        (["wheat", ":open 8"], "there is no number 8: these are 1 to 7"),
        (["wheat", ":open c1"], "there is no c1: no list has such numbers yet"),
        (["xyzzy", ":open 1"], "there is no number 1: the last search found nothing"),
        (["wheat", ":copies x"], "which one? type its number, as in :open 1"),
        (["wheat", ":similar x"], "which one? type its number, as in :open 1"),
        ([":timeline date crawled"], "one field at a time: :timeline date"),
        ([":compare year"], "type the queries, with | between them: :compare wheat | barley"),
        ([":compare | |"], "type the queries, with | between them: :compare wheat | barley"),
        ([":list some"], "type :list, or :list off"),
        ([":list off on"], "type :list, or :list off"),
        ([":stories 0"], "type a number from 1 on, as in :page 3"),
        (["wheat", ":similar 1", ":explain 1"],
         "these results come from no query: search first"),
        (["wheat", ":similar 1", ":why 1"], "there is no query: search first"),
        (["wheat", ":similar 1", ":save x"], "there is no query to save: search first"),
        (["wheat", ":similar 1", ":watch x"], "there is no query to keep: search first"),
        (["wheat", ":why"], "which article? type its id, as :open shows it"),
        (["wheat", ":why nope"], "no article has the key 'nope'"),
        ([":limit"], "it is 10 now; type a number from 1 to 1000: :limit 20"),
        ([":limit 1000", ":limit 1001"],
         "it is 1000 now; type a number from 1 to 1000: :limit 20"),
        ([":limit 1", ":limit 0"], "it is 1 now; type a number from 1 to 1000: :limit 20"),
        ([":limit 2 3"], "it is 10 now; type a number from 1 to 1000: :limit 20"),
        ([":sort nope"], "it is rank now; type one of: rank -title title -body body -date date "
         "-crawled crawled -source source -section section -lang lang"),
        ([":sort title,-date", ":sort"], "it is title,-date now; type one of: rank -title title "
         "-body body -date date -crawled crawled -source source -section section -lang lang"),
        ([":match"], "it is best now; type :match all, :match any or :match best"),
        ([":match all", ":match any x"],
         "it is all now; type :match all, :match any or :match best"),
        ([":synonyms"], "it is off now; type the name of a file, or off: :synonyms news.txt"),
        (["wheat", ":export"], "type the name of a file: :export found.csv"),
        (["wheat", ":export x.xls"],
         "the name of the file says its form: .csv, .jsonl, .md"),
        (["wheat", ':save ""'], "type a name of one word or several: heavy rain"),
        ([":run x"], "nothing is saved as x: nothing is saved yet, :save does it"),
        ([":unwatch x"], "no standing query is named x: :watches shows them"),
        (["a", ":history 2"], "there is no line 2: :history shows their numbers"),
        (["a", f":history {'9' * 30}"],
         "there is no line 999,999,999: :history shows their numbers"),
        ([":history", ":history 1"],
         "line 1 is :history itself: type the number of another"),
        ([":history 0"], "type a number from 1 on, as in :page 3"),
        ([":zzz"], "there is no command :zzz: try :help"),
        ([":s"], "there is no command :s: try :similar or :stories or :sort or :synonyms or "
         ":save or :saved or :stats"),
        ([":unwach x"], "there is no command :unwach: try :unwatch or :watch"),
        ([":fecets"], "there is no command :fecets: try :facets"),
        ([":help nope"], "there is no command :nope: try :open or :copies"),
        ([":"], "the name of a command comes after the colon: try :help"),
        ([":1"], "there is no command :1: try :help"),
        ([":+1"], "there are no numbers yet: :facets shows them"),
        ([":+1234567890"], "there is no command :+1234567890: try :help"),
        ([":facets section", ":+4"], "there is no number 4: these are 1 to 3"),
        ([":facets section", ":+0"], "there is no number 0: these are 1 to 3"),
        ([":facets section", ":+1", ":+1"],
         "it is narrowed to section: business already; :back undoes it"),
        (["wheat", ":similar 1", ":facets section", ":-1"],
         "these results come from no query: search first"),
        ([":back"], "nothing was narrowed: :facets numbers values, and :+1 narrows to one"),
    ],
)  # fmt: skip
def test_what_is_refused(session: Session, screen: Screen, lines: list[str], message: str) -> None:
    screen.err.width = 300
    for line in lines[:-1]:
        answer(session, line)
    screen.read()
    screen.errors()
    assert answer(session, lines[-1]) is Exit.BAD_REQUEST
    assert screen.read() == ""
    assert screen.errors() == f"error: {message}\n"


def sections(last: int) -> str:
    """Sections of the archive of months, as :facets shows them."""
    others = (f"{n:>3}  s{n - 1:02}  4  {bar(19)}▎" for n in range(2, last + 1))
    return "\n".join(["section", f"  1  s00  5  {bar(24)}", *others])


SAFE = "c2 {} 2024-05-08        p1  Post  All safe"
ASKED = "3 articles; * is the one asked about"
LONG = "c3   2024-05-09        n1  Post  The ferry Nordlys ran aground off Bergen on Tu…"


@pytest.mark.parametrize(
    ("of", "lines", "text"),
    [
        # Eight values of each field, 25 of one that is named, as many as it is asked for.
        ("months", ["rain", ":facets"],
         f"{sections(8)}\n  22 more values\n\n"
         f"desk\n  9  a  61  {bar(24)}\n 10  b  60  {bar(23)}▋\n\nover 121 articles: rain"),
        ("months", ["rain", ":facets section"],
         f"{sections(25)}\n  5 more values\n\nover 121 articles: rain"),
        ("months", [":facets section:limit=27"],
         f"{sections(27)}\n  3 more values\n\nover 121 articles: the whole archive"),
        ("months", [":facets section:limit=27", ":+27", ":list"],
         "\n".join(f"  {n}  {year}-{month:02}     rain wind  s26" for n, (year, month) in
                   enumerate([(2012, 3), (2014, 9), (2017, 3), (2019, 9)], 1))
         + "\nall of 4 in 1 ms"),
        ("months", [":facets", ":+10", ":list", ":limit 1", ":next 59"],
         " 60  2019-12     rain wind  s29\n60 of 60 in 1 ms"),
        # Ten years of months are shown each; of one more there is a row a year.
        ("months", ["wind", ":timeline"],
         "date:month\n" + "\n".join(f"{one['date']}  1  {bar(68)}" for one in MONTHS[:120])
         + "\nover 120 articles: wind"),
        ("months", ["rain", ":timeline"],
         "date:year\n" + "\n".join(f"{year}  12  {bar(70)}" for year in range(2010, 2020))
         + f"\n2020   1  {bar(5)}▉\nover 121 articles: rain"),
        ("months", [":compare wind"],
         "         wind\n"
         + "\n".join(f"{one['date']}      1  100% {bar(59)}" for one in MONTHS[:120])
         + "\nwind: 120; shares are of all articles of a period"),
        ("months", [":compare rain"],
         "      rain\n" + "\n".join(f"{year}     12  100% {bar(62)}" for year in range(2010, 2020))
         + f"\n2020      1  100% {bar(5)}▏\nrain: 121; shares are of all articles of a period"),
        ("months", ["rain", *[":back"] * 35, ":history"],
         "\n".join(f"{n:>2}  :back" for n in range(8, 37)) + "\n37  :history"),
        ("copies", [":stories"],
         "s1      3  Ferry aground\n           2024-05-07 to 2024-05-09 · Post 2, Wire 1\n"
         "s2      2  Storm\n           2024-06-01 · Wire 2\n"
         "no others of the whole archive have copies\n"
         "over 6 articles (3 stories): the whole archive"),
        ("copies", [":stories 1"],
         "s1      3  Ferry aground\n           2024-05-07 to 2024-05-09 · Post 2, Wire 1\n"
         "over 6 articles (3 stories): the whole archive"),
        ("copies", ["storm", ":stories"],
         "s1      2  Storm\n           2024-06-01 · Wire 2\n"
         "no others of the articles found have copies\nover 2 articles (1 story): storm"),
        ("copies", [":compare late | xyzzy"], "without a month in date: late 1"),
        ("copies", ["late", ":stories"], "none of the articles found has copies\n"
         "over 1 article (1 story): late\nNO_HITS"),
        ("copies", ["late", ":copies 1"], "it has no copies\nNO_HITS"),
        ("copies", [":stories", ":copies s1"],
         f"c1 * 2024-05-07        w1  Wire  Ferry aground\n{SAFE.format(' ')}\n{LONG}\n{ASKED}"),
        ("copies", [":stories", ":copies s1", ":copies C2"],
         f"c1   2024-05-07        w1  Wire  Ferry aground\n{SAFE.format('*')}\n{LONG}\n{ASKED}"),
        ("copies", [":stories", ":copies s1", ":open s2"],
         "Storm\nid      s1\ndate    2024-06-01\nsource  Wire\n\n"
         "A storm out of the west tore roofs from nine houses in Aalesund on Friday night,\n"
         "and the harbour master Kari Moe closed the port until Sunday morning because of\n"
         "high waves."),
        ("copies", ["ferry", ":list"],
         "  1  2024-05-07  Ferry aground  Wire  x3\n"
         "  2              Late  Post\n"
         "  3  2024-05-09  The ferry Nordlys ran aground off Bergen on Tuesday…  Post  x3\n"
         "  4  2024-05-08  All safe  Post  x3\nall of 4 in 1 ms"),
    ],
)  # fmt: skip
def test_what_is_printed_of_other_archives(
    request: pytest.FixtureRequest, screen: Screen, of: str, lines: list[str], text: str
) -> None:
    session = Session(request.getfixturevalue(of), screen.out, screen.err)
    if lines[-1] == ":history":
        for line in lines[:-1]:
            answer(session, line)
        screen.errors()
        lines = lines[-1:]
    assert printed(session, screen, *lines) == text


def test_labels_that_are_not_there(copies: Archive, screen: Screen) -> None:
    session = Session(copies, screen.out, screen.err)
    for line, message in (
        (":open s3", "there is no s3: these are s1 to s2"),
        (":open C4", "there is no C4: these are c1 to c3"),
        (":open a1", "there is no a1: no list has such numbers yet"),
    ):
        assert refused(session, screen, ":stories", ":copies s1", line) == f"error: {message}\n"


FORMS = """\
name:budget         in this field only
kind:x              this value; with blanks: kind:"Harbour Wire"
size:>300           numbers; also size:100..300
day:2022-08         dates; also day:2022 and day:2022-08-31
day:2021..2022      from 2021 to the end of 2022; also day:>=2021-03
"""


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        (Schema(id=Key(), name=Text(), other=Text(), kind=Keyword(), type=Keyword(),
                size=Number(), length=Number(), day=Date()), FORMS.splitlines()),
        (Schema(id=Key(), name=Text()), FORMS.splitlines()[:1]),
        (Schema(id=Key(), title=Text()), []),
    ],
)  # fmt: skip
def test_the_help_of_queries_has_fields_of_the_archive(
    tmp_path: Path, screen: Screen, schema: Schema, shown: list[str]
) -> None:
    with Archive.create(tmp_path, schema) as archive:
        session = Session(archive, screen.out, screen.err)
        lines = [
            " ".join(line.split()) for line in typed(session, screen, ":help query").splitlines()
        ]
        last = lines.index("* all articles") + 1
        assert lines[last:] == [" ".join(line.split()) for line in shown]
        assert ("title:budget in this field only; title:(a b) for several words" in lines) == (
            "title" in schema.fields
        )
        if "day" not in schema.fields:
            error = refused(session, screen, ":timeline")
            assert error == "error: this archive has no dates\n"
