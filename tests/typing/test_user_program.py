"""The public face as a type checker and as Python see it: one program, checked and run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.typing import user_program

PROGRAM = Path(user_program.__file__)
ROOT = PROGRAM.parents[2]


def _mypy(*arguments: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml"]
    return subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True)


def test_the_program_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user_program.main(tmp_path)
    assert "Rain again" in capsys.readouterr().out


def test_the_program_passes_mypy_strict() -> None:
    checked = _mypy(str(PROGRAM))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_mistakes_are_found_by_mypy(tmp_path: Path) -> None:
    program = tmp_path / "wrong.py"
    lines = (
        'archive.search("rain", match="some")',
        'archive.search("rain", limit="3")',
        'sl.FacetRequest("date", "fortnight")',
        "archive.delete(7)",
        "sl.SearchRequest('rain').limit = 3",
    )
    program.write_text("\n".join(["import searchlib as sl", 'archive = sl.open("index")', *lines]))
    checked = _mypy(str(program))
    found = {line.split(":")[1] for line in checked.stdout.splitlines() if ": error:" in line}
    assert found == {str(number) for number in range(3, 3 + len(lines))}, checked.stdout
