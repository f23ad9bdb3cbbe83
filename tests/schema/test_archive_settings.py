"""The settings that an archive is made with: what is refused, kept, and there by default."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

import searchlib as sl
from searchlib.schema.archive_settings import date_settings, named_settings, new_settings

DEFAULTS: dict[str, Any] = {"zone": "UTC", "week_start": 0, "day_first": None}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"zone": "Mars/Base"}, "zone 'Mars/Base' is not known"),
        ({"zone": 5}, "zone 5 is not known"),
        ({"week_start": 7}, "week_start"),
        ({"week_start": "x"}, "week_start"),
        ({"day_first": 1}, "day_first"),
        ({"language": "tlh"}, "language 'tlh' is not known"),
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
