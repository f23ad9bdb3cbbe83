"""The state of the prompt: settings, pages, hits by number, names for completion."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from searchlib.archive import Archive
from searchlib.errors import ArchiveUnreachable, SearchlibError
from searchlib.repl.outcome import Exit
from searchlib.repl.session import Refused, Session, did_you_mean
from searchlib.requests import SearchRequest
from searchlib.schema import Key, Keyword, Schema

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


def test_a_new_session(session: Session) -> None:
    assert (session.limit, session.sort, session.match, session.text, session.query) == (
        10, None, "best", None, None,
    )  # fmt: skip
    assert (session.is_list, session.has_alerts, session.leaving, session.debug) == (False,) * 4
    assert (session.more, session.pager, session.synonyms, session.alerts_since) == (None,) * 4


@pytest.mark.parametrize(
    ("rows", "lines", "hits"),
    [(24, 19, 3), (10, 5, 3), (9, 5, 3), (29, 24, 4), (28, 23, 3), (65, 60, 10), (71, 66, 10),
     (100, 95, 10), (None, 20, 3)],
)  # fmt: skip
def test_how_many_hits_fit(
    session: Session, screen: Screen, rows: int | None, lines: int, hits: int
) -> None:
    screen.out._force_terminal = rows is not None
    screen.out.height = rows or 25
    assert session.fitting() == hits
    session.is_list = True
    assert session.fitting() == lines


@pytest.mark.parametrize(
    ("lines", "goes_to_pager"), [(10, False), (11, True)]
)  # fmt: skip
def test_what_is_longer_than_the_screen(
    session: Session, screen: Screen, lines: int, goes_to_pager: bool
) -> None:
    shown: list[tuple[str, list[str]]] = []
    text = "\n".join(map(str, range(lines)))
    screen.out.height = 12
    for answers in (True, False):

        def pager(text: str, words: Sequence[str], answers: bool = answers) -> bool:
            shown.append((text, list(words)))
            return answers

        session.pager = pager
        session.page_out(Text(text), ["a"])
        assert shown == ([(f"{text}\n", ["a"])] if goes_to_pager else [])
        shown.clear()
        # A pager that cannot show it leaves it to the screen.
        assert screen.read() == ("" if goes_to_pager and answers else f"{text}\n")


@pytest.mark.parametrize(
    ("height", "screenful"), [(12, 10), (7, 5), (6, 5), (3, 5)]
)  # fmt: skip
def test_a_screenful_at_a_time(
    session: Session, screen: Screen, height: int, screenful: int
) -> None:
    asked: list[int] = []
    session.more = lambda: bool(asked.append(1)) or len(asked) < 2
    screen.out.height = height
    session.page_out(Text("\n".join(["x"] * screenful)))
    assert (asked, screen.read().count("x")) == ([], screenful)
    session.page_out(Text("\n".join(["x"] * 99)))
    assert (len(asked), screen.read().count("x")) == (2, 2 * screenful)
    session.page_out(Text(""))
    assert screen.read() == "\n"


def test_a_mistake_leaves_what_was_narrowed(session: Session, screen: Screen) -> None:
    session.search("wheat")
    session.values = [("section", "business"), ("nope", "x"), ("source", 'The "Sun"')]
    with pytest.raises(SearchlibError, match="nope"):
        session.narrow(2, out=False)
    assert (session.text, session.query, session.filters) == ("wheat", "wheat", {})
    assert session.trail == []
    with pytest.raises(Refused, match='The "Sun" has quotation marks: it cannot be written in a'):
        session.narrow(3, out=True)
    assert session.narrow(1, out=True) is Exit.DONE
    assert (session.text, session.query) == ('(wheat) NOT section:"business"',) * 2
    assert session.trail == [("wheat", "wheat", {})]
    session.values = [("date", "2023-09")]
    assert session.narrow(1, out=True) is Exit.NO_HITS
    assert session.text == '((wheat) NOT section:"business") NOT date:2023-09'
    assert session.back() is Exit.DONE
    assert session.back() is Exit.DONE
    assert (session.text, session.trail) == ("wheat", [])
    session.narrow(1, out=True)
    session.similar("w1")
    assert (session.trail, session.filters) == ([], {})
    session.values = [("nope", "x")]
    query = session.query
    with pytest.raises(SearchlibError, match="nope"):
        session.narrow(1, out=False)
    assert (session.text, session.query) == (None, query)


def test_without_a_search_the_whole_archive_is_narrowed(session: Session, screen: Screen) -> None:
    session.values = [("section", "business")]
    assert session.narrow(1, out=True) is Exit.DONE
    assert (session.text, session.page.total) == ('NOT section:"business"', 3)
    assert session.back() is Exit.DONE
    assert screen.read().endswith("the whole archive\n")
    with pytest.raises(Refused, match="no results yet"):
        _ = session.page
    assert session.again() is Exit.DONE
    assert screen.read() == ""
    assert session.narrow(1, out=False) is Exit.DONE
    assert session.page.total == 6
    assert session.narrowed_to == "section: business"


def test_counts_are_of_the_articles_with_all_of_the_words(session: Session) -> None:
    for match, text, total in (
        ("best", "wheat bridge", 1),  # if there are any
        ("best", "wheat 网络", 8),
        ("any", "wheat bridge", 7),
        ("all", "wheat 网络", 0),
    ):
        session.match = match  # type: ignore[assignment]
        session.search(text)
        assert session.counts(["section"]).total == total


def test_hits_by_number_beyond_the_page(session: Session) -> None:
    session.limit = 2
    session.search("wheat")
    assert [session.hit(number).id for number in ("1", "2", "7", "01")] == ["w1", "w2", "b1", "w1"]
    assert session.page.offset == 0  # which is still the first one
    session.turn(1)
    assert session.page.offset == 2
    assert session.hit("1").id == "w1"
    session.search("xyzzy")
    with pytest.raises(Refused, match="there is no number 1: the last search found nothing"):
        session.hit("1")


def test_labels_of_lists(session: Session) -> None:
    assert session.label("c", ["w1", "w2"]) == ["c1", "c2"]
    assert session.label("s", ["b1"]) == ["s1"]
    assert [session.article(label) for label in ("c1", "C2", "s1")] == ["w1", "w2", "b1"]
    assert session.label("c", ["w3"]) == ["c1"]  # another list in the place of the first
    assert session.article("c1") == "w3"
    with pytest.raises(Refused, match="there is no c2: these are c1 to c1"):
        session.article("c2")
    assert session.article("s1") == "b1"
    assert session.label("c", []) == []
    with pytest.raises(Refused, match="there is no c1: no list has such numbers yet"):
        session.article("c1")


def test_copies_of_an_article(copies: Archive, screen: Screen) -> None:
    session = Session(copies, screen.out, screen.err)
    assert session.copies("p1") is Exit.DONE
    assert [line[:4] for line in screen.read().splitlines()] == ["c1  ", "c2 *", "c3  ", "3 ar"]
    assert session.copies(copies.search("storm")[0]) is Exit.DONE
    assert screen.read().startswith("c1 * ")
    assert list(session.listed) == ["c1", "c2"]
    assert session.copies("t1") is Exit.NO_HITS
    assert list(session.listed) == ["c1", "c2"]  # the last list has its numbers still


def test_ascii_where_the_output_has_no_more(session: Session, screen: Screen) -> None:
    assert session.unicode
    for encoding, is_unicode in (("UTF-8", True), ("ascii", False), ("latin-1", False)):
        file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        session.out = Console(file=file)
        assert session.unicode is is_unicode


def test_names_of_an_archive_without_texts(tmp_path: Path, screen: Screen) -> None:
    schema = Schema(id=Key(), kind=Keyword())
    with Archive.create(tmp_path, schema) as archive:
        archive.add({"id": str(n), "kind": f"k{n:03}"} for n in range(201))
        names = Session(archive, screen.out, screen.err).names()
    assert names.words("whe") == ()
    assert names.fields == {"id": "key", "kind": "keyword"}
    assert list(names.values) == ["kind"]
    assert len(names.values["kind"]) == 200


def test_a_cluster_that_does_not_answer_suggests_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*of: object, **how: object) -> None:
        raise ArchiveUnreachable("away", "wire")

    monkeypatch.setattr(Archive, "suggest", away)
    monkeypatch.setattr(Archive, "did_you_mean", away)
    assert session.names().words("whe") == ()
    assert did_you_mean(session.archive, "barlei") is None


def test_a_likelier_query_is_shown(session: Session, screen: Screen) -> None:
    assert session.search("barlei") is Exit.NO_HITS
    assert screen.read().endswith("did you mean: barley\n")
