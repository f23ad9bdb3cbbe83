"""A few articles whose answers are plain to see."""

from __future__ import annotations

from typing import Any

import searchlib as sl

RECORDS: list[dict[str, Any]] = [
    {"id": "a1", "title": "Rain in Oslo", "body": "Heavy rain fell on the harbour of Oslo.",
     "date": "2021-05-02", "source": "Wire", "section": "Weather", "authors": ["Ann Lee"]},
    {"id": "a2", "title": "Snow in Bergen", "body": "Snow and rain closed the harbour.",
     "date": "2022-08-31T23:30:00-05:00", "source": "Wire", "section": "Weather",
     "authors": ["Ann Lee", "Bo Ek"], "words": 460},
    {"id": "a3", "title": "Election of a minister", "body": "The minister spoke of rain taxes.",
     "date": "2022-08-02", "source": "Post", "section": "Politics", "url": "https://x/a3"},
    {"id": "a4", "title": "Internet civilization", "body": "A forum on internet civilization.",
     "source": "Post"},
]  # fmt: skip


def ids(found: Any) -> list[str]:
    return [hit.id for hit in found]


def contents(archive: sl.Archive) -> dict[str, Any]:
    return {record["id"]: record for record in archive.export()}
