"""Programs of standing queries in a file: what is read is what was written, or nothing, whatever
the bytes are; processes that have the file make no programs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard
from whoosh import query as wq

import searchlib as sl
from searchlib.dates import DateSettings
from searchlib.index.index_writer import IndexWriter
from searchlib.watches import registry, stored_programs
from searchlib.watches.known_words import KnownWords
from searchlib.watches.leaves import LeafTable
from searchlib.watches.packed_programs import PackedPrograms
from searchlib.watches.programs import ProgramMaker
from searchlib.watches.stored_programs import ProgramSet, decode_programs, encode_programs
from searchlib.watches.watch_list import encode_watches
from tests.watches.test_batch import SCHEMA, query_of

NOW = DateSettings()
#: Of each kind of leaf one.
QUERIES = [
    "rain", "=rain", '"heavy rain" -snow', "rai* OR *now", "rain NEAR/5 oslo", "rain /s oslo",
    '"heavy rain" W/3 oslo', "title:rain /p title:oslo", "section:world", "date:2020..2021",
    "date:>2020-06", "words:1..9", "words:>5.5", f"words:>{10**30}", "note:rain", "-rain", "*",
    "b?nk", "atleast2(rain)",
]  # fmt: skip


def make(texts: list[str], schema: sl.Schema = SCHEMA) -> ProgramSet:
    """The programs of some queries that need no searcher."""
    table = LeafTable(schema)
    maker, programs, names = ProgramMaker(table), [], []
    for text in texts:
        try:
            tree = sl.query.parse(text, schema, dates=NOW).query
        except sl.QueryError:
            continue
        ProgramMaker(trial := LeafTable(schema)).compile(tree)
        if not trial.searcher_leaves:
            programs.append(maker.compile(tree))
            names.append(text)
    digests = [blake2b(name.encode(), digest_size=16).digest() for name in names]
    flags = np.arange(len(names)) % 3 == 0
    known = KnownWords(table)
    return ProgramSet(table, known, PackedPrograms.of(programs), digests, names, flags, 7)


def content_of(programs: ProgramSet) -> Any:
    """All that is kept, as plain data."""
    data = encode_programs(programs, "")
    return msgspec.msgpack.decode(zstandard.decompress(data[data.index(b"\x28\xb5\x2f\xfd") :]))


def test_what_is_read_is_what_was_written() -> None:
    chance = random.Random(18)
    first = make([*QUERIES, *(query_of(chance) for _ in range(100))])
    again = decode_programs(encode_programs(first, "zone"), SCHEMA, "zone")
    assert again is not None
    assert content_of(again) == content_of(first)
    assert [leaf for leaf, _ in again.table.ranges] == [leaf for leaf, _ in first.table.ranges]
    # Queries that come later have the leaves that there are, and new ones.
    for text in [*first.names, *(query_of(chance) for _ in range(50))]:
        try:
            tree = sl.query.parse(text, SCHEMA, dates=NOW).query
        except sl.QueryError:
            continue
        one, other = (ProgramMaker(each.table).compile(tree) for each in (first, again))
        assert one == other, text
        assert again.table.count == first.table.count


def test_other_settings_and_versions_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode_programs(make(QUERIES), "zone")
    assert decode_programs(data, SCHEMA, "zone") is not None
    assert decode_programs(data, SCHEMA, "another zone") is None
    assert decode_programs(data, sl.NEWS, "zone") is None
    assert decode_programs(data, SCHEMA.bound(2, "fr"), "zone") is None
    monkeypatch.setattr(stored_programs, "FORMAT", stored_programs.FORMAT + 1)
    assert decode_programs(data, SCHEMA, "zone") is None


def test_no_bytes_are_trusted() -> None:
    """Right checksums, as an attacker would make them: what is taken can be run and added to."""
    chance = random.Random(18)
    good = encode_programs(make(QUERIES), "")
    head, content = good[: good.index(b"\x28\xb5\x2f\xfd")], content_of(make(QUERIES))
    taken = 0
    for number in range(400):
        wrong = bytearray(msgspec.msgpack.encode(changed_at_random(content, chance)))
        if number % 2:
            wrong[chance.randrange(len(wrong))] = chance.randrange(256)
        some = decode_programs(head + zstandard.compress(bytes(wrong)), SCHEMA, "")
        if some is not None:
            taken += 1
            rows = np.zeros((some.table.count, 2), np.uint64) if some.table.count < 9999 else None
            if rows is not None:
                some.programs.run(rows)
                ProgramMaker(some.table).compile(sl.query.parse(QUERIES[2], SCHEMA).query)
    assert taken < 350
    for size in range(0, len(good), 7):
        assert decode_programs(good[:size], SCHEMA, "") is None
    assert decode_programs(head + zstandard.compress(b"\x00" * 10), SCHEMA, "") is None


def changed_at_random(value: Any, chance: random.Random) -> Any:
    """A copy with some part of it another."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        return value | {key: changed_at_random(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], changed_at_random(value[at], chance), *value[at + 1 :]]
    if isinstance(value, bytes) and value:
        at, new = chance.randrange(len(value)), chance.choice([0, 1, 127, 255])
        return chance.choice([value[:at] + bytes([new]) + value[at + 1 :], value[:-4], value * 2])
    return chance.choice([None, -1, 0, 1 << 31, 1 << 62, "x", b"x", [], {}, True])


