"""The inner loops that NumPy has no words for, compiled by Cython when searchlib is installed.

Whoever uses one asks whether it is there, and has a NumPy form with the same results for where
it is not: no compiler was at hand, or the environment variable ``SEARCHLIB_KERNELS`` is ``off``.
The tests run both.

- ``search``: a plan run over posting lists, 64 documents at a time;
- ``text``: texts cut into words, and words brought into the order of postings.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

__all__ = ["search", "text"]


def _built(name: str) -> Any:
    """A compiled module, or None."""
    if os.environ.get("SEARCHLIB_KERNELS", "on") == "off":
        return None
    try:
        return import_module(f"searchlib.kernels._{name}")
    except ImportError:
        return None


search: Any = _built("search")
text: Any = _built("text")
