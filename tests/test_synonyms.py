"""Synonyms: what a dict, groups and a file say; what is refused, with its place."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl


def test_one_way_and_both_ways() -> None:
    one_way = sl.Synonyms({"UK": "united kingdom"})
    assert one_way.of(("uk",)) == ("united kingdom",)
    assert one_way.of(("united", "kingdom")) == ()
    both = sl.Synonyms([("uk", "united kingdom", "Britain")])
    assert both.of(("United", "Kingdom")) == ("uk", "Britain")
    assert both.of(("britain",)) == ("uk", "united kingdom")
    assert (len(both), both.longest) == (3, 2)


def test_elided_articles_are_left_out() -> None:
    synonyms = sl.Synonyms([["l'école", "le lycée"]])
    assert synonyms.of(("école",)) == ("le lycée",)


def test_values_and_pickles() -> None:
    groups = [["tv", "television"], ["café", "coffee house"]]
    made = sl.Synonyms(groups)
    assert made == sl.Synonyms(reversed(groups))
    assert hash(made) == hash(sl.Synonyms(groups))
    assert pickle.loads(pickle.dumps(made)) == made
    assert made.of(("CAFE",)) == ("coffee house",)  # accents and case say nothing here
    assert made != sl.Synonyms()
    assert not sl.Synonyms({"tv": ["TV", "Tv"]})  # the same word


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "s.txt"
    file.write_text(
        "\ufeff# news\n\ntv, television\n"
        "uk, u.k. => united kingdom, britain # one way\ntv, telly\n",
        encoding="utf-8",
    )
    read = sl.Synonyms.read(file)
    assert read.of(("tv",)) == ("television", "telly")
    assert read.of(("uk",)) == ("united kingdom", "britain")
    assert read.of(("britain",)) == ()
    assert read.of(("telly",)) == ("tv",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tv\n", "line 1: 'tv' are no synonyms"), ("a, b\ntv =>\n", "line 2"),
        ("tv,,telly", "line 1: 'tv,,telly' are no synonyms: write tv, television or uk => "),
        ("=> tv", "line 1: '=> tv' are no synonyms"), ("tv =>", "line 1: 'tv =>' are no synonyms"),
        ("-, tv", "line 1: '-' has no word"), ("tv => -", "line 1: '-' has no word"),
        ("a => b => c", "line 1: 'a => b => c' are no synonyms"),
        ("\r\n\r\ntv", "line 3: 'tv' are no synonyms"),
    ],
)  # fmt: skip
def test_lines_that_say_nothing(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "s.txt").write_text(text)
    with pytest.raises(sl.ArgumentError, match=says):
        sl.Synonyms.read(tmp_path / "s.txt")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(sl.ArgumentError, match=r"none\.txt"):
        sl.Synonyms.read(tmp_path / "none.txt")
    file = tmp_path / "s.txt"
    file.write_bytes(b"tv, telly\ncaf\xe9, coffee\n")
    with pytest.raises(
        sl.ArgumentError, match=r"s\.txt, line 2: it is not UTF-8: save it as UTF-8$"
    ):
        sl.Synonyms.read(file)
    file.write_text(",".join(f"w{n}" for n in range(60)))
    with pytest.raises(sl.ArgumentError, match=r"s\.txt: 'w0' has more than 50 synonyms"):
        sl.Synonyms.read(file)


def test_words_with_a_number_sign(tmp_path: Path) -> None:
    file = tmp_path / "s.txt"
    file.write_bytes(b"# languages\r\nC#, csharp  # both ways\r\n")
    assert sl.Synonyms.read(file).of(("c#",)) == ("csharp",)


@pytest.mark.parametrize(
    "wrong", ["tv", 3, ["tv"], [3], {"tv": 3}, {"tv": None}, {3: "tv"}, [["tv", 3]]]
)
def test_what_is_no_list_of_synonyms(wrong: Any) -> None:
    with pytest.raises(sl.ArgumentTypeError):
        sl.Synonyms(wrong)


def test_too_many() -> None:
    with pytest.raises(sl.ArgumentError, match="more than 50"):
        sl.Synonyms({"tv": [f"w{n}" for n in range(51)]})
    assert len(sl.Synonyms({"tv": [f"w{n}" for n in range(50)]}).of(("tv",))) == 50
    assert len(sl.Synonyms({"tv": [*(f"w{n}" for n in range(50)), "w7", "TV"]}).of(("tv",))) == 50


def test_a_file_may_say_a_word_twice(tmp_path: Path) -> None:
    file = tmp_path / "s.txt"
    file.write_text("a, b => a, c\nb => d\nx, y, z\nx => x\n# a, b\n", encoding="utf-8")
    read = sl.Synonyms.read(file)
    words = {word: read.of((word,)) for word in "abcdxyz"}
    assert words == {"a": ("c",), "b": ("a", "c", "d"), "c": (), "d": (),
                     "x": ("y", "z"), "y": ("x", "z"), "z": ("x", "y")}  # fmt: skip
    assert repr(read) == "<Synonyms of 5 words>"
    assert read.longest == 1
    assert sl.Synonyms().longest == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("tv", "synonyms are a dict, or a list of lists, not 'tv'"),
        (3, "synonyms are a dict, or a list of lists, not 3"),
        (["tv"], "a group of synonyms is a list, not 'tv'"),
        ([["tv", 3]], "a synonym is text, not 3"),
        ({3: ["tv"]}, "a synonym is text, not 3"),
        ({"tv": ["..."]}, "'...' has no word in it"),
        ({"": ["tv"]}, "'' has no word in it"),
    ],
)
def test_what_is_wrong_is_said(wrong: Any, says: str) -> None:
    with pytest.raises((sl.ArgumentTypeError, sl.ArgumentError), match=re.escape(says)):
        sl.Synonyms(wrong)
