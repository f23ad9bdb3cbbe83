"""Fuzzing with atheris: whatever the input, only errors of searchlib are raised.

    pip install atheris
    python -m tests.fuzz.fuzz query -max_total_time=300 [FOLDER OF FINDINGS]

The target is one of those at the end; all other arguments are libFuzzer's. Add every finding to
the tests as a case.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["searchlib"]):
    import searchlib as sl
    from searchlib.dates import read_interval, read_partial_date
    from searchlib.ingest import read
    from searchlib.query import parse
    from tests.query.test_cases import DATES, SCHEMA
    from tests.trust import world
    from tests.trust.test_hostile import manifest, refooted, signed

WORK = Path(tempfile.mkdtemp())
atexit.register(shutil.rmtree, WORK, ignore_errors=True)


def text_of(data: bytes) -> str:
    """Any text, also with lone surrogates."""
    provider = atheris.FuzzedDataProvider(data)
    text: str = provider.ConsumeUnicode(4096)
    return text


def fuzz_query(data: bytes) -> None:
    """Parsed strictly and leniently, and run; the canonical text parses to the same tree."""
    text = text_of(data)
    assert parse(text, SCHEMA, dates=DATES, lenient=True).query is not None
    try:
        parsed = parse(text, SCHEMA, dates=DATES)
    except sl.QueryError as error:
        assert error.text == text
        assert 0 <= error.span[0] <= error.span[1] <= len(text) + 1
        error.pointer()
    else:
        assert parse(parsed.canonical, SCHEMA, dates=DATES).query == parsed.query
    with contextlib.suppress(sl.QueryError):
        found = archive().search(text, lenient=True)
        assert isinstance(found.notes, list)
        [hit.snippet("body") for hit in found]


def fuzz_dates(data: bytes) -> None:
    text = text_of(data)
    for read_one in (read_partial_date, lambda text: read_interval(text, DATES)):
        with contextlib.suppress(ValueError, sl.SearchlibError):
            read_one(text)


def fuzz_page(data: bytes) -> None:
    record = sl.read_page(text_of(data), "page.txt").record()
    with contextlib.suppress(sl.RecordError):  # a lone surrogate
        sl.NEWS.normalize(record)


def fuzz_source(data: bytes) -> None:
    """JSON Lines, JSON and pages, compressed or not, detected by content and by name."""
    for name in ("<stream>", "a.jsonl", "a.json", "a.txt", "a.jsonl.gz"):
        if name == "<stream>":
            found = list(read(io.BytesIO(data)))
        else:
            (WORK / name).write_bytes(data)
            found = list(read(WORK / name))
        for item in found:
            assert isinstance(item, (sl.Article, sl.Rejected))
            if isinstance(item, sl.Article):
                with contextlib.suppress(sl.RecordError):
                    sl.NEWS.normalize(item.record())


def grafted(tree: Any, data: bytes) -> Any:
    """A tree of plain values with one part replaced."""
    provider = atheris.FuzzedDataProvider(data)
    value: Any = provider.PickValueInList([None, -1, 1 << 62, 0.5, "", [], {}, True, "../x"])
    if provider.ConsumeBool():
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(provider.ConsumeUnicodeNoSurrogates(200))
    part = tree
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        if not keys:
            return value
        key = provider.PickValueInList(keys)
        if not isinstance(part[key], (dict, list)) or provider.ConsumeBool():
            part[key] = value
            return tree
        part = part[key]


def opened(path: Path, *, search: bool = True) -> None:
    with contextlib.suppress(sl.SearchlibError), sl.Archive.open(path) as found:
        found.check()
        if search:
            found.search("rain oslo", match="any", facets=["section"])
        list(found.export())


def fuzz_manifest(data: bytes) -> None:
    """A manifest with a correct checksum, of which one part was replaced."""
    path = copied()
    (path / "manifest.json").write_bytes(signed(grafted(manifest(path), data)))
    opened(path)


def fuzz_footer(data: bytes) -> None:
    """A segment whose footer has a correct checksum, with one part replaced."""
    path = copied()
    refooted(path, lambda footer: json.dumps(grafted(footer, data)).encode())
    opened(path, search=False)  # numbers with a correct checksum are trusted


def fuzz_bytes(data: bytes) -> None:
    """A file of an archive in which some bytes were changed."""
    path = copied()
    provider = atheris.FuzzedDataProvider(data)
    name = provider.PickValueInList(sorted(p.name for p in path.iterdir()))
    content = bytearray((path / name).read_bytes())
    for _ in range(provider.ConsumeIntInRange(1, 4)):
        if content:
            at = provider.ConsumeIntInRange(0, len(content) - 1)
            piece = provider.ConsumeBytes(8)
            content[at : at + len(piece)] = piece
    (path / name).write_bytes(content)
    opened(path)


def archive() -> sl.Archive:
    """A small archive, created once."""
    if "queried" not in _archives:
        archive = sl.Archive.create(WORK / "queried", SCHEMA)
        archive.add(
            [{"id": n, "title": "rain", "body": f"rain in the oslo w{n}"} for n in range(50)]
        )
        _archives["queried"] = archive
    queried: sl.Archive = _archives["queried"]
    return queried


def copied() -> Path:
    """A fresh copy of a small archive with deletions."""
    if not (WORK / "start").exists():
        with sl.Archive.create(WORK / "start", world.SCHEMA) as archive:
            archive.add([world.article(f"k{n}") for n in range(40)])
            archive.delete(["k3"])
    shutil.rmtree(WORK / "copy", ignore_errors=True)
    shutil.copytree(WORK / "start", WORK / "copy")
    return WORK / "copy"


_archives: dict[str, Any] = {}
TARGETS: dict[str, Callable[[bytes], None]] = {
    name.removeprefix("fuzz_"): target
    for name, target in list(globals().items())
    if name.startswith("fuzz_")
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"{__doc__}\ntargets: {', '.join(TARGETS)}")
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
