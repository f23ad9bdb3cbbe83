"""What a user writes, over the whole public face: checked by ``mypy --strict``, and run.

``assert_type`` says what a type checker must make of each call.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

from whoosh.query.terms import Term

import searchlib as sl


def articles() -> Iterator[sl.Article | dict[str, Any]]:
    yield sl.Article(id="a1", title="Rain in Oslo", date="2022-08-31")
    yield {"id": "a2", "title": "Snow", "body": "Snow on the harbour", "section": "Weather"}


def fill(archive: sl.Archive, folder: Path) -> None:
    report = archive.add(articles(), on_progress=lambda count: None, timeout=5.0)
    assert_type(report, sl.Report)
    assert_type(report.added, int)
    assert_type(report.rejected, list[sl.Rejected])
    file = folder / "news.jsonl"
    file.write_text('{"id": "a3", "title": "Rain again", "date": "2021"}\n{"id": 7}\nno JSON\n')
    reader = sl.read(file, section="Files")
    assert_type(reader, sl.ArticleReader)
    for rejected in archive.add(reader, resume=False).rejected:
        print(rejected.where, rejected.field, rejected.why, file=sys.stderr)


def search(archive: sl.Searchable) -> None:
    """An archive or a snapshot: both have the same search methods."""
    request = sl.SearchRequest("rain", facets=["section", sl.by_month("date")], sort="-date")
    assert_type(request.facets, tuple[sl.FacetRequest, ...])
    assert_type(request.sort, tuple[sl.SortKey, ...])
    results = archive.search(request)
    assert_type(results, sl.Results)
    archive.search(dataclasses.replace(request, match="any"))
    archive.search("rain", limit=3, offset=0, match="all", highlight=False, lenient=True)
    archive.search(Term("title", "rain"), facets=[sl.FacetRequest("date", "year")])
    archive.search("*", facets=sl.by_year("date"), sort=sl.SortKey("date", descending=True))
    for hit in results:
        assert_type(hit, sl.Hit)
        assert_type(hit.score, float)
        assert_type(hit.snippet("body", width=80, form="html"), str)
        as_mapping: Mapping[str, Any] = hit
        print(hit.rank, hit.id, hit["title"], hit.get("url", ""), {**as_mapping})
    assert_type(results[0], sl.Hit)
    assert_type(results[:1], list[sl.Hit])
    assert_type(results.total, int)
    assert_type(results.took, float)
    assert_type(results.notes, list[str])
    assert_type(results.query, str)
    assert_type(results.request, sl.SearchRequest)
    assert_type(results.next().previous(), sl.Results)
    counts = results.facets["section"]
    assert_type(counts, sl.FacetCounts)
    assert_type(counts[0] if counts else ("", 0), tuple[str, int])
    assert_type(counts.missing, int)
    assert_type(archive.count("rain", match="any"), int)
    assert_type(archive.get("a1"), dict[str, Any] | None)
    assert_type(archive["a1"], dict[str, Any])
    assert_type(list(archive), list[str])
    assert_type("a1" in archive, bool)
    assert_type(len(archive), int)
    assert_type(archive.similar("a1", limit=3), sl.Results)
    assert_type(archive.suggest("ra", limit=3), list[str])
    assert_type(archive.did_you_mean("raim"), str | None)
    assert_type(next(archive.export()), dict[str, Any])
    explanation = archive.explain("rain", "a1")
    assert_type(explanation.parts, tuple[sl.Explanation, ...])
    stats = archive.stats()
    assert_type(stats, sl.Stats)
    assert_type(stats.fields, tuple[sl.FieldStats, ...])
    parsed = archive.parse("rain date:2022", lenient=False)
    assert_type(parsed, sl.Parsed)
    assert_type(parsed.canonical, str)
    assert_type(parsed.intervals, tuple[sl.PeriodExpr, ...])
    assert_type(parsed.intervals[0].interval, sl.Interval)


def anywhere(archive: sl.AnyArchive) -> None:
    """What does not depend on where an archive is."""
    assert_type(archive.path, str)
    assert_type(archive.schema, sl.Schema)
    assert_type(archive.add([{"id": "a9", "title": "Hail"}]), sl.Report)
    assert_type(archive.update("a9", title="Fog").updated, int)
    assert_type(archive.search("fog"), sl.Results)
    assert_type(archive.delete("a9"), int)
    assert_type(archive.snapshot(), sl.Searchable)
    assert_type(archive.watches(), list[sl.Watch])
    assert_type(archive.upgrade(), sl.Upgrade)


def both(folder: sl.Archive, cluster: sl.ClusterArchive) -> tuple[sl.AnyArchive, sl.AnyArchive]:
    """Each is one."""
    return folder, cluster


def mistakes(archive: sl.Archive) -> None:
    """Each mistake is a SearchlibError, and the built-in error that Python has for it."""
    try:
        archive.search("autor:lee")
    except sl.QueryError as error:
        assert_type(error.span, tuple[int, int])
        print(error.code, error.message, error.cure, error.pointer(), sep="\n", file=sys.stderr)
    for wrong in ("limit", "key", "schema", "record", "path"):
        try:
            if wrong == "limit":
                archive.search("rain", limit=-1)
            elif wrong == "key":
                archive["nowhere"]
            elif wrong == "schema":
                sl.Schema(title=sl.Text())
            elif wrong == "record":
                archive.get("")
            else:
                sl.open("/nowhere/at/all")
        except (sl.ArgumentError, sl.ArgumentTypeError, sl.SchemaError, sl.RecordError) as error:
            print(error, file=sys.stderr)
        except sl.UnknownKey as error:
            assert_type(error.key, object)
        except (sl.ArchiveNotFound, sl.ArchiveLocked, sl.CorruptArchive) as error:
            assert_type(error.path, str)
        except (sl.SnapshotClosed, sl.ArchiveError, sl.SearchlibError):
            raise


def main(folder: Path) -> None:
    schema = sl.Schema(
        id=sl.Key(), title=sl.Text(weight=3.0), body=sl.Text(language="en"), date=sl.Date(),
        section=sl.Keyword(), authors=sl.Keyword(many=True), words=sl.Number(), url=sl.Stored(),
    )  # fmt: skip
    assert_type(schema.names(sl.Keyword), list[str])
    fields: list[tuple[str, sl.Field]] = list(schema)
    print(len(fields), len(list(sl.NEWS)), sl.__version__)
    with sl.Archive.create(folder / "index", schema, zone="Europe/Oslo", week_start=0) as archive:
        fill(archive, folder)
        search(archive)
        with archive.snapshot() as snapshot:
            assert_type(snapshot, sl.Snapshot)
            search(snapshot)
        mistakes(archive)
        archive.optimize()
        assert_type(archive.check(), list[str])
        assert_type(archive.delete(["a1"]) + archive.delete(query="section:files"), int)
        index: sl.ArchiveIndex = archive.whoosh
        assert index.doc_count() == len(archive)
    with sl.open(folder / "index", limits=sl.Limits()) as opened:
        assert_type(opened, sl.AnyArchive)
        anywhere(opened)
    repair = sl.Archive.repair(folder / "index", folder / "saved")
    assert_type(repair, sl.RepairReport)
    print(repair.saved, repair.lost, repair.problems)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
