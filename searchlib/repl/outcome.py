"""Exit codes: how a search or a command ended."""

from __future__ import annotations

from enum import IntEnum

from searchlib.errors import ArchiveError

__all__ = ["Exit", "exit_of"]


class Exit(IntEnum):
    """The exit codes of the command line and of a piped prompt.

    >>> int(Exit.NO_HITS)
    1
    """

    DONE = 0
    NO_HITS = 1
    BAD_REQUEST = 2  # a mistake in a query or in arguments
    ARCHIVE_TROUBLE = 3  # trouble with the archive, or with the disk that it is on


def exit_of(error: Exception) -> Exit:
    """The exit code of an error.

    >>> exit_of(ArchiveError("the disk is full"))
    <Exit.ARCHIVE_TROUBLE: 3>
    """
    if isinstance(error, (ArchiveError, OSError)):
        return Exit.ARCHIVE_TROUBLE
    return Exit.BAD_REQUEST
