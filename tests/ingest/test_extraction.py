"""Documents are read in processes that may be ended, by them or by us, and others go on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import searchlib as sl
from searchlib.ingest import extraction
from searchlib.ingest.article import Rejected
from searchlib.ingest.extraction import ExtractionPool, MissingLibrary, _Answer, _how
from searchlib.ingest.raw_record import Extraction, RawRecord

RAIN = Extraction("html_page:read_html", b"<title>Rain</title><p>It rained.", "rain.html")
# The child with another reader than that of pages, for those that are called bad.html.
CHILD = """
import json, os, sys, time
sys.path[:] = json.loads(sys.argv[1])
from searchlib.ingest import extraction_child as child
load = child.load_reader
def hostile(stream, name):
    if name != "bad.html":
        return load("html_page:read_html")(stream, name)
    print("noise")
    {what}
child.load_reader = lambda name: hostile
child.main(*map(int, sys.argv[2:]))
"""


@pytest.fixture
def pool() -> Iterator[ExtractionPool]:
    pool = ExtractionPool(seconds=60, megabytes=1024)  # a machine may be busy
    yield pool
    pool.close()


def bad(pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch, what: str) -> str:
    """Why a document is rejected whose reader does this; others are read before and after it."""
    monkeypatch.setattr(extraction, "_START", CHILD.replace("{what}", what))
    document = Extraction(RAIN.reader, RAIN.data, "bad.html")
    results = [pool.submit(one) for one in (RAIN, document, RAIN, RAIN)]
    before, [rejected], *after = [result.result() for result in results]
    assert before == after[0] == after[1] == [RawRecord({"title": "Rain", "body": "It rained."})]
    assert isinstance(rejected, Rejected)
    assert rejected.where == "bad.html"
    return rejected.why


def test_one_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in (4, 30):  # on a busy machine the others take longer than the first
        started = time.monotonic()
        pool = ExtractionPool(seconds=seconds, megabytes=1024)
        try:
            why = bad(pool, monkeypatch, "while True: pass")
        except AssertionError:
            assert seconds == 4
            continue
        finally:
            pool.close()
        assert why == f"reading it takes longer than {seconds} seconds"
        assert time.monotonic() - started < 60 + seconds
        break


def test_one_that_ends_its_process(pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    why = bad(pool, monkeypatch, "os.abort()")
    assert why.startswith("reading it ended the process that did (")


def test_one_that_raises(pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        bad(pool, monkeypatch, "1 / 0") == "it cannot be read: ZeroDivisionError: division by zero"
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="memory cannot be bounded here")
def test_one_that_takes_all_memory(pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    why = bad(pool, monkeypatch, "bytearray(1 << 33)")
    assert why == "it cannot be read: it takes too much memory"


def test_closing_does_not_wait_for_a_document(
    pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = "while True: pass"
    monkeypatch.setattr(extraction, "_START", CHILD.replace("{what}", what))
    slow = ExtractionPool(seconds=60)
    result = slow.submit(Extraction(RAIN.reader, RAIN.data, "bad.html"))
    time.sleep(0.5)
    started = time.monotonic()
    slow.close()
    assert time.monotonic() - started < 20
    assert "ended the process" in str(result.result()[0])


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'{"records": [1]}',
        b'{"records": [[{}, 3]]}',
        b'{"rejected": [["a"]]}',
        b"[" * 9999,
    ],
)
def test_answers_that_make_no_sense(
    pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    length = len(answer).to_bytes(8, "little")
    program = f"import sys; sys.stdout.buffer.write({length + answer!r})"
    monkeypatch.setattr(extraction, "_START", program)
    [rejected] = pool.submit(RAIN).result()
    assert "ended the process" in str(rejected)


def test_no_process_can_be_started(pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    [rejected] = pool.submit(RAIN).result()
    assert "no process could be started" in str(rejected)


def test_pages_come_in_their_order(tmp_path: Path) -> None:
    for number in range(40):
        body = f"<p>{'It rained. ' * (4000 if number % 7 == 0 else 1)}"
        (tmp_path / f"p{number:02}.html").write_text(f"<title>Page {number}</title>{body}")
        if number % 10 == 5:
            (tmp_path / f"p{number:02}.jsonl").write_text('{"id": 1}\n{"id": 2}\n')
    found = [article.where for article in sl.read(tmp_path) if isinstance(article, sl.Article)]
    assert found == sorted(found)
    assert len(found) == 48


def test_no_process_is_left_when_reading_ends_early(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"p{number:02}.html").write_text(f"<p>It rained {number} times.")
    reader = sl.read(tmp_path)
    next(reader)
    del reader
    children = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True
    ).stdout
    assert "extraction_child" not in children


def test_how_a_process_ended() -> None:
    assert [_how(code) for code in (-9, 0, 3)] == ["signal 9", "exit code 0", "exit code 3"]


# -- without processes ----------------------------------------------------------------------------


def run(
    pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch, answer: _Answer | str, **options: Any
) -> list[Any]:
    """What becomes of an answer."""
    monkeypatch.setattr(pool, "_ask", lambda _: answer)
    return pool._run(Extraction("a:b", b"", "x.html", **options))


def test_what_becomes_of_answers(pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [({"id": n}, f"p{n}") for n in "abc"]
    rejected = [
        (0, "x:1", None, "first"), (2, "x:2", "date", "odd"), (2, "x:3", None, "too"),
        (3, "x:4", None, "last"),
    ]  # fmt: skip
    found = run(pool, monkeypatch, _Answer(records, rejected))
    assert found == [
        Rejected("x:1", None, "first"), RawRecord({"id": "a"}, "pa"), RawRecord({"id": "b"}, "pb"),
        Rejected("x:2", "date", "odd"), Rejected("x:3", None, "too"), RawRecord({"id": "c"}, "pc"),
        Rejected("x:4", None, "last"),
    ]  # fmt: skip
    [record] = run(pool, monkeypatch, _Answer(records[:1]), place="7", values={"id": "z", "u": 1})
    assert record == RawRecord({"id": "a", "u": 1}, "7")
    assert run(pool, monkeypatch, _Answer()) == []
    assert run(pool, monkeypatch, "it is late") == [Rejected("x.html", None, "it is late")]
    why = "it cannot be read: it is odd"
    assert run(pool, monkeypatch, _Answer(failed="it is odd")) == [Rejected("x.html", None, why)]
    with pytest.raises(MissingLibrary, match="pypdf"):
        run(pool, monkeypatch, _Answer(missing="pypdf"))


class FakeChild:
    """A process that has answered already."""

    def __init__(self, answer: bytes, length: int | None = None) -> None:
        length = len(answer) if length is None else length
        self.stdin = io.BytesIO()
        self.stdout = io.BytesIO(length.to_bytes(extraction.LENGTH, "little") + answer)


def test_what_is_said_to_a_process() -> None:
    child: Any = FakeChild(msgspec.json.encode({"records": [({"id": "a"}, "1")], "more": 1}))
    document = Extraction("a:b", b"rain", "x.html", options={"url": "u"})
    answer = extraction._exchange(child, document)
    assert (answer.records, answer.rejected, answer.missing, answer.failed) == (
        [({"id": "a"}, "1")], [], "", "",
    )  # fmt: skip
    said = child.stdin.getvalue()
    length = int.from_bytes(said[: extraction.LENGTH], "little")
    request, rest = said[extraction.LENGTH :][:length], said[extraction.LENGTH + length :]
    assert msgspec.json.decode(request) == {
        "reader": "a:b", "name": "x.html", "options": {"url": "u"}, "size": 4,
    }  # fmt: skip
    assert rest == b"rain"


def test_answers_that_are_cut_or_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "_MAX_ANSWER", 4)
    assert extraction._exchange(FakeChild(b"{}  "), RAIN) is not None  # type: ignore[arg-type]
    for child in (FakeChild(b"{}   "), FakeChild(b"{}", 3), FakeChild(b"{}", 1 << 40)):
        with pytest.raises(EOFError):
            extraction._exchange(child, RAIN)  # type: ignore[arg-type]


def test_a_process_is_kept_for_the_next_document(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    pool = ExtractionPool(seconds=1.5, megabytes=77)

    class Process(FakeChild):
        returncode = 0

        def __init__(self, arguments: list[str], **options: Any) -> None:
            super().__init__(b"{}" if len(started) < 2 else b"")
            self.stdout = io.BytesIO(self.stdout.getvalue() * 2)
            started.append((arguments, options))

        def kill(self) -> None:
            started.append("killed")

        def wait(self, seconds: float | None = None) -> None:
            pass

    monkeypatch.setattr(subprocess, "Popen", Process)
    assert [pool._run(RAIN) for _ in range(2)] == [[], []]
    [(arguments, options)] = started
    assert arguments[:3] == [sys.executable, "-c", extraction._START]
    assert json.loads(arguments[3]) == sys.path
    assert arguments[4:] == ["77", "2"]
    assert options["start_new_session"] is True
    assert (len(pool._idle), len(pool._children)) == (1, 1)
    [rejected] = pool._run(RAIN)  # it says no more
    assert "reading it ended the process that did (exit code 0)" in str(rejected)
    assert (len(pool._idle), len(pool._children)) == (0, 0)
    pool.close()
    pool._start()
    assert started[-1] == "killed"  # one that is started while all end
