"""The tests of the compiled kernels under the address and undefined-behaviour sanitizers of gcc.

    python tests/trust/sanitize.py [PYTEST ARGUMENTS]

builds the kernels into a temporary folder and runs the tests below with them. Every array that the
kernels are given is a copy of exactly its size, so that a read or write past its end is seen, also
where the array is a part of a mapped file. Ends with the exit code of pytest, 1 after a report.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIGNED = "tests/trust/test_signed.py::test_a_changed_number_does_no_harm"
TESTS = (
    "tests/kernels", "tests/codec", "tests/search", "tests/index/test_merger.py",
    "tests/trust/test_numbers.py", f"{SIGNED}[0]", f"{SIGNED}[20]",
)  # fmt: skip
SANITIZE = "-fsanitize=address,undefined"
FLAGS = (SANITIZE, "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-ffp-contract=off")

# Loaded by pytest: what the kernels take is copied.
PLUGIN = """
import numpy as np
from hypothesis import settings
from searchlib import kernels

# Everything is some ten times slower: fewer examples, also where a test says how many.
type.__setattr__(settings, "max_examples", property(lambda self: 8))
assert kernels.available

def exact(value):
    return value.copy() if isinstance(value, np.ndarray) else value

def copying(function):
    return lambda *args: function(*map(exact, args))

def subclass(base, *methods):
    def new(cls, *args):
        return base.__new__(cls, *map(exact, args))
    def method(name):
        real = getattr(base, name)
        return lambda self, *args: real(self, *map(exact, args))
    return type(base.__name__, (base,), {"__new__": new} | {m: method(m) for m in methods})

codec, search = kernels.codec, kernels.search
codec.Offsets = subclass(codec.Offsets)
codec.TermDictionary = subclass(codec.TermDictionary)
codec.PostingList = subclass(codec.PostingList, "add_positions")
codec.Section = subclass(codec.Section)
codec.PostingLists = subclass(codec.PostingLists)
search.Bm25Weight = subclass(search.Bm25Weight)
search.SortedValues = subclass(search.SortedValues)
for module, names in (
    (codec, ("are_postings", "count_values", "form_counts", "split_docs", "split_forms")),
    (search, ("doc_list", "doc_bitset")),
):
    for name in names:
        setattr(module, name, copying(getattr(module, name)))
collect = search.collect
search.collect = lambda plans, top, starts, lives, *rest: collect(
    plans, top, starts, list(map(exact, lives)), *rest
)
"""


def build(folder: Path) -> None:
    """Copy the sources and tests into a folder, and build the kernels there."""
    from Cython.Build import cythonize
    from setuptools import Extension, setup

    for name in ("searchlib", "tests"):
        ignored = shutil.ignore_patterns("*.so", "*.c", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "exact_buffers.py").write_text(PLUGIN)
    os.chdir(folder)
    macros = runpy.run_path("searchlib/kernels/constants.py")["macros"]()
    modules = [
        Extension(
            f"searchlib.kernels.{path.stem}", [str(path)], define_macros=list(macros.items()),
            extra_compile_args=["-O1", "-g1", *FLAGS], extra_link_args=[SANITIZE],
        )
        for path in sorted(Path("searchlib/kernels").glob("*.pyx"))
    ]  # fmt: skip
    # Not the project's own settings, which name other modules.
    Path("pyproject.toml").rename("tests.toml")
    script = ["--quiet", "build_ext", "--inplace", "--parallel", str(os.cpu_count() or 1)]
    setup(name="sanitized", ext_modules=cythonize(modules, quiet=True), script_args=script)
    Path("tests.toml").rename("pyproject.toml")


def library(name: str) -> str:
    """The path of a library of gcc."""
    program = os.environ.get("CC", "gcc")
    found = subprocess.run(
        [program, f"-print-file-name={name}"], capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


def main() -> int:
    arguments = sys.argv[1:] or TESTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        environment = os.environ | {
            # NumPy's C++ needs its library before the sanitizer looks for it.
            "LD_PRELOAD": f"{library('libasan.so')} {library('libstdc++.so')}",
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:abort_on_error=0",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
            "PYTHONMALLOC": "malloc",  # each object has an allocation of its own
            "PYTHONPATH": str(folder),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(os.cpu_count() or 1)]
        command += ["-p", "no:cacheprovider", "-p", "exact_buffers", "--max-worker-restart=0"]
        return subprocess.run([*command, *arguments], cwd=folder, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
