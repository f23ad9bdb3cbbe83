"""Documents are read in processes of their own: a hostile one ends its process, not this one.

The libraries that read pages, feeds, PDF and office documents may take any time or memory for a
file that was made to do so, or end the process. A few processes are kept, each reading one document
at a time (:mod:`.extraction_child`); one that takes too long is ended, and the document rejected.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Timer
from time import monotonic
from typing import Any

import msgspec

from searchlib.ingest.article import Rejected
from searchlib.ingest.extraction_child import LENGTH
from searchlib.ingest.raw_record import Extraction, RawRecord, RecordItem

__all__ = ["ExtractionPool", "MissingLibrary"]

_PROCESSES = max(1, min(4, os.cpu_count() or 1))
_SECONDS = 60  # for a document
_MEGABYTES = 2048  # of address space of a process
_MAX_ANSWER = 1 << 30  # bytes
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from searchlib.ingest.extraction_child import main; main(*map(int, sys.argv[2:]))"
)


class _Answer(msgspec.Struct):
    """What :func:`.extraction_child.records_of` gives, of the types that it has."""

    records: list[tuple[dict[str, Any], str]] = []
    rejected: list[tuple[int, str, str | None, str]] = []
    missing: str = ""
    failed: str = ""


class MissingLibrary(Exception):
    """A library that a format needs is not installed; its name."""


class ExtractionPool:
    """Some processes that read documents, started when they are needed.

    >>> from searchlib.ingest.raw_record import Extraction
    >>> pool = ExtractionPool()
    >>> pages = [Extraction("html_page:read_html", b"<p>It rained.", "a.html")] * 2
    >>> [[record.values["body"] for record in one.result()] for one in map(pool.submit, pages)]
    [['It rained.'], ['It rained.']]
    >>> pool.close()
    """

    def __init__(self, *, seconds: float = _SECONDS, megabytes: int = _MEGABYTES) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._threads = ThreadPoolExecutor(_PROCESSES, "searchlib-extraction")
        self._idle: list[subprocess.Popen[bytes]] = []
        self._children: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False

    def submit(self, extraction: Extraction) -> Future[list[RecordItem]]:
        """Read a document. The result raises :class:`MissingLibrary` if that cannot be done."""
        return self._threads.submit(self._run, extraction)

    def close(self) -> None:
        """End the processes, also those that are reading; what was not begun is not read."""
        self._is_closed = True
        for child in list(self._children):
            child.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        while self._idle:
            _end(self._idle.pop())

    def _run(self, extraction: Extraction) -> list[RecordItem]:
        answer = self._ask(extraction)
        if isinstance(answer, str):
            return [Rejected(extraction.name, None, answer)]
        if answer.missing:
            raise MissingLibrary(answer.missing)
        if answer.failed:
            return [Rejected(extraction.name, None, f"it cannot be read: {answer.failed}")]
        items: list[RecordItem] = [
            RawRecord({**extraction.values, **values}, extraction.place or place)
            for values, place in answer.records
        ]
        for shift, (number, where, field, why) in enumerate(answer.rejected):
            items.insert(number + shift, Rejected(where, field, why))
        return items

    def _ask(self, extraction: Extraction) -> _Answer | str:
        """The answer of a process, or why there is none."""
        try:
            child = self._idle.pop() if self._idle else self._start()
        except (OSError, TypeError) as error:  # a TypeError where no Python is known
            return f"no process could be started to read it: {error}"
        started = monotonic()
        timer = Timer(self._seconds, child.kill)
        timer.daemon = True
        timer.start()
        try:
            answer = _exchange(child, extraction)
        except (OSError, EOFError, MemoryError, RecursionError, ValueError):
            answer = None  # what comes from a process that was taken over is checked too
        if answer is None:
            timer.cancel()
            is_late = monotonic() - started >= self._seconds
            self._children.discard(child)
            _end(child)
            if is_late:
                return f"reading it takes longer than {self._seconds:g} seconds"
            return f"reading it ended the process that did ({_how(child.returncode)})"
        timer.cancel()
        self._idle.append(child)
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        limits = str(self._megabytes), str(int(self._seconds) + 1)
        child = subprocess.Popen(
            [sys.executable, "-c", _START, json.dumps(sys.path), *limits],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the process that began all this
        )  # fmt: skip
        self._children.add(child)
        if self._is_closed:
            child.kill()
        return child


def _exchange(child: subprocess.Popen[bytes], extraction: Extraction) -> _Answer:
    assert child.stdin is not None and child.stdout is not None
    request = msgspec.json.encode({
        "reader": extraction.reader, "name": extraction.name, "options": extraction.options,
        "size": len(extraction.data),
    })  # fmt: skip
    child.stdin.write(len(request).to_bytes(LENGTH, "little") + request)
    child.stdin.write(extraction.data)
    child.stdin.flush()
    length = int.from_bytes(_read(child, LENGTH), "little")
    if length > _MAX_ANSWER:
        raise EOFError
    return msgspec.json.decode(_read(child, length), type=_Answer)


def _read(child: subprocess.Popen[bytes], size: int) -> bytes:
    assert child.stdout is not None
    data = child.stdout.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        with suppress(OSError):
            assert pipe is not None
            pipe.close()
    try:
        child.wait(1)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
