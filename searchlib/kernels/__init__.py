"""The inner loops that NumPy has no calls for, compiled by Cython when searchlib is installed.

Each is optional: :data:`available` says whether all of them were compiled and may be used. Code
that uses one has a NumPy or Python form with the same results for when it is False: no compiler
was at hand, or the environment variable ``SEARCHLIB_KERNELS`` is ``off``. The tests run both.

- ``codec``: offsets, term dictionaries and posting lists to read; posting lists to write;
- ``search``: query plans over posting lists, 64 documents at a time, and the best documents;
- ``vocabulary``: texts cut into words;
- ``inverter``: words brought into the order of postings;
- ``records``: JSON of records, and which of them need no cleaning;
- ``stories``: sketches of texts, and articles grouped into stories by them;
- ``watches``: standing queries held against the articles of a commit.

``constants`` has the numbers that they share with Python.
"""

from __future__ import annotations

import os
import warnings

from searchlib.errors import PerformanceWarning
from searchlib.kernels.constants import fingerprint

try:
    import searchlib.kernels.codec as codec
    import searchlib.kernels.inverter as inverter
    import searchlib.kernels.records as records
    import searchlib.kernels.search as search
    import searchlib.kernels.stories as stories
    import searchlib.kernels.vocabulary as vocabulary
    import searchlib.kernels.watches as watches
except ImportError:
    _built = False
else:
    # Modules of an older build may disagree with the constants.
    _built = all(
        fingerprint() == module.CONSTANTS
        for module in (codec, inverter, records, search, stories, vocabulary, watches)
    )

__all__ = [
    "available",
    "codec",
    "inverter",
    "records",
    "search",
    "stories",
    "vocabulary",
    "warn_if_missing",
    "watches",
]

_wanted = os.environ.get("SEARCHLIB_KERNELS", "on") != "off"

#: Whether the compiled kernels were built and are in use.
available: bool = _built and _wanted

MISSING = (
    "searchlib runs without its compiled kernels, several times slower: "
    "install a C compiler and reinstall searchlib"
)
_warned = False


def warn_if_missing(stacklevel: int = 1) -> None:
    """Warn, once a process, if the kernels were not built; not if they were switched off.
    ``stacklevel`` names the frame that is warned, as in ``warnings.warn``: 1 is the caller."""
    global _warned
    if not _warned and _wanted and not _built:
        _warned = True
        warnings.warn(MISSING, PerformanceWarning, stacklevel=stacklevel + 1)
