"""The time zones of agencies: the table, and the spellings of a name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from searchlib.ingest.agencies import AGENCY_ZONES, agency_zone


def test_the_table_of_agencies() -> None:
    for name in AGENCY_ZONES:
        assert name == name.lower()
        assert agency_zone(name) is not None
    assert agency_zone("People\u2019s  Daily") == agency_zone("people's daily")
    assert agency_zone("Reuters") is None


@pytest.mark.parametrize("name", ["XINHUA", " Xinhua ", "Xinhua  News\nAgency"])
def test_case_and_spaces_do_not_matter(name: str) -> None:
    assert agency_zone(name) == ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("name", ["", "Wire", "Xinhua-like", "tas"])
def test_agencies_that_are_not_in_the_table(name: str) -> None:
    assert agency_zone(name) is None
