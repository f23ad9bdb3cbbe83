"""Highlighting: where a text matches, and the snippet that shows this best.

:func:`spans` finds what matches, :func:`snippet` cuts the best part out of an article,
:func:`highlight` marks a whole one. Three forms: "text" with ``**`` around what matched, "html"
escaped with ``<mark>``, "terminal" in bold yellow (bold where NO_COLOR is set). Whatever an
article holds, no form lets a control character or a terminal escape through.

A text is analysed by its chunks, runs of characters between blanks. A token never spans a blank,
so the tokens of a chunk depend on nothing else: each chunk is analysed once and cached, for all
articles and queries.
"""

from __future__ import annotations

import html
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple, get_args

from searchlib import analysis
from searchlib.errors import ArgumentError
from searchlib.highlight_terms import HighlightTerm

__all__ = ["Form", "check_form", "highlight", "printable", "snippet", "spans"]

Form = Literal["text", "html", "terminal"]

_CHUNK = re.compile(r"\S+")
_MAX_CACHED_CHUNK = 64  # characters; longer chunks (Chinese has no blanks) hardly ever come again
_CACHE_SIZE = 1 << 15  # chunks cached for each language, and for each query

# None of these reaches a terminal: C0 and C1 controls, line separators, stray surrogates.
_UNSAFE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_UNSAFE |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_UNSAFE_IN_LINES = {c: to for c, to in _UNSAFE.items() if c != ord("\n")}
# Embeddings and overrides of direction, which could make a line read as something else.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")

_SENTENCE = re.compile(r"""[.!?]["'”’)\]]*\s+(?=["'“‘(\[]*[^\W\d_a-z])|[。！？]["'”’」』）]*\s*""")
_ELLIPSIS = "…"
_LAST_SPACED = "\u2e7f"  # scripts after this character mostly have no blanks between words


def printable(text: str, *, lines: bool = False) -> str:
    """The text made safe to print: controls become blanks, direction overrides are removed.

    Without ``lines``, runs of blanks and line ends become one blank.

    >>> printable("red \\x1b[31malert\\n now")
    'red [31malert now'
    """
    if lines:
        if not text.isprintable():
            text = _DIRECTION.sub("", text.translate(_UNSAFE_IN_LINES))
        return text
    return _DIRECTION.sub("", _flat(text))


def _flat(text: str) -> str:
    """The text in one line with single blanks; it has the same tokens."""
    flat = " ".join(text.split())
    return flat if flat.isprintable() else " ".join(flat.translate(_UNSAFE).split())


class _Token(NamedTuple):
    start: int
    end: int
    folded: str
    stem: str


def _analyse(chunk: str, language: str) -> tuple[_Token, ...]:
    tokens = []
    for match in analysis.TOKEN.finditer(chunk):
        folded = analysis.fold(match[0])
        tokens.append(_Token(*match.span(), folded, analysis.stem(folded, language)))
    return tuple(tokens)


_analyse_cached = lru_cache(maxsize=_CACHE_SIZE)(_analyse)


class _ChunkMatch(NamedTuple):
    """A matched token of a chunk: its offsets, its position in the chunk, a bit for each term."""

    start: int
    end: int
    position: int
    bits: int


class _TextMatch(NamedTuple):
    """A span of a text that matches; ``number`` is that of the highlight term it matches."""

    start: int
    end: int
    number: int


_Positions = dict[int, dict[int, tuple[int, int]]]  # a term's bit -> position in the text -> span


@dataclass(frozen=True, slots=True)
class _Phrase:
    number: int
    bits: tuple[int, ...]
    slop: int


