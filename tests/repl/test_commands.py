"""Commands, run on a small archive."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from searchlib.archive import Archive
from searchlib.repl.commands import COMMANDS, arguments, run
from searchlib.repl.outcome import Exit
from searchlib.repl.session import Refused, Session
from searchlib.repl.shell import answer
from searchlib.schema import Date, Key, Keyword, Schema, Text

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
    assert "there are 4 lines" in refused(session, screen, ":history 9")
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
    assert "says its form" in refused(session, screen, ":export found.xls")
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
    assert session.filters["date"].count("..") == 1
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
    assert "one word" in refused(session, screen, ":save")
    typed(session, screen, "wheat", ":facets section", ":+1", ":sort -date")
    assert typed(session, screen, ":save mine").startswith("saved: mine")
    typed(session, screen, ":sort rank", "bridge")
    assert "mine  wheat · section: business · sort -date" in typed(session, screen, ":saved")
    assert "of 6 in" in typed(session, screen, ":run mine")
    assert (session.text, session.sort, session.filters) == (
        "wheat", "-date", {"section": "business"},
    )  # fmt: skip
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


def test_synonyms(session: Session, screen: Screen, tmp_path: Path) -> None:
    file = tmp_path / "s.txt"
    file.write_text("corn, wheat\n")
    assert "off now" in refused(session, screen, ":synonyms")
    assert "no hits" in typed(session, screen, "corn")
    text = typed(session, screen, f":synonyms {file}")
    assert "corn: also wheat" in text
    assert "of 7 in" in text
    assert "2 words have some" in refused(session, screen, ":synonyms")
    assert "no hits" in typed(session, screen, ":synonyms off")
    assert "none.txt" in refused(session, screen, ":synonyms none.txt")


def test_the_last_week_of_the_calendar(tmp_path: Path, screen: Screen) -> None:
    with Archive.create(tmp_path / "a", PLAIN) as archive:
        archive.add([{"id": "a", "title": "Rain", "day": "9999-12-31"}])
        session = Session(archive, screen.out, screen.err)
        assert "9999-12-27  1" in typed(session, screen, ":facets day:week_of")
        assert "of 1 in" in typed(session, screen, ":+1")


def test_standing_queries_and_their_alerts(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Archive.create(tmp_path / "index") as archive:
        session = Session(archive, screen.out, screen.err)
        assert "no query stands here" in typed(session, screen, ":alerts")
        assert "search first" in refused(session, screen, ":watch mine")
        assert "one word" in refused(session, screen, ":watch")
        assert "stands: mine" in typed(session, screen, "rain oslo", ":watch mine")
        [watch] = archive.watches()
        assert (watch.query, watch.match, watch.filters) == ("rain oslo", "all", ())
        assert "replaced: mine" in typed(session, screen, ":match any", "rain", ":watch mine")
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
        assert "mine no longer stands" in typed(again, screen, ":unwatch mine")
        assert "no query stands here" in typed(again, screen, ":watches")
        assert "no query stands as mine" in refused(again, screen, ":unwatch mine")
