"""Stories, as the commands and the prompt show them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from searchlib.archive import Archive
from searchlib.archive_set import open_many
from searchlib.repl.session import Session
from searchlib.repl.shell import answer
from tests.repl.conftest import Screen

from .conftest import Cli

_TEXT = (
    "The ferry Nordlys ran aground off Bergen on Tuesday with 212 people aboard, and the coast "
    "guard brought all of them ashore before nightfall, its spokesman Arne Haugen said."
)
_RECORDS = [
    {"id": "w1", "title": "Ferry aground", "body": _TEXT, "source": "Wire", "date": "2024-05-07"},
    {"id": "p1", "title": "All safe", "body": _TEXT + " More soon.", "source": "Post",
     "date": "2024-05-08"},
    {"id": "t1", "title": "Late", "body": "The ferry to Bergen is late.", "source": "Post"},
]  # fmt: skip


@pytest.fixture
def archive(cli: Cli) -> str:
    """The folder of an archive with two stories."""
    lines = "\n".join(map(json.dumps, _RECORDS))
    with open("ferry.jsonl", "w", encoding="utf-8") as file:
        file.write(lines)
    assert cli("index", "ferry.jsonl", "--archive", "ferries", "--stories").code == 0
    return "ferries"


def test_the_most_copied_stories(cli: Cli, archive: str) -> None:
    shown = cli("stories", "--archive", archive)
    assert shown.code == 0
    assert shown.out.splitlines() == [
        "    2  Ferry aground", "       2024-05-07 to 2024-05-08 · Post 1, Wire 1",
    ]  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(cli("stories", "--archive", archive, "--csv").out))
    assert (row["copies"], row["found"]) == ("2", "2")
    assert (row["id"], row["sources"]) == ("w1", "Post; Wire")
    (story,) = cli("stories", "--archive", archive, "ferry", "--json").json()
    assert story["copies"]["last"] == {"id": "p1", "source": "Post", "date": "2024-05-08"}
    part = cli("stories", "--archive", archive, "title:safe")
    assert (part.code, part.out.splitlines()[0]) == (0, "1 of 2  All safe")
    (story,) = cli("stories", "--archive", archive, "title:safe", "--json").json()
    assert (story["id"], story["copies"]["found"], story["copies"]["count"]) == ("p1", 1, 2)
    for query, said in (("title:late", "none of 1 article has copies\n"),
                        ("section:none", "no article is found\n")):  # fmt: skip
        nothing = cli("stories", "--archive", archive, query)
        assert (nothing.code, nothing.out, nothing.err) == (1, "", said)


def test_a_search_by_story(cli: Cli, archive: str) -> None:
    arguments = ("search", "--archive", archive, "ferry", "--collapse", "story:latest")
    shown = cli(*arguments).out
    assert "2024-05-08 · Post · 2 copies" in shown
    assert "all of 2 stories (3 articles)" in shown
    found = cli(*arguments, "--json", "--facet", "source").json()
    assert (found["total"], found["stories"]) == (3, 2)
    assert {hit["id"]: hit["copies"]["count"] for hit in found["hits"]} == {"p1": 2, "t1": 1}
    assert found["facets"]["source"]["stories"] == {"Post": 2, "Wire": 1}
    counted = (*arguments, "--limit", "0", "--facet", "source", "--facet", "date:year")
    assert cli(*counted, "--csv").out.splitlines() == [
        "facet,value,count,stories", "source,Post,2,2", "source,Wire,1,1", "date:year,2024,2,1",
        "date:year,,1,1",
    ]  # fmt: skip
    assert "date:year (articles, stories)\n2024  2  1  ██" in cli(*counted).out
    with open("queries.csv", "w", encoding="utf-8") as file:
        file.write("query\nferry\n")
    assert cli("search", "--queries", "queries.csv", "--collapse", "story").code == 2


def test_one_of_several_archives_has_no_stories(cli: Cli, archive: str) -> None:
    cli("index", "ferry.jsonl", "--archive", "plain")
    both = ("--archive", archive, "--archive", "plain")
    said = "partial: plain is left out: this archive was made without stories\n"
    shown = cli("stories", *both)
    assert (shown.code, shown.out.splitlines()[0], shown.err) == (0, "    2  Ferry aground", said)
    shown = cli("search", "ferry", "--collapse", "story", *both)
    assert said.strip() in " ".join(shown.out.split())
    assert "all of 2 stories (3 articles)" in shown.out
    shown = cli("search", "ferry", "--collapse", "story", "--csv", *both)
    assert said in shown.err
    shown = cli("timeline", "ferry", "--collapse", "story", "--csv", *both)
    assert (shown.err.splitlines()[0] + "\n", len(shown.out.splitlines())) == (said, 2)
    for command in (("stories",), ("search", "ferry", "--collapse", "story")):
        assert cli(*command, "--no-partial", *both).code == 2
    screen = Screen()
    with open_many([archive, "plain"]) as opened:
        session = Session(opened, screen.out, screen.err)  # type: ignore[arg-type]
        for line in ("ferry", ":facets source", ":timeline", ":compare ferry", ":stories"):
            answer(session, line)
            assert "is left out" not in screen.read() or line == ":stories"
        answer(session, ":collapse story")
        for line in ("ferry", ":facets source", ":timeline", ":compare ferry", ":stories"):
            screen.read()
            answer(session, line)
            assert screen.read().count(said.strip()) == 1


def test_no_stories_at_all_cannot_be_asked_for(cli: Cli, archive: str) -> None:
    ran = cli("stories", "ferry", "--archive", archive, "--limit", "0")
    assert (ran.code, ran.out, "--limit" in ran.err) == (2, "", True)


def test_a_timeline_of_stories(cli: Cli, archive: str) -> None:
    arguments = ("timeline", "--archive", archive, "ferry", "--by", "year", "--collapse", "story")
    shown = cli(*arguments)
    assert "ferry: 1; shares are of all stories of a period" in shown.out.replace("\n", " ")
    assert cli(*arguments, "--csv").out.splitlines()[1] == "2024,1,1"
    counted = cli(*arguments, "--json").json()
    assert (counted["counted"], counted["rows"][0]["ferry"]) == ("stories", 1)
    assert cli(*arguments[:-2], "--json").json()["rows"][0]["ferry"] == 2


def test_copies_at_the_prompt(archive: str) -> None:
    screen = Screen()
    with Archive.open(archive) as opened:
        session = Session(opened, screen.out, screen.err)
        answer(session, "ferry source:Wire")
        assert "2 copies" in screen.read()
        answer(session, ":copies 1")
        lines = screen.read().splitlines()
        assert [line.split()[:4] for line in lines[:2]] == [
            ["c1", "*", "2024-05-07", "w1"], ["c2", "2024-05-08", "p1", "Post"],
        ]  # fmt: skip
        answer(session, "ferry source:Post title:safe")
        screen.read()
        answer(session, ":copies 1")
        assert [line[3] for line in screen.read().splitlines()[:2]] == [" ", "*"]
        answer(session, ":open c2")
        assert "id      p1" in screen.read()
        answer(session, ":copies c2")
        assert screen.read().splitlines()[1].split()[:2] == ["c2", "*"]
        answer(session, "ferry")
        screen.read()
        answer(session, ":stories")
        lines = screen.read().splitlines()
        assert lines[0].split()[:2] == ["s1", "2"]
        answer(session, ":open s1")
        assert "id      w1" in screen.read()
        answer(session, "late")
        screen.read()
        answer(session, ":copies 1")
        assert screen.read() == "it has no copies\n"
        answer(session, ":stories")
        none = "none of the articles found has copies\n"
        assert screen.read() == f"{none}over 1 article (1 story): late\n"
        answer(session, "late bergen")  # best: one has all of the words, the others some
        assert "all of 3, 1 with all of the words" in screen.read()
        answer(session, ":stories")
        assert screen.read() == f"{none}over 1 article (1 story): late bergen\n"


def test_one_hit_a_story_at_the_prompt(archive: str) -> None:
    screen = Screen()
    with Archive.open(archive) as opened:
        session = Session(opened, screen.out, screen.err)
        for line in (":limit 1", "ferry", ":collapse story:first"):
            answer(session, line)
        shown = screen.read()
        assert ("1 of 2 stories (3 articles)" in shown, "Ferry aground" in shown) == (True, True)
        answer(session, ":facets source")
        shown = screen.read()
        assert "source (articles, stories)" in shown
        assert "over 3 articles (2 stories): ferry" in shown
        answer(session, ":timeline date:year")
        assert "date:year (articles, stories)\n2024  2  1  ██" in screen.read()
        answer(session, ":compare year ferry")
        assert "ferry: 1; shares are of all stories" in screen.read()
        answer(session, ":page 2")
        screen.read()
        answer(session, ":page 3")
        answer(session, ":collapse")
        assert "there are 2" in screen.errors()
        answer(session, ":collapse off")
        assert "1 of 3" in screen.read()


def test_stories_at_the_prompt_of_an_archive_without_some(cli: Cli) -> None:
    cli("create", "plain")
    screen = Screen()
    with Archive.open("plain") as opened:
        session = Session(opened, screen.out, screen.err)
        answer(session, ":collapse story")
        said = " ".join(screen.errors().split())
        cure = "without stories: copy this one: searchlib copy plain TO --stories"
        assert said.endswith(cure)
        assert session.collapse is None


def test_an_archive_is_made_with_stories_or_without(cli: Cli, archive: str) -> None:
    assert cli("create", "strict", "--strict-stories").code == 0
    with Archive.open("strict") as opened:
        assert opened.settings["stories"] == "strict"
    refused = cli("index", "ferry.jsonl", "--archive", "strict", "--stories")
    assert refused.code == 2
    assert "without such stories" in refused.err
    cli("index", "ferry.jsonl", "--archive", "plain")
    assert "searchlib copy plain TO --stories" in cli("stories", "--archive", "plain").err
    refused = cli("search", "x", "--collapse", "story", "--archive", "plain", "--json")
    cure = "copy this one: searchlib copy plain TO --stories"
    said = f"stories: this archive was made without stories: {cure}"
    assert refused.json()["error"] == {"kind": "NotSupported", "message": said}
