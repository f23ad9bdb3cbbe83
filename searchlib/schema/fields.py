"""The field types of a schema: how each normalises its values, and its Whoosh field type.

On disk a field type is written under the key "kind": ``Field.kind`` is its name there.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as option
from functools import lru_cache
from typing import Any, ClassVar

from whoosh import fields as whoosh_fields

from searchlib import kernels
from searchlib.analysis import CURRENT_VERSION, rules
from searchlib.dates import read_iso
from searchlib.schema.whoosh_fields import (
    DATETIME,
    KEYWORD,
    NUMBER,
    TextAnalyzer,
    divided,
    text_field,
    values_of,
)

__all__ = ["KEY_BYTES", "SURROGATE", "Date", "Field", "Key", "Keyword", "Number", "Stored", "Text"]

#: The longest key, in bytes of UTF-8. A longer one is most likely a text in the wrong place.
KEY_BYTES = 512
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_BYTE_ORDER_MARK = "\ufeff"  # at the beginning of a file, and where files were joined
SURROGATE = re.compile("[\ud800-\udfff]")
_VERSIONS = range(1, CURRENT_VERSION + 1)  # of the rules of analysis
_MAX_DEPTH = 64  # nested lists and objects in a stored value


@dataclass(frozen=True, slots=True)
class Field:
    """The base class of the field types. ``kind`` is the name of the type on disk.

    >>> isinstance(Key(), Field), Key().kind
    (True, 'key')
    """

    kind: ClassVar[str] = ""

    def normalize(self, value: Any) -> Any:
        """The value in the form in which it is stored, or None if it is empty.

        Normalising a normalised value changes nothing. Raises ValueError, with the reason, for a
        value that the field cannot have.
        """
        raise NotImplementedError

    def to_whoosh(self) -> Any:
        """The Whoosh field type of this field."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Key(Field):
    """The identity of an article; a schema has one. An article with the same key replaces it.

    >>> Key().normalize(17)
    '17'
    """

    kind: ClassVar[str] = "key"

    def normalize(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        key = _normalize_text(value).strip()
        if not key:
            raise ValueError("the key is empty")
        if len(key.encode()) > KEY_BYTES:
            raise ValueError(f"the key is longer than {KEY_BYTES} bytes")
        return key

    def to_whoosh(self) -> Any:
        return whoosh_fields.ID(stored=True, unique=True, sortable=True)


@dataclass(frozen=True, slots=True)
class Text(Field):
    """Running text, searched by word and phrase.

    ``language`` is an ISO 639-1 code with a stemmer (``analysis.LANGUAGES``), or "zh", "ja", "ko",
    or "" for words as written; None is the language of the archive. An article that has a ``lang``
    is in that language, except in fields with "". ``weight``, from 0.000001 to 1,000,000,
    multiplies the term frequencies in ranking; a :class:`Schema` refuses any other. ``searched``
    says whether a query searches this field for words without a field name.

    With ``stored=False`` the text is found as any other and not kept, and the archive is a third
    smaller: ``hit[name]`` is None, ``hit.snippet`` says that there is no text, and what would index
    the text anew (``update``, ``upgrade``) is refused. An article that comes again is still known
    to be unchanged or not.

    >>> Text(language="en").normalize("two\\tparts\\x00")
    'two\\tparts '
    """

    kind: ClassVar[str] = "text"
    language: str | None = None
    weight: float = 1.0
    searched: bool = True
    stored: bool = True

    def normalize(self, value: Any) -> str | None:
        return (value if _is_plain(value) else _normalize_text(value)) or None

    def to_whoosh(self) -> Any:
        analyzer = TextAnalyzer(rules(), self.language or "")
        return text_field(analyzer, self.weight, stored=self.stored)


@dataclass(frozen=True, slots=True)
class Keyword(Field):
    """A name (section, source, author) that is matched as a whole and counted as a facet.

    Case, accents and runs of spaces do not matter. With ``many`` an article may have several; a
    ``separator`` then divides those that come as one text (" ": any blanks).

    >>> Keyword(many=True).normalize(["Ann  Lee", "", "ann lee"])
    ['Ann Lee']
    """

    kind: ClassVar[str] = "keyword"
    many: bool = False
    separator: str = option(default="", repr=False)

    def normalize(self, value: Any) -> str | list[str] | None:
        value = divided(value, self.separator)
        by_term: dict[str, str] = {}
        for name in (value,) if type(value) is str else values_of(value):
            if type(name) is str and len(name) < 200:
                terms, keyword = _cached_keyword(name)
            else:
                terms, keyword = _normalize_keyword(name)
            if keyword and not any(term in by_term for term in terms):
                by_term |= dict.fromkeys(terms, keyword)
        if self.many:
            return list(dict.fromkeys(by_term.values())) or None
        if len(set(by_term.values())) > 1:
            raise ValueError(f"one value is expected, not {len(set(by_term.values()))}")
        return next(iter(by_term.values()), None)

    def to_whoosh(self) -> Any:
        return KEYWORD()


@dataclass(frozen=True, slots=True)
class Date(Field):
    """A date or an instant, stored as ISO 8601 text in its own precision and zone, and searched
    and sorted in UTC.

    >>> Date().normalize("2022-08-31T09:20+08:00")
    '2022-08-31T09:20+08:00'
    """

    kind: ClassVar[str] = "date"

    def normalize(self, value: Any) -> str | None:
        if isinstance(value, str) and not value.strip():
            return None
        if not isinstance(value, (str, datetime.date)):
            raise ValueError(f"a date is expected, not {_type_name(value)}")
        return read_iso(value)

    def to_whoosh(self) -> Any:
        return DATETIME()


@dataclass(frozen=True, slots=True)
class Number(Field):
    """A number, searched by range and sorted. It is stored as it is and indexed as a 64-bit float.

    >>> Number().normalize("300"), Number().normalize(2.5)
    (300, 2.5)
    """

    kind: ClassVar[str] = "number"

    def normalize(self, value: Any) -> int | float | None:
        if isinstance(value, str):
            if not value.strip():
                return None
            value = _read_number(value.strip())
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"a number is expected, not {_type_name(value)}")
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise ValueError(f"{value!r:.40} is not a number that can be stored")
        return value

    def to_whoosh(self) -> Any:
        return NUMBER()


