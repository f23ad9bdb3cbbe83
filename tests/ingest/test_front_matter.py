"""Markdown and front matter."""

from __future__ import annotations

import pytest

from searchlib.ingest import front_matter
from searchlib.ingest.front_matter import has_front_matter, read_markdown
from tests.ingest.parts import rejections, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Rain\n\nIt rained.", {"title": "Rain", "body": "It rained."}),
        ("Rain\n====\n\nIt rained.", {"title": "Rain", "body": "It rained."}),
        ("It rained.", {"body": "It rained."}),
        ("---\ntitle: 'Rain: heavy'\ndate: 2022-08-31 09:20\n---\n\nIt rained.",
         {"title": "Rain: heavy", "date": "2022-08-31 09:20", "body": "It rained."}),
        ("---\ntitle: Rain\ntags:\n  - oslo\n  - \"snow\"\nauthors: [Ann, 'Bo Li']\n---\nx",
         {"title": "Rain", "tags": ["oslo", "snow"], "authors": ["Ann", "Bo Li"], "body": "x"}),
        ('+++\ntitle = "Rain"\n+++\n# Heading\nx', {"title": "Rain", "body": "Heading\nx"}),
        ("---\ntitle: Rain\nlead: >\n  It rained\n  all day.\n---\nx",
         {"title": "Rain", "lead": "It rained all day.", "body": "x"}),
        ("# A\n\n> *Quoted* [link](https://a.example \"t\") ![picture](a.png) `code` **bold**\n"
         "- one",
         {"title": "A", "body": "Quoted link picture code bold\none"}),
        ("---\n# note\ntitle: Rain\nmark: '\nempty:\nlist: []\nown: \"\"\n---\n\n\nx",
         {"title": "Rain", "mark": "'", "body": "x"}),
        ("---\ntitle: Rain\nk = v\nlead: It\n rained\n---\nx",
         {"title": "Rain", "k": "v", "lead": "It rained", "body": "x"}),
        ("# snake_case and 2*3*4\n\nx", {"title": "snake_case and 2*3*4", "body": "x"}),
        ("\ufeff---\r\ntitle: Rain\r\n---\r\nIt rained.", {"title": "Rain", "body": "It rained."}),
    ],
)  # fmt: skip
def test_texts(text: str, expected: dict[str, object]) -> None:
    assert values(read_markdown, text.encode()) == [expected]


def test_a_file_without_a_text() -> None:
    assert rejections(read_markdown, b"---\ntags: [a]\n---\n", "a.md") == [
        "a.md: the file has no text"
    ]


def test_what_is_front_matter() -> None:
    assert has_front_matter("---\ntitle: x\n---\n")
    assert not has_front_matter("---\nA line between rules.\n---\n")
    assert not has_front_matter("title: x\n")


@pytest.mark.parametrize(
    ("block", "entries"),
    [
        ("a: x\n\n# note\n  # note\nb: y", {"a": "x", "b": "y"}),
        ("a:\n- x\n- 'y'\nb: z", {"a": ["x", "y"], "b": "z"}),
        ("a: x\n- y", {"a": "x"}),  # no list was begun
        ("- x\na: y", {"a": "y"}),
        ("a: [x]\n- y", {"a": ["x", "y"]}),
        ("  a: x\nb: y", {"b": "y"}),
        ("a: x\n  b: y", {"a": "x b: y"}),
        ("a: >\n  x\n  y", {"a": "x y"}),
        ("a: |\n  x", {"a": "x"}),
        ("a: [x]\n y", {"a": ["x"]}),
        ("a: x\nno entry", {"a": "x"}),
        ("a b.c-d = x", {"a b.c-d": "x"}),
        ("a:\nb: []\nc: x", {"c": "x"}),
        ("a: x\na: y", {"a": "y"}),
    ],
)
def test_entries(block: str, entries: dict[str, object]) -> None:
    assert front_matter._entries(block) == entries


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" x ", "x"), ('"x"', "x"), ("'x'", "x"), ("'x\"", "'x\""), ('"', '"'), ('""', ""),
        ("xx", "xx"), ('["a", 5]', ["a", 5]), ("[a, 'b', ]", ["a", "b"]), ("[]", []),
        ("[a", "[a"), ("a]", "a]"), ("[", "["), ("", ""), ("[[a], b]", [["a"], "b"]),
    ],
)  # fmt: skip
def test_values(text: str, value: object) -> None:
    assert front_matter._value(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rain\n", {"body": "Rain"}),
        ('---\ntitle: ""\n---\n# Rain\nx', {"title": "Rain", "body": "x"}),
        ("---\ntitle: A\n---\nB\n===\nx", {"title": "A", "body": "B\n===\nx"}),
        ("# A\n", {"title": "A"}),
        ("  \n\n# A #\n\n## B\nx", {"title": "A", "body": "B\nx"}),
        ("# *A* [b](c)\nx", {"title": "A b", "body": "x"}),
    ],
)
def test_titles(text: str, expected: dict[str, object]) -> None:
    assert values(read_markdown, text.encode()) == [expected]
