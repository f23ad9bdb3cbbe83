"""Checks all that a segment holds, number by number: whether it makes sense, checksums apart.

What is cheap to check is checked whenever a field is opened (in the readers of
:mod:`searchlib.codec`): lengths, orders, offsets. Here every posting, position, form, count and
block-max score is read, and every article is compared with its digest and its doc values. It takes
about as long as reading the archive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis import fold_keyword
from searchlib.codec.doc_values import MISSING, KeywordDocValues
from searchlib.codec.postings_writer import cut_docs
from searchlib.codec.text_field import TextField, form_counts
from searchlib.errors import CorruptArchive
from searchlib.index.inverter import term_ranges
from searchlib.index.segment_reader import SegmentCore
from searchlib.ingest.record import canonical_json, digest, instant, period_end
from searchlib.schema import Column, Date, Key, Keyword, Number, Schema, Terms, Text

__all__ = ["check_segment", "zone_of"]

Array = npt.NDArray[Any]
_MAX_TOKENS = 1 << 19  # occurrences that are checked together
_ZONE_TOLERANCE = 26 * 3_600_000_000  # microseconds: tables of time zones change
_BAD_ARTICLE = (ValueError, TypeError, LookupError, RecursionError, OverflowError)


def check_segment(
    core: SegmentCore, schema: Schema, zone: tzinfo, story_field: str | None = None
) -> None:
    """Raises CorruptArchive, which names the file and what is wrong, for the first thing in a
    segment that no writer can have written. ``zone`` is that of dates without one;
    ``story_field`` the text field of which there are sketches, if of any.

    The file's checksums are those that reading compares: each page once.
    """
    core.check_schema(schema)
    for name, field in schema:
        if isinstance(field, Text) and (text := core.text(name)) is not None:
            _TextCheck(core.segment_file.file, name, text, field.weight).run()
        elif isinstance(field, Keyword) and (keywords := core.keyword(name)) is not None:
            is_many = keywords.value_offsets is not None
            if is_many and not field.many:
                raise CorruptArchive(
                    core.segment_file.file, f"field {name!r} has several values in an article"
                )
            keywords.check()
        elif isinstance(field, (Date, Number)):
            core.number(name)  # opening it checks all
    core.keys.check()
    if story_field is not None:
        sketches, text = core.story_sketches, core.text(story_field)
        if sketches is None or text is None:
            raise CorruptArchive(core.segment_file.file, "its sketches of texts are missing")
        sketches.check(core.segment_file, text.lengths)
    _check_articles(core, schema, zone)


def zone_of(settings: Mapping[str, Any]) -> tzinfo:
    """The time zone of dates without one in an archive with these settings; UTC if it is not
    known here."""
    try:
        return ZoneInfo(settings.get("zone", "UTC"))
    except (KeyError, TypeError, ValueError, OSError):
        return UTC


class _TextCheck:
    """The check of one text field, some terms at a time."""

    def __init__(self, file: str, name: str, field: TextField, weight: float) -> None:
        self._file = file
        self._name = name
        self._field = field
        self._weight = weight
        self._lengths = field.lengths.astype(np.int64)
        self._starts = np.cumsum(self._lengths, dtype=np.int64) - self._lengths
        self._seen = np.zeros(field.tokens, bool)  # the global positions met so far
        self._first_forms = field.forms_by_term()[0] if field.stemmed else None

    def run(self) -> None:
        """Raises CorruptArchive for the first mistake."""
        field = self._field
        field.check_texts()
        field.postings.check()
        self._check_alternates()
        if field.units is not None:
            field.units.check()
        field.attributes  # noqa: B018  # opening them checks them
        for first, last in term_ranges(field.postings.all_occurrences(), _MAX_TOKENS):
            self._check_terms(first, last)
        if not self._seen.all():
            self._fail("two words have one position")

    def _check_alternates(self) -> None:
        for alternate, surface in self._field.all_alternates():
            if not alternate or alternate == surface or not self._field.form_ordinals(surface):
                self._fail(f"{alternate!r:.40} stands for a word that no text has")
            try:
                alternate.decode()
            except UnicodeDecodeError:
                self._fail("another spelling is not UTF-8")

    def _check_terms(self, first: int, last: int) -> None:
        postings = self._field.postings
        docs, freqs, positions, forms = postings.read_terms(first, last)
        freqs = freqs.astype(np.int32)
        counts = postings.counts(first, last)
        occurrences = postings.occurrences_between(first, last)
        if len(docs) and (docs.min() < 0 or docs.max() >= self._field.documents):
            self._fail("a posting is of a document that does not exist")
        rises = np.diff(docs) > 0
        ends = np.cumsum(counts)
        if len(counts) and counts.min() < 1:
            self._fail("a term is in no document")
        rises[ends[(ends > 0) & (ends < len(docs))] - 1] = True  # the next one is another term's
        if not rises.all():
            self._fail("the documents of a term are not in order")
        if len(freqs) and freqs.min() < 1:
            self._fail("a word occurs less than once in a document")
        token_ends = np.concatenate(([0], np.cumsum(freqs, dtype=np.int64)))
        if not np.array_equal(np.diff(token_ends[np.append(0, ends)]), occurrences):
            self._fail("a term has other frequencies than occurrences")
        self._check_positions(docs, freqs, positions, token_ends)
        self._check_forms(first, last, freqs, forms, occurrences)
        self._check_blocks(first, last, counts, docs, freqs)

    def _check_positions(
        self, docs: Array, freqs: Array, positions: Array, token_ends: Array
    ) -> None:
        rises = positions[1:] > positions[:-1]
        rises[token_ends[1:-1] - 1] = True  # the next one is another document's
        if not rises.all() or np.any(positions[token_ends[1:] - 1] >= self._lengths[docs]):
            self._fail("positions are not in order, or beyond the end of a text")
        self._seen[np.repeat(self._starts[docs], freqs) + positions] = True

    def _check_forms(
        self, first: int, last: int, freqs: Array, forms: Array, occurrences: Array
    ) -> None:
        if self._first_forms is None or not len(forms):
            return
        first_forms = self._first_forms[first : last + 1]
        sizes = np.diff(first_forms)
        highest = np.maximum.reduceat(forms, np.cumsum(occurrences) - occurrences)
        if np.any(highest >= sizes):
            self._fail("a word is of a form that its term does not have")
        start, end = int(first_forms[0]), int(first_forms[-1])
        forms = forms + np.repeat(first_forms[:-1] - start, occurrences).astype(np.int32)
        count: Any = kernels.codec.form_counts if kernels.available else form_counts
        expected = self._field.all_form_counts(start, end)
        if not all(map(np.array_equal, count(forms, freqs, end - start), expected)):
            self._fail("a form has other counts than postings")

    def _check_blocks(
        self, first: int, last: int, counts: Array, docs: Array, freqs: Array
    ) -> None:
        postings = self._field.postings
        block_counts, block_max_scores, low = postings.dense_arrays(first, last)
        if not len(block_counts):
            return
        _, expected_low, expected_counts, lowest = cut_docs(
            counts, docs, freqs, self._lengths, postings.dense_from, postings.block, self._weight
        )
        if not (
            np.array_equal(low, expected_low) and np.array_equal(block_counts, expected_counts)
        ):
            self._fail("block counts are not those of the documents")
        if np.any(block_max_scores < lowest):
            self._fail("a block-max score is too low")

    def _fail(self, why: str) -> NoReturn:
        raise CorruptArchive(self._file, f"field {self._name!r}: {why}")


def _check_articles(core: SegmentCore, schema: Schema, zone: tzinfo) -> None:
    """Raises CorruptArchive unless each article is what its digest says, in its stored form, and
    its doc values are those of its fields."""
    file, digests = core.segment_file.file, core.keys.digests()
    checks = list(_field_checks(core, schema, zone))
    decode = json.JSONDecoder(parse_constant=_no_constant).decode
    for document, data in enumerate(core.doc_store):
        if digest(data) != digests[16 * document : 16 * document + 16]:
            raise CorruptArchive(file, f"article {document} is not what was written")
        try:
            record = decode(data.decode())
            if type(record) is not dict or canonical_json(record) != data:
                raise ValueError("it is not in its stored form")
            for name, check in checks:
                if not check(record.get(name), document):
                    raise ValueError(f"its {name} is not what is searched")
        except _BAD_ARTICLE as error:
            raise CorruptArchive(file, f"article {document}: {error or repr(error)}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value")


_FieldCheck = Callable[[Any, int], bool]


def _field_checks(
    core: SegmentCore, schema: Schema, zone: tzinfo
) -> Iterator[tuple[str, _FieldCheck]]:
    """For each field, a function that says whether a stored value is the one that is searched, of
    the document with this number.

    A stored value that is not searched is right: the article may have been added before the schema
    had the field.
    """
    for name, field in schema:
        if isinstance(field, Key):
            yield name, _key_check(core)
        elif core.kind(name) is None:
            continue  # written before the schema had the field
        elif isinstance(field, (Terms, Column)) or name in schema.unstored:
            continue  # what is stored may be another value than what is searched, or none
        elif isinstance(field, Text):
            text = core.text(name)
            assert text is not None
            yield name, _text_check(text.lengths)
        elif isinstance(field, Keyword):
            keywords = core.keyword(name)
            assert keywords is not None
            yield name, _keyword_check(keywords)
        elif isinstance(field, (Date, Number)):
            numbers = core.number(name)
            assert numbers is not None
            is_date = isinstance(field, Date)
            values = numbers.values.tolist()
            if is_date:
                ends = dict(
                    zip(numbers.partial_docs.tolist(), numbers.partial_ends.tolist(), strict=True)
                )
                yield name, _date_check(values, ends, zone)
            else:
                yield name, _number_check(values)


def _key_check(core: SegmentCore) -> _FieldCheck:
    keys = core.keys.keys
    return lambda value, document: type(value) is str and value.encode() == keys[document]


def _text_check(lengths: Array) -> _FieldCheck:
    tokens = lengths.tolist()

    def check(value: Any, document: int) -> bool:
        return not tokens[document] or (type(value) is str and tokens[document] <= len(value))

    return check


def _keyword_check(keywords: KeywordDocValues) -> _FieldCheck:
    terms, labels = keywords.term_texts, keywords.label_texts
    ranks = keywords.ranks.tolist()
    missing = len(terms)

    @lru_cache(maxsize=1 << 16)
    def is_value(value: Any, rank: int) -> bool:
        # Folding depends on the version of Unicode, but not that of ASCII.
        is_text = type(value) is str
        return is_text and (not value.isascii() or terms[rank] == fold_keyword(value))

    if not all(map(is_value, labels, range(missing))):
        return lambda value, document: False  # a value is shown that is not the one searched
    # Without other texts the segment may be older than they are, and a label stand for all.
    is_exact = keywords.variants is not None

    def are_spelled(values: list[Any], document: int) -> bool:
        return not is_exact or keywords.texts_of(document) == values

    if keywords.value_offsets is None:

        def check_one(value: Any, document: int) -> bool:
            rank = ranks[document]
            return rank == missing or (
                (value == labels[rank] or is_value(value, rank)) and are_spelled([value], document)
            )

        return check_one
    offsets = keywords.value_offsets.tolist()

    def check_many(values: Any, document: int) -> bool:
        first, last = offsets[document], offsets[document + 1]
        if first == last:
            return True
        return (
            type(values) is list
            and len(values) == last - first
            and all(map(is_value, values, ranks[first:last]))
            and are_spelled(values, document)
        )

    return check_many


def _number_check(values: list[float]) -> _FieldCheck:
    def check(value: Any, document: int) -> bool:
        number = values[document]
        is_missing = number != number  # NaN
        return is_missing or (type(value) in (int, float) and float(value) == number)

    return check


def _date_check(values: list[int], ends: dict[int, int], zone: tzinfo) -> _FieldCheck:
    """``ends`` are the ends of the dates whose day is not known; a segment without any may be
    older than they are."""
    tolerance = 0 if zone is UTC or str(zone) == "UTC" else _ZONE_TOLERANCE

    def check(value: Any, document: int) -> bool:
        micros = values[document]
        if micros == MISSING:
            return True
        if type(value) is not str or abs(instant(value, zone) - micros) > tolerance:
            return False
        end = period_end(value, zone) if ends else None
        if end is None:
            return document not in ends
        return document in ends and abs(end - ends[document]) <= tolerance

    return check
