"""How a search or a command ended, as a process tells it to the one that called it."""

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
    BAD_REQUEST = 2  # a query or arguments that cannot be understood
    ARCHIVE_TROUBLE = 3  # the archive, or the disk that it is on


def exit_of(error: Exception) -> Exit:
    """The exit code of an error.

    >>> exit_of(ArchiveError("the disk is full"))
    <Exit.ARCHIVE_TROUBLE: 3>
    """
    trouble = isinstance(error, (ArchiveError, OSError))
    return Exit.ARCHIVE_TROUBLE if trouble else Exit.BAD_REQUEST
