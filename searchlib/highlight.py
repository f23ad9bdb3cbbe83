"""Where a text has what was searched for, and the piece of it that shows this best.

:func:`spans` finds the marked places, :func:`snippet` cuts the best piece out of an article,
:func:`highlight` marks a whole one. Three forms: "text" with ``**`` around what matched, "html"
escaped with ``<mark>``, "terminal" in bold yellow (bold where NO_COLOR is set). Whatever an
article holds, no form lets a control character or a terminal escape through.

A text is looked at by its runs of non-blanks. A token never reaches over a blank, so what a run
holds depends on nothing else: it is worked out once and remembered, for all articles and queries.
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
from typing import Literal, NamedTuple

from searchlib import analysis
from searchlib.highlight_terms import HighlightTerm

__all__ = ["Form", "highlight", "printable", "snippet", "spans"]

Form = Literal["text", "html", "terminal"]

_RUN = re.compile(r"\S+")
_LONG_RUN = 64  # longer runs (Chinese has no blanks) are not remembered: they do not come again
_MEMO = 1 << 15  # runs remembered, by language; and by query

# Nothing of these reaches a terminal: C0 and C1 controls, line separators, stray surrogates.
_UNSAFE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_UNSAFE |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_UNSAFE_IN_LINES = {c: to for c, to in _UNSAFE.items() if c != ord("\n")}
# Embeddings and overrides of direction, which could make a line read as what it is not.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")

_SENTENCE = re.compile(r"""[.!?]["'”’)\]]*\s+(?=["'“‘(\[]*[^\W\d_a-z])|[。！？]["'”’」』）]*\s*""")
_ELLIPSIS = "…"
_BLANKLESS = "\u2e7f"  # characters after this one are mostly written without blanks


def printable(text: str, *, lines: bool = False) -> str:
    """The text made safe to print: controls become blanks, changes of direction are left out.

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
    """The text in one line with single blanks; tokens stay the same tokens."""
    flat = " ".join(text.split())
    return flat if flat.isprintable() else " ".join(flat.translate(_UNSAFE).split())


class _Token(NamedTuple):
    start: int
    end: int
    folded: str
    stem: str


def _analyse(run: str, language: str) -> tuple[_Token, ...]:
    found = []
    for match in analysis.TOKEN.finditer(run):
        folded = analysis.fold(match[0])
        found.append(_Token(*match.span(), folded, analysis.stem(folded, language)))
    return tuple(found)


_remembered = lru_cache(maxsize=_MEMO)(_analyse)


class _Place(NamedTuple):
    """A matched token of a run: its offsets, its number in the run, a bit a wanted word."""

    start: int
    end: int
    number: int
    bits: int


class _Hit(NamedTuple):
    """A place to mark in a text; ``unit`` is the number of the mark that it answers."""

    start: int
    end: int
    unit: int


_Words = dict[int, dict[int, tuple[int, int]]]  # a word's bit -> its number in the text -> span


@dataclass(frozen=True, slots=True)
class _Phrase:
    unit: int
    bits: tuple[int, ...]
    slop: int


