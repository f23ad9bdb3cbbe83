"""Where real articles are, for the tests that measure against them; they are not ours to ship."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(
    os.environ.get("SEARCHLIB_CORPORA") or Path(__file__).parent.parent.parent / "shared/corpora"
)


def corpus(name: str) -> Path:
    """The file of a corpus; the test is skipped where it is not there."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a packed JSON Lines file, read with nothing of searchlib."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
