"""The text of a fragment of HTML, with its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

__all__ = ["html_to_text", "is_html"]

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
))  # fmt: skip
_SKIPPED = frozenset(("script", "style", "template", "noscript", "iframe", "head", "svg"))
_CLOSING = {name: re.compile(rf"</{name}\b[^<>]*>", re.IGNORECASE) for name in _SKIPPED}
_TAG = re.compile(
    r"</?(?:p|div|br|span|a|b|i|em|strong|ul|ol|li|h[1-6]|img|figure|blockquote|table|td|tr|html"
    r"|body|section|article|script|style)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|nbsp|apos|[lr][sd]quo|[nm]dash|hellip);"
)
_MARKUP = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][\w:-]*)(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*'|[\"'])*+>"
    r"|<!--|<![^<>]*+>|<\?[^<>]*+>"
)
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")


def is_html(text: str) -> bool:
    """Whether a text has tags or entities of HTML.

    >>> is_html("<p>Rain</p>"), is_html("AT&amp;T"), is_html("a < b & c > d")
    (True, True, False)
    """
    return ("<" in text and _TAG.search(text) is not None) or (
        "&" in text and _ENTITY.search(text) is not None
    )


def html_to_text(html: str) -> str:
    """The text of a fragment of HTML: blocks become paragraphs with an empty line between them.

    >>> html_to_text("<p>It <b>rained</b> &amp; blew.</p><p>Then<br>it snowed.</p>")
    'It rained & blew.\\n\\nThen\\nit snowed.'
    """
    paragraphs: list[str] = []
    pieces: list[str] = []

    def end_paragraph() -> None:
        lines = "".join(pieces).split("\n")
        paragraph = "\n".join(_BLANKS.sub(" ", line).strip() for line in lines).strip()
        if paragraph:
            paragraphs.append(paragraph)
        pieces.clear()

    for text, tag in _parts(html):
        if text:
            # Line ends of the source are blanks; a newline in the pieces is that of <br>.
            pieces.append(_BLANKS.sub(" ", unescape(text)))
        if tag == "br":
            pieces.append("\n")
        elif tag in _BLOCKS:
            end_paragraph()
    end_paragraph()
    return "\n\n".join(paragraphs)


def _parts(html: str) -> Iterator[tuple[str, str]]:
    """Each text with the name of the tag after it, in one pass over the fragment, whatever is in
    it: the parser of the standard library takes quadratic time for a row of unclosed brackets."""
    at = 0
    never_closed: set[str] = set()
    while (match := _MARKUP.search(html, at)) is not None:
        name = (match["name"] or "").lower()
        yield html[at : match.start()], name
        at = match.end()
        if match[0] == "<!--":
            end = html.find("-->", at)
            at = len(html) if end < 0 else end + 3
        elif name in _SKIPPED and not match["end"] and not match[0].endswith("/>"):
            closing = None if name in never_closed else _CLOSING[name].search(html, at)
            if closing is None:
                never_closed.add(name)
            else:
                at = closing.end()
    yield html[at:], ""