class _Matcher(dict[str, tuple[int, tuple[_ChunkMatch, ...]]]):
    """Highlight terms, compiled: chunk -> (number of its tokens, those that match)."""

    def __init__(self, terms: tuple[HighlightTerm, ...], language: str) -> None:
        super().__init__()
        self.language = language
        self.weights: list[int] = []  # of each highlight term: how many words it has
        self._stems: dict[str, int] = {}
        self._exacts: dict[str, int] = {}
        self._prefixes: list[tuple[str, int]] = []
        self._patterns: list[tuple[Callable[[str], object], int]] = []
        self._numbers: dict[int, int] = {}  # a bit -> its highlight term, if that is no phrase
        self._phrases: list[_Phrase] = []
        self._next_bit = 1
        for number, term in enumerate(terms):
            self._add(number, term)

    def _add(self, number: int, term: HighlightTerm) -> None:
        self.weights.append(1)
        if term.kind == "phrase" and len(term.terms) > 1:
            bits = tuple(self._bit_of(text, term.exact) for text in term.terms)
            self._phrases.append(_Phrase(number, bits, max(1, term.slop)))
            self.weights[number] = len(bits)
            return
        for text in term.terms:
            if term.kind == "prefix":
                bit = self._new_bit()
                self._prefixes.append((text, bit))
            elif term.kind == "pattern":
                bit = self._new_bit()
                self._patterns.append((re.compile(text).fullmatch, bit))
            else:
                bit = self._bit_of(text, term.exact)
            self._numbers.setdefault(bit, number)

    def _bit_of(self, text: str, exact: bool) -> int:
        bits = self._exacts if exact else self._stems
        if text not in bits:
            bits[text] = self._new_bit()
        return bits[text]

    def _new_bit(self) -> int:
        bit, self._next_bit = self._next_bit, self._next_bit << 1
        return bit

    def __missing__(self, chunk: str) -> tuple[int, tuple[_ChunkMatch, ...]]:
        analyse = _analyse_cached if len(chunk) <= _MAX_CACHED_CHUNK else _analyse
        tokens = analyse(chunk, self.language)
        matches = []
        for position, token in enumerate(tokens):
            bits = self._stems.get(token.stem, 0) | self._exacts.get(token.folded, 0)
            for prefix, bit in self._prefixes:
                if token.folded.startswith(prefix):
                    bits |= bit
            for full, bit in self._patterns:
                if full(token.folded):
                    bits |= bit
            if bits:
                matches.append(_ChunkMatch(token.start, token.end, position, bits))
        entry = (len(tokens), tuple(matches))
        if len(chunk) <= _MAX_CACHED_CHUNK:
            if len(self) >= _CACHE_SIZE:
                self.clear()
            self[chunk] = entry
        return entry

    def matches(self, chunks: list[str], starts: Callable[[], Sequence[int]]) -> list[_TextMatch]:
        """What matches in a text of these chunks, in order; ``starts()`` are their offsets."""
        entries = list(map(self.__getitem__, chunks))
        matching = [number for number, entry in enumerate(entries) if entry[1]]
        if not matching:
            return []
        offsets = starts()
        # Only phrases need the position of each chunk's first token.
        counts = (count for count, _ in entries)
        positions = list(accumulate(counts, initial=0)) if self._phrases else offsets
        matches: list[_TextMatch] = []
        words: _Positions = {bit: {} for phrase in self._phrases for bit in phrase.bits}
        for number in matching:
            offset, position = offsets[number], positions[number]
            for match in entries[number][1]:
                span = (offset + match.start, offset + match.end)
                bits = match.bits
                while bits:
                    bit = bits & -bits
                    bits ^= bit
                    if bit in self._numbers:
                        matches.append(_TextMatch(*span, self._numbers[bit]))
                    if bit in words:
                        words[bit][position + match.position] = span
        if self._phrases:
            for phrase in self._phrases:
                matches.extend(_phrase_matches(phrase, words))
            matches.sort()
        return matches


def _phrase_matches(phrase: _Phrase, words: _Positions) -> Iterator[_TextMatch]:
    """One match a whole phrase; with slop one a word, since other words stand between them."""
    first, *rest = phrase.bits
    for position in words[first]:
        # the position of the last word so far -> those of all the words so far
        paths: dict[int, tuple[int, ...]] = {position: (position,)}
        for bit in rest:
            paths = {
                after: (*path, after)
                for last, path in paths.items()
                for after in range(last + 1, last + phrase.slop + 1)
                if after in words[bit]
            }
            if not paths:
                break
        else:
            path = min(paths.values())
            spans = [words[bit][n] for bit, n in zip(phrase.bits, path, strict=True)]
            if phrase.slop == 1:
                yield _TextMatch(spans[0][0], spans[-1][1], phrase.number)
            else:
                for start, end in spans:
                    yield _TextMatch(start, end, phrase.number)


