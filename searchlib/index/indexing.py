"""How articles enter an archive: each is cleaned, and they are handed to the writer in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from searchlib.errors import CorruptArchive, RecordError
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import Manifest
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.article_reader import ArticleReader
from searchlib.ingest.checkpoint import Checkpoint
from searchlib.ingest.progress import Progress
from searchlib.ingest.record import canonical_json, digest, row_reader

__all__ = ["STEP", "IndexingRun", "Report", "read_checkpoints"]

STEP = 256  # articles that are looked up, and reported, together


@dataclass(frozen=True)
class Report:
    """What ``Archive.add`` did: how many articles were added, updated, unchanged, and which
    records were rejected and why; ``took`` is in seconds. ``unsearched`` are the keys that
    the schema does not have: their values are kept, but not searched. ``resumed`` says where a
    run that was stopped went on: what is before was not read again, and is not counted here.

    >>> Report(2, 1, 0, [], 0.5).taken
    3
    """

    added: int
    updated: int
    unchanged: int
    rejected: list[Rejected]
    took: float
    unsearched: tuple[str, ...] = ()
    resumed: tuple[str, ...] = ()

    @property
    def taken(self) -> int:
        """Articles that are now in the archive because of this run, or were already."""
        return self.added + self.updated + self.unchanged


class IndexingRun:
    """Cleans records and hands them to the writer, some at a time; ``end`` commits the last.

    If the articles are a :class:`ArticleReader`, it is told where a run was stopped, and how far it
    is goes with each commit.
    """

    def __init__(self, writer: IndexWriter, articles: Iterable[Any], *, resume: bool) -> None:
        self._writer = writer
        self._batch: list[tuple[str, bytes, dict[str, Any], bytes]] = []
        self._counts = {"added": 0, "updated": 0, "unchanged": 0}
        self._rejected: list[Rejected] = []
        self._unsearched: set[str] = set()
        self._progress: Progress | None = None
        self._first = True
        self.seen = 0
        self._reading = articles if isinstance(articles, ArticleReader) else None
        if self._reading is not None:
            self._reading.use_row_reader(row_reader(writer.schema))
            # In an archive that was emptied nothing is left of what was read.
            marks = (
                read_checkpoints(writer.base.manifest, writer.manifest_path)
                if writer.base.live
                else ()
            )
            told = json.dumps(writer.schema.to_json(), sort_keys=True)
            self._progress = self._reading.resume(marks, told, from_start=not resume)

    def take(self, article: Article | Mapping[str, Any] | Rejected, number: int) -> None:
        """Take a record, the one of this number, or set it aside."""
        self.seen = number
        if isinstance(article, Rejected):
            self._rejected.append(article)
            return
        where = f"record {number}"
        try:
            if isinstance(article, Article):
                where = article.where or where
                row = self._writer.schema.normalize(article.record(), where)
            elif self._reading is not None and type(article) is dict:
                row = article
            elif isinstance(article, Mapping):
                row = self._writer.schema.normalize(article, where)
            else:
                raise RecordError(where, None, f"not an article but {type(article).__name__}")
        except RecordError as error:
            self._rejected.append(Rejected(error.where, error.field, error.why))
            return
        data = canonical_json(row)
        self._batch.append((row[self._writer.schema.key], digest(data), row, data))
        if len(self._batch) >= STEP:
            self._hand_over()

    def end(self) -> None:
        """Hand over the rest and commit; nothing is left to go on with."""
        self._hand_over()
        if self._progress is not None:
            self._writer.commit_data = _plain(self._progress.unread_checkpoints())
        self._writer.commit()

    def close(self) -> None:
        """Take no more: what reads gives articles again, which mean the same to any archive."""
        if self._reading is not None:
            self._reading.use_row_reader(None)

    def report(self, took: float) -> Report:
        """What became of the records."""
        return Report(
            **self._counts,
            rejected=self._rejected,
            took=took,
            unsearched=tuple(sorted(self._unsearched)),
            resumed=self._progress.resumed() if self._progress is not None else (),
        )

    def _hand_over(self) -> None:
        progress = self._progress
        if progress is not None and self._first:
            # Of the files that are read now nothing is safe until it is committed.
            self._writer.commit_data = _plain(progress.unread_checkpoints())
            self._first = False
        names = set[str]().union(*(row for _, _, row, _ in self._batch))
        self._unsearched.update(names - self._writer.schema.fields.keys())
        # The writer may commit within: with what was known before this batch.
        for outcome in self._writer.take(self._batch):
            self._counts[outcome] += 1
        self._batch = []
        if progress is not None:
            self._writer.commit_data = _plain(progress.checkpoints())


def _plain(checkpoints: Iterable[Checkpoint]) -> list[Any]:
    """Checkpoints as the data that a commit keeps."""
    return [checkpoint.to_json() for checkpoint in checkpoints]


def read_checkpoints(manifest: Manifest, path: str) -> tuple[Checkpoint, ...]:
    """The checkpoints that a commit keeps; CorruptArchive, naming ``path``, if they are none."""
    try:
        return tuple(map(Checkpoint.from_json, manifest.commit_data))
    except (TypeError, ValueError) as error:
        raise CorruptArchive(path, str(error)) from None