class _Matcher(dict[str, tuple[int, tuple[_Place, ...]]]):
    """Marks made ready: run of non-blanks -> its number of tokens, and those that are wanted."""

    def __init__(self, marks: tuple[HighlightTerm, ...], language: str) -> None:
        super().__init__()
        self.language = language
        self.weights: list[int] = []
        self._stems: dict[str, int] = {}
        self._exacts: dict[str, int] = {}
        self._prefixes: list[tuple[str, int]] = []
        self._patterns: list[tuple[Callable[[str], object], int]] = []
        self._units: dict[int, int] = {}
        self._phrases: list[_Phrase] = []
        self._next = 1
        for unit, mark in enumerate(marks):
            self._take(unit, mark)

    def _take(self, unit: int, mark: HighlightTerm) -> None:
        self.weights.append(1)
        if mark.kind == "phrase" and len(mark.terms) > 1:
            bits = tuple(self._bit_of(term, mark.exact) for term in mark.terms)
            self._phrases.append(_Phrase(unit, bits, max(1, mark.slop)))
            self.weights[unit] = len(bits)
            return
        for term in mark.terms:
            if mark.kind == "prefix":
                bit = self._new_bit()
                self._prefixes.append((term, bit))
            elif mark.kind == "pattern":
                bit = self._new_bit()
                self._patterns.append((re.compile(term).fullmatch, bit))
            else:
                bit = self._bit_of(term, mark.exact)
            self._units.setdefault(bit, unit)

    def _bit_of(self, term: str, exact: bool) -> int:
        wanted = self._exacts if exact else self._stems
        if term not in wanted:
            wanted[term] = self._new_bit()
        return wanted[term]

    def _new_bit(self) -> int:
        bit, self._next = self._next, self._next << 1
        return bit

    def __missing__(self, run: str) -> tuple[int, tuple[_Place, ...]]:
        analyse = _remembered if len(run) <= _LONG_RUN else _analyse
        tokens = analyse(run, self.language)
        places = []
        for number, token in enumerate(tokens):
            bits = self._stems.get(token.stem, 0) | self._exacts.get(token.folded, 0)
            for prefix, bit in self._prefixes:
                if token.folded.startswith(prefix):
                    bits |= bit
            for full, bit in self._patterns:
                if full(token.folded):
                    bits |= bit
            if bits:
                places.append(_Place(token.start, token.end, number, bits))
        entry = (len(tokens), tuple(places))
        if len(run) <= _LONG_RUN:
            if len(self) >= _MEMO:
                self.clear()
            self[run] = entry
        return entry

    def hits(self, runs: list[str], starts: Callable[[], Sequence[int]]) -> list[_Hit]:
        """The places to mark in a text of these runs, in order; ``starts()`` are their offsets."""
        entries = list(map(self.__getitem__, runs))
        wanted = [run for run, entry in enumerate(entries) if entry[1]]
        if not wanted:
            return []
        offsets = starts()
        # The number of each run's first token matters only to phrases.
        numbers = list(accumulate((e[0] for e in entries), initial=0)) if self._phrases else offsets
        found: list[_Hit] = []
        words: _Words = {bit: {} for phrase in self._phrases for bit in phrase.bits}
        for run in wanted:
            at, number = offsets[run], numbers[run]
            for place in entries[run][1]:
                span = (at + place.start, at + place.end)
                bits = place.bits
                while bits:
                    bit = bits & -bits
                    bits ^= bit
                    if bit in self._units:
                        found.append(_Hit(*span, self._units[bit]))
                    if bit in words:
                        words[bit][number + place.number] = span
        if self._phrases:
            for phrase in self._phrases:
                found.extend(_phrase_hits(phrase, words))
            found.sort()
        return found


def _phrase_hits(phrase: _Phrase, words: _Words) -> Iterator[_Hit]:
    """One hit a whole phrase; with slop, one a word of it, for other words stand between."""
    first, *rest = phrase.bits
    for number in words[first]:
        # the number of the last word so far -> those of all the words so far
        paths: dict[int, tuple[int, ...]] = {number: (number,)}
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
            places = [words[bit][n] for bit, n in zip(phrase.bits, path, strict=True)]
            if phrase.slop == 1:
                yield _Hit(places[0][0], places[-1][1], phrase.unit)
            else:
                for start, end in places:
                    yield _Hit(start, end, phrase.unit)


@lru_cache(maxsize=64)
def _matcher(marks: tuple[HighlightTerm, ...], field: str | None, language: str) -> _Matcher:
    wanted = marks if field is None else tuple(mark for mark in marks if mark.field == field)
    return _Matcher(wanted, language)


def spans(
    text: str, marks: Sequence[HighlightTerm], *, field: str | None = None, language: str = "en"
) -> list[tuple[int, int]]:
    """The (start, end) offsets of what the marks match, in order, without overlaps.

    Only the marks of ``field`` count, if it is given. ``language`` is that of the field, whose
    stems the marks hold. A phrase is one span, or nothing where it is not whole.

    >>> phrase = HighlightTerm("body", "phrase", ("new", "york"), exact=True)
    >>> spans("A new mayor of New York", [phrase, HighlightTerm("body", "term", ("mayor",))])
    [(6, 11), (15, 23)]
    """
    matcher = _matcher(tuple(marks), field, language)
    runs = text.split()
    return _merged(matcher.hits(runs, lambda: [m.start() for m in _RUN.finditer(text)]))


