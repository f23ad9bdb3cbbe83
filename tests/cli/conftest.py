"""Runs commands over a small archive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from searchlib.archive import Archive
from searchlib.cli.main import run

from ..repl.articles import ARTICLES


@dataclass
class Ran:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Ran]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "index"
    with Archive.create(path) as archive:
        archive.add(ARTICLES)
    return path


@pytest.fixture
def cli(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Cli:
    """Runs a command over the archive of this module, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEARCHLIB_ARCHIVE", str(folder))
    monkeypatch.setenv("COLUMNS", "80")

    def ran(*arguments: str) -> Ran:
        code = run(arguments)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return ran
