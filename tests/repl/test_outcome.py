"""Exit codes: what a process says about how it ended."""

from __future__ import annotations

import pytest

from searchlib import errors
from searchlib.repl.outcome import Exit, exit_of


def test_codes_are_stable() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "DONE": 0, "NO_HITS": 1, "BAD_REQUEST": 2, "ARCHIVE_TROUBLE": 3, "OUR_MISTAKE": 70,
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
