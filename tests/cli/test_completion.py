"""Completion in the shell, asked as a shell asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click
import pytest
from click.shell_completion import CompletionItem

from searchlib.archive import Archive
from searchlib.cli import completion
from searchlib.requests import DateUnit
from searchlib.schema import Date, Key, Keyword, Number, Schema, Stored, Text

from .conftest import Cli


def completed(folder: Path, line: str) -> list[str]:
    words = line.split(" ")
    environment = {
        **os.environ, "SEARCHLIB_ARCHIVE": str(folder), "_SEARCHLIB_COMPLETE": "bash_complete",
        "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1),
    }  # fmt: skip
    command = [sys.executable, "-m", "searchlib"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return [row.partition(",")[2] for row in ran.stdout.split()]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("searchlib sta", ["stats"]),
        ("searchlib search --lim", ["--limit", "--limit-seconds"]),
        ("searchlib search --facet so", ["source"]),
        ("searchlib search --facet date:w", ["date:week", "date:week_of", "date:weekday"]),
        ("searchlib search --sort section,-da", ["section,-date"]),
        ("searchlib export --fields title,dat", ["title,date", "title,dateline"]),
        ("searchlib search --archive /no/such --facet so", []),
        ("searchlib search --archive {folder} --facet so", ["source"]),
        ("searchlib stats --archive ne", ["ne"]),  # "dir": the shell completes folders
    ],
)
def test_what_may_follow(folder: Path, line: str, found: list[str]) -> None:
    asked_of = Path("/no/such") if "{folder}" in line else folder
    assert completed(asked_of, line.format(folder=folder)) == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_reads_what_is_printed(cli: Cli, tmp_path: Path, shell: str) -> None:
    script = cli("completion", shell).out
    assert "_SEARCHLIB_COMPLETE" in script
    if program := shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([program, "-n", str(tmp_path / "script")], check=True)


def test_another_shell(cli: Cli) -> None:
    assert cli("completion", "tcsh").code == 2


def values(items: list[CompletionItem]) -> list[str]:
    return [item.value for item in items]


def test_what_is_completed_of_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEARCHLIB_ARCHIVE", raising=False)
    schema = Schema(id=Key(), title=Text(), day=Date(), kind=Keyword(), by=Keyword(many=True),
                    size=Number(), url=Stored())  # fmt: skip
    Archive.create("index", schema).close()
    Archive.create("other", Schema(id=Key(), kind=Keyword())).close()
    context, parameter = click.Context(click.Command("search")), click.Argument(["x"])

    def completed(
        by: Callable[..., list[CompletionItem]], typed: str, **params: object
    ) -> list[str]:
        context.params = params
        return values(by(context, parameter, typed))

    assert completed(completion.complete_fields, "") == [
        "id", "title", "day", "kind", "by", "size", "url",
    ]  # fmt: skip
    assert completed(completion.complete_fields, "id,ti") == ["id,title"]
    assert completed(completion.complete_dates, "") == ["day"]
    assert completed(completion.complete_dates, "x") == []
    assert completed(completion.complete_facet, "") == [
        "kind", "by", *(f"day:{unit}" for unit in get_args(DateUnit)), "size:step=nice",
    ]  # fmt: skip
    assert completed(completion.complete_facet, "day:we") == [
        "day:week",
        "day:week_of",
        "day:weekday",
    ]
    assert completed(completion.complete_sort, "kind,-d") == ["kind,-day"]
    sortable = ["title", "day", "size", "kind"]
    found = completed(completion.complete_sort, "")
    assert sorted(found) == sorted(["rank", *sortable, *(f"-{name}" for name in sortable)])
    # The archive that is named, by one option or by several, or by the environment.
    for params in ({"path": "other"}, {"paths": ("other", "index")}, {"path": ("other",)}):
        assert completed(completion.complete_fields, "", **params) == ["id", "kind"]
    for params in ({"path": ()}, {"paths": ()}, {"path": None}):
        assert completed(completion.complete_dates, "", **params) == ["day"]
    monkeypatch.setenv("SEARCHLIB_ARCHIVE", "other")
    assert completed(completion.complete_fields, "") == ["id", "kind"]
    assert completed(completion.complete_dates, "", path="index") == ["day"]
    for complete in (completion.complete_fields, completion.complete_dates,
                     completion.complete_facet, completion.complete_sort):  # fmt: skip
        assert completed(complete, "", path="nowhere") == []
