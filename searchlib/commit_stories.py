"""The stories of one commit, as its searches want them: hits by story, copies of an article."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from searchlib.errors import NotSupported
from searchlib.index.index_reader import IndexReader
from searchlib.results import Carried, Copies
from searchlib.schema import Keyword
from searchlib.schema.archive_settings import story_field_of
from searchlib.search.collapse import StoryMatches, place_of
from searchlib.search.docset import DocSet
from searchlib.search.stories import Stories

__all__ = ["CommitStories"]

Place = tuple[int, int]  # (segment, document)


class CommitStories:
    """The stories of a reader's articles, worked out when they are first asked for."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader
        self.field = story_field_of(reader.manifest.settings)
        source = reader.schema.fields.get("source")
        self._has_source = isinstance(source, Keyword)

    @cached_property
    def stories(self) -> Stories:
        """The stories; NotSupported for an archive that has none."""
        if self.field is None:
            why = "this archive was made without stories"
            cure = "make one with create(..., stories=True)"
            shell_cure = "make another one: searchlib index FILES --stories --archive NEW"
            if self._reader.schema.stores_all:  # others are not copied
                first, *others = self._reader.folders
                which = "each of them" if others else "this one"
                shell_cure = f"copy {which}: searchlib copy {shlex.quote(first)} TO --stories"
                cure += f", or {shell_cure}"
            raise NotSupported("stories", why, cure, shell_cure)
        strict = self._reader.manifest.settings["stories"]["strict"]
        return Stories(self._reader, self.field, strict=strict)

    def matches(self, matches: Sequence[DocSet]) -> StoryMatches:
        """The stories of what a query finds."""
        return StoryMatches(self.stories, self._reader.doc_bases, matches)

    def members(self, place: Place) -> list[Place]:
        """The articles of the story of one, the first one first."""
        bases = self._reader.doc_bases
        return [place_of(bases, one) for one in self.stories.members(bases[place[0]] + place[1])]

    def copies(
        self, segment: int, document: int, load: Callable[[int, int], dict[str, Any]],
        found: int | None = None,
    ) -> Copies | None:  # fmt: skip
        """What is known of the copies of a document, of which a query finds so many; None in an
        archive without stories."""
        if self.field is None:
            return None
        members = self.members((segment, document))
        sources = Counter(source for place in members for source in self._sources(place))
        carried_by = tuple(sorted(sources.items(), key=lambda pair: (-pair[1], pair[0])))
        first, last = (self._carried(place, load) for place in (members[0], members[-1]))
        return Copies(len(members), first, last, carried_by, found)

    def _sources(self, place: Place) -> list[str]:
        keywords = self._reader.segments[place[0]].core.keyword("source")
        if keywords is None:
            return []
        return [keywords.label_texts[rank] for rank in keywords.ranks_of(place[1])]

    def _carried(self, place: Place, load: Callable[[int, int], dict[str, Any]]) -> Carried:
        schema, record = self._reader.schema, load(*place)
        archive = self._reader.origins[place[0]] if self._reader.origins else None
        source = record.get("source") if self._has_source else None
        shown = ", ".join(source) if isinstance(source, list) else source
        return Carried(record[schema.key], shown, record.get(schema.date_field or ""), archive)
