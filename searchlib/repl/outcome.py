"""Exit codes: how a search or a command ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from searchlib.any_archive import AnyArchive
from searchlib.errors import ArchiveError, SearchlibError

__all__ = ["Exit", "damage_named", "exit_of", "our_mistake"]

_ISSUES = "https://github.com/searchlib/searchlib/issues"


class Exit(IntEnum):
    """The exit codes of the command line and of a piped prompt.

    >>> int(Exit.NO_HITS)
    1
    """

    DONE = 0
    NO_HITS = 1  # of a search; of indexing, that nothing went in
    BAD_REQUEST = 2  # a mistake in a query or in arguments
    ARCHIVE_TROUBLE = 3  # trouble with the archive, or with the disk that it is on
    # Of indexing, that some records were rejected, or files passed over with --strict; of watch
    # run, that alerts could not be told; of --queries, that some were refused.
    NOT_ALL = 4
    OUR_MISTAKE = 70  # an error that nobody foresaw (EX_SOFTWARE of sysexits.h)


def exit_of(error: Exception) -> Exit:
    """The exit code of an error.

    >>> exit_of(ArchiveError("the disk is full"))
    <Exit.ARCHIVE_TROUBLE: 3>
    """
    if isinstance(error, (ArchiveError, OSError)):
        return Exit.ARCHIVE_TROUBLE
    return Exit.BAD_REQUEST if isinstance(error, SearchlibError) else Exit.OUR_MISTAKE


def our_mistake(error: Exception) -> str:
    """One line for people about an error that nobody foresaw: what it is and where to report it.

    >>> our_mistake(ValueError("x")).startswith("a mistake in searchlib, not yours: ValueError: x")
    True
    """
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return f"a mistake in searchlib, not yours: {what}: please report it at {_ISSUES}"


@contextmanager
def damage_named(archive: AnyArchive) -> Iterator[None]:
    """Raises an error that nobody foresaw as an ArchiveError if a check of the archive finds what
    may have led to it: articles that are shown need not be what the schema says."""
    try:
        yield
    except (SearchlibError, OSError):
        raise
    except Exception as error:
        if problems := archive.check():
            raise ArchiveError(problems[0], archive.path) from error
        raise
