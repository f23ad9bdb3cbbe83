"""RepairReport: whole archives are copied; of damaged ones, what can be read is saved."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile
from searchlib.errors import AlertsForgotten, ArchiveError, CorruptArchive
from searchlib.index import repair as module
from searchlib.index.alert_log import read_alerts
from searchlib.index.alerts import Alert, CommitAlerts, NumberRows, parse_token
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import MANIFEST, read_manifest
from searchlib.index.repair import RepairReport, repair
from searchlib.index.store import IndexStore
from searchlib.schema import Key, Number, Schema, Text
from tests.index.resigned import change_segment, replace_articles
from tests.parts import SCHEMA, add_records, create_store, delete_keys


def saved_keys(path: Path) -> list[str]:
    with IndexStore(Directory(path)).reader() as reader:
        return [key.decode() for segment in reader.segments for key in segment.core.keys.keys]


def damaged(path: Path) -> IndexStore:
    store = create_store(path, *({"id": str(n), "body": f"rain {n}"} for n in range(5)))
    delete_keys(store, "2")
    return store


def test_a_whole_archive_is_copied_without_deleted_articles(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert (report.saved, report.lost, report.problems) == (4, 0, [])
    assert saved_keys(tmp_path / "new") == ["0", "1", "3", "4"]


def test_a_segment_without_its_footer_is_scanned(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    [path] = (tmp_path / "old").glob("*.seg")
    path.write_bytes(path.read_bytes()[:-5])
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert report.saved == 5  # the deleted article is back, and the report says so
    assert any("may be back" in problem for problem in report.problems)


def test_a_damaged_manifest_needs_a_schema(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    (tmp_path / "old" / "manifest.json").write_bytes(b"{}")
    with pytest.raises(CorruptArchive):
        repair(store.directory, Directory(tmp_path / "new"))
    report = repair(store.directory, Directory(tmp_path / "new"), SCHEMA)
    assert report.saved == 5
    [problem] = report.problems
    assert problem.startswith(f"{tmp_path / 'old' / 'manifest.json'}: ")
    assert problem.endswith("; the new archive has the default settings, and no standing queries")


def test_a_missing_segment_is_lost(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    [path] = (tmp_path / "old").glob("*.seg")
    path.unlink()
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert (report.saved, report.lost) == (0, 4)
    assert path.name in report.problems[0]


def three_segments(path: Path) -> None:
    """Keys a0 to a3, b0 to b3, c0 to c3, in a segment each."""
    store = IndexStore.create(Directory(path), SCHEMA)
    for name, size in zip("abc", (400, 100, 20), strict=True):
        body = " ".join(f"rain{n}" for n in range(size))
        records = ({"id": f"{name}{n}", "body": body, "kind": ["x"], "n": n} for n in range(4))
        add_records(store, *records)
    with store.reader() as reader:
        assert len(reader.segments) == 3


ABC = [f"{name}{n}" for name in "abc" for n in range(4)]
#: What a segment's sections become, and how many of its four articles can still be proved.
NONSENSE: dict[str, tuple[Any, int]] = {
    "stored.firsts": (lambda array: array + 9, 4),
    "stored.lengths": (lambda array: array[::-1] + 1, 4),
    "stored.ends": (lambda array: array * 0, 4),
    "stored": (lambda array: array[:20], 0),
    "key.text": (lambda array: array[:1], 4),
    "key.ends.heads": (lambda array: array * 0, 4),
    "key.digests": (lambda array: array ^ 1, 0),
    "field.body.docs": (lambda array: array[:0], 4),
    "field.body.terms.ends.heads": (lambda array: array[:0], 4),
    "field.kind.ranks": (lambda array: array + 99, 4),
    "field.n.order": (lambda array: array + 99, 4),
}


@pytest.mark.parametrize("section", NONSENSE)
@pytest.mark.parametrize("number", [0, 2])
def test_other_segments_are_saved_whatever_one_holds(
    tmp_path: Path, section: str, number: int
) -> None:
    change, provable = NONSENSE[section]
    three_segments(tmp_path / "old")

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        sections[section] = change(sections[section])

    file = change_segment(tmp_path / "old", number, edit)
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"))
    lost = [key for key in ABC if key[0] == "abc"[number]][provable:]
    assert saved_keys(tmp_path / "new") == [key for key in ABC if key not in lost]
    assert (report.saved, report.lost) == (12 - len(lost), len(lost))
    assert all(file in problem for problem in report.problems)
    assert report.problems or not section.startswith("stored")


@pytest.mark.parametrize("meta", [{}, {"documents": 4, "fields": []}, {"documents": 3}])
def test_a_segment_with_other_meta_data_is_scanned(tmp_path: Path, meta: dict[str, Any]) -> None:
    three_segments(tmp_path / "old")

    def edit(sections: dict[str, Any], old: dict[str, Any]) -> None:
        old.clear()
        old.update(meta)

    change_segment(tmp_path / "old", 1, edit)
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"))
    assert saved_keys(tmp_path / "new") == ABC
    assert (report.saved, report.lost, len(report.problems)) == (12, 0, 1)


def test_a_scan_goes_on_behind_what_is_no_article(tmp_path: Path) -> None:
    three_segments(tmp_path / "old")

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        replace_articles(sections, {0: b'{"id":', 2: b'{"id" {"b":1} {'})
        meta.clear()

    change_segment(tmp_path / "old", 1, edit)
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"))
    assert saved_keys(tmp_path / "new") == [key for key in ABC if key not in ("b0", "b2")]
    assert report.saved == 10


@pytest.mark.parametrize(
    ("article", "reason"),
    [
        (b'{"body":"rain"}', "the key is missing"),
        (b'{"id":"a1","n":"much"}', "'much' is not a number"),
        (b'{"id":"a1","day":"31 foo"}', "day"),
        (b'{"id":"a1","body":"\\ud800"}', "surrogate"),
        (b'["a1"]', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"id":', "Expecting value"),
        (b"\xff{}", "decode"),
        (b"", "Expecting value"),
        (b"[" * 50_000, "recursion|Expecting value"),  # by the Python: from 3.14 on it is read
    ],
)
def test_an_article_that_is_none_is_lost_alone(tmp_path: Path, article: bytes, reason: str) -> None:
    three_segments(tmp_path / "old")
    file = change_segment(
        tmp_path / "old", 0, lambda sections, _: replace_articles(sections, {1: article})
    )
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"))
    assert saved_keys(tmp_path / "new") == [key for key in ABC if key != "a1"]
    assert (report.saved, report.lost) == (11, 1)
    [problem] = report.problems
    assert file in problem
    assert re.search(reason, problem)


def test_a_key_that_is_there_twice_is_saved_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_REJECTED", 2)
    three_segments(tmp_path / "old")
    again = {2: b'{"id":"a1","n":7}', 3: b'{"id":"b0","n":8}'}
    change_segment(tmp_path / "old", 0, lambda sections, _: replace_articles(sections, again))
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"))
    assert (report.saved, report.lost) == (10, 2)
    first, second = report.problems
    assert first.endswith("key 'a1' is there twice: the last is saved")
    assert second.endswith("key 'b0' is there twice: the last is saved")
    with IndexStore(Directory(tmp_path / "new")).reader() as reader:
        for key, n in (("a1", 7), ("b0", 0)):  # the last one of each
            place = reader.find(key)
            assert place is not None
            article = json.loads(reader.segments[place[0]].core.doc_store[place[1]])
            assert article["n"] == n


def test_many_rejected_articles_are_summed_up(tmp_path: Path) -> None:
    records = ({"id": str(n), "raw": "rain"} for n in range(50))
    create_store(tmp_path / "old", *records)
    schema = Schema(id=Key(), raw=Number())
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"), schema)
    assert (report.saved, report.lost, len(report.problems)) == (0, 50, 21)
    assert "30 more" in report.problems[-1]


def test_a_deleted_article_that_may_be_back_replaces_none(tmp_path: Path) -> None:
    store = create_store(tmp_path / "old", {"id": "a", "body": "rain " * 500})
    add_records(store, {"id": "b", "body": "rain " * 60}, {"id": "c", "n": 1})
    delete_keys(store, "c")
    add_records(store, {"id": "c", "n": 2})
    [deletes] = (tmp_path / "old").glob("*.del")
    deletes.write_bytes(b"\xff")
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert (report.saved, report.lost) == (3, 0)
    assert "may be back" in report.problems[0]
    with IndexStore(Directory(tmp_path / "new")).reader() as reader:
        articles = [a for segment in reader.segments for a in segment.core.doc_store]
    assert b'{"id":"c","n":2}' in articles


def test_settings_that_make_no_sense_are_left_out(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    manifest = read_manifest(store.directory)
    odd = replace(manifest, settings={"layout": {"block": 0}, "zone": "UTC", "schema": 1})
    store.directory.write_atomic(MANIFEST, odd.to_bytes())
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert report.saved == 4
    assert "default settings" in report.problems[0]


@pytest.mark.parametrize("week_start", [6, 7])
def test_dates_are_read_as_before(tmp_path: Path, week_start: int) -> None:
    store = damaged(tmp_path / "old")
    settings = {"zone": "Asia/Shanghai", "week_start": week_start, "day_first": True}
    manifest = replace(read_manifest(store.directory), settings=settings)
    store.directory.write_atomic(MANIFEST, manifest.to_bytes())
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert report.saved == 4
    again = read_manifest(Directory(tmp_path / "new")).settings
    assert again == (settings if week_start == 6 else {})
    assert [problem.partition(": ")[2] for problem in report.problems] == (
        [] if week_start == 6
        else ["week_start is 0 (Monday) to 6 (Sunday); the new archive has the default settings"]
    )  # fmt: skip


def test_alerts_that_can_be_read_are_saved_and_tokens_go_on(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    with IndexWriter(store) as writer:
        for generation in (1, 2, 3):
            rows = NumberRows.of([[0]])
            writer.put_alerts(
                [CommitAlerts(generation, ["a"], ["rain"], rows, NumberRows.of([[]]))]
            )
        writer.commit()
    manifest = read_manifest(store.directory)
    lost = tmp_path / "old" / manifest.alerts[1].file
    lost.unlink()
    report = repair(store.directory, Directory(tmp_path / "new"))
    [problem] = report.problems
    assert problem.startswith(f"{lost}: ")
    assert problem.endswith("; its alerts are lost")
    directory = Directory(tmp_path / "new")
    saved = read_manifest(directory)
    assert saved.generation > manifest.generation
    read = lambda since: read_alerts(directory, saved.alerts, since, saved.generation, None)  # noqa: E731
    assert list(read((0, 0))) == [Alert("rain", "a", n, "first") for n in (1, 3)]
    first = read((1, 0))
    assert (list(first), first.token) == ([Alert("rain", "a", 1, "first")], "2.0")
    for token in ("1.1", first.token, "2.1"):
        with pytest.raises(AlertsForgotten) as error:
            read(parse_token(token, saved.generation))
        assert list(read(parse_token(error.value.token, saved.generation))) == [
            Alert("rain", "a", 3, "first")
        ]


def test_digests_are_found_wherever_a_scan_step_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, like_one = b"1" * 16, b"2" * 16, b"1" * 8 + b"2" * 8
    data = like_one + one + b"." * 16 + two + one + b"." * 8 + two + b"." * 8 + one[:9]
    for step in (16, 32, 48, 64, 1 << 20):
        monkeypatch.setattr(module, "_SCAN_STEP", step)
        found = module._digest_offsets(data, {one, two})  # type: ignore[arg-type]
        assert found == {one: [16, 64], two: [48]}  # the second one of two is at no multiple of 16
    assert module._digest_offsets(data, {like_one}) == {like_one: [0]}  # type: ignore[arg-type]


def test_each_problem_is_reported_once_and_names_its_file(tmp_path: Path) -> None:
    report = RepairReport()
    saver = module._Saver(Directory(tmp_path), None, report)  # type: ignore[arg-type]
    for _ in range(2):
        saver._add_problem(Path("a.seg"), ArchiveError("b.seg is short", "b.seg"))
        saver._add_problem(Path("a.seg"), ValueError("x"), "; all is lost")
    assert report.problems == ["b.seg is short", "a.seg: ValueError('x'); all is lost"]


def test_what_is_lost_of_a_segment_is_counted(tmp_path: Path) -> None:
    three_segments(tmp_path / "old")
    change_segment(
        tmp_path / "old", 1, lambda sections, _: replace_articles(sections, {1: b"7", 2: b"[]"})
    )
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"))
    assert (report.saved, report.lost) == (10, 2)
    assert saved_keys(tmp_path / "new") == [key for key in ABC if key not in ("b1", "b2")]


def test_a_report_of_nothing_and_a_folder_with_an_archive(tmp_path: Path) -> None:
    assert RepairReport() == RepairReport(0, 0, [], [])
    store = create_store(tmp_path / "old")
    with pytest.raises(ArchiveError, match="name a new folder for what is saved") as refused:
        repair(store.directory, store.directory)
    assert str(refused.value).startswith(f"{tmp_path / 'old'}: there is an archive here already")


UNSTORED = Schema(id=Key(), title=Text(), body=Text(stored=False))
SETTINGS = {"language": "fr", "zone": "Europe/Oslo"}


def unstored(path: Path, analysis: int = 1) -> tuple[Path, list[str]]:
    """Keys a and b, c and d, e, in a segment each, whose bodies are not stored, and f, which was
    deleted. Returns the files of the segments, and their folder."""
    IndexStore.create(Directory(path), UNSTORED, analysis=analysis, **SETTINGS)
    with sl.open(path) as archive:
        for size, keys in ((400, "ab"), (100, "cd"), (20, "ef")):
            archive.add({"id": key, "title": f"t {key}", "body": "rain " * size} for key in keys)
        archive.watch("rain", "title:rain", notify="changed")
        archive.delete(["f"])
    files = [info.file for info in read_manifest(Directory(path)).segments]
    assert len(files) == 3
    return path, files


def found(path: Path) -> list[str]:
    """The keys of the articles whose bodies are searched."""
    with sl.open(path) as archive:
        assert archive.check() == []
        return sorted(hit.id for hit in archive.search("body:rain", limit=None))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[60] ^= 255
    path.write_bytes(data)


def test_sound_segments_are_taken_over_whole(tmp_path: Path) -> None:
    old, _ = unstored(tmp_path / "old")
    report = repair(Directory(old), Directory(tmp_path / "new"))
    assert report == RepairReport(saved=5)
    assert found(tmp_path / "new") == list("abcde")
    manifest = read_manifest(Directory(tmp_path / "new"))
    assert (manifest.analysis, manifest.settings) == (1, SETTINGS)
    assert sum(info.documents for info in manifest.segments) == 6
    with sl.open(tmp_path / "new") as archive:
        assert [watch.name for watch in archive.watches()] == ["rain"]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_articles_of_others_lack_what_is_not_stored(tmp_path: Path, number: int) -> None:
    old, files = unstored(tmp_path / "old")
    flip(old / files[number])
    report = repair(Directory(old), Directory(tmp_path / "new"))
    lacking = ["ab", "cd", "e"][number]
    checksum, saved = report.problems
    assert checksum.startswith(f"{old / files[number]}: damaged: the checksum")
    what = "1 article is" if number == 2 else "2 articles are"
    them = "it" if number == 2 else "them"
    assert saved == (
        f"{old / files[number]}: {what} saved without what is not stored (body): add {them} again: "
        f"{', '.join(lacking)}"
    )
    assert (report.saved, report.lost, report.incomplete) == (5, 0, [*lacking])
    assert found(tmp_path / "new") == [key for key in "abcde" if key not in lacking]
    assert sorted(saved_keys(tmp_path / "new"))[:5] == list("abcde")


def test_without_the_manifest_segments_describe_themselves(tmp_path: Path) -> None:
    old, files = unstored(tmp_path / "old")
    (old / "manifest.json").write_bytes(b"{}")
    create_store(tmp_path / "another", {"id": "x", "body": "rain"})
    [foreign] = (tmp_path / "another").glob("*.seg")
    foreign.rename(old / "other.seg")  # none of the archive's
    flip(old / files[1])
    [cut] = [old / files[2]]
    cut.write_bytes(cut.read_bytes()[:-5])
    report = repair(Directory(old), Directory(tmp_path / "new"), UNSTORED)
    # What is at the end of the last one says which articles there are: f is back.
    assert (report.saved, report.lost, report.incomplete) == (6, 0, ["c", "d", "e", "f"])
    assert found(tmp_path / "new") == ["a", "b"]
    manifest = read_manifest(Directory(tmp_path / "new"))
    assert (manifest.analysis, manifest.settings, manifest.watches) == (1, {}, None)
    named = [Path(problem.split(":")[0]).name for problem in report.problems]
    assert named[0] == "manifest.json"
    assert sorted({*named[1:]}) == files[1:]


def test_many_articles_that_lack_something_are_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_NAMED", 1)
    old, files = unstored(tmp_path / "old")
    flip(old / files[0])
    report = repair(Directory(old), Directory(tmp_path / "new"))
    assert report.problems[-1].endswith("add them again: a, and 1 more")
    assert report.incomplete == ["a", "b"]
    assert RepairReport().problems == []


def test_a_key_in_a_sound_segment_and_in_another(tmp_path: Path) -> None:
    """That of the sound one is saved if it was not deleted there."""
    old, files = unstored(tmp_path / "old")
    with sl.open(old) as archive:
        archive.add([{"id": "g", "title": "new", "body": "rain"}])
        archive.delete(["a"])
        archive.add([{"id": "a", "title": "newer", "body": "snow"}])
    [deletes] = [
        info.deleted_docs.file
        for info in read_manifest(Directory(old)).segments
        if info.file == files[0] and info.deleted_docs
    ]
    flip(old / files[0])
    (old / deletes).unlink()  # so that the old a may be back
    report = repair(Directory(old), Directory(tmp_path / "new"))
    assert (report.saved, report.incomplete) == (6, ["b"])
    assert found(tmp_path / "new") == ["c", "d", "e", "g"]
    twice = "key 'a' is there twice: the one that was not deleted is saved"
    assert [problem for problem in report.problems if twice in problem]
    with sl.open(tmp_path / "new") as new:
        assert new["a"]["title"] == "newer"


def test_damaged_queries_and_alerts(tmp_path: Path) -> None:
    old, _ = unstored(tmp_path / "old")
    with sl.open(old) as archive:
        archive.add([{"id": "z", "title": "rain"}])
        alerts = tuple(archive.alerts())
    assert alerts
    report = repair(Directory(old), Directory(tmp_path / "one"))
    assert report.problems == []
    with sl.open(tmp_path / "one") as archive:
        assert (len(archive.watches()), tuple(archive.alerts())) == (1, alerts)
    [queries] = old.glob("*.wat")
    queries.write_bytes(b"[]")
    report = repair(Directory(old), Directory(tmp_path / "two"))
    [lost] = report.problems
    assert lost.startswith(f"{queries}: ")
    assert lost.endswith("; the standing queries are lost")
    with sl.open(tmp_path / "two") as archive:
        assert (archive.watches(), tuple(archive.alerts())) == ([], alerts)


def test_frames_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those without a size, of nothing, that are too long, cut or damaged."""
    good = zstandard.compress(b'x{"id":"a"}{"id":"b"} {')
    unsaid = zstandard.ZstdCompressor(write_content_size=False).compress(b'{"id":"c"}')
    damaged = good[:6] + b"\xff" * 3 + good[9:]  # its block is of no kind
    text = "".join(f'{{"id":"{n}"}}' for n in range(9))
    monkeypatch.setattr(module, "_MAX_BLOCK", len(text))
    most, more = (zstandard.compress(each.encode()) for each in (text, text + " "))
    empty = zstandard.compress(b"")
    data = most + b"..." + unsaid + good + empty + damaged + more + good[:9]
    (tmp_path / "a").write_bytes(data)
    with Directory(tmp_path).map_file("a") as mapped:
        articles = list(module._scan_articles(mapped))
    assert articles == [*(b'{"id":"%d"}' % n for n in range(9)), b'{"id":"a"}', b'{"id":"b"}']