@dataclass(frozen=True, slots=True)
class Stored(Field):
    """Any JSON value, stored and returned as JSON has it, not searched.

    >>> Stored().normalize({"a": (1, 2)})
    {'a': [1, 2]}
    """

    kind: ClassVar[str] = "stored"

    def normalize(self, value: Any) -> Any:
        if _is_plain(value):
            return value
        if type(value) is list and all(map(_is_plain, value)):
            return value.copy()
        try:
            # With sorted keys, as it will be stored: keys of several types cannot be sorted.
            text = json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True)
        except (TypeError, RecursionError, OverflowError) as error:
            raise ValueError(f"{_type_name(value)} cannot be stored as JSON: {error}") from None
        if not text.isascii() and SURROGATE.search(text):
            raise ValueError("it holds half of a surrogate pair, which is no character")
        if type(value) in _SCALARS:
            return value
        if _is_deeper(value, _MAX_DEPTH):
            raise ValueError(f"it has more than {_MAX_DEPTH} lists or objects within each other")
        return json.loads(text)

    def to_whoosh(self) -> Any:
        return whoosh_fields.STORED()


# Whether a value is a text that is known to be normalised (False: perhaps). Only kernels know.
_is_plain: Callable[[Any], bool] = (
    kernels.records.is_clean_ascii if kernels.available else lambda _: False
)

_SCALARS = (str, int, float, bool)


def _is_deeper(value: Any, depth: int) -> bool:
    """Whether lists and objects are nested deeper than this."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        return False
    return depth == 0 or any(_is_deeper(item, depth - 1) for item in value)


def _normalize_text(value: Any) -> str:
    """The text in NFC, with a space for each control character and without byte order marks."""
    if _is_plain(value):
        text: str = value
        return text
    if not isinstance(value, str):
        raise ValueError(f"text is expected, not {_type_name(value)}")
    if not value.isascii():
        if SURROGATE.search(value):
            raise ValueError("it holds half of a surrogate pair, which is no character")
        value = unicodedata.normalize("NFC", value.replace(_BYTE_ORDER_MARK, ""))
    return _CONTROL.sub(" ", value) if not value.isprintable() else value


def _normalize_keyword(value: Any) -> tuple[frozenset[str], str]:
    """The terms of a keyword, by the rules of any version, and the keyword as it is stored; "" if
    it is blank."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    keyword = " ".join(_normalize_text(value).split())
    if not keyword:
        return frozenset(), ""
    return frozenset(rules(version).keyword(keyword) for version in _VERSIONS), keyword


_cached_keyword = lru_cache(maxsize=8192)(_normalize_keyword)


def _read_number(text: str) -> int | float:
    if "_" in text:  # Python would take "1_000"
        raise ValueError(f"{text!r:.40} is not a number")
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{text!r:.40} is not a number") from None


def _type_name(value: Any) -> str:
    return type(value).__name__
