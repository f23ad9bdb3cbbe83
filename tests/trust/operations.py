"""Some eighty things to do with an archive, through every face of it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from whoosh import query as wq
from whoosh.qparser import QueryParser

import searchlib as sl
from searchlib.cli.main import run as command
from searchlib.repl.session import Session
from searchlib.repl.shell import read_lines
from searchlib.span_queries import Near

QUERIES = (
    "rain", "the", "the rain", "rain OR snow", '"heavy rain"', "title:rain", "=raining", "rai*",
    "r?in", "rain~1", "/ra.n/", "rain NEAR/3 snow", "rain /s snow",
    "(rain OR storm) /p \"the rain\"", "(rain NEAR/9 snow) /s wind", "first5(rain)",
    "atleast2(rain)", "section:weather", "section:we*", "authors:ann", "has:section",
    "date:2022", "date:2022-03..2023", "words:>100", "rain -snow", "rain ANDMAYBE snow", "*:*",
    "id:a7", "rain^3 snow", "hauser", "haeuser", "cote", "c\u00f4t\u00e9s", "rain lang:fr",
    "section:World", "date:2022-05-03",
)  # fmt: skip
COMMANDS = (
    "search rain", "search rain --json", "search --facet section *:*", "stats", "export", "check",
    "upgrade",
)  # fmt: skip
FACETS = ("section", "authors", "date:year", "date:month", "date:day")


def _whoosh(archive: sl.Archive) -> Iterator[Callable[[], Any]]:
    index = archive.whoosh

    def searching(query: Any, **options: Any) -> Callable[[], Any]:
        def run() -> Any:
            with index.searcher() as searcher:
                return [(hit.get("id"), hit.score) for hit in searcher.search(query, **options)]

        return run

    yield searching(wq.Term("body", "rain"))
    yield searching(wq.And([wq.Term("body", "rain"), wq.Term("body", "snow")]))
    yield searching(wq.Phrase("body_exact", ["heavy", "rain"]))
    yield searching(wq.Every(), sortedby="date")
    yield searching(wq.Prefix("title", "ra"), groupedby="section")
    yield searching(QueryParser("body", index.schema).parse("rain snow"))

    def terms() -> Any:
        with index.reader() as reader:
            return [len(list(reader.lexicon(name))) for name in reader.schema.names()]

    def lengths() -> Any:
        with index.reader() as reader:
            docs, stored = list(reader.all_doc_ids()), list(reader.all_stored_fields())
            return [reader.field_length("body"), docs[:3], stored[:2]]

    yield terms
    yield lengths


def operations(
    path: Path, archive: sl.Archive, scratch: Path
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names and calls; each is to give an answer or raise a SearchlibError."""
    for query in QUERIES:
        yield f"search {query}", lambda query=query: _answer(archive, query)
    yield "any", lambda: hits(archive.search("rain snow wind", match="any"))
    for query in ("rain", "*:*"):
        yield f"facets {query}", lambda query=query: _facets(archive, query)
    for sort in ("date", "-date", "words", "section", "id"):
        yield f"sort {sort}", lambda sort=sort: hits(archive.search("rain", sort=sort))
    yield "fields", lambda: [dict(hit.fields) for hit in archive.search("rain")]
    yield "snippets", lambda: [hit.snippet("body") for hit in archive.search('rain "heavy rain"')]
    yield "pages", lambda: hits(archive.search("rain", limit=3).next())
    near = Near(wq.Term("body", "rain"), wq.Term("body", "snow"), 3, False)
    yield "tree", lambda: hits(archive.search(near))
    disjunction = wq.DisjunctionMax([wq.Term("body", "rain"), wq.Term("title", "snow")])
    yield "foreign", lambda: hits(archive.search(disjunction))
    yield "notes", lambda: archive.search("rainn snow xyzzy").notes
    yield "explain", lambda: str(archive.explain("rain snow", "a7"))
    yield "similar", lambda: hits(archive.similar("a7"))
    yield "suggest", lambda: archive.suggest("ra")
    yield "did you mean", lambda: archive.did_you_mean("rein snoww")
    yield "get", lambda: archive.get("a7")
    yield "export", lambda: list(archive.export())
    yield "stats", lambda: str(archive.stats())
    yield "count", lambda: archive.count("rain")
    yield "len", lambda: len(archive)
    for number, call in enumerate(_whoosh(archive)):
        yield f"whoosh {number}", call
    for line in COMMANDS:
        at = [*line.split(), "--archive", str(path)]
        yield f"command {line}", lambda at=at: _command(at)
    yield "prompt", lambda: _prompt(archive)
    yield "check", archive.check
    yield "repair", lambda: sl.Archive.repair(path, scratch / "repaired").saved
    fresh = [{"id": "a3", "title": "Snow again"}, {"id": "new", "body": "rain"}]
    yield "update", lambda: archive.add(fresh).added
    yield "delete", lambda: archive.delete(["a5", "a6"])
    yield "delete query", lambda: archive.delete(query="section:sports")
    yield "optimize", archive.optimize
    yield "after", lambda: hits(archive.search("rain"))
    yield "check after", archive.check


def hits(results: sl.Results) -> list[tuple[str, float]]:
    """Keys and scores."""
    return [(hit.id, round(hit.score, 6)) for hit in results]


def _answer(archive: sl.Archive, query: str) -> Any:
    results = archive.search(query)
    return results.total, hits(results)


def _facets(archive: sl.Archive, query: str) -> Any:
    facets = archive.search(query, facets=FACETS).facets
    return {name: list(counts) for name, counts in facets.items()}


def _prompt(archive: sl.Archive) -> int:
    out = Console(file=io.StringIO())
    code = read_lines(Session(archive, out, out), ["rain", ":open 1", ":facets", ":stats", ":info"])
    if code not in (0, 1, 2, 3):
        raise AssertionError(f"exit code {code}: {out.file.getvalue()[-300:]}")  # type: ignore[attr-defined]
    return code


def _command(line: list[str]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = command(line)
    if code not in (0, 1, 2, 3):
        raise AssertionError(f"exit code {code}: {out.getvalue()[-300:]}")
    return f"{code}"
