"""The pager: which program is run, and with what."""

from __future__ import annotations

import ast
import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from searchlib.repl import pager

posix = pytest.mark.skipif(os.name != "posix", reason="runs a script")


def program(tmp_path: Path, name: str) -> Path:
    """A program that writes its arguments and what it reads into a file."""
    path = tmp_path / name
    path.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"open({str(tmp_path / 'seen')!r}, 'w').write(repr((sys.argv[1:], sys.stdin.read())))\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def seen(tmp_path: Path) -> Any:
    return ast.literal_eval((tmp_path / "seen").read_text())


@posix
def test_less_gets_the_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", str(program(tmp_path, "less")))
    before = signal.getsignal(signal.SIGINT)
    assert pager.show("text\n", ["rain", "U.N. (sic)"])
    assert seen(tmp_path) == (["-R", "-i", "-X", "+/U.N. .sic.|rain", "+g"], "text\n")
    assert signal.getsignal(signal.SIGINT) == before
    pager.show("text\n")
    assert seen(tmp_path)[0] == ["-R", "-i", "-X"]


@posix
def test_another_pager_is_run_as_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", f"{program(tmp_path, 'most')} -w")
    assert pager.show("text", ["rain"])
    assert seen(tmp_path) == (["-w"], "text")


def test_no_pager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "no-such-program-here")
    assert not pager.show("text")


def test_the_pattern_has_no_sign_that_means_more() -> None:
    assert pager.pattern_of(["a+b", "", " ", "x"]) == "a.b|x"
    assert pager.pattern_of([f"w{n}" for n in range(99)]).count("|") == 39
