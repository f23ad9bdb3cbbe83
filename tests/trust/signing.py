"""Archives that make no sense and whose checksums are right all the same.

An archive is taken apart by its documented format alone, one value in it is changed, and it is
put together again with checksums that fit: what a version with a fault, or an attacker, could have
written. Nothing of searchlib is used here.
"""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

__all__ = ["MUTATIONS", "SegmentParts", "mutate"]

PAGE = 1 << 14
TAIL = struct.Struct("<QQI8s")
Array = npt.NDArray[Any]


@dataclass
class SegmentParts:
    """A segment file, taken apart: its arrays by name, and its meta."""

    magic: bytes
    arrays: dict[str, Array]
    meta: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> SegmentParts:
        data = path.read_bytes()
        start, length, _, magic = TAIL.unpack(data[-TAIL.size :])
        footer = json.loads(data[start : start + length])
        arrays = {
            name: np.frombuffer(data, "<" + dtype, count, offset).copy()
            for name, (offset, count, dtype) in footer["sections"].items()
        }
        return cls(magic, arrays, footer["meta"])

    def write(self, path: Path) -> tuple[int, int]:
        """Write the file with right checksums; its length and its footer's CRC-32."""
        body = bytearray(self.magic)
        sections: dict[str, list[Any]] = {}
        for name, array in self.arrays.items():
            body += bytes(-len(body) % 64)
            sections[name] = [len(body), len(array), array.dtype.str[1:]]
            body += array.tobytes()
        body += bytes(-len(body) % 64)
        pages = [zlib.crc32(body[at : at + PAGE]) for at in range(0, len(body), PAGE)]
        table = np.array(pages, "<u4").tobytes()
        footer = json.dumps(
            {
                "sections": sections,
                "meta": self.meta,
                "table": [len(body), len(pages), zlib.crc32(table)],
            }
        ).encode()
        crc = zlib.crc32(footer)
        tail = TAIL.pack(len(body) + len(table), len(footer), crc, self.magic)
        whole = bytes(body) + table + footer + tail
        path.write_bytes(whole)
        return len(whole), crc


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest without the line of its checksum."""
    text = (path / "manifest.json").read_bytes().removesuffix(b"\n").rpartition(b"\n")[0]
    body: dict[str, Any] = json.loads(text)
    return body


def write_manifest(path: Path, body: dict[str, Any]) -> None:
    """Write the manifest with a right checksum."""
    text = json.dumps(body).encode()
    (path / "manifest.json").write_bytes(text + b"\n%08x\n" % zlib.crc32(text))


# -- one change each: they say what they changed, or "" if there was nothing to change ----------


def change_array(path: Path, rng: random.Random) -> str:
    """A value, some values, the length or the order of one named array."""

    def change(parts: SegmentParts) -> str:
        name = rng.choice(sorted(parts.arrays))
        array = parts.arrays[name]
        mutation = rng.choice(
            ("one", "one", "some", "shorter", "longer", "swap", "fill", "reverse")
        )
        parts.arrays[name] = _changed(array, mutation, rng)
        return f"{name}: {mutation}"

    return _segment(path, rng, change)


def _changed(array: Array, mutation: str, rng: random.Random) -> Array:
    size = len(array)
    if mutation == "shorter":
        return array[: rng.randrange(size)] if size else array
    if mutation == "longer":
        tail = np.repeat(array[-1:] if size else np.zeros(1, array.dtype), rng.choice((1, 9, 999)))
        return np.concatenate((array, tail))
    if not size:
        return array
    array = array.copy()
    if mutation == "reverse":
        return array[::-1].copy()
    if mutation == "swap":
        a, b = rng.randrange(size), rng.randrange(size)
        array[[a, b]] = array[[b, a]]
        return array
    if mutation == "fill":
        array[rng.randrange(size) :] = _value(array, 0, rng)
        return array
    for _ in range(1 if mutation == "one" else rng.randrange(2, 20)):
        at = rng.randrange(size)
        array[at] = _value(array, at, rng)
    return array


def _value(array: Array, at: int, rng: random.Random) -> Any:
    if array.dtype.kind == "f":
        return rng.choice((0.0, -1.0, 1e308, -1e308, 5e-324, float("nan"), float("inf"), 7.5))
    info = np.iinfo(array.dtype)
    old = int(array[at])
    flipped = old ^ (1 << rng.randrange(info.bits - 1))
    anything = rng.randint(int(info.min), int(info.max))
    choices = [0, 1, info.max, info.min, info.max // 2, old + 1, old - 1, flipped, anything]
    return min(max(rng.choice(choices), int(info.min)), int(info.max))


ODD: tuple[Any, ...] = (
    None, -1, 0, 1, 3, 1 << 40, 1 << 70, 1.5, 1e-307, 1e308, True, "", "x", "en", "text", "number",
    [], [1], {}, {"kind": 1},
)  # fmt: skip


def change_meta(path: Path, rng: random.Random) -> str:
    """A value of a segment's meta data."""
    return _segment(path, rng, lambda parts: _change_json(parts.meta, rng))


def change_dtype(path: Path, rng: random.Random) -> str:
    """The type of an array's items."""

    def change(parts: SegmentParts) -> str:
        name = rng.choice(sorted(parts.arrays))
        dtype = rng.choice(("u1", "u2", "u4", "u8", "i2", "i4", "i8", "f8"))
        with np.errstate(all="ignore"):
            parts.arrays[name] = parts.arrays[name].astype(dtype)
        return f"{name}: as {dtype}"

    return _segment(path, rng, change)


