"""The demo: a small archive of the shipped articles, a few searches, and how they were asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

from rich.console import Console
from rich.text import Text
from whoosh.query import Every

from searchlib.archive import Archive
from searchlib.article import Article, Rejected
from searchlib.errors import ArchiveError
from searchlib.repl import render
from searchlib.schema import NEWS
from searchlib.sources import read

__all__ = ["articles", "show"]

# (what it shows, the query, the facets, whether to show a timeline)
_SEARCHES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Words, in any form, the best articles first:", "harbour bridges opening", ()),
    ("A phrase exactly as it is, in one section:", '"water rationing" section:environment', ()),
    ("Without a word, in a span of time, counted by source:", "vaccine -trial date:2022..2023",
     ("source",)),
)  # fmt: skip


def articles() -> Iterator[Article | Rejected]:
    """The shipped articles; the name of an article's folder is its section."""
    with as_file(files("searchlib") / "demo" / "articles") as folder:
        for section in sorted(path for path in folder.iterdir() if path.is_dir()):
            yield from read(section, section=section.name)


def show(out: Console, folder: str | None) -> None:
    """Make the archive in ``folder`` (a new temporary one without), search it, say what is next.

    Raises :class:`ArchiveError` if the folder has files in it that are not an archive.
    """
    path = folder or tempfile.mkdtemp(prefix="searchlib-demo-")
    made = any(Path(path).iterdir()) if Path(path).is_dir() else False
    with Archive.open(path) if made else Archive.create(path, NEWS) as archive:
        report = archive.add(articles())
        if not report.taken:
            raise ArchiveError("the demo's articles are missing: install searchlib again", path)
        out.print(f"{report.taken} short articles indexed in {render.took(report.took)}.\n")
        for why, query, facets in _SEARCHES:
            _search(out, archive, why, query, facets)
        out.print(Text("All articles by year:", style="italic"))
        dates = archive.search(Every(), facets=["date:year"], limit=0).facets["date:year"]
        out.print(render.timeline(dates, min(60, out.width)))
    out.print()
    out.print(Text("Now you:", style="bold"))
    out.print(Text(f"  searchlib repl --archive {path}"))
    out.print(Text(f"  searchlib search --archive {path} 'words you look for'"))
    out.print(Text("  searchlib index FILES...     your own articles, into ./index"))


def _search(out: Console, archive: Archive, why: str, query: str, facets: tuple[str, ...]) -> None:
    out.print(Text(why, style="italic"))
    out.print(Text.assemble(("search> ", "bold green"), (query, "bold")))
    found = archive.search(query, limit=2, facets=facets)
    out.print(render.results(found, render.Layout.of(archive.schema), out.width))
    for counts in found.facets.values():
        out.print(render.facets(counts, 5))
    out.print()
