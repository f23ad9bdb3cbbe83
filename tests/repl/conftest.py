"""A small archive, and a session over it whose output can be read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from searchlib.archive import Archive
from searchlib.repl.session import Session
from searchlib.schema import Date, Key, Keyword, Schema, Text

from .articles import ARTICLES, COPIES, MONTHS


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder: Path = tmp_path_factory.mktemp("prompt") / "index"
    with Archive.create(folder) as archive:
        archive.add(ARTICLES)
        yield archive


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive with stories."""
    with Archive.create(tmp_path_factory.mktemp("copies"), stories=True) as archive:
        archive.add(COPIES)
        yield archive


@pytest.fixture(scope="session")
def months(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive with many values and months."""
    schema = Schema(id=Key(), title=Text(), date=Date(), section=Keyword(), desk=Keyword())
    with Archive.create(tmp_path_factory.mktemp("months"), schema) as archive:
        archive.add(MONTHS)
        yield archive


class Screen:
    """What a session printed since it was last looked at."""

    def __init__(self) -> None:
        self._out, self._err = io.StringIO(), io.StringIO()
        self.out = Console(file=self._out, width=80, highlight=False)
        self.err = Console(file=self._err, width=80, highlight=False)

    def read(self) -> str:
        return self._taken(self._out)

    def errors(self) -> str:
        return self._taken(self._err)

    @staticmethod
    def _taken(file: io.StringIO) -> str:
        text = file.getvalue()
        file.seek(0)
        file.truncate()
        return text


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def session(archive: Archive, screen: Screen) -> Session:
    return Session(archive, screen.out, screen.err)
