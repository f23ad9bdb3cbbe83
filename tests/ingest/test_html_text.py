"""The text of fragments of HTML."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest.html_text import html_to_text, is_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>One</p>\n<p>Two</p>", "One\n\nTwo"),
        ("One<br/>Two<br>Three", "One\nTwo\nThree"),
        ("<div>One <b>bold</b><i>er</i></div>", "One bolder"),
        ("<ul><li>One<li>Two</ul>", "One\n\nTwo"),
        ("<style>p{}</style><p>One</p><script>var x = '<p>Two</p>';</script>", "One"),
        ("One&nbsp;two &lt;three&gt; &#8211; &eacute;", "One two <three> – é"),
        ("<p>Line\nbroken   here</p>", "Line broken here"),
        ("<!-- hidden --><p>One<!-- x --></p>", "One"),
        ("<p>One</p", "One</p"),
        ('<a title="a > b">One</a>', "One"),
        ("<script/>One", "One"),
        ("<script>One", "One"),
        ("<script>a</script>b<script>c", "b\n\nc"[:1] + "c"),
        ("a</script>b", "ab"),
        ("<STYLE>p{}</Style >b", "b"),
        ("a<!-- b", "a"),
        ("a<!---->b", "ab"),
        ("a<!doctype b>c<?d?>e", "ace"),
        ("a<br><br> b <hr>c", "a\n\nb\n\nc"),
        ("<p> <br> </p>a", "a"),
        ("a\u00a0\n\t b", "a b"),
        ("a<x-b>c</x-b>", "ac"),
    ],
)
def test_texts(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>", True), ("x<br/>y", True), ('<a href="x">', True), ("&nbsp;", True),
        ("&#8217;", True), ("x < y", False), ("<3", False), ("R&D", False), ("<foo>", False),
        ("AT&T; x", False),
    ],
)  # fmt: skip
def test_what_is_html(text: str, expected: bool) -> None:
    assert is_html(text) == expected


@given(st.text("<>/&;#!-[]pbr \n\"'=é", max_size=60))
def test_anything_has_a_text(html: str) -> None:
    assert isinstance(html_to_text(html), str)


def test_hostile_html_takes_no_time() -> None:
    started = time.process_time()
    for piece in ("<", "<p", "<div>", "&", "<!--", "<script>", "<a x='", '<a "', "</", "<a "):
        is_html(piece * 100_000)
        html_to_text(piece * 100_000)
    assert time.process_time() - started < 10
