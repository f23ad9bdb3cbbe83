"""An index of Whoosh becomes an archive."""

from __future__ import annotations

import gc
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields, index
from whoosh.analysis import Analyzer
from whoosh.query import Term
from whoosh.writing import IndexingError

from searchlib.archive import Archive
from searchlib.cli.main import run
from searchlib.cli.whoosh_import import _reading
from searchlib.errors import ArchiveError, ArchiveNotFound, RecordError
from searchlib.whoosh_backend import create_in, open_dir


def stock(folder: Path, schema: Any, *documents: dict[str, Any]) -> None:
    folder.mkdir()
    with index.create_in(str(folder), schema).writer() as writer:
        for document in documents:
            writer.add_document(**document)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_stored_comes_and_the_rest_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    schema = fields.Schema(
        path=fields.ID(unique=True, stored=True), title=fields.TEXT(stored=True),
        body=fields.TEXT, date=fields.DATETIME(stored=True), tags=fields.KEYWORD(stored=True),
        grams=fields.NGRAM(stored=True),
    )  # fmt: skip
    stock(Path("old"), schema, {"path": "/a", "title": "Rain", "body": "It rained", "grams": "rain",
                                "date": datetime(2022, 8, 31), "tags": "weather oslo"})  # fmt: skip
    assert run(["import-whoosh", "old", "--archive", "new"]) == 2
    assert "--trust" in capsys.readouterr().err
    assert run(["import-whoosh", "old", "--archive", "new", "--trust"]) == 4
    said = capsys.readouterr().err
    assert "not taken over: body: the index does not store it" in said
    assert "kept, and not searched: grams: an archive has no NGRAM fields\n" in said
    with Archive.open("new") as archive:
        tags = ["weather", "oslo"]
        assert archive["/a"] == {
            "path": "/a", "title": "Rain", "date": "2022-08-31T00:00:00", "tags": tags,
            "grams": "rain",
        }  # fmt: skip
        assert archive.search("tags:oslo date:2022-08").total == 1


def test_an_index_without_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    stock(Path("old"), fields.Schema(title=fields.TEXT(stored=True)), {"title": "Rain"}, {})
    assert run(["import-whoosh", "old", "--archive", "new", "--trust"]) == 0
    with Archive.open("new") as archive:
        assert archive["document 1"]["title"] == "Rain"
        assert '  the keys are "document 1" and so on' in capsys.readouterr().err
        assert len(archive) == 2


