"""A state machine of an archive against a dict."""

from __future__ import annotations

import tempfile
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import searchlib as sl
from tests.trust.world import SCHEMA, WORDS, contents, leftovers

keys = st.sampled_from([f"k{n}" for n in range(8)])
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
records = st.fixed_dictionaries(
    {"id": keys, "body": words},
    optional={
        "section": st.sampled_from(["World", "Sports"]),
        "words": st.integers(0, 9),
        "date": st.sampled_from(["2020", "2021-05", "2022-08-31T09:20+08:00"]),
        "note": st.integers(0, 3),
    },
)
bad = st.sampled_from(
    [{}, {"id": ""}, {"id": "k1", "words": "many"}, {"id": "k2", "body": 7},
     {"id": "k3", "date": "31 June"}, {"id": "k4", "body": "half \ud800"}, 17, None,
     {"id": "k5", "note": {1, 2}}]
)  # fmt: skip


class ArchiveMachine(RuleBasedStateMachine):
    """``self.model`` is what the archive must hold; ``self.pinned`` what old snapshots must."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.archive = sl.Archive.create(self.folder.name, SCHEMA)
        self.other = sl.Archive.open(self.folder.name)
        self.model: dict[str, dict[str, Any]] = {}
        self.pinned: list[tuple[sl.Snapshot, dict[str, dict[str, Any]]]] = []

    @rule(batch=st.lists(st.one_of(records, bad), max_size=12))
    def add(self, batch: list[Any]) -> None:
        report = self.archive.add(batch)
        expected, refused = dict(self.model), 0
        for record in batch:
            try:
                row = SCHEMA.normalize(record) if isinstance(record, dict) else None
            except sl.RecordError:
                row = None
            if row is None:
                refused += 1
            else:
                expected[row["id"]] = row
        assert len(report.rejected) == refused
        assert report.accepted == len(batch) - refused
        self.model = expected

    @rule(gone=st.lists(keys, max_size=4))
    def delete(self, gone: list[str]) -> None:
        assert self.archive.delete(gone) == len(self.model.keys() & set(gone))
        for key in gone:
            self.model.pop(key, None)

    @rule(word=st.sampled_from(WORDS))
    def delete_by_query(self, word: str) -> None:
        gone = self.holding(word)
        assert self.archive.delete(query=f'body:"{word}"') == len(gone)
        for key in gone:
            del self.model[key]

    @rule(record=records)
    def cancel(self, record: dict[str, Any]) -> None:
        writer = self.archive.whoosh.writer()
        writer.update_document(**record)
        writer.cancel()

    @rule(record=records)
    def fail(self, record: dict[str, Any]) -> None:
        def articles() -> Any:
            yield record
            raise RuntimeError("the source broke")

        with pytest.raises(RuntimeError):
            self.archive.add(articles())

    @rule()
    def optimize(self) -> None:
        self.archive.optimize()
        assert self.archive.stats().segments <= 1

    @rule()
    def reopen(self) -> None:
        self.archive.close()
        self.archive = sl.Archive.open(self.folder.name)

    @rule()
    def swap(self) -> None:
        """Go on writing through the object that has been reading."""
        self.archive, self.other = self.other, self.archive

    @precondition(lambda self: len(self.pinned) < 4)
    @rule()
    def pin(self) -> None:
        self.pinned.append((self.archive.snapshot(), dict(self.model)))

    @precondition(lambda self: self.pinned)
    @rule()
    def unpin(self) -> None:
        self.pinned.pop(0)[0].close()

    @invariant()
    def all_see_the_last_commit(self) -> None:
        for view in (self.archive, self.other):
            self.compare(view, self.model)

    @invariant()
    def snapshots_stay(self) -> None:
        for snapshot, model in self.pinned:
            self.compare(snapshot, model)

    def compare(self, view: Any, model: dict[str, dict[str, Any]]) -> None:
        assert len(view) == len(model)
        assert {record["id"]: record for record in view.export()} == model
        for word in WORDS[:3]:
            expected = {key for key, row in model.items() if word in row["body"].split()}
            found = view.search(f'body:"{word}"', limit=100, facets=["section"])
            assert {hit.id for hit in found} == expected
            assert found.total == len(expected)
            facets = found.facets["section"]
            assert sum(count for _, count in facets) + facets.missing == len(expected)

    def holding(self, word: str) -> list[str]:
        return [key for key, row in self.model.items() if word in row["body"].split()]

    def teardown(self) -> None:
        for snapshot, _ in self.pinned:
            snapshot.close()
        self.archive.close()
        self.other.close()
        assert contents(self.folder.name, words=False) == self.model
        assert leftovers(self.folder.name) == []
        self.folder.cleanup()


def machine(examples: int, steps: int) -> Any:
    case = type("Case", (ArchiveMachine.TestCase,), {})
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return case


TestModel = machine(8, 20)
TestModelLong = pytest.mark.slow(machine(500, 30))
