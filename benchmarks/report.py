"""Output: Markdown tables and JSON files."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; numbers with three significant digits.

    >>> print(table(["class", "ratio"], [["one", 0.51234]]))
    | class | ratio |
    | ----- | ----: |
    | one   | 0.512 |
    """
    cells = [[number(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]

    def line(row: Sequence[str]) -> str:
        first, *others = zip(row, widths, strict=True)
        parts = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(parts)} |"

    first, *others = widths
    rule = f"| {' | '.join(['-' * first, *('-' * (w - 1) + ':' for w in others)])} |"
    return "\n".join([line(header), rule, *map(line, cells)])


def number(value: Any) -> str:
    """A number with about three significant digits; text as it is; "" for None and nan.

    >>> number(1234.5), number(0.01234), number(float("nan"))
    ('1,234', '0.0123', '')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}" if value else "0"


def share(value: float) -> str:
    """A share in per cent.

    >>> share(0.125)
    '12.5 %'
    """
    return f"{100 * value:.1f} %"


def megabytes(size: float) -> float:
    """Bytes -> megabytes of a million bytes."""
    return size / 1e6


def heading(text: str) -> None:
    """A heading on standard output."""
    print(f"\n## {text}\n")


def save(part: str, corpus: str, about: dict[str, Any], figures: Any) -> Path:
    """Write a part's figures to benchmarks/results."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{part}-{corpus}.json"
    path.write_text(json.dumps({"machine": about, "figures": figures}, indent=1, default=str))
    return path


def load(part: str) -> list[tuple[str, dict[str, Any]]]:
    """The saved figures of a part: (corpus, figures), sorted by corpus."""
    paths = sorted(RESULTS.glob(f"{part}-*.json"))
    return [(p.stem.removeprefix(f"{part}-"), json.loads(p.read_text())["figures"]) for p in paths]
