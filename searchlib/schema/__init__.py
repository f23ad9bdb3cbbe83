"""The schema: :mod:`.fields` has the field types, :mod:`.schema` the schema that is made of them,
and :mod:`.whoosh_fields` the Whoosh field types that they map to.
"""

from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.schema import (
    DEFAULT_LANGUAGE,
    NEWS,
    TEXTS_DIGEST,
    Schema,
    is_language,
    known_language,
)
from searchlib.schema.terms import (
    HIDDEN_KEY,
    Column,
    TermList,
    Terms,
    column_of,
    occurrences,
    term_list,
    terms_of,
)

__all__ = [
    "DEFAULT_LANGUAGE",
    "HIDDEN_KEY",
    "NEWS",
    "TEXTS_DIGEST",
    "Column",
    "Date",
    "Field",
    "Key",
    "Keyword",
    "Number",
    "Schema",
    "Stored",
    "TermList",
    "Terms",
    "Text",
    "column_of",
    "is_language",
    "known_language",
    "occurrences",
    "term_list",
    "terms_of",
]
