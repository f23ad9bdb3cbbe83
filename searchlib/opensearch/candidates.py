"""Checks span queries that OpenSearch would not find all of.

The articles that have the words are read and indexed for the moment, and searched by searchlib's
own engine: nothing is found that should not be, and nothing is missed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.commit_view import CommitView
from searchlib.dates import DateSettings
from searchlib.errors import QueryError
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import digest
from searchlib.opensearch.cluster import Cluster
from searchlib.query import Limits
from searchlib.requests import ALL_HITS, SearchRequest
from searchlib.schema import Schema

__all__ = ["CandidateCheck"]

_MAX_READ = 10_000  # articles that a cluster gives at once


class CandidateCheck:
    """Gives the keys of the articles that a span query finds; ``settings`` are the archive's."""

    def __init__(
        self, cluster: Cluster, schema: Schema, dates: DateSettings, limits: Limits,
        settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self._cluster = cluster
        self._schema = schema
        self._dates = dates
        self._limits = limits
        self._settings = settings

    def __call__(self, tree: Any, words: dict[str, Any]) -> list[str]:
        """The keys that a tree finds among the articles of ``words``; QueryError if these are more
        than may be read."""
        most = min(self._limits.articles_read, _MAX_READ)
        answer = self._cluster.search(
            {"query": words, "size": most, "_source": ["article"], "track_total_hits": True}
        )["hits"]
        if answer["total"]["value"] > most:
            raise QueryError(
                "too-many-articles", (0, 0),
                f"more than {most:,} articles have these words: each would be read",
                "add words or a date",
            )  # fmt: skip
        return self._found(tree, [hit["_source"]["article"] for hit in answer["hits"]])

    def _found(self, tree: Any, articles: list[str]) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="searchlib-") as folder:
            store = IndexStore.create(Directory(folder), self._schema, **self._settings)
            with IndexWriter(store) as writer:
                batch = []
                for article in articles:
                    row, data = json.loads(article), article.encode()
                    batch.append((row[self._schema.key], digest(data), row, data))
                writer.put_many(batch)
                writer.commit()
            view = CommitView(store, self._dates, self._limits)
            try:
                request = SearchRequest(tree, limit=ALL_HITS)
                return [hit.id for hit in view.search(request)]
            finally:
                view.close()
