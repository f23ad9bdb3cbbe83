"""Where things are: a module's test is found by its name, and no file collects odds and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "searchlib"
MODULES = sorted(
    path.relative_to(PACKAGE)
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyx")]
    if path.name not in ("__init__.py", "__main__.py", "_version.py")
)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.as_posix())
def test_a_module_is_tested_in_the_file_of_its_name(module: Path) -> None:
    test = ROOT / "tests" / module.parent / f"test_{module.stem}.py"
    assert test.exists(), f"tests of searchlib/{module.as_posix()} belong in {test.name}"
    assert "def test_" in test.read_text(encoding="utf-8")


def test_there_are_no_collecting_basins() -> None:
    vague = {"utils", "util", "helpers", "common", "misc"}
    assert not [module for module in MODULES if module.stem in vague]
