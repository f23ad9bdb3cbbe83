"""The examples of the README and of the site do what the pages say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.examples import ROOT, Outcome, blocks, matches, run

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"diff", "csv", "xml", "python", "console", "text", "sh", "json", "html", "ini", ""}
# Blocks `sh` install or deploy: they are not run here. .ci/run runs those of the README.
INSTALLS = (
    "python -m venv",
    ".venv/bin/python",
    "pip install",
    "git clone",
    "crontab",
    "0 ",
    "30 ",
)


@pytest.mark.skipif(shutil.which("sh") is None, reason="the examples are for a POSIX shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_run_as_shown(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for outcome in run(page.read_text(encoding="utf-8"), folder, str(page)):
        assert outcome.same, _difference(page, outcome)


def _difference(page: Path, outcome: Outcome) -> str:
    place = f"{page.relative_to(ROOT)}:{outcome.block.line}"
    return f"{place}: expected\n{outcome.expected}\nbut it printed\n{outcome.actual}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_block_escapes_the_runner(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        place = f"{page.name}:{block.line}"
        assert block.language in LANGUAGES, place
        if block.language == "sh":
            assert all(line.startswith(INSTALLS) for line in block.body.splitlines()), place
        if block.language in ("text", ""):
            assert not block.body.startswith(("$ ", ">>> ", "search> ")), place


def test_a_page_is_parsed_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = '```json title="a.json"\n{}\n```\n```console\n$ cat a.json; false\n{}\n```\n'
    page += "```python\nprint(1)\n```\n\n```text\n1\n```\nwords\n```text\nfree\n```\n"
    outcomes = list(run(page, tmp_path))
    assert [outcome.actual for outcome in outcomes] == ["$ cat a.json; false\n{}\n", "1\n"]
    assert all(outcome.same for outcome in outcomes)
    with pytest.raises(ZeroDivisionError):
        list(run("```python\n1 / 0\n```\n", tmp_path))


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("1 of 9 in 1.47 ms", "1 of 9 in 20 ms", True),
        ("1 of 9 in 1.47 ms", "1 of 8 in 1.47 ms", False),
        ("a\n...", "a\nb\nc", True),
        ("a\n...\nd", "a\nb\nc", False),
        ("a", "a\nb", False),
        ("20 minutes", "21 minutes", False),
        ("a  \n", "a\n\n", True),
    ],
)
def test_outputs_are_compared(expected: str, actual: str, same: bool) -> None:
    assert matches(expected, actual) is same
