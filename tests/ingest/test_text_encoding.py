"""Encodings of texts."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest import text_encoding
from searchlib.ingest.text_encoding import decoded, encoding_of, readable, text_stream

POLISH = "Zażółć gęślą jaźń. W Łodzi padał deszcz, a w Krakowie świeciło słońce przez cały dzień. "
RUSSIAN = "В Москве весь день шёл дождь, а в Петербурге светило солнце. Погода изменится завтра. "


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_unicode(encoding: str) -> None:
    text = "Été à Łódź, 東京"
    if encoding == "utf-16-le":
        assert decoded(b"\xff\xfe" + text.encode(encoding)) == text
    else:
        assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Es stürmte über Köln – “heftig”", "cp1252"),
        ("naïve", "cp1252"),
        (POLISH * 20, "cp1250"),
        (RUSSIAN * 20, "cp1251"),
        (RUSSIAN * 20, "koi8-r"),
    ],
)
def test_older_encodings(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


def test_a_declared_encoding() -> None:
    text = "<?xml version='1.0' encoding='windows-1250'?><a>Łódź</a>"
    assert decoded(text.encode("cp1250")) == text
    assert decoded("Łódź".encode("cp1250"), "windows-1250") == "Łódź"
    # A page that says so wrongly.
    text = "<html><meta charset='iso-8859-1'><p>Łódź</p>"
    assert decoded(text.encode()) == text
    assert decoded(b"<meta charset='foo'>caf\xe9") == "<meta charset='foo'>café"


@given(st.text(max_size=100).filter(lambda text: not text.startswith("\ufeff")))
def test_utf_8_is_told_also_when_it_is_cut(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    assert encoding_of(data) == "utf-8"
    cut = (data + "éé".encode())[:-1]
    assert encoding_of(cut) == "utf-8"
    assert encoding_of(b"a" * 5000 + "é".encode()[:1]) == "utf-8"


def test_what_only_looks_like_a_cut() -> None:
    assert encoding_of(b"a" * 4095 + b"\xc3") == "utf-8"
    assert encoding_of(b"a" * 4094 + b"\xc3") == "cp1252"  # too short to be a sample
    assert encoding_of("café ".encode() + b"\xff") != "utf-8"  # begins no character


def test_bytes_that_do_not_fit_are_kept() -> None:
    stream = io.BufferedReader(io.BytesIO("é\n".encode() * 50_000 + b"caf\xe9"))
    text = text_stream(stream)
    assert text.encoding == "utf-8"
    assert readable(text.read()[-4:]) == "café"


def test_what_does_not_fit_is_replaced_and_a_mark_at_the_start_goes() -> None:
    assert decoded(b"\xef\xbb\xbfrain") == "rain"
    assert decoded("a\ufeffrain".encode()) == "a\ufeffrain"
    late = b"rain " * 20_000  # longer than what is looked at to tell the encoding
    assert decoded(late + b"\xff") == late.decode() + "\ufffd"


@pytest.mark.parametrize(
    ("data", "declared", "encoding"),
    [
        (b"", None, "utf-8"), (b"\xef\xbb\xbfx", None, "utf-8-sig"),
        (b"\xff\xfe\0\0x\0\0\0", None, "utf-32"), (b"\0\0\xfe\xff\0\0\0x", None, "utf-32"),
        (b"\xfe\xff\0x", None, "utf-16"), (b"\xff\xfex\0", None, "utf-16"),
        (b"caf\xe9", "latin-1", "iso8859-1"), (b"caf\xe9", "utf-8", "cp1252"),
        (b"caf\xe9", "utf-16", "cp1252"), (b"caf\xe9", "utf-32", "cp1252"),
        (b"caf\xe9", "nonsense", "cp1252"), ("café".encode(), "latin-1", "utf-8"),
        (b"caf\xe9 <meta charset=iso-8859-2>", None, "iso8859-2"),
        (b"caf\xe9 <meta charset=iso-8859-2>", "koi8-r", "koi8-r"),
        (b"caf\xe9 <META content='text/html; charset=iso-8859-2'>", "foo", "iso8859-2"),
        (b"<?xml version='1.0' encoding=\"koi8-r\"?>caf\xe9", None, "koi8-r"),
        (b"<?xml encoding='utf-8'?>caf\xe9 <meta charset=koi8-r>", None, "cp1252"),
        (b" " * 4075 + b"<meta charset=koi8-r>\xe9 ", None, "koi8-r"),
        (b" " * 4076 + b"<meta charset=koi8-r>\xe9 ", None, "koi8-r"),
        (b" " * 4077 + b"<meta charset=koi8-r>\xe9 ", None, "cp1252"),
        (b"caf\xc3", None, "cp1252"), (b"\xc3\xa9 caf\xc3", None, "utf-8"),
        (b"\xc3\xa9 caf\xc3 ", None, "cp1252"), (b"\xe9\xe9\xe9", None, "cp1252"),
    ],
)  # fmt: skip
def test_which_encoding_a_text_has(data: bytes, declared: str | None, encoding: str) -> None:
    assert encoding_of(data, declared) == encoding


def test_readable_texts_stay_as_they_are() -> None:
    for text in ("rain", "café", "\ud800"):
        assert readable(text) is text
    assert readable("é \udce9") == "Ã© é"  # of which some were no UTF-8


@pytest.mark.parametrize(
    ("data", "is_western"),
    [
        (b"a" * 179 + b"\xe9 " * 10, True),  # short
        (b"a" * 180 + b"\xe9 " * 10, False),  # one of twenty
        (b"a" * 181 + b"\xe9 " * 10, True),
        (b"a" * 180 + b"\xe9 " * 9 + b"\x7f ", True),  # which is ASCII
        (b"a" * 180 + b"\xe9 " * 9 + b"\x80 ", False), (b"a" * 9000 + b" \xe9", True),
        (b"ma\xbfn", False), (b"ma\xbf, ", True), (b"\xe9\xe9\xe9\xe9", False),
        (b"\xe9\xe9\xe9", True), (b"\xbam", False), (b"\xabm", True), (b"a \x81", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("guess", ["cp1250", None])
def test_when_other_encodings_are_tried(
    data: bytes, is_western: bool, guess: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where bytes are many, or would be signs within words; what none fits is Western too."""
    best = None if guess is None else SimpleNamespace(encoding=guess)
    found = SimpleNamespace(best=lambda: best)
    monkeypatch.setattr("charset_normalizer.from_bytes", lambda _: found)
    likeliest = text_encoding._likeliest.__wrapped__
    assert likeliest(data) == ("cp1252" if is_western or guess is None else guess)