@lru_cache(maxsize=64)
def _matcher(terms: tuple[HighlightTerm, ...], field: str | None, language: str) -> _Matcher:
    of_field = terms if field is None else tuple(term for term in terms if term.field == field)
    return _Matcher(of_field, language)


def spans(
    text: str, terms: Sequence[HighlightTerm], *, field: str | None = None, language: str = "en"
) -> list[tuple[int, int]]:
    """The (start, end) offsets of what the highlight terms match, in order, without overlaps.

    With ``field`` only the terms of that field count. ``language`` is that of the field, by whose
    stemmer the terms were made. A phrase is one span, or none where it is not whole.

    >>> phrase = HighlightTerm("body", "phrase", ("new", "york"), exact=True)
    >>> spans("A new mayor of New York", [phrase, HighlightTerm("body", "term", ("mayor",))])
    [(6, 11), (15, 23)]
    """
    matcher = _matcher(tuple(terms), field, language)
    chunks = text.split()
    return _merged(matcher.matches(chunks, lambda: [m.start() for m in _CHUNK.finditer(text)]))


def _merged(matches: list[_TextMatch]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end, _ in matches:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def highlight(
    text: str,
    terms: Sequence[HighlightTerm],
    *,
    field: str,
    language: str = "en",
    form: Form = "text",
) -> str:
    """The whole text in one of the forms, its lines kept, with what matches marked.

    >>> rice = HighlightTerm("body", "term", ("rice",))
    >>> highlight("Rice & oil\\nRice", [rice], field="body", form="html")
    '<mark>Rice</mark> &amp; oil\\n<mark>Rice</mark>'
    """
    safe = text if text.isprintable() else text.translate(_UNSAFE_IN_LINES)
    return _marked(safe, spans(safe, terms, field=field, language=language), form)


def snippet(
    text: str,
    terms: Sequence[HighlightTerm],
    *,
    field: str,
    language: str = "en",
    width: int = 240,
    form: Form = "text",
) -> str:
    """The part of a text that shows best why it was found, with what matches marked.

    It is the part with the most different words, then the most whole phrases, then the first. It
    is cut between sentences or words, with "…" where it is cut, and has at most ``width``
    characters (at least 20), marks not counted. Without a match it is the beginning of the text.

    >>> text = "Wheat rose in Chicago.  Traders in Kansas City said that rain would help."
    >>> snippet(text, [HighlightTerm("body", "term", ("rain",))], field="body", width=45)
    '… in Kansas City said that **rain** would help.'
    """
    width = max(20, width)
    matcher = _matcher(tuple(terms), field, language)
    flat = _flat(text)
    matches: list[_TextMatch] = []
    if matcher.weights:
        chunks = flat.split(" ")
        matches = matcher.matches(chunks, lambda: _starts(chunks))
    if len(flat) <= width:
        return _marked(flat, _merged(matches), form)
    first, last = _best(matches, matcher.weights, width - 4) if matches else (0, 0)
    start, end = _cut(flat, first, min(last, first + width - 4), width)
    before = _ELLIPSIS + " " if start else ""
    after = " " + _ELLIPSIS if end < len(flat) else ""
    inside = [
        (max(a, start) - start, min(b, end) - start)
        for a, b in _merged(matches)
        if a < end and b > start
    ]
    return before + _marked(flat[start:end], inside, form) + after


def _starts(chunks: list[str]) -> list[int]:
    """The offsets of chunks with one blank between them."""
    return [n + length for n, length in enumerate(accumulate(map(len, chunks), initial=0))]


def _best(matches: list[_TextMatch], weights: list[int], room: int) -> tuple[int, int]:
    """The (start, end) of the best group of matches that fits into ``room`` characters."""
    full_weight = sum(weights[number] for number in {match.number for match in matches})
    inside: Counter[int] = Counter()  # matches of each highlight term within the window
    weight = after = 0
    best, best_rank = (matches[0].start, matches[0].end), (0, 0)
    for first, match in enumerate(matches):
        while after < len(matches) and (matches[after].end - match.start <= room or after == first):
            number = matches[after].number
            weight += weights[number] if not inside[number] else 0
            inside[number] += 1
            after += 1
        rank = (weight, sum(count for number, count in inside.items() if weights[number] > 1))
        if rank > best_rank:
            best, best_rank = (match.start, max(m.end for m in matches[first:after])), rank
            if weight == full_weight and len(weights) == 1:
                break  # with a single highlight term, no later window can be better
        inside[match.number] -= 1
        weight -= weights[match.number] if not inside[match.number] else 0
    return best


def _cut(flat: str, first: int, last: int, width: int) -> tuple[int, int]:
    """Where to cut ``flat``: (start, end) around flat[first:last], ``width`` long with the "…"."""
    tail = len(flat) - width + 2
    if last <= width - 2:
        return 0, _end(flat, last, width - 2)
    if first >= tail:
        return _word_start(flat, tail, first), len(flat)
    start = _start(flat, first, width - 4 - (last - first))
    if start >= tail:
        return start, len(flat)
    return start, _end(flat, last, start + width - 4)


def _start(flat: str, first: int, spare: int) -> int:
    """The start of the match's sentence, or of a later word if that is too far before it."""
    sentence = 0
    for match in _SENTENCE.finditer(flat, max(0, first - spare * 2 // 3 - 4), first + 1):
        sentence = match.end()
    if 0 <= first - sentence <= spare * 2 // 3:
        return sentence
    return _word_start(flat, max(0, first - spare // 3), first)


def _word_start(flat: str, low: int, first: int) -> int:
    """The first start of a word from ``low`` on, up to ``first``."""
    if low == 0 or flat[low - 1] == " ":
        return low
    blank = flat.find(" ", low, first)
    if blank >= 0 and (flat[low] <= _LAST_SPACED or blank - low <= 20):
        return blank + 1
    return low if flat[low] > _LAST_SPACED else first


def _end(flat: str, last: int, limit: int) -> int:
    """The last end of a sentence near ``limit``, else of a word, but not before ``last``."""
    sentence = 0
    for match in _SENTENCE.finditer(flat, max(last, limit - limit // 4, limit - 60)):
        if match.end() > limit + 1:
            break
        sentence = len(flat[: match.end()].rstrip())
    if sentence:
        return sentence
    blank = flat.rfind(" ", last, limit + 1)
    return blank if blank > 0 and (flat[limit] <= _LAST_SPACED or limit - blank <= 20) else limit


def check_form(form: object) -> None:
    """Raise if this is no form of highlighted text.

    >>> check_form("xml")
    Traceback (most recent call last):
    searchlib.errors.ArgumentError: form is "text", "html" or "terminal", not 'xml'
    """
    if form not in get_args(Form):
        raise ArgumentError(f'form is "text", "html" or "terminal", not {form!r}')


def _marked(text: str, matches: list[tuple[int, int]], form: Form) -> str:
    """The text in a form, safe to show, with these spans marked."""
    opening, closing = _delimiters(form)
    pieces: list[str] = []
    position = 0
    for start, end in matches:
        pieces += (text[position:start], opening, text[start:end], closing)
        position = end
    pieces.append(text[position:])
    if form == "html":
        pieces[::2] = [html.escape(piece) for piece in pieces[::2]]
    joined = "".join(pieces)
    return joined if text.isprintable() else _DIRECTION.sub("", joined)


def _delimiters(form: Form) -> tuple[str, str]:
    if form == "text":
        return "**", "**"
    if form == "html":
        return "<mark>", "</mark>"
    check_form(form)
    return ("\x1b[1m" if os.environ.get("NO_COLOR") else "\x1b[1;33m"), "\x1b[0m"
