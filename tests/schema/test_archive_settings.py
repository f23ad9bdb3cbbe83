"""The settings that an archive is made with: what is refused, kept, and there by default."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

import searchlib as sl
from searchlib.schema.archive_settings import (
    check_story_settings,
    date_settings,
    named_settings,
    new_settings,
    story_settings,
)

DEFAULTS: dict[str, Any] = {"zone": "UTC", "week_start": 0, "day_first": None}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"zone": "Mars/Base"}, "zone 'Mars/Base' is not known"),
        ({"zone": 5}, "zone 5 is not known: use a name like 'Europe/Paris'"),
        ({"week_start": 7}, "week_start"),
        ({"week_start": -1}, "week_start"),
        ({"week_start": "x"}, "week_start"),
        ({"week_start": True}, "week_start"),
        ({"day_first": 1}, "day_first"),
        ({"language": "tlh"}, "language 'tlh' is not known: use a code like 'fr'"),
        ({"language": 1}, "language 1 is not known"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(sl.ArgumentError, match=says):
        new_settings(**{**DEFAULTS, "language": None, **wrong})


def test_the_language_is_kept_if_it_is_named() -> None:
    assert new_settings(**DEFAULTS, language=None) == DEFAULTS
    assert new_settings(**DEFAULTS, language="")["language"] == ""
    assert new_settings(**DEFAULTS, language="zh-Hant")["language"] == "zh"


def test_old_archives_lack_some() -> None:
    assert named_settings({}) == DEFAULTS
    assert named_settings({"language": "fr", "layout": {"block": 1}}) == {
        **DEFAULTS, "language": "fr",
    }  # fmt: skip
    read = date_settings({"zone": "Europe/Oslo", "day_first": True})
    assert (read.zone, read.week_start, read.day_first) == (ZoneInfo("Europe/Oslo"), 0, True)


TEXTS = {"title": sl.Text(), "headline": sl.Text(), "body": sl.Text(), "text": sl.Text()}


@pytest.mark.parametrize(
    ("stories", "names", "setting"),
    [
        (False, ["body"], None),
        (False, [], None),
        (True, ["title", "body"], ("body", False)),
        ("strict", ["title", "body"], ("body", True)),
        (True, ["text", "body"], ("body", False)),
        (True, ["title", "text", "headline"], ("text", False)),
        (True, ["headline", "text"], ("text", False)),
        (True, ["headline", "title"], ("headline", False)),
        (True, ["title"], ("title", False)),  # there is nothing else
    ],
)
def test_the_text_whose_copies_are_a_story(
    stories: Any, names: list[str], setting: tuple[str, bool] | None
) -> None:
    schema = sl.Schema(id=sl.Key(), **{name: TEXTS[name] for name in names})
    expected = {} if setting is None else {"stories": dict(zip(("field", "strict"), setting))}
    assert story_settings(stories, schema) == expected
    assert named_settings(expected) == DEFAULTS | ({} if setting is None else {"stories": stories})
    check_story_settings(expected, schema)


@pytest.mark.parametrize(
    ("stories", "says"),
    [(1, "not 1$"), ("very", "True, False or \"strict\", not 'very'"), (None, "not None"),
     (True, "this schema has no text field")],
)  # fmt: skip
def test_stories_that_cannot_be(stories: Any, says: str) -> None:
    with pytest.raises(sl.ArgumentError, match=says):
        story_settings(stories, sl.Schema(id=sl.Key()))


@pytest.mark.parametrize(
    "stories",
    [None, [], "strict", {}, {"field": "body"}, {"strict": True}, {"field": "body", "strict": 1},
     {"field": "section", "strict": True}, {"field": "nowhere", "strict": False}],
)  # fmt: skip
def test_damaged_settings_of_stories(stories: Any) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(), section=sl.Keyword())
    with pytest.raises(ValueError, match=r"its stories .* are not well formed"):
        check_story_settings({"stories": stories}, schema)
