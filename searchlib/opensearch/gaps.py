"""What an archive on a cluster does not do, each with why and what to do instead."""

from __future__ import annotations

from searchlib.errors import NotSupported

__all__ = ["GAPS", "not_supported"]

_EXPORT = "export it to a folder (searchlib.Archive) and ask there"
#: Methods of Archive: name -> (why, cure).
GAPS: dict[str, tuple[str, str]] = {
    "alerts": ("standing queries are not kept on a cluster yet", _EXPORT),
    "forget_alerts": ("standing queries are not kept on a cluster yet", _EXPORT),
    "copies": ("articles are not grouped into stories on a cluster yet", _EXPORT),
    "generation": ("a cluster has no commits that are numbered", "compare stats().articles"),
    "match": ("standing queries are not kept on a cluster yet", _EXPORT),
    "most_copied": ("articles are not grouped into stories on a cluster yet", _EXPORT),
    "optimize": ("a cluster merges segments by itself", "leave it out"),
    "repair": ("a cluster keeps its own copies", "make it with replicas=1"),
    "unwatch": ("standing queries are not kept on a cluster yet", _EXPORT),
    "upgrade": ("an index keeps the analysis that it was made with", "add to a new index"),
    "watch": ("standing queries are not kept on a cluster yet", _EXPORT),
    "watch_all": ("standing queries are not kept on a cluster yet", _EXPORT),
    "watches": ("standing queries are not kept on a cluster yet", _EXPORT),
    "whoosh": ("an index of OpenSearch is none of Whoosh", _EXPORT),
}


def not_supported(name: str) -> NotSupported:
    """The error for a gap.

    >>> str(not_supported("optimize"))
    'optimize: a cluster merges segments by itself: leave it out'
    """
    return NotSupported(name, *GAPS[name])
