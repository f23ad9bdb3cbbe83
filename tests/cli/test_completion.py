"""Completion in the shell, asked as a shell asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
