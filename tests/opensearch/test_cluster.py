"""Tests of searchlib/opensearch/cluster.py."""

from __future__ import annotations

import gzip
import logging
import re
import socket
import sys
from types import SimpleNamespace
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch.address import PASSWORD_VARIABLE, Address
from searchlib.opensearch.cluster import Cluster, ClusterBusy, RequestTooLarge, _reason


def test_a_cluster_that_is_away_is_said() -> None:
    pytest.importorskip("opensearchpy")
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"opensearch+http://127.0.0.1:{taken.getsockname()[1]}/wire"
        with pytest.raises(sl.ArchiveUnreachable, match="not reached"):
            sl.open(address)


def test_a_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opensearchpy")
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    with pytest.raises(sl.ArchiveDenied, match=PASSWORD_VARIABLE):
        Cluster(Address.parse("opensearch+https://ann@localhost/wire"))


def test_a_missing_file_of_certificates_is_named() -> None:
    pytest.importorskip("opensearchpy")
    with pytest.raises(sl.ArchiveError, match=r"none\.pem"):
        Cluster(Address.parse("opensearch+https://localhost/wire?ca=none.pem"))


def test_an_index_that_is_not_there_is_not_found(address: str) -> None:
    with pytest.raises(sl.ArchiveNotFound, match="no archive"):
        sl.open(address)


def test_what_a_cluster_does_not_understand_is_said(address: str) -> None:
    sl.ClusterArchive.create(address).close()
    with pytest.raises(sl.ArchiveError, match="answers 400"):
        Cluster(Address.parse(address)).search({"query": {"none": {}}})


def _causes(*reasons: str, caused_by: str = "") -> dict[str, object]:
    return {
        "error": {
            "root_cause": [{"reason": reason} for reason in reasons],
            "caused_by": {"reason": caused_by},
        }
    }


@pytest.mark.parametrize(
    ("status", "info", "kind", "says"),
    [
        (400, _causes("field expanded to too many terms"), sl.QueryError, "too many words"),
        (400, _causes("x", caused_by="maxClauseCount is set to 1"), sl.QueryError, "maxClause"),
        (400, _causes("a", "a", "b"), sl.ArchiveError, "the cluster answers 400: a; b$"),
        (400, _causes("x" * 300), sl.ArchiveError, "answers 400: x{200}$"),
        (400, "no JSON", sl.ArchiveError, "the cluster answers 400: no JSON$"),
        (401, None, sl.ArchiveDenied, "refused .401"),
        (403, None, sl.ArchiveDenied, "refused .403"),
        (404, _causes("No search context found for id"), sl.ArchiveError, "too long between two"),
        (413, None, RequestTooLarge, "no request of this size"),
        (429, _causes("rejected"), ClusterBusy, "no more at the moment: rejected"),
        (502, None, sl.ArchiveUnreachable, "not reached: 502"),
        (503, None, sl.ArchiveUnreachable, "not reached: 503"),
        (504, None, sl.ArchiveUnreachable, "not reached: 504"),
        (500, None, sl.ArchiveError, "the cluster answers 500"),
        (505, None, sl.ArchiveError, "the cluster answers 505"),
    ],
)
def test_what_each_answer_means(
    status: int, info: object, kind: type[sl.SearchlibError], says: str
) -> None:
    pytest.importorskip("opensearchpy")
    cluster = Cluster(Address.parse("opensearch+http://localhost/wire"))
    error = cluster._error(SimpleNamespace(status_code=status, info=info, error="some_error"))
    assert type(error) is kind
    assert getattr(error, "span", (0, 0)) == (0, 0)
    assert re.search(says, str(error))


def test_what_is_wrong_with_a_certificate_is_said() -> None:
    pytest.importorskip("opensearchpy")
    cluster = Cluster(Address.parse("opensearch+https://localhost/wire"))
    why = "[SSL: FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)"
    error = cluster._not_trusted(f"ConnectionError({why}) caused by: SSLError({why})")
    assert type(error) is sl.ArchiveError
    assert " is not trusted: self-signed certificate: see whether" in str(error)
    error = cluster._not_trusted("wrong version number" + "." * 300)
    assert type(error) is sl.ArchiveUnreachable
    assert re.search(r"not reached: wrong version number\.{180}: ", str(error))


@pytest.mark.parametrize("change", [{"timed_out": True}, {"_shards": {"failed": 1}}])
def test_an_answer_of_some_shards_is_none(change: dict[str, object]) -> None:
    pytest.importorskip("opensearchpy")
    cluster = Cluster(Address.parse("opensearch+http://localhost/wire"))
    answer = {"timed_out": False, "_shards": {"failed": 0}} | change
    with pytest.raises(sl.ArchiveUnreachable, match="a part of it did not answer"):
        cluster._whole(answer)


def test_an_index_without_its_shards_is_unreachable(address: str) -> None:
    with sl.ClusterArchive.create(address) as archive:
        archive.add([{"id": "a", "title": "Rain"}])
        archive._cluster.call("POST", "/_close")
        with pytest.raises(sl.ArchiveError):
            archive.search("rain")
        with pytest.raises(sl.ArchiveError):
            archive.add([{"id": "b"}])
        archive._cluster.call("POST", "/_open")


