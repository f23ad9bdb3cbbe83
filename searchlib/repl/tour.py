"""The demo: a small archive of the shipped articles, a few searches, and how they were asked."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import as_file, files

from rich.console import Console
from rich.text import Text
from whoosh.query import Every

from searchlib.archive import Archive
from searchlib.errors import ArchiveError
from searchlib.ingest import read
from searchlib.ingest.article import Article, Rejected
from searchlib.repl import render

__all__ = ["articles", "has_others", "show"]

# what it shows, the query, the hits to show, the facets
_SEARCHES: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("Words, in any form, the best articles first:", "harbour bridges opening", 2, ()),
    ("A phrase exactly as it is, in one section:",
     '"water rationing" section:environment', 1, ()),
    ("Without a word, in two years, counted by source:",
     "vaccine -children date:2023..2024", 1, ("source",)),
)  # fmt: skip


def articles() -> Iterator[Article | Rejected]:
    """The shipped articles; the name of an article's folder is its section."""
    with as_file(files("searchlib") / "demo" / "articles") as folder:
        for section in sorted(path for path in folder.iterdir() if path.is_dir()):
            yield from read(section, section=section.name)


def has_others(archive: Archive) -> bool:
    """Whether an archive has articles besides the shipped ones."""
    shipped = {found.id for found in articles() if isinstance(found, Article)}
    return len(archive) > sum(archive.get(key) is not None for key in shipped)


def show(out: Console, archive: Archive) -> None:
    """Put the shipped articles into an archive, search it, and say what to type next.

    Raises :class:`ArchiveError` if no articles were shipped.
    """
    report = archive.add(articles())
    if not report.taken:
        raise ArchiveError("the demo's articles are missing: install searchlib again", archive.path)
    out.print(f"{report.taken} short articles indexed in {render.took(report.took)}.\n")
    for why, query, hits, facets in _SEARCHES:
        out.print(Text(why, style="italic"))
        out.print(Text.assemble(("search> ", "bold green"), (query, "bold")))
        found = archive.search(query, limit=hits, facets=facets)
        out.print(render.results(found, render.Layout.of(archive.schema), out.width))
        for counts in found.facets.values():
            out.print()
            out.print(render.facets(counts, 5, unicode=_unicode(out)))
        out.print()
    out.print(Text("All articles by year:", style="italic"))
    dates = archive.search(Every(), facets=["date:year"], limit=0).facets["date:year"]
    out.print(render.timeline(dates, min(60, out.width), unicode=_unicode(out)))
    where = shlex.quote(archive.path)
    out.print(Text("\nNow you:", style="bold"))
    for next_one in (
        f"searchlib repl --archive {where}",
        f"searchlib search --archive {where} 'words you look for'",
        "searchlib index FILES...     # your own articles, into ./index",
    ):
        out.print(Text(f"  {next_one}"), soft_wrap=True)


def _unicode(out: Console) -> bool:
    return out.encoding.lower().startswith("utf")
