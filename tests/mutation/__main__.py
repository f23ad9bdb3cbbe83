"""Mutation testing: do the tests notice small changes to the code?

``python -m tests.mutation --seed 1 --count 300`` changes one place of one module at a time, in a
copy of the tree, and runs the tests that look at it. It prints each change that no test noticed,
and the share of noticed ones by package. Changes that make no difference are listed, each with the
reason, in ``equivalent.txt`` beside this file; they do not count.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.plan import KERNEL_TWINS, package, related_tests, unit_tests

ROOT = Path(__file__).parent.parent.parent
EQUIVALENT = Path(__file__).parent / "equivalent.txt"
_UNIT_LIMIT, _RELATED_LIMIT = 120.0, 600.0  # seconds
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


def run_tests(tree: Path, tests: Sequence[str], limit: float, *, kernels: bool) -> str:
    """Run tests in a child: "passed", "failed" or "timeout"."""
    present = [test for test in tests if (tree / test).exists()]
    if not present:
        return "passed"
    child = os.fork()
    if not child:
        _child(tree, present, kernels=kernels)
    end = time.monotonic() + limit
    while time.monotonic() < end and not _ending.is_set():
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "passed" if os.waitstatus_to_exitcode(status) in (0, 5) else "failed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _child(tree: Path, tests: Sequence[str], *, kernels: bool) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(null, handle)
        os.chdir(tree)
        sys.path[:] = [str(tree), *(p for p in sys.path if p not in ("", str(ROOT)))]
        for name in [name for name in sys.modules if name.split(".")[0] in ("tests", "searchlib")]:
            del sys.modules[name]
        os.environ["PYTHONPATH"] = str(tree)
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.environ["SEARCHLIB_KERNELS"] = "on" if kernels else "off"
        if kernels:
            del os.environ["SEARCHLIB_KERNELS"]
        sys.dont_write_bytecode = True
        import hypothesis
        import pytest

        # A slow machine is no reason to fail, nor to look at fewer examples than usual; but of an
        # example that fails no smaller one is looked for. An option, as the tests' own conftest
        # would load its profile later.
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile(
            "mutation", deadline=None, derandomize=True, database=None, phases=phases
        )
        options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--tb=no"]
        options += ["--hypothesis-profile=mutation"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = int(pytest.main([*options, *tests]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


_sound: dict[tuple[str, ...], bool] = {}  # whether tests pass without any change


def check(tree: Path, task: Task) -> str:
    """How a mutant ends: "noticed" by its own tests, "by others", "timeout", or "survived";
    "broken" if the tests that failed do so without it."""
    path = tree / task.module
    original = path.read_text()
    cache = path.parent / "__pycache__"
    path.write_text(task.mutant.apply(original))
    for stale in cache.glob(f"{path.stem}.*.pyc"):
        stale.unlink()
    try:
        own, related = unit_tests(task.module), related_tests(task.module)
        is_twin = package(task.module) in KERNEL_TWINS
        stages = [(own, _UNIT_LIMIT, True, "noticed")]
        if is_twin:
            stages.append((own, _UNIT_LIMIT, False, "noticed"))
        stages.append((related, _RELATED_LIMIT, True, "by others"))
        for tests, limit, kernels, name in stages:
            outcome = run_tests(tree, tests, limit, kernels=kernels)
            if outcome == "timeout":
                return "not tried" if _ending.is_set() else outcome
            if outcome == "failed":
                path.write_text(original)
                key = (*tests, str(kernels))
                if key not in _sound:
                    _sound[key] = run_tests(tree, tests, limit, kernels=kernels) == "passed"
                return "not tried" if _ending.is_set() else name if _sound[key] else "broken"
        return "survived"
    finally:
        path.write_text(original)


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

        def run(task: Task) -> tuple[Task, str, float]:
            if task.name in reasons:
                return task, "equivalent", 0.0
            if _ending.is_set():
                return task, "not tried", 0.0
            tree, start = trees.get(), time.monotonic()
            try:
                return task, check(tree, task), time.monotonic() - start
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(args.processes) as executor:
            for future in as_completed([executor.submit(run, task) for task in tasks]):
                task, outcome, seconds = future.result()
                outcomes.setdefault(package(task.module) or "-", Counter())[outcome] += 1
                if outcome == "survived":
                    survivors.append(task)
                place = f"{task.module}:{task.mutant.line}"
                print(f"{outcome:10} {seconds:4.0f} s  {place}: {task.mutant.name}", flush=True)
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