def drop_array(path: Path, rng: random.Random) -> str:
    """An array is not there, or another stands in its place."""

    def change(parts: SegmentParts) -> str:
        name, other = rng.choice(sorted(parts.arrays)), rng.choice(sorted(parts.arrays))
        if rng.random() < 0.5:
            del parts.arrays[name]
            return f"{name}: missing"
        parts.arrays[name] = parts.arrays[other].copy()
        return f"{name}: is {other}"

    return _segment(path, rng, change)


def change_manifest(path: Path, rng: random.Random) -> str:
    """A value of the manifest: schema, settings, segments, numbers."""
    body = read_manifest(path)
    what = _change_json(body, rng)
    write_manifest(path, body)
    return f"manifest: {what}"


def change_deletes(path: Path, rng: random.Random) -> str:
    """Which documents are deleted; the count may be right or not."""
    body = read_manifest(path)
    having = [segment for segment in body["segments"] if segment["deletes"]]
    if not having:
        return ""
    entry = rng.choice(having)["deletes"]
    data = bytearray((path / entry["file"]).read_bytes())
    for _ in range(rng.randrange(1, 9)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    (path / entry["file"]).write_bytes(data)
    entry["crc"] = zlib.crc32(data)
    if rng.random() < 0.7:
        entry["count"] = sum(bin(byte).count("1") for byte in data)
    write_manifest(path, body)
    return f"{entry['file']}: bits"


def change_stored(path: Path, rng: random.Random) -> str:
    """A stored article: other values, no JSON, another length."""

    def change(parts: SegmentParts) -> str:
        ends = parts.arrays["stored.ends"].astype(np.int64).tolist()
        firsts = parts.arrays["stored.firsts"].astype(np.int64).tolist()
        lengths = parts.arrays["stored.lengths"].astype(np.int64).tolist()
        if not ends:
            return ""
        block = rng.randrange(len(ends))
        packed = parts.arrays["stored"].tobytes()
        starts = [0, *ends[:-1]]
        text = zstandard.ZstdDecompressor().decompress(packed[starts[block] : ends[block]])
        last = firsts[block + 1] if block + 1 < len(firsts) else len(lengths)
        documents = list(range(firsts[block], last))
        articles, at = [], 0
        for document in documents:
            articles.append(text[at : at + lengths[document]])
            at += lengths[document]
        number = rng.randrange(len(articles))
        articles[number] = _odd_article(articles[number], rng)
        for document, article in zip(documents, articles, strict=True):
            lengths[document] = len(article)
        fresh = zstandard.ZstdCompressor().compress(b"".join(articles))
        growth = len(fresh) - (ends[block] - starts[block])
        whole = packed[: starts[block]] + fresh + packed[ends[block] :]
        parts.arrays["stored"] = np.frombuffer(whole, "u1")
        ends[block:] = [end + growth for end in ends[block:]]
        parts.arrays["stored.ends"] = np.array(ends, "u4")
        parts.arrays["stored.lengths"] = np.array(lengths, "u4")
        return f"article {documents[number]}: {articles[number][:40]!r}"

    return _segment(path, rng, change)


def _odd_article(data: bytes, rng: random.Random) -> bytes:
    choice = rng.randrange(7)
    if choice == 0:
        odd = (b"", b"null", b"[]", b"7", b'"text"', b"{", b"\xff\xfe{}", b"[" * 100_000)
        return rng.choice(odd)
    record = json.loads(data)
    name = rng.choice(sorted(record))
    if choice == 1:
        del record[name]
    elif choice == 2:
        record["id"] = rng.choice(("other", "", 7, None))
    else:
        nested: tuple[Any, ...] = ({"a": {"b": [1] * 9}}, ["x", 7, None])
        record[name] = rng.choice((*ODD, float("nan"), "\ud800", *nested))
    return json.dumps(record).encode("utf-8", "surrogatepass")


def _change_json(body: Any, rng: random.Random) -> str:
    """Change one value, anywhere in plain data."""
    places: list[tuple[Any, Any, str]] = []

    def walk(value: Any, way: str) -> None:
        items: list[tuple[Any, Any]] = []
        if isinstance(value, (dict, list)):
            items = list(value.items() if isinstance(value, dict) else enumerate(value))
        for key, inner in items:
            places.append((value, key, f"{way}.{key}"))
            walk(inner, f"{way}.{key}")

    walk(body, "")
    owner, key, way = rng.choice(places)
    if rng.random() < 0.15:
        del owner[key]
        return f"{way} missing"
    old = owner[key]
    choices = [*ODD]
    if isinstance(old, int) and not isinstance(old, bool):
        choices += [old + 1, old - 1, old * 2, -old]
    owner[key] = rng.choice(choices)
    return f"{way} = {owner[key]!r}"


def _segment(path: Path, rng: random.Random, change: Callable[[SegmentParts], str]) -> str:
    body = read_manifest(path)
    if not body["segments"]:
        return ""
    entry = rng.choice(body["segments"])
    parts = SegmentParts.read(path / entry["file"])
    what = change(parts)
    entry["bytes"], entry["crc"] = parts.write(path / entry["file"])
    write_manifest(path, body)
    return f"{entry['file']}: {what}" if what else ""


MUTATIONS: dict[str, Callable[[Path, random.Random], str]] = {
    "array": change_array,
    "meta": change_meta,
    "dtype": change_dtype,
    "missing": drop_array,
    "manifest": change_manifest,
    "deletes": change_deletes,
    "stored": change_stored,
}
_WEIGHTS = (12, 2, 2, 2, 3, 1, 3)


def mutate(path: Path, seed: int) -> str:
    """Change one thing in the archive at ``path``, by a seed; says what."""
    rng = random.Random(seed)
    what = ""
    while not what:
        kind = rng.choices(list(MUTATIONS), _WEIGHTS)[0]
        what = MUTATIONS[kind](path, rng)
    return what
