"""Regular expressions in queries: a subset that is safe to run on every term of an archive.

Letters, ``.``, ``[a-z]``, ``\\d \\w \\s``, ``( )``, ``|`` and the repeats ``* + ? {2,5}``. The
expression matches whole words. What could take exponential time is refused: a repeat inside a
repeat, back references, look-around. Letters are folded as words are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from searchlib.analysis import fold

__all__ = ["BadRegex", "anchored", "check_regex", "is_broad"]

_MAX_LENGTH = 256  # characters of an expression
_MAX_COUNT = 64  # the largest count in braces
_MAX_DEPTH = 20  # groups inside groups
_MIN_LETTERS = 3  # specific letters needed by an expression that does not begin with one
_MAX_EFFORT = 8192  # ways to try on one word, at worst
_SPECIAL = frozenset("\\.^$*+?{}[]()|")
_COUNT = re.compile(r"\{(\d{1,4})?(,)?(\d{1,4})?\}")
_CLASSES = frozenset("dwsDWS")
_BROAD_CLASSES = frozenset("wDWS")


class BadRegex(ValueError):
    """An expression that is refused: the place in it, what is wrong, and the cure.

    >>> BadRegex(0, 1, "nothing before the *", "write what is repeated").cure
    'write what is repeated'
    """

    def __init__(self, start: int, end: int, message: str, cure: str) -> None:
        super().__init__(f"{message}: {cure}")
        self.start = start
        self.end = end
        self.message = message
        self.cure = cure


@dataclass(slots=True)
class _Part:
    """A part of an expression: its folded text, and bounds on what it matches.

    ``letters`` is the least number of specific characters (not . or \\w), ``starts`` whether it
    begins with one, ``first`` the letter it must begin with, ``effort`` the number of ways to try
    it on one word, ``varies`` whether its repeats or alternatives leave a choice, ``empty``
    whether it matches the empty text.
    """

    text: str = ""
    letters: int = 0
    starts: bool = False
    first: str = ""
    effort: int = 1
    varies: bool = False
    empty: bool = True


@lru_cache(maxsize=1024)
def check_regex(text: str) -> str:
    """The expression folded, if it is safe to run; :class:`BadRegex` if not.

    >>> check_regex("^Colou?r$")
    'colou?r'
    >>> check_regex("(a+)+")
    Traceback (most recent call last):
    searchlib.query.regex.BadRegex: a repeat inside a repeat could take for ever: repeat one of them
    """
    if len(text) > _MAX_LENGTH:
        message = f"an expression of {len(text):,} characters"
        raise BadRegex(0, len(text), message, "write a shorter one")
    # A letter and its accent are one sign.
    return _Parser(unicodedata.normalize("NFC", text)).read().text


@lru_cache(maxsize=1024)
def is_broad(text: str) -> bool:
    """Whether a checked expression would match most words: it has too few specific letters.

    >>> is_broad(".*"), is_broad("col.*"), is_broad(".*tion")
    (True, False, False)
    """
    part = _Parser(text).read()
    return not part.starts and part.letters < _MIN_LETTERS


def anchored(text: str) -> str:
    """The expression for ``whoosh.query.Regex``, which matches at the beginning of words only.

    >>> anchored("colou?r"), anchored("red|green")
    ('colou?r$', '(?:red|green)$')
    """
    return f"(?:{text})$" if "|" in text else f"{text}$"


class _Parser:
    """Recursive-descent parser of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> _Part:
        if self._text.startswith("^"):
            self._at = 1
        part = self._alternatives()
        if self._at < len(self._text):
            raise self._problem(
                self._at, "a ) that was not opened", r"write \) for the sign itself"
            )
        if part.effort > _MAX_EFFORT:
            raise BadRegex(0, len(self._text), "too many choices to try", "use fewer * + ? and |")
        return part

    def _problem(self, start: int, message: str, cure: str) -> BadRegex:
        return BadRegex(start, min(len(self._text), max(start + 1, self._at)), message, cure)

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._text.startswith("|", self._at):
            self._at += 1
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        firsts = {part.first for part in parts}
        apart = "" not in firsts and len(firsts) == len(parts)
        effort = max(part.effort for part in parts)
        if not apart:
            effort = min(_MAX_EFFORT + 1, effort << min(20, len(parts) - 1))
        return _Part(
            "|".join(part.text for part in parts),
            min(part.letters for part in parts),
            all(part.starts for part in parts),
            effort=effort,
            varies=not apart or any(part.varies for part in parts),
            empty=any(part.empty for part in parts),
        )

    def _sequence(self) -> _Part:
        whole = _Part()
        texts: list[str] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if self._text[self._at] == "$" and self._at == len(self._text) - 1:
                self._at += 1
                break
            part = self._piece()
            if not texts:
                whole.first, whole.starts = part.first, part.starts
            texts.append(part.text)
            whole.letters += part.letters
            whole.effort = min(whole.effort * part.effort, _MAX_EFFORT + 1)
            whole.varies |= part.varies
            whole.empty &= part.empty
        whole.text = "".join(texts)
        return whole

    def _piece(self) -> _Part:
        start = self._at
        atom = self._atom()
        low, high = self._repeat(start)
        if (low, high) == (1, 1):
            return atom
        if atom.varies and high != 1:
            raise self._problem(
                start, "a repeat inside a repeat could take for ever", "repeat one of them"
            )
        if atom.empty:
            raise self._problem(start, "a repeat of nothing", "write what is repeated")
        sign = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
        ways = 1 if low == high else 2 if high == 1 else 16
        return _Part(
            atom.text + (sign or _braces(low, high)),
            atom.letters * low,
            atom.starts and low > 0,
            atom.first if low else "",
            min(_MAX_EFFORT + 1, atom.effort * ways),
            low != high or atom.varies,
            low == 0,
        )

    def _repeat(self, start: int) -> tuple[int, int | None]:
        sign = self._text[self._at : self._at + 1]
        if not sign or sign not in "*+?{":
            return 1, 1
        low: int
        high: int | None
        low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (1, 1))
        self._at += 1
        if sign == "{":
            match = _COUNT.match(self._text, self._at - 1)
            if match is None or not (match[1] or match[3]):
                raise self._problem(self._at - 1, "a { without its counts", "write a{2} or a{2,5}")
            self._at = match.end()
            low = int(match[1] or 0)
            high = (int(match[3]) if match[3] else None) if match[2] else low
            if max(low, high or 0) > _MAX_COUNT or (high is not None and (high < low or not high)):
                raise self._problem(
                    match.start(), f"{match[0]} is no count", f"counts go up to {_MAX_COUNT}"
                )
        if self._text[self._at : self._at + 1] in ("*", "+", "?", "{"):
            self._at += 1
            raise self._problem(start, "a repeat of a repeat", "write one of the signs")
        return low, high

    def _atom(self) -> _Part:
        sign = self._text[self._at]
        self._at += 1
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign == ".":
            return _Part(".", empty=False)
        if sign in "*+?{":
            raise self._problem(
                self._at - 1, f"nothing before the {sign}", "write what is repeated"
            )
        if sign in "^$":
            raise self._problem(
                self._at - 1, f"{sign} inside an expression", "it stands for a whole word already"
            )
        return _literal(sign)

    def _group(self) -> _Part:
        start = self._at - 1
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._problem(start, "groups inside groups", "write a simpler expression")
        if self._text.startswith("?", self._at):
            if not self._text.startswith("?:", self._at):
                self._at += 1
                raise self._problem(start, "groups that begin (? are not known", "write (a|b)")
            self._at += 2
        part = self._alternatives()
        if not self._text.startswith(")", self._at):
            raise self._problem(start, "a ( that is not closed", r"write \( for the sign itself")
        self._at += 1
        self._depth -= 1
        part.text = f"(?:{part.text})"
        return part

    def _escape(self) -> _Part:
        sign = self._text[self._at : self._at + 1]
        self._at += 1
        if sign and sign in _CLASSES:
            specific = sign not in _BROAD_CLASSES
            return _Part(f"\\{sign}", int(specific), specific, empty=False)
        if not sign or sign.isalnum():
            raise self._problem(
                self._at - 2, f"\\{sign} is not known here", r"use \d \w \s or the letter itself"
            )
        return _literal(sign)

    def _class(self) -> _Part:
        start = self._at - 1
        negated = self._text.startswith("^", self._at)
        self._at += negated
        members: list[str] = []
        while not self._text.startswith("]", self._at):
            low = self._member(start)
            rest = self._text[self._at : self._at + 2]
            if len(rest) == 2 and rest[0] == "-" and rest[1] != "]":
                self._at += 1
                high = self._member(start)
                if len(low) > 1 or len(high) > 1 or low > high:
                    raise self._problem(start, "a range of letters that is none", "write [a-z]")
                members.append(f"{_in_class(low)}-{_in_class(high)}")
            else:
                members.append(low if len(low) > 1 else _in_class(low))
        self._at += 1
        if not members:
            raise self._problem(start, "nothing between [ and ]", "write the letters")
        text = f"[{'^' if negated else ''}{''.join(members)}]"
        broad = negated or any(f"\\{c}" in members for c in _BROAD_CLASSES)
        return _Part(text, int(not broad), not broad, empty=False)

    def _member(self, start: int) -> str:
        sign = self._text[self._at : self._at + 1]
        self._at += 1
        if sign == "\\":
            sign = self._text[self._at : self._at + 1]
            self._at += 1
            if sign and sign in _CLASSES:
                return f"\\{sign}"
            if sign.isalnum():
                raise self._problem(self._at - 2, f"\\{sign} is not known here", r"use \d \w \s")
        if not sign:
            raise self._problem(start, "a [ that is not closed", r"write \[ for the sign itself")
        folded = fold(sign)
        return folded if len(folded) == 1 else sign


def _braces(low: int, high: int | None) -> str:
    if low == high:
        return f"{{{low}}}"
    return f"{{{low},{'' if high is None else high}}}"


def _literal(sign: str) -> _Part:
    folded = fold(sign) or sign  # a comma alone is folded to nothing
    text = "".join(f"\\{c}" if c in _SPECIAL else c for c in folded)
    if len(folded) > 1:
        text = f"(?:{text})"
    return _Part(text, 1, True, folded[:1], empty=False)


def _in_class(sign: str) -> str:
    return f"\\{sign}" if sign in "\\]^-[&~|" else sign