SMALL = sl.Schema(
    id=sl.Key(), body=sl.Text(), section=sl.Keyword(), words=sl.Number(), date=sl.Date()
)
SMALL_QUERIES = [
    "rain", "=rain", "rai* OR *now", "rain NEAR/5 oslo", "rain /s oslo", '"heavy rain in"',
    '"heavy rain" W/3 oslo', "section:world", "words:1..9",
]  # fmt: skip
#: The places of what is kept, and of what is kept of a field.
(COUNT, FIELDS, KEYWORDS, RANGES, TRIE_WORDS, TRIE_KEYS, CODES, STARTS, DIGESTS, NAMES, FLAGS,
 UNUSED, KNOWN) = range(13)  # fmt: skip
(TEXTS, WORD_LEAVES, LETTERS, POSITIONAL, LENGTHS, NEAR, SAME, PHRASES, POSITIONAL_PHRASES) = (
    (FIELDS, "body", place) for place in range(9)
)


def decoded(content: Any, schema: sl.Schema = SMALL) -> ProgramSet | None:
    """What is read of plain data."""
    good = encode_programs(make([], schema), "")
    head = good[: good.index(b"\x28\xb5\x2f\xfd")]
    return decode_programs(head + zstandard.compress(msgspec.msgpack.encode(content)), schema, "")


def changed(place: tuple[Any, ...], new: Any) -> Any:
    """What is kept, with something else at a place: ``new`` makes it of what is there."""
    content = inside = content_of(make(SMALL_QUERIES, SMALL))
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = new(inside[place[-1]], content)
    return content


def number(at: int, value: int | str, kind: Any = np.int32) -> Any:
    """What puts another number into an array; "leaves", "nodes", "words" and "places" stand for how
    many of these there are."""

    def put(old: bytes, content: Any) -> bytes:
        counts = {
            "leaves": content[COUNT], "nodes": len(content[TRIE_KEYS]) // 8,
            "words": len(content[FIELDS]["body"][0]),
            "places": len(content[FIELDS]["body"][3]) // 4,
        }  # fmt: skip
        array = np.frombuffer(old, kind).copy()
        array[at] = counts[value] if isinstance(value, str) else value
        return array.tobytes()

    return put


def made(value: Any) -> Any:
    """What puts a value in the place of another."""
    return lambda old, content: value


