"""The demo: indexes the shipped articles, and shows a few searches and how they are typed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import as_file, files

from rich.console import Console
from rich.text import Text
from whoosh.query import Every

from searchlib.any_archive import AnyArchive
from searchlib.errors import ArchiveError
from searchlib.ingest import read
from searchlib.ingest.article import Article, Rejected
from searchlib.repl import render
from searchlib.requests import SearchRequest

__all__ = ["articles", "has_others", "show"]

# what each search shows, and the search
_SEARCHES = (
    ("Words, in any form, the best articles first:",
     SearchRequest("harbour bridges opening", limit=2)),
    ("A phrase exactly as it is, in one section:",
     SearchRequest('"water rationing" section:environment', limit=1)),
    ("Without a word, in two years, counted by source:",
     SearchRequest("vaccine -children date:2023..2024", limit=1, facets=["source"])),
)  # fmt: skip


def articles() -> Iterator[Article | Rejected]:
    """The shipped articles; an article's section is the name of its directory."""
    with as_file(files("searchlib") / "demo" / "articles") as directory:
        for section in sorted(path for path in directory.iterdir() if path.is_dir()):
            yield from read(section, section=section.name)


def has_others(archive: AnyArchive) -> bool:
    """Whether an archive has articles besides the shipped ones."""
    shipped = {article.id for article in articles() if isinstance(article, Article)}
    return len(archive) > sum(archive.get(key) is not None for key in shipped)


def show(out: Console, archive: AnyArchive) -> None:
    """Add the shipped articles to an archive, search it, and say what to type next.

    Raises :class:`ArchiveError` if no articles were shipped.
    """
    report = archive.add(articles())
    if not report.accepted:
        raise ArchiveError("the demo's articles are missing: install searchlib again", archive.path)
    out.print(f"{report.accepted} short articles indexed in {render.took(report.took)}.\n")
    layout = render.Layout.of(archive.schema)
    for title, request in _SEARCHES:
        out.print(Text(title, style="italic"))
        out.print(Text.assemble(("search> ", "bold green"), (request.query, "bold")))
        results = archive.search(request)
        out.print(render.results(results, layout, out.width))
        for counts in results.facets.values():
            out.print()
            out.print(render.facets(counts, len(counts), unicode=_unicode(out)))
        out.print()
    out.print(Text("All articles by year:", style="italic"))
    by_year = archive.search(SearchRequest(Every(), facets=["date:year"], limit=0))
    years = by_year.facets["date:year"]
    out.print(render.timeline(years, min(60, out.width), unicode=_unicode(out)))
    path = shlex.quote(archive.path)
    out.print(Text("\nNow you:", style="bold"))
    for command in (
        f"searchlib repl --archive {path}",
        f"searchlib search --archive {path} 'words you look for'",
        "searchlib index FILES...     # your own articles, into ./index",
    ):
        out.print(Text(f"  {command}"), soft_wrap=True)


def _unicode(out: Console) -> bool:
    return out.encoding.lower().startswith("utf")
