"""The generated reference leaves nothing out: names, commands, options, sections of a file."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import click
import numpy as np
import pytest

import searchlib as sl
from searchlib.cli.main import searchlib as command
from searchlib.codec.segment_file import SegmentFileWriter
from tests.docs.examples import ROOT


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hooks = _module("hooks")


def test_every_public_name_is_on_the_api_page() -> None:
    entries = re.findall(r"^::: searchlib\.(\w+)$", hooks.api_page(), re.M)
    assert sorted(entries) == sorted(sl.__all__)


def _subcommands() -> dict[str, click.Command]:
    """All commands by what is typed after searchlib, those of groups too."""
    assert isinstance(command, click.Group)
    found: dict[str, click.Command] = {}
    for name, one in command.commands.items():
        found[name] = one
        if isinstance(one, click.Group):
            found |= {f"{name} {part}": below for part, below in one.commands.items()}
    return found


def test_every_command_and_option_is_on_the_command_page() -> None:
    page = hooks.command_page()
    sections = dict(re.findall(r"^## (searchlib[ \w-]*)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    assert isinstance(command, click.Group)
    expected = {"searchlib": command} | {f"searchlib {n}": c for n, c in _subcommands().items()}
    assert sections.keys() == expected.keys()
    for name, one in expected.items():
        for parameter in one.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                shown = option if option.startswith("-") else parameter.metavar or option.upper()
                assert shown in sections[name], f"{name}: {shown}"
        assert "--help" in sections[name]


def test_every_command_and_option_is_in_the_manual_page() -> None:
    page = (ROOT / "docs/searchlib.1").read_text(encoding="utf-8").replace("\\-", "-")
    sections = dict(
        re.findall(r"^\.SS searchlib ([\w -]+) \[[^\n]*\n(.*?)(?=^\.S[SH] |\Z)", page, re.M | re.S)
    )
    assert sections.keys() == _subcommands().keys()
    for name, one in _subcommands().items():
        assert (one.help or "").strip().split("\n")[0] in sections[name], name
        for parameter in one.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("-"):
                    assert option in sections[name], f"{name}: {option}: write the page again"


def test_every_section_of_a_file_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: set[str] = set()
    put, append = SegmentFileWriter.put, SegmentFileWriter.append

    def noting_put(self: SegmentFileWriter, name: str, *args: object) -> None:
        written.add(name)
        put(self, name, *args)  # type: ignore[arg-type]

    def noting_append(self: SegmentFileWriter, name: str, *args: object) -> None:
        written.add(name)
        append(self, name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(SegmentFileWriter, "put", noting_put)
    monkeypatch.setattr(SegmentFileWriter, "append", noting_append)
    rng = np.random.default_rng(1)
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.add(
            {"id": n, "title": "rain", "body": f"bank banks {rng.integers(9)}", "date": "2024",
             "section": "world", "authors": ["Ann Lee", "Bo Ek"]}
            for n in range(300)
        )  # fmt: skip
    page = (ROOT / "docs/reference/file-format.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`((?:stored|key|FIELD)[.\w]*)`", page))
    assert len(written) > 50
    for section in written:
        name = re.sub(r"^field\.\w+", "FIELD", section)
        # The parts of offsets, dictionaries and packed ints are explained once for all.
        name = re.sub(r"(\.ends)?\.(heads|places|steps)$|\.(text|high|value)$", "", name)
        name = re.sub(r"(?<!dense)\.at$", "", name)
        name = re.sub(r"forms\d+$", "forms16", name)
        assert name in explained, section


def test_every_file_of_an_archive_is_explained(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.add([{"id": "a"}, {"id": "b"}])
        archive.delete(["a"])
    page = (ROOT / "docs/reference/file-format.md").read_text(encoding="utf-8")
    for path in (tmp_path / "archive").iterdir():
        assert re.search(rf"`(\d*{re.escape(path.suffix)}|{re.escape(path.name)})`", page), path


def test_links_of_included_pages_lead_somewhere() -> None:
    pages = hooks.INCLUDED
    assert "](../changelog.md)" not in hooks.included("changelog.md")
    for path in pages:
        for target in re.findall(r"\]\(([^)\s]+)\)", hooks.included(path)):
            if target.startswith(hooks.SOURCE):
                assert (ROOT / target.removeprefix(hooks.SOURCE).split("#")[0]).exists(), target


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Use ``add``.", "Use ``add``."),
        ("A :class:`Hit`.", 'A <autoref identifier="searchlib.Hit" optional>`Hit`</autoref>.'),
        (
            "See :meth:`open` and :class:`~searchlib.errors.QueryError`.",
            'See <autoref identifier="searchlib.Archive.open" optional>`open`</autoref> and '
            '<autoref identifier="searchlib.QueryError" optional>`QueryError`</autoref>.',
        ),
        ("Say:\n\n>>> 1\n1\n\nMore.", "Say:\n\n\n```pycon\n>>> 1\n1\n```\n\nMore."),
        ("A file::\n\n    bytes", "A file:\n\n    bytes"),
    ],
)
def test_docstrings_become_markdown(text: str, markdown: str) -> None:
    pytest.importorskip("griffe")
    assert _module("docstrings").markdown(text, "searchlib.Archive") == markdown
