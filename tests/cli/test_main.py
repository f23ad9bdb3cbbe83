"""The command line: what goes where, and with which exit code."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields

from searchlib.archive import Archive
from searchlib.cli import main
from searchlib.cli.main import run
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, PerformanceWarning
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.repl import shell
from searchlib.schema import NEWS
from searchlib.whoosh_backend import create_in

from ..repl.articles import ARTICLES, HOSTILE
from .conftest import Cli


def write_lines(path: Path, records: list[Any]) -> Path:
    lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# --- search


def test_search(cli: Cli) -> None:
    ran = cli("search", "wheat", "kansas", "--limit", "2", "--facet", "section", "--sort", "-date")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("  1  Wheat prices rise in week 6\n     2022-06-14 · Prairie Wire")
    assert "1 to 2 of 6 in" in ran.out
    assert "section\n  business  6  █" in ran.out
    assert "\x1b" not in ran.out


def test_no_hits(cli: Cli) -> None:
    ran = cli("search", "barlei")
    assert (ran.code, ran.out) == (1, "")
    assert "no hits" in ran.err
    assert "did you mean: barley" in ran.err


def test_a_query_error_points_to_the_mistake(cli: Cli) -> None:
    ran = cli("search", "wheat autor:lee")
    assert (ran.code, ran.out) == (2, "")
    assert re.match(r"wheat autor:lee\n      \^{5,6}\nerror: ", ran.err)


def test_json(cli: Cli) -> None:
    ran = cli("search", "wheat", "--json", "--facet", "date:month", "--limit", "1", "--offset", "2")
    data = ran.json()
    assert ran.code == 0
    assert (data["query"], data["total"], data["offset"]) == ("wheat", 7, 2)
    (hit,) = data["hits"]
    assert hit["rank"] == 3
    assert hit["fields"]["title"].startswith("Wheat prices")
    assert "**Wheat**" in hit["snippet"]
    assert data["facets"]["date:month"]["counts"][0] == {"value": "2022-01", "count": 1}


def test_json_of_nothing(cli: Cli) -> None:
    ran = cli("search", "barlei", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert (ran.json()["total"], ran.json()["did_you_mean"]) == (0, "barley")


def test_errors_as_json(cli: Cli) -> None:
    ran = cli("search", "wheat autor:lee", "--json")
    error = ran.json()["error"]
    assert ran.code == 2
    assert (error["kind"], error["query"]) == ("QueryError", "wheat autor:lee")
    assert error["span"][0] == 6
    assert error["code"]
    assert error["message"] in ran.err


def test_json_lines(cli: Cli) -> None:
    ran = cli("search", "wheat", "--jsonl", "--limit", "3")
    assert [json.loads(line)["rank"] for line in ran.out.splitlines()] == [1, 2, 3]


def test_csv(cli: Cli) -> None:
    ran = cli("search", 'author "harbour bridge"', "--match", "any", "--csv")
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert row["id"] == "b1"
    assert row["authors"] == "Bo Li, Ann Lee"
    assert "body" not in row
    assert "**harbour bridge**" in row["snippet"]


@pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv", "--limit=5"])
def test_no_format_controls_the_terminal(cli: Cli, form: str) -> None:
    ran = cli("search", "hostile", form)
    assert ran.code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ran.out)
    if form == "--json":  # exact all the same
        assert ran.json()["hits"][0]["fields"]["url"] == f"https://example.org/{HOSTILE}"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["search"], "Missing argument"),
        (["search", "x", "--limit", "many"], "--limit"),
        (["search", "x", "--csv", "--facet", "section"], "--json"),
        (["search", "-section:x"], "comes after --"),
        (["search", "wheat", "--facet", "nope"], "nope"),
        (["search", "wheat", "--sort", "nope"], "nope"),
        (["serch", "x"], "search"),
        (["index", "nothing.jsonl"], "nothing.jsonl"),
        (["index", "x.jsonl", "--set", "section"], "NAME=VALUE"),
        (["delete"], "--query"),
        (["delete", "a", "--query", "b"], "--query"),
    ],
)
def test_bad_arguments(cli: Cli, tmp_path: Path, arguments: list[str], says: str) -> None:
    write_lines(tmp_path / "x.jsonl", [])
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


@pytest.mark.parametrize(
    "command", [["search", "x"], ["stats"], ["check"], ["export"], ["optimize"], ["repl"]]
)
def test_no_archive(cli: Cli, command: list[str]) -> None:
    ran = cli(*command, "--archive", "nowhere")
    assert (ran.code, ran.out) == (3, "")
    assert "nowhere" in ran.err
    assert len(ran.err.splitlines()) == 1


# --- index and what changes an archive


def test_index_makes_and_updates_an_archive(cli: Cli, tmp_path: Path) -> None:
    news = write_lines(tmp_path / "news.jsonl", [
        {"id": "1", "title": "Rain in Oslo", "section": "weather"},
        {"id": "2", "title": "Snow in Oslo"},
        "{half a line",
        {"id": "3", "title": "Sun", "date": "2022-02-31"},
    ])  # fmt: skip
    ran = cli("index", "--archive", "a", "--set", "section=world", str(news))
    assert (ran.code, ran.out) == (4, "")  # not all went in
    first, *rejected = ran.err.splitlines()
    assert first.startswith("2 added, 0 updated, 0 unchanged, 2 rejected in ")
    assert "news.jsonl:3" in rejected[0]
    assert "news.jsonl:4" in rejected[1]
    assert "date" in rejected[1]

    write_lines(news, [{"id": "1", "title": "Rain in Oslo", "section": "weather"},
                       {"id": "2", "title": "Sleet in Oslo"}])  # fmt: skip
    ran = cli("index", "--archive", "a", "--set", "section=world", str(news))
    assert ran.err.startswith("0 added, 1 updated, 1 unchanged, 0 rejected")
    hits = cli("search", "--archive", "a", "oslo", "--json").json()["hits"]
    assert {hit["id"]: hit["fields"]["section"] for hit in hits} == {"1": "weather", "2": "world"}


def test_a_stopped_index_is_resumed(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.index.index_writer._MAX_CHUNKS", 500)
    other = write_lines(tmp_path / "first.jsonl", [{"id": "first", "title": "Rain"}])
    put_many = IndexWriter.put_many

    def fail(writer: IndexWriter, batch: Any) -> list[str]:
        if batch and batch[-1][0] > "17":
            raise KeyboardInterrupt
        return put_many(writer, batch)

    news = write_lines(
        tmp_path / "news.jsonl", [{"id": f"{n:04}", "title": f"Rain {n}"} for n in range(2000)]
    )
    monkeypatch.setattr("searchlib.index.index_writer.IndexWriter.put_many", fail)
    assert cli("index", "--archive", "a", str(other), str(news)).code == 130
    monkeypatch.setattr("searchlib.index.index_writer.IndexWriter.put_many", put_many)
    ran = cli("index", "--archive", "a", str(other), str(news))
    _, files, line, language = ran.err.splitlines()
    assert language.startswith("  language: en,")
    assert files == "  resumed after 1 file that had been finished"
    assert line.startswith(f"  resumed {news} at line 1,")
    ran = cli("index", "--archive", "a", "--from-start", str(other), str(news))
    assert ran.err.startswith("0 added, 0 updated, 2,001 unchanged")


def test_only_the_first_rejected_are_listed(cli: Cli, tmp_path: Path) -> None:
    news = write_lines(tmp_path / "news.jsonl", ["{" for _ in range(30)])
    ran = cli("index", "--archive", "a", str(news), "--rejects", "bad.jsonl")
    assert ran.code == 1  # nothing went in
    assert len(ran.err.splitlines()) == 12
    assert "20 more rejected" in ran.err
    rows = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
    assert [row["rejected"].split(": ")[0] for row in rows] == [f"{news}:{n}" for n in range(1, 31)]


def test_nothing_is_left_of_an_archive_without_articles(cli: Cli, tmp_path: Path) -> None:
    news = write_lines(tmp_path / "news.jsonl", ["["])
    assert cli("index", "--archive", "a", str(news)).code == 1
    assert not (tmp_path / "a").exists()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes.txt").write_text("mine")
    assert cli("index", "--archive", "b", str(news), "--here").code == 1
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["notes.txt"]
    Archive.create("c").close()
    assert cli("index", "--archive", "c", str(news)).code == 1
    assert Archive.open("c").path == "c"  # it was there before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--facte", "section", "x"],
        ["x", "-limit", "5"],
        ["x", "-json"],
        ["x", "-sort=date"],
        ["-snow", "-sort=date"],
    ],
)
def test_a_mistyped_option_is_no_query(cli: Cli, arguments: list[str]) -> None:
    ran = cli("search", *arguments)
    assert ran.code == 2
    assert "No such option" in ran.err
    assert "comes after --" not in ran.err


def test_index_reads_packed_files_and_standard_input(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"id": "1", "title": "Rain"}\n'))
    assert cli("index", "--archive", "a", "a.jsonl.gz").code == 0
    stdin = io.TextIOWrapper(io.BytesIO(b'{"id": "2", "title": "More rain"}\n'))
    monkeypatch.setattr("sys.stdin", stdin)
    assert cli("index", "--archive", "a", "-").code == 0
    assert cli("search", "--archive", "a", "rain", "--json").json()["total"] == 2


def test_delete_and_optimize(cli: Cli, tmp_path: Path) -> None:
    news = write_lines(
        tmp_path / "n.jsonl", [{"id": str(n), "title": f"Rain {n}"} for n in range(5)]
    )
    cli("index", "--archive", "a", str(news))
    ran = cli("delete", "--archive", "a", "1", "2", "77")
    assert (ran.code, ran.out, ran.err) == (0, "", "2 deleted\n")
    refused = cli("delete", "--archive", "a", "--query", "rain 3")
    assert refused.code == 2  # nobody can be asked here
    assert "--yes" in refused.err
    assert cli("delete", "--archive", "a", "--query", "rain 3", "--yes").err == "1 deleted\n"
    nothing = cli("delete", "--archive", "a", "77")
    assert (nothing.code, nothing.err) == (0, "0 deleted\n")
    assert "now" in cli("optimize", "--archive", "a").err
    stats = cli("stats", "--archive", "a", "--json").json()
    assert (stats["articles"], stats["deleted"], stats["segments"]) == (2, 0, 1)


def test_documents_of_a_whoosh_program_are_deleted_by_their_unique_fields(cli: Cli) -> None:
    Path("ex").mkdir()
    unique = {"path": fields.ID(unique=True, stored=True), "n": fields.NUMERIC(unique=True)}
    with create_in("ex", fields.Schema(**unique)).writer() as writer:
        for number in range(5):
            writer.add_document(path=f"/d{number}", n=number)
    with Archive.open("ex") as archive:
        hidden = next(iter(archive))
        first = archive[hidden]["path"]
    assert cli("delete", "--archive", "ex", hidden).err == "1 deleted\n"
    rest = [f"/d{number}" for number in range(5) if f"/d{number}" != first]
    assert cli("delete", "--archive", "ex", rest[0], rest[1][-1], "/d9", "x").err == "2 deleted\n"
    Path("numbers").mkdir()
    create_in("numbers", fields.Schema(n=fields.NUMERIC(unique=True)))
    assert cli("delete", "--archive", "numbers", "x").err == "0 deleted\n"
    with Archive.open("ex") as archive:
        assert sorted(archive[key]["path"] for key in archive) == rest[2:]


def test_other_archives_are_not_searched_for_documents_to_delete(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "_delete_documents", _broken)
    Archive.create("a").add([{"id": "1"}])
    assert cli("delete", "--archive", "a", "1", "2").err == "1 deleted\n"
    Path("ex").mkdir()
    with create_in("ex", fields.Schema(title=fields.TEXT)).writer() as writer:
        writer.add_document(title="rain")
    with Archive.open("ex") as archive:
        keys = list(archive)
    assert cli("delete", "--archive", "ex", *keys).err == "1 deleted\n"


def test_documents_without_a_unique_field_are_deleted_by_a_query(cli: Cli) -> None:
    Path("ex").mkdir()
    with create_in("ex", fields.Schema(title=fields.TEXT)).writer() as writer:
        writer.add_document(title="rain")
    refused = cli("delete", "--archive", "ex", "rain")
    assert (refused.code, "no unique field: use --query" in refused.err) == (2, True)
    assert cli("delete", "--archive", "ex", "--query", "rain", "--yes").err == "1 deleted\n"


def test_stats(cli: Cli) -> None:
    ran = cli("stats")
    assert (ran.code, ran.err) == (0, "")
    assert "articles  9\n" in ran.out
    assert "date      2022-01-14 to 2024-02-01" in ran.out


def test_check(cli: Cli, tmp_path: Path) -> None:
    news = write_lines(tmp_path / "n.jsonl", [{"id": "1", "title": "Rain", "body": "x " * 500}])
    cli("index", "--archive", "a", str(news))
    assert cli("check", "--archive", "a").code == 0
    segment = max((tmp_path / "a").rglob("*.seg"), key=lambda path: path.stat().st_size)
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    ran = cli("check", "--archive", "a")
    assert ran.code == 3
    assert segment.name in ran.out + ran.err


def test_repair(cli: Cli, tmp_path: Path) -> None:
    # Two articles too long for one block: the damage takes one of them.
    long = [{"id": i, "body": " ".join(f"{i}{n}" for n in range(20_000))} for i in "ab"]
    cli("index", "--archive", "a", str(write_lines(tmp_path / "n.jsonl", long)))
    segment = next((tmp_path / "a").rglob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[200] ^= 1
    segment.write_bytes(data)
    assert cli("check", "--archive", "a").code == 3
    ran = cli("repair", "--archive", "a", "b")
    assert ran.code == 3
    assert "1 article saved, 1 lost" in ran.err
    assert segment.name in ran.out
    assert cli("check", "--archive", "b").code == 0
    assert cli("repair", "--archive", "b", "c").code == 0
    Path("b", "manifest.json").write_text("x")
    ran = cli("repair", "--archive", "b", "d")
    assert (ran.code, Path("d").exists()) == (3, False)
    assert "name its fields, which were in it (repair --schema: news, or a file)" in ran.err
    assert "1 article saved, 0 lost" in cli("repair", "--archive", "b", "d", "--schema", "news").err


def test_export_is_read_again(cli: Cli, tmp_path: Path) -> None:
    ran = cli("export", "--output", "all.jsonl")
    assert (ran.code, ran.out) == (0, "")
    lines = (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(ARTICLES)
    assert cli("export").out.splitlines() == lines
    assert cli("index", "--archive", "copy", "all.jsonl").err.startswith("9 added")
    assert cli("export", "--archive", "copy").out.splitlines() == lines
    assert not list(tmp_path.glob("*.partial"))


# --- the rest


def test_repl_reads_lines(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("wheat\nxyzzy\n"))
    ran = cli("repl")
    assert ran.code == 1
    assert "of 7 in" in ran.out


def test_demo(cli: Cli) -> None:
    ran = cli("demo", "here")
    assert (ran.code, ran.err) == (0, "")
    assert "searchlib repl --archive here" in ran.out
    assert "no hits" not in ran.out
    assert len(ran.out.splitlines()) < 55
    again = cli("demo", "here")
    assert again.code == 0
    assert cli("search", "--archive", "here", "section:world", "--json").json()["total"] > 5


def test_every_command_has_its_help(cli: Cli) -> None:
    ran = cli("--help")
    commands = re.findall(r"^  ([a-z-]+) +[A-Z]", ran.out.partition("Commands:")[2], re.MULTILINE)
    assert len(commands) == 20
    assert "..." not in ran.out.partition("Commands:")[2]  # no summary is cut
    for command in commands:
        assert cli(command, "--help").out.startswith(f"Usage: searchlib {command}")
    wanted = r"searchlib \d+\.\d+\.\d+\S* \(compiled kernels: (yes|no)\)\n"
    assert re.fullmatch(wanted, cli("--version").out)


@pytest.mark.parametrize("arguments", [["export"], ["search", "wheat OR bridge", "--limit", "9"]])
def test_a_closed_pipe_is_no_error(folder: Path, tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "searchlib", *arguments, "--archive", str(folder)]
    read, write = os.pipe()
    os.close(read)  # gone before the first byte
    try:
        # In another folder, so that the installed package is run and not one that lies here.
        ran = subprocess.run(
            command, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, check=False
        )
    finally:
        os.close(write)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_the_demo_leaves_other_articles_alone(cli: Cli) -> None:
    with Archive.create("mine") as archive:
        archive.add(ARTICLES)
    ran = cli("demo", "mine")
    assert ran.code == 3
    assert "mine: there are other articles here: name a new folder" in ran.err
    with Archive.open("mine") as archive:
        assert len(archive) == len(ARTICLES)


# --- mistakes of ours


def _broken(*args: object, **how: object) -> None:
    raise ZeroDivisionError("two\nlines [red]")


#: Arguments of a command, and the call that goes wrong in it.
BROKEN = {
    "stats": (("stats",), "stats"),
    "search": (("search", "budget"), "search"),
    "search --json": (("search", "--json", "budget"), "search"),
    "export": (("export",), "snapshot"),
    "check": (("check",), "check"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_of_ours_ends_in_one_line_and_exit_code_70(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    arguments, method = BROKEN[case]
    monkeypatch.setattr(Archive, method, _broken)
    ran = cli(*arguments)
    assert ran.code == 70
    [line] = ran.err.splitlines()
    assert "ZeroDivisionError" in line
    assert re.search(r"https://\S+$", line)  # where to report it
    assert "two lines [red]" in line
    assert ran.out == ""
    debug = cli("--debug", *arguments)
    assert debug.code == 70
    assert debug.err.startswith("Traceback (most recent call last):")
    assert "in _broken" in debug.err
    assert debug.err.endswith(ran.err)


def test_debug_shows_nothing_more_of_foreseen_errors(cli: Cli) -> None:
    assert cli("--debug", "search", '"open').err == cli("search", '"open').err
    assert cli("--debug", "search", '"open').code == 2
    missing = cli("--debug", "search", "rain", "--archive", "missing")
    assert missing.code == 3
    assert "Traceback" not in missing.err
    assert cli("search", "budget").out == cli("--debug", "search", "budget").out


def test_debug_as_a_word_of_the_query_is_no_option(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Archive, "search", _broken)
    ran = cli("search", "--", "--debug")
    assert ran.code == 70
    assert "Traceback" not in ran.err


def test_the_prompt_read_from_a_pipe_ends_with_70(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Archive, "search", _broken)
    monkeypatch.setattr("sys.stdin", io.StringIO("budget\n"))
    assert cli("repl").code == 70
    monkeypatch.setattr("sys.stdin", io.StringIO("budget\n"))
    ran = cli("--debug", "repl")
    assert ran.code == 70
    assert "in _broken" in ran.err


def test_an_archive_of_a_language(cli: Cli, tmp_path: Path) -> None:
    made = cli("create", "--archive", "arabic", "--language", "ar", "--zone", "Asia/Riyadh")
    assert (made.code, made.out) == (0, "")
    assert "'ar'" in made.err
    file = write_lines(
        tmp_path / "ar.jsonl", [{"id": "a", "title": "\u0627\u0644\u0643\u062a\u0627\u0628"}]
    )
    assert cli("index", str(file), "--archive", "arabic").code == 0
    assert (
        cli("search", "\u0643\u062a\u0627\u0628", "--archive", "arabic", "--json").json()["total"]
        == 1
    )
    again = cli("create", "--archive", "arabic")
    assert again.code == 3
    other = cli("index", str(file), "--archive", "arabic", "--language", "fr")
    assert other.code == 2
    assert "--set lang=fr" in other.err


def test_an_unknown_language_makes_nothing(cli: Cli, tmp_path: Path) -> None:
    ran = cli("create", "--archive", "new", "--language", "xx")
    assert ran.code == 2
    assert "xx" in ran.err
    assert not (tmp_path / "new").exists()


def test_an_upgrade_from_the_command(cli: Cli, tmp_path: Path) -> None:
    old = tmp_path / "old"
    IndexStore.create(Directory(old), NEWS, analysis=1)
    file = write_lines(
        tmp_path / "fr.jsonl", [{"id": "a", "title": "l'\u00e9conomie", "lang": "fr"}]
    )
    assert cli("index", str(file), "--archive", str(old)).code == 0
    assert cli("search", "\u00e9conomie", "--archive", str(old)).code == 1
    ran = cli("upgrade", "--archive", str(old))
    assert (ran.code, ran.out) == (0, "")
    assert "1 article indexed anew" in ran.err
    assert cli("search", "\u00e9conomie", "--archive", str(old)).code == 0
    assert "up to date" in cli("upgrade", "--archive", str(old)).err


def test_export_of_a_query(cli: Cli, tmp_path: Path) -> None:
    cli("index", "--archive", "a", str(write_lines(tmp_path / "n.jsonl", [
        json.dumps({"id": f"a{n}", "title": "Rain", "date": f"2022-0{n}", "authors": ["A", "B"]})
        for n in range(1, 10)
    ])))  # fmt: skip
    ran = cli("export", "--archive", "a", "--query", "rain date:2022-03..", "--sort", "-date",
              "--fields", "id,authors", "--format", "csv")  # fmt: skip
    assert ran.out.splitlines() == ["id,authors", *(f"a{n},A; B" for n in range(9, 2, -1))]
    assert cli("export", "--archive", "a", "--query", "rain", "--output", "x.md").code == 0
    assert Path("x.md").read_text().count("## Rain") == 9
    rows = cli("export", "--archive", "a", "--query", "id:a1").out.splitlines()
    assert json.loads(rows[0])["authors"] == ["A", "B"]
    assert cli("export", "--archive", "a", "--sort", "date").code == 2
    missing = cli("export", "--archive", "a", "--output", "no/where.jsonl")
    assert missing.code == 2
    assert "there is no folder no" in missing.err


def test_one_archive_at_a_time(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = cli("optimize", "--archive", "a", "--archive", "b")
    assert (ran.code, "one --archive at a time" in ran.err) == (2, True)
    Archive.create("with blanks").close()
    monkeypatch.setenv("SEARCHLIB_ARCHIVE", "with blanks")
    assert cli("stats").code == 0


def test_what_a_newcomer_types(cli: Cli) -> None:
    ran = cli("two words")
    assert (ran.code, "searchlib search 'two words'" in ran.err) == (2, True)
    assert "Usage: searchlib [OPTIONS]" in cli("help").out
    assert cli("help", "export").out == cli("export", "--help").out
    assert cli("help", "klingon").code == 2


def test_a_search_may_be_given_more_time(cli: Cli, tmp_path: Path) -> None:
    lines = [json.dumps({"id": n, "title": "Rain"}) for n in range(20)]
    cli("index", "--archive", "a", str(write_lines(tmp_path / "n.jsonl", lines)))
    assert cli("search", "--archive", "a", "rain", "--limit-seconds", "5").code == 0
    assert cli("search", "--archive", "a", "rain", "--limit-seconds", "0").code == 2


def test_synonyms_of_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("corn => wheat\n")
    assert cli("search", "corn", "--synonyms", "s.txt", "--json").json()["total"] == 7
    assert cli("search", "corn").code == 1
    assert cli("search", "corn", "--synonyms", "none.txt").code == 2
    (tmp_path / "s.txt").write_text("corn\n")
    assert "line 1" in cli("search", "corn", "--synonyms", "s.txt").err


# --- what is said, word for word


def plain(text: str) -> str:
    """What was printed, with one time for all, and the reason alone of a usage error."""
    text = re.sub(r"in [\d.]+ m?s\b", "in 1 ms", text)
    text = re.sub(r"\([\d,]+ articles a second\)", "(n)", text)
    text = re.sub(r"\d[\d.]* kB", "n kB", text)
    return re.sub(r"^Usage: .*\nTry .*\n\nError: ", "usage: ", text)


RAIN = '{"id": "a", "title": "Rain"}\n{"id": "b", "title": "Snow"}\n'
HIT = """\
  1  Wheat prices rise in week 1
     2022-01-14 · Prairie Wire · business
     Wheat rise again. Traders in Kansas City spoke of rain. Barley was steady.

