"""One word for one thing: no name in the code has a word that the glossary has retired."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "searchlib"
FILES = sorted(p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".pyx", ".pxd", ".pyi"))

#: Words that name nothing (what a value holds is its name), or that the glossary replaces.
EMPTY = frozenset(
    ("made", "kept", "told", "held", "taken", "dear", "odd", "solid", "twin", "twins", "placed")
)


#: Names that Whoosh gives, of methods that its programs call.
OF_WHOOSH = frozenset({"lexicon"})


def _retired() -> frozenset[str]:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Glossary")[2]
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    return frozenset(word.lower() for row in rows for word in re.findall(r"`(\w+)`", row[4]))


RETIRED = _retired()
#: Retired as the name of a class or function; as a plain word it may still be right.
ONLY_TYPES = frozenset(
    ["folder", "union", "window", "columns", "given", "engine", "clock", "builder"]
)


def _parts(name: str) -> list[str]:
    """The words of a name: ``SegmentFile`` and ``segment_file`` are "segment" and "file"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [part.lower() for part in spaced.split("_") if part]


def _names(path: Path) -> Iterator[tuple[str, bool]]:
    """The names that a file gives to things, and whether to a class."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".pyx", ".pxd"):
        for match in re.finditer(
            r"^\s*(?:cdef |cpdef )?(class |def )?\s*(\w+)\s*[(:=]", text, re.M
        ):
            yield match[2], match[1] == "class "
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            yield node.name, True
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, False
        elif isinstance(node, ast.arg):
            yield node.arg, False
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, False
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, False


def test_the_glossary_retires_words() -> None:
    assert {"planes", "lexicon", "moment", "engine"} <= RETIRED


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_retired_word_in_a_name(path: Path) -> None:
    wrong = set()
    stem = path.name.partition(".")[0]
    for name, is_class in {(stem, True), *_names(path)}:
        if name in OF_WHOOSH and path.parent.name == "whoosh_backend":
            continue
        for part in _parts(name):
            if part in EMPTY or (part in RETIRED and (is_class or part not in ONLY_TYPES)):
                wrong.add(name)
    assert not wrong
