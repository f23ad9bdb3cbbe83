"""The state of the prompt: the archive, the settings, the pages of results."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from rich.console import Console, RenderableType
from rich.segment import SegmentLines
from whoosh.query import Every

from searchlib.any_archive import AnyArchive
from searchlib.errors import ArchiveUnreachable, SearchlibError
from searchlib.repl import render
from searchlib.repl.completion import Names
from searchlib.repl.outcome import Exit
from searchlib.requests import Collapse, FacetRequest, Match, SearchRequest
from searchlib.results import Hit, Results
from searchlib.schema import Keyword, Stored
from searchlib.schema import Text as TextField
from searchlib.synonyms import Synonyms

__all__ = ["Refused", "Session", "did_you_mean"]

_MAX_VALUES = 200  # values of a field that completion offers


#: A text, the query, and what it was narrowed to.
_Asked = tuple[str | None, Any, dict[str, str]]


class Refused(SearchlibError):
    """A command that cannot run as it was typed; the message says what to type instead.

    >>> raise Refused("no results yet: search first")
    Traceback (most recent call last):
    ...
    searchlib.repl.session.Refused: no results yet: search first
    """


def did_you_mean(archive: AnyArchive, text: str) -> str | None:
    """A likelier query, if there is one; none from a cluster that does not answer."""
    with suppress(ArchiveUnreachable):
        return archive.did_you_mean(text)
    return None


class Session:
    """The state of one run of the prompt.

    Results go to ``out``, errors to ``err``. ``pager`` shows a long text, and has the words to
    jump to; it is None where nobody looks, and says False if it cannot. Then ``more`` asks whether
    to show another screen.
    """

    def __init__(
        self,
        archive: AnyArchive,
        out: Console,
        err: Console,
        *,
        more: Callable[[], bool] | None = None,
        debug: bool = False,
    ) -> None:
        self.archive = archive
        self.out = out
        self.err = err
        self.more = more
        self.pager: Callable[[str, Sequence[str]], bool] | None = None
        self.debug = debug  # whether the traceback of a mistake of ours is shown
        self.layout = render.Layout.of(archive.schema)
        self.limit = 10
        self.sort: str | None = None
        self.match: Match = "best"
        self.collapse: Collapse | None = None  # which article of a story is shown; None for all
        self.synonyms: Synonyms | None = None
        self.recency: float | None = None  # the half-life of scores, in days
        self.boost_by: str | None = None  # the field of numbers that scores are multiplied by
        self.text: str | None = None  # what was typed; None if the results come from no query
        self.query: Any = None  # what was searched for: the text, or a tree of articles like one
        self.lines: list[str] = []  # what was typed, oldest first
        self.is_list = False  # whether each hit is one line
        self.values: list[tuple[str, str]] = []  # the numbered values of fields, as shown last
        self.filters: dict[str, str] = {}  # what the search was narrowed to, by field
        self.trail: list[_Asked] = []  # what was narrowed, for :back
        self.alerts_since: str | None = None  # those of this sitting, once they were asked for
        self.has_alerts = False
        self.listed: dict[str, Hit | str] = {}  # articles of the last lists, by their labels
        self.leaving = False
        self._pages: list[Results] = []
        self._page = 0

    @property
    def page(self) -> Results:
        """The page of results shown last; :class:`Refused` before a search."""
        if not self._pages:
            raise Refused("no results yet: type some words to search first")
        return self._pages[self._page]

    @property
    def _hits(self) -> int:
        """How many hits all pages have together."""
        return self.page.total if self.page.stories is None else self.page.stories

    def search(self, text: str) -> Exit:
        """Search for a query and show the first page."""
        results = self.archive.search(self._paged(text))
        self.text = self.query = text
        return self.show(results)

    def forget(self) -> None:
        """Leave what an earlier search was narrowed to."""
        self.trail.clear()
        self.filters = {}

    def similar(self, article: Hit | str) -> Exit:
        """Show articles like one; what comes next is about these."""
        results = self.archive.similar(article, limit=self.limit)
        self.text, self.query = None, results.request.query
        self.forget()
        return self.show(results)

    def copies(self, article: Hit | str) -> Exit:
        """Show all articles of the story of one; the results stay as they are."""
        members = self.archive.copies(article)
        key = article.id if isinstance(article, Hit) else article
        place = article.archive if isinstance(article, Hit) else None
        own = next(hit for hit in members if hit.id == key and place in (None, hit.archive))
        labels = self.label("c", members) if len(members) > 1 else []
        self.page_out(render.copies_list(members, own, self.layout, self.out.width, labels))
        return Exit.DONE if len(members) > 1 else Exit.NO_HITS

    def label(self, letter: str, articles: Iterable[Hit | str]) -> list[str]:
        """Number articles that are not hits of the results, for ``:open c3``: their labels."""
        added = {f"{letter}{number}": article for number, article in enumerate(articles, 1)}
        others = {label: one for label, one in self.listed.items() if label[0] != letter}
        self.listed = others | added
        return list(added)

    def article(self, label: str) -> Hit | str:
        """An article of a list by its label, or the hit with this rank."""
        if re.fullmatch("[a-z][0-9]+", label.lower()):
            if label.lower() in self.listed:
                return self.listed[label.lower()]
            of_letter = [known for known in self.listed if known[0] == label[0].lower()]
            raise Refused(
                f"there is no {label}: these are {of_letter[0]} to {of_letter[-1]}"
                if of_letter
                else f"there is no {label}: no list has such numbers yet"
            )
        return self.hit(label)

    def request(self, query: Any, **options: Any) -> SearchRequest:
        """A request with the session's settings, and what it was narrowed to."""
        return SearchRequest(
            query, match=self.match, filters=self.filters, synonyms=self.synonyms,
            recency=self.recency, boost_by=self.boost_by, **options,
        )  # fmt: skip

    def again(self) -> Exit:
        """Search for the last query again, after a setting has changed."""
        if self.text is not None:
            return self.search(self.text)
        if self.query is None:
            return Exit.DONE
        return self.show(self.archive.search(self._paged(self.query)))

    def _paged(self, query: Any) -> SearchRequest:
        return self.request(query, limit=self.limit, sort=self.sort, collapse=self.collapse)

    def show(self, results: Results) -> Exit:
        """Show the first page of new results."""
        self._pages, self._page = [results], 0
        if not results.total:
            better = did_you_mean(self.archive, self.text) if self.text else None
            self.out.print(render.no_hits(results, self.text, better))
            if self.filters:
                self.out.print(f"narrowed to {self.narrowed_to}; :back undoes it", style="dim")
            return Exit.NO_HITS
        self._print_page()
        return Exit.DONE

    def narrow(self, number: int, *, out: bool) -> Exit:
        """Search for those of the articles found that have a value, by its number in the last
        ``:facets``; or with ``out`` for those that do not."""
        if not self.values:
            raise Refused("there are no numbers yet: :facets shows them")
        if not 1 <= number <= len(self.values):
            raise Refused(f"there is no number {number:,}: these are 1 to {len(self.values)}")
        name, value = self.values[number - 1]
        if not out and self.filters.get(name) == value:
            raise Refused(f"it is narrowed to {name}: {value} already; :back undoes it")
        before = self.text, self.query, self.filters
        if out:
            outcome = self._leave_out(name, value)
        else:
            self.filters = {**self.filters, name: value}
            outcome = self._search_again(before)
        self.trail.append(before)
        return outcome

    def _leave_out(self, name: str, value: str) -> Exit:
        if self.text is None and self.query is not None:
            raise Refused("these results come from no query: search first")
        if '"' in value:
            raise Refused(f"{value} has quotation marks: it cannot be written in a query")
        field = self.archive.schema.fields[name]
        written = f'"{value}"' if isinstance(field, Keyword) else value
        return self.search(f"({self.text}) NOT {name}:{written}" if self.text else
                           f"NOT {name}:{written}")  # fmt: skip

    def _search_again(self, before: _Asked) -> Exit:
        """Search with changed filters; where that is refused, they are as ``before``."""
        try:
            return self.again() if self.query is not None else self.search("*")
        except SearchlibError:
            self.text, self.query, self.filters = before
            raise

    def back(self) -> Exit:
        """Search for what was searched for before it was narrowed."""
        if not self.trail:
            raise Refused("nothing was narrowed: :facets numbers values, and :+1 narrows to one")
        self.text, self.query, self.filters = self.trail.pop()
        if self.query is not None:
            return self.again()
        self._pages = []
        self.out.print("the whole archive")
        return Exit.DONE

    @property
    def narrowed_to(self) -> str:
        """What the search was narrowed to, for people: "section: world"."""
        return ", ".join(f"{name}: {value}" for name, value in self.filters.items())

    def turn(self, step: int) -> None:
        """Show the page so many pages on (1: the next one), or back (-1)."""
        self.go_to(self._page + step)

    def go_to(self, number: int) -> None:
        """Show a page by its number, from 0 on."""
        pages = max(1, -(-self._hits // self.page.limit))
        if number >= pages:
            last = "that was the last page" if self._page == pages - 1 else "there is no such page"
            raise Refused(f"{last}: there {'is' if pages == 1 else 'are'} {pages:,}")
        if number < 0:
            raise Refused("this is the first page")
        while len(self._pages) <= number:
            self._pages.append(self._pages[-1].next())
        self._page = number
        self._print_page()

    def _print_page(self) -> None:
        shown = render.result_list if self.is_list else render.results
        self.page_out(shown(self.page, self.layout, self.out.width))

    def hit(self, number: str) -> Hit:
        """The hit with this rank, also beyond the pages shown so far."""
        if not number.isdecimal():
            raise Refused("which one? type its number, as in :open 1")
        rank, total = int(number[:9]), self._hits
        for page in self._pages:
            for hit in page:
                if hit.rank == rank:
                    return hit
        if not total:
            raise Refused(f"there is no number {rank:,}: the last search found nothing")
        if not rank or rank > total:
            raise Refused(f"there is no number {rank:,}: these are 1 to {total:,}")
        return self.page.at(rank)

    def counts(self, facets: Sequence[str], collapse: Collapse | None = None) -> Results:
        """The facets of :meth:`counted`, in stories too if one ``collapse`` is given or set."""
        return self.archive.search(
            self.counted(
                limit=0, facets=facets, highlight=False, collapse=collapse or self.collapse
            )
        )

    def counted(self, **options: Any) -> SearchRequest:
        """A request for all articles that the last query finds, or the whole archive; for those
        with all of the words, if there are any."""
        request = self.request(Every() if self.query is None else self.query, **options)
        if self.match == "best" and self._pages and self.page.complete:
            request = dataclasses.replace(request, match="all")
        return request

    def page_out(self, shown: RenderableType, words: Sequence[str] = ()) -> None:
        """Print something; what is longer than the screen in the pager, which jumps to ``words``,
        or one screen at a time."""
        lines = self.out.render_lines(shown, pad=False)
        if self.pager and len(lines) > self.out.height - 2:
            with self.out.capture() as captured:
                self.out.print(SegmentLines(lines, new_lines=True), end="")
            if self.pager(captured.get(), words):
                return
        screen = max(5, self.out.height - 2) if self.more else max(1, len(lines))
        for first in range(0, len(lines), screen):
            if first and self.more and not self.more():
                return
            self.out.print(SegmentLines(lines[first : first + screen], new_lines=True), end="")

    def fitting(self) -> int:
        """How many hits fit on the screen, below the line that was typed."""
        rows = self.out.height - 5 if self.out.is_terminal else 20
        return max(5, rows) if self.is_list else max(3, min(10, rows // 6))

    @property
    def unicode(self) -> bool:
        """Whether the output can show more than ASCII."""
        return self.out.encoding.lower().startswith("utf")

    def facet_fields(self) -> list[str]:
        """The fields whose values can be counted."""
        return self.archive.schema.names(Keyword)

    def names(self) -> Names:
        """The names of the archive for completion: its fields and their most frequent values."""
        schema = self.archive.schema
        fields = {name: f.kind for name, f in schema if not isinstance(f, Stored)}
        asked = [FacetRequest(name, limit=_MAX_VALUES) for name in self.facet_fields()]
        request = SearchRequest(Every(), limit=0, facets=asked, highlight=False)
        facets = self.archive.search(request).facets
        values = {str(FacetRequest.parse(name).field): dict(c) for name, c in facets.items()}
        return Names(
            fields=fields,
            values=values,
            words=self._suggest if schema.names(TextField) else lambda prefix: (),
        )

    def _suggest(self, start: str) -> Sequence[str]:
        with suppress(ArchiveUnreachable):  # a cluster
            return self.archive.suggest(start)
        return ()
