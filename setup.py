"""The compiled kernels; all else about the package is in pyproject.toml.

They are optional: without a C compiler they are left out, and NumPy does their work (see
searchlib/kernels/__init__.py).
"""

import os
import runpy
import sys
from pathlib import Path

from setuptools import Extension, setup

KERNELS = Path("searchlib", "kernels")
MODULES = ("codec", "inverter", "records", "search", "stories", "vocabulary", "watches")

constants = runpy.run_path(str(Path(__file__).parent / KERNELS / "constants.py"))
# No fused multiply-add: scores are the same to the last bit with and without the kernels.
compile_args = [] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-g0"]

setup(
    # One extension on each processor: half the time of an installation.
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
    ext_modules=[
        Extension(
            f"searchlib.kernels.{name}",
            [str(KERNELS / f"{name}.pyx")],
            depends=[str(KERNELS / "constants.py"), *map(str, sorted(KERNELS.glob("*.pxd")))],
            define_macros=list(constants["macros"]().items()),
            extra_compile_args=compile_args,
            extra_link_args=["-Wl,-s"] if sys.platform == "linux" else [],
            optional=True,
        )
        for name in MODULES
    ]
)
