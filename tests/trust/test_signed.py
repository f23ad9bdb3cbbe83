"""Archives that make no sense, with right checksums: an answer or a SearchlibError, no harm."""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import shutil
import signal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from whoosh.reading import TermNotFound

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.index.store import IndexStore
from tests.trust.operations import operations
from tests.trust.signing import mutate

_SEEDS = 80  # of the fast suite: some 7 s of computing
_SLOW_SEEDS = 2080  # some 150 s more
_STEP = 20  # seeds of a test
_PARTS = 3  # each seed runs one of so many parts of the operations, in turn
_MEMORY = 512  # MB that a child may take
_SECONDS = 40  # of computing
_IS_SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")  # whose shadow memory is terabytes

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=2.0), body=sl.Text(), date=sl.Date(), section=sl.Keyword(),
    authors=sl.Keyword(many=True), words=sl.Number(), note=sl.Stored(), lang=sl.Keyword(),
)  # fmt: skip
WORDS = [
    *("the", "rain", "snow", "wind", "heavy", "storm", "bank", "banks", "banking", "river"),
    *("harbour", "vote", "raining", "rained", "election", "court", "sun"),
    *(
        "h\u00e4user",
        "c\u00f4t\u00e9",
        "c\u00f4te",
        "l'\u00e9t\u00e9",
    ),  # with alternates, several owners
]
DATES = ("-03-17", "-03-17", "-05", "")


def _make(path: Path, size: int = 40) -> None:
    """Two segments with dense terms, two languages, spellings of labels and dates without a day;
    deleted articles in one of them. Blocks and dense terms are small, so that few articles have
    all that many have."""
    rng = random.Random(5)
    words = WORDS + [f"w{number}" for number in range(60)]
    weights = [60 / (rank + 1) for rank in range(len(words))]

    def text() -> str:
        return " ".join(rng.choices(words, weights, k=rng.randrange(3, 30))).capitalize()

    def article(number: int) -> dict[str, Any]:
        return {
            "id": f"a{number}", "title": " ".join(rng.choices(words[:20], k=4)),
            "body": f"{text()}. {text()}",
            "date": f"{rng.randrange(2019, 2025)}{rng.choice(DATES)}",
            "lang": rng.choice(["en", "fr"]),
            "section": rng.choice(["weather", "sports", "world", "World", "SPORTS"]),
            "authors": rng.sample(["Ann", "Bo", "Cy"], 2), "words": rng.randrange(999),
            "note": "n",
        }  # fmt: skip

    IndexStore.create(Directory(path), SCHEMA, layout={"block": 8, "dense": 10})
    with sl.Archive.open(path) as archive:
        archive.add([article(number) for number in range(2 * size)])
        archive.add([article(2 * size + number) for number in range(size)])
        archive.delete([f"a{number}" for number in range(10, 17)])


def _run_all(path: Path, scratch: Path, part: int, parts: int) -> list[str]:
    """Runs each ``parts``-th of the operations; what is neither an answer nor a SearchlibError."""
    bad = []
    try:
        archive = sl.Archive.open(path)
    except sl.SearchlibError:
        return []
    for name, operation in islice(operations(path, archive, scratch), part, None, parts):
        try:
            operation()
        except (sl.SearchlibError, TermNotFound):
            pass
        except BaseException as error:
            bad.append(f"{name}: {error!r:.200}")
    return bad


def _in_child(path: Path, scratch: Path, part: int = 0, parts: int = 1) -> str:
    """What went wrong when operations ran in a child with limits; "" if nothing did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
            if not _IS_SANITIZED:
                resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the parent's too
            bad = _run_all(path, scratch, part, parts)
            megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
            if megabytes > _MEMORY and not _IS_SANITIZED:
                bad.append(f"{megabytes} MB")
            os.write(writing, json.dumps(bad)[: 1 << 15].encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        report = pipe.read()
    _, status = os.waitpid(child, 0)
    if not report:
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}" if status else "no report"
    return "" if report == b"[]" else report.decode()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("signed") / "archive"
    _make(path)
    # What is imported, compiled and cached by the operations is so once, not in each child.
    shutil.copytree(path, path.parent / "warm")
    _run_all(path.parent / "warm", path.parent, 0, 1)
    gc.collect()
    gc.freeze()  # else each child's collector touches, and so copies, all pages
    return path


def _try_seed(sound: Path, scratch: Path, seed: int, parts: int = _PARTS) -> None:
    path = scratch / "archive"
    shutil.copytree(sound, path)
    what = mutate(path, seed)
    problem = _in_child(path, scratch, seed % parts, parts)
    shutil.rmtree(scratch)
    assert not problem, f"seed {seed}: {what}: {problem}"


@pytest.mark.parametrize("first", range(0, _SEEDS, _STEP))
def test_a_changed_number_does_no_harm(sound: Path, tmp_path: Path, first: int) -> None:
    for seed in range(first, first + _STEP):
        _try_seed(sound, tmp_path / str(seed), seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(_SEEDS, _SLOW_SEEDS, 10 * _STEP))
def test_many_changed_numbers_do_no_harm(sound: Path, tmp_path: Path, first: int) -> None:
    for seed in range(first, first + 10 * _STEP):
        _try_seed(sound, tmp_path / str(seed), seed)


def test_the_operations_succeed_on_a_sound_archive(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "archive")
    assert _in_child(tmp_path / "archive", tmp_path) == ""
