"""HTML in a text, and words broken at the end of a line: :func:`prepare` takes them out.

The text keeps its length, so that places in the prepared text are places in the text. What is taken
out becomes blanks, or soft hyphens (which neither separate nor count) where the word goes on.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.entities import html5

__all__ = ["ELEMENTS", "prepare"]

_IGNORED = "\u00ad"

# The elements of HTML, also of its earlier versions.
_INLINE = (
    "a abbr acronym b basefont bdi bdo big cite code data del dfn em font i ins kbd mark nobr q "
    "ruby s samp small span strike strong sub sup time tt u var wbr"
)
_BLOCK = (
    "address applet area article aside audio base blink blockquote body br button canvas caption "
    "center col colgroup datalist dd details dialog dir div dl dt embed fieldset figcaption figure "
    "footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img "
    "input label legend li link main map marquee menu meta meter nav noframes noscript object ol "
    "optgroup option output p param picture pre progress rp rt script section select slot source "
    "style summary svg table tbody td template textarea tfoot th thead title tr track ul video"
)
#: Their names, in lower case.
ELEMENTS = frozenset((_INLINE + " " + _BLOCK).encode().split())
_NAMES = "|".join((_INLINE + " " + _BLOCK).split())
_VALUE = r"\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^\s\"'<>=]++)"
# (The soft hyphens are what a decoded &quot; has behind it.)
_ATTRIBUTES = rf"(?:[\s/\xad]++[A-Za-z_@:][-\w.:@]*+(?:{_VALUE})?+)*+[\s/\\\xad]*+>"
# A tag: of an element of HTML, or of any other if it is a closing tag, is closed in itself, or has
# a value in quotes. "<GM>" is a ticker, and "x<y" a comparison.
_MARKUP = re.compile(
    rf"</?(?P<name>{_NAMES})(?![-\w:.])(?!\s*+=){_ATTRIBUTES}"
    rf"|<[A-Za-z]\w*+:[A-Za-z][-\w.]*+{_ATTRIBUTES}"
    r"|</[A-Za-z][-\w:]*+\s*+>"
    r"|<[A-Za-z][-\w:]*+[^<>\"'=/@.]*+(?:/>|=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')[^<>]*+>)"
    r"|<(?:!(?i:DOCTYPE)|!\[(?:if|endif)\b|\?[a-z])[^<>]*+>|<!\[CDATA\[|<!--"
)
# What begins a part without text, and what ends it.
_NO_TEXT = {
    "<!--": re.compile("-->"),
    **{name: re.compile(rf"</{name}\s*+>", re.IGNORECASE) for name in ("script", "style")},
}
_INLINE_NAMES = frozenset([*_INLINE.split(), "<!--"])

# Entities; &amp;nbsp; is one that was escaped twice. Without the semicolon only those that are
# often written so, and not in an address ("?a=b&lt=c").
_ENTITY = re.compile(
    r"&(?:amp;)*(?:(?P<code>#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
    r"|(?P<bare>nbsp|quot|amp|lt|gt|#[0-9]{2,7})(?![\w=;]))"
)
_BROKEN = re.compile(r"[-\u2010¬](?<=[^\W\d_].)[ \t]*+\r?\n[ \t]*+(?=(?P<next>[^\W\d_]+))")
_BREAKS = "-\n", "-\r\n", "- \n", "-\t\n", "- \r", "\u2010", "¬"  # one is where it matches
_SOFT_BROKEN = re.compile(r"\u00ad(?<=[^\W_].)[ \t]*+\r?\n[ \t]*+(?=[^\W_])")
# What follows a hyphen that stands for the rest of a word: "Vor- und Nachteile".
_CONJUNCTIONS = frozenset(
    (
        "and", "or", "to", "und", "oder", "bis", "bzw", "sowie", "och", "eller", "og", "en",
        "of", "et", "ou", "y", "o", "e", "ja", "tai", "i", "ir", "un", "és", "vagy",
    )
)  # fmt: skip
_DIGITS_APART = re.compile(r"(?<![\w.,])(\d{1,3})((?:[\u00a0\u2009\u202f]\d{3})+)(?![\w])")
_FIXED = "\u00a0\u2009\u202f"
_FIXED_BLANKS = str.maketrans(dict.fromkeys(_FIXED, _IGNORED))


def prepare(text: str) -> str:
    """The text, of the same length, without tags, comments and scripts of HTML, with its entities
    decoded, with words whole that a hyphen breaks at the end of a line, and numbers that have fixed
    blanks in them.

    >>> prepare("<p>R&amp;D</p>").replace("\\xad", "~")
    '   R&~~~~D    '
    >>> prepare("inter-\\nnational").replace("\\xad", "~")
    'inter~~national'
    """
    if "<" in text:
        text = _without_markup(text)
    if "&" in text:
        decoded = _ENTITY.sub(_decoded, text)
        if "<" in decoded and decoded != text:
            decoded = _without_markup(decoded)
        text = decoded
    if "\n" in text and any(sign in text for sign in _BREAKS):
        text = _BROKEN.sub(_rejoined, text)
    if text.isascii():
        return text
    if "\u00ad" in text and "\n" in text:
        text = _SOFT_BROKEN.sub(lambda match: _IGNORED * len(match[0]), text)
    if any(blank in text for blank in _FIXED):
        text = _DIGITS_APART.sub(lambda match: match[0].translate(_FIXED_BLANKS), text)
    return text


def _without_markup(text: str) -> str:
    parts: list[str] = []
    end = 0
    for start, after, joins in _markup(text):
        parts += (text[end:start], (_IGNORED if joins else " ") * (after - start))
        end = after
    return "".join([*parts, text[end:]]) if parts else text


def _markup(text: str) -> Iterator[tuple[int, int, bool]]:
    """The runs of markup: where each begins and ends, and whether a word goes on behind it."""
    start = end = 0
    joins = True
    unclosed: set[str] = set()  # what has no end in the rest of the text
    at = text.find("<")
    while at >= 0:
        match = _MARKUP.match(text, at)
        if match is not None:
            if at > end:
                if end > start:
                    yield start, end, joins and _in_a_word(text, start, end)
                start, joins = at, True
            name = (match["name"] or match[0]).lower()
            joins = joins and name in _INLINE_NAMES
            end = match.end()
            if name in _NO_TEXT and name not in unclosed and match[0][1] != "/":
                closing = _NO_TEXT[name].search(text, end)
                if closing is None:
                    unclosed.add(name)
                else:
                    end = closing.end()
        at = text.find("<", max(at + 1, end))
    if end > start:
        yield start, end, joins and _in_a_word(text, start, end)


def _in_a_word(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()


def _decoded(match: re.Match[str]) -> str:
    entity, code = match[0], match["code"] or match["bare"]
    decoded = html.unescape(f"&{code};") if code[0] == "#" else html5.get(f"{code};", "")
    if not decoded:
        return entity  # no entity of HTML
    if decoded in ("<", ">") or decoded.isspace():
        blanks = " " * (len(entity) - 1)
        return blanks + decoded if decoded == "<" else decoded[0] + blanks
    return decoded + _IGNORED * (len(entity) - len(decoded))


def _rejoined(match: re.Match[str]) -> str:
    following = match["next"]
    if not following[0].islower() or following in _CONJUNCTIONS:
        return match[0]
    return _IGNORED * len(match[0])
