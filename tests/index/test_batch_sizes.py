"""How much is worked on at a time makes no difference: not to files, answers, checks and repair."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib import kernels
from searchlib.codec.directory import Directory
from searchlib.index.repair import repair
from tests.index.resigned import change_segment
from tests.index.test_repair import saved_keys
from tests.index.test_segment_writer import segment_contents

SIZES = """codec.packed_ints._CHECK_STEP codec.term_dictionary._BATCH codec.doc_store._COPY_STEP
    codec.segment_file._MAX_IN_MEMORY index.inverter._MAX_TOKENS index.merger._MAX_TOKENS
    index.merger.MAX_ITEMS index.term_merge._LOOKUP_BATCH index.unit_merge._BATCH_BYTES
    index.segment_check._MAX_TOKENS index.segment_writer._BATCH_BYTES
    search.docset._SPARSE search.plan_phrase._SPARSE search.plan_spans._DOCS
    search.term_scan._TERMS_PER_CHECK search.multi_term._MAX_LOOKED_UP
    whoosh_backend.fallback._CHECK_EVERY""".split()
SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=2.0), body=sl.Text(), plain=sl.Text(language=""),
    section=sl.Keyword(), topics=sl.Keyword(many=True), words=sl.Number(), date=sl.Date(),
)  # fmt: skip
ARTICLES = [
    {
        "id": f"k{n * 7 % 60:03}", "title": f"Rain {n % 3}", "plain": "wind " * (n % 4),
        "body": f"Banks banked in Oslo{n % 9}. Snow fell{' again' * (n % 5)}.\n\nIt rained {n}.",
        "section": "World" if n % 3 else "wörld", "topics": [f"t{n % 4}", f"t{n % 6}"],
        "words": n % 10, "date": f"2022-{n % 12 + 1:02}",
    }
    for n in range(60)
]  # fmt: skip
QUERIES = [
    "bank", "oslo1 OR oslo2", '"snow fell again"', "snow NEAR/3 rained", "banked /s oslo3",
    "osl*", "/o.lo[1-5]/", "olso1~", "rain -oslo4", "section:world words:2..5", "title:rain^2",
]  # fmt: skip


def answers(path: Path) -> list[Any]:
    """Of an archive of several commits, before and after merging; its segments; what is saved of
    it when a part of it is damaged."""
    found: list[Any] = []
    with sl.Archive.create(path / "a", SCHEMA) as archive:
        for first in range(0, 60, 25):
            archive.add(ARTICLES[first : first + 25])
        archive.delete(["k007", "k021", "k059"])
        for _ in range(2):
            for query in QUERIES:
                results = archive.search(query, limit=5, facets=["section", "topics", "date:month"])
                found.append((query, results.to_dicts(), results.facets))
            segments = [sorted(one.items()) for one in segment_contents(path / "a")]
            found.append((archive.check(), segments))
            archive.optimize()

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        del sections["field.body.freqs"]

    change_segment(path / "a", 0, edit)
    with sl.Archive.open(path / "a") as archive:
        assert len(archive.check()) == 1
    repair(Directory(path / "a"), Directory(path / "b"))
    return [*found, saved_keys(path / "b")]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return answers(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize(("size", "compiled"), [(1, True), (3, True), (2, False)])
def test_how_much_at_a_time(
    size: int, compiled: bool, expected: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SIZES:
        module, _, constant = f"searchlib.{name}".rpartition(".")
        assert hasattr(importlib.import_module(module), constant)
        monkeypatch.setattr(f"{module}.{constant}", size)
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    for number, (found, wanted) in enumerate(zip(answers(tmp_path), expected, strict=True)):
        assert repr(found) == repr(wanted), number
