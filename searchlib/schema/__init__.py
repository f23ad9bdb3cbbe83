"""The schema definer: :mod:`.fields` are the kinds of field, :mod:`.schema` puts them together,
:mod:`.whoosh_fields` are the Whoosh field types that they become.
"""

from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.schema import NEWS, Schema

__all__ = ["NEWS", "Date", "Field", "Key", "Keyword", "Number", "Schema", "Stored", "Text"]