def test_without_the_manifest_a_key_is_there_once(tmp_path: Path) -> None:
    """Which of two articles was the last is not known: one of them is saved."""
    old, files = unstored(tmp_path / "old")
    with sl.open(old) as archive:
        archive.add([{"id": "a", "title": "newer", "body": "snow"}])
    (old / "manifest.json").write_bytes(b"{}")
    flip(old / files[0])
    report = repair(Directory(old), Directory(tmp_path / "new"), UNSTORED)
    assert report.saved == 6  # f is back
    with sl.open(tmp_path / "new") as new:
        assert sorted(new) == list("abcdef")
        assert new.check() == []


def test_damage_of_what_is_made_of_articles_is_reported(tmp_path: Path) -> None:
    three_segments(tmp_path / "old")
    info = read_manifest(Directory(tmp_path / "old")).segments[1]
    with SegmentFile(Directory(tmp_path / "old"), info.file, info.bytes, info.crc) as file:
        at = file.offset("field.body.docs")
    path = tmp_path / "old" / info.file
    data = bytearray(path.read_bytes())
    data[at] ^= 255
    path.write_bytes(data)
    report = repair(Directory(tmp_path / "old"), Directory(tmp_path / "new"))
    assert (report.saved, report.lost) == (12, 0)
    [problem] = report.problems
    assert problem.startswith(f"{path}: damaged: the checksum")


def test_a_scanned_article_that_was_replaced_is_not_there_twice(tmp_path: Path) -> None:
    store = create_store(tmp_path / "old", {"id": "a", "body": "rain " * 500}, {"id": "b"})
    add_records(store, {"id": "a", "n": 2})
    path = tmp_path / "old" / read_manifest(store.directory).segments[0].file
    path.write_bytes(path.read_bytes()[:-5])
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert report.saved == 2
    assert [problem for problem in report.problems if "twice" in problem] == []
    with IndexStore(Directory(tmp_path / "new")).reader() as reader:
        articles = [a for segment in reader.segments for a in segment.core.doc_store]
    assert b'{"id":"a","n":2}' in articles
