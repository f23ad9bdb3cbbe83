"""Which kernels are in use, who is told that they are missing, and their stubs."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import searchlib
from searchlib import Archive, PerformanceWarning, kernels
from searchlib.analysis.vocabulary import prepared

from ..repl.articles import ARTICLES

ROOT = Path(searchlib.__file__).parents[1]
MODULES = ("codec", "inverter", "records", "search", "stories", "vocabulary")
# The command, as if no module had been compiled.
NOT_BUILT = (
    f"import sys; sys.modules.update(dict.fromkeys("
    f"('searchlib.kernels.' + name for name in {MODULES!r}))); "
    "from searchlib.cli.main import main; main()"
)


def command(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=False, timeout=120, cwd=ROOT,
        env={**os.environ, "SEARCHLIB_KERNELS": "on", **environment},
    )  # fmt: skip


def test_missing_kernels_are_reported_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernels, "_built", False)
    monkeypatch.setattr(kernels, "_wanted", True)
    monkeypatch.setattr(kernels, "_warned", False)
    with pytest.warns(PerformanceWarning, match="install a C compiler") as caught:
        Archive.create(tmp_path).close()
    assert [warning.filename for warning in caught] == [__file__]
    Archive.open(tmp_path).close()  # a second warning would be an error


def test_kernels_that_were_switched_off_are_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_warned", False)
    for built, wanted in ((True, True), (True, False), (False, False)):
        monkeypatch.setattr(kernels, "_built", built)
        monkeypatch.setattr(kernels, "_wanted", wanted)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            kernels.warn_if_missing()


def test_the_command_says_that_kernels_are_missing(tmp_path: Path) -> None:
    Archive.create(tmp_path).close()
    arguments = ("search", "oslo", "--archive", str(tmp_path))
    searched = command(NOT_BUILT, *arguments)
    assert searched.returncode == 1, searched.stderr
    assert searched.stderr.count(kernels.MISSING) == 1
    assert "Warning" not in searched.stderr
    assert "kernels" not in command(NOT_BUILT, *arguments, SEARCHLIB_KERNELS="off").stderr
    version = command(NOT_BUILT, "--version")
    assert version.stdout.endswith("(compiled kernels: no)\n")
    assert version.stderr == ""


def test_off_turns_them_off() -> None:
    code = "import searchlib; print(searchlib.__kernels__)"
    assert command(code, SEARCHLIB_KERNELS="off").stdout == "False\n"


def test_where_they_are_missing_nothing_of_them_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(path: Path) -> list[Any]:
        with Archive.create(path, searchlib.NEWS, language="en", stories=True) as archive:
            archive.add(ARTICLES[:20])
            archive.add(ARTICLES[20:])
            archive.delete([ARTICLES[3]["id"]])
            archive.optimize()
            found = [
                archive.search(query, facets=["section", "date:month"], collapse=collapse)
                for query in (
                    "wheat OR pri*",
                    '"kansas city" -corn',
                    "wheat NEAR/9 rain",
                    "whaet~1",
                )
                for collapse in (None, "story")
            ]
            texts = prepared(["<b>rain</b> &amp; snow", "plain"])
            return [archive.check(), texts, *([one.to_dicts(), one.facets] for one in found)]

    expected = answers(tmp_path / "with")
    monkeypatch.setattr(kernels, "available", False)
    for name in MODULES:
        monkeypatch.setattr(kernels, name, None)
    assert answers(tmp_path / "without") == expected


@pytest.mark.slow
@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_stubs_fit_the_compiled_modules() -> None:
    names = [f"searchlib.kernels.{name}" for name in MODULES]
    run = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "--mypy-config-file", "pyproject.toml", *names],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
