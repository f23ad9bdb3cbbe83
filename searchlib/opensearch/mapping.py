"""The fields of an index, and the document of an article.

Each field of the schema is an object, so that no name can clash:

========= =======================================================================================
kind      under ``f.NAME``
========= =======================================================================================
text      ``terms``, ``exact`` (surface forms; only where they may differ), ``units`` (where
          sentences and paragraphs begin and end), all by position; ``forms``, the dictionary;
          ``sort``, its beginning; ``length``, the number of its tokens
keyword   ``value`` (folded), ``label`` (folded and as written)
date      ``start`` in microseconds, ``end`` of a date without its day; ``day`` and ``hour`` by
          which it is counted, in the archive's zone
number    ``value``
key       ``value``; it is the document's id as well
========= =======================================================================================

A value of ``forms`` is a surface form, its term and how often it is so in the article, or another
spelling and the surface form that it stands for. The article itself is kept as its canonical JSON.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import tzinfo
from typing import Any, NamedTuple

from searchlib.analysis.sentences import TextUnit, tokens_and_units
from searchlib.dates import from_micros
from searchlib.errors import NotSupported
from searchlib.ingest.record import instant, period_end
from searchlib.schema import Date, Key, Keyword, Number, Schema, Stored, Text
from searchlib.search.facets import hour_label
from searchlib.search.sort import sort_text

__all__ = ["ALTERNATE", "FORM", "SEPARATOR", "UNIT_BITS", "UNIT_TOKENS", "DocumentMaker",
           "path_of", "properties", "settings"]  # fmt: skip

SEPARATOR = "\x1f"
FORM, ALTERNATE = "f", "a"  # what a value of a dictionary is
_SIMILARITY = "frequency"
_CACHED_TOKENS = 1 << 17
_NO_FORM = "\x01"  # a token of which nothing is left keeps its position
_YEAR_LENGTH = 4
#: For each unit the bit of a token that begins one, and of a token that ends one.
UNIT_BITS: dict[TextUnit, tuple[int, int]] = {"sentence": (1, 2), "paragraph": (4, 8)}
#: A token for each sum of these bits; that of 0 is not indexed.
UNIT_TOKENS = ["_", *("".join(c for i, c in enumerate("sepq") if n >> i & 1) for n in range(1, 16))]


def path_of(schema: Schema, whoosh_field: str) -> str:
    """The field of an index that has the terms of a Whoosh field.

    >>> from searchlib.schema import NEWS
    >>> path_of(NEWS, "body"), path_of(NEWS, "body_exact"), path_of(NEWS, "source")
    ('f.body.terms', 'f.body.exact', 'f.source.value')
    """
    name = schema.base(whoosh_field)
    if name != whoosh_field:
        return f"f.{name}.exact"
    part = {Text: "terms", Date: "start"}.get(type(schema.fields[name]), "value")
    return f"f.{name}.{part}"


def settings(shards: int, replicas: int) -> dict[str, Any]:
    """The settings of an index."""
    words = {"type": "custom", "tokenizer": "blanks"}
    return {
        "number_of_shards": shards,
        "number_of_replicas": replicas,
        "refresh_interval": "-1",
        "similarity": {
            _SIMILARITY: {"type": "scripted", "script": {"source": "return doc.freq;"}},
        },
        "analysis": {
            "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": 30_000}},
            "filter": {"gaps": {"type": "stop", "stopwords": [UNIT_TOKENS[0]]}},
            "analyzer": {"words": words, "units": {**words, "filter": ["gaps"]}},
        },
    }


def properties(schema: Schema) -> dict[str, Any]:
    """The mapping of all fields. NotSupported if texts are not stored: what a cluster cannot answer
    is asked of them."""
    if schema.unstored:
        why = f"the text of {schema.unstored[0]} is not stored, and a cluster needs it to answer"
        raise NotSupported("stored=False", why, "store it, or make the archive in a folder")
    fields = {
        name: {"properties": _properties(schema, name)}
        for name, field in schema
        if not isinstance(field, Stored)
    }
    return {
        "f": {"properties": fields},
        "article": {"type": "keyword", "index": False, "doc_values": False},
        "digest": {"type": "keyword", "index": False},
        "seq": {"type": "long"},
        "languages": {"type": "keyword"},
    }


def _properties(schema: Schema, name: str) -> dict[str, Any]:
    field = schema.fields[name]
    if isinstance(field, Text):
        words = {"type": "text", "analyzer": "words", "index_options": "positions", "norms": False,
                 "similarity": _SIMILARITY}  # fmt: skip
        found: dict[str, Any] = {"terms": words}
        if schema.exact(name) != name:
            found["exact"] = words
        units = {"type": "text", "analyzer": "units", "norms": False}
        sort = {"type": "keyword", "index": False}
        length = {"type": "integer", "index": False}
        return {**found, "units": units, "forms": {"type": "keyword"}, "sort": sort,
                "length": length}  # fmt: skip
    if isinstance(field, Keyword):
        label = {"type": "keyword", "index": False}
        return {"value": {"type": "keyword"}, "label": label}
    if isinstance(field, Date):
        counted = {"type": "keyword", "index": False}
        return {"start": {"type": "long"}, "end": {"type": "long"}, "day": counted, "hour": counted}
    return {"value": {"type": "double" if isinstance(field, Number) else "keyword"}}


class DocumentMaker:
    """Makes the documents of the articles of one archive; words that it has seen before are not
    analyzed again."""

    def __init__(self, schema: Schema, zone: tzinfo) -> None:
        self._schema = schema
        self._zone = zone
        self._tokens: dict[tuple[str, str], _Token] = {}

    def document(
        self, row: Mapping[str, Any], digest: bytes, data: bytes, seq: int
    ) -> dict[str, Any]:
        """The document of a normalized article; ``seq`` is its place in the order of arrival."""
        schema = self._schema
        fields: dict[str, Any] = {}
        languages = set()
        for name, field in schema:
            value = row.get(name)
            if value is None or isinstance(field, Stored):
                continue
            if isinstance(field, Text):
                language = schema.language_of(name, row)
                languages.add(language)
                fields[name] = self._text(name, value, language)
            elif isinstance(field, Keyword):
                values = value if isinstance(value, list) else [value]
                folded = [schema.rules.keyword(one) for one in values]
                labels = [key + SEPARATOR + one for key, one in zip(folded, values, strict=True)]
                fields[name] = {"value": folded, "label": labels}
            elif isinstance(field, Date):
                fields[name] = _date(value, self._zone)
            elif isinstance(field, (Key, Number)):
                fields[name] = {"value": value}
        return {
            "f": fields, "article": data.decode(), "digest": digest.hex(), "seq": seq,
            "languages": sorted(languages),
        }  # fmt: skip

    def _text(self, name: str, value: str, language: str) -> dict[str, Any]:
        rules = self._schema.rules
        found: dict[str, Any] = {"sort": key} if (key := sort_text(value)) else {}
        texts, *starts = tokens_and_units(value, rules.version)
        if not texts:
            return found
        tokens = [self._token(text, language) for text in texts]
        found["length"] = len(tokens)
        found["terms"] = " ".join([token.term for token in tokens])
        if self._schema.exact(name) != name:
            found["exact"] = " ".join([token.form for token in tokens])
        alternates = (value for token in dict.fromkeys(tokens) for value in token.alternates)
        found["forms"] = [*_forms(tokens), *dict.fromkeys(alternates)]
        units = _units(len(tokens), *starts)
        found["units"] = " ".join([UNIT_TOKENS[bits] for bits in units])
        return found

    def _token(self, text: str, language: str) -> _Token:
        key = (text, language)
        token = self._tokens.get(key)
        if token is None:
            if len(self._tokens) >= _CACHED_TOKENS:
                self._tokens.clear()
            token = self._tokens[key] = self._analyzed(text, language)
        return token

    def _analyzed(self, text: str, language: str) -> _Token:
        rules = self._schema.rules
        word = rules.word(text, language)
        surface = rules.surface(word)
        others = () if word.isascii() else rules.alternates(word, language)
        alternates = (SEPARATOR.join((ALTERNATE, one, surface)) for one in others if one != surface)
        [term] = rules.terms([word], language)
        return _Token(surface or _NO_FORM, term or _NO_FORM, tuple(alternates))


class _Token(NamedTuple):
    """What a token of a text is indexed as: its surface form, its term, and values of a dictionary
    for other spellings."""

    form: str
    term: str
    alternates: tuple[str, ...]


def _forms(tokens: Iterable[_Token]) -> Iterator[str]:
    for (form, term), count in Counter((token.form, token.term) for token in tokens).items():
        yield SEPARATOR.join((FORM, form, term, str(count)))


def _units(count: int, sentences: list[int], paragraphs: list[int]) -> list[int]:
    """Which units each token begins and ends."""
    bits = [0] * count
    for (begins, ends), starts in zip(UNIT_BITS.values(), (sentences, paragraphs), strict=True):
        for start in starts:
            bits[start] |= begins
            if start:
                bits[start - 1] |= ends
        bits[-1] |= ends
    return bits


def _date(iso: str, zone: tzinfo) -> dict[str, Any]:
    start, end = instant(iso, zone), period_end(iso, zone)
    local = from_micros(start)
    with suppress(OverflowError):  # of the first and the last day of the calendar
        local = local.astimezone(zone)
    found: dict[str, Any] = {"start": start, "day": local.date().isoformat()}
    if end is None:
        return {**found, "hour": hour_label(start, zone)}
    length = _YEAR_LENGTH if len(iso) == _YEAR_LENGTH else 7
    return {**found, "day": found["day"][:length], "end": end}
