"""What the process answers that reads documents; ``test_extraction.py`` runs it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from searchlib.ingest import extraction_child
from searchlib.ingest.extraction_child import records_of


def test_records_and_rejections_in_their_order() -> None:
    feed = b"<rss><channel><item><title>Rain</title></item><item/><item><title>Sun</title></item>"
    found = records_of("feed:read_feed", feed + b"</channel></rss>", "a.xml", {})
    assert [values["title"] for values, _ in found["records"]] == ["Rain", "Sun"]
    why = "the entry has neither a title nor a text"
    assert found["rejected"] == [(1, "a.xml:2", None, why)]


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (ModuleNotFoundError(name="lxml"), {"missing": "lxml"}),
        (MemoryError(), {"failed": "it takes too much memory"}),
        (RecursionError("deep"), {"failed": "RecursionError: deep"}),
    ],
)
def test_whatever_a_reader_raises(
    monkeypatch: pytest.MonkeyPatch, error: Exception, answer: dict[str, str]
) -> None:
    def read(stream: object, name: str) -> None:
        raise error

    monkeypatch.setattr(extraction_child, "load_reader", lambda name: read)
    assert records_of("x:y", b"", "a", {}) == answer


def test_memory_and_time_of_the_process_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    limits: dict[int, tuple[int, int]] = {}
    usage = SimpleNamespace(ru_utime=2.6, ru_stime=1.5)
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    monkeypatch.setattr(resource, "getrusage", lambda who: usage)
    extraction_child._bound_memory(3)
    extraction_child._bound_time(10)
    assert limits == {
        resource.RLIMIT_AS: (3 << 20, resource.RLIM_INFINITY),
        resource.RLIMIT_CPU: (24, resource.RLIM_INFINITY),
    }
