"""Mutation testing: do the tests notice small changes to the code?

``python -m tests.mutation --seed 1 --count 300`` changes one place of one module at a time, in a
copy of the tree, and runs the tests that run this place, wherever they are (``coverage.py``). It
prints each change that no test noticed, and the share of noticed ones by package. Changes that make
no difference are listed, each with the reason, in ``equivalent.txt`` beside this file; they do not
count.

``--record`` first finds out which tests run which lines, in several minutes, on Python 3.12 or
later; without it, and for modules that were changed since, only the tests of the module itself are
run.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from queue import SimpleQueue

from tests.mutation.coverage import (
    Chosen,
    Coverage,
    FirstFailure,
    Recorder,
    Test,
    groups,
    own_tests,
)
from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent.parent
EQUIVALENT = Path(__file__).parent / "equivalent.txt"
_MOST = 60.0  # seconds that the tests of a mutant may take together
_LONGEST = 4 * 3600.0  # seconds after which any run of tests is ended
_EXAMPLES, _EXAMPLES_TO_RECORD = 50, 8  # of Hypothesis
_MEMORY = 12 << 30  # bytes of address space for the tests of a mutant

#: Packages of which the kernels have a second form: their tests also run without the kernels.
KERNEL_TWINS = ("analysis", "codec", "index", "ingest", "search")
_ending = threading.Event()  # set by SIGTERM: then the tests that run are ended, and all is cleared
_PRELOAD = (
    "numpy", "zstandard", "whoosh.fields", "whoosh.query", "pytest", "hypothesis", "dateutil.tz",
    "rich.console", "prompt_toolkit", "_pytest.doctest", "_hypothesis_pytestplugin",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    module: str
    mutant: Mutant

    @property
    def name(self) -> str:
        return f"{self.module}: {self.mutant.name}"

    @property
    def constant(self) -> str:
        """The name of all changes to a constant, in ``equivalent.txt``."""
        return f"{self.module}: {self.mutant.function}: *"


def sample(seed: int, count: int, only: Sequence[str] = ()) -> list[Task]:
    """A seeded sample of all mutants of searchlib's Python modules."""
    tasks = []
    for path in sorted((ROOT / "searchlib").rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        if path.name in ("__main__.py", "_version.py"):
            continue
        if not only or module.startswith(tuple(only)):
            tasks += [Task(module, mutant) for mutant in mutants(path.read_text())]
    random.Random(seed).shuffle(tasks)
    return list(islice(filter(_is_valid, tasks), count))


def package(module: str) -> str:
    """The package of a module, by its path.

    >>> package("searchlib/query/parser.py"), package("searchlib/archive.py")
    ('query', '')
    """
    parts = PurePosixPath(module).parts
    return parts[1] if len(parts) > 2 else ""


def _is_valid(task: Task) -> bool:
    """Whether the changed module is Python."""
    try:
        compile(task.mutant.apply((ROOT / task.module).read_text()), task.module, "exec")
    except SyntaxError:
        return False
    return True


def equivalent() -> dict[str, str]:
    """The reasons of mutants that change nothing, by their names."""
    reasons = {}
    if EQUIVALENT.exists():
        for line in EQUIVALENT.read_text().splitlines():
            name, separator, reason = line.partition(" -- ")
            if separator and not line.startswith("#"):
                reasons[name.strip()] = reason.strip()
    return reasons


def run_tests(
    tree: Path, files: Sequence[str], seconds: float, *, kernels: bool, plugins: Sequence[object]
) -> str:
    """Run tests in a child, which may take some ``seconds`` of processor time: "" if they pass,
    else the first test that failed, or "timeout"."""
    noted = tree / "failed.txt"
    noted.unlink(missing_ok=True)
    present = [file for file in files if (tree / file).exists()]
    if not present:
        return ""
    child = os.fork()
    if not child:
        _child(tree, present, seconds, kernels, [FirstFailure(noted), *plugins])
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end and not _ending.is_set():
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            if code in (0, 5):
                return ""
            if code in (-signal.SIGXCPU, -signal.SIGKILL):
                return "timeout"
            return noted.read_text() if noted.exists() else "(a crash)"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _child(
    tree: Path, files: Sequence[str], seconds: float, kernels: bool, plugins: Sequence[object]
) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        recording = isinstance(plugins[-1], Recorder)  # of this the progress is shown
        null = os.open(os.devnull, os.O_RDWR)
        for handle in (0,) if recording else (0, 1, 2):
            os.dup2(null, handle)
        for limit, value in ((resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_AS, _MEMORY)):
            resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
        os.chdir(tree)
        sys.path[:] = [str(tree), *(p for p in sys.path if p not in ("", str(ROOT)))]
        for name in [name for name in sys.modules if name.split(".")[0] in ("tests", "searchlib")]:
            del sys.modules[name]
        os.environ["PYTHONPATH"] = str(tree)
        os.environ["SEARCHLIB_KERNELS"] = "on" if kernels else "off"
        if kernels:
            del os.environ["SEARCHLIB_KERNELS"]
        import hypothesis
        import pytest

        # A slow machine is no reason to fail, nor to look at fewer examples than usual; but of an
        # example that fails no smaller one is looked for. An option, as the tests' own conftest
        # would load its profile later.
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile(
            "mutation", deadline=None, derandomize=True, database=None, phases=phases,
            max_examples=_EXAMPLES_TO_RECORD if recording else _EXAMPLES,
        )  # fmt: skip
        options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--tb=no"]
        options += ["--hypothesis-profile=mutation"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        options += ["--continue-on-collection-errors"] if recording else ["-x"]
        code = int(pytest.main([*options, *files], plugins=list(plugins)))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def record(tree: Path) -> None:
    """Run the fast tests, those of ``KERNEL_TWINS`` also without the kernels, and keep which lines
    each runs."""
    twins = [f"{top}/{name}" for top in ("searchlib", "tests") for name in KERNEL_TWINS]
    for kernels, files in ((True, ["searchlib", "tests"]), (False, twins)):
        if not _ending.is_set():
            print(f"recording the lines of {' '.join(files)}", flush=True)
            recorder = Recorder(tree, _coverage_file(kernels=kernels))
            run_tests(tree, files, _LONGEST, kernels=kernels, plugins=[recorder])


def recorded_coverage(*, kernels: bool) -> Coverage:
    """Which lines the tests run, as far as that was recorded."""
    file = _coverage_file(kernels=kernels)
    if not file.exists():
        print("only the modules' own tests are run: --record finds the others")
        return Coverage()
    return Coverage.load(file)


def _coverage_file(*, kernels: bool) -> Path:
    return Path(__file__).parent / f"coverage_{'on' if kernels else 'off'}.json"


def check(tree: Path, task: Task, recorded: dict[bool, Coverage]) -> tuple[str, str]:
    """How a mutant ends: "noticed" by its own tests, "by others", "timeout", or "survived"; and
    the test that noticed it."""
    path = tree / task.module
    original = path.read_text()
    _rewrite(path, task.mutant.apply(original))
    try:
        for how, tests, kernels in _stages(task, original, recorded):
            seconds = 20 + 6 * sum(test.seconds for test in tests)
            names = [test.name for test in tests]
            files = [*dict.fromkeys(test.file for test in tests)]
            # Without a record whole files are run.
            chosen = [Chosen(names)] if names != files else []
            failed = run_tests(tree, files, seconds, kernels=kernels, plugins=chosen)
            if _ending.is_set():
                return "not tried", ""
            if failed:
                return ("timeout", "") if failed == "timeout" else (how, failed)
        return "survived", ""
    finally:
        _rewrite(path, original)


def _rewrite(path: Path, source: str) -> None:
    """Write a module anew, and take away what was compiled of it: that goes by size and seconds."""
    path.write_text(source)
    for stale in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        stale.unlink()


def _stages(
    task: Task, source: str, recorded: dict[bool, Coverage]
) -> Iterator[tuple[str, Sequence[Test], bool]]:
    """Tests to run one after the other: (how, tests, with kernels)."""
    modes = [True, False] if package(task.module) in KERNEL_TWINS else [True]
    own = own_tests(task.module)
    others = []
    for kernels in modes:
        covered = recorded[kernels]
        if not covered.is_of(task.module, source.encode()):
            yield "noticed", [Test(file, 10.0) for file in own], kernels
            continue
        lines = task.mutant.lines(source)
        # What is run at import is run by no test.
        tests = covered.tests_of(task.module, lines, _MOST) or covered.all_of(task.module, _MOST)
        if its_own := [test for test in tests if test.file in own]:
            yield "noticed", its_own, kernels
        others.append(([test for test in tests if test.file not in own], kernels))
    for tests, kernels in others:
        for group in groups(tests):
            yield "by others", group, kernels


def copy_tree(target: Path) -> Path:
    """A copy of the sources and tests, with the compiled kernels."""
    target.mkdir()
    for name in ("searchlib", "tests", "docs"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("*.c"))
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copy2(path, target)
    return target


def main() -> int:
    parser = argparse.ArgumentParser("tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=(), help="modules, by the start of their path")
    parser.add_argument("--list", action="store_true", help="print the sample and run nothing")
    parser.add_argument("--record", action="store_true", help="only record the lines of the tests")
    parser.add_argument("--match", help="only mutants whose name has this text")
    args = parser.parse_args()
    tasks = sample(args.seed, args.count if not args.match else 1 << 30, args.only)
    tasks = [task for task in tasks if not args.match or args.match in task.name]
    reasons = equivalent()
    if args.list:
        for task in tasks:
            print(f"{task.module}:{task.mutant.line}: {task.mutant.name}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: _ending.set())
    for name in _PRELOAD:  # the children need not do it again
        importlib.import_module(name)
    outcomes: dict[str, Counter[str]] = {}
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(args.processes):
            trees.put(copy_tree(Path(folder) / str(number)))

        if args.record:
            record(trees.get())
            return 0
        recorded = {kernels: recorded_coverage(kernels=kernels) for kernels in (True, False)}

        def run(task: Task) -> tuple[Task, str, str, float]:
            if task.name in reasons or task.constant in reasons:
                return task, "equivalent", "", 0.0
            if _ending.is_set():
                return task, "not tried", "", 0.0
            tree, start = trees.get(), time.monotonic()
            try:
                return task, *check(tree, task, recorded), time.monotonic() - start
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(args.processes) as executor:
            for future in as_completed([executor.submit(run, task) for task in tasks]):
                task, outcome, noticed_by, seconds = future.result()
                outcomes.setdefault(package(task.module) or "-", Counter())[outcome] += 1
                if outcome == "survived":
                    survivors.append(task)
                place = f"{task.module}:{task.mutant.line}"
                print(f"{outcome:10} {seconds:4.0f} s  {place}: {task.mutant.name}", flush=True)
                if noticed_by:
                    print(f"                   {noticed_by}", flush=True)
    return report(outcomes, survivors)


def report(outcomes: dict[str, Counter[str]], survivors: Sequence[Task]) -> int:
    """Print survivors and shares; 1 if fewer were noticed than is wanted."""
    print("\nNot noticed:")
    for task in survivors:
        print(f"  {task.module}:{task.mutant.line}: {task.mutant.name}")
    shares = {}
    for name, counts in [*sorted(outcomes.items()), ("all", sum(outcomes.values(), Counter()))]:
        total = sum(counts.values()) - counts["equivalent"] - counts["not tried"]
        shares[name] = (total - counts["survived"]) / total if total else 1.0
        print(f"{name:16} {shares[name]:6.1%} of {total:4}   {dict(counts)}")
    return int(shares.pop("all") < 0.97 or min(shares.values(), default=1.0) < 0.92)


if __name__ == "__main__":
    sys.exit(main())
