"""Highlighting: where a text matches, and the snippet that shows this best.

:func:`spans` finds what matches, :func:`snippet` cuts the best part out of an article,
:func:`highlight` marks a whole one. Three forms: "text" with ``**`` around what matched, "html"
escaped with ``<mark>``, "terminal" in bold magenta, which can be read on white and on black (in
bold alone where NO_COLOR is set). Whatever an article holds, no form lets a control character or a
terminal escape through.

A text is analysed by the rules of the archive, chunk by chunk: runs of characters between blanks of
the prepared text. A token never spans a blank there, so the tokens of a chunk depend on nothing
else: each chunk is analysed once and cached, for all articles and queries.

Words are marked wherever they are; the words of a positional part of a query, only where they make
it match (:mod:`searchlib.highlight_spans`). A *match* is an occurrence of one highlight as a whole,
by which the best part of a text is chosen, of which a part may be marked.
"""

from __future__ import annotations

import html
import os
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from typing import Literal, NamedTuple, get_args

from searchlib.analysis.rules import CURRENT_VERSION, rules
from searchlib.analysis.sentences import unit_starts
from searchlib.errors import ArgumentError
from searchlib.highlight_spans import (
    AnyNode,
    AtLeastNode,
    FirstNode,
    NearNode,
    PhraseNode,
    SameNode,
    SpanNode,
    TextWords,
    WordNode,
)
from searchlib.highlight_terms import Highlight, HighlightTerm

__all__ = ["Form", "check_form", "highlight", "printable", "snippet", "spans"]

Form = Literal["text", "html", "terminal"]

_GAP = re.compile(r"\s\s+")
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
_FIRST_UNSPACED = "\u2e80"  # scripts from here on mostly have no blanks between words


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
    surface: str
    term: str


def _analyse(chunk: str, language: str, version: int) -> tuple[_Token, ...]:
    by = rules(version)
    token_spans = by.token_spans(chunk)
    words = [by.word(token, language) for token in by.tokenize(chunk)]
    terms = by.terms(words, language)
    return tuple(
        _Token(start, end, by.surface(word), term)
        for (start, end), word, term in zip(token_spans, words, terms, strict=True)
    )


_analyse_cached = lru_cache(maxsize=_CACHE_SIZE)(_analyse)


class _ChunkMatch(NamedTuple):
    """A matched token of a chunk: its offsets, its position in the chunk, a bit for each word of
    the highlights that it matches."""

    start: int
    end: int
    position: int
    bits: int


class _Match(NamedTuple):
    """A span of a text that matches; ``number`` is that of the highlight it matches."""

    start: int
    end: int
    number: int


#: The matches and what is marked of them in a text, each in order.
_Found = tuple[list[_Match], list[tuple[int, int]]]


