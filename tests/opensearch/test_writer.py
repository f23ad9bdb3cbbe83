"""Tests of searchlib/opensearch/writer.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from threading import Thread
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch import writer
from searchlib.opensearch.address import Address
from searchlib.opensearch.cluster import Cluster, ClusterBusy, RequestTooLarge

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text())


def test_upserts(address: str) -> None:
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        rows = [{"id": "a", "title": "Rain"}, {"id": "b"}, {"id": "a", "title": "Snow"}, {}]
        report = archive.add(rows, keys=True)
        assert (report.added, report.updated, len(report.rejected)) == (2, 1, 1)
        assert archive["a"]["title"] == "Snow" and archive.count("rain") == 0
        assert archive.add(rows[1:3]).unchanged == 2
        archive.update("b", title="Hail")
        with pytest.raises(sl.ArgumentError, match="cannot be changed"):
            archive.update("b", id="c")
        assert archive.delete(["a", "x"]) == 1 and archive.delete(query="hail") == 1
        assert len(archive) == 0 and "a" not in archive


class Pushing:
    """A cluster that takes none of the articles at first, and then every other one."""

    address = Address.parse("opensearch+http://localhost/wire")

    def __init__(self, status: int, times: int) -> None:
        self.status, self.times = status, times
        self.taken: dict[str, Any] = {}

    def call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"docs": [
            {"_id": doc["_id"], "found": doc["_id"] in self.taken, "_seq_no": 1,
             "_primary_term": 1, "_source": {"digest": self.taken.get(doc["_id"])}}
            for doc in body["docs"]
        ]}  # fmt: skip

    def bulk(self, lines: Iterable[bytes]) -> list[dict[str, Any]]:
        answers = []
        pairs = [map(json.loads, one.split(b"\n", 1)) for one in lines]
        for number, (action, made) in enumerate(pairs):
            if self.times > 0 or number % 2:
                answers.append({"status": self.status})
            else:
                self.taken[next(iter(action.values()))["_id"]] = made["digest"]
                answers.append({"status": 201})
        self.times -= 1
        return answers


class Small(Pushing):
    """A cluster that takes requests of one article alone, and not the last one."""

    def bulk(self, lines: Iterable[bytes]) -> list[dict[str, Any]]:
        lines = list(lines)
        if len(lines) > 1 or b'"_id":"8"' in lines[0]:
            raise RequestTooLarge("too large", "")
        self.taken[json.loads(lines[0].split(b"\n")[0])["create"]["_id"]] = "78"
        return [{"status": 201}]


def put(cluster: Any, count: int) -> list[str]:
    one = writer.ClusterWriter(cluster, SCHEMA, UTC, names_language=True)
    return one.put_many([(str(n), b"x", {"id": str(n)}, b"{}") for n in range(count)])


def test_a_request_that_is_too_large_is_taken_apart() -> None:
    cluster = Small(0, 0)
    assert put(cluster, 8) == ["added"] * 8 and len(cluster.taken) == 8
    with pytest.raises(sl.ArchiveError, match="the article '8' is too large for this cluster"):
        put(cluster, 9)


@pytest.mark.parametrize("status", [409, 429])
def test_what_is_pushed_back_is_sent_again(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_FIRST_PAUSE", 0.0)
    cluster = Pushing(status, 2)
    assert put(cluster, 9) == ["added"] * 9 and len(cluster.taken) == 9


def test_what_is_never_taken_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_FIRST_PAUSE", 0.0)
    with pytest.raises(sl.ArchiveUnreachable, match="3 articles were pushed back"):
        put(Pushing(429, 99), 3)
    with pytest.raises(sl.ArchiveError, match="'0' was not taken"):
        put(Pushing(400, 99), 3)


def test_an_article_of_another_writer_is_not_overwritten_unseen(address: str) -> None:
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        archive.add([{"id": "a", "title": "Rain"}])
        cluster = Cluster(Address.parse(address))
        [answer] = cluster.bulk([b'{"create": {"_id": "a"}}\n{"seq": 1}\n'])
        assert answer["status"] == 409 and archive["a"]["title"] == "Rain"


def test_two_writers_at_once_leave_each_article_once_and_whole(address: str) -> None:
    sl.ClusterArchive.create(address, SCHEMA).close()

    def write(name: str) -> None:
        with sl.open(address) as archive:
            for number in range(3):
                archive.add({"id": n, "title": f"{name} round{number}"} for n in range(100))

    threads = [Thread(target=write, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sl.open(address) as archive:
        assert len(archive) == archive.count("first OR second") == archive.count("round2") == 100


def test_a_word_that_is_too_long_for_a_cluster_is_said_with_its_article(address: str) -> None:
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        with pytest.raises(sl.ArchiveError, match="'b' was not taken"):
            archive.add([{"id": "a", "title": "Rain"}, {"id": "b", "title": "z" * 40_000}])
        assert archive.add([{"id": "a", "title": "Rain"}]).unchanged == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (201, None), (299, None), (404, None), (300, sl.ArchiveError),
     (400, sl.ArchiveError), (499, sl.ArchiveError), (500, sl.ArchiveUnreachable),
     (503, sl.ArchiveUnreachable)],
)  # fmt: skip
def test_what_becomes_of_an_article(status: int, error: type[Exception] | None) -> None:
    cluster: Any = Pushing(0, 0)
    one = writer.ClusterWriter(cluster, SCHEMA, UTC, names_language=True)
    why = {"type": "bad", "reason": "x" * 300}
    if error is None:
        one._check("a", {"status": status, "error": why})
        return
    with pytest.raises(error) as caught:
        one._check("a", {"status": status, "error": why})
    assert type(caught.value) is error
    assert str(caught.value).endswith(f": the article 'a' was not taken: bad: {'x' * 200}")
    with pytest.raises(error, match=f"not taken: {status}: $"):
        one._check("a", {"status": status})


def test_pauses_grow_and_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(writer.time, "sleep", slept.append)
    for number in range(10):
        writer._pause(number)
    assert slept == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_the_number_of_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(writer.time, "sleep", slept.append)
    cluster = Pushing(429, 9)
    assert put(cluster, 1) == ["added"] and len(slept) == 9
    with pytest.raises(sl.ArchiveUnreachable):
        put(Pushing(429, 10), 1)


def test_articles_have_numbers_in_the_order_of_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer.time, "time_ns", iter([0, 5, 5, 9, 2, 11]).__next__)
    cluster: Any = Pushing(0, 0)
    one = writer.ClusterWriter(cluster, SCHEMA, UTC, names_language=True)
    assert [one._next_seq() for _ in range(6)] == [1, 5, 6, 9, 10, 11]
    assert one.last_commit_data == [] and one.commit_data == []


def test_what_is_done_with_an_article() -> None:
    assert writer._action("a", None) == {"create": {"_id": "a"}}
    old = {"_seq_no": 3, "_primary_term": 2, "_source": {"digest": "78"}}
    assert writer._action("a", old) == {"index": {"_id": "a", "if_seq_no": 3, "if_primary_term": 2}}
    assert writer._json({"é": [1, 2]}) == '{"é":[1,2]}\n'.encode()


@pytest.mark.parametrize(("most", "requests"), [(1, [1, 1, 1]), (10**6, [3])])
def test_articles_are_sent_together_up_to_a_size(
    monkeypatch: pytest.MonkeyPatch, most: int, requests: list[int]
) -> None:
    monkeypatch.setattr(writer, "_MAX_BULK", most)
    sent: list[int] = []

    class Counting(Pushing):
        def bulk(self, lines: Iterable[bytes]) -> list[dict[str, Any]]:
            lines = list(lines)
            sent.append(len(lines))
            return [{"status": 201} for _ in lines]

    assert put(Counting(0, 0), 3) == ["added"] * 3
    assert sent == requests


class _Node:
    """An index in memory, with the numbers of changes; it notes what it is asked."""

    address = Address.parse("opensearch+http://localhost/wire")

    def __init__(self) -> None:
        self.docs: dict[str, dict[str, Any]] = {}
        self.requests: list[list[Any]] = []
        self.refreshed, self.busy = 0, 0
        self._changes = 10

    def call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        assert (method, path) == ("POST", "/_mget")
        assert all(doc["_source"] == ["digest"] for doc in body["docs"])
        found = []
        for doc in body["docs"]:
            known = self.docs.get(doc["_id"])
            found.append({"_id": doc["_id"], "found": known is not None, **(known or {})})
        return {"docs": found}

    def bulk(self, lines: Iterable[bytes]) -> list[dict[str, Any]]:
        request = [list(map(json.loads, one.splitlines())) for one in lines]
        self.requests.append(request)
        answers = []
        for action, *documents in request:
            ((kind, options),) = action.items()
            known = self.docs.get(options["_id"])
            if kind == "delete":
                answers.append({"status": 404 if known is None else 200})
                self.docs.pop(options["_id"], None)
                continue
            wanted = (
                None if kind == "create" else (options["if_seq_no"], options["if_primary_term"])
            )
            there = None if known is None else (known["_seq_no"], known["_primary_term"])
            if wanted != there:
                answers.append({"status": 409})
                continue
            self._changes += 1
            self.docs[options["_id"]] = {
                "_seq_no": self._changes, "_primary_term": 3, "_source": documents[0],
            }  # fmt: skip
            answers.append({"status": 201 if kind == "create" else 200})
        return answers

    def refresh(self) -> None:
        if self.busy:
            self.busy -= 1
            raise ClusterBusy("it takes no more", "wire")
        self.refreshed += 1


def _entry(key: str, digest: bytes = b"\x01") -> tuple[str, bytes, dict[str, Any], bytes]:
    row = {"id": key, "title": "Räin"}
    return key, digest, row, json.dumps(row).encode()


def _writer(node: Any) -> writer.ClusterWriter:
    return writer.ClusterWriter(node, SCHEMA, UTC, names_language=True)


def test_articles_are_compared_and_put(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchlib.opensearch.writer.time.time_ns", lambda: 1000)
    node = _Node()
    one = _writer(node)
    assert (one.names_language, one.commit_data, one.last_commit_data) == (True, [], [])
    batch = [_entry("a"), _entry("b"), _entry("a", b"\x02"), _entry("a", b"\x02"), _entry("c")]
    outcomes = one.put_many(batch)
    assert outcomes == ["added", "added", "updated", "unchanged", "added"]
    assert one.put_many([]) == []
    assert one.put_many([_entry("a", b"\x02"), _entry("b", b"\x03")]) == ["unchanged", "updated"]
    actions = [[action for action, _ in request] for request in node.requests if request]
    assert actions == [
        [{"create": {"_id": "a"}}, {"create": {"_id": "b"}}],
        [{"index": {"_id": "a", "if_seq_no": 11, "if_primary_term": 3}}],
        [{"create": {"_id": "c"}}],
        [{"index": {"_id": "b", "if_seq_no": 12, "if_primary_term": 3}}],
    ]
    documents = [made for request in node.requests for _, made in request]
    assert [made["seq"] for made in documents] == [1000, 1001, 1002, 1003, 1004]
    assert [made["digest"] for made in documents] == ["01", "01", "02", "01", "03"]
    monkeypatch.setattr("searchlib.opensearch.writer.time.time_ns", lambda: 5000)
    assert one._next_seq() == 5000


@pytest.mark.parametrize(("most", "sizes"), [(1, [1, 1, 1]), (2, [2, 1]), (3, [3]), (99, [3])])
def test_deletes_are_sent_in_parts(
    monkeypatch: pytest.MonkeyPatch, most: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(writer, "_MAX_DELETES", most)
    node = _Node()
    one = _writer(node)
    one.put_many([_entry("a"), _entry("b")])
    node.requests.clear()
    assert one.delete(["a", "x", "b", "a"]) == 2
    assert [len(request) for request in node.requests] == sizes
    assert (node.docs, node.refreshed) == ({}, 1)
    assert one.delete([]) == 0


def test_requests_have_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    node = _Node()
    _writer(node).put_many([_entry("a")])
    action, made = node.requests.pop()[0]
    length = len(writer._json(action) + writer._json(made))
    for most, sizes in ((2 * length, [2, 2, 1]), (2 * length - 1, [1] * 5), (9 * length, [5])):
        monkeypatch.setattr(writer, "_MAX_BULK", most)
        node = _Node()
        _writer(node).put_many([_entry(key) for key in "abcde"])
        assert [len(request) for request in node.requests] == sizes


def test_what_is_written_is_found_when_the_cluster_has_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("searchlib.opensearch.writer.time.sleep", slept.append)
    node = _Node()
    node.busy = 9
    assert _writer(node).commit() == 0
    assert (node.refreshed, slept) == (1, [0.1 * 2**n for n in range(7)] + [10.0, 10.0])
    node.busy = 10
    with pytest.raises(sl.ArchiveUnreachable, match="1 articles were pushed back: add them again"):
        _writer(node).commit()


def test_progress_begins_the_pauses_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("searchlib.opensearch.writer.time.sleep", slept.append)
    one = _writer(_Node())
    statuses = iter([429, 429, 200, 429, 429, 429, 200])

    def send(left: list[str]) -> Any:
        return [(key, {"status": next(statuses)}) for key in left[:1]] + [
            (key, {"status": 429}) for key in left[1:]
        ]

    assert set(one._sent(["a", "b"], send)) == {"a", "b"}
    assert slept == [0.1, 0.2, 0.1, 0.2, 0.4, 0.8]


def test_articles_that_cannot_be_compared_are_an_error() -> None:
    class Broken(_Node):
        def call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
            return {"docs": [{"_id": "a", "error": {"type": "no_shard", "reason": "r" * 300}}]}

    with pytest.raises(
        sl.ArchiveUnreachable, match=r"article .a. was not taken: no_shard: r{200}$"
    ):
        _writer(Broken()).put_many([_entry("a")])
    assert writer._json({"ä": [1, 2]}) == '{"ä":[1,2]}\n'.encode()
