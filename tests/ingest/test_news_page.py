"""News pages: the parts of a page, in many layouts, and with parts missing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.dates import read_partial_date
from searchlib.ingest import news_page
from searchlib.ingest.article import Article, read_page
from searchlib.ingest.news_page import parse_page, read_dateline
from tests.ingest.samples import CORPORA, PAGE

SEED = CORPORA / "xinhua_2022-08-31.txt"


@pytest.mark.skipif(not SEED.exists(), reason="the corpora are not here")
def test_the_seed_page() -> None:
    article = read_page(SEED.read_text(encoding="utf-8"), "seed.txt")
    assert article.crawled == "2022-08-31"
    assert article.title == "Conference pools wisdom for building better cyberspace"
    assert article.source == "Xinhua"
    assert article.date == "2022-08-31T09:20+08:00"
    date = read_partial_date(article.date)
    assert date.start.isoformat() == "2022-08-31T01:20:00+00:00"
    assert (date.precision, date.offset) == ("minute", 480)
    assert article.dateline == "TIANJIN, Aug. 30"
    assert article.extra == {"dateline_date": "2022-08-30"}
    assert article.places == ["Tianjin"]
    assert article.editors == ["Zhong Wenxing", "Liang Jun"]
    assert article.where == "seed.txt"
    paragraphs = article.body.split("\n\n")
    assert len(paragraphs) == 15
    assert paragraphs[0].startswith("A conference on fostering an internet civilization")
    assert paragraphs[-1].endswith("was held in Beijing in 2021.")
    assert article.id == (
        "xinhua-20220831T0920-conference-pools-wisdom-for-building-better-cyberspace"
    )


def test_a_page_like_it() -> None:
    assert read_page(PAGE) == Article(
        id="xinhua-20230101T0920-ferry-line-opens-across-the-bay",
        title="Ferry line opens across the bay",
        body="A ferry line opened on Saturday.\n\nFour boats run every hour, the operator said.",
        date="2023-01-01T09:20+08:00",
        crawled="2023-01-02",
        source="Xinhua",
        editors=["Ann Lee", "Bo Li"],
        places=["Harbor City"],
        dateline="HARBOR CITY, Dec. 31",
        extra={"dateline_date": "2022-12-31"},
    )


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("\n", "\r\n"),
        PAGE.replace("\n", "\r"),
        "\ufeff" + PAGE,
        PAGE.replace(" ", "\u00a0"),
        PAGE.replace("Xinhua) 09", "(Xinhua) 09"),
        PAGE.replace("Xinhua) 09", "(Xinhua)09"),
        PAGE.replace("\n\n", "\n\n\n \n"),
        PAGE.replace("2023-01-02 Ferry", "2023-01-02\n\nFerry"),
        PAGE.replace("(Web editor:", "(Editor:"),
        PAGE.replace("(Web editor:", "(Web editors:").replace("Lee, Bo", "Lee and Bo"),
        PAGE.replace("(Web editor: Ann Lee, Bo Li)", "(Editor: Ann Lee)\n(Editor: Bo Li)"),
        PAGE.replace("(Web editor: Ann Lee, Bo Li)", "Editors: Ann Lee, Bo Li"),
        PAGE.replace(" -- ", " \u2014 "),
        PAGE.replace(" -- ", " - "),
        PAGE + "\n\n\n",
    ],
)
def test_other_layouts_of_the_same_page(page: str) -> None:
    assert read_page(page) == read_page(PAGE)


def without(line: str) -> Article:
    assert line in PAGE
    return read_page(PAGE.replace(line, ""))


def test_parts_missing() -> None:
    whole = read_page(PAGE)
    no_crawl = without(" date 2023-01-02 ")
    assert (no_crawl.crawled, no_crawl.title, no_crawl.date) == ("", whole.title, whole.date)
    no_title = without("Ferry line opens across the bay")
    assert (no_title.title, no_title.crawled, no_title.body) == ("", "2023-01-02", whole.body)
    no_stamp = without("Xinhua) 09:20, January 1, 2023")
    assert (no_stamp.date, no_stamp.source, no_stamp.title) == ("", "Xinhua", whole.title)
    assert no_stamp.extra == {"dateline_date": "2022-12-31"}  # its year from the crawl date
    no_dateline = without("HARBOR CITY, Dec. 31 (Xinhua) -- ")
    assert (no_dateline.dateline, no_dateline.places, no_dateline.extra) == ("", [], {})
    assert no_dateline.body == whole.body
    no_editors = without("(Web editor: Ann Lee, Bo Li)")
    assert (no_editors.editors, no_editors.body) == ([], whole.body)
    no_time = without("09:20, ")
    assert no_time.date == "2023-01-01"  # a day is the same day in every zone
    assert without(" 09:20, January 1, 2023").source == "Xinhua"
    unsigned = read_page(PAGE.replace("\nXinhua) ", "\n"))
    assert unsigned.date == "2023-01-01T09:20+08:00"  # the agency is in the dateline
    bare = read_page("Ferry line opens")
    assert bare == Article(id=bare.id, title="Ferry line opens")
    assert bare.id.startswith("ferry-line-opens-")


@pytest.mark.parametrize(
    ("before", "line", "most"),
    [("", "x", 300), ("Source: Wire\n", "x", 150)],  # the first line; a line below the source
)
def test_how_long_a_title_may_be(before: str, line: str, most: int) -> None:
    for length in (most, most + 1):
        page = parse_page(f"{before}{line * length}\nIt rained.")
        assert (page.title != "") == (length == most)
        assert (line * length in page.body) == (length > most)


def test_how_long_a_source_may_be() -> None:
    for name in ("W" * 60, "W" * 61, "It rained.", ""):
        page = parse_page(f"Rain\nSource: {name}\nIt snowed.")
        assert page.source == (name if name == "W" * 60 else "")


@pytest.mark.parametrize(
    ("page", "parts"),
    [
        ("date 2022-13-01 Rain\nIt rained.", {"title": "date 2022-13-01 Rain"}),
        ("date 2022-12-01 Rain\nIt rained.", {"title": "Rain", "crawled": "2022-12-01"}),
        ("date 2022-12-01\ndate 2022-12-02 Rain", {"crawled": "2022-12-01",
                                                  "title": "date 2022-12-02 Rain"}),
        ("Rain\ndate 2022-12-02", {"title": "Rain", "body": "date 2022-12-02"}),
        # The title below the source: short, before a text, and no sentence.
        ("Source: Wire\n\nRain\n\nIt rained.", {"title": "Rain", "body": "It rained."}),
        ("Source: Wire\nRain in the U.S\nIt rained.", {"title": "Rain in the U.S"}),
        ("Source: Wire\nRain\n", {"title": "", "body": "Rain"}),
        ("Source: Wire\nIt rained.\nIt blew.", {"title": "", "body": "It rained.\nIt blew."}),
        ("Source: Wire\nOSLO, May 2 (Wire) -- A\nB", {"title": "", "body": "A\nB"}),
        ("By Ann Lee\nRain", {"title": "By Ann Lee", "body": "Rain"}),
        ("By Ann Lee (Wire)\nRain\nIt rained.", {"authors": ["Ann Lee"], "title": "Rain"}),
        # What is said twice: the first counts, of the rest only what it lacks.
        ("Rain\nSource: A\n(B) 09:20, May 2, 2022\nX", {"source": "A", "date": "2022-05-02T09:20"}),
        ("Rain\nMay 1, 2022\n(B) 09:20, May 2, 2022\nX", {"source": "B", "date": "2022-05-01"}),
        ("Rain\nSource: A\nC | 2022-05-02\nX", {"source": "A", "date": "2022-05-02"}),
        ("Rain\nMay 1, 2022\nC | 2022-05-02\nX", {"source": "C", "date": "2022-05-01"}),
        ("Rain\nSource: A | From: B\nX", {"source": "", "body": "Source: A | From: B\nX"}),
        ("Rain\nUpdated: 2022-05-03\nUpdated: 2022-05-04\nX", {"updated": "2022-05-03"}),
        ("Rain\nEditor: Li\nEditor: Bo\nX", {"editors": ["Li"]}),
        ("Rain\nAuthor: Li\nAuthor: Bo\nX", {"authors": ["Li"]}),
        ("Rain\nAuthor: Li\nBy Bo Ek\nX", {"authors": ["Li"], "body": "By Bo Ek\nX"}),
        ("Rain\nSource: A\nBy Bo (B) May 2, 2022\nX", {"source": "A", "authors": ["Bo"],
                                                     "date": "2022-05-02"}),
        ("Rain\nMay 1, 2022\nBy Bo (B) May 2, 2022\nX", {"source": "B", "date": "2022-05-01"}),
        ("Rain\nBy Bo (B) in a hurry\nX", {"authors": [], "body": "By Bo (B) in a hurry\nX"}),
        ("Rain\nSource: W\nX", {"source": "W"}),
        ("Rain\n(Editor: Li)", {"editors": ["Li"], "body": ""}),
        # Below the text.
        ("Rain\n\nIt rained.\n\nSource: Wire", {"source": "Wire", "body": "It rained."}),
        ("Rain\nSource: A\nX.\nSource: B", {"source": "A", "body": "X.\nSource: B"}),
        ("Rain\nX\n(Editor: Li)\n\n(Editor: Bo, Cy)\n", {"editors": ["Li", "Bo", "Cy"],
                                                          "body": "X"}),
        ("Rain\nX\n(Editor: Li)\nY", {"editors": [], "body": "X\n(Editor: Li)\nY"}),
        ("Rain\nX\n(Editor: 5)", {"editors": [], "body": "X\n(Editor: 5)"}),
        # The source in the dateline, and a zone that it gives.
        ("Rain\nOSLO, May 2 (Wire) -- X", {"source": "Wire", "date": ""}),
        ("Rain\nSource: A\nOSLO, May 2 (Wire) -- X", {"source": "A"}),
        ("Rain\nMay 2, 2022\nUpdated: 2022-05-03 09:00\nOSLO (Xinhua) -- X",
         {"date": "2022-05-02", "updated": "2022-05-03T09:00+08:00"}),
    ],
)  # fmt: skip
def test_parts_in_any_place(page: str, parts: dict[str, Any]) -> None:
    parsed = parse_page(page)
    assert {name: getattr(parsed, name) for name in parts} == parts


def test_how_long_a_line_above_the_text_may_be() -> None:
    for length in (200, 201):
        line = ("Editors: " + "Ann Lee, " * 20).ljust(length, "x")
        page = parse_page(f"Rain\n{line}\nIt rained.")
        assert (len(page.editors) == 21, line in page.body) == (length == 200, length > 200)


def test_how_long_a_dateline_may_be() -> None:
    for length in (200, 201):
        end = ", May 2 (Wire) \u2014"
        text = end.rjust(length, "A")
        assert (read_dateline(f"{text} It rained.", "2022-05-02") is not None) == (length == 200)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Lee, Bo and Cy", ["Ann Lee", "Bo", "Cy"]),
        ("Ann Lee; Bo & Cy.", ["Ann Lee", "Bo", "Cy"]),
        ("Ann, , Bo", ["Ann", "Bo"]),
        ("a b c d e f", ["a b c d e f"]),
        ("a b c d e f g", []),
        ("Ann, a b c d e f g", []),
        ("Ann, 5", []),
        ("5", []),
        ("x" * 60, ["x" * 60]),
        ("x" * 61, []),
        ("", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert news_page._read_names(text) == names


@pytest.mark.parametrize("text", ["", "  \n\r\n\t", "\ufeff", "\u00a0\n\u200b"])
def test_an_empty_page(text: str) -> None:
    assert read_page(text) == Article()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(Xinhua) 09:20, August 31, 2022", {"source": "Xinhua", "date": "2022-08-31T09:20+08:00"}),
        ("(Wire) 09:20, August 31, 2022", {"source": "Wire", "date": "2022-08-31T09:20"}),
        ("(Kyodo) August 31, 2022 21:05", {"source": "Kyodo", "date": "2022-08-31T21:05+09:00"}),
        ("(Wire) 09:20 GMT, August 31, 2022", {"source": "Wire", "date": "2022-08-31T09:20Z"}),
        ("Updated: 2022-08-31 09:20", {"updated": "2022-08-31T09:20", "date": "2022-08-31T09:20"}),
        (
            "Published: 2022-08-30 08:00\nUpdated: 2022-08-31 09:20",
            {"updated": "2022-08-31T09:20", "date": "2022-08-30T08:00"},
        ),
        (
            "Xinhua | Updated: 2022-08-31 09:20",
            {
                "source": "Xinhua",
                "updated": "2022-08-31T09:20+08:00",
                "date": "2022-08-31T09:20+08:00",
            },
        ),
        (
            "Source: Xinhua | 2022-08-31 09:20:01 | Editor: huaxia",
            {"source": "Xinhua", "date": "2022-08-31T09:20:01+08:00", "editors": ["huaxia"]},
        ),
        (
            "By Ann Lee | China Daily | Updated: 2022-08-31 09:20",
            {
                "authors": ["Ann Lee"],
                "source": "China Daily",
                "updated": "2022-08-31T09:20+08:00",
                "date": "2022-08-31T09:20+08:00",
            },
        ),
        ("By Ann Lee", {"authors": ["Ann Lee"]}),
        ("By ANN LEE and Bo van Dam", {"authors": ["ANN LEE", "Bo van Dam"]}),
        ("By Ann Lee, Bo Li and Cy Ng", {"authors": ["Ann Lee", "Bo Li", "Cy Ng"]}),
        (
            "By Ann Lee (People's Daily Online) 09:20, August 31, 2022",
            {
                "authors": ["Ann Lee"],
                "source": "People's Daily Online",
                "date": "2022-08-31T09:20+08:00",
            },
        ),
        ("August 31, 2022", {"date": "2022-08-31"}),
        ("2022年8月31日09:20", {"date": "2022-08-31T09:20"}),
        ("Source: Wire", {"source": "Wire"}),
        # A line that is not recognised stays in the body.
        ("(Wire) some day in August", {}),
        ("(Photo by nobody)", {}),
        ("Updated: every morning", {}),
        ("By Friday, rain had stopped", {}),
        ("By the time it rained nobody was out", {}),
        ("(Wire) 09:20, 03/04/2022", {}),
        ("(Wire) 09:20, August 32, 2022", {}),
        ("Home | News | World", {}),
    ],
)
def test_lines_above_the_text(line: str, expected: dict[str, Any]) -> None:
    page = parse_page(f"Rain\n\n{line}\n\nIt rained all day.")
    parts = ("date", "updated", "source", "authors", "editors")
    assert {name: value for name in parts if (value := getattr(page, name))} == expected
    assert page.title == "Rain"
    body = "It rained all day."
    assert page.body == (body if expected else f"{line}\n\n{body}")


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("TIANJIN, Aug. 30 (Xinhua) -- A", "2022-08-31", ("TIANJIN, Aug. 30", "2022-08-30")),
        ("OSLO, Dec. 31 (Wire) -- A", "2023-01-01", ("OSLO, Dec. 31", "2022-12-31")),
        ("OSLO, Jan. 1 (Wire) -- A", "2023-01-01T00:10+08:00", ("OSLO, Jan. 1", "2023-01-01")),
        ("OSLO, Jan. 1 (Wire) -- A", "2022-12-31T23:00-05:00", ("OSLO, Jan. 1", "2023-01-01")),
        ("OSLO, Jan. 3 (Wire) -- A", "2022-12-31", ("OSLO, Jan. 3", "")),
        ("OSLO, Dec. 31 (Wire) -- A", "2022-12-30", ("OSLO, Dec. 31", "2022-12-31")),
        ("OSLO, Dec. 31 (Wire) -- A", "2022-12-29", ("OSLO, Dec. 31", "")),
        ("OSLO, March 1 (Wire) -- A", "2022-08-31", ("OSLO, March 1", "2022-03-01")),
        ("OSLO, Feb. 28 (Wire) -- A", "2022-08-31", ("OSLO, Feb. 28", "")),
        ("OSLO, Jan. 1 (Wire) -- A", "2022-07-03", ("OSLO, Jan. 1", "2022-01-01")),
        ("OSLO, Jan. 1 (Wire) -- A", "2022-07-04", ("OSLO, Jan. 1", "")),
        ("OSLO, Feb. 29 (Wire) -- A", "2024-03-01", ("OSLO, Feb. 29", "2024-02-29")),
        ("OSLO, Feb. 29 (Wire) -- A", "2023-03-01", ("OSLO, Feb. 29", "")),
        ("OSLO, Sept. 2 (Wire) -- A", "2023-08-31", ("OSLO, Sept. 2", "")),
        ("OSLO, Aug. 30, 2021 (Wire) -- A", "2022-08-31", ("OSLO, Aug. 30, 2021", "2021-08-30")),
        ("OSLO, 30 August (Wire) -- A", "2022-08-31", ("OSLO, 30 August", "2022-08-30")),
        ("OSLO, Aug. 30 -- A", "2022-08-31", ("OSLO, Aug. 30", "2022-08-30")),
        ("OSLO, Aug. 30 (Wire) -- A", "2022", ("OSLO, Aug. 30", "")),
        ("OSLO, Aug. 30 (Wire) -- A", "", ("OSLO, Aug. 30", "")),
        ("OSLO (Wire) - A", "2022-08-31", ("OSLO", "")),
        ("OSLO, MARCH 3 - A", "1987-03-03", ("OSLO, MARCH 3", "1987-03-03")),
    ],
)
def test_datelines(text: str, published: str, expected: tuple[str, str]) -> None:
    dateline = read_dateline(text, published)
    assert dateline is not None
    assert (dateline.text, dateline.date) == expected
    assert text[dateline.length :] == "A"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("NEW YORK, Feb 26 - A", ["New York"]),
        ("RIO DE JANEIRO, Feb 26 - A", ["Rio de Janeiro"]),
        ("PORT-AU-PRINCE, Feb 26 - A", ["Port-au-Prince"]),
        ("LA PAZ, Feb 26 - A", ["La Paz"]),
        ("SÃO PAULO, Feb 26 - A", ["São Paulo"]),
        ("ST. PAUL, Minn., Feb 26 - A", ["St. Paul"]),
        ("WASHINGTON, D.C., Feb 26 - A", ["Washington"]),
        ("CHARLOTTE, North Carolina, Feb 26 - A", ["Charlotte"]),
        ("BEIJING/SHANGHAI, Feb 26 (Wire) - A", ["Beijing", "Shanghai"]),
    ],
)
def test_places(text: str, places: list[str]) -> None:
    dateline = read_dateline(text, "1987-02-26")
    assert dateline is not None
    assert list(dateline.places) == places


@pytest.mark.parametrize(
    "text",
    [
        "NASA -- the agency said on Monday",
        "A conference -- Aug. 30",
        "OSLO, Aug. 32 (Wire) -- A",
        "It rained (Wire) -- A",
        "TIANJIN, Aug. 30 (Xinhua) A",
        "",
    ],
)
def test_no_dateline(text: str) -> None:
    assert read_dateline(text, "2022-08-31") is None


LINES = st.sampled_from(
    [
        *PAGE.splitlines(),
        "Updated: x",
        "By Ann Lee",
        "(Editor: )",
        "|",
        "Xinhua)",
        "date 2022-13-01 a",
    ]
)


@given(st.lists(LINES).map("\n".join))
def test_any_order_of_lines_is_a_page(text: str) -> None:
    article = read_page(text)
    for name in ("date", "crawled"):
        value = getattr(article, name)
        assert not value or read_partial_date(value).iso() == value