def test_no_index(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert run(["import-whoosh", "empty", "--archive", "new", "--trust"]) == 2
    assert "no Whoosh index here" in capsys.readouterr().err
    assert not Path("new").exists()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of files that Whoosh leaves open
@pytest.mark.parametrize("exact", [[], ["--exact"]])
def test_a_damaged_index_is_named_and_leaves_no_archive(
    exact: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = fields.Schema(id=fields.ID(unique=True, stored=True), body=fields.TEXT(stored=True))
    stock(Path("old"), schema, {"id": "a", "body": "It rained"}, {"id": "b"})
    arguments = ["import-whoosh", "old", "--archive", "new", "--trust", *exact]
    segment, toc = next(Path("old").glob("*.seg")), next(Path("old").glob("*.toc"))
    for file, damaged in (
        (segment, None), (segment, b""), (segment, segment.read_bytes()[:40]),
        (toc, toc.read_bytes()[:40]), (toc, b"\0" + toc.read_bytes()),
        (toc, toc.read_bytes().replace(b"TEXT", b"TEXQ")),
    ):  # fmt: skip
        whole = file.read_bytes()
        if damaged is None:
            file.unlink()
        else:
            file.write_bytes(damaged)
        assert run(arguments) == 3
        said = capsys.readouterr().err
        assert "error: old: " in said and ("take a copy" in said or "PYTHONPATH" in said)
        assert not Path("new").exists()
        file.write_bytes(whole)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr("searchlib.index.index_writer.IndexWriter.commit", stop)
        assert run(arguments) == 130
    assert not Path("new").exists()
    assert run(arguments) == 0
    capsys.readouterr()
    assert run(arguments) == 3
    assert "or delete this one, if it is of an import that was killed" in capsys.readouterr().err
    assert run(["check", "--archive", "new"]) == 0
    gc.collect()


def test_the_archive_of_a_whoosh_program(capsys: pytest.CaptureFixture[str]) -> None:
    schema = fields.Schema(
        path=fields.ID(unique=True, stored=True, sortable=True), body=fields.TEXT(stored=True),
        tags=fields.KEYWORD(commas=True, stored=True), note=fields.TEXT(spelling=True),
    )  # fmt: skip
    with create_in("notes", schema).writer() as writer:
        writer.add_document(path="/a", body="It rained", tags="Oslo, Moss", note="dry")
        writer.add_document(path="/b", body="Fog")
        writer.delete_by_term("path", "/b")
    with open_dir("notes").writer() as writer:
        writer.delete_by_term("path", "/b")
    arguments = ["import-whoosh", "notes", "--archive"]
    Path("full").mkdir()
    Path("full", "other.txt").write_text("x")
    assert run([*arguments, "full"]) == 2
    assert "or add --here" in capsys.readouterr().err
    assert run([*arguments, "new"]) == 4
    assert "not taken over: note: the index does not store it" in capsys.readouterr().err
    with Archive.open("new") as archive:
        (article,) = archive.export()
        assert dict(article) == {"path": "/a", "body": "It rained", "tags": ["Oslo", "Moss"]}
        assert archive.search("tags:oslo rained").total == 1
    assert run([*arguments, "more", "--exact"]) == 2
    assert "copy the folder" in capsys.readouterr().err
    assert run(["import-whoosh", "new", "--archive", "more"]) == 2
    assert "searchlib copy" in capsys.readouterr().err
    assert run([*arguments, "notes"]) == 3


class Odd:
    """A value of a program's own."""


def test_a_value_that_has_no_place(capsys: pytest.CaptureFixture[str]) -> None:
    stock(Path("old"), fields.Schema(note=fields.STORED), {"note": Odd()})
    assert run(["import-whoosh", "old", "--archive", "new", "--trust", "--exact"]) == 3
    assert "error: old: note: a value of the type Odd" in capsys.readouterr().err
    assert not Path("new").exists()


class OwnAnalyzer(Analyzer):  # type: ignore[misc]
    """An analyzer of a program's own."""


def test_what_cannot_come_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    dynamic = fields.Schema()
    dynamic.add("*_t", fields.TEXT, glob=True)
    for name, schema, says in (
        ("dynamic", dynamic, "dynamic fields (*_t): import the index without --exact\n"),
        ("own", fields.Schema(body=fields.TEXT(OwnAnalyzer())), "body: its analyzer or its type is "
         "the program's own: without --exact, or have the program copy it"),
    ):  # fmt: skip
        stock(Path(name), schema)
        arguments = ["import-whoosh", name, "--archive", "new", "--trust", "--exact"]
        assert run(arguments) == 2
        assert capsys.readouterr().err.startswith(f"error: {says}")
    assert run([*arguments, "--key", "path"]) == 2
    assert "--exact keeps documents without a key: leave --key out" in capsys.readouterr().err
    assert not Path("new").exists()


def test_where_the_archive_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    schema = fields.Schema(id=fields.ID(unique=True, stored=True))
    stock(Path("old"), schema, {"id": "a"})
    Path("full").mkdir()
    Path("full", "letter").touch()
    for place, here, code, said in (
        ("old", [], 2, "holds a Whoosh index"), ("old", ["--here"], 3, "a Whoosh index is here"),
        ("full", [], 2, "or add --here"), ("full", ["--here"], 0, "1 added"),
        ("opensearch+https://h/wire", [], 2, "searchlib copy"),
    ):  # fmt: skip
        files = set(os.listdir("old"))
        assert run(["import-whoosh", "old", "--archive", place, "--trust", *here]) == code
        assert said in capsys.readouterr().err
        assert set(os.listdir("old")) == files
    assert Path("full", "letter").exists()


def test_which_index_of_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    Path("old").mkdir()
    for name in ("one", "two", "MAIN"):
        schema = fields.Schema(id=fields.ID(unique=True, stored=True))
        with index.create_in("old", schema, name).writer() as writer:
            writer.add_document(id=name)
        arguments = ["import-whoosh", "old", "--archive", name, "--trust"]
        assert run(arguments) == (2 if name == "two" else 0)
    assert "MAIN" not in capsys.readouterr().err
    with Archive.open("one") as one, Archive.open("MAIN") as main:
        assert (list(one), list(main)) == (["one"], ["MAIN"])
    assert run(["import-whoosh", "old", "--archive", "2", "--trust", "--indexname", "two"]) == 0
    assert run(["import-whoosh", "old", "--archive", "3", "--trust", "--indexname", "three"]) == 2
    assert "are MAIN, one, two: say which with --indexname" in capsys.readouterr().err


def test_with_exact_all_comes_that_is_indexed(capsys: pytest.CaptureFixture[str]) -> None:
    schema = fields.Schema(path=fields.ID(stored=True), body=fields.TEXT, grams=fields.NGRAM)
    stock(Path("old"), schema, {"path": "/a", "body": "It rained", "grams": "rain"}, {"path": "/b"})
    assert run(["import-whoosh", "old", "--archive", "new", "--trust", "--exact"]) == 0
    assert "2 documents taken over" in capsys.readouterr().err
    with open_dir("new").searcher() as searcher:
        assert [hit["path"] for hit in searcher.search(Term("body", "rained"))] == ["/a"]
        assert [hit["path"] for hit in searcher.search(Term("grams", "ain"))] == ["/a"]
    assert run(["check", "--archive", "new"]) == 0
    assert run(["import-whoosh", "old", "--archive", "new", "--trust", "--exact"]) == 3
    assert "there is an archive here already" in capsys.readouterr().err


def test_an_index_of_whoosh_is_recognized_wherever_it_is_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stock(Path("old"), fields.Schema(path=fields.ID), {"path": "/a"})
    advice = "searchlib import-whoosh"
    for open_it in (Archive.open, open_dir):
        with pytest.raises(ArchiveNotFound, match=f"a Whoosh index is here.*{advice}"):
            open_it("old")
    for command in ("search rain", "check", "stats", "repl"):
        assert run([*command.split(), "--archive", "old"]) == 3
        assert advice in capsys.readouterr().err
    assert run(["create", "old"]) == 2
    assert advice in capsys.readouterr().err
    assert run(["index", "old", "--archive", "new"]) == 1
    said = (
        "passed over: a part of a Whoosh index, which searchlib import-whoosh takes over (3 files)"
    )
    assert said in capsys.readouterr().err


def test_an_index_with_two_keys_and_one_with_a_plain_id(capsys: pytest.CaptureFixture[str]) -> None:
    two = fields.Schema(
        id=fields.ID(unique=True, stored=True), isbn=fields.ID(unique=True, stored=True),
        other=fields.ID(unique=True),
    )  # fmt: skip
    stock(Path("old"), two, {"id": "a", "isbn": "b"}, {"isbn": "c"})
    assert run(["import-whoosh", "old", "--archive", "new", "--trust"]) == 4
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "  not taken over: other: the index does not store it"
    with Archive.open("new") as archive:
        assert list(archive.schema.fields) == ["id", "id_", "isbn"]
        assert [dict(one) for one in archive.export()] == [
            {"id": "document 1", "id_": "a", "isbn": "b"}, {"id": "document 2", "isbn": "c"},
        ]  # fmt: skip
    one = fields.Schema(id=fields.ID(unique=True, stored=True), size=fields.STORED)
    stock(Path("older"), one, {"id": "a", "size": 3})
    assert run(["import-whoosh", "older", "--archive", "more", "--trust"]) == 0
    with Archive.open("more") as archive:
        assert list(archive.schema.fields) == ["id", "size"]
        assert dict(archive["a"]) == {"id": "a", "size": 3}


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (IndexingError("no place"), "old: no place"),
        (ImportError("no shop"), "old: its schema has what a program has: no shop: set PYTHONPATH"),
        (AttributeError("no Shop"), "old: its schema has what a program has: no Shop: set PYTHON"),
        (FileNotFoundError("a.seg"), "old: Whoosh cannot read it: FileNotFoundError: a.seg: take"),
        (RuntimeError("a\n  b"), "old: Whoosh cannot read it: RuntimeError: a b: take a copy"),
        (ValueError("x" * 300), f"old: Whoosh cannot read it: ValueError: {'x' * 188}: take"),
        (PermissionError("a.seg"), None), (RecordError("a", None, "b"), None),
    ],
)  # fmt: skip
def test_what_whoosh_raises_is_named(error: Exception, says: str | None) -> None:
    with pytest.raises(type(error) if says is None else ArchiveError) as caught, _reading("old"):
        raise error
    if says is None:
        assert caught.value is error
    else:
        assert str(caught.value).startswith(says)
        assert caught.value.path == "old"  # type: ignore[attr-defined]
