"""The settings with which an archive is made, besides its schema: in a folder and on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from searchlib.dates import DateSettings
from searchlib.errors import ArgumentError
from searchlib.schema.fields import Text
from searchlib.schema.schema import Schema, known_language

__all__ = [
    "check_story_settings", "date_settings", "named_settings", "new_settings", "story_field_of",
    "story_settings",
]  # fmt: skip

_DEFAULTS: dict[str, Any] = {"zone": "UTC", "week_start": 0, "day_first": None}


def new_settings(
    *, language: str | None, zone: str, week_start: int, day_first: bool | None
) -> dict[str, Any]:
    """The arguments of ``create`` as they are kept with an archive; ArgumentError for what cannot
    be.

    >>> new_settings(language="pt-BR", zone="UTC", week_start=0, day_first=None)["language"]
    'pt'
    """
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError, TypeError):
        cure = "use a name like 'Europe/Paris'"
        raise ArgumentError(f"zone {zone!r} is not known: {cure}") from None
    settings: dict[str, Any] = {"zone": zone, "week_start": week_start, "day_first": day_first}
    if language is not None:
        settings["language"] = _language(language)
    try:
        date_settings(settings)
    except ValueError as error:
        raise ArgumentError(str(error)) from None
    return settings


def named_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``create`` that make an archive with these settings.

    >>> named_settings({"week_start": 6})
    {'zone': 'UTC', 'week_start': 6, 'day_first': None}
    """
    found = {name: settings.get(name, default) for name, default in _DEFAULTS.items()}
    if "stories" in settings:
        found["stories"] = "strict" if settings["stories"]["strict"] else True
    return found | {name: settings[name] for name in ("language",) if name in settings}


def story_settings(stories: object, schema: Schema) -> dict[str, Any]:
    """The setting for the argument ``stories`` of ``create``: none for False. ArgumentError if the
    schema has no text of which there could be copies.

    >>> from searchlib.schema import NEWS
    >>> story_settings(True, NEWS), story_settings(False, NEWS)
    ({'stories': {'field': 'body', 'strict': False}}, {})
    """
    if stories is False:
        return {}
    if stories is not True and stories != "strict":
        raise ArgumentError(f'stories is True, False or "strict", not {stories!r:.40}')
    texts = schema.names(Text)
    bodies = [name for name in texts if name != schema.title_field] or texts
    field = "body" if "body" in bodies else next(iter(bodies), None)
    if field is None:
        raise ArgumentError("stories: this schema has no text field")
    return {"stories": {"field": field, "strict": stories == "strict"}}


def story_field_of(settings: Mapping[str, Any]) -> str | None:
    """The text field whose near copies are one story, in an archive with these settings.

    >>> story_field_of({"stories": {"field": "body", "strict": False}}), story_field_of({})
    ('body', None)
    """
    return settings["stories"]["field"] if "stories" in settings else None


def check_story_settings(settings: Mapping[str, Any], schema: Schema) -> None:
    """ValueError if the setting of an archive's stories cannot be."""
    stories = settings.get("stories")
    if "stories" in settings and not (
        isinstance(stories, dict)
        and type(stories.get("strict")) is bool
        and stories.get("field") in schema.names(Text)
    ):
        raise ValueError(f"its stories {stories!r:.60} are not well formed")


def date_settings(settings: Mapping[str, Any]) -> DateSettings:
    """How dates are read in an archive with these settings; ValueError if they cannot be.

    >>> date_settings({"week_start": 6}).week_start
    6
    """
    named = named_settings(settings)
    zone_name, week_start, day_first = (named[name] for name in _DEFAULTS)
    if type(week_start) is not int or type(day_first) not in (bool, type(None)):
        raise ValueError("week_start is 0 (Monday) to 6 (Sunday), day_first true, false or None")
    zone: tzinfo = UTC if zone_name == "UTC" else ZoneInfo(zone_name)
    return DateSettings(zone=zone, week_start=week_start, day_first=day_first)


def _language(tag: object) -> str:
    """The language of a tag, as it is kept with the archive; ArgumentError if it is not known."""
    if tag == "":
        return ""
    language = known_language(tag) if isinstance(tag, str) else None
    if language is None:
        cure = "use a code like 'fr', or '' for words as written"
        raise ArgumentError(f"language {tag!r:.40} is not known: {cure}")
    return language
