"""kill -9 at random moments of adding, committing, merging, optimising and deleting."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searchlib.codec.directory import Directory
from searchlib.index.store import IndexStore
from tests.trust.world import SCHEMA, article, contents, leftovers, put

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")

State = dict[str, dict[str, Any]]


class Plan:
    """What a child does, and what the archive holds after each of its commits."""

    def __init__(self, seed: int, start: State) -> None:
        self._chance = random.Random(seed)
        self._version = seed * 1000
        self.states = [start]

    def next(self) -> tuple[list[dict[str, Any]], list[str], bool]:
        """The next commit: articles, keys to delete before, whether to optimise."""
        chance, state = self._chance, dict(self.states[-1])
        optimize = chance.random() < 0.2
        gone = chance.sample(sorted(state), min(len(state), chance.randrange(6)))
        self._version += 1
        count = 0 if chance.random() < 0.2 else chance.choice([1, 5, 40])
        added = [article(f"k{chance.randrange(80)}", self._version) for _ in range(count)]
        for key in gone:
            del state[key]
        state.update({record["id"]: record for record in added})
        self.states.append(state)
        return added, gone, optimize


def work(path: Path, plan: Plan, say: int) -> None:
    """The child: commits for ever, and says so when each is begun and done."""
    store = IndexStore(Directory(path))
    while True:
        added, gone, optimize = plan.next()
        os.write(say, b"b")
        put(store, added, delete=gone, optimize=optimize)
        os.write(say, b"d")


def killed(path: Path, seed: int, start: State, moment: float) -> tuple[int, list[State]]:
    """Run a child for a moment, kill it; how many commits it had acknowledged, and the states
    that the archive may be in."""
    hear, say = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(hear)
            work(path, Plan(seed, start), say)
        finally:
            os._exit(1)
    os.close(say)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    with os.fdopen(hear, "rb") as pipe:
        said = pipe.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    done = said.count(b"d")
    plan = Plan(seed, start)
    while len(plan.states) <= done + 1:
        plan.next()
    return done, plan.states[done : done + 2]


def put_and_time(path: Path, last: dict[str, object]) -> float:
    """Put an article; by how much the next kill is to come later, where the machine has other
    things to do."""
    started = time.perf_counter()
    put(IndexStore(Directory(path)), [last])
    return max(1.0, (time.perf_counter() - started) / 0.01)


def run(path: Path, rounds: int) -> int:
    """Kill a child so many times; how many commits were acknowledged in all."""
    IndexStore.create(Directory(path), SCHEMA)
    chance = random.Random(rounds)
    put(IndexStore(Directory(path)))
    slow = put_and_time(path, last := article("last"))
    state: State = {"last": last}
    acknowledged = cut = 0
    for number in range(rounds):
        done, possible = killed(path, number + 1, state, slow * chance.uniform(0.002, 0.12))
        found = contents(path)
        assert found in possible, f"round {number}: neither the old nor the new state"
        cut += found == possible[1] and found != possible[0]
        acknowledged += done
        # No lock is left behind, and the next writer tidies up.
        last = article("last", number)
        slow = put_and_time(path, last)
        state = {**found, "last": last}
        assert leftovers(path) == []
    assert contents(path) == state
    return acknowledged


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is one: a kill leaves what was written to files as it is,
    and without waiting for a disk more is done between two kills."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def test_kills(place: Path) -> None:
    assert run(place / "archive", 12) > 0


@pytest.mark.slow
def test_many_kills(place: Path) -> None:
    assert run(place / "archive", 300) > 100
