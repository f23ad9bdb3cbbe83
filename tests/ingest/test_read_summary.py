"""The summary of a run over files."""

from __future__ import annotations

import io
import json
import pickle

from searchlib.ingest.sources import read


def test_a_summary_is_plain_and_can_be_pickled() -> None:
    reader = read(io.BytesIO(b"id,headline,date\n1,Rain,14/03/2022\n2,Sun,03/04/2022\n"))
    assert len(list(reader)) == 2
    assert pickle.loads(pickle.dumps(reader.summary)) == reader.summary
    assert json.loads(json.dumps(reader.summary.to_json())) == {
        "files": {"CSV": 1},
        "records": {"CSV": 2},
        "renamed": {"headline": "title"},
        "passed_over": {},
        "encodings": {},
        "orders": {"<stream>": "day first"},
    }
