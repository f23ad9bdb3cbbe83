"""Exit codes: what a process says about how it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib import errors
from searchlib.archive import Archive
from searchlib.errors import ArchiveError
from searchlib.repl.outcome import Exit, damage_named, exit_of, our_mistake


def test_codes_are_stable() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "DONE": 0, "NO_HITS": 1, "BAD_REQUEST": 2, "ARCHIVE_TROUBLE": 3, "NOT_ALL": 4,
        "OUR_MISTAKE": 70,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.QueryError("bad-date", (0, 1), "no such day"), Exit.BAD_REQUEST),
        (errors.ArgumentError("limit"), Exit.BAD_REQUEST),
        (errors.RecordError("a:1", None, "no key"), Exit.BAD_REQUEST),
        (errors.ArchiveNotFound("nothing here", "index"), Exit.ARCHIVE_TROUBLE),
        (errors.CorruptArchive("s1.seg", "cut"), Exit.ARCHIVE_TROUBLE),
        (errors.SnapshotClosed("closed"), Exit.ARCHIVE_TROUBLE),
        (OSError("disk"), Exit.ARCHIVE_TROUBLE),
        (IndexError("list index out of range"), Exit.OUR_MISTAKE),
    ],
)
def test_the_code_of_an_error(error: Exception, code: Exit) -> None:
    assert exit_of(error) is code


def test_damage_behind_an_error_is_named(tmp_path: Path) -> None:
    with Archive.create(tmp_path) as archive:
        archive.add([{"id": "a", "body": "rain"}])
        with pytest.raises(ZeroDivisionError), damage_named(archive):
            raise ZeroDivisionError
        [file] = tmp_path.glob("*.seg")
        file.write_bytes(file.read_bytes()[:-1])
        with pytest.raises(ArchiveError, match=file.name) as caught, damage_named(archive):
            raise ZeroDivisionError
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert exit_of(caught.value) is Exit.ARCHIVE_TROUBLE
        with pytest.raises(errors.ArgumentError), damage_named(archive):
            raise errors.ArgumentError("limit")  # of the caller, whatever the archive is
        with pytest.raises(PermissionError), damage_named(archive):
            raise PermissionError


def test_a_mistake_of_ours_is_one_line_and_not_too_long() -> None:
    line = our_mistake(ValueError("a\n  b"))
    assert line.startswith(
        "a mistake in searchlib, not yours: ValueError: a b: please report it at "
    )
    assert f": ValueError: {'x' * 188}: please" in our_mistake(ValueError("x" * 300))
