"""The values that Whoosh programs store, and those of columns, as JSON and as text.

Whoosh pickles stored values; here they are JSON, with a name for what JSON has no type for.
"""

from __future__ import annotations

import json
import math
import struct
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np

__all__ = ["column_text", "column_value", "from_json", "to_json"]

_MAX_DEPTH = 64
_MAX_BITS = 4096  # of an integer that is written in decimal digits, of which Python reads 4,300
_PLAIN = (bool, int, str)
_DATES: dict[str, Any] = {"datetime": datetime, "date": date, "time": time}
_SEQUENCES = {"tuple": tuple, "set": set, "frozenset": frozenset}
_OFFSET = 1 << 64  # makes integers of columns positive


def to_json(value: Any, depth: int = 0) -> Any:
    """A stored value as JSON data; TypeError, with its type, if it cannot be stored.

    >>> to_json(Decimal("1.50")), to_json(["a", (1, None)])
    ({'$decimal': '1.50'}, ['a', {'$tuple': [1, None]}])
    """
    if depth > _MAX_DEPTH:
        raise TypeError("lists within lists")
    if type(value) is int and value.bit_length() > _MAX_BITS:
        return {"$int": hex(value)}
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, (np.number, np.bool_)):
        return to_json(value.item(), depth + 1)
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if type(value) is list:
        return [to_json(item, depth + 1) for item in value]
    for name, kind in _DATES.items():
        if type(value) is kind:
            return {f"${name}": value.isoformat()}
    for name, kind in _SEQUENCES.items():
        if type(value) is kind:
            items = [to_json(item, depth + 1) for item in value]
            if kind is not tuple:
                items.sort(key=json.dumps)
            return {f"${name}": items}
    if type(value) is Decimal:
        return {"$decimal": str(value)}
    if type(value) in (bytes, bytearray):
        return {"$bytes": bytes(value).decode("latin-1")}
    if type(value) is dict:
        pairs = [[to_json(key, depth + 1), to_json(item, depth + 1)] for key, item in value.items()]
        if all(type(key) is str and not key.startswith("$") for key in value):
            return dict(pairs)
        return {"$dict": pairs}
    for kind in (str, int):  # of a class of the program's own
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(type(value).__name__)


def from_json(data: Any) -> Any:
    """The inverse of :func:`to_json`; ValueError if the data is of no value.

    >>> from_json({"$datetime": "2022-08-31T00:00:00"})
    datetime.datetime(2022, 8, 31, 0, 0)
    """
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    if len(data) != 1 or not next(iter(data)).startswith("$"):
        return {key: from_json(value) for key, value in data.items()}
    ((name, value),) = data.items()
    kind = name.removeprefix("$")
    try:
        if kind in _DATES:
            return _DATES[kind].fromisoformat(value)
        if kind in _SEQUENCES:
            return _SEQUENCES[kind](from_json(item) for item in value)
        if kind == "dict":
            return {from_json(key): from_json(item) for key, item in value}
        if kind == "bytes":
            return value.encode("latin-1")
        if kind == "int":
            return int(value, 16)
        return {"decimal": Decimal, "float": float}[kind](value)
    except (TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"a stored value is not well formed: {error!r:.60}") from None


def column_text(value: Any) -> str:
    """A value of a column as text that sorts as the values of the column do; TypeError if there is
    none for it.

    >>> sorted([column_text(20), column_text(-3), column_text(0)])[0] == column_text(-3)
    True
    """
    if isinstance(value, bytes):
        return "b" + value.decode("latin-1")
    if isinstance(value, bool):
        return f"t{value:d}"
    if isinstance(value, int):
        return f"i{value + _OFFSET:017x}"
    if isinstance(value, float):
        bits = int.from_bytes(struct.pack(">d", value), "big")
        bits = bits ^ (1 << 63) if bits < 1 << 63 else bits ^ ((1 << 64) - 1)
        return f"f{bits:016x}"
    return "j" + json.dumps(to_json(value))


def column_value(text: str) -> Any:
    """The inverse of :func:`column_text`; ValueError if the text is of no value.

    >>> column_value(column_text(-2.5)), column_value(column_text(b"\\xff"))
    (-2.5, b'\\xff')
    """
    kind, rest = text[:1], text[1:]
    if kind == "b":
        return rest.encode("latin-1")
    if kind == "t":
        return rest == "1"
    if kind == "i":
        return int(rest, 16) - _OFFSET
    if kind == "f":
        bits = int(rest, 16)
        bits = bits ^ (1 << 63) if bits >= 1 << 63 else bits ^ ((1 << 64) - 1)
        return struct.unpack(">d", bits.to_bytes(8, "big"))[0]
    return from_json(json.loads(rest))
