"""What was read of which files, and how it was understood."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ReadSummary"]


@dataclass
class ReadSummary:
    """What a run over files read: ``files`` and ``records`` by format, ``renamed`` keys with the
    fields that they became, ``passed_over`` files by what they are, ``encodings`` other than UTF-8
    with the number of files, ``orders`` of dates (how "03/04/2022" was read, and in which files).

    >>> ReadSummary(files=Counter({"CSV": 1}), records=Counter({"CSV": 20})).to_json()["records"]
    {'CSV': 20}
    """

    files: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    renamed: dict[str, str] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    orders: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The summary as plain values."""
        return {
            "files": dict(self.files),
            "records": dict(self.records),
            "renamed": dict(self.renamed),
            "passed_over": dict(self.passed_over),
            "encodings": dict(self.encodings),
            "orders": dict(self.orders),
        }
