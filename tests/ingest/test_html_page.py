"""Saved pages: the text, and what the page says of itself."""

from __future__ import annotations

import json
import time

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
