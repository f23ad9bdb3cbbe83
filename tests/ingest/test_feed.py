"""Feeds in their versions, damaged and hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib.ingest.feed import read_feed
from tests.ingest.parts import rejections, values

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Wire</title><link>https://w.example</link><language>en-gb</language>
<item><title>Rain &amp;amp; wind</title><link>https://w.example/1</link><guid>w1</guid>
<pubDate>Wed, 31 Aug 2022 09:20:00 +0200</pubDate><category>weather</category>
<category>oslo</category><dc:creator>Ann Lee</dc:creator><description>Short.</description>
<content:encoded><![CDATA[<p>It rained.</p><p>All day.</p>]]></content:encoded></item>
<item><title>Snow</title></item><item><link>https://w.example/3</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Fil</title>
<entry><id>tag:1</id><title type="html">L'&lt;b&gt;été&lt;/b&gt;</title>
<updated>2022-08-31T09:20:00Z</updated><author><name>Ann</name></author>
<author><name>Bo</name></author><link href="https://f.example/1"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Il fait chaud.</p></div>
</content>
</entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/"><channel><title>Old</title></channel>
<item><title>Rain</title><description>It rained.</description></item></rdf:RDF>"""


def test_rss() -> None:
    first, second = values(read_feed, RSS.encode())
    assert first == {
        "id": "w1",
        "title": "Rain & wind",
        "body": "It rained.\n\nAll day.",
        "date": "2022-08-31T07:20:00Z",
        "source": "Wire",
        "authors": ["Ann Lee"],
        "topics": ["weather", "oslo"],
        "url": "https://w.example/1",
        "lang": "en-gb",
    }
    assert second == {"title": "Snow", "source": "Wire", "lang": "en-gb"}
    assert rejections(read_feed, RSS.encode(), "f.xml") == [
        "f.xml:3: the entry has neither a title nor a text"
    ]


def test_atom() -> None:
    (entry,) = values(read_feed, ATOM.encode())
    assert entry == {
        "id": "tag:1",
        "title": "L'été",
        "body": "Il fait chaud.",
        "date": "2022-08-31T09:20:00Z",
        "source": "Fil",
        "authors": ["Ann", "Bo"],
        "url": "https://f.example/1",
        "lang": "fr",
    }


def test_rdf() -> None:
    assert values(read_feed, RDF.encode()) == [
        {"title": "Rain", "body": "It rained.", "source": "Old"}
    ]


def test_a_feed_that_is_cut_off() -> None:
    found = values(read_feed, RSS[:-60].encode())
    assert [entry["title"] for entry in found] == ["Rain & wind", "Snow"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<rss version='2.0'><channel></channel></rss>", "not a feed with entries"),
        (b"<rss", "not a feed with entries"),
        (
            b"<!DOCTYPE r [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><rss>&c;</rss>",
            "entities of its own",
        ),
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss>&a;</rss>', "entities"),
    ],
)
def test_no_feed(data: bytes, why: str) -> None:
    (rejected,) = rejections(read_feed, data)
    assert why in rejected


@pytest.mark.parametrize("name", ["feedgen.rss", "feedgen.atom", "django.rss", "django.atom"])
def test_what_other_programs_make(name: str) -> None:
    (article,) = values(read_feed, (Path(__file__).parent / "files" / name).read_bytes())
    assert article["title"] == "Flood closes the bridge at Ávila"
    assert article["id"] == article["url"] == "http://example.org/flood"
    assert article["authors"] == ["Ann Lee"]
    assert article["date"].startswith("2022-03-01T08:20")
    assert "“We have seen worse,” said the ferryman" in article["body"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("<title> Rain </title>", {"title": "Rain"}),
        ("<description>Short.</description>"
         "<c:encoded>Longer text.</c:encoded>", {"body": "Longer text."}),
        ("<description>Longer text.</description><c:encoded>Short.</c:encoded>",
         {"body": "Longer text."}),
        ("<title>A</title><pubDate>soon</pubDate>", {"title": "A", "date": "soon"}),
        ("<title>A</title><author>Ann</author>", {"title": "A", "authors": ["Ann"]}),
        ("<title>A</title><category/><category>x</category>", {"title": "A", "topics": ["x"]}),
        ("<title>A</title><source url='u'>Post</source>", {"title": "A", "source": "Post"}),
        ("<title>A</title><link>https://a.example</link><guid isPermaLink='false'>g</guid>",
         {"title": "A", "id": "g", "url": "https://a.example"}),
    ],
)  # fmt: skip
def test_where_values_come_from(entry: str, expected: dict[str, object]) -> None:
    rss = (
        "<rss version='2.0' xmlns:c='http://purl.org/rss/1.0/modules/content/'><channel>"
        f"<title>Wire</title><language>de</language><item>{entry}</item></channel></rss>"
    )
    assert values(read_feed, rss.encode()) == [{"source": "Wire", "lang": "de", **expected}]


def test_dates_of_entries() -> None:
    for names, expected in (
        ("published updated", "2022-01-01T00:00:00Z"), ("updated", "2022-01-02T00:00:00Z"),
    ):  # fmt: skip
        dates = {"published": "2022-01-01T00:00:00Z", "updated": "2022-01-02T00:00:00Z"}
        inside = "".join(f"<{name}>{dates[name]}</{name}>" for name in names.split())
        atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title>{inside}</entry></feed>"
        assert values(read_feed, atom.encode())[0]["date"] == expected
