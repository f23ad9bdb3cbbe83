"""The kinds of fields of an article: what each keeps of a value, and its Whoosh field."""

from __future__ import annotations

import datetime
import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from whoosh import fields as whoosh_fields

from searchlib import analysis, kernels
from searchlib.dates import read_iso
from searchlib.schema.whoosh_fields import DATETIME, KEYWORD, NUMBER, listed, text_field

__all__ = ["KEY_BYTES", "SURROGATE", "Date", "Field", "Key", "Keyword", "Number", "Stored", "Text"]

KEY_BYTES = 512  # longer keys are most likely a text in the wrong place
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
SURROGATE = re.compile("[\ud800-\udfff]")
_DEPTH = 64  # lists and objects within each other, in a stored value


@dataclass(frozen=True, slots=True)
class Field:
    """A kind of field. :meth:`clean` gives the value as it is kept, or raises ValueError."""

    kind: ClassVar[str] = ""

    def clean(self, value: Any) -> Any:
        """The value in its one kept form, or None for no value; ValueError says why not."""
        raise NotImplementedError

    def to_whoosh(self) -> Any:
        """The Whoosh field type of this field."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Key(Field):
    """The article's identity, one a schema. The same key again replaces the article.

    >>> Key().clean(17)
    '17'
    """

    kind: ClassVar[str] = "key"

    def clean(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        key = _text(value).strip()
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

    ``language`` is an ISO 639-1 code with a stemmer (``analysis.LANGUAGES``), or "" (also "zh",
    "ja", "ko") for words as written. ``weight`` multiplies a word's count when ranking.
    ``searched`` says whether words without a field name are looked for here.

    >>> Text(language="en").clean("two\\tparts\\x00")
    'two\\tparts '
    """

    kind: ClassVar[str] = "text"
    language: str = "en"
    weight: float = 1.0
    searched: bool = True

    def clean(self, value: Any) -> str | None:
        return (value if _plain(value) else _text(value)) or None

    def to_whoosh(self) -> Any:
        return text_field(self.language, self.weight, stored=True)


@dataclass(frozen=True, slots=True)
class Keyword(Field):
    """A name out of a list (section, source, author), matched whole, counted as a facet.

    Case, accents and runs of blanks do not matter. With ``many`` an article may have several.

    >>> Keyword(many=True).clean(["Ann  Lee", "", "ann lee"])
    ['Ann Lee']
    """

    kind: ClassVar[str] = "keyword"
    many: bool = False

    def clean(self, value: Any) -> str | list[str] | None:
        kept: dict[str, str] = {}
        for one in (value,) if type(value) is str else listed(value):
            term, name = _named(one) if type(one) is str and len(one) < 200 else _name_of(one)
            if name:
                kept.setdefault(term, name)
        if self.many:
            return list(kept.values()) or None
        if len(kept) > 1:
            raise ValueError(f"one value is expected, not {len(kept)}")
        return next(iter(kept.values()), None)

    def to_whoosh(self) -> Any:
        return KEYWORD()


@dataclass(frozen=True, slots=True)
class Date(Field):
    """A date or an instant, kept as written (ISO 8601), searched and sorted in UTC.

    >>> Date().clean("2022-08-31T09:20+08:00")
    '2022-08-31T09:20+08:00'
    """

    kind: ClassVar[str] = "date"

    def clean(self, value: Any) -> str | None:
        if isinstance(value, str) and not value.strip():
            return None
        if not isinstance(value, (str, datetime.date)):
            raise ValueError(f"a date is expected, not {_name(value)}")
        return read_iso(value)

    def to_whoosh(self) -> Any:
        return DATETIME()


@dataclass(frozen=True, slots=True)
class Number(Field):
    """A number, searched by range and sorted; kept as a 64-bit float where it is searched.

    >>> Number().clean("300"), Number().clean(2.5)
    (300, 2.5)
    """

    kind: ClassVar[str] = "number"

    def clean(self, value: Any) -> int | float | None:
        if isinstance(value, str):
            if not value.strip():
                return None
            value = _read_number(value.strip())
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"a number is expected, not {_name(value)}")
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise ValueError(f"{value!r:.40} is not a number that can be kept")
        return value

    def to_whoosh(self) -> Any:
        return NUMBER()


@dataclass(frozen=True, slots=True)
class Stored(Field):
    """Any JSON value, kept and given back as JSON has it, not searched.

    >>> Stored().clean({"a": (1, 2)})
    {'a': [1, 2]}
    """

    kind: ClassVar[str] = "stored"

    def clean(self, value: Any) -> Any:
        if _plain(value):
            return value
        if type(value) is list and all(map(_plain, value)):
            return value.copy()
        try:
            # Sorted, as it will be written: names of several types cannot be.
            text = json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True)
        except (TypeError, RecursionError, OverflowError) as error:
            raise ValueError(f"{_name(value)} cannot be kept as JSON: {error}") from None
        if not text.isascii() and SURROGATE.search(text):
            raise ValueError("it holds half of a surrogate pair, which is no character")
        if type(value) in _PLAIN:
            return value
        if _deeper(value, _DEPTH):
            raise ValueError(f"it has more than {_DEPTH} lists or objects within each other")
        return json.loads(text)

    def to_whoosh(self) -> Any:
        return whoosh_fields.STORED()


# Whether a text needs no cleaning, where that can be told at once.
_plain: Callable[[Any], bool] = (
    kernels.records.is_clean_ascii if kernels.available else lambda _: False
)

_PLAIN = (str, int, float, bool)


def _deeper(value: Any, depth: int) -> bool:
    """Whether lists and objects lie deeper within each other than this."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        return False
    return depth == 0 or any(_deeper(one, depth - 1) for one in value)


def _text(value: Any) -> str:
    if _plain(value):
        kept: str = value
        return kept
    if not isinstance(value, str):
        raise ValueError(f"text is expected, not {_name(value)}")
    if not value.isascii():
        if SURROGATE.search(value):
            raise ValueError("it holds half of a surrogate pair, which is no character")
        value = unicodedata.normalize("NFC", value)
    return _CONTROL.sub(" ", value) if not value.isprintable() else value


def _name_of(value: Any) -> tuple[str, str]:
    """A keyword's term and the value as it is kept; "" for both if it is blank."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    name = " ".join(_text(value).split())
    return analysis.fold_keyword(name) if name else "", name


_named = lru_cache(maxsize=8192)(_name_of)


def _read_number(text: str) -> int | float:
    if "_" in text:  # which Python would read over
        raise ValueError(f"{text!r:.40} is not a number")
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{text!r:.40} is not a number") from None


def _name(value: Any) -> str:
    return type(value).__name__
