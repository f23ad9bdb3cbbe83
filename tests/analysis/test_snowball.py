"""The stemmers of Snowball, one for each thread."""

from __future__ import annotations

from threading import Thread
from typing import Any

from searchlib.analysis.snowball import SNOWBALL, has_snowball, snowball


def test_every_language_has_its_algorithm() -> None:
    for language in SNOWBALL:
        assert has_snowball(language)
        assert isinstance(snowball(language).stemWord("a"), str)
    assert not has_snowball("zh")


def test_a_thread_has_stemmers_of_its_own() -> None:
    others: list[Any] = []
    thread = Thread(target=lambda: others.append(snowball("en")))
    thread.start()
    thread.join()
    assert snowball("en") is snowball("en")
    assert others[0] is not snowball("en")
