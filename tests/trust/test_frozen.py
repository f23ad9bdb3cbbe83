"""A small archive of format 1, kept as it was made: every later version must open it.

It was made by ``python -m tests.trust.test_frozen`` from the project's folder, and is made anew
only if the format gets a new number.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import searchlib as sl
from tests.trust.world import SCHEMA, article, contents

FROZEN = Path(__file__).parent / "frozen"
ARCHIVE, EXPECTED = FROZEN / "format1", FROZEN / "format1.json"
QUERIES = ["rain", '"rain oslo"', "body:running", "section:world date:2012..2020", "har*"]


def make() -> None:
    """Make the archive and write down what it holds."""
    shutil.rmtree(FROZEN, ignore_errors=True)
    with sl.Archive.create(ARCHIVE, SCHEMA, zone="Europe/Oslo") as archive:
        archive.add([article(f"k{n}", 0, 30) for n in range(60)])
        archive.add([article(f"k{n}", 1) for n in range(5)])
        archive.delete(["k9"])
        found = {query: [hit.id for hit in archive.search(query, limit=99)] for query in QUERIES}
    (ARCHIVE / "writer.lock").unlink()
    kept = {"articles": contents(ARCHIVE), "found": found}
    EXPECTED.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")


def test_format_1_opens(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    shutil.copytree(ARCHIVE, path)
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert contents(path) == expected["articles"]
    with sl.Archive.open(path) as archive:
        assert archive.schema == SCHEMA
        for query, ids in expected["found"].items():
            assert {hit.id for hit in archive.search(query, limit=99)} == set(ids), query
        archive.add([article("new")])
        archive.optimize()
        assert len(archive) == len(expected["articles"]) + 1
    assert contents(path).keys() - {"new"} == expected["articles"].keys()


if __name__ == "__main__":
    make()
