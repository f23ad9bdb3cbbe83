"""The pager: which program is run, and with what."""

from __future__ import annotations

import ast
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
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
    outer = signal.signal(signal.SIGINT, own := lambda number, frame: None)
    try:
        assert pager.show("text\n", ["rain", "U.N. (sic)"])
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, outer)
    assert seen(tmp_path) == (["-R", "-i", "-X", "+/U.N. .sic.|rain", "+g"], "text\n")
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
    for name in ("no-such-program-here", " "):
        monkeypatch.setenv("PAGER", name)
        assert pager.show("text") is False


@posix
@pytest.mark.parametrize("in_main", [True, False])
def test_ctrl_c_is_for_the_pager_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_main: bool
) -> None:
    """In the main thread, where alone that can be said."""
    monkeypatch.setenv("PAGER", str(program(tmp_path, "most")))
    before, during = signal.getsignal(signal.SIGINT), []
    run = subprocess.run

    def seen(*command: Any, **how: Any) -> Any:
        during.append(signal.getsignal(signal.SIGINT))
        assert how["check"] is False
        return run(*command, **how)

    monkeypatch.setattr(subprocess, "run", seen)
    with ThreadPoolExecutor(1) as other:
        assert pager.show("text") if in_main else other.submit(pager.show, "text").result()
    assert during == [signal.SIG_IGN if in_main else before]
    assert signal.getsignal(signal.SIGINT) == before


@posix
def test_a_pager_that_cannot_be_run_or_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "most"
    path.write_text("no program")
    path.chmod(0o700)
    monkeypatch.setenv("PAGER", str(path))
    assert pager.show("text") is False
    path.write_text("#!/bin/sh\nexit 3\n")
    assert pager.show("text") is True  # it was shown, whatever the pager says at the end


def test_the_pattern_has_no_sign_that_means_more() -> None:
    assert pager.pattern_of(["a+b", "", " ", "x"]) == "a.b|x"
    assert pager.pattern_of([f"w{n}" for n in range(99)]).count("|") == 39
