"""Which tests look at which module."""

from __future__ import annotations

from pathlib import PurePosixPath

__all__ = ["KERNEL_TWINS", "related_tests", "unit_tests"]

#: Tests across modules, by package ("" is of the modules that are in none).
_RELATED: dict[str, tuple[str, ...]] = {
    "": ("tests/test_archive.py", "tests/test_snapshot.py", "tests/test_public.py"),
    "analysis": (
        "tests/test_highlight.py", "tests/test_archive.py", "tests/index/test_segment_writer.py",
    ),
    "cli": ("tests/cli", "tests/repl/test_shell.py"),
    "codec": (
        "tests/codec", "tests/index/test_merger.py", "tests/index/test_segment_writer.py",
        "tests/test_archive.py", "tests/trust/test_frozen.py", "tests/trust/test_hostile.py",
        "tests/trust/test_corruption.py",
    ),
    "dates": ("tests/dates", "tests/query/test_cases.py"),
    "index": (
        "tests/index", "tests/test_archive.py", "tests/trust/test_repair.py",
        "tests/trust/test_snapshots.py", "tests/trust/test_concurrency.py",
        "tests/trust/test_hostile.py", "tests/trust/test_faults.py",
    ),
    "ingest": ("tests/ingest", "tests/trust/test_ingest.py", "tests/trust/test_resume.py"),
    "query": (
        "tests/query/test_cases.py", "tests/query/test_refused.py", "tests/query/test_finds.py",
        "tests/query/test_lenient.py", "tests/query/test_language.py",
        "tests/query/test_hostile.py",
    ),
    "repl": ("tests/repl", "tests/cli/test_main.py"),
    "schema": ("tests/schema", "tests/ingest/test_record.py", "tests/test_archive.py"),
    "search": (
        "tests/search", "tests/query/test_finds.py", "tests/versus/test_searcher.py",
        "tests/versus/test_facets_and_sort.py", "tests/test_snapshot.py",
    ),
    "whoosh_backend": ("tests/whoosh_backend", "tests/versus/test_reader.py"),
}  # fmt: skip

#: Packages of which the kernels have a second form: their tests also run without the kernels.
KERNEL_TWINS = ("analysis", "codec", "index", "ingest", "search")


def package(module: str) -> str:
    """The package of a module, by its path.

    >>> package("searchlib/query/parser.py"), package("searchlib/archive.py")
    ('query', '')
    """
    parts = PurePosixPath(module).parts
    return parts[1] if len(parts) > 2 else ""


def unit_tests(module: str) -> list[str]:
    """The doctests of a module and its own test file, where there is one.

    >>> unit_tests("searchlib/dates/relative.py")
    ['searchlib/dates/relative.py', 'tests/dates/test_relative.py']
    """
    path = PurePosixPath(module)
    return [module, str(PurePosixPath("tests", *path.parts[1:-1], f"test_{path.name}"))]


def related_tests(module: str) -> list[str]:
    """Tests across modules that use this one."""
    return list(_RELATED.get(package(module), _RELATED[""]))
