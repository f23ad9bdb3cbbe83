"""Adds articles to a cluster: those that are unchanged are left alone, what is pushed back is sent
again, and what two writers change at once is looked at again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from searchlib.errors import ArchiveError, ArchiveUnreachable
from searchlib.opensearch.cluster import BUSY, Cluster, ClusterBusy, RequestTooLarge
from searchlib.opensearch.mapping import DocumentMaker
from searchlib.schema import Schema

__all__ = ["ClusterWriter"]

_Entry = tuple[str, bytes, dict[str, Any], bytes]  # key, digest, row, its JSON
_Answer = dict[str, Any]
_MAX_BULK = 5_000_000  # bytes that are sent together, about
_MAX_DELETES = 10_000
_MAX_TRIES = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds before another try
_MISSING, _CONFLICT = 404, 409


class ClusterWriter:
    """Writes to one index. There is no lock: articles that another writer changed meanwhile are
    compared again, so that the last one stays, whole."""

    manifest_path = ""
    batch_size = 2048

    def __init__(
        self, cluster: Cluster, schema: Schema, zone: tzinfo, *, names_language: bool
    ) -> None:
        self.schema = schema
        self.names_language = names_language
        self.commit_data: list[Any] = []
        self._cluster = cluster
        self._maker = DocumentMaker(schema, zone)
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
        for entry in batch:
            if entry[0] in run:
                outcomes += self._put(run)
                run = {}
            run[entry[0]] = entry
        return outcomes + self._put(run)

    def commit(self) -> int:
        """Have what was written be found."""

        def send(left: list[str]) -> list[tuple[str, _Answer]]:
            self._cluster.refresh()
            return [(left[0], {"status": 200})]

        self._sent(["the refresh"], send)
        return 0

    def delete(self, keys: Iterable[str]) -> int:
        """Delete the articles with these keys; returns how many there were."""

        def send(left: list[str]) -> Iterator[tuple[str, _Answer]]:
            lines = [_json({"delete": {"_id": key}}) for key in left]
            for first in range(0, len(left), _MAX_DELETES):
                some = slice(first, first + _MAX_DELETES)
                yield from zip(left[some], self._cluster.bulk(lines[some]), strict=True)

        answers = self._sent([*dict.fromkeys(keys)], send)
        count: int = sum(answer["status"] != _MISSING for answer in answers.values())
        self.commit()
        return count

    def _put(self, run: dict[str, _Entry]) -> list[str]:
        """Add articles with different keys."""
        outcomes: dict[str, str] = {}

        def send(left: list[str]) -> Iterator[tuple[str, _Answer]]:
            known = self._known(left)
            waiting: dict[str, bytes] = {}
            size = 0
            for key in left:
                _, digest, row, data = run[key]
                old = known.get(key)
                if old is not None and old["_source"]["digest"] == digest.hex():
                    outcomes.setdefault(key, "unchanged")
                    continue
                outcomes[key] = "added" if old is None else "updated"
                document = self._maker.document(row, digest, data, self._next_seq())
                lines = _json(_action(key, old)) + _json(document)
                if waiting and size + len(lines) > _MAX_BULK:
                    yield from self._bulk(waiting)
                    waiting, size = {}, 0
                waiting[key] = lines
                size += len(lines)
            yield from self._bulk(waiting)

        if run:
            self._sent([*run], send)
        return [outcomes[key] for key in run]

    def _bulk(self, lines: Mapping[str, bytes]) -> Iterator[tuple[str, _Answer]]:
        """What became of each of these articles."""
        try:
            answers = self._cluster.bulk(lines.values()) if lines else []
        except RequestTooLarge:
            if len(lines) == 1:
                [key], where = lines, str(self._cluster.address)
                cure = "shorten it, or raise http.max_content_length of the nodes"
                message = f"{where}: the article {key!r} is too large for this cluster: {cure}"
                raise ArchiveError(message, where) from None
            for key, line in lines.items():
                yield from self._bulk({key: line})
        else:
            yield from zip(lines, answers, strict=True)

    def _sent(
        self, keys: list[str], send: Callable[[list[str]], Iterable[tuple[str, _Answer]]]
    ) -> dict[str, _Answer]:
        """The answers for keys that were sent. What was pushed back, or changed by another writer
        meanwhile, is sent again after a pause."""
        answers: dict[str, _Answer] = {}
        tries = 0
        while tries < _MAX_TRIES:
            _pause(tries)
            again, before = [], len(answers)
            try:
                for key, answer in send(keys):
                    if answer["status"] in (BUSY, _CONFLICT):
                        again.append(key)
                    else:
                        self._check(key, answer)
                        answers[key] = answer
            except ClusterBusy:
                again = [key for key in keys if key not in answers]
            keys = again
            if not keys:
                return answers
            tries = 1 if len(answers) > before else tries + 1
        where, cure = str(self._cluster.address), "add them again when it has less to do"
        message = f"{where}: {len(keys):,} articles were pushed back: {cure}"
        raise ArchiveUnreachable(message, where)

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
        if status < 300 or status == _MISSING:  # to be deleted, and not there
            return
        error = answer.get("error") or {}
        why = f"{error.get('type', status)}: {str(error.get('reason', ''))[:200]}"
        kind = ArchiveUnreachable if status >= 500 else ArchiveError
        raise kind(f"{where}: the article {key!r} was not taken: {why}", where)


def _action(key: str, old: dict[str, Any] | None) -> dict[str, Any]:
    """What is done with an article, unless another writer was there first."""
    if old is None:
        return {"create": {"_id": key}}
    return {
        "index": {
            "_id": key, "if_seq_no": old["_seq_no"], "if_primary_term": old["_primary_term"],
        }
    }  # fmt: skip


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _pause(number: int) -> None:
    if number:
        time.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (number - 1)))
