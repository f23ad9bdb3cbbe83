"""The state of the prompt: settings, pages, hits by number, names for completion."""

from __future__ import annotations

import pytest
from rich.text import Text

from searchlib.archive import Archive
from searchlib.repl.outcome import Exit
from searchlib.repl.session import Refused, Session
from searchlib.requests import SearchRequest

from .conftest import Screen


def test_settings_become_a_request(session: Session, screen: Screen) -> None:
    session.limit, session.sort, session.match = 3, "-date", "any"
    assert session.search("wheat kansas") == Exit.DONE
    assert session.page.request == SearchRequest("wheat kansas", limit=3, sort="-date", match="any")
    assert session.text == "wheat kansas"
    assert screen.read()


def test_nothing_to_turn_before_a_search(session: Session) -> None:
    with pytest.raises(Refused, match="search first"):
        session.turn(1)
    with pytest.raises(Refused, match="search first"):
        session.hit("1")
    assert session.again() == Exit.DONE


def test_pages_are_kept_and_turned(session: Session) -> None:
    session.limit = 2
    session.search("wheat")
    first = session.page
    session.turn(1)
    assert session.page.offset == 2
    assert [session.hit(str(n)).rank for n in (1, 2, 3)] == [1, 2, 3]
    session.turn(-1)
    assert session.page is first
    with pytest.raises(Refused, match="first page"):
        session.turn(-1)
    session.limit = 1000
    session.again()
    with pytest.raises(Refused, match="last page"):
        session.turn(1)


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("", "which one"), ("x", "which one"), ("-1", "which one"), ("0", "number 0"),
        ("999", "number 999"), ("9" * 30, "number 999,999,999:"),
    ],
)  # fmt: skip
def test_hits_that_are_not_there(session: Session, number: str, says: str) -> None:
    session.search("wheat")
    with pytest.raises(Refused, match=says):
        session.hit(number)


def test_pages_between_are_not_shown(session: Session, screen: Screen) -> None:
    session.limit = 2
    session.search("wheat")
    last = (session.page.total - 1) // 2
    assert last > 1
    screen.read()
    session.go_to(last)
    assert session.page.offset == 2 * last
    assert screen.read().count(" of ") == 1
    with pytest.raises(Refused, match="last page"):
        session.go_to(last + 1)
    session.go_to(0)
    with pytest.raises(Refused, match="no such page"):
        session.go_to(last + 1)


def test_counts_are_over_the_query_or_the_whole_archive(session: Session, archive: Archive) -> None:
    assert session.counts(["section"]).total == len(archive)
    session.search("wheat")
    counted = session.counts(["section"])
    assert counted.total == session.page.total < len(archive)
    assert (counted.limit, list(counted.facets)) == (0, ["section"])


def test_long_texts_stop_after_each_screen(session: Session, screen: Screen) -> None:
    asked: list[int] = []

    def more() -> bool:
        asked.append(1)
        return len(asked) < 2

    text = Text("\n".join(map(str, range(200))))
    session.page_out(text)
    assert screen.read().split() == [str(n) for n in range(200)]
    session.more = more
    session.page_out(text)
    room = session.out.height - 2
    assert screen.read().split() == [str(n) for n in range(2 * room)]


def test_names_are_those_of_the_archive(session: Session, archive: Archive) -> None:
    names = session.names()
    assert names.fields["section"] == "keyword"
    assert "url" not in names.fields  # stored only
    facets = archive.search("*", facets=["section"]).facets
    assert list(names.values["section"].items()) == list(facets["section"])
    assert "wheat" in names.words("whe")


def test_a_value_is_narrowed_to_once(session: Session, screen: Screen) -> None:
    session.search("wheat")
    session.values = [("section", "business"), ("section", "world")]
    assert session.narrow(1, out=False) == Exit.DONE
    with pytest.raises(Refused, match="section: business already"):
        session.narrow(1, out=False)
    session.narrow(2, out=False)
    assert session.filters == {"section": "world"}
    screen.read()
    assert session.search("nothing-such-at-all") == Exit.NO_HITS
    assert "narrowed to section: world" in screen.read()
    session.back()
    session.back()
    assert session.filters == {}
