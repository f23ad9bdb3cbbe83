"""Adds articles to a cluster: those that are unchanged are left alone, what is pushed back is sent
again, and what two writers change at once is looked at again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

from searchlib.errors import ArchiveError, ArchiveUnreachable
from searchlib.opensearch.cluster import Cluster
from searchlib.opensearch.mapping import document
from searchlib.schema import Schema

__all__ = ["ClusterWriter"]

_Entry = tuple[str, bytes, dict[str, Any], bytes]  # key, digest, row, its JSON
_MAX_BULK = 5_000_000  # characters of articles that are sent together, about
_MAX_TRIES = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds before another try
_CONFLICT, _BUSY = 409, 429
_MISSING = 404


class ClusterWriter:
    """Writes to one index. There is no lock: articles that another writer changed meanwhile are
    compared again, so that the last one stays, whole."""

    manifest_path = ""

    def __init__(
        self, cluster: Cluster, schema: Schema, zone: tzinfo, *, names_language: bool
    ) -> None:
        self.schema = schema
        self.names_language = names_language
        self.commit_data: list[Any] = []
        self._cluster = cluster
        self._zone = zone
        self._seq = 0

    @property
    def last_commit_data(self) -> list[Any]:
        """Nothing: a run begins anew, and what is there already is unchanged."""
        return []

    def put_many(self, batch: Sequence[_Entry]) -> list[str]:
        """Add (key, digest, normalized article, its JSON) in order, as ``IndexWriter.put_many``
        does: "added", "updated" or "unchanged" for each."""
        outcomes: list[str] = []
        run: dict[str, _Entry] = {}
        size = 0
        for entry in batch:
            if entry[0] in run or size > _MAX_BULK:
                outcomes += self._put(run)
                run, size = {}, 0
            run[entry[0]] = entry
            size += len(entry[3])
        return outcomes + self._put(run)

    def commit(self) -> int:
        """Have what was written be found."""
        self._cluster.refresh()
        return 0

    def delete(self, keys: Iterable[str]) -> int:
        """Delete the articles with these keys; returns how many there were."""
        left, count = list(dict.fromkeys(keys)), 0
        for number in range(_MAX_TRIES):
            if not left:
                break
            _pause(number)
            answers = self._cluster.bulk({"delete": {"_id": key}} for key in left)
            again = []
            for key, answer in zip(left, answers, strict=True):
                if answer["status"] in (_BUSY, _CONFLICT):
                    again.append(key)
                elif answer["status"] != _MISSING:
                    self._check(key, answer)
                    count += 1
            left = again
        self._check_none_left(left)
        self._cluster.refresh()
        return count

    def _put(self, run: dict[str, _Entry]) -> list[str]:
        """Add articles with different keys."""
        outcomes: dict[str, str] = {}
        left = list(run)
        for number in range(_MAX_TRIES):
            if not left:
                break
            _pause(number)
            known = self._known(left)
            lines: list[dict[str, Any]] = []
            sent = []
            for key in left:
                _, digest, row, data = run[key]
                old = known.get(key)
                if old is not None and old["_source"]["digest"] == digest.hex():
                    outcomes.setdefault(key, "unchanged")
                    continue
                sent.append((key, "added" if old is None else "updated"))
                lines.append(_action(key, old))
                lines.append(document(self.schema, self._zone, row, digest, data, self._next_seq()))
            left = []
            answers = self._cluster.bulk(lines) if lines else []
            for (key, outcome), answer in zip(sent, answers, strict=True):
                if answer["status"] in (_BUSY, _CONFLICT):
                    left.append(key)
                else:
                    self._check(key, answer)
                    outcomes[key] = outcome
        self._check_none_left(left)
        return [outcomes[key] for key in run]

    def _known(self, keys: list[str]) -> dict[str, dict[str, Any]]:
        """The digests of the articles that are there, and which change each is of."""
        docs = [{"_id": key, "_source": ["digest"]} for key in keys]
        answers = self._cluster.call("POST", "/_mget", {"docs": docs})["docs"]
        for answer in answers:
            if "error" in answer:
                self._check(answer["_id"], {**answer, "status": 503})
        return {answer["_id"]: answer for answer in answers if answer["found"]}

    def _next_seq(self) -> int:
        """A number that is higher than those before it: the order of arrival."""
        self._seq = max(self._seq + 1, time.time_ns())
        return self._seq

    def _check(self, key: str, answer: dict[str, Any]) -> None:
        status, where = answer["status"], str(self._cluster.address)
        if status < 300:
            return
        error = answer.get("error") or {}
        why = f"{error.get('type', status)}: {str(error.get('reason', ''))[:200]}"
        kind = ArchiveUnreachable if status >= 500 else ArchiveError
        raise kind(f"{where}: the article {key!r} was not taken: {why}", where)

    def _check_none_left(self, left: list[str]) -> None:
        if left:
            where = str(self._cluster.address)
            cure = "add them again when it has less to do"
            raise ArchiveUnreachable(f"{where}: {len(left):,} articles were pushed back: {cure}",
                                     where)  # fmt: skip


def _action(key: str, old: dict[str, Any] | None) -> dict[str, Any]:
    """What is done with an article, unless another writer was there first."""
    if old is None:
        return {"create": {"_id": key}}
    return {
        "index": {
            "_id": key, "if_seq_no": old["_seq_no"], "if_primary_term": old["_primary_term"],
        }
    }  # fmt: skip


def _pause(number: int) -> None:
    if number:
        time.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (number - 1)))
