"""How articles enter an archive: each record is cleaned, then they go to the writer in batches."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any, Protocol

from searchlib.analysis.languages import known_tag
from searchlib.errors import ArgumentTypeError, CorruptArchive, NotSupported, RecordError
from searchlib.index.alerts import Alert
from searchlib.index.manifest import Manifest
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.article_reader import ArticleReader
from searchlib.ingest.checkpoint import Checkpoint
from searchlib.ingest.progress import Progress
from searchlib.ingest.read_summary import ReadSummary
from searchlib.ingest.record import digest, stored_json
from searchlib.schema import Schema, Text

__all__ = [
    "BATCH_SIZE",
    "ArticleWriter",
    "IndexingRun",
    "Report",
    "check_articles",
    "read_checkpoints",
]

_is_known_tag = lru_cache(maxsize=1024)(known_tag)
_REJECTED_ROOM = 1 << 26  # characters of rejected records that are kept
_PROSE = 100  # characters that show whether a value is a text
# One article in so many is looked at for texts that are not searched, at most about as many of a
# batch.
_SAMPLE = 8
BATCH_SIZE = 256  # articles after which progress is reported
_MAX_BATCH_LENGTH = 1 << 25  # bytes of articles that are handed over together


@dataclass(frozen=True)
class Report:
    """What ``Archive.add`` did: how many articles were added, updated and unchanged, and which
    records were rejected and why; ``took`` is in seconds. ``unsearched`` are the keys of records
    that the schema does not have: their values are stored, but cannot be searched; ``homeless`` is
    one of them that seems to have the text of the articles. ``resumed`` says
    where a stopped run was continued: records before that were not read again, and are not counted.
    ``language`` is the language that was taken for texts for which nothing said one, if there were
    any; ``unknown_languages`` are those that articles name and that are not known: their texts are
    searched as they are written. ``reading`` says how files were understood, if any were read.
    ``keys`` has the keys of the articles that were added and updated, if they were asked for. Of
    ``Archive.sync``, ``deleted`` is how many articles were deleted, ``skipped`` how many files were
    as they had been, and ``not_deleted`` says why nothing was deleted, if that was not safe.
    ``alerts`` are those of the standing queries, the first 10,000, and ``alert_count`` is how many
    there were: ``Archive.alerts`` has them all.

    >>> Report(2, 1, 0, [], 0.5).accepted
    3
    """

    added: int
    updated: int
    unchanged: int
    rejected: list[Rejected]
    took: float
    unsearched: tuple[str, ...] = ()
    resumed: tuple[str, ...] = ()
    language: str = ""
    unknown_languages: tuple[str, ...] = ()
    reading: ReadSummary | None = None
    homeless: str = ""
    keys: Mapping[str, Sequence[str]] | None = None
    deleted: int = 0
    skipped: int = 0
    not_deleted: str = ""
    alerts: tuple[Alert, ...] = ()
    alert_count: int = 0

    @property
    def accepted(self) -> int:
        """Articles that are in the archive now because of this run, or were already."""
        return self.added + self.updated + self.unchanged


def check_articles(articles: object) -> None:
    """ArgumentTypeError for what is no list of articles: one article, or the name of a file."""
    single = isinstance(articles, (str, bytes, os.PathLike, Mapping, Article))
    if single or not isinstance(articles, Iterable):
        cure = "give a list of articles or dicts, or searchlib.read(path)"
        raise ArgumentTypeError(f"{type(articles).__name__} is no list of articles: {cure}")


class ArticleWriter(Protocol):
    """What an :class:`IndexingRun` needs of a writer."""

    commit_data: list[Any]

    schema: Schema
    #: How many articles it takes together.
    batch_size: int

    @property
    def manifest_path(self) -> str: ...
    @property
    def names_language(self) -> bool: ...
    @property
    def last_commit_data(self) -> list[Any]: ...
    def put_many(self, batch: Sequence[tuple[str, bytes, dict[str, Any], bytes]]) -> list[str]: ...
    def commit(self) -> int: ...


class IndexingRun:
    """Cleans records and hands them to a writer in batches; ``finish`` commits the last one.

    If the articles are an :class:`ArticleReader`, it continues where a stopped run ended, and its
    checkpoints are kept with each commit. ``seen`` is the number of records so far.
    """

    def __init__(
        self, writer: ArticleWriter, articles: Iterable[Any], *, resume: bool, keys: bool = False
    ) -> None:
        if writer.schema.is_exact:
            raise NotSupported(
                "add", "this is the archive of a Whoosh program, whose schema makes its documents",
                "use archive.whoosh.writer()",
            )  # fmt: skip
        self._writer = writer
        self._keys: dict[str, list[str]] | None = {"added": [], "updated": []} if keys else None
        self._batch: list[tuple[str, bytes, dict[str, Any], bytes]] = []
        self._batch_length = 0
        self._counts = {"added": 0, "updated": 0, "unchanged": 0}
        self._rejected: list[Rejected] = []
        self._room = _REJECTED_ROOM
        self._unsearched: Counter[str] = Counter()  # characters of each key that is not searched
        self._searched_size = 0  # characters in fields of text
        self._sampled = 0  # articles that those stand for whose characters were counted
        self._text_names = writer.schema.names(Text)
        schema = writer.schema
        self._key = schema.key
        self._takes_default = not writer.names_language and any(
            isinstance(field, Text) and field.language is None for _, field in schema
        )
        self._default_used = False
        self._unknown_languages: dict[str, None] = {}
        self._progress: Progress | None = None
        self._is_first_batch = True
        self.seen = 0
        self._article_reader = articles if isinstance(articles, ArticleReader) else None
        if self._article_reader is not None:
            self._article_reader.use_schema(writer.schema)
            checkpoints = _checkpoints(writer.last_commit_data, writer.manifest_path)
            schema_json = json.dumps(writer.schema.to_json(), sort_keys=True)
            self._progress = self._article_reader.resume(
                checkpoints, schema_json, from_start=not resume
            )

    def add(self, article: Article | Mapping[str, Any] | Rejected, number: int) -> None:
        """Add record number ``number``, or report it as rejected."""
        self.seen = number
        if self._article_reader is not None and type(article) is dict:
            row: dict[str, Any] | None = article
        else:
            row = self._normalized(article, number)
        if row is None:
            return
        schema = self._writer.schema
        data = stored_json(row, schema)
        self._batch.append((row[self._key], digest(data), row, data))
        self._batch_length += len(data)
        if schema.unstored:
            self._batch_length += sum(len(row.get(name, "")) for name in schema.unstored)
        if len(self._batch) >= self._writer.batch_size or self._batch_length > _MAX_BATCH_LENGTH:
            self._write_batch()

    def _normalized(
        self, article: Article | Mapping[str, Any] | Rejected, number: int
    ) -> dict[str, Any] | None:
        """The row of an article; None if it is rejected."""
        if isinstance(article, Rejected):
            self._reject(article)
            return None
        where = f"record {number}"
        try:
            if isinstance(article, Article):
                where = article.where or where
                return self._writer.schema.normalize(article.record(), where)
            if isinstance(article, Mapping):
                return self._writer.schema.normalize(article, where)
            raise RecordError(where, None, f"not an article but {type(article).__name__}")
        except RecordError as error:
            record: Any = article.record() if isinstance(article, Article) else article
            record = record if isinstance(record, dict) else None
            self._reject(Rejected(error.where, error.field, error.why, record))
            return None

    def add_all(self, articles: Iterable[Any], on_progress: Callable[[int], None] | None) -> None:
        """Add all records and finish; ``on_progress`` is called with their number now and then."""
        for number, article in enumerate(articles, 1):
            self.add(article, number)
            if number % BATCH_SIZE == 0 and on_progress is not None:
                on_progress(number)
        self.finish()

    def _reject(self, rejected: Rejected) -> None:
        if rejected.record is not None:
            try:
                self._room -= len(repr(rejected.record))
            except Exception:  # nested without end, a number of many digits, or the value's own
                rejected = replace(rejected, record=None)
            if self._room < 0:
                rejected = replace(rejected, record=None)
        self._rejected.append(rejected)

    def finish(self) -> None:
        """Write the last batch and commit, without checkpoints: all was read to its end."""
        self._write_batch()
        if self._progress is not None:
            self._writer.commit_data = _to_json(self._progress.unread_checkpoints())
        self._writer.commit()

    def close(self) -> None:
        """Make the article reader give articles again, which do not depend on the schema."""
        if self._article_reader is not None:
            self._article_reader.use_schema(None)

    def report(self, took: float) -> Report:
        """What became of the records; ``took`` is in seconds."""
        return Report(
            self._counts["added"],
            self._counts["updated"],
            self._counts["unchanged"],
            rejected=self._rejected,
            took=took,
            unsearched=tuple(sorted(self._unsearched.keys() - {"path"})),
            homeless=self._homeless(),
            resumed=self._progress.resumed() if self._progress is not None else (),
            language=self._writer.schema.language if self._default_used else "",
            unknown_languages=tuple(self._unknown_languages),
            reading=None if self._article_reader is None else self._article_reader.summary,
            keys=self._keys,
        )

    def _note_languages(self) -> None:
        """Note what the languages of the batch are taken to be, where that is worth telling."""
        name = self._writer.schema.language_field or ""
        for tag, _ in groupby(row.get(name) for _, _, row, _ in self._batch):
            if not tag:
                self._default_used = self._takes_default
            else:
                first = tag if isinstance(tag, str) else tag[0]
                if not _is_known_tag(first):
                    self._unknown_languages[first] = None

    def _note_unsearched(self) -> None:
        """Note the keys that the schema does not have, and how much text is in them in a sample of
        the articles."""
        names = set[str]().union(*(row for _, _, row, _ in self._batch))
        unknown = names - self._writer.schema.fields.keys()
        self._unsearched.update(dict.fromkeys(unknown, 0))
        step = max(_SAMPLE, len(self._batch) // _SAMPLE)
        for _, _, row, _ in self._batch[::step]:  # each stands for so many
            self._sampled += step
            searched = sum(len(row.get(name) or "") for name in self._text_names)
            self._searched_size += step * searched
            for name in unknown:
                value: Any = row.get(name)
                self._unsearched[name] += step * len(value) if _is_prose(value) else 0

    def _homeless(self) -> str:
        """The key that has most of the text, if that is not searched; "" if it is."""
        name, size = max(self._unsearched.items(), key=lambda one: one[1], default=("", 0))
        return name if size > max(2 * self._searched_size, 100 * self._sampled) else ""

    def _write_batch(self) -> None:
        progress = self._progress
        if progress is not None and self._is_first_batch:
            # Nothing of the files that are read now is durable before the next commit.
            self._writer.commit_data = _to_json(progress.unread_checkpoints())
            self._is_first_batch = False
        self._note_unsearched()
        self._note_languages()
        # The writer may commit meanwhile, with the checkpoints from before this batch.
        outcomes = self._writer.put_many(self._batch)
        for outcome in outcomes:
            self._counts[outcome] += 1
        if self._keys is not None:
            for outcome, (key, *_) in zip(outcomes, self._batch, strict=True):
                if outcome in self._keys:
                    self._keys[outcome].append(key)
        self._batch = []
        self._batch_length = 0
        if progress is not None:
            self._writer.commit_data = _to_json(progress.checkpoints())


def _is_prose(value: Any) -> bool:
    """Whether a value is a text of words, to be read and searched."""
    if not isinstance(value, str) or " " not in value[:_PROSE]:
        return False
    start = value[:_PROSE]
    return sum(map(str.isalpha, start)) > len(start) // 2


def _to_json(checkpoints: Iterable[Checkpoint]) -> list[Any]:
    """Checkpoints as commit data."""
    return [checkpoint.to_json() for checkpoint in checkpoints]


def read_checkpoints(manifest: Manifest, path: str) -> tuple[Checkpoint, ...]:
    """The checkpoints of a commit; CorruptArchive, naming ``path``, if its commit data are not
    checkpoints."""
    return _checkpoints(manifest.commit_data, path)


def _checkpoints(commit_data: list[Any], path: str) -> tuple[Checkpoint, ...]:
    try:
        return tuple(map(Checkpoint.from_json, commit_data))
    except (TypeError, ValueError) as error:
        raise CorruptArchive(path, str(error)) from None