class _Matcher(dict[str, tuple[int, tuple[_ChunkMatch, ...]]]):
    """Highlights, compiled: chunk -> (number of its tokens, those that match)."""

    def __init__(self, highlights: tuple[Highlight, ...], language: str, version: int) -> None:
        self._language = language
        self._version = version
        #: Of each highlight: how many words a match of it has.
        self.weights: list[int] = []
        self._bits: dict[HighlightTerm, int] = {}  # of each word and pattern
        self._term_bits: dict[str, int] = {}  # the bits of a term, of a surface form
        self._surface_bits: dict[str, int] = {}
        self._prefixes: list[tuple[str, int]] = []
        self._patterns: list[tuple[Callable[[str], object], int]] = []
        self._numbers: dict[int, int] = {}  # a bit -> its highlight, if that is a word by itself
        self._nodes: list[tuple[int, SpanNode]] = []  # the other highlights
        for number, highlight in enumerate(highlights):
            self.weights.append(_weight(highlight))
            if isinstance(highlight, HighlightTerm) and not _is_phrase(highlight):
                self._numbers.setdefault(self._bit_of(highlight), number)
            else:
                self._nodes.append((number, self._node(highlight)))

    def _node(self, highlight: Highlight) -> SpanNode:
        if isinstance(highlight, HighlightTerm):
            if not _is_phrase(highlight):
                return WordNode(self._bit_of(highlight))
            words = (
                HighlightTerm(highlight.field, "term", (term,), highlight.exact)
                for term in highlight.terms
            )
            return PhraseNode([self._node(word) for word in words], max(1, highlight.slop))
        parts, number = [self._node(part) for part in highlight.parts], highlight.number
        if highlight.kind == "near":
            return NearNode(parts[0], parts[1], number, ordered=highlight.ordered)
        if highlight.kind == "same":
            return SameNode(parts[0], parts[1], highlight.unit)
        if highlight.kind == "phrase":
            return PhraseNode(parts, max(1, number))
        if highlight.kind == "atleast":
            return AtLeastNode(parts[0], number)
        if highlight.kind == "first":
            return FirstNode(parts[0], number)
        return AnyNode(parts)

    def _bit_of(self, word: HighlightTerm) -> int:
        bit = self._bits.get(word)
        if bit is not None:
            return bit
        bit = self._bits[word] = 1 << len(self._bits)
        for text in word.terms:
            if word.kind == "prefix":
                self._prefixes.append((text, bit))
            elif word.kind == "pattern":
                self._patterns.append((re.compile(text).fullmatch, bit))
            else:
                texts = self._surface_bits if word.exact else self._term_bits
                texts[text] = texts.get(text, 0) | bit
        for text in word.surface_forms:
            self._surface_bits[text] = self._surface_bits.get(text, 0) | bit
        return bit

    def __missing__(self, chunk: str) -> tuple[int, tuple[_ChunkMatch, ...]]:
        is_cached = len(chunk) <= _MAX_CACHED_CHUNK
        analyse = _analyse_cached if is_cached else _analyse
        tokens = analyse(chunk, self._language, self._version)
        matches = []
        for position, token in enumerate(tokens):
            bits = self._term_bits.get(token.term, 0) | self._surface_bits.get(token.surface, 0)
            for prefix, bit in self._prefixes:
                if token.surface.startswith(prefix):
                    bits |= bit
            for full, bit in self._patterns:
                if full(token.surface):
                    bits |= bit
            if bits:
                matches.append(_ChunkMatch(token.start, token.end, position, bits))
        entry = (len(tokens), tuple(matches))
        if is_cached:
            if len(self) >= _CACHE_SIZE:
                self.clear()
            self[chunk] = entry
        return entry

    def find(self, text: str, prepared: str) -> _Found:
        """What matches in a text, of which ``prepared`` is the form that is analysed: as places in
        the flat form of that."""
        chunks = prepared.split()
        entries = list(map(self.__getitem__, chunks))
        matching = [number for number, entry in enumerate(entries) if entry[1]]
        if not matching:
            return [], []
        starts = _starts(chunks)
        # Only spans need the position of each chunk's first token.
        counts = (count for count, _ in entries)
        positions = list(accumulate(counts, initial=0)) if self._nodes else starts
        matches: list[_Match] = []
        places: dict[int, tuple[int, int]] = {}  # position -> span in the text
        words: dict[int, list[int]] = {}  # bit -> positions
        for number in matching:
            offset, position = starts[number], positions[number]
            for match in entries[number][1]:
                span = (offset + match.start, offset + match.end)
                bits = match.bits
                while bits:
                    bit = bits & -bits
                    bits ^= bit
                    if bit in self._numbers:
                        matches.append(_Match(*span, self._numbers[bit]))
                    if self._nodes:
                        places[position + match.position] = span
                        words.setdefault(bit, []).append(position + match.position)
        marked = [(start, end) for start, end, _ in matches]
        if self._nodes:
            text_words = TextWords(words, partial(unit_starts, text, version=self._version))
            for number, node in self._nodes:
                spans = text_words.spans(node)
                found = node.members(text_words, spans)
                marked += {(places[first][0], places[last][1]) for first, last in found}
                shortest = dict(reversed(spans))  # of the spans from a word, that to the nearest
                matches += [
                    _Match(places[first][0], places[last][1], number)
                    for first, last in shortest.items()
                ]
            matches.sort()
            marked.sort()
        return matches, marked


