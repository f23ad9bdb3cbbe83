"""What goes wrong between an archive and its cluster, on a real node behind a gate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch import writer
from searchlib.opensearch.address import PASSWORD_VARIABLE, Address
from searchlib.opensearch.cluster import Cluster
from tests.opensearch.conftest import PORT
from tests.opensearch.gate import Gate, certificate

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text())
ROWS = [{"id": n, "title": f"Rain {n}"} for n in range(50)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Certificates of this machine, and of another one."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here, which makes certificates")
    folder = tmp_path_factory.mktemp("certificates")
    hosts = {"own": "IP:127.0.0.1,DNS:localhost", "other": "DNS:search.example"}
    return {name: certificate(folder, name, host) for name, host in hosts.items()}


@pytest.fixture
def gates() -> Iterator[list[Gate]]:
    opened: list[Gate] = []
    yield opened
    for gate in opened:
        gate.close()


def through(gate: Gate, address: str, user: str = "", **options: object) -> str:
    """The address of an index through a gate."""
    name = Address.parse(address).index
    scheme = "opensearch+https" if gate.is_guarded else "opensearch+http"
    query = "&".join(f"{key}={value}" for key, value in options.items())
    return f"{scheme}://{user}127.0.0.1:{gate.port}/{name}?{query}"


class TestDenied:
    @pytest.fixture
    def gate(self, address: str, files: Any, gates: list[Gate]) -> Gate:
        sl.ClusterArchive.create(address, SCHEMA).close()
        gates.append(Gate(int(PORT), files["own"]))
        return gates[0]

    def test_a_file_of_certificates_is_trusted_and_a_password_is_enough(
        self, gate: Gate, address: str, files: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(PASSWORD_VARIABLE, "secret")
        with sl.open(through(gate, address, "ann@", ca=files["own"][0])) as archive:
            assert archive.add(ROWS).added == 50 and archive.count("rain") == 50
            assert "secret" not in archive.path

    def test_a_certificate_that_nobody_signed_is_refused(
        self, gate: Gate, address: str, files: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(PASSWORD_VARIABLE, "secret")
        with pytest.raises(sl.ArchiveError, match=r"certificate .*\?ca=FILE"):
            sl.open(through(gate, address, "ann@"))
        with pytest.raises(sl.ArchiveError, match="certificate"):
            sl.open(through(gate, address, "ann@", ca=files["other"][0]))
        assert gate.requests == 0  # not even the password was sent

    def test_the_certificate_of_another_machine_is_refused(
        self, address: str, files: Any, gates: list[Gate], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(PASSWORD_VARIABLE, "secret")
        gates.append(Gate(int(PORT), files["other"]))
        with pytest.raises(sl.ArchiveError, match="certificate"):
            sl.open(through(gates[0], address, "ann@", ca=files["other"][0]))
        assert gates[0].requests == 0

    def test_a_wrong_password_and_missing_rights_are_said(
        self, gate: Gate, address: str, files: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ca = files["own"][0]
        monkeypatch.setenv(PASSWORD_VARIABLE, "guessed")
        with pytest.raises(sl.ArchiveDenied, match=rf"401.*{PASSWORD_VARIABLE}") as caught:
            sl.open(through(gate, address, "ann@", ca=ca))
        assert "guessed" not in str(caught.value)
        with pytest.raises(sl.ArchiveDenied, match="401"):
            sl.open(through(gate, address, ca=ca))
        monkeypatch.setenv(PASSWORD_VARIABLE, "known")
        with sl.open(through(gate, address, "reader@", ca=ca)) as archive:
            assert archive.count("rain") == 0
            with pytest.raises(sl.ArchiveDenied, match="403"):
                archive.add(ROWS)
            with pytest.raises(sl.ArchiveDenied, match="403"):
                archive.delete("1")


class TestBusyOrAway:
    @pytest.fixture
    def gate(self, address: str, gates: list[Gate], monkeypatch: pytest.MonkeyPatch) -> Gate:
        monkeypatch.setattr(writer, "_FIRST_PAUSE", 0.01)
        monkeypatch.setattr(writer, "_MAX_TRIES", 6)
        monkeypatch.setattr(writer, "_MAX_BULK", 2000)  # several
        sl.ClusterArchive.create(address, SCHEMA).close()
        gates.append(Gate(int(PORT)))
        return gates[0]

    def test_a_load_that_was_broken_off_is_run_again(self, gate: Gate, address: str) -> None:
        bulks: list[str] = []

        def trouble(number: int, method: str, path: str) -> str | None:
            if path.endswith("_bulk"):
                bulks.append(path)
            return "drop" if len(bulks) > 2 else None

        gate.trouble = trouble
        with sl.open(through(gate, address)) as archive:
            with pytest.raises(sl.ArchiveUnreachable, match="not reached"):
                archive.add(ROWS)
            with pytest.raises(sl.ArchiveUnreachable):
                archive.search("rain")
            gate.trouble = lambda *request: None
            report = archive.add(ROWS)
            assert report.unchanged > 0 and report.unchanged + report.added == 50
            assert archive.count("rain") == len(archive) == 50

    def test_what_a_node_does_not_take_is_sent_again(self, gate: Gate, address: str) -> None:
        with sl.open(through(gate, address)) as archive:
            gate.trouble = lambda *request: 429
            with pytest.raises(sl.ArchiveUnreachable, match="takes no more"):
                archive._cluster.refresh()
            gate.requests = 0
            gate.trouble = lambda number, method, path: 429 if number in (1, 3, 5, 9) else None
            assert archive.add(ROWS).added == 50
            gate.trouble = lambda *request: 429
            with pytest.raises(sl.ArchiveUnreachable, match="takes no more at the moment"):
                archive.search("rain")
            with pytest.raises(sl.ArchiveUnreachable, match="50 articles were pushed back"):
                archive.delete(str(n) for n in range(50))
            gate.trouble = lambda *request: None
            assert archive.delete(str(n) for n in range(50)) == 50

    def test_who_may_not_ask_for_the_words_of_a_pattern_finds_them(
        self, gate: Gate, address: str
    ) -> None:
        with sl.open(through(gate, address)) as archive:
            archive.add([{"id": "a", "title": "Rain rain"}, {"id": "b", "title": "Rain in Oslo"}])
            assert archive.search("ra*")[0].score != 1.0
            gate.trouble = lambda number, method, path: 403 if "_validate" in path else None
            found = archive.search("ra*")
            assert [hit.score for hit in found] == [1.0, 1.0]

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_a_gate_without_a_node_is_unreachable(
        self, status: int, gate: Gate, address: str
    ) -> None:
        gate.trouble = lambda *request: status
        with pytest.raises(sl.ArchiveUnreachable, match=str(status)):
            sl.open(through(gate, address))


def test_writers_that_a_full_queue_pushes_back_lose_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_MAX_BULK", 1)  # a request for each article
    sl.ClusterArchive.create(address, SCHEMA).close()
    cluster = Cluster(Address.parse(address))

    def rejected() -> int:
        nodes = cluster._request("GET", "/_nodes/stats/thread_pool", None, None)["nodes"]
        return sum(node["thread_pool"]["write"]["rejected"] for node in nodes.values())

    before = rejected()

    def write(first: int) -> None:
        with sl.open(address) as archive:
            archive.add({"id": n, "title": f"Rain {n}"} for n in range(first, first + 30))

    threads = [Thread(target=write, args=(first,)) for first in range(0, 600, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sl.open(address) as archive:
        assert len(archive) == 600
    assert rejected() > before


def test_shards_that_are_away_are_never_left_out(address: str) -> None:
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        archive.add(ROWS)
        cluster = Cluster(Address.parse(address))
        cluster.call("PUT", "/_settings", {"index.routing.allocation.enable": "none"})
        shard = {"index": cluster.address.index, "shard": 0, "node": "one", "allow_primary": True}
        cluster._request("POST", "/_cluster/reroute", {"commands": [{"cancel": shard}]}, None)

        def health() -> str:
            path = f"/_cluster/health/{cluster.address.index}"
            return str(cluster._request("GET", path, None, None)["status"])

        assert health() == "red" and archive.check() == ["1 of 2 copies of shards work"]
        refused = 0
        for ask in (lambda: archive.search("rain"), lambda: archive.add(ROWS), lambda: len(archive),
                    lambda: archive.count("rain", match="any"), lambda: list(archive.export()),
                    lambda: archive.suggest("ra")):  # fmt: skip
            try:
                ask()
            except sl.ArchiveUnreachable:
                refused += 1
            else:
                assert health() == "green"  # the node has taken its shard back by itself
        assert refused > 0


def test_a_point_in_time_that_has_ended_is_said(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.opensearch.view._PAGE", 10)
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        archive.add(ROWS)
        articles = archive.export()
        first = [next(articles) for _ in range(10)]
        archive._cluster._request("DELETE", "/_search/point_in_time/_all", None, None)
        with pytest.raises(sl.ArchiveError, match="took too long between two pages"):
            next(articles)
        assert len(first) == 10 and len(list(archive.export())) == 50


def test_an_article_that_is_too_large_is_said_with_its_key(address: str) -> None:
    large = {"id": "large", "title": " ".join(f"word{n}" for n in range(150_000))}
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        with pytest.raises(sl.ArchiveError, match="'large' is too large for this cluster"):
            archive.add([*ROWS, large])
        assert archive.add(ROWS).unchanged == 50


def test_a_mapping_that_was_changed_meanwhile_leaves_the_answers(address: str) -> None:
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        archive.add(ROWS)
        archive._cluster.call("PUT", "/_mapping", {"properties": {"more": {"type": "keyword"}}})
        assert archive.count("rain") == 50 and archive.add(ROWS).unchanged == 50
        with pytest.raises(sl.ArchiveError, match="someone has changed its mapping"):
            sl.open(address)
