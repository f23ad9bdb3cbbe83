"""Which tests run which lines: recorded by running the fast tests on Python 3.12 or later.

A change to a line can be noticed by the tests that run it, and by no others. So the tests of a
mutant are those that run its lines, wherever they are: those of its module first, then the quick
ones. What other processes run than that of the tests is not seen.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from array import array
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath
from types import CodeType
from typing import Any

import pytest

__all__ = ["Chosen", "Coverage", "FirstFailure", "Recorder", "groups", "own_tests"]

_MOST = 200  # tests of other modules that are kept for a line, the quickest


@dataclass
class Coverage:
    """Which tests run which lines of which modules.

    >>> covered = Coverage([Test("m.py::d", 3.0), Test("a", 2.0), Test("b", 1.0)],
    ...                    {"m.py": "1f"}, {"m.py": {3: [0, 1, 2], 4: [1]}})
    >>> [test.name for test in covered.tests_of("m.py", range(3, 5), 5.0)]
    ['m.py::d', 'b']
    >>> [test.name for test in covered.tests_of("m.py", range(4, 5), 5.0)]
    ['a']
    >>> covered.tests_of("m.py", range(9, 10), 5.0)
    []
    """

    tests: list[Test] = field(default_factory=list)
    #: Of the modules as they were then: digests of their sources.
    digests: dict[str, str] = field(default_factory=dict)
    #: For each module and line the numbers of tests.
    lines: dict[str, dict[int, list[int]]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Coverage:
        saved = json.loads(path.read_text())
        return cls(
            [Test(**test) for test in saved["tests"]],
            saved["digests"],
            {m: {int(n): t for n, t in lines.items()} for m, lines in saved["lines"].items()},
        )

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def is_of(self, module: str, source: bytes) -> bool:
        """Whether the module was recorded as it is now."""
        return self.digests.get(module) == digest(source)

    def tests_of(self, module: str, lines: range, most: float) -> list[Test]:
        """The tests that run one of the lines, those of the module first, then the quickest, which
        together take no longer than ``most`` seconds."""
        by_line = self.lines.get(module, {})
        return self._quickest(module, (by_line.get(line, []) for line in lines), most)

    def all_of(self, module: str, most: float) -> list[Test]:
        """The tests that run any line of a module, in the same way."""
        return self._quickest(module, self.lines.get(module, {}).values(), most)

    def _quickest(self, module: str, lines: Iterable[list[int]], most: float) -> list[Test]:
        chosen = []
        for test in by_speed((self.tests[number] for number in set(chain(*lines))), module):
            if test.seconds <= most:
                most -= test.seconds
                chosen.append(test)
        return chosen


@dataclass(frozen=True)
class Test:
    """A test, and how many seconds of processor time it takes."""

    __test__ = False  # not one of pytest's

    name: str
    seconds: float

    @property
    def file(self) -> str:
        return self.name.split("::")[0]


def by_speed(tests: Iterator[Test], module: str) -> list[Test]:
    """The tests of a module, and then the quickest."""
    own = own_tests(module)
    return sorted(tests, key=lambda test: (test.file not in own, test.seconds, test.name))


def digest(source: bytes) -> str:
    """What stands for the source of a module."""
    return hashlib.blake2b(source, digest_size=8).hexdigest()


def own_tests(module: str) -> list[str]:
    """The doctests of a module and its own test file, where there is one.

    >>> own_tests("searchlib/dates/relative.py")
    ['searchlib/dates/relative.py', 'tests/dates/test_relative.py']
    """
    path = PurePosixPath(module)
    return [module, str(PurePosixPath("tests", *path.parts[1:-1], f"test_{path.name}"))]


class Recorder:
    """A plugin of pytest that records the lines that each test runs, and writes them to ``path`` at
    the end. Tests that fail are left out."""

    def __init__(self, tree: Path, path: Path) -> None:
        if sys.version_info < (3, 12):
            raise SystemExit("recording needs Python 3.12 or later (sys.monitoring)")
        self._tree, self._path = tree, path
        self._start = f"{tree}/searchlib/"
        self._monitoring: Any = sys.monitoring
        self._tests: list[Test] = []
        self._numbers: dict[tuple[str, int], int] = {}  # of lines
        self._ran: list[array[int]] = []  # of each test, the numbers of the lines
        self._now: array[int] = array("I")
        self._failed: set[str] = set()

    def pytest_sessionstart(self) -> None:
        tool = self._monitoring.COVERAGE_ID
        self._monitoring.use_tool_id(tool, "mutation")
        self._monitoring.register_callback(tool, self._monitoring.events.LINE, self._line)

    def _line(self, code: CodeType, line: int) -> object:
        if code.co_filename.startswith(self._start):
            key = code.co_filename, line
            number = self._numbers.setdefault(key, len(self._numbers))
            self._now.append(number)
        return self._monitoring.DISABLE  # once for each test is enough

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        start, self._now = time.process_time(), array("I")
        tool = self._monitoring.COVERAGE_ID
        self._monitoring.restart_events()
        self._monitoring.set_events(tool, self._monitoring.events.LINE)
        try:
            return (yield)
        finally:
            self._monitoring.set_events(tool, 0)
            if item.nodeid not in self._failed:
                self._tests.append(Test(item.nodeid, round(time.process_time() - start, 4)))
                self._ran.append(self._now)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        by_line: dict[int, list[int]] = defaultdict(list)
        for number in sorted(range(len(self._tests)), key=lambda n: self._tests[n].seconds):
            for line in set(self._ran[number]):
                by_line[line].append(number)
        covered = Coverage(self._tests)
        for (file, line), number in self._numbers.items():
            module = file.removeprefix(f"{self._tree}/")
            own = own_tests(module)
            tests = by_line[number]
            kept = {test: None for test in tests if self._tests[test].file in own}
            kept |= dict.fromkeys(tests[:_MOST])
            covered.lines.setdefault(module, {})[line] = [*kept]
        for module in covered.lines:
            covered.digests[module] = digest((self._tree / module).read_bytes())
        covered.save(self._path)


class Chosen:
    """A plugin of pytest that runs only some tests, by their names, in the order given."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places),
            key=lambda item: self._places[item.nodeid],
        )


class FirstFailure:
    """A plugin of pytest that writes the name of the first test that fails to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._path.write_text(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._path.write_text(f"{report.nodeid} (when it was imported)")


def groups(tests: Sequence[Test], first: int = 16) -> Iterator[Sequence[Test]]:
    """A few tests, then four times as many, and so on: most changes are noticed by the first.

    >>> [len(group) for group in groups([Test("a", 1.0)] * 100)]
    [16, 64, 20]
    """
    at = 0
    while at < len(tests):
        yield tests[at : at + first]
        at, first = at + first, first * 4
