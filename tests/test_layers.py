"""The layout: a module imports from lower layers only, and no two files import each other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "searchlib"
MODULES = sorted(PACKAGE.rglob("*.py"))


def _layers() -> list[list[str]]:
    """The rows of the table in ARCHITECTURE.md, from the ground up: what stands in each."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.partition("## Layout")[2].partition("\n### ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    cells = [row[2] for row in rows if "`" in row[2]]
    return [[part.removesuffix("/").removesuffix(".py") for part in re.findall(r"`([^`]+)`", cell)]
            for cell in cells]  # fmt: skip


LAYERS = _layers()
LEVEL = {name: level for level, row in enumerate(LAYERS) for name in row}


def _name(path: Path) -> str:
    """The dotted name of a module, ``searchlib.index.store``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _decisions() -> list[tuple[str, str]]:
    """The files and names of the table "Where is it decided?"."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.partition("### Where is it decided?")[2].partition("\n## ")[0]
    return re.findall(r"\| `([\w/]+\.py)` \| `(\w+)` \|", table)


NAMES = {_name(path): path for path in MODULES}


def _layer_of(module: str) -> str:
    part = module.split(".")[1:2]
    return part[0] if part else "__init__"


def _imported(path: Path) -> Iterator[str]:
    """The modules of searchlib that a file imports, also within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            # ``from package import module`` imports the module, ``import name`` the package.
            names = [
                f"{module}.{alias.name}" if f"{module}.{alias.name}" in NAMES else module
                for alias in node.names
            ]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "searchlib")


IMPORTS = {name: set(_imported(path)) for name, path in NAMES.items()}


def test_the_table_names_every_part() -> None:
    parts = {_layer_of(module) for module in NAMES}
    assert len(LAYERS) > 8
    assert set(LEVEL) == parts, "ARCHITECTURE's table and the folders differ"


@pytest.mark.parametrize("module", sorted(NAMES))
def test_imports_point_down(module: str) -> None:
    own = _layer_of(module)
    for other in IMPORTS[module]:
        part = _layer_of(other)
        assert LEVEL[part] <= LEVEL[own], f"{module} imports {other}, which is in a higher layer"


def _needed_by(module: str, seen: dict[str, str]) -> dict[str, str]:
    """All modules that loading a module loads, each with one that imports it."""
    todo = [module]
    while todo:
        name = todo.pop()
        for other in IMPORTS.get(name, ()):
            if other not in seen:
                seen[other] = name
                todo.append(other)
    return seen


@pytest.mark.parametrize("module", sorted(NAMES))
def test_no_two_files_import_each_other(module: str) -> None:
    seen = _needed_by(module, {})
    if module in seen:
        way = [module]
        while len(way) == 1 or way[-1] != module:
            way.append(seen[way[-1]])
        pytest.fail(" <- ".join(way))


def test_only_dates_imports_dateutil() -> None:
    users = {_layer_of(name) for name, path in NAMES.items() if "dateutil" in _top_level(path)}
    assert users == {"dates"}


def test_storage_knows_nothing_of_files_that_are_read() -> None:
    """Below the writer of articles, only their kept form is known: how files are read is not."""
    allowed = {"searchlib.ingest.record"}
    for name, imports in IMPORTS.items():
        if _layer_of(name) in ("codec", "index") and name != "searchlib.index.indexing":
            used = {other for other in imports if _layer_of(other) == "ingest"}
            assert used <= allowed, f"{name} imports {used - allowed}"


PUBLIC = ("whoosh_backend", "commit_view", "watches", "any_archive", "archive", "__init__")


def test_only_the_public_layer_imports_the_whoosh_backend() -> None:
    """Searches reach it through the fallback that they are given."""
    for name, imports in IMPORTS.items():
        if "whoosh_backend" in {_layer_of(other) for other in imports}:
            assert _layer_of(name) in PUBLIC, name


def test_nothing_that_runs_stored_code_is_imported() -> None:
    for path in MODULES:
        banned = {"pickle", "marshal", "shelve", "dill"} & _top_level(path)
        assert not banned, f"{path} imports {banned}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec"), path


def _top_level(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize(("file", "name"), _decisions())
def test_what_decides_is_where_the_table_says(file: str, name: str) -> None:
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    defined = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert name in defined


def test_the_table_of_decisions_is_there() -> None:
    assert len(_decisions()) >= 20