@pytest.mark.parametrize(
    ("place", "new"),
    [
        ((COUNT,), lambda old, _: old - 1), ((FIELDS,), made({})),
        ((FIELDS,), lambda old, _: old | {"title": old["body"]}), ((KEYWORDS,), made({})),
        ((KEYWORDS,), lambda old, _: old | {"topic": {}}),
        ((KEYWORDS, "section", b"world"), lambda _, content: content[COUNT]),
        ((KEYWORDS, "section", b"world"), made(-1)), ((RANGES, 0, 0), made(-1)),
        ((RANGES, 0, 0), lambda _, content: content[COUNT]), ((RANGES, 0, 1), made("body")),
        ((RANGES, 0, 1), made("nowhere")), ((RANGES, 0, 3), made("x")),
        ((TRIE_WORDS,), lambda old, _: [old[0], *old[:-1]]),
        ((TRIE_WORDS,), lambda old, _: old[:2]),
        ((TRIE_WORDS,), lambda old, _: [*old, old[0]]),
        ((TRIE_KEYS,), lambda old, _: old[:8] + old[:-8]),
        ((TRIE_KEYS,), lambda old, _: old + old[-8:]), ((TRIE_KEYS,), number(1, 2 << 32, np.int64)),
        ((TRIE_KEYS,), number(0, 1 << 32, np.int64)), ((TRIE_KEYS,), number(0, 3, np.int64)),
        ((TRIE_KEYS,), number(1, (-1 << 32) + 1, np.int64)),
        ((CODES,), lambda old, content: number(0, content[COUNT] * 4)(old, content)),
        ((CODES,), lambda old, _: old[:-4]), ((STARTS,), number(0, 1, np.int64)),
        ((DIGESTS,), lambda old, _: old[16:]), ((DIGESTS,), lambda old, _: old + b"x"),
        ((NAMES,), lambda old, _: old[1:]), ((FLAGS,), lambda old, _: old[1:]),
        ((NAMES,), lambda old, _: [*old, "more"]), ((FLAGS,), lambda old, _: old + b"\0"),
        ((UNUSED,), made(-1)), ((KNOWN,), made([[], {}, []])),
        (TEXTS, lambda old, _: [*old[:-1], old[0]]), ((*WORD_LEAVES, 0), number(0, "words")),
        ((*WORD_LEAVES, 0), number(0, -1)), ((*WORD_LEAVES, 1), number(0, "leaves")),
        ((*WORD_LEAVES, 1), number(0, -1)), ((*WORD_LEAVES, 1), lambda old, _: old[4:]),
        *[((*LETTERS, kind), made({"x": [99]})) for kind in range(4)],
        *[((*LETTERS, kind), made({"x": [2, -1]})) for kind in range(4)],
        ((*LETTERS, 2), made({"": [2]})), ((*LETTERS, 3), made({"": [2]})),
        (POSITIONAL, number(0, "leaves")), (POSITIONAL, number(0, -1)),
        (POSITIONAL, lambda old, _: old[:4] + old[:-4]), (POSITIONAL, lambda old, _: old[:-4]),
        (LENGTHS, number(0, 0)), (LENGTHS, lambda old, _: old + old[:4]),
        (NEAR, number(0, "leaves")), (NEAR, number(1, "places")), (NEAR, number(2, "places")),
        (NEAR, number(2, -1)), (NEAR, lambda old, _: old[:-4]),
        ((*SAME, "sentence"), number(0, "leaves")), ((*SAME, "sentence"), number(1, "places")),
        ((*SAME, "sentence"), number(2, "places")), ((*SAME, "sentence"), number(1, -1)),
        (SAME, made({"page": b""})), ((*PHRASES, 0), number(0, "nodes")),
        ((*PHRASES, 1), number(0, "leaves")), ((*PHRASES, 0), lambda old, _: old[4:]),
        ((*POSITIONAL_PHRASES, 0), number(0, "nodes")),
        ((*POSITIONAL_PHRASES, 1), number(0, "places")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_not_taken(place: tuple[Any, ...], new: Any) -> None:
    assert decoded(changed(place, lambda old, _: old)) is not None
    assert decoded(changed(place, new)) is None


@pytest.mark.parametrize(
    ("place", "new"),
    [
        ((COUNT,), lambda old, _: old + 1), ((COUNT,), made((1 << 29) - 1)), ((UNUSED,), made(0)),
        ((KEYWORDS, "section", b"world"), made(0)), (LENGTHS, number(0, 1)),
        (NEAR, number(3, 9999)), (NEAR, number(4, 1)), ((*LETTERS, 0), made({"": [0]})),
        ((RANGES, 0, 1), made("date")), (SAME, made({"paragraph": b""})), (SAME, made({})),
    ],
)  # fmt: skip
def test_what_can_be_is_taken(place: tuple[Any, ...], new: Any) -> None:
    content = changed(place, new)
    again = decoded(content)
    assert again is not None
    assert content_of(again) == content


@pytest.mark.parametrize(
    ("count", "is_taken"),
    [(2, True), (1, False), (-1, False), ((1 << 29) - 1, True), (1 << 29, False)],
)
def test_how_many_leaves_there_may_be(count: int, is_taken: bool) -> None:
    content = content_of(make([], SMALL))
    assert (decoded([count, *content[1:]]) is not None) == is_taken


@pytest.mark.parametrize("limit", [0, -5, 2.5, 1 << 62, 1 << 70, -(1 << 70), None])
def test_limits_of_ranges(limit: Any) -> None:
    programs = make([], SMALL)
    query = wq.NumericRange("words", limit, None, startexcl=True, constantscore=True)
    programs.table.range(query)
    again = decoded(content_of(programs))
    assert again is not None
    [(leaf, same)] = again.table.ranges
    assert (leaf, same, same.startexcl, same.endexcl) == (2, query, True, False)


def test_how_long_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode_programs(make(SMALL_QUERIES, SMALL), "")
    packed = data[data.index(b"\x28\xb5\x2f\xfd") :]
    content = zstandard.decompress(packed)
    unsaid = zstandard.ZstdCompressor(write_content_size=False).compress(content)
    assert decode_programs(data[: -len(packed)] + unsaid, SMALL, "") is None
    for size, is_taken in ((len(content), True), (len(content) - 1, False)):
        monkeypatch.setattr(stored_programs, "_MAX_UNPACKED", size)
        assert (decode_programs(data, SMALL, "") is not None) == is_taken


def test_programs_are_those_of_this_format() -> None:
    """If this fails because queries have other programs now, raise ``FORMAT``: files that were kept
    hold the old ones, and put the new digest here."""
    schema = sl.Schema(
        id=sl.Key(), title=sl.Text(), body=sl.Text(), note=sl.Text(searched=False), date=sl.Date(),
        section=sl.Keyword(), words=sl.Number(),
    )  # fmt: skip
    programs = make(QUERIES, schema)
    content = content_of(programs)[:-1]  # without what words stand for
    digest = blake2b(repr((stored_programs.FORMAT, content)).encode(), digest_size=8)
    assert digest.hexdigest() == "d36650f285a258b0"


# -- beside the queries --------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive whose queries have programs in a file."""
    monkeypatch.setattr(registry, "_MIN_STORED", 3)
    monkeypatch.setattr(registry, "_MIN_CHANGES", 1)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        keep(archive, *QUERIES, "rain date:today")
        archive.add([{"id": "a", "body": "heavy rain in oslo"}])
    return tmp_path / "archive"


def keep(archive: Any, *texts: str) -> None:
    """Keep these queries, and no others."""
    with IndexWriter(archive._store) as writer:
        writer.put_watches(encode_watches(sl.Watch(text, text) for text in texts))
        writer.commit(merge=False)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts that are parsed."""
    texts: list[str] = []
    parse = registry.parse

    def noting(text: str, *args: Any, **kwargs: Any) -> Any:
        texts.append(text)
        return parse(text, *args, **kwargs)

    monkeypatch.setattr(registry, "parse", noting)
    return texts


RAIN = {"id": "b", "body": "heavy rain in oslo"}
LEFT_OUT = {"b?nk", "atleast2(rain)", "rain date:today"}


def alerts_of_rain(path: Path) -> list[str]:
    """What a process that opens the archive finds in an article, which is deleted again."""
    with sl.open(path) as archive:
        token = archive.alerts().token
        archive.add([RAIN])
        names = [alert.name for alert in archive.alerts(since=token)]
        archive.delete(["b"])
        return names


def test_a_new_process_parses_what_is_left_out_only(path: Path, parsed: list[str]) -> None:
    [file] = path.glob("*.prg")
    found = alerts_of_rain(path)
    assert set(parsed) == LEFT_OUT
    assert found == ["rain", "=rain", '"heavy rain" -snow', "rai* OR *now", "rain NEAR/5 oslo",
                     "rain /s oslo", '"heavy rain" W/3 oslo', "*"]  # fmt: skip
    parsed.clear()
    with sl.open(path) as archive:
        assert archive.match(RAIN) == found
        archive.watch("one more", "heavy")
        archive.unwatch("*")
        assert archive.match(RAIN) == [*found[:-1], "one more"]
        archive.optimize()
    assert set(parsed) - LEFT_OUT == {"heavy"}
    assert list(path.glob("*.prg")) == [file]
    parsed.clear()
    assert alerts_of_rain(path) == [*found[:-1], "one more"]
    assert list(path.glob("*.prg")) != [file]  # two changes: it was made anew
    parsed.clear()
    alerts_of_rain(path)
    assert set(parsed) == LEFT_OUT


def test_a_file_that_a_later_commit_replaced_is_read_again(
    path: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = registry.read_watch_file
    with sl.open(path) as archive, sl.open(path) as other:

        def late(*args: Any) -> bytes:
            monkeypatch.setattr(registry, "read_watch_file", read)
            for name in ("more", "still more"):
                other.watch(name, name)
            other.add([{"id": "c", "body": "sun"}])
            parsed.clear()
            return read(*args)

        [file] = path.glob("*.prg")
        monkeypatch.setattr(registry, "read_watch_file", late)
        assert archive.match(RAIN)[:2] == ["rain", "=rain"]
        assert set(parsed) == LEFT_OUT
        assert list(path.glob("*.prg")) != [file]


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "other"])
def test_damage_is_found_and_mended(path: Path, damage: str) -> None:
    expected = alerts_of_rain(path)
    [file] = path.glob("*.prg")
    data = file.read_bytes()
    for at in random.Random(18).sample(range(len(data)), 2):
        flipped = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        wrong = {"flip": flipped, "cut": data[:at], "other": data[::-1], "missing": b""}[damage]
        file.unlink()
        if damage != "missing":
            file.write_bytes(wrong)
        with sl.open(path) as archive:
            [problem] = archive.check()
            assert file.name in problem
            assert "makes these programs anew" in problem
            assert archive.match(RAIN) == expected
        assert alerts_of_rain(path) == expected
        with sl.open(path) as archive:
            assert archive.check() == []
        [file] = path.glob("*.prg")


def test_it_goes_when_it_is_not_needed(path: Path, tmp_path: Path) -> None:
    with sl.open(path) as archive:
        keep(archive, "rain", "b?nk")
        assert alerts_of_rain(path) == ["rain"]
        assert not list(path.glob("*.prg"))
        keep(archive, *QUERIES)
        archive.add([{"id": "c", "body": "rain"}])
        assert len(list(path.glob("*.prg"))) == 1
        assert sl.Archive.repair(path, tmp_path / "saved").saved == 2
        assert not list((tmp_path / "saved").glob("*.prg"))
        keep(archive)
        assert not list(path.glob("*.prg"))


def test_other_fields_have_other_programs(path: Path, parsed: list[str]) -> None:
    fields = dict(SCHEMA.fields) | {"summary": sl.Text()}
    [file] = path.glob("*.prg")
    with sl.open(path, sl.Schema(**fields)) as archive:
        archive.add([{"id": "c", "summary": "heavy rain in oslo"}])
        assert "rain" in parsed
        assert [alert.key for alert in archive.alerts() if alert.name == '"heavy rain" -snow'] == [
            "a", "c"
        ]  # fmt: skip
    assert list(path.glob("*.prg")) != [file]
    parsed.clear()
    alerts_of_rain(path)
    assert set(parsed) == LEFT_OUT
