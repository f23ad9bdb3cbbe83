"""PyStemmer's stemmers, called without its module: the same stems."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from searchlib.analysis import snowball_library
from searchlib.analysis.snowball import SNOWBALL
from searchlib.analysis.snowball_library import LibraryStemmer, stemmer_library

WORDS = """
    agreed running nationalities écoles leçons Häuser straße københavn kirjoittaa олимпийский
    βιβλία كتابات किताबें கதைகள் evlerinden hablándonos città l'aquila 1990s a \x00
    """.split()


@pytest.fixture
def library() -> ctypes.CDLL:
    found = stemmer_library()
    if found is None:
        pytest.skip("PyStemmer keeps its functions to itself here")
    return found


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="importing PyStemmer would switch the interpreter lock on",
)
def test_the_stems_are_those_of_pystemmer(library: ctypes.CDLL) -> None:
    import Stemmer

    words = [*WORDS, "", "x" * 3000]
    encoded = [word.encode() for word in words]
    for algorithm in SNOWBALL.values():
        ours, theirs = LibraryStemmer(library, algorithm), Stemmer.Stemmer(algorithm, 0)
        assert ours.stemWords(words) == theirs.stemWords(words)
        assert ours.stemWords(encoded) == theirs.stemWords(encoded)
        assert ours.stemWord("agreed") == theirs.stemWord("agreed")


def test_an_unknown_algorithm_is_an_error(library: ctypes.CDLL) -> None:
    with pytest.raises(KeyError, match="klingon"):
        LibraryStemmer(library, "klingon")


@pytest.mark.parametrize("module", ["json", "zlib", "sys", "no_such_module"])
def test_without_the_functions_there_is_no_library(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module in Python, one without these functions, one without a file, and none."""
    find: Any = snowball_library.find_spec
    monkeypatch.setattr(snowball_library, "find_spec", lambda _: find(module))
    assert stemmer_library() is None
