"""The schema: :mod:`.fields` has the field types, :mod:`.schema` the schema that is made of them,
and :mod:`.whoosh_fields` the Whoosh field types that they map to.
"""

from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.schema import NEWS, Schema

__all__ = ["NEWS", "Date", "Field", "Key", "Keyword", "Number", "Schema", "Stored", "Text"]
