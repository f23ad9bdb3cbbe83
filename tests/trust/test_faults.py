"""Every call to the file system fails once, and from then on for ever: the archive is as it was
before or as it was to be, there is one typed error, and the next attempt works."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from tests.trust.faults import Calls, Failing
from tests.trust.world import SCHEMA, article, contents, handles, leftovers, put

ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EMFILE": errno.EMFILE}
OLD = [article(f"k{n}") for n in range(12)]


def add(store: IndexStore) -> None:
    put(store, [article("k1", 1), article("new", 1)], delete=["k2", "k7"])


def optimize(store: IndexStore) -> None:
    put(store, optimize=True)


def add_and_optimize(store: IndexStore) -> None:
    put(store, [article("k1", 1)], delete=["k3"], optimize=True)


def prepared(path: Path) -> None:
    """An archive with two segments and deletes."""
    store = IndexStore.create(Directory(path), SCHEMA)
    put(store, OLD)
    put(store, [article("late")])
    put(store, delete=["k5"])


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for_ever"])
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    ("act", "stride"),
    [
        (add_and_optimize, 168),  # all that the others do too
        pytest.param(add_and_optimize, 1, marks=pytest.mark.slow),
    ],
)
def test_every_call_of_a_commit(
    act: Callable[[IndexStore], None], error: str, for_ever: bool, stride: int, tmp_path: Path
) -> None:
    gc.collect()  # what other tests left to be collected would go in between
    prepared(tmp_path / "start")
    old = contents(tmp_path / "start")
    shutil.copytree(tmp_path / "start", tmp_path / "good")
    act(IndexStore(Directory(tmp_path / "good")))
    new = contents(tmp_path / "good")
    # The everyday run takes every 168th step, beginning elsewhere with each error.
    step, done = (0 if stride == 1 else -5 * list(ERRORS).index(error) - for_ever), False
    while not done:
        step += stride
        path = tmp_path / "archive"
        shutil.copytree(tmp_path / "start", path)
        failing = Failing(step, ERRORS[error], for_ever=for_ever)
        done = step_fails(path, act, failing, old, new)
        shutil.rmtree(path)
    assert step > 30


def step_fails(
    path: Path, act: Callable[[IndexStore], None], failing: Failing, old: Any, new: Any
) -> bool:
    """Let one step fail and look at what is there; True if there was no such step."""
    before = handles()
    try:
        with Calls(failing).installed():
            act(IndexStore(Directory(path)))
    except ArchiveError as raised:
        where = f"{failing.step}: {failing.failed}"
        assert type(raised) is ArchiveError, f"{where}: {raised!r}"
        assert contents(path) in (old, new), where
    else:
        assert contents(path) == new, f"{failing.step}: {failing.failed}"
    gc.collect()  # an exception's frames may hold what they worked on in a cycle
    assert handles() == before, f"{failing.step}: {failing.failed}"
    # The same again works at once, and leaves nothing behind.
    again = IndexStore(Directory(path))
    put(again, [article("again")])
    assert contents(path).keys() - {"again"} in (old.keys(), new.keys())
    assert leftovers(path) == []
    return not failing.failed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")
@pytest.mark.parametrize(
    ("act", "stride"),
    [(add, 7), (optimize, 7), pytest.param(add_and_optimize, 1, marks=pytest.mark.slow)],
)
def test_killed_at_every_call(
    act: Callable[[IndexStore], None], stride: int, tmp_path: Path
) -> None:
    prepared(tmp_path / "start")
    old = contents(tmp_path / "start")
    shutil.copytree(tmp_path / "start", tmp_path / "good")
    act(IndexStore(Directory(tmp_path / "good")))
    new = contents(tmp_path / "good")
    step, code = 0, -signal.SIGKILL
    while code:
        step += stride
        path = tmp_path / "archive"
        shutil.copytree(tmp_path / "start", path)
        code = killed_at(step, act, path)
        assert code in (0, -signal.SIGKILL)
        assert contents(path) in ((old, new) if code else (new,)), step
        put(IndexStore(Directory(path)), [article("again")])
        assert leftovers(path) == []
        shutil.rmtree(path)
    assert step > 30


def killed_at(step: int, act: Callable[[IndexStore], None], path: Path) -> int:
    """The exit code of a child that is killed at its ``step``-th call; 0 if it has fewer."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def kill(name: str, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        nonlocal step
        step -= 1
        if not step:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args)

    try:
        with Calls(kill).installed():
            act(IndexStore(Directory(path)))
        os._exit(0)
    finally:
        os._exit(1)


@pytest.mark.parametrize("error", ERRORS)
def test_every_call_of_a_reader(error: str, tmp_path: Path) -> None:
    path = tmp_path / "archive"
    prepared(path)
    before, step, done = contents(path), 0, False
    while not done:
        step += 1
        failing = Failing(step, ERRORS[error])
        try:
            with Calls(failing).installed():
                found = contents(path)
        except ArchiveError as raised:
            assert type(raised) is ArchiveError, (step, raised)
        except AssertionError:  # contents() asks check(), which says what went wrong
            assert failing.failed
        else:
            assert found == before
        done = not failing.failed
    assert step > 10


def test_every_call_of_create(tmp_path: Path) -> None:
    for step in range(1, 100):
        failing = Failing(step, errno.ENOSPC)
        path = tmp_path / f"{step}" / "deep"
        try:
            with Calls(failing).installed():
                IndexStore.create(Directory(path), SCHEMA)
        except ArchiveError:
            try:
                made = IndexStore.create(Directory(path), SCHEMA)
            except ArchiveError as raised:
                assert "already" in str(raised)
                made = IndexStore(Directory(path))
            put(made, OLD[:2])
            assert len(contents(path)) == 2
        if not failing.failed:
            break
    else:
        pytest.fail("create has more calls than were tried")


