"""How articles enter an archive: each is cleaned, and they are handed to the writer in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from searchlib.article import Article, Rejected
from searchlib.backend.writer import to_json
from searchlib.errors import RecordError
from searchlib.sources.progress import Progress
from searchlib.sources.reading import Reading
from searchlib.stats import Report
from searchlib.storage.columns import digest
from searchlib.storage.store import Writer

__all__ = ["STEP", "Intake"]

STEP = 256  # articles that are looked up, and reported, together


class Intake:
    """Cleans records and hands them to the writer, some at a time; ``end`` commits the last.

    If the articles are a :class:`Reading`, it is told where a run was stopped, and how far it
    is goes with each commit.
    """

    def __init__(self, writer: Writer, articles: Iterable[Any], *, resume: bool) -> None:
        self._writer = writer
        self._batch: list[tuple[str, bytes, dict[str, Any], bytes]] = []
        self._counts = {"added": 0, "updated": 0, "unchanged": 0}
        self._rejected: list[Rejected] = []
        self._unsearched: set[str] = set()
        self._progress: Progress | None = None
        self._first = True
        self.seen = 0
        self._reading = articles if isinstance(articles, Reading) else None
        if self._reading is not None:
            self._reading.make(writer.schema.row)
            # In an archive that was emptied nothing is left of what was read.
            marks = writer.reading if writer.base.live else ()
            told = json.dumps(writer.schema.to_json(), sort_keys=True)
            self._progress = self._reading.resume(marks, told, afresh=not resume)

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
                row = self._writer.schema.clean(article.record(), where)
            elif self._reading is not None and type(article) is dict:
                row = article
            elif isinstance(article, Mapping):
                row = self._writer.schema.clean(article, where)
            else:
                raise RecordError(where, None, f"not an article but {type(article).__name__}")
        except RecordError as error:
            self._rejected.append(Rejected(error.where, error.field, error.why))
            return
        data = to_json(row)
        self._batch.append((row[self._writer.schema.key], digest(data), row, data))
        if len(self._batch) >= STEP:
            self._hand_over()

    def end(self) -> None:
        """Hand over the rest and commit; nothing is left to go on with."""
        self._hand_over()
        if self._progress is not None:
            self._writer.reading = self._progress.others()
        self._writer.commit()

    def close(self) -> None:
        """Take no more: what reads gives articles again, which mean the same to any archive."""
        if self._reading is not None:
            self._reading.make(None)

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
            self._writer.reading = progress.others()
            self._first = False
        names = set[str]().union(*(row for _, _, row, _ in self._batch))
        self._unsearched.update(names - self._writer.schema.fields.keys())
        # The writer may commit within: with what was known before this batch.
        for outcome in self._writer.take(self._batch):
            self._counts[outcome] += 1
        self._batch = []
        if progress is not None:
            self._writer.reading = progress.marks()
