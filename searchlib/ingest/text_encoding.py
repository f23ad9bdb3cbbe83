"""Which encoding a text file has: what its first bytes say, else UTF-8, else a guess."""

from __future__ import annotations

import codecs
import io
import re
from functools import lru_cache

__all__ = ["SAMPLE", "decoded", "encoding_of", "marked_encoding", "readable", "text_stream"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: The first bytes of a file, by which its format and its encoding are found.
SAMPLE = 1 << 16
_LONG = 4096  # bytes, of which one more is no sign of another encoding
_ESCAPED = re.compile("[\udc80-\udcff]")
# What letters of other encodings become in Windows-1252.
_SIGN_IN_WORD = re.compile(r"[a-z][¡-¿](?![\s,.;])|[¡-©¬-¸º-¿][a-z]|[^\x00-\x7f]{4}")
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,80}?encoding=[\"']([\w-]{2,30})|<meta[^>]{0,200}?charset=[\"']?([\w-]{2,30})",
    re.IGNORECASE,
)


def marked_encoding(start: bytes) -> str | None:
    """The encoding that the byte order mark at the start of a text says; None if it has none.

    >>> marked_encoding("a".encode("utf-16")), marked_encoding(b"a")
    ('utf-16', None)
    """
    return next((name for bom, name in _BOMS if start.startswith(bom)), None)


def encoding_of(sample: bytes, declared: str | None = None) -> str:
    """The encoding of a text, given its first bytes: that of a byte order mark, else UTF-8 if they
    are, else ``declared`` or what the text itself declares (XML, HTML), else the likeliest.

    >>> encoding_of("café".encode()), encoding_of("café".encode("utf-16"))
    ('utf-8', 'utf-16')
    >>> encoding_of(b"<?xml version='1.0' encoding='iso-8859-2'?><a>\\xb3\\xf3d\\xbc</a>")
    'iso8859-2'
    """
    if marked := marked_encoding(sample):
        return marked
    if _is_utf8(sample):
        return "utf-8"
    names = [declared or ""]
    if match := _DECLARED.search(sample[:4096]):
        names += [part.decode() for part in match.groups() if part]
    for name in names:
        try:
            found = codecs.lookup(name).name
        except LookupError:
            continue
        if found not in ("utf-8", "utf-16", "utf-32"):  # which it is not
            return found
    return _likeliest(sample)


def _is_utf8(sample: bytes) -> bool:
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        # A sample may end within a character; a short text, all in ASCII before that, will not.
        is_cut = error.end == len(sample) and error.reason == "unexpected end of data"
        return is_cut and (len(sample) >= _LONG or not sample[: error.start].isascii())
    return True


@lru_cache(maxsize=4)  # what tells of a file and what reads it ask for the same sample
def _likeliest(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    # The few bytes beyond ASCII of Western texts fit many encodings; nearly all are in this one.
    others = sum(byte > 127 for byte in sample)
    if others * 20 < len(sample) or len(sample) < 200:
        text = sample.decode("cp1252", "replace")
        if _SIGN_IN_WORD.search(text) is None and "\ufffd" not in text:
            return "cp1252"
    best = from_bytes(sample).best()
    return best.encoding if best is not None else "cp1252"


def decoded(data: bytes, declared: str | None = None) -> str:
    """The text of these bytes; what does not fit the encoding is replaced.

    >>> decoded("naïve".encode("cp1252"))
    'naïve'
    """
    return data.decode(encoding_of(data[:SAMPLE], declared), "replace").removeprefix("\ufeff")


def text_stream(stream: io.BufferedReader) -> io.TextIOWrapper:
    """The stream as text, whose line ends stay as they are. Bytes that do not fit its encoding are
    kept: see :func:`readable`.

    >>> text_stream(io.BufferedReader(io.BytesIO(b"caf\\xe9"))).read()
    'café'
    """
    encoding = encoding_of(stream.peek(SAMPLE)[:SAMPLE])
    return io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")


def readable(text: str) -> str:
    """A text of :func:`text_stream`; bytes that were not UTF-8 are read as Windows-1252.

    >>> readable("caf\\udce9")
    'café'
    """
    if text.isascii() or _ESCAPED.search(text) is None:
        return text
    return text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
