"""What the tests of reading share: JSON Lines to read, and what was read in short."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from searchlib.ingest.article import Article, Rejected

CORPORA = Path(
    os.environ.get("SEARCHLIB_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)

#: The text of a page that has all parts.
PAGE = """ date 2023-01-02 Ferry line opens across the bay

Xinhua) 09:20, January 1, 2023

HARBOR CITY, Dec. 31 (Xinhua) -- A ferry line opened on Saturday.

Four boats run every hour, the operator said.

(Web editor: Ann Lee, Bo Li)"""


def lines(count: int, **more: Any) -> bytes:
    """JSON Lines of articles "a0", "a1", ..."""
    records = ({"id": f"a{number}", "title": f"Rain {number}", **more} for number in range(count))
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def ids(items: Iterator[Article | Rejected]) -> list[str]:
    """The id of each article, and the text of each rejected record."""
    return [item.id if isinstance(item, Article) else str(item) for item in items]
