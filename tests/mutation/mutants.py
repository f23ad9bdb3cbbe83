"""Small changes to Python source, one at a time, found in its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Mutant", "mutants"]

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}  # fmt: skip
_FUNCTIONS = {
    "min": "max", "max": "min", "any": "all", "all": "any", "bisect_left": "bisect_right",
    "bisect_right": "bisect_left",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change to a module: the bytes from ``start`` to ``end`` become ``inserted``. ``name``
    stays the same when lines move: the function (or the constant of the module or class that is
    assigned), and the code before and after; of several such changes, also ``which``."""

    line: int
    function: str
    before: str
    after: str
    start: int
    end: int
    inserted: str
    which: int = 1

    @property
    def name(self) -> str:
        which = f" ({self.which})" if self.which > 1 else ""
        return f"{self.function}: {self.before} => {self.after}{which}"

    def lines(self, source: str) -> range:
        """The lines of the module that are changed."""
        return range(self.line, self.line + source.encode()[self.start : self.end].count(b"\n") + 1)

    def apply(self, source: str) -> str:
        """The source of the module with this change."""
        data = source.encode()
        return (data[: self.start] + self.inserted.encode() + data[self.end :]).decode()


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module.

    >>> [mutant.name for mutant in mutants("def f(a): return a < 2")]
    ['f: return a < 2 => return None', 'f: a < 2 => a <= 2', 'f: 2 => 3', 'f: 2 => 1']
    """
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for node, function, new in _changes(ast.parse(source), ""):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        after = ast.unparse(new)
        plain = isinstance(new, (ast.stmt, ast.Constant, ast.Slice))
        inserted = after if plain else f"({after})"
        change = function, _short(ast.unparse(node)), _short(after)
        seen[change] += 1
        found.append(Mutant(node.lineno, *change, start, end, inserted, seen[change]))
    return found


def _short(code: str) -> str:
    return " ".join(code.split())[:120]


def _changes(
    node: ast.AST, function: str, *, is_constant: bool = True
) -> Iterator[tuple[ast.expr | ast.stmt, str, ast.AST]]:
    """Nodes, the function or constant that each is in, and what each becomes. ``is_constant``: what
    is assigned there is one, as it is in no function."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        function = f"{function}.{node.name}".lstrip(".")
        is_constant = isinstance(node, ast.ClassDef)
    if is_constant and (name := _assigned(node)):
        function = f"{function}.{name}".lstrip(".")
    if isinstance(node, (ast.expr, ast.stmt)):
        for new in _replacements(node):
            yield node, function, new
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_skipped(child):
                yield from _changes(child, function, is_constant=is_constant)


def _assigned(node: ast.AST) -> str:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _is_skipped(node: ast.AST) -> bool:
    """Places that have no behaviour, or no position of their own (parts of an f-string)."""
    if isinstance(node, ast.Assign):
        return any(
            isinstance(t, ast.Name) and t.id in ("__all__", "__slots__") for t in node.targets
        )
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name):
        return node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.keyword):  # of zip: an assertion that both are as long
        return node.arg == "strict"
    return isinstance(node, (ast.JoinedStr, ast.Assert, ast.Import, ast.ImportFrom))


def _replacements(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    new: Any
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                if type(operator) in _OPERATORS:
                    new = copy.deepcopy(node)
                    new.ops[index] = _OPERATORS[type(operator)]()
                    yield new
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator):
            if type(operator) in _OPERATORS and not _is_text(node):
                new = copy.copy(node)
                new.op = _OPERATORS[type(operator)]()
                yield new
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
            if value:
                yield ast.Constant(value - 1)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            if not isinstance(test, (ast.Compare, ast.Constant)):
                new = copy.copy(node)
                new.test = ast.UnaryOp(ast.Not(), test)
                yield new
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and value.value in (None, True, False)):
                yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Slice(lower=lower, upper=upper):
            if lower is not None:
                yield ast.Slice(ast.BinOp(lower, ast.Add(), ast.Constant(1)), upper, node.step)
            if upper is not None:
                yield ast.Slice(lower, ast.BinOp(upper, ast.Sub(), ast.Constant(1)), node.step)
        case ast.Call(func=ast.Name(id=name)) if name in _FUNCTIONS:
            new = copy.copy(node)
            new.func = ast.Name(_FUNCTIONS[name])
            yield new


def _is_text(node: ast.BoolOp | ast.BinOp) -> bool:
    """Whether an operand is a text: subtracting one is only a TypeError."""
    return isinstance(node, ast.BinOp) and any(
        isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.Constant) and isinstance(part.value, (str, bytes)))
        for part in (node.left, node.right)
    )