def _is_phrase(term: HighlightTerm) -> bool:
    return term.kind == "phrase" and len(term.terms) > 1


def _weight(highlight: Highlight) -> int:
    """How many words a match of it has, at least."""
    if isinstance(highlight, HighlightTerm):
        return len(highlight.terms) if highlight.kind == "phrase" else 1
    weights = [_weight(part) for part in highlight.parts]
    return min(weights) if highlight.kind == "any" else sum(weights)


class _Blanks:
    """The blanks of a text that are more than one between words: places in the text <-> places in
    its flat form, which has single blanks. Only of characters that are no blanks."""

    def __init__(self, text: str) -> None:
        self._removed = [len(text) - len(text.lstrip())]  # up to each gap
        self._ends = [0]  # of each gap in the text, and in the flat form
        self._flat_ends = [0]
        for gap in _GAP.finditer(text, self._removed[0]):
            self._removed.append(self._removed[-1] + len(gap[0]) - 1)
            self._ends.append(gap.end())
            self._flat_ends.append(gap.end() - self._removed[-1])

    def to_flat(self, place: int) -> int:
        """A place in the text -> that in the flat form."""
        return place - self._removed[bisect_right(self._ends, place) - 1]

    def to_text(self, place: int) -> int:
        """A place in the flat form -> that in the text."""
        return place + self._removed[bisect_right(self._flat_ends, place) - 1]


@lru_cache(maxsize=64)
def _matcher(
    highlights: tuple[Highlight, ...], field: str | None, language: str, version: int
) -> _Matcher:
    of_field = [one for one in highlights if field is None or one.field == field]
    return _Matcher(tuple(of_field), language, version)


def spans(
    text: str,
    terms: Sequence[Highlight],
    *,
    field: str | None = None,
    language: str = "en",
    version: int = CURRENT_VERSION,
) -> list[tuple[int, int]]:
    """The (start, end) offsets of what is to be marked in a text, in order, without overlaps.

    With ``field`` only the highlights of that field count. ``language`` is that of the text, and
    ``version`` that of the rules by which the terms were made. A phrase is one span, or none where
    it is not whole.

    >>> phrase = HighlightTerm("body", "phrase", ("new", "york"), exact=True)
    >>> spans("A new mayor of New York", [phrase, HighlightTerm("body", "term", ("mayor",))])
    [(6, 11), (15, 23)]
    """
    matcher = _matcher(tuple(terms), field, language, version)
    prepared = rules(version).prepare(text)
    marked = matcher.find(text, prepared)[1]
    if not marked:
        return []
    to_text = _Blanks(prepared).to_text
    return _merged((to_text(start), to_text(end - 1) + 1) for start, end in marked)


