"""Small archives, one of each format, kept as they were made: every later version opens them.

That of the present format was made by ``python -m tests.trust.test_frozen`` from the project's
folder; one is added if the format gets a new number, and none is made anew.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.index.manifest import _FORMAT, _FORMATS
from tests.trust.world import SCHEMA, article, contents

FROZEN = Path(__file__).parent / "frozen"
QUERIES = ["rain", '"rain oslo"', "body:running", "section:world date:2012..2020", "har*"]


def make() -> None:
    """Make the archive and write down what it holds."""
    path = FROZEN / f"format{_FORMAT}"
    with sl.Archive.create(path, SCHEMA, zone="Europe/Oslo") as archive:
        archive.add([article(f"k{n}", 0, 30) for n in range(60)])
        archive.add([article(f"k{n}", 1) for n in range(5)])
        archive.delete(["k9"])
        found = {query: [hit.id for hit in archive.search(query, limit=99)] for query in QUERIES}
    (path / "writer.lock").unlink()
    kept = {"articles": contents(path), "found": found}
    path.with_suffix(".json").write_text(
        json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8"
    )


@pytest.mark.parametrize("number", _FORMATS)
def test_every_format_opens(tmp_path: Path, number: int) -> None:
    path, kept = tmp_path / "archive", FROZEN / f"format{number}"
    shutil.copytree(kept, path)
    expected = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
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
