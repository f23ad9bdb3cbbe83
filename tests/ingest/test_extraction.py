"""Documents are read in processes that may be ended, by them or by us, and others go on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.ingest import extraction
from searchlib.ingest.article import Rejected
from searchlib.ingest.extraction import ExtractionPool, _how
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
