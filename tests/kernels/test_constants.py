"""The constants that kernels share with Python: one place, and no use of kernels that differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from searchlib import kernels
from searchlib.kernels import constants

PXD = Path(constants.__file__).with_name("constants.pxd")


def test_each_macro_is_declared_to_cython() -> None:
    assert set(re.findall(r'"(SL_\w+)"', PXD.read_text(encoding="utf-8"))) == set(
        constants.macros()
    )


def test_the_constants_are_those_of_the_files_that_exist() -> None:
    """Nearly all are parts of the format of files, or say what is a copy of what: a change of one
    on purpose changes this number, and asks whether archives that exist can still be read."""
    assert constants.fingerprint() == 636_590_740


def test_the_fingerprint_covers_every_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    before = constants.fingerprint()
    for name, value in vars(constants).items():
        if name.isupper():
            with monkeypatch.context() as patch:
                patch.setattr(constants, name, (1, 2) if isinstance(value, tuple) else value + 1)
                assert constants.fingerprint() != before, name
    assert constants.fingerprint() == before


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_the_kernels_were_built_with_these_constants() -> None:
    modules = (
        kernels.codec, kernels.inverter, kernels.records, kernels.search, kernels.stories,
        kernels.vocabulary, kernels.watches,
    )  # fmt: skip
    assert {module.CONSTANTS for module in modules} == {constants.fingerprint()}
