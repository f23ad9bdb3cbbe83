"""What Python says of Whoosh's sources when it compiles them does not reach the user's screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def said(tmp_path: Path, program: str) -> str:
    """What a program prints as errors where no module was compiled before."""
    command = [sys.executable, "-X", f"pycache_prefix={tmp_path}", "-W", "default::SyntaxWarning",
               "-c", program]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_nothing_is_said_of_the_sources_of_whoosh(tmp_path: Path) -> None:
    modules = "searchlib.whoosh_backend, searchlib.cli.main, whoosh.qparser, whoosh.writing"
    assert said(tmp_path, f"import searchlib, {modules}") == ""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 does not show them")
def test_without_searchlib_something_is(tmp_path: Path) -> None:
    assert "SyntaxWarning" in said(tmp_path, "import whoosh.analysis")
