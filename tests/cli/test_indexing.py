"""The commands that bring articles in."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from rich.console import Console

from searchlib.archive import Archive
from searchlib.cli import indexing
from searchlib.cli.main import run
from searchlib.schema import NEWS, Schema

CSV = "headline,pubDate,link,story\nRain,31 Aug 2022,https://a.example/1,It rained.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("news.csv").write_text(CSV)
    return tmp_path


def exported(path: str = "a") -> list[dict[str, object]]:
    with Archive.open(path) as archive:
        return list(archive.export())


def test_a_table_goes_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "news.csv", "--archive", "a"]) == 0
    assert exported() == [
        {
            "id": "https://a.example/1",
            "title": "Rain",
            "body": "It rained.",
            "date": "2022-08-31",
            "url": "https://a.example/1",
            "path": "news.csv",
        }
    ]
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "  read: CSV (1 file, 1 article)"
    assert lines[2] == "  fields: headline -> title; pubDate -> date; link -> url; story -> body"


def test_fields_that_are_named() -> None:
    arguments = ["index", "news.csv", "--archive", "a", "--map", "body=headline,story", "--key"]
    assert run([*arguments, "headline", "--drop", "link", "--set", "source=Wire"]) == 0
    assert exported() == [
        {
            "id": "Rain",
            "body": "Rain\n\nIt rained.",
            "date": "2022-08-31",
            "source": "Wire",
            "path": "news.csv",
        }
    ]
    assert run(["index", "news.csv", "--archive", "a", "--map", "colour=headline"]) == 2


def test_the_summary_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "news.csv", "--archive", "a", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["added"], summary["rejected"]) == (1, [])
    assert summary["reading"]["renamed"]["headline"] == "title"
    assert (
        run(["index", "news.csv", "--archive", "b", "--json", "--save-map", "--set", "lang=en"])
        == 0
    )
    for text in (capsys.readouterr().out, Path("b/reading.json").read_text()):
        assert text.startswith('{\n  "')  # for people to read


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(
        io.BytesIO(b"<rss><channel><item><title>Rain</title></item></channel></rss>")
    )
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(["index", "-", "--archive", "a"]) == 0
    assert [article["title"] for article in exported()] == ["Rain"]


def test_exit_codes(tmp_path: Path) -> None:
    Path("bad.jsonl").write_text('{"id": "a"}\n{"id": []}\n')
    Path("folder").mkdir()
    Path("folder/a.jsonl").write_text('{"id": "a"}\n')
    Path("folder/b.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert run(["index", "bad.jsonl", "--archive", "a"]) == 4
    assert run(["index", "folder", "--archive", "a"]) == 0
    assert run(["index", "folder", "--archive", "a", "--from-start", "--strict"]) == 4
    assert run(["index", "folder/a.jsonl", "--archive", "c", "--strict"]) == 0
    assert run(["index", "folder/b.jpg", "--archive", "b"]) == 2
    assert run(["index", "news.csv", "--archive", "a", "--format", "jsonl"]) == 1
    assert not Path("b").exists()


def test_a_folder_with_other_files_is_no_place_for_an_archive(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["index", "news.csv", "--archive", "."]) == 2
    assert "this folder holds other files (news.csv): name a new folder" in capsys.readouterr().err
    assert sorted(path.name for path in Path().iterdir()) == ["news.csv"]
    Path("w").mkdir()
    Path("w/_MAIN_1.toc").write_bytes(b"x")
    assert run(["create", "w"]) == 2
    assert "a Whoosh index" in capsys.readouterr().err
    assert run(["index", "news.csv", "--archive", ".", "--here"]) == 0
    assert len(exported(".")) == 1


def test_a_schema_is_guessed_and_taken(capsys: pytest.CaptureFixture[str]) -> None:
    Path("stars.csv").write_text("id,title,stars\n1,Rain,3\n2,Sun,4\n")
    assert run(["schema", "stars.csv"]) == 0
    text = capsys.readouterr().out
    assert [name for name, _ in Schema.from_json(json.loads(text))] == ["id", "title", "stars"]
    Path("schema.json").write_text(text)
    options = ["--schema", "schema.json", "--zone", "Europe/Paris", "--week-start", "sunday"]
    assert run(["create", "a", *options]) == 0
    with Archive.open("a") as archive:
        assert archive.schema == Schema.from_json(json.loads(text))
    assert run(["index", "stars.csv", "--archive", "a"]) == 0
    assert run(["index", "stars.csv", "--archive", "a", "--schema", "news"]) == 2
    Path("schema.json").write_text("{")
    assert run(["create", "b", "--schema", "schema.json"]) == 2
    assert not Path("b").exists()


def test_a_folder_is_kept_in_step(capsys: pytest.CaptureFixture[str]) -> None:
    Path("news").mkdir()
    for name in ("a", "b", "c"):
        Path(f"news/{name}.html").write_text(f"<title>{name}</title><p>It rained.")
    command = ["index", "news", "--archive", "a", "--sync"]
    assert run(command) == 0
    Path("news/a.html").unlink()
    assert run(command) == 0
    assert "0 added, 0 updated, 0 unchanged, 1 deleted" in (err := capsys.readouterr().err)
    assert "not read again, since nothing changed: 2 files" in err
    assert run([*command, "--from-start"]) == 0
    assert "2 unchanged" in (err := capsys.readouterr().err)
    assert "not read again" not in err
    Path("news/b.html").unlink()
    Path("news/c.html").rename("news/d.html")
    assert run(command) == 3  # all that was there is gone
    assert "nothing was deleted" in capsys.readouterr().err
    assert run([*command, "--yes"]) == 0
    assert [article["id"] for article in exported()] == ["news/d.html"]


def test_watching_goes_on_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter(["Snow", None, KeyboardInterrupt])

    def sleep(seconds: float) -> None:
        what = next(looks)
        if isinstance(what, str):
            Path("news.csv").write_text(f"{CSV}{what},1 Sep 2022,https://a.example/2,It snowed.\n")
        elif what is None:
            Path("news.csv").unlink()
        else:
            raise what

    monkeypatch.setattr("searchlib.cli.indexing.time.sleep", sleep)
    assert run(["index", "news.csv", "--archive", "a", "--watch"]) == 130
    said = capsys.readouterr().err
    assert said.startswith("watching for changes: Ctrl-C ends it\n")
    assert "1 added, 0 updated, 1 unchanged" in said
    assert "no such file" in said
    assert [article["title"] for article in exported()] == ["Rain", "Snow"]


def test_watching_from_the_start_reads_all_files_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter([True, True, False])

    def sleep(seconds: float) -> None:
        with Archive.open("a") as archive:
            archive.update(next(iter(archive)), title="Changed in the archive alone")
        if not next(looks):
            raise KeyboardInterrupt

    monkeypatch.setattr("searchlib.cli.indexing.time.sleep", sleep)
    assert run(["index", "news.csv", "--archive", "a", "--sync"]) == 0
    sleep(0)
    capsys.readouterr()
    assert run(["index", "news.csv", "--archive", "a", "--watch", "--from-start"]) == 130
    assert capsys.readouterr().err.count("1 updated") == 1


@pytest.mark.parametrize(("options", "says"), [([], "nothing was deleted"),
                                               (["--yes"], "2 deleted")])  # fmt: skip
def test_what_watching_may_delete(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str],
    says: str,
) -> None:  # fmt: skip
    Path("news.jsonl").write_text("".join(f'{{"id": "{n}"}}\n' for n in range(3)))
    looks = iter([False, False, True])

    def sleep(seconds: float) -> None:
        assert seconds == 2.0
        Path("news.jsonl").write_text('{"id": "0"}\n')
        if next(looks):
            raise KeyboardInterrupt

    monkeypatch.setattr("searchlib.cli.indexing.time.sleep", sleep)
    assert run(["index", "news.jsonl", "--archive", "a", "--watch", *options]) == 130
    lines = capsys.readouterr().err.splitlines()
    assert [says in line for line in lines] == [False, False, True, False]  # once


def test_a_map_in_a_file_and_with_the_archive(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text("nr,kicker,autoren\n1,Regen,Ann und Bo; Cy\n")
    Path("map.json").write_text(
        '{"fields": {"id": "nr", "title": "kicker", "authors": "autoren"}, "split": ["authors"]}'
    )
    assert run(["index", "odd.csv", "--archive", "a", "--map", "map.json", "--save-map"]) == 0
    right = [{"id": "1", "title": "Regen", "authors": ["Ann", "Bo", "Cy"], "path": "odd.csv"}]
    assert exported() == right
    assert run(["index", "odd.csv", "--archive", "a"]) == 0  # the map is with the archive
    assert exported() == right
    assert run(["index", "odd.csv", "--archive", "a", "--set", "section=world"]) == 0
    assert exported() == [right[0] | {"section": "world"}]
    for bad in (
        *("{", "[]", '{"colour": 1}', '{"fields": {"title": 1}}', '{"keep": "a"}'),
        *('{"encoding": "klingon"}', '{"format": "klingon"}', '{"day_first": 3}'),
    ):
        Path("bad.json").write_text(bad)
        assert run(["index", "odd.csv", "--archive", "b", "--map", "bad.json"]) == 2, bad
        assert "bad.json: " in capsys.readouterr().err
    assert not Path("b").exists()


def test_text_without_a_home_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text(f"id,title,prose9\n1,Regen,{'Es regnete. ' * 50}\n")
    assert run(["index", "odd.csv", "--archive", "a"]) == 4
    assert "is not searched: index them again with --map body=prose9" in capsys.readouterr().err
    assert run(["index", "odd.csv", "--archive", "a", "--map", "body=prose9"]) == 0
    assert "not searched" not in capsys.readouterr().err


def test_rejected_records_can_be_mended(capsys: pytest.CaptureFixture[str]) -> None:
    Path("news.csv").write_text("id,title,date\n1,Rain,2022-08-31\n2,Snö,2022-13-31\n3,Sun,\n")
    assert run(["index", "news.csv", "--archive", "a", "--rejects", "bad.jsonl"]) == 4
    (row,) = map(json.loads, Path("bad.jsonl").read_text().splitlines())
    assert row == {
        "rejected": "news.csv:3: date: there is no month 13: months are 01 to 12",
        "id": "2", "title": "Snö", "date": "2022-13-31",
    }  # fmt: skip
    assert "Snö" in Path("bad.jsonl").read_text()  # for people to read
    Path("bad.jsonl").write_text(json.dumps(row | {"date": "2022-12-31"}))
    assert run(["index", "bad.jsonl", "--archive", "a", "--drop", "rejected"]) == 0
    assert sorted(str(article["id"]) for article in exported()) == ["1", "2", "3"]


def test_a_guessed_encoding_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("news.csv").write_bytes("id,title\n1,Café à Paris\n".encode("cp1252"))
    assert run(["index", "news.csv", "--archive", "a"]) == 0
    assert "encodings: cp1252 by guess (1)" in capsys.readouterr().err
    Path("news.json").write_bytes('{"id": 2, "title": "Caf\xe9"}'.encode("cp1252"))  # not guessed
    run(["index", "news.json", "--archive", "a"])
    assert "by guess" not in capsys.readouterr().err


def test_nothing_is_left_of_a_folder_without_articles() -> None:
    Path("pages").mkdir()
    Path("pages/a.html").write_text("<html></html>")
    assert run(["index", "pages", "--archive", "new", "--sync"]) == 1
    assert not Path("new").exists()


def test_an_archive_that_was_made_otherwise_is_closed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(["create", "a"]) == 0
    closed: list[Archive] = []
    close = Archive.close
    monkeypatch.setattr(Archive, "close", lambda self: closed.append(self) or close(self))
    assert run(["index", "news.csv", "--archive", "a", "--language", "fr"]) == 2
    assert len(closed) == 1


def test_what_is_left_out_is_named_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("b[red]").mkdir()
    for path in ("a[bold]", "a"):
        assert run(["create", path]) == 0
        assert capsys.readouterr().err == f"{path}: an archive in 'en'\n"
    assert run(["stats", "--archive", "a", "--archive", "b[red]"]) == 0
    assert capsys.readouterr().err.startswith("partial: b[red] is left out: ")


def test_a_map_is_kept_where_an_article_went_in() -> None:
    Path("bad.jsonl").write_text('{"id": []}\n')
    assert run(["index", "news.csv", "--archive", "a"]) == 0
    assert run(["index", "bad.jsonl", "--archive", "a", "--set", "lang=en", "--save-map"]) == 1
    assert not Path("a/reading.json").exists()


def test_folders_with_other_files_are_refused_unless_it_is_said() -> None:
    with pytest.raises(click.UsageError, match=r"this folder holds other files \(news.csv\)"):
        indexing.open_or_create(".")
    with indexing.open_or_create(".", here=True) as archive:
        assert archive.settings["week_start"] == 0


def test_several_archives_without_a_command_line() -> None:
    indexing.open_or_create("a").close()
    with indexing.open_archives(("a", "b")) as archive:
        assert list(archive.missing) == ["b"]


def test_a_new_archive_on_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "searchlib.opensearch.archive.ClusterArchive.create",
        lambda *arguments, **settings: (arguments, settings),
    )
    wire = "opensearch+https://h.example/wire"
    made: object = indexing.create_archive(wire, NEWS, zone="UTC")
    assert made == ((wire, NEWS), {"zone": "UTC"})


def test_on_a_cluster_there_are_no_stories() -> None:
    with pytest.raises(click.UsageError, match="wire: an archive on a cluster has no stories yet"):
        indexing.create_archive("opensearch+https://h.example/wire", NEWS, stories=True)


def test_folders_are_completed_by_the_shell() -> None:
    context = click.Context(click.Command("index"))
    (item,) = indexing._complete_folder(context, click.Argument(["x"]), "ne")
    assert (item.value, item.type) == ("ne", "dir")


def test_a_run_that_is_stopped_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*of: object, **how: object) -> None:
        raise KeyboardInterrupt

    @contextmanager
    def progress_bar(console: Console, bytes_read: object) -> Iterator[None]:
        yield
        console.print("no bar any more")

    add = Archive.add
    monkeypatch.setattr(Archive, "add", stopped)
    monkeypatch.setattr(indexing, "progress_bar", progress_bar)
    assert run(["index", "news.csv", "--archive", "a"]) == 130
    assert capsys.readouterr().err == (
        "no bar any more\nstopped with 0 articles; the same command starts again\n"
    )
    monkeypatch.setattr(Archive, "add", add)
    assert run(["index", "news.csv", "--archive", "a"]) == 0
    capsys.readouterr()
    monkeypatch.setattr(Archive, "sync", stopped)
    assert run(["index", "news.csv", "--archive", "a", "--sync"]) == 130
    assert capsys.readouterr().err == (
        "no bar any more\nstopped with 1 article; the same command continues from there\n"
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("reply", "code", "left"), [("n", 3, 3), ("y", 0, 1)])
def test_most_of_an_archive_is_deleted_when_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reply: str, code: int,
    left: int,
) -> None:  # fmt: skip
    Path("news").mkdir()
    for name in "ab":
        Path(f"news/{name}.jsonl").write_text(f'{{"id": "{name}", "title": "Rain"}}\n')
    command = ["index", "news", "--archive", "a", "--sync"]
    assert run(command) == 0
    for name in "ab":
        Path(f"news/{name}.jsonl").unlink()
    Path("news/c.jsonl").write_text('{"id": "c", "title": "Sun"}\n')
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", Terminal(f"{reply}\n"))
    assert run(command) == code
    said = capsys.readouterr().err
    assert said.startswith("2 of 3 articles are in no file. Delete them? [y/N]: ")
    assert len(exported()) == left
