"""Which archives of a set rank as one: those of the same texts and settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from searchlib.archive import Archive
from searchlib.index.index_reader import IndexReader
from searchlib.schema import Schema, Text
from searchlib.schema.archive_settings import named_settings

__all__ = ["ArchiveGroup", "OpenedArchive", "common_schema", "grouped"]


class OpenedArchive(NamedTuple):
    """An archive of a set, by the name that it was given, and a reader of its last commit."""

    name: str
    archive: Archive
    reader: IndexReader


@dataclass
class ArchiveGroup:
    """Archives that rank as one, and the fields that they have together."""

    schema: Schema
    settings: dict[str, Any]
    members: list[OpenedArchive]


def grouped(folders: Iterable[OpenedArchive]) -> list[ArchiveGroup]:
    """The archives by what ranks as one, each in the first group that it fits in."""
    groups: list[ArchiveGroup] = []
    for one in folders:
        schema, settings = one.reader.schema, _settings_of(one.reader)
        for group in groups:
            common = common_schema(group.schema, schema) if group.settings == settings else None
            if common is not None:
                group.schema = common
                group.members.append(one)
                break
        else:
            groups.append(ArchiveGroup(schema, settings, [one]))
    return groups


def _settings_of(reader: IndexReader) -> dict[str, Any]:
    settings = {"stories": False, **named_settings(reader.manifest.settings)}
    return settings | {"language": reader.schema.language, "analysis": reader.manifest.analysis}


def common_schema(one: Schema, other: Schema) -> Schema | None:
    """The fields of two schemas, if their texts are the same, and so are all fields of one name;
    else None.

    >>> from searchlib.schema import Key, Keyword, Number
    >>> schema = common_schema(Schema(id=Key(), words=Number()), Schema(id=Key(), tag=Keyword()))
    >>> list(schema.fields)
    ['id', 'words', 'tag']
    >>> common_schema(schema, Schema(id=Key(), body=Text())) is None
    True
    """
    if one.key != other.key or one.language_field != other.language_field:
        return None
    if set(one.names(Text)) != set(other.names(Text)):
        return None
    if any(other.fields.get(name, field) != field for name, field in one):
        return None
    added = {name: field for name, field in other if name not in one.fields}
    if not added:
        return one
    return Schema(**{**one.fields, **added}).bound(one.rules.version, one.language)
