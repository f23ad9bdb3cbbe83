"""The interface of a peer: build an archive, open it, search it.

All peers get the same articles and the same queries. All index title and body with English
stemming and positions, the date, and three keyword fields; all store every field; all return exact
totals and the ids of the top ten; all parse the query's text on each call.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, NamedTuple, Protocol

from benchmarks.corpus import Article, Corpus
from benchmarks.queries import Query


class Answer(NamedTuple):
    """The answer to a query: total, ids of the top hits, facet counts by field."""

    total: int
    ids: list[str]
    facets: Mapping[str, Mapping[str, int]] = MappingProxyType({})


class Searcher(Protocol):
    """An open archive."""

    def search(self, query: Query, k: int = 10) -> Answer:
        """The best ``k`` articles and the exact total."""

    def parse(self, query: Query) -> object:
        """Only parse the query's text."""

    def close(self) -> None:
        """Close files."""


class Peer:
    """A measured library. ``fields`` are the text fields that are searched."""

    name: ClassVar[str]
    package: ClassVar[str]  # the distribution whose version is reported
    module: ClassVar[str]
    appends: ClassVar[bool] = True
    archive: ClassVar[str] = ""  # the peer whose archive this one searches, if not its own

    def __init__(self, fields: Sequence[str] = ("body",)) -> None:
        self.fields = tuple(fields)

    def missing(self) -> str:
        """Why this peer is not available, or ""."""
        try:
            importlib.import_module(self.module)
        except ImportError as error:
            return str(error)
        return ""

    def version(self) -> str:
        """The version of the library."""
        return importlib.metadata.version(self.package)

    def supports(self, query: Query) -> bool:
        """Whether the library has this kind of query."""
        return True

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        """Index the corpus into an empty directory, in ``commits`` commits."""
        raise NotImplementedError

    def open(self, folder: Path) -> Searcher:
        """Open the archive for searching."""
        raise NotImplementedError

    def append(self, folder: Path, articles: list[Article], query: Query) -> tuple[float, int]:
        """Add articles to an archive that is already open for searching, and search for them.

        Returns the seconds from the add to the answer, and the total.
        """
        raise NotImplementedError


def quoted(words: Sequence[str]) -> str:
    """The words as a phrase.

    >>> quoted(["a", "b"])
    '"a b"'
    """
    return f'"{" ".join(words)}"'