def test_a_commit_whose_last_fsync_failed_is_kept(tmp_path: Path) -> None:
    """The rename is done, the fsync of the folder after it fails: the files of the new commit
    must not be taken away by the writer that gives up."""
    store = IndexStore.create(Directory(tmp_path), SCHEMA)

    def fail(name: str, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        nonlocal renamed
        if name == "fsync" and renamed:
            raise OSError(errno.EIO, "I/O error")
        renamed = renamed or name == "replace"
        return call(*args)

    renamed = False
    with pytest.raises(ArchiveError), Calls(fail).installed():
        put(store, OLD)
    assert len(contents(tmp_path)) == len(OLD)


def test_an_unchanged_article_is_durable(tmp_path: Path) -> None:
    """A writer died between the rename and the fsync of the folder. The next one finds that it
    has nothing to do, and makes that commit last before it says so."""
    store = IndexStore.create(Directory(tmp_path), SCHEMA)
    put(store, OLD)
    synced = []

    def note(name: str, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        if name == "fsync":
            synced.append(os.readlink(f"/proc/self/fd/{args[0]}"))
        return call(*args)

    with Calls(note).installed():
        put(store, OLD)
    assert not synced  # this process knows that it is
    with Calls(note).installed():
        put(IndexStore(Directory(tmp_path)), OLD)
    assert str(tmp_path) in synced


def test_after_an_error_a_writer_can_only_cancel(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), SCHEMA)
    with IndexWriter(store) as writer:
        with patch.object(type(writer._segment_writer), "add_many", side_effect=KeyboardInterrupt):
            row = article("x")
            with pytest.raises(KeyboardInterrupt):
                writer.put("x", b"0" * 16, row, b"{}")
        with pytest.raises(ArchiveError, match="cancel"):
            writer.commit()
        writer.cancel()
        assert writer.commit() == 0
    assert contents(tmp_path) == {}


def test_temporary_files_are_on_the_archives_own_disk(tmp_path: Path) -> None:
    """A full temporary directory does not matter; an error in ours is an ArchiveError."""
    store = IndexStore.create(Directory(tmp_path / "a"), SCHEMA)
    with (
        patch("searchlib.codec.segment_file._MAX_IN_MEMORY", 1),
        patch("tempfile.tempdir", "/nowhere"),
    ):
        put(store, OLD)
        assert len(contents(tmp_path / "a")) == len(OLD)
        with (
            patch("tempfile._TemporaryFileArgs", create=True),
            patch("tempfile.TemporaryFile", side_effect=OSError(errno.ENOSPC, "full")),
            pytest.raises(ArchiveError, match="full"),
        ):
            put(store, [article("more")])
    assert len(contents(tmp_path / "a")) == len(OLD)


SCRIPT = """
import sys
from searchlib.errors import ArchiveError
from searchlib.codec.directory import Directory
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from tests.trust.test_faults import add_and_optimize
try:
    add_and_optimize(IndexStore(Directory(sys.argv[1])))
except ArchiveError as error:
    sys.exit(7 if type(error) is ArchiveError else 8)
"""
ROOT = Path(__file__).parent.parent.parent


def inject(path: Path, fault: str) -> int:
    """Run a commit and an optimize with a fault of the system itself; the exit code."""
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", str(path)]
    for name in os.listdir(path):
        command += ["-P", str(path / name)]
    for number in range(1, 30):  # files to come
        command += ["-P", str(path / f"{number:08d}.seg"), "-P", str(path / f"{number:08d}.del")]
    command += ["-P", str(path / "manifest.json.new"), "-e", f"inject={fault}"]
    command += [sys.executable, "-c", SCRIPT, str(path)]
    return subprocess.run(command, cwd=ROOT, check=False, stderr=subprocess.PIPE).returncode


def strace_works() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode == 0


CALLS = ["openat", "write", "fsync", "rename", "mmap", "unlink", "getdents64", "flock", "close"]


@pytest.mark.skipif(not strace_works(), reason="strace is not here, or may not trace")
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            f"{call}:{failure}:when={when}", marks=[] if quick else pytest.mark.slow,
            id=f"{call}:{failure.partition('=')[2]}:{when}",
        )
        for call in CALLS
        for failure in ("error=ENOSPC", "error=EIO", "error=EMFILE", "signal=KILL")
        for when in ("1", "2", "3", "5", "8", "1+")
        for quick in [(call, failure, when) in {
            ("fsync", "error=EIO", "2"), ("write", "error=ENOSPC", "3"),
            ("rename", "signal=KILL", "1"), ("openat", "error=EMFILE", "5"),
        }]
    ],
)  # fmt: skip
def test_faults_of_the_system(fault: str, tmp_path: Path) -> None:
    path = tmp_path / "archive"
    prepared(path)
    old = contents(path)
    shutil.copytree(path, tmp_path / "good")
    add_and_optimize(IndexStore(Directory(tmp_path / "good")))
    new = contents(tmp_path / "good")
    code = inject(path, fault)
    assert code in (0, 7, -9, 137), code
    if code == 0:
        assert contents(path) == new
    assert contents(path) in (old, new)
    put(IndexStore(Directory(path)), [article("again")])
    assert leftovers(path) == []
