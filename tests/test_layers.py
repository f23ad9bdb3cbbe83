"""The house: imports point down the table only, and nothing names what it should not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "searchlib"

#: From the ground up: a module may import those of its own row and of the rows before it.
LAYERS = [
    "_version errors kernels",
    "dates analysis",
    "agencies page fieldtypes kinds",
    "schema article",
    "sources",
    "storage",
    "backend",
    "execution",
    "query",
    "highlight",
    "results stats suggest",
    "snapshot intake",
    "archive",
    "demo",
    "__init__",
    "repl",
    "cli",
    "__main__",
]
LEVEL = {name: level for level, row in enumerate(LAYERS) for name in row.split()}
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The parts of searchlib that a file imports, by the first name below ``searchlib``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "searchlib":
                names = [f"searchlib.{alias.name}" for alias in node.names]
            else:
                names = [node.module or ""]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "searchlib":
                part = rest.split(".")[0]
                found.add(part if part in LEVEL else "__init__")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = layer_of(path)
    for name in imported(path):
        assert LEVEL[name] <= LEVEL[own], f"{own} imports {name}, which is above it"


def test_only_dates_imports_dateutil() -> None:
    users = {layer_of(p) for p in MODULES if "dateutil" in _top_level_imports(p)}
    assert users == {"dates"}


def test_nothing_that_runs_stored_code_is_imported() -> None:
    for path in MODULES:
        banned = {"pickle", "marshal", "shelve", "dill"} & _top_level_imports(path)
        assert not banned, f"{path} imports {banned}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec"), path


def test_files_stay_readable() -> None:
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in MODULES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 480
    }
    assert not long


def _top_level_imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found
