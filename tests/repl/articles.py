"""Articles for the tests of the prompt and the command line."""

from __future__ import annotations

from typing import Any

HOSTILE = "\x1b]0;owned\x07\x9b31mred \u202egpj.exe"

ARTICLES: list[dict[str, Any]] = [
    {
        "id": f"w{number}",
        "title": f"Wheat prices {move} in week {number}",
        "body": f"Wheat {move} again. Traders in Kansas City spoke of rain.\n\nBarley was steady.",
        "date": f"2022-{number:02}-14",
        "source": "Prairie Wire",
        "section": "business",
        "authors": ["Ann Lee"],
    }
    for number, move in enumerate(("rise", "fall", "rise", "rise", "fall", "rise"), 1)
] + [
    {
        "id": "c1",
        "title": "第一届网络文明大会在天津举行",
        "body": "大会讨论了网络安全。" * 12 + "北京大学的教授说，网络文明很重要。",
        "date": "2022-08-31T09:20+08:00",
        "source": "Harbour Wire",
        "section": "技术",
        "lang": "zh",
    },
    {
        "id": "h1",
        "title": f"Hostile {HOSTILE}",
        "body": f"A hostile text {HOSTILE} about canals.\n" * 40,
        "date": "2024-02",
        "source": "Bad\u202eWire",
        "url": f"https://example.org/{HOSTILE}",
        "section": "world",
    },
    {
        "id": "b1",
        "title": "Harbour bridge opens",
        "body": "The harbour bridge opened to walkers on Saturday. " * 30 + "A wheat ship passed.",
        "date": "2023-09-14T14:30",
        "source": "Harbour Wire",
        "section": "world",
        "authors": ["Bo Li", "Ann Lee"],
    },
]  # fmt: skip