def _merged(hits: list[_Hit]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end, _ in hits:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def highlight(
    text: str,
    marks: Sequence[HighlightTerm],
    *,
    field: str,
    language: str = "en",
    form: Form = "text",
) -> str:
    """The whole text in one of the forms, its lines kept, with what the marks match marked.

    >>> rice = HighlightTerm("body", "term", ("rice",))
    >>> highlight("Rice & oil\\nRice", [rice], field="body", form="html")
    '<mark>Rice</mark> &amp; oil\\n<mark>Rice</mark>'
    """
    safe = text if text.isprintable() else text.translate(_UNSAFE_IN_LINES)
    return _written(safe, spans(safe, marks, field=field, language=language), form)


def snippet(
    text: str,
    marks: Sequence[HighlightTerm],
    *,
    field: str,
    language: str = "en",
    width: int = 240,
    form: Form = "text",
) -> str:
    """The piece of a text that shows best why it was found, with what matched marked.

    The piece has the most different words, then whole phrases, then comes first; it is cut
    between sentences or words, with "…" where it is cut, and is at most ``width`` characters
    (at least 20), marks not counted. Without a match in this field it is the text's beginning.

    >>> text = "Wheat rose in Chicago.  Traders in Kansas City said that rain would help."
    >>> snippet(text, [HighlightTerm("body", "term", ("rain",))], field="body", width=45)
    '… in Kansas City said that **rain** would help.'
    """
    width = max(20, width)
    matcher = _matcher(tuple(marks), field, language)
    flat = _flat(text)
    hits = matcher.hits(runs := flat.split(" "), lambda: _starts(runs)) if matcher.weights else []
    if len(flat) <= width:
        return _written(flat, _merged(hits), form)
    first, last = _best(hits, matcher.weights, width - 4) if hits else (0, 0)
    start, end = _cut(flat, first, min(last, first + width - 4), width)
    before = _ELLIPSIS + " " if start else ""
    after = " " + _ELLIPSIS if end < len(flat) else ""
    inside = [
        (max(a, start) - start, min(b, end) - start)
        for a, b in _merged(hits)
        if a < end and b > start
    ]
    return before + _written(flat[start:end], inside, form) + after


def _starts(runs: list[str]) -> list[int]:
    """The offsets of runs with one blank between them."""
    return [n + length for n, length in enumerate(accumulate(map(len, runs), initial=0))]


def _best(hits: list[_Hit], weights: list[int], room: int) -> tuple[int, int]:
    """The (start, end) of the best group of hits that fits into ``room`` characters."""
    whole = sum(weights[unit] for unit in {hit.unit for hit in hits})
    inside: Counter[int] = Counter()
    weight = after = 0
    best, best_rank = (hits[0].start, hits[0].end), (0, 0)
    for number, hit in enumerate(hits):
        while after < len(hits) and (hits[after].end - hit.start <= room or after == number):
            unit = hits[after].unit
            weight += weights[unit] if not inside[unit] else 0
            inside[unit] += 1
            after += 1
        rank = (weight, sum(n for unit, n in inside.items() if weights[unit] > 1))
        if rank > best_rank:
            best, best_rank = (hit.start, max(h.end for h in hits[number:after])), rank
            if weight == whole and len(weights) == 1:
                break  # nothing later can be better than the first place of a single mark
        inside[hit.unit] -= 1
        weight -= weights[hit.unit] if not inside[hit.unit] else 0
    return best


def _cut(flat: str, first: int, last: int, width: int) -> tuple[int, int]:
    """Where to cut ``flat`` so that flat[first:last] is inside, in ``width`` with the "…"."""
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
    """The start of the sentence that the match is in, or as much of it as leaves room behind."""
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
    if blank >= 0 and (flat[low] <= _BLANKLESS or blank - low <= 20):
        return blank + 1
    return low if flat[low] > _BLANKLESS else first


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
    return blank if blank > 0 and (flat[limit] <= _BLANKLESS or limit - blank <= 20) else limit


def _written(text: str, marked: list[tuple[int, int]], form: Form) -> str:
    """The text in a form, with the spans marked, and nothing in it that could do harm."""
    opening, closing = _signs(form)
    pieces: list[str] = []
    at = 0
    for start, end in marked:
        pieces += (text[at:start], opening, text[start:end], closing)
        at = end
    pieces.append(text[at:])
    if form == "html":
        pieces[::2] = [html.escape(piece) for piece in pieces[::2]]
    joined = "".join(pieces)
    return joined if text.isprintable() else _DIRECTION.sub("", joined)


def _signs(form: Form) -> tuple[str, str]:
    if form == "text":
        return "**", "**"
    if form == "html":
        return "<mark>", "</mark>"
    if form == "terminal":
        return ("\x1b[1m" if os.environ.get("NO_COLOR") else "\x1b[1;33m"), "\x1b[0m"
    raise ValueError(f'no form {form!r}: use "text", "html" or "terminal"')