1 of 7 in 1 ms
"""
NEW = "2 added, 0 updated, 0 unchanged, 0 rejected in 1 ms (n)\n"
SAME = "0 added, 0 updated, 2 unchanged, 0 rejected in 1 ms (n)\n"
ENGLISH = "  language: en, as nothing says it (--language CODE does)\n"
FACETS = "has no facets beside hits: use --json"

#: Commands one after the other, each with its exit code, what it prints, and what it says beside.
SAID: dict[str, list[tuple[str, int, str, str]]] = {
    "archives": [
        ("create x", 0, "", "x: an archive in 'en'\n"),
        ("create x", 3, "",
         "error: x: there is an archive here already: open it, or name another folder\n"),
        ("create --archive y --language fr --zone Europe/Oslo --week-start Sunday --stories", 0, "",
         "y: an archive in 'fr'\n"),
        ("index n.jsonl --archive x", 0, "", NEW + ENGLISH),
        ("index n.jsonl --archive x --from-start", 0, "", SAME + ENGLISH),
        ("index n.jsonl --archive x --stories", 2, "",
         "usage: x: this archive was made without such stories: name a new folder\n"),
        ("index n.jsonl --archive y --stories", 0, "", NEW),
        ("index n.jsonl --archive y --strict-stories", 2, "",
         "usage: y: this archive was made without such stories: name a new folder\n"),
        ("index n.jsonl --archive y --language de", 2, "",
         "usage: y: this archive is in 'fr': give articles in other languages a value: "
         "--set lang=de\n"),
        ("index n.jsonl --archive y --language fr --from-start", 0, "", SAME),
        ("index n.jsonl --archive x --schema news --from-start", 0, "", SAME + ENGLISH),
        ("index n.jsonl --archive x --schema other.json", 2, "",
         "usage: x: this archive has another schema: name a new folder\n"),
        ("index n.jsonl --archive x --schema none.json", 2, "",
         "usage: Invalid value for --schema: none.json: [Errno 2] No such file or directory: "
         "'none.json'\n"),
        ("index n.jsonl --archive z --schema q.csv", 2, "",
         "usage: Invalid value for --schema: q.csv: Expecting value: line 1 column 1 (char 0)\n"),
        ("index n.jsonl --archive x --map colour=a --map hue=b", 2, "",
         "error: --map: the archive has no field 'colour'\n"),
        ("delete --archive x", 2, "", "usage: give either the ids of articles, or --query\n"),
        ("delete --archive x a --query b", 2, "",
         "usage: give either the ids of articles, or --query\n"),
        ("delete --archive x --query snow", 2, "",
         "usage: this would delete 1 article, and nobody can be asked: add --yes\n"),
        ("delete --archive x --query hail", 0, "", "0 deleted\n"),
        ("delete --archive x --query snow --yes", 0, "", "1 deleted\n"),
        ("optimize --archive x", 0, "", "1 segment, n kB before; 1, n kB now\n"),
        ("delete --archive x a", 0, "", "1 deleted\n"),
        ("stats --archive x", 0, "articles  0\nsegments  0\nsize      n kB\n", ""),
        ("check --archive x", 0, "", "sound\n"),
        ("check --archive x --archive y", 0, "", "sound\n"),
        ("check --archive z --archive x", 3,
         "z: no archive here: make one with searchlib index FILES --archive z\n", ""),
        ("check --archive z", 3, "",
         "error: z: no archive here: make one with searchlib index FILES --archive z\n"),
        ("upgrade --archive x", 0, "", "up to date: its analysis has version 2\n"),
        ("repair --archive y w", 0, "", "2 articles saved, 0 lost\n"),
        ("copy y ./y", 2, "", "usage: FROM and TO are the same archive\n"),
        ("copy y v", 0, "", "2 added, 0 updated, 0 unchanged in 1 ms\n"
         "the same: 2 articles, compared by their digests\n"),
        ("copy x v", 3, "",
         "error: v: this archive has another schema or zone: name a new place\n"),
        ("stories --archive y", 1, "", "none of 2 articles has copies\n"),
        ("stories --archive x", 2, "", "error: stories: this archive was made without stories: "
         "copy this one: searchlib copy x TO --stories\n"),
        ("create --archive u", 0, "", "u: an archive in 'en'\n"),
        ("create here --here --strict-stories", 0, "", "here: an archive in 'en'\n"),
        ("create other", 2, "", "usage: other: this folder holds other files (a, b, c): name a new "
         "folder, or add --here\n"),
        ("create more", 2, "", "usage: more: this folder holds other files (a, b, c, ...): name a "
         "new folder, or add --here\n"),
        ("create parts", 2, "", "usage: parts: this folder holds parts of an archive without its "
         "manifest: name a new folder, or add --here\n"),
        ("create whoosh", 2, "",
         "usage: whoosh: this folder holds a Whoosh index: searchlib import-whoosh FOLDER "
         "--archive NEW makes an archive of it; or name another folder\n"),
        ("create mixed", 2, "", "usage: mixed: this folder holds other files (_a, b.toc): name a "
         "new folder, or add --here\n"),
        ("create empty", 0, "", "empty: an archive in 'en'\n"),
    ],
    "searches": [
        ("search wheat --limit 1", 0, HIT, ""),
        ("search wheat bridge --match any --limit 0", 0, "7 articles in 1 ms\n", ""),
        ("search wheat --csv --facet section", 2, "",
         f"usage: --csv {FACETS}, or --limit 0 for the counts alone\n"),
        ("search wheat --jsonl --facet section --limit 0", 2, "", f"usage: --jsonl {FACETS}\n"),
        ("search wheat --csv --facet section --limit 0", 0,
         "facet,value,count\nsection,business,6\nsection,world,1\n", ""),
        ("search wheat --matrix", 2, "", "usage: --matrix is for --queries\n"),
        ("search wheat --ids 1", 2, "", "usage: --ids is for --queries\n"),
        ("search", 2, "", "usage: Missing argument 'QUERY...'.\n"),
        ("search --queries q.csv --matrix", 2, "", "usage: --matrix needs one --facet\n"),
        ("search --queries q.csv --matrix --facet section --facet source", 2, "",
         "usage: --matrix needs one --facet\n"),
        ("search --queries q.csv --collapse story", 2, "",
         "usage: --queries count articles: leave --collapse out\n"),
        ("search --queries q.csv x", 2, "",
         "usage: --queries takes the place of a QUERY, as CSV or with --json\n"),
        ("search --queries q.csv --jsonl", 2, "",
         "usage: --queries takes the place of a QUERY, as CSV or with --json\n"),
        ("search --queries q.csv --csv --ids 2", 0,
         "name,query,total,ids,error\nwheat,wheat,7,w1; w2,\n", ""),
        ("search --queries q.csv --matrix --facet section", 0,
         "name,query,total,business,world,error\nwheat,wheat,7,6,1,\n", ""),
        ("search --queries bad.csv", 4,
         'name,query,total,error\n(,(,,"this ( is not closed: write a ) where it ends, or take it '
         'away"\n',
         "1 query of 1 could not be answered: see the column error\n"),
        ("search --queries s.csv --synonyms s.txt --sort -date --ids 1", 0,
         "name,query,total,ids,error\ncorn,corn,7,b1,\n", ""),
        ("search -limit 1", 2, "", "usage: No such option '-l'.\n"),
        ("search -x", 2, "",
         "usage: No such option '-x'.\nA query that begins with a minus comes after --\n"),
        ("search --x", 2, "", "usage: No such option '--x'.\n"),
        ("stats -x", 2, "", "usage: No such option '-x'.\n"),
        ("help nope", 2, "", "usage: there is no command 'nope'\n"),
        ("nope wheat", 2, "",
         "usage: No such command 'nope'.\nTo search: searchlib search 'nope wheat'\n"),
        ("timeline wheat --by year", 0,
         f"      wheat{' ' * 69}\n2022      6   86% {'█' * 62}\n"
         f"2023      1  100% {'█' * 10}▍{' ' * 51}\n"
         "wheat: 7; shares are of all articles of a period\n", ""),
        ("timeline wheat --by year --csv", 0, "period,total,wheat\n2022,7,6\n2023,1,1\n", ""),
        ("timeline wheat --by year --csv --share", 0,
         "period,total,wheat\n2022,7,0.857143\n2023,1,1\n", ""),
        ("timeline xyzzy --csv", 1, "period,total,xyzzy\n", ""),
        ("timeline 网络 --csv --field crawled", 0, "period,total,网络\n",
         "without a month in crawled: 网络 1\n"),
        ("export --sort date", 2, "", "usage: --sort is for the articles of a --query\n"),
        ("export --marks text", 2, "", "usage: --marks is for the articles of a --query\n"),
        ("export --format parquet", 2, "",
         "usage: Parquet goes into a file: add --output FILE.parquet\n"),
        ("export --output a.xls", 2, "",
         "usage: a.xls: the ending is none of .csv, .jsonl, .md, .parquet: add --format\n"),
        ("export --query bridge --format csv --fields ID,Title", 0,
         "id,title\nb1,Harbour bridge opens\n", ""),
        ("export --query bridge --marks html --fields title", 0,
         '{"title": "Harbour <mark>bridge</mark> opens"}\n', ""),
        ("import-whoosh here --archive i", 2, "", "usage: here: no Whoosh index here\n"),
        ("create i --schema bad.json", 2, "",
         "error: id: 'colour' is no kind of field: the kinds are key, text, keyword, date, number, "
         "stored\n"),
        ("index n.jsonl --archive opensearch+https://h.example/wire --save-map", 2, "",
         "usage: --save-map is for an archive in a folder\n"),
        ("schema n.jsonl", 0,
         '[\n  {\n    "name": "id",\n    "kind": "key"\n  },\n  {\n    "name": "title",\n'
         '    "kind": "text",\n    "language": null,\n    "weight": 3.0,\n    "searched": true\n'
         '  }\n]\n', ""),
        ("schema empty.csv", 2, "", "usage: there is no article in these files\n"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_what_commands_say(cli: Cli, case: str) -> None:
    Path("n.jsonl").write_text(RAIN)
    Path("q.csv").write_text("query\nwheat\n")
    Path("bad.csv").write_text("query\n(\n")
    Path("s.csv").write_text("query\ncorn\n")
    Path("s.txt").write_text("corn => wheat\n")
    Path("empty.csv").write_text("id,title\n")
    Path("bad.json").write_text('[{"name": "id", "kind": "colour"}]')
    Path("other.json").write_text('[{"name": "id", "kind": "key"}]')
    for folder, names in (
        ("here", "a"), ("other", "abc"), ("more", "abcd"), ("parts", ["1.seg", "a"]),
        ("whoosh", ["_MAIN_1.toc", "1.seg"]), ("mixed", ["_a", "b.toc"]),
        ("empty", [".git", "README.md", "writer.lock"]),
    ):  # fmt: skip
        Path(folder).mkdir()
        for name in names:
            Path(folder, name).touch()
    for line, code, out, err in SAID[case]:
        ran = cli(*line.split())
        assert (line, ran.code, plain(ran.out), plain(ran.err)) == (line, code, out, err)


def test_warnings(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main._show_warning(PerformanceWarning("slow [red]"), PerformanceWarning, "a.py", 3)
    assert capsys.readouterr().err == "slow [red]\n"
    main._show_warning("old", DeprecationWarning, "a.py", 3, line="x = 1")
    assert capsys.readouterr().err == "a.py:3: DeprecationWarning: old\n  x = 1\n"
    with (tmp_path / "log").open("w") as file:
        main._show_warning("old", DeprecationWarning, "a.py", 3, file, "x = 1")
    assert (tmp_path / "log").read_text() == "a.py:3: DeprecationWarning: old\n  x = 1\n"
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("reply", "code", "said"), [("y\n", 0, "1 deleted\n"), ("n\n", 130, "stopped\n"),
                                ("", 130, "stopped\n")]
)  # fmt: skip
def test_people_are_asked_before_articles_of_a_query_are_deleted(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, reply: str, code: int, said: str
) -> None:
    Archive.create("a").add([{"id": "1", "title": "Rain"}])
    monkeypatch.setattr("sys.stdin", Terminal(reply))
    ran = cli("delete", "--archive", "a", "--query", "rain")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("Delete 1 article? [y/N]: ")
    assert ran.err.endswith(said)


@pytest.mark.parametrize(("stdin", "stdout"), [(True, True), (True, False), (False, True)])
def test_the_prompt_opens_where_both_ends_are_a_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, stdin: bool, stdout: bool
) -> None:
    opened = []
    monkeypatch.setattr(shell, "run_prompt", lambda session: opened.append(session) or 3)
    monkeypatch.setattr("sys.stdin", Terminal(":quit\n") if stdin else io.StringIO(":quit\n"))
    monkeypatch.setattr("sys.stdout", Terminal() if stdout else io.StringIO())
    assert run(["--debug", "repl"]) == (3 if stdin and stdout else 0)
    assert [session.debug for session in opened] == ([True] if stdin and stdout else [])


def test_a_demo_in_a_folder_of_its_own(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ran = cli("demo")
    assert (ran.code, ran.err) == (0, "")
    (folder,) = tmp_path.glob("searchlib-demo-*")
    with Archive.open(folder) as archive:
        assert archive.settings["stories"] is True


def test_what_an_upgrade_says(cli: Cli, tmp_path: Path) -> None:
    IndexStore.create(Directory(tmp_path / "old"), NEWS, analysis=1)
    assert plain(cli("upgrade", "--archive", "old").err) == (
        "0 articles indexed anew in 1 ms: the analysis had version 1, it has 2 now\n"
    )


def test_the_figures_of_several_archives(cli: Cli, folder: Path) -> None:
    Archive.create("more").close()
    one, more = ("--archive", str(folder)), ("--archive", "more")
    assert "archives" not in cli("stats", *one, "--json").json()
    said = cli("stats", *one, *more, "--json").json()
    assert {name: figures["articles"] for name, figures in said["archives"].items()} == {
        str(folder): 9, "more": 0,
    }  # fmt: skip
    assert said["articles"] == 9
    text = " ".join(cli("stats", *one, *more).out.split())  # whatever the length of the paths
    _, first, second = text.rsplit(" archive ", 2)
    assert first.startswith("9 articles, ")
    assert second.startswith("0 articles, ")


# --- the process


def test_the_process_ends_with_the_code_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, code in ((["--version"], 0), (["none"], 2)):
        monkeypatch.setattr("sys.argv", ["searchlib", *arguments])
        with pytest.raises(SystemExit) as exited:
            main.main()
        assert exited.value.code == code
    assert capsys.readouterr().out.startswith("searchlib ")


def test_the_shell_is_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "_SEARCHLIB_COMPLETE": "bash_complete", "COMP_WORDS": "searchlib sta", "COMP_CWORD": "1"
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        run([])
    assert capsys.readouterr().out == "plain,stats\n"


def test_each_warning_is_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stats(archive: Archive) -> None:
        for _ in range(2):
            warnings.warn("it is slow", PerformanceWarning, stacklevel=1)
        raise ArchiveError("it is broken")

    monkeypatch.setattr(Archive, "stats", stats)
    assert cli("stats").err == "it is slow\nit is slow\nerror: it is broken\n"


def test_what_an_encoding_lacks_is_escaped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    assert run(["export", "--archive", str(folder), "--query", "网络"]) == 0
    assert b"\\u" in out.buffer.getvalue()  # type: ignore[attr-defined]


def test_a_pipe_that_nobody_reads_is_put_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

        def fileno(self) -> int:
            return 77

    moved: list[tuple[int, int]] = []
    monkeypatch.setattr("os.dup2", lambda *places: moved.append(places))
    monkeypatch.setattr("click.echo", lambda text, **options: None)
    monkeypatch.setattr("sys.stdout", Closed())
    code = run(["help", "stats"])
    monkeypatch.undo()
    [(null, place)] = moved
    os.close(null)
    assert (code, place) == (0, 77)


def test_json_is_for_people_too(cli: Cli) -> None:
    Path("q.csv").write_text("query\nwheat\n")
    for command in (
        ("stats", "--json"), ("search", "wheat", "--json"), ("search", '"open', "--json"),
        ("search", "--queries", "q.csv", "--json"), ("timeline", "wheat", "--json"),
    ):  # fmt: skip
        assert re.match(r'(\{\n  |\[\n  \{\n    )"', cli(*command).out), command


def test_each_command_says_what_is_left_out(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("q.csv").write_text("query\nwheat\n")
    for command in (
        ("stats",), ("search", "wheat", "--csv"), ("search", "--queries", "q.csv"), ("repl",),
        ("timeline", "wheat"), ("export",),
    ):  # fmt: skip
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        ran = cli(*command, "--archive", str(folder), "--archive", "away")
        assert ran.err.splitlines() == ["partial: away is left out: there is no archive"], command