def _merged(marked: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in marked:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def highlight(
    text: str,
    terms: Sequence[Highlight],
    *,
    field: str,
    language: str = "en",
    version: int = CURRENT_VERSION,
    form: Form = "text",
) -> str:
    """The whole text in one of the forms, its lines kept, with what matches marked.

    >>> rice = HighlightTerm("body", "term", ("rice",))
    >>> highlight("Rice & oil\\nRice", [rice], field="body", form="html")
    '<mark>Rice</mark> &amp; oil\\n<mark>Rice</mark>'
    """
    marked = spans(text, terms, field=field, language=language, version=version)
    safe = text if text.isprintable() else text.translate(_UNSAFE_IN_LINES)
    return _marked(safe, marked, form)


def snippet(
    text: str,
    terms: Sequence[Highlight],
    *,
    field: str,
    language: str = "en",
    version: int = CURRENT_VERSION,
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
    matcher = _matcher(tuple(terms), field, language, version)
    flat = _flat(text)
    matches: list[_Match] = []
    marked: list[tuple[int, int]] = []
    if matcher.weights:
        prepared = rules(version).prepare(text)
        matches, marked = matcher.find(text, prepared)
        # Most texts are prepared already, and have the same blanks in both flat forms.
        if matches and not (prepared == text and flat == " ".join(text.split())):
            to_text = _Blanks(prepared).to_text
            to_flat = _Blanks(text.translate(_UNSAFE)).to_flat

            def place(place_in_prepared: int) -> int:
                return to_flat(to_text(place_in_prepared))

            matches = [_Match(place(a), place(b - 1) + 1, number) for a, b, number in matches]
            marked = [(place(a), place(b - 1) + 1) for a, b in marked]
    if len(flat) <= width:
        return _marked(flat, _merged(marked), form)
    room = width - 4
    matches = _fitting(matches, marked, room)
    first, last = _best(matches, matcher.weights, room) if matches else (0, 0)
    start, end = _cut(flat, first, min(last, first + room), width)
    before = _ELLIPSIS + " " if start else ""
    after = " " + _ELLIPSIS if end < len(flat) else ""
    inside = [
        (max(a, start) - start, min(b, end) - start)
        for a, b in _merged(marked)
        if a < end and b > start
    ]
    return before + _marked(flat[start:end], inside, form) + after


def _fitting(matches: list[_Match], marked: list[tuple[int, int]], room: int) -> list[_Match]:
    """The matches that fit into ``room`` characters; of a highlight that has none, what is
    marked within its matches."""
    fitting = [match for match in matches if match.end - match.start <= room]
    if len(fitting) == len(matches):
        return matches
    numbers = {match.number for match in fitting}
    longer = [match for match in matches if match.number not in numbers]
    starts = [start for start, _ in marked]
    for start, end, number in longer:
        inside = marked[bisect_left(starts, start) : bisect_left(starts, end)]
        fitting += [_Match(*span, number) for span in inside]
    return sorted(set(fitting))


def _starts(chunks: Sequence[str]) -> list[int]:
    """The offsets of chunks with one blank between them."""
    return [n + length for n, length in enumerate(accumulate(map(len, chunks), initial=0))]


def _best(matches: list[_Match], weights: list[int], room: int) -> tuple[int, int]:
    """The (start, end) of the best group of matches that fits into ``room`` characters."""
    full_weight = sum(weights[number] for number in {match.number for match in matches})
    inside: Counter[int] = Counter()  # matches of each highlight within the window
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
    return start, _end(flat, last, start + width - 4)


def _start(flat: str, first: int, spare: int) -> int:
    """The start of the match's sentence, or of a later word if that is too far before it."""
    reach = spare * 2 // 3
    ends = [match.end() for match in _SENTENCE.finditer(flat, first - reach - 4, first + 1)]
    if ends and 0 <= first - ends[-1] <= reach:
        return ends[-1]
    return _word_start(flat, first - spare // 3, first)


def _word_start(flat: str, low: int, first: int) -> int:
    """The first start of a word from ``low`` on, up to ``first``."""
    if low == 0 or flat[low - 1] == " ":
        return low
    blank, is_spaced = flat.find(" ", low, first), flat[low] < _FIRST_UNSPACED
    if blank != -1 and (is_spaced or blank - low <= 20):
        return blank + 1
    return first if is_spaced else low


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
    return (
        blank if blank != -1 and (flat[limit] < _FIRST_UNSPACED or limit - blank <= 20) else limit
    )


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
    return ("\x1b[1m" if os.environ.get("NO_COLOR") else "\x1b[1;35m"), "\x1b[0m"
