"""The demo: a small archive of the shipped articles, a few searches, and how they were asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from searchlib.article import Article, Rejected
from searchlib.errors import ArchiveError
from searchlib.repl import render
from searchlib.schema import NEWS
from searchlib.sources import read

if TYPE_CHECKING:
    from searchlib.archive import Archive

__all__ = ["articles", "show"]

# (what it shows, the query, the facets, whether to show a timeline)
_SEARCHES = (
    ("Words, in any form; the best articles first", "flood warning", ()),
    ("A phrase, exactly; one section; counts by source", '"city council" section:local', ("source",)),
    ("A span of time, without a word", "harvest date:2022..2023 -drought", ()),
)


def articles() -> Iterator[Article | Rejected]:
    """The shipped articles; the name of an article's folder is its section."""
    with as_file(files("searchlib") / "demo" / "articles") as folder:
        for section in sorted(path for path in folder.iterdir() if path.is_dir()):
            yield from read(section, section=section.name)


def show(out: Console, folder: str | None) -> None:
    """Make the archive in ``folder`` (a new temporary one without), search it, say what is next.

    Raises :class:`ArchiveError` if the folder has files in it that are not an archive.
    """
    from searchlib.archive import Archive

    path = folder or tempfile.mkdtemp(prefix="searchlib-demo-")
    made = any(Path(path).iterdir()) if Path(path).is_dir() else False
    with Archive.open(path) if made else Archive.create(path, NEWS) as archive:
        report = archive.add(articles())
        number = report.added + report.updated + report.unchanged
        if not number:
            raise ArchiveError("the demo's articles are missing: install searchlib again", path)
        out.print(f"{number} short articles indexed in {render.took(report.took)}.\n")
        for why, query, facets in _SEARCHES:
            _search(out, archive, why, query, facets)
        out.print(Text("When the articles were written", style="italic"))
        dates = archive.search("", facets=["date:year"], limit=1).facets["date:year"]
        out.print(render.timeline(dates, min(60, out.width)))
    out.print()
    out.print(Text("Now you:", style="bold"))
    out.print(Text(f"  searchlib repl --archive {path}"))
    out.print(Text(f"  searchlib search --archive {path} 'words you look for'"))
    out.print(Text("  searchlib index FILES...     your own articles, into ./index"))


def _search(
    out: Console, archive: Archive, why: str, query: str, facets: tuple[str, ...]
) -> None:
    out.print(Text(why, style="italic"))
    out.print(Text.assemble(("search> ", "bold green"), (query, "bold")))
    found = archive.search(query, limit=2, facets=facets)
    out.print(render.results(found, render.Layout.of(archive.schema), out.width))
    for counts in found.facets.values():
        out.print(render.facets(counts, 5))
    out.print()
