"""Tests of searchlib/syncing.py; those of ``Archive.sync`` are in ingest/test_file_sync.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.syncing import keep_in_step


def test_the_state_is_given_back(tmp_path: Path) -> None:
    news = tmp_path / "news.jsonl"
    news.write_text('{"id": "a"}\n{"id": "b"}\n')

    def sync(state: bytes, present: set[str]) -> tuple[sl.Report, bytes]:
        return keep_in_step(
            archive, sl.read(news), state, present, most_deleted=0.5, on_progress=None,
            timeout=1.0, resume=True, keys=False,
        )  # fmt: skip

    with sl.Archive.create(tmp_path / "index") as archive:
        first, state = sync(b"{}", set())
        assert (first.added, first.skipped) == (2, 0)
        assert sync(state, {"a", "b"})[0].skipped == 1
        assert sync(state, {"a"})[0].skipped == 0  # an article of the file is gone
        archive.add([{"id": "c"}])
        assert sync(state, {"a", "b", "c"})[0].deleted == 1
        with pytest.raises(sl.ArgumentTypeError):
            archive.sync([])  # type: ignore[arg-type]


def test_all_records_of_changed_files_are_read(tmp_path: Path) -> None:
    """How far a stopped run had read says nothing of what is to be kept in step."""
    news = tmp_path / "news.jsonl"
    news.write_text('{"id": "a"}')
    asked: list[dict[str, Any]] = []

    class Kept(dict[str, Any]):
        path = "index"

        def add(self, articles: Any, **options: Any) -> sl.Report:
            asked.append(options)
            return sl.Report(0, 0, 0, [], 0.0)

    keep_in_step(
        Kept(), sl.read(news), b"{}", (), most_deleted=0.5, on_progress=None,  # type: ignore[arg-type]
        timeout=3.0, resume=True, keys=True,
    )  # fmt: skip
    assert asked == [{"on_progress": None, "timeout": 3.0, "resume": False, "keys": True}]
