"""Runs Whoosh's own test-suite over archives: ``python -m tests.versus.whoosh_suite CHECKOUT``.

``CHECKOUT`` is a copy of Whoosh's repository at the tag of the installed version. Its tests run
twice, on Whoosh's indexes and on those of ``searchlib.whoosh_backend``: in the second run
``create_in``, ``open_dir``, ``exists_in``, ``FileStorage`` and ``RamStorage`` are ours, and nothing
else is changed. A table tells, by file, how many of the tests that make an index, and pass on
Whoosh, pass on ours. ``whoosh_suite.txt`` lists those that are not expected to, with the reasons.

Exits with 1 if a test that is not in the list fails, or if one that is in it passes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import whoosh.index
from whoosh.codec import memory
from whoosh.filedb import filestore
from whoosh.util import testing

from searchlib import whoosh_backend

LIST = Path(__file__).with_suffix(".txt")


class _Recorder:
    """A pytest plugin that notes how each test ended, and whether it made an index."""

    def __init__(self) -> None:
        self.outcomes: dict[str, list[Any]] = {}
        self._made_index = False

    def noting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that makes an index, and is noted to have been called."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self._made_index = True
            return function(*args, **kwargs)

        return wrapped

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        self._made_index = False
        yield

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.failed:
            name = report.nodeid.rpartition("/")[2]
            why = str(report.longrepr).strip().rpartition("\n")[2] if report.failed else ""
            self.outcomes[name] = [report.passed, self._made_index, why]


def _use_archives() -> None:
    """What programs import of Whoosh to make and open indexes is ours."""
    whoosh.index.create_in = whoosh_backend.create_in
    whoosh.index.open_dir = whoosh_backend.open_dir
    whoosh.index.exists_in = whoosh_backend.exists_in
    # The documents that Whoosh's BufferedWriter has in memory stay in its own storage.
    storage, init = filestore.RamStorage, memory.MemoryCodec.__init__

    def with_own_storage(codec: Any) -> None:
        init(codec)
        codec.storage = storage()

    memory.MemoryCodec.__init__ = with_own_storage
    filestore.FileStorage = testing.FileStorage = whoosh_backend.FileStorage
    filestore.RamStorage = whoosh_backend.RamStorage


def _run_tests(checkout: Path, result: Path, only: str, *, archives: bool) -> None:
    """In a process of its own: run the tests, and write how they ended to a file."""
    if archives:
        _use_archives()
    recorder = _Recorder()
    whoosh.index.create_in = recorder.noting(whoosh.index.create_in)
    for storage in (filestore.FileStorage, filestore.RamStorage):
        storage.create_index = recorder.noting(storage.create_index)
    arguments = ["-p", "no:cacheprovider", "-p", "no:xdist", "-q", "--tb=short", "-W", "ignore"]
    arguments += [
        "--continue-on-collection-errors",
        "-c",
        "/dev/null",
        "--rootdir",
        str(checkout),
        str(checkout / "tests" / only),
    ]
    pytest.main(arguments, plugins=[recorder])
    result.write_text(json.dumps(recorder.outcomes), encoding="utf-8")


def outcomes_of(
    checkout: Path, only: str = "", *, archives: bool, log: Path | None = None
) -> dict[str, list[Any]]:
    """How each test ended: whether it passed, whether it made an index, and why not. ``log`` is a
    file for what pytest says."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "outcomes.json"
        run = [sys.executable, "-m", __spec__.name, str(checkout), "--run", str(result)]
        run += [f"--only={only}"] + ["--archives"] * archives
        process = subprocess.run(run, capture_output=True, text=True, check=False)
        if log is not None:
            log.write_text(process.stdout + process.stderr, encoding="utf-8")
        if not result.exists():
            raise SystemExit(process.stdout + process.stderr)
        outcomes: dict[str, list[Any]] = json.loads(result.read_text(encoding="utf-8"))
        return outcomes


def expected_failures() -> dict[str, str]:
    """The tests of the list, and the reason of each."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    rows = (line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))
    return {name: reason.strip() for name, reason in rows}


@dataclass
class Comparison:
    """What the two runs say of the tests that make an index and pass on Whoosh."""

    passed: list[str]
    failed: dict[str, str]  # with the error of each

    @classmethod
    def of(cls, stock: Mapping[str, list[Any]], ours: Mapping[str, list[Any]]) -> Comparison:
        names = [name for name, (passed, made, _) in stock.items() if passed and made]
        passed = [name for name in names if ours.get(name, [False])[0]]
        failed = {n: ours.get(n, [False, False, "not run"])[2] for n in names if n not in passed}
        return cls(passed, failed)

    def table(self, listed: Mapping[str, str]) -> str:
        """A row a file: how many tests there are, how many pass, fail, and fail as listed."""
        rows: dict[str, Counter[str]] = {}
        for name in (*self.passed, *self.failed):
            row = rows.setdefault(name.partition("::")[0], Counter())
            row["tests"] += 1
            row["passed"] += name not in self.failed
            row["listed"] += name in self.failed and name in listed
            row["failed"] += name in self.failed and name not in listed
        columns = ("tests", "passed", "listed", "failed")
        total: Counter[str] = sum(rows.values(), Counter())
        lines = [f"{'file':24}" + "".join(f"{column:>8}" for column in columns)]
        for file, row in [*sorted(rows.items()), ("all", total)]:
            lines.append(f"{file:24}" + "".join(f"{row[column]:8}" for column in columns))
        return "\n".join(lines)


def main() -> int:
    """Run the tests twice and compare; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkout", type=Path, help="a copy of Whoosh's repository")
    parser.add_argument("--only", default="", help="a file of its tests")
    parser.add_argument("--log", type=Path, help="a file for what pytest says of ours")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--archives", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    checkout = args.checkout.resolve()
    if args.run is not None:
        _run_tests(checkout, args.run, args.only, archives=args.archives)
        return 0
    stock = outcomes_of(checkout, args.only, archives=False)
    ours = outcomes_of(checkout, args.only, archives=True, log=args.log)
    comparison, listed = Comparison.of(stock, ours), expected_failures()
    print(comparison.table(listed))
    failed = {name: why for name, why in comparison.failed.items() if name not in listed}
    for name, why in failed.items():
        print(f"FAILED {name}: {why:.160}")
    wrong = [name for name in listed if name in comparison.passed]
    for name in wrong:
        print(f"PASSES, and is listed: {name}")
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
