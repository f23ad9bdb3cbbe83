"""The schema: :mod:`.fields` has the field types, :mod:`.schema` the schema that is made of them,
and :mod:`.whoosh_fields` the Whoosh field types that they map to.
"""

from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.schema import DEFAULT_LANGUAGE, NEWS, Schema, is_language, known_language

__all__ = [
    "DEFAULT_LANGUAGE",
    "NEWS",
    "Date",
    "Field",
    "Key",
    "Keyword",
    "Number",
    "Schema",
    "Stored",
    "Text",
    "is_language",
    "known_language",
]
