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
        kernels.vocabulary
    )  # fmt: skip
    assert {module.CONSTANTS for module in modules} == {constants.fingerprint()}
