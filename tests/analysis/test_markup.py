"""Preparing a text: what is not text is taken out, and all places stay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis import prepared, rules, words
from searchlib.analysis.markup import ELEMENTS, prepare
from tests.texts import TEXTS

_PIECES = st.sampled_from(
    ["<", ">", "b", "</b>", "<b>", "&", "amp", ";", "#39", "&nbsp;", "-", "\n", "\r\n", " ",
     "\u00ad", "¬", "‐", "x='1'", '"', "/", "<!--", "-->", "<script>", "</script>", "2\u00a0222",
     "é", "."]
)  # fmt: skip
MARKUP = st.lists(_PIECES | TEXTS, max_size=10).map("".join)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ('<p class="lead">It <b>rained</b>.</p><br/>', ["It", "rained"]),
        ("<b>Inter</b>national CO<sub>2</sub>", ["International", "CO2"]),
        ("<li>one</li><li>two</li>", ["one", "two"]),
        ("a < b and c > d, x<y", ["a", "b", "and", "c", "d", "x", "y"]),
        ("General Motors <GM.N> <GM>", ["General", "Motors", "GM", "N", "GM"]),
        ("<script>var hidden = '<p>';</script>after", ["after"]),
        ("<!-- not <b> shown -->shown <!-- left open", ["shown", "left", "open"]),
        ("<?xml version='1.0'?><!DOCTYPE html><o:p></o:p><my-tag a='b'>x</my-tag>", ["x"]),
        ("<img alt=\"x > y\"\nsrc='a.gif'>z", ["z"]),
        ("&lt;p class=&quot;x&quot;&gt;Hi&lt;/p&gt;", ["Hi"]),
        ("mail <john@example.org>", ["mail", "john", "example", "org"]),
        ("&quot;ceasefire&quot; Oslo&nbsp;today", ["ceasefire", "Oslo", "today"]),
        ("people&rsquo;s caf&eacute;s AT&amp;T &#8212; R&D", ["people's", "cafés", "AT&T", "R&D"]),
        ("&amp;nbsp;x &amp;quot;y", ["x", "y"]),
        ("?a=1&copy=2&lang=en", ["a", "1", "copy", "2", "lang", "en"]),
        ("an inter-\nnational and in\u00ad\nter¬\nnational court",
         ["an", "international", "and", "international", "court"]),
        ("Vor-\nund Nachteile, Anglo-\nAmerican", ["Vor", "und", "Nachteile", "Anglo", "American"]),
        ("3\u00a0500 et 12\u202f345\u202f678 en 2010\u00a0100",
         ["3500", "et", "12345678", "en", "2010", "100"]),
    ],
)  # fmt: skip
def test_words_of_prepared_texts(text: str, tokens: list[str]) -> None:
    assert words(text) == tokens


@given(MARKUP)
def test_the_length_stays(text: str) -> None:
    assert len(prepare(text)) == len(text)


@given(st.text(st.characters(exclude_characters="<&\u00ad\n\u00a0\u2009\u202f"), max_size=30))
def test_plain_text_stays(text: str) -> None:
    assert prepare(text) is text


@given(st.lists(MARKUP, max_size=4))
def test_batches(texts: list[str]) -> None:
    assert prepared(texts) == [prepare(text) for text in texts]
    assert prepared(texts, 1) == texts == [rules(1).prepare(text) for text in texts]


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_plain_texts_need_not_be_prepared() -> None:
    texts = [
        "rain",
        "AT&T & co ?a=b&c=d",
        "General Motors <GM> <GM.N> <x y>",
        "a-b\nc - d",
        "x<y é",
    ]
    assert kernels.vocabulary.to_prepare(texts, ELEMENTS) == []


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<a ", '<a x="', "<a x=", "<script>", "&amp;", "&amp", "<x:y ", "</a", "<!-->",
     "<a / ", "a-\n", "<![if", "1\u00a0222"],
)  # fmt: skip
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * 50_000
    started = time.process_time()
    assert len(prepare(text)) == len(text)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a<b>c</b> d", "a~~~c     d"),
        ("a<b></b>c", "a~~~~~~~c"),
        ("a<br>c", "a    c"),
        ("a<b><br></b>c", "a           c"),
        ("a<b>-c", "a   -c"),
        ("-a<b>c-", "-a~~~c-"),
        ("<<b>c", "<   c"),
        ("<b>c<i>", "   c   "),
        ("a<!-- x -->c<!-- y", "a~~~~~~~~~~c     y"),
        ("a<script>x</script>c", "a                  c"),
        ("x</script>a</script>y", "x         a         y"),
        ("a<style>b<style>c", "a       b       c"),
        ("<script>x</script><b>c", "                     c"),
        ("&lt;b&gt;a &amp;lt; b", "         a        < b"),
        ("a < b &gt; c", "a < b >    c"),
        ("AT&amp;T&bogus;", "AT&~~~~T&bogus;"),
        ("x&nbsp;y", "x\xa0     y"),
        ("inter-\nnational", "inter~~national"),
        ("inter-\r\nnational", "inter~~~national"),
        ("inter- \nnational", "inter~~~national"),
        ("inter-\t\nnational", "inter~~~national"),
        ("inter- \r\nnational", "inter~~~~national"),
        ("inter‐\nnational", "inter~~national"),
        ("inter¬\nnational", "inter~~national"),
        ("inter-\nNational 5-\nfold", "inter-\nNational 5-\nfold"),
        ("in\xad\nter", "in~~ter"),
        ("1\xa0234 1\u2009234 1\u202f234", "1~234 1~234 1~234"),
    ],
)
def test_what_stands_for_what_is_taken_out(text: str, shown: str) -> None:
    """Soft hyphens, shown as ~, where the word goes on; else blanks."""
    assert prepare(text).replace("\xad", "~") == shown
