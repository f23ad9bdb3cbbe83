"""NewsML-G2 and NITF."""

from __future__ import annotations

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
