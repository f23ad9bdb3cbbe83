"""Saved pages: the text, and what the page says of itself."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest

from searchlib.ingest import html_page
from searchlib.ingest.html_page import page_values, read_html
from tests.ingest.parts import rejections, values

TEXT = "It rained all day in the city of Oslo, and the mayor was not amused by the weather at all."
PAGE = f"""<!DOCTYPE html><html lang="en-GB"><head><title>Rain in Oslo | Wire</title>
<meta property="og:site_name" content="Wire"><meta name="author" content="Ann Lee; Bo Li">
<meta property="article:published_time" content="2022-08-31T09:20:00+02:00">
<meta property="article:section" content="Weather"><meta name="keywords" content="rain, oslo">
<link rel="canonical" href="https://w.example/rain"><style>p {{}}</style></head>
<body><nav><a href="/">Home</a> <a href="/x">Sports</a></nav><article><h1>Rain in Oslo</h1>
<p>{TEXT}</p><p>Second: {TEXT}</p></article><script>var hidden = 1;</script></body></html>"""


def test_a_page() -> None:
    (article,) = values(read_html, PAGE.encode())
    assert article == {
        "title": "Rain in Oslo",
        "body": f"{TEXT}\n\nSecond: {TEXT}",
        "date": "2022-08-31T09:20:00+02:00",
        "source": "Wire",
        "section": "Weather",
        "authors": ["Ann Lee", "Bo Li"],
        "topics": ["rain", "oslo"],
        "url": "https://w.example/rain",
        "lang": "en-GB",
    }


def test_linked_data_says_it_better() -> None:
    data = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Other"},
            {"@type": ["NewsArticle"], "headline": "Heavy rain", "datePublished": "2022-08-30",
             "author": [{"@type": "Person", "name": "Cy Moe"}],
             "publisher": {"name": "The Wire"}},
        ],
    }  # fmt: skip
    script = f'<script type="application/ld+json">{json.dumps(data)}</script></head>'
    found = page_values(PAGE.replace("</head>", script))
    assert isinstance(found, dict)
    assert (found["title"], found["date"]) == ("Heavy rain", "2022-08-30")
    assert (found["authors"], found["source"]) == (["Cy Moe"], "The Wire")
    broken = '<script type="application/ld+json">{"@type": </script></head>'
    assert isinstance(page_values(PAGE.replace("</head>", broken)), dict)


def test_encodings() -> None:
    page = "<html><head><meta charset='iso-8859-2'></head><p>Łódź to miasto.</p></html>"
    (article,) = values(read_html, page.encode("iso8859-2"))
    assert article["body"] == "Łódź to miasto."


@pytest.mark.parametrize("data", [b"<html></html>", b"<html><script>x</script>", b"<p></p>"])
def test_a_page_without_a_text(data: bytes) -> None:
    assert rejections(read_html, data, "a.html") == ["a.html: the page has no text"]


def test_hostile_pages_take_no_time() -> None:
    started = time.process_time()
    for hostile in (b"<html>" + b"<div>" * 20_000, b"<html>" + b"<p>x" * 20_000,
                    b"<html><a " + b"a='" * 50_000, b"<html>" + b"<" * 450_000):  # fmt: skip
        values(read_html, hostile)
    assert time.process_time() - started < 60


def test_a_date_that_is_none_does_not_keep_a_page_out() -> None:
    page = '<meta name="date" content="{}"><title>Rain</title><p>It rained all day.</p>'
    assert page_values(page.format("soon"))["published_text"] == "soon"  # type: ignore[index]
    ambiguous = page.format("03/04/2022") + '<meta name="pubdate" content="2022-04-03">'
    assert page_values(ambiguous)["date"] == "2022-04-03"  # type: ignore[index]


def test_the_text_of_json_ld_where_the_page_shows_less() -> None:
    text = "Heavy rain fell on the harbour all day.\n\nThe mayor asked people to stay at home."
    data = {"@type": "NewsArticle", "headline": "Rain", "articleBody": text}
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    short = f"<html><head>{script}</head><body><p>Subscribe to read.</p></body></html>"
    values = page_values(short)
    assert isinstance(values, dict)
    assert values["body"] == text
    paragraphs = "".join(f"<p>{part} And more of it was said.</p>" for part in text.split("\n\n"))
    values = page_values(short.replace("<p>Subscribe to read.</p>", paragraphs))
    assert isinstance(values, dict)
    assert values["body"].count("And more of it was said.") == 2


def test_a_page_of_too_many_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_page, "_MAX_TAGS", 1000)
    page = "<p>It rained all day in Oslo.</p>" * 500
    assert isinstance(html_page.page_values(page), dict)
    assert html_page.page_values(page + "<") == "the page has more than 1,000 tags"


@pytest.mark.parametrize(
    ("page", "values"),
    [
        ('<meta name="A" content=" x &amp; y ">', {"a": "x & y"}),
        ("<meta name='a' content='x'><META NAME=a CONTENT=y>", {"a": "x"}),
        ('<meta itemprop="c" name="b" property="a" content="x">', {"a": "x"}),
        ('<meta itemprop="c" name="b" content="x">', {"b": "x"}),
        ('<meta itemprop="c" content="x"><meta content="y">', {"c": "x"}),
        ('<meta name="a" content=""><meta name="a">', {}),
    ],
)
def test_what_a_page_says_of_itself(page: str, values: dict[str, str]) -> None:
    assert html_page._meta(page) == values


def linked(*blocks: Any) -> str:
    return "".join(
        f'<script type="application/ld+json">{block}</script>'
        for block in (one if isinstance(one, str) else json.dumps(one) for one in blocks)
    )


NEWS = {"@type": "NewsArticle", "headline": "Rain"}
OTHER = {"@type": "WebSite", "headline": "Home"}


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        ([NEWS], True),
        ([OTHER], False),
        ([OTHER, NEWS], True),
        (["{", NEWS], True),
        (["<!--" + json.dumps(NEWS) + "-->"], True),
        ([[OTHER, NEWS]], True),
        ([[OTHER] * 99 + [NEWS]], True),
        ([[OTHER] * 100 + [NEWS]], False),
        ([OTHER] * 19 + [NEWS], True),
        ([OTHER] * 20 + [NEWS], False),
        ([{**OTHER, "mainEntity": NEWS}], True),
        ([{**OTHER, "@graph": [5, NEWS]}], True),
        ([{**OTHER, "about": NEWS}], False),
        ([{**NEWS, "@type": ["Thing", "BlogPosting"]}], True),
        ([{**NEWS, "@type": "Report"}, {"@type": "Article"}], True),  # the first one
        ([{"@graph": [{"@graph": [{"@type": "Article"}]}, NEWS]}], True),  # the nearest one
        ([], False),
    ],
)  # fmt: skip
def test_the_article_in_linked_data(blocks: list[Any], found: bool) -> None:
    assert (html_page._linked_data(linked(*blocks)).get("headline") == "Rain") == found


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (" Ann &amp; Bo ", ["Ann & Bo"]), (" ", []), ({"name": "Ann"}, ["Ann"]), ({}, []),
        (["Ann", {"name": ["Bo", {"name": "Cy"}]}, 5], ["Ann", "Bo", "Cy"]), (None, []),
    ],
)  # fmt: skip
def test_names_in_linked_data(value: Any, names: list[str]) -> None:
    assert html_page._names(value) == names


@pytest.mark.parametrize(
    ("candidates", "date"),
    [
        (("2022-08-31", "2022-09-01"), {"date": "2022-08-31"}),
        ((None, " ", 5, "soon", "2022-09-01"), {"date": "2022-09-01"}),
        (("soon", "later"), {"published_text": "soon"}),
        ((" ", None), {}),
        ((), {}),
    ],
)
def test_the_first_date_that_is_one(candidates: tuple[Any, ...], date: dict[str, str]) -> None:
    assert html_page._date(*candidates) == date


@pytest.mark.parametrize(
    ("body", "said", "text"),
    [
        ("abcd", "x" * 8, "abcd"),  # not more than twice as long
        ("abcd", "x" * 9, "x" * 9),
        ("abcd", "<p>Rain.</p><p>Snow.</p>", "Rain.\n\nSnow."),
        ("ab", "Rain &ouml; wind\n\n Snow ", "Rain ö wind\n\nSnow"),
        ("abcd", " " * 99, "abcd"),
        ("abcd", None, "abcd"),
        ("", ["x"], ""),
    ],
)
def test_the_longer_text(body: str, said: Any, text: str) -> None:
    assert html_page._longer(body, said) == text


@pytest.mark.parametrize(
    ("page", "meta", "linked_data", "lang"),
    [
        ('<html class="a" lang="en_GB">', {"og:locale": "fr"}, {"inLanguage": "de"}, "en-GB"),
        ("<html>", {"og:locale": "fr"}, {"inLanguage": "de"}, "de"),
        ("<html>", {"og:locale": "fr_FR"}, {"inLanguage": ["de"]}, "fr-FR"),
        ("", {}, {}, ""),
    ],
)
def test_languages(page: str, meta: dict[str, str], linked_data: Any, lang: str) -> None:
    assert html_page._lang(page, meta, linked_data) == lang


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ('<link rel="canonical" href="https://a.example/1">', "https://a.example/1"),
        ("<LINK HREF='http://a.example/2' REL='canonical'>", "http://a.example/2"),
        ('<link rel="canonical" href="/3">', ""),
        ('<link rel="canonical">', ""),
        ('<link rel="next" href="https://a.example/4">', ""),
    ],
)
def test_canonical_addresses(link: str, url: str) -> None:
    assert html_page._canonical(link) == url


def test_what_is_taken_first() -> None:
    """Of several places that say the same: one after the other is taken away."""
    data = {
        "@type": "Article", "headline": "T1", "publisher": {"name": "S1"}, "author": "A1",
        "articleSection": ["C2", "C3"], "datePublished": "2022-01-01",
    }  # fmt: skip
    pieces = [
        linked(data), '<meta property="og:title" content="T2">', "<h1> T3 <b>&amp; more</b></h1>",
        "<title>T4</title>", '<meta property="og:site_name" content="S2">',
        '<meta name="author" content="A2; A3">', '<meta property="article:section" content="C1">',
        '<meta name="date" content="2022-01-03">', '<meta name="pubdate" content="2022-01-02">',
        '<meta name="news_keywords" content="k1,k2;k3">', '<meta name="keywords" content="k4">',
        '<link rel="canonical" href="https://c.example/1">',
        '<meta property="og:url" content="https://o.example/1">',
    ]  # fmt: skip
    taken: dict[str, Any] = {
        "title": ["T1", "T2", "T3 & more", "T4"], "source": ["S1", "S2"],
        "authors": [["A1"], ["A2", "A3"]], "section": ["C1", "C2"],
        "date": ["2022-01-01", "2022-01-02", "2022-01-03"],
        "topics": [["k1", "k2", "k3"], ["k4"]],
        "url": ["https://c.example/1", "https://o.example/1", "https://u.example/1"],
    }  # fmt: skip
    without = {
        "title": [[], [0], [0, 1], [0, 1, 2]], "source": [[], [0]], "authors": [[], [0]],
        "section": [[], [6]], "date": [[], [0], [0, 8]], "topics": [[], [9]],
        "url": [[], [11], [11, 12]],
    }  # fmt: skip
    for name, in_turn in taken.items():
        for expected, gone in zip(in_turn, without[name], strict=True):
            head = "".join(one for number, one in enumerate(pieces) if number not in gone)
            page = f"<html><head>{head}</head><body><p>{TEXT}</p></body></html>"
            found = page_values(page, "https://u.example/1")
            assert isinstance(found, dict)
            assert found[name] == expected


def test_a_title_that_begins_the_text_is_not_repeated() -> None:
    def body(text: str) -> Any:
        data = {"@type": "Article", "headline": "Rain", "articleBody": text}
        return page_values(f"<html>{linked(data)}<p>x</p></html>")["body"]  # type: ignore[index]

    assert body("Rain\n\nIt rained all day.") == "It rained all day."
    assert body("Rain and wind\n\nIt rained.") == "Rain and wind\n\nIt rained."
    assert body("Rain") == "Rain"


def test_a_rejected_page_is_named_by_its_address() -> None:
    stream = io.BufferedReader(io.BytesIO(b"<html></html>"))  # type: ignore[arg-type]
    (rejected,) = read_html(stream, "a.warc:1", "https://a.example")
    assert str(rejected) == "a.warc:1: https://a.example: the page has no text"
