"""Archives that are found damaged when their articles are read."""

from __future__ import annotations

import random
from pathlib import Path

from searchlib.archive import Archive
from searchlib.schema import Key, Schema, Text

__all__ = ["damage_articles", "two_archives"]


def two_archives(tmp_path: Path) -> list[Path]:
    """Two archives about rain, most of which are the stored articles."""
    pick = random.Random(1)
    folders = [tmp_path / "m1", tmp_path / "m2"]
    for folder in folders:
        rows = [
            {"id": f"{folder.name}-{n}", "title": "Rain", "noise": pick.randbytes(999).hex()}
            for n in range(40)
        ]
        with Archive.create(folder, Schema(id=Key(), title=Text())) as archive:
            archive.add(rows)
    return folders


def damage_articles(folder: Path) -> None:
    """Change what only reading the articles finds."""
    [segment] = folder.glob("*.seg")
    data = bytearray(segment.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(byte ^ 0xFF for byte in data[middle : middle + 64])
    segment.write_bytes(data)
