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

_FERRY = (
    "The ferry Nordlys ran aground off Bergen on Tuesday with 212 people aboard, and the coast "
    "guard brought all of them ashore before nightfall, its spokesman Arne Haugen said."
)
_STORM = (
    "A storm out of the west tore roofs from nine houses in Aalesund on Friday night, and the "
    "harbour master Kari Moe closed the port until Sunday morning because of high waves."
)

#: Two stories, of three and of two copies, and an article without any.
COPIES: list[dict[str, Any]] = [
    {"id": "w1", "title": "Ferry aground", "body": _FERRY, "source": "Wire", "date": "2024-05-07"},
    {"id": "p1", "title": "All safe", "body": f"{_FERRY} More soon.", "source": "Post",
     "date": "2024-05-08"},
    {"id": "n1", "body": f"{_FERRY} Rain.", "source": "Post", "date": "2024-05-09"},
    {"id": "s1", "title": "Storm", "body": _STORM, "source": "Wire", "date": "2024-06-01"},
    {"id": "s2", "title": "Roofs", "body": f"{_STORM} Calm.", "source": "Wire",
     "date": "2024-06-01"},
    {"id": "t1", "title": "Late", "body": "The ferry to Bergen is late.", "source": "Post"},
]  # fmt: skip

#: One of each month of ten years, and one of the month after them; thirty sections.
MONTHS: list[dict[str, Any]] = [
    {"id": f"{n:03}", "title": "rain wind" if n < 120 else "rain", "desk": "ab"[n % 2],
     "date": f"{2010 + n // 12}-{n % 12 + 1:02}", "section": f"s{n % 30:02}"}
    for n in range(121)
]  # fmt: skip
