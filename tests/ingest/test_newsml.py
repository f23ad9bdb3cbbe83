"""NewsML-G2 and NITF."""

from __future__ import annotations

import io

import pytest

from searchlib.ingest.newsml import read_newsml, read_nitf
from tests.ingest.parts import rejections, values

NITF = """<nitf><head><docdata><doc-id id-string="n1"/><date.issue norm="20220831T092000Z"/>
<key-list><keyword key="rain"/><keyword key="oslo"/></key-list></docdata></head>
<body><body.head><hedline><hl1>Rain in Oslo</hl1></hedline>
<byline>By <person>Ann Lee</person></byline><dateline>OSLO, Aug 31</dateline></body.head>
<body.content><block><p>It <em>rained</em>.</p><p>All day.</p></block></body.content>
</body></nitf>"""
ITEM = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:1" xml:lang="en">
<itemMeta><provider><name>Wire</name></provider><versionCreated>2022-08-31T10:00:00Z</versionCreated>
</itemMeta><contentMeta><contentCreated>2022-08-31T09:20:00+02:00</contentCreated>
<located><name>Oslo</name></located><headline>Rain in Oslo</headline><by>Ann Lee</by>
<dateline>OSLO</dateline><subject><name>weather</name></subject></contentMeta>
<contentSet><inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>
<body><p>It rained.</p><p>All day.</p></body></html></inlineXML></contentSet></newsItem>"""


def test_nitf() -> None:
    assert values(read_nitf, NITF.encode()) == [
        {
            "id": "n1",
            "title": "Rain in Oslo",
            "body": "It rained.\n\nAll day.",
            "date": "20220831T092000Z",
            "authors": ["Ann Lee"],
            "topics": ["rain", "oslo"],
            "dateline": "OSLO, Aug 31",
        }
    ]


def test_newsml() -> None:
    assert values(read_newsml, ITEM.encode()) == [
        {
            "id": "urn:1",
            "title": "Rain in Oslo",
            "body": "It rained.\n\nAll day.",
            "date": "2022-08-31T09:20:00+02:00",
            "source": "Wire",
            "authors": ["Ann Lee"],
            "topics": ["weather"],
            "places": ["Oslo"],
            "dateline": "OSLO",
            "lang": "en",
        }
    ]


def test_a_message_of_many() -> None:
    picture = "<newsItem guid='urn:2'/>"
    message = f"<newsMessage><itemSet>{ITEM}{picture}{ITEM}</itemSet></newsMessage>"
    assert len(values(read_newsml, message.encode())) == 2
    assert rejections(read_newsml, message.encode(), "m.xml") == [
        "m.xml:2: a newsItem without a headline or a text"
    ]


def test_nitf_within_newsml() -> None:
    item = (
        f"<newsItem guid='urn:3'><contentSet><inlineXML>{NITF}</inlineXML></contentSet></newsItem>"
    )
    (article,) = values(read_newsml, item.encode())
    assert (article["id"], article["title"]) == ("urn:3", "Rain in Oslo")
    assert article["body"] == "It rained.\n\nAll day."


@pytest.mark.parametrize("data", [b"", b"<a", b"<newsMessage/>", b"<x/>", ITEM[:-30].encode()])
def test_what_is_none(data: bytes) -> None:
    assert len(rejections(read_newsml, data)) == 1
    assert len(rejections(read_nitf, data)) == 1


def test_the_date_is_that_of_the_text_or_of_its_first_version_or_of_this_one() -> None:
    created = "<contentCreated>2022-08-31T09:20:00+02:00</contentCreated>"
    item = ITEM.replace("</itemMeta>", "<firstCreated>2022-08-30</firstCreated></itemMeta>")
    for text, date in (
        (item, "2022-08-31T09:20:00+02:00"),
        (item.replace(created, ""), "2022-08-30"),
        (ITEM.replace(created, ""), "2022-08-31T10:00:00Z"),
    ):
        assert values(read_newsml, text.encode())[0]["date"] == date


@pytest.mark.parametrize(
    ("meta", "info", "content", "expected"),
    [
        ("<headline>A</headline>", "<title>B</title>", "", {"title": "A"}),
        ("", "<title>B</title>", "", {"title": "B"}),
        ("", "", "<nitf><title>C</title></nitf>", {"title": "C"}),
        ("<headline>A</headline><description> d  e </description>", "", "", {"body": "d e"}),
        ("<headline>A</headline><description>d</description>", "", "<p>f</p>", {"body": "f"}),
        ("<headline>A</headline>", "<firstCreated>2</firstCreated>", "", {"date": "2"}),
        ("<headline>A</headline><infoSource literal='I'/>", "", "", {"source": "I"}),
        ("<headline>A</headline><infoSource literal='I'/>", "<provider literal='P'/>", "",
         {"source": "P"}),
        ("<headline>A</headline><by>X</by><by/><by>Y</by>", "", "", {"authors": ["X", "Y"]}),
        ("<headline>A</headline><creator literal='Z'/>", "", "", {"authors": ["Z"]}),
        ("<headline>A</headline><creator><name>N</name></creator><creator/>", "", "",
         {"authors": ["N"]}),
        ("<headline>A</headline><subject literal='s'/><subject/><genre literal='g'/>", "", "",
         {"topics": ["s"]}),
        ("<headline>A</headline><located literal='L'/>", "", "", {"places": ["L"]}),
        ("<headline>A</headline><language tag='fr'/>", "", "", {"lang": "fr"}),
        ("<headline>A</headline><dateline>D</dateline>", "", "", {"dateline": "D"}),
    ],
)  # fmt: skip
def test_where_values_come_from(
    meta: str, info: str, content: str, expected: dict[str, object]
) -> None:
    item = (
        f"<newsItem guid='g'><itemMeta>{info}</itemMeta><contentMeta>{meta}</contentMeta>"
        f"<contentSet>{content}</contentSet></newsItem>"
    )
    (article,) = values(read_newsml, item.encode())
    assert {name: article[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<headline>H</headline>", "", {"title": "H"}),
        ("<hl1>H</hl1>", "<block>a <b>c</b></block>", {"body": "a c"}),
        ("<hl1>H</hl1>", "<p>a</p><p/><media><media-caption>b</media-caption></media>",
         {"body": "a\n\nb"}),
        ("<hl1>H</hl1>", "<media><media-metadata><p>no</p></media-metadata></media><p>a</p>",
         {"body": "a"}),
        ("<hl1>H</hl1>", "<p>a <p>b</p></p>", {"body": "a b"}),
        ("<hl1>H</hl1><byline>By Ann Lee</byline>", "", {"authors": ["Ann Lee"]}),
        ("<hl1>H</hl1><byline>by Ann</byline>", "", {"authors": ["Ann"]}),
        ("<hl1>H</hl1><byline>Byron Lee</byline>", "", {"authors": ["Byron Lee"]}),
        ("<hl1>H</hl1><byline><person>A</person> and <person>B</person></byline>", "",
         {"authors": ["A", "B"]}),
        ("<hl1>H</hl1><distributor>Wire</distributor>", "", {"source": "Wire"}),
    ],
)  # fmt: skip
def test_parts_of_nitf(head: str, body: str, expected: dict[str, object]) -> None:
    content = f"<body.content>{body}</body.content>"
    nitf = f"<nitf><body><body.head>{head}</body.head>{content}</body></nitf>"
    for document in (nitf, f"<wrapped>{nitf}</wrapped>"):
        (article,) = values(read_nitf, document.encode())
        assert {name: article[name] for name in expected} == expected
    assert article.keys() <= {"title", *expected}


def test_dates_of_nitf() -> None:
    for dates, expected in (
        ("<date.issue norm='1'/><date.release norm='2'/>", "1"),
        ("<date.issue/><date.release norm='2'/>", "2"),
        ("<date.release norm='2'/>", "2"),
        ("", None),
    ):
        document = f"<nitf><head><title>T</title>{dates}</head></nitf>"
        (article,) = values(read_nitf, document.encode())
        assert (article["title"], article.get("date")) == ("T", expected)


def test_what_is_said_of_what_is_none() -> None:
    for read, data, why in (
        (read_newsml, "<newsMessage/>", "x: the message has no news item"),
        (read_newsml, "<packageItem/>", "x: a packageItem without a headline or a text"),
        (read_newsml, "<a><conceptItem/><newsItem/></a>",
         "x:1: a conceptItem without a headline or a text"),
        (read_nitf, "<nitf/>", "x: the document has neither a headline nor a text"),
        (read_nitf, "<x/>", "x: the document has neither a headline nor a text"),
    ):  # fmt: skip
        assert rejections(read, data.encode())[0] == why


def test_the_places_of_several_items() -> None:
    two = f"<a>{ITEM}{ITEM}</a>".encode()
    records = list(read_newsml(io.BufferedReader(io.BytesIO(two)), "a"))  # type: ignore[arg-type]
    assert [getattr(record, "place", None) for record in records] == ["1", "2"]
    records = list(read_newsml(io.BufferedReader(io.BytesIO(ITEM.encode())), "a"))  # type: ignore[arg-type]
    assert [getattr(record, "place", None) for record in records] == [""]