class _Transport:
    """Answers as it is told, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answer: Any = {}
        self.error: Exception | None = None

    def perform_request(self, method: str, path: str, **options: Any) -> Any:
        self.asked.append((method, path, options))
        if self.error is not None:
            raise self.error
        return self.answer


@pytest.fixture
def transport() -> tuple[Cluster, _Transport]:
    pytest.importorskip("opensearchpy")
    cluster, transport = Cluster(Address.parse("opensearch+http://localhost:1/wire")), _Transport()
    cluster._client = SimpleNamespace(
        transport=transport, close=lambda: transport.asked.append("closed")
    )
    return cluster, transport


SOUND = {"timed_out": False, "_shards": {"failed": 0}}


def test_requests_and_answers(transport: tuple[Cluster, _Transport]) -> None:
    cluster, node = transport
    node.answer = {**SOUND, "hits": 3}
    assert cluster.search({"size": 0}) == node.answer
    whole = {"allow_partial_search_results": "false"}
    assert node.asked.pop() == (
        "POST", "/wire/_search", {"params": whole, "body": {"size": 0}, "headers": {}}
    )  # fmt: skip
    assert cluster.exists()
    assert node.asked.pop()[:2] == ("GET", "/wire/_settings")
    node.answer = SOUND
    cluster.refresh()
    assert node.asked.pop()[:2] == ("POST", "/wire/_refresh")
    for answer in ({**SOUND, "timed_out": True}, {**SOUND, "_shards": {"failed": 1}}):
        node.answer = answer
        with pytest.raises(sl.ArchiveUnreachable, match="not reached: a part of it did not answer"):
            cluster.search({})
    with pytest.raises(sl.ArchiveUnreachable, match="a part of it did not answer"):
        cluster.refresh()
    node.answer = {"items": [{"index": {"status": 201}}, {"delete": {"status": 404}}]}
    assert cluster.bulk([b"{}\n", b"{}\n"]) == [{"status": 201}, {"status": 404}]
    method, path, options = node.asked.pop()
    assert (method, path, gzip.decompress(options["body"])) == ("POST", "/wire/_bulk", b"{}\n{}\n")
    cluster.close()
    assert node.asked[-1] == "closed"


def test_errors_of_a_cluster(transport: tuple[Cluster, _Transport]) -> None:
    cluster, node = transport
    exceptions = cluster._library.exceptions
    node.error = exceptions.NotFoundError(404, "index_not_found_exception", {})
    assert not cluster.exists()
    for error, kind, says in (
        (node.error, sl.ArchiveNotFound, "there is no archive: make it with searchlib create"),
        (
            exceptions.ConnectionTimeout("N/A", "slow", "slow"),
            sl.ArchiveUnreachable,
            "not reached: C",
        ),
        (exceptions.SSLError("N/A", "x", "no TLS"), sl.ArchiveUnreachable, "not reached: no TLS"),
        (
            exceptions.TransportError(500, "x", "odd"),
            sl.ArchiveError,
            "the cluster answers 500: odd",
        ),
    ):
        node.error = error
        with pytest.raises(kind, match=says):
            cluster.call("GET", "")


def test_an_index_as_it_is_now(transport: tuple[Cluster, _Transport]) -> None:
    cluster, node = transport
    node.answer = {"pit_id": "a7"}
    pinned = cluster.pinned("3m")
    options = {"keep_alive": "3m", "allow_partial_pit_creation": "false"}
    method, path, asked = node.asked.pop()
    assert (method, path, asked["params"]) == ("POST", "/wire/_search/point_in_time", options)
    assert pinned.pinned() is pinned
    node.answer = SOUND
    assert pinned.search({"size": 1}) == SOUND
    method, path, asked = node.asked.pop()
    assert (method, path) == ("POST", "/_search")
    assert asked["body"] == {"size": 1, "pit": {"id": "a7", "keep_alive": "3m"}}
    pinned.unpin()
    method, path, asked = node.asked.pop()
    assert (method, path, asked["body"]) == (
        "DELETE", "/_search/point_in_time", {"pit_id": ["a7"]}
    )  # fmt: skip
    node.error = cluster._library.exceptions.ConnectionError("N/A", "away", "away")
    pinned.unpin()  # it ends by itself


def test_what_is_said_is_short() -> None:
    assert _reason("x" * 300) == "x" * 200
    assert _reason(_causes("y" * 300)) == "y" * 200


def test_the_library_that_is_needed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opensearchpy", None)
    with pytest.raises(
        sl.SearchlibError, match=r"needs opensearch-py: pip install 'searchlib\[open"
    ):
        Cluster(Address.parse("opensearch+http://localhost:1/wire"))


def test_nothing_is_asked_twice_and_nothing_is_said_beside_an_error() -> None:
    pytest.importorskip("opensearchpy")
    cluster = Cluster(Address.parse("opensearch+http://localhost:1/wire"))
    assert cluster._client.transport.max_retries == 0
    handlers = logging.getLogger("opensearch").handlers
    assert any(isinstance(handler, logging.NullHandler) for handler in handlers)
