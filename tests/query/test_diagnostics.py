"""Every code that a query is refused with is in the table, and every code of the table is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import searchlib
from searchlib.errors import QueryError
from searchlib.query.diagnostics import CODES, near_names, refuse

MODULES = sorted(Path(searchlib.__file__).parent.rglob("*.py"))
#: The functions that raise a QueryError, and which of their arguments is the code.
RAISING = {"QueryError": 0, "refuse": 0, "_refuse": 0, "_refuse_rest": 2}
#: Arguments that are no literals: a code handed on, or none (helpers that know their own).
HANDED_ON = {"code", "error.code"}
WITHOUT_CODE = {
    ("query/field_values.py", "_refuse"),
    ("search/multi_term.py", "_refuse"),
    ("search/boosts.py", "_refuse"),
}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    for path in MODULES:
        name = path.relative_to(Path(searchlib.__file__).parent).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                function = node.func
                called = function.attr if isinstance(function, ast.Attribute) else None
                called = function.id if isinstance(function, ast.Name) else called
                if called in RAISING and (name, called) not in WITHOUT_CODE:
                    yield name, called, node


def literals() -> Iterator[tuple[str, str]]:
    """(place, code) of every literal code, also of those assigned to a variable ``code``."""
    for name, called, call in calls():
        argument = call.args[RAISING[called]]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield f"{name}:{call.lineno}", argument.value
        else:
            assert ast.unparse(argument) in HANDED_ON, f"{name}:{call.lineno}"
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "QueryCode":
                values = ast.walk(node.value) if node.value is not None else ()
                for value in values:
                    if isinstance(value, ast.Constant) and value.value in CODES:
                        yield f"{path.name}:{node.lineno}", value.value


def test_no_other_code_is_raised() -> None:
    raised = list(literals())
    assert len(raised) > 60
    assert [(place, code) for place, code in raised if code not in CODES] == []


def test_every_code_is_raised() -> None:
    assert set(CODES) - {code for _, code in literals()} == set()


def test_codes_are_short_names() -> None:
    assert len(CODES) >= 36
    assert all(code.replace("-", "").isalpha() and code.islower() for code in CODES)


def test_refuse() -> None:
    with pytest.raises(QueryError, match="there is no month 13: months are 01 to 12") as caught:
        refuse("bad-date", 5, 12, "there is no month 13", "months are 01 to 12", "date:2022-13")
    error = caught.value
    assert (error.code, error.span, error.text) == ("bad-date", (5, 12), "date:2022-13")
    assert error.pointer().endswith("     ^^^^^^^")


def test_near_names() -> None:
    names = ["title", "authors", "author", "date"]
    assert near_names("Autor", names) == ["author", "authors"]
    assert near_names("zzz", names) == []
    assert near_names("a" * 10_000, names) == []
    assert near_names("dat", names, cutoff=0.99) == []
