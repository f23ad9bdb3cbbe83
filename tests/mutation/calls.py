"""Which test files call which functions: recorded by running the fast tests.

A change to a function can be noticed by the tests that call it, and by no others. So the tests of
a mutant are those that call its function, wherever they are: the module's own first, then the
quick ones. Calls in other processes than that of the tests are not seen.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import CodeType, FrameType
from typing import Any

import pytest

__all__ = ["Calls", "FirstFailure", "Recorder", "groups", "own_tests"]


@dataclass
class Calls:
    """For test files: how long they take (seconds), whether they pass; for functions
    (``"searchlib/suggest.py:_doc_frequency"``), which test files call them.

    >>> calls = Calls({"a": 3.0, "b": 1.0}, [], {"m.py:f": ["a", "b"], "m.py:C.g": ["a"]})
    >>> [calls.tests_of("m.py", name, 9.0) for name in ("f", "C.g", "C", "LIMIT")]
    [['b', 'a'], ['a'], ['a'], ['b', 'a']]
    >>> calls.tests_of("m.py", "f", 2.0)
    ['b']
    >>> calls.update(Calls({"a": 2.0}, ["a"], {"m.py:f": ["a"]}))
    >>> calls.callers, calls.tests_of("m.py", "f", 9.0)
    ({'m.py:f': ['b', 'a'], 'm.py:C.g': []}, ['b'])
    """

    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    callers: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Calls:
        return cls(**json.loads(path.read_text()))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.__dict__, indent=0))

    def update(self, newer: Calls) -> None:
        """Take over what is known of newer runs of some test files."""
        self.seconds |= newer.seconds
        self.failed = [*{*self.failed} - newer.seconds.keys(), *newer.failed]
        for function in {*self.callers} | {*newer.callers}:
            older = [one for one in self.callers.get(function, ()) if one not in newer.seconds]
            self.callers[function] = older + newer.callers.get(function, [])

    def tests_of(self, module: str, function: str, most: float) -> list[str]:
        """Test files that call a function, the quickest first, which together take no longer than
        ``most`` seconds. Code outside of functions is run for all tests of its class or module."""
        files = self._callers(module, function)
        chosen: list[str] = []
        for file in sorted(files - {*self.failed}, key=lambda file: self.seconds[file]):
            most -= self.seconds[file]
            if most < 0:
                break
            chosen.append(file)
        return chosen

    def _callers(self, module: str, function: str) -> set[str]:
        if function and (exact := self.callers.get(f"{module}:{function}")):
            return set(exact)
        for start in (f"{module}:{function}.", f"{module}:") if function else (f"{module}:",):
            if found := {
                file
                for name, files in self.callers.items()
                if name.startswith(start)
                for file in files
            }:
                return found
        return set()


def own_tests(module: str) -> list[str]:
    """The doctests of a module and its own test file, where there is one.

    >>> own_tests("searchlib/dates/relative.py")
    ['searchlib/dates/relative.py', 'tests/dates/test_relative.py']
    """
    path = PurePosixPath(module)
    return [module, str(PurePosixPath("tests", *path.parts[1:-1], f"test_{path.name}"))]


class Recorder:
    """A plugin of pytest that records calls, and writes them to ``path`` at the end."""

    def __init__(self, tree: Path, path: Path) -> None:
        self.calls = Calls()
        self._path = path
        self._start = f"{tree}/"
        self._codes: set[CodeType] = set()

    def _trace(self, frame: FrameType, event: str, argument: Any) -> None:
        self._codes.add(frame.f_code)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        start = time.process_time()
        self._codes.clear()
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            file = item.nodeid.split("::")[0]
            seconds = self.calls.seconds
            seconds[file] = round(seconds.get(file, 0.0) + time.process_time() - start, 3)
            for function in set(self._functions()):
                callers = self.calls.callers.setdefault(function, [])
                if file not in callers[-1:]:
                    callers.append(file)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = report.nodeid.split("::")[0]
        if report.failed and file not in self.calls.failed:
            self.calls.failed.append(file)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.calls.failed.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        known = Calls.load(self._path) if self._path.exists() else Calls()
        known.update(self.calls)
        known.save(self._path)

    def _functions(self) -> Iterator[str]:
        """The functions called, inner ones without ``<locals>`` and comprehensions."""
        for code in self._codes:
            if code.co_filename.startswith(self._start):
                module = code.co_filename.removeprefix(self._start)
                if module.startswith("searchlib/"):
                    parts = code.co_qualname.split(".")
                    yield f"{module}:{'.'.join(p for p in parts if not p.startswith('<'))}"


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


def groups(tests: Sequence[str], first: int = 8) -> Iterator[Sequence[str]]:
    """A few tests, then twice as many, and so on: most changes are noticed by the first.

    >>> [len(group) for group in groups(["a"] * 60)]
    [8, 16, 32, 4]
    """
    at = 0
    while at < len(tests):
        yield tests[at : at + first]
        at, first = at + first, first * 2
