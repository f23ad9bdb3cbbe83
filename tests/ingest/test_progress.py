"""Progress: which checkpoints a run starts from, and which it leaves after each file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from searchlib.ingest import progress as module
from searchlib.ingest.checkpoint import Checkpoint, StreamPosition
from searchlib.ingest.progress import Progress


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    files = [tmp_path / f"{number}.jsonl" for number in range(3)]
    for file in files:
        file.write_bytes(b"{}\n" * 10)
    return [str(file) for file in files]


def begin(progress: Progress, path: str) -> tuple[Checkpoint | None, StreamPosition]:
    position = StreamPosition()
    return progress.begin(path, os.stat(path), position), position


def read_in_part(path: str, settings: str = "settings") -> Checkpoint:
    """The checkpoint of a file of which one line was read."""
    progress = Progress([], settings)
    _, position = begin(progress, path)
    position.advance(b"{}\n")
    (checkpoint,) = progress.checkpoints()
    return checkpoint


def test_a_run_over_new_files(paths: list[str]) -> None:
    progress = Progress([], "settings")
    checkpoint, position = begin(progress, paths[0])
    assert checkpoint is None
    assert progress.checkpoints() == ()  # nothing was read of it yet
    position.advance(b"{}\n")
    (checkpoint,) = progress.checkpoints()
    assert (checkpoint.line, checkpoint.offset, checkpoint.finished) == (1, 3, False)
    progress.end()
    (checkpoint,) = progress.checkpoints()
    state = Checkpoint.state_of(os.stat(paths[0]), b"settings")
    assert checkpoint == Checkpoint(Checkpoint.source_of(paths[0]), state, 0, 0, "")
    assert checkpoint.finished
    assert progress.resumed() == ()


def test_a_resumed_run(paths: list[str]) -> None:
    first = Progress([], "settings")
    for path in paths[:2]:
        begin(first, path)
        first.end()
    saved = [*first.checkpoints(), read_in_part(paths[2])]

    progress = Progress(saved, "settings")
    assert progress.unread_checkpoints() == tuple(saved)
    for path in paths[:2]:
        checkpoint, _ = begin(progress, path)
        assert checkpoint is not None and checkpoint.finished
    checkpoint, position = begin(progress, paths[2])
    assert checkpoint == saved[2]
    position.line = checkpoint.line
    progress.note_resumed("2.jsonl", position)
    assert progress.resumed() == (
        "after 2 files that had been finished", "2.jsonl at line 2"
    )  # fmt: skip
    assert progress.unread_checkpoints() == ()


@pytest.mark.parametrize("change", ["settings", "from start", "content"])
def test_a_checkpoint_that_is_not_valid(paths: list[str], change: str) -> None:
    saved = [read_in_part(paths[0])]
    if change == "content":
        Path(paths[0]).write_bytes(b"[]")
    settings = "other" if change == "settings" else "settings"
    progress = Progress(saved, settings, from_start=change == "from start")
    assert begin(progress, paths[0])[0] is None
    assert progress.checkpoints() == progress.unread_checkpoints() == ()


def test_files_that_are_not_read_keep_their_checkpoint(paths: list[str]) -> None:
    saved = [read_in_part(path) for path in paths]
    progress = Progress(saved, "settings")
    begin(progress, paths[1])
    progress.end()
    assert progress.unread_checkpoints() == (saved[0], saved[2])
    assert [checkpoint.finished for checkpoint in progress.checkpoints()] == [False, False, True]


def test_a_file_that_fails_is_not_finished(paths: list[str]) -> None:
    progress = Progress([], "settings")
    _, position = begin(progress, paths[0])
    position.failed = True
    progress.end()
    assert progress.checkpoints() == ()  # it failed at its start
    _, position = begin(progress, paths[1])
    position.advance(b"{}\n")
    position.failed = True
    progress.end()
    assert [checkpoint.line for checkpoint in progress.checkpoints()] == [1]


def test_the_oldest_checkpoints_are_dropped(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CHECKPOINTS", 2)
    progress = Progress([], "settings")
    for path in paths:
        begin(progress, path)
        progress.end()
    assert [checkpoint.source for checkpoint in progress.checkpoints()] == [
        Checkpoint.source_of(path) for path in paths[1:]
    ]


@pytest.mark.parametrize(
    ("files", "words"), [(0, ()), (1, ("after 1 file",)), (3, ("after 3 files",))]
)
def test_where_a_run_resumed(paths: list[str], files: int, words: tuple[str, ...]) -> None:
    first = Progress([], "settings")
    for path in paths:
        begin(first, path)
        first.end()
    progress = Progress(first.checkpoints(), "settings")
    for path in paths[:files]:
        begin(progress, path)
    position = StreamPosition()
    position.line = 1_233
    progress.note_resumed("a.jsonl", position)
    expected = tuple(f"{text} that had been finished" for text in words)
    assert progress.resumed() == (*expected, "a.jsonl at line 1,234")
    assert len(progress.checkpoints()) == 3


def test_files_end_in_the_order_in_which_they_began(paths: list[str]) -> None:
    progress = Progress([], "settings")
    positions = [begin(progress, path)[1] for path in paths[:2]]
    positions[1].advance(b"{}\n")
    positions[1].failed = True
    progress.end()
    sources = [Checkpoint.source_of(path) for path in paths]
    assert [(c.source, c.finished) for c in progress.checkpoints()] == [
        (sources[0], True), (sources[1], False),
    ]  # fmt: skip
    progress.end()
    assert [(c.source, c.line) for c in progress.checkpoints()] == [
        (sources[0], 0),
        (sources[1], 1),
    ]
