"""Words, phrases and patterns of a query, and typed values in their place."""

from __future__ import annotations

import re
from typing import NoReturn

from searchlib.analysis import fold_keyword
from searchlib.dates import DateSettings
from searchlib.query.diagnostics import refuse
from searchlib.query.lexer import OPERATORS, Lexer
from searchlib.query.limits import Limits
from searchlib.query.regex import BadRegex, check_regex, is_broad
from searchlib.query.syntax import (
    Everything,
    Has,
    Near,
    Node,
    Pattern,
    Period,
    Phrase,
    Range,
    Value,
    Word,
)
from searchlib.query.terms import folded
from searchlib.query.values import read_number, read_period
from searchlib.schema import Date, Field, Key, Keyword, Number, Schema, Text

__all__ = ["Words"]

_SMALL = frozenset(("and", "or", "not", "near", "same"))
# Letters, their marks in the scripts that write vowels so, and the signs of a pattern.
_LETTER = r"[^\W_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u06d6-\u06ed\u0900-\u0eff*?'’&]"
_GLOB = re.compile(rf"(?:{_LETTER})+\Z")
_BETWEEN = re.compile(rf"(?:(?!{_LETTER}).)+", re.DOTALL)
_SIGNS = re.compile(r"[\s()|^\"“”„‟＂«»⁄]")
_LETTERS = 3  # what a pattern without a beginning needs, in letters
_COMPARED = re.compile(r"([A-Za-z]\w*)(?=[<>]=?)", re.ASCII)


class Words:
    """The part of the parser that reads one word or phrase; the rest is built on it."""

    _lexer: Lexer

    def __init__(self, text: str, schema: Schema, dates: DateSettings, limits: Limits) -> None:
        self._text = text
        self._schema = schema
        self._dates = dates
        self._limits = limits
        self._depth = 0
        self._clauses = 0
        self.notes: list[str] = []

    def _stop(self, code: str, message: str, cure: str) -> NoReturn:
        """Refuse the query because of the current token."""
        lexer = self._lexer
        refuse(code, lexer.start, max(lexer.end, lexer.start + 1), message, cure, self._text)

    def _say(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            self._too_deep()

    def _too_deep(self) -> NoReturn:
        message = f"brackets and operators go deeper than {self._limits.depth}"
        self._stop("too-deep", message, "write it with fewer")

    def _kind(self, field: str | None) -> type[Field]:
        return Text if field is None else type(self._schema.fields[field])

    def _typed(self, field: str | None, at: int, start: int | None = None) -> Node:
        """The date or number at an offset; the token after it becomes the current one."""
        assert field is not None
        begin = at if start is None else start
        node: Node
        if self._kind(field) is Date:
            interval, first, end = read_period(self._text, at, field, self._dates)
            node = Period(field, interval, self._text[first:end], span=(begin, end))
        else:
            low, high, low_open, high_open, end = read_number(self._text, at, field)
            node = Range(field, low, high, low_open, high_open, span=(begin, end))
        self._lexer.seek(end)
        return node

    def _quote(self, field: str | None) -> Node:
        lexer = self._lexer
        inside, slop_text = lexer.match["inside"], lexer.match["slop"]
        if lexer.kind == "guillemets":
            inside, slop_text = lexer.match["within"], None
        span, kind = (lexer.start, lexer.end), self._kind(field)
        slop, most = 1, self._limits.distance
        if slop_text is not None:
            slop = int(slop_text[:9]) if slop_text.isascii() and slop_text.isdigit() else 0
            if not 0 < slop <= most:
                cure = f'write a number from 1 to {most:,}: "two words"~5'
                self._stop("bad-distance", f"{slop_text[:20] or 'nothing'} is no distance", cure)
        if field is not None and kind in (Keyword, Key):
            node: Node = self._value(_unescaped(inside), span, field)
        else:
            node = self._phrase(inside, span, field, slop)
        lexer.advance()
        return node

    def _phrase(self, inside: str, span: tuple[int, int], field: str | None, slop: int) -> Node:
        if "*" in inside and slop == 1 and (made := self._patterned(inside, span, field)):
            return made
        tokens = folded(inside)
        most = self._limits.phrase
        if not tokens:
            self._stop("empty-quote", "there is no word in these quotes", "write words in them")
        if len(tokens) > most:
            message = f"a phrase of {len(tokens):,} words"
            self._stop("phrase-too-long", message, f"a phrase has at most {most:,}")
        return Phrase(tokens, field, 1 if len(tokens) == 1 else slop, span=span)

    def _patterned(self, inside: str, span: tuple[int, int], field: str | None) -> Node | None:
        """A phrase with patterns in it: words and patterns one after another."""
        parts: list[Node] = []
        for chunk in inside.split():
            if chunk == "*":
                self._stop(
                    "not-a-word", "a * alone in quotes stands for no word",
                    'write "two words"~3 for words with others between them',
                )  # fmt: skip
            if "*" in chunk and _GLOB.match(chunk) and chunk.strip("*?"):
                parts.append(self._glob(chunk, *span, field))
            elif tokens := folded(chunk):
                parts.append(Phrase(tokens, field, span=span))
        if not any(isinstance(part, Pattern) for part in parts):
            return None
        if len(parts) + self._depth > self._limits.depth:
            self._too_deep()
        node = parts[0]
        for part in parts[1:]:
            node = Near(node, part, 1, True, span=span)
        return node

    def _value(self, text: str, span: tuple[int, int], field: str) -> Value:
        made = " ".join(text.split()) if self._kind(field) is Keyword else text.strip()
        if not made:
            self._stop(
                "empty-quote", "there is nothing in these quotes", f"write a {field} in them"
            )
        return Value(made, field, span=span)

    def _regex(self, field: str | None) -> Node:
        lexer = self._lexer
        span, text = (lexer.start, lexer.end), lexer.match["expression"]
        kind = self._kind(field)
        if kind not in (Text, Keyword, Key):
            self._stop("not-a-word", f"{field} holds no words", "write a pattern in a text field")
        try:
            made = check_regex(text)
        except BadRegex as bad:
            first = span[0] + 1
            refuse("bad-pattern", first + bad.start, first + bad.end, bad.message, bad.cure,
                   self._text)  # fmt: skip
        if is_broad(made):
            self._stop("too-broad", "this fits almost any word", "write more letters in it")
        lexer.advance()
        return Pattern("regex", made, field, span=span)

    def _ranged(self, field: str | None) -> Node:
        """``[a TO b]`` where a value is expected."""
        if self._kind(field) in (Date, Number):
            return self._typed(field, self._lexer.start)
        return self._stop(
            "not-a-range", "a range goes with a date or number field",
            "write it as date:[2021 TO 2022]",
        )  # fmt: skip

    def _word(self, text: str, start: int, end: int, field: str | None) -> Node | None:
        """A word, value or pattern; the current token is it."""
        lexer = self._lexer
        kind = self._kind(field)
        if kind is Date or kind is Number:
            return self._typed(field, start)
        if lexer.kind == "word" and kind is Text:  # letters and digits alone
            lexer.advance()
            if text in _SMALL or text.lower() in _SMALL:
                self._note_small(text, start)
            tokens = folded(text)
            return Word(tokens, field, span=(start, end)) if tokens else None
        if field is None and (found := _COMPARED.match(text)):
            made = self._compared(found[1], start)
            if made is not None:
                return made
        node = self._special(text, start, end, field, kind)
        if node is None and kind is Text:
            tokens = folded(text)
            if tokens:
                if len(tokens) > self._limits.phrase:
                    message, most = f"{len(tokens):,} words in a row", self._limits.phrase
                    self._stop("phrase-too-long", message, f"search for at most {most:,}")
                node = Word(tokens, field, span=(start, end))
        elif node is None:
            assert field is not None
            node = self._value(text, (start, end), field)
        lexer.advance()
        return node

    def _note_small(self, text: str, start: int) -> None:
        if self._lexer.kind != "end" and self._text[:start].strip(" (\"'"):
            capitals = "NEAR/5" if text.lower() == "near" else text.upper()
            note = f'"{text}" is a word here: write {capitals} for the operator'
            if text not in OPERATORS and text.lower() != "and":
                self._say(note)

    def _compared(self, name: str, start: int) -> Node | None:
        """``words>300``: a comparison without the colon."""
        known = self._schema.fields.get(name)
        if not isinstance(known, (Date, Number)):
            return None
        return self._typed(name, start + len(name), start)

    def _special(
        self, text: str, start: int, end: int, field: str | None, kind: type[Field]
    ) -> Node | None:
        """A word with =, ~, * or ?; None if it is an ordinary one."""
        if "~" in text[1:-1] or (len(text) > 1 and text[-1] == "~"):
            made = self._fuzzy(text, start, end, field, kind)
            if made is not None:
                return made
        if kind is not Text:
            if text[0] == "=" and len(text) > 1:
                assert field is not None
                return self._value(text[1:], (start, end), field)
            if "*" in text or "?" in text.rstrip("?"):
                return self._glob(text, start, end, field)
            return None
        if text[0] == "=" and (tokens := folded(text)):
            return Phrase(tokens, field, span=(start, end))
        if "*" not in text and "?" not in text:
            return None
        if text == "*:*":
            return Everything(span=(start, end))
        if _GLOB.match(text):
            if "*" in text or "?" in text.rstrip("?"):
                return self._glob(text.rstrip("?") if "*" not in text else text, start, end, field)
            return None
        return self._compound(text, start, end, field) if "*" in text else None

    def _compound(self, text: str, start: int, end: int, field: str | None) -> Node | None:
        """ "co-op*": words one after another, the last of which is a pattern."""
        pieces = [p for p in _BETWEEN.split(text) if p.strip("*?'’&")]
        if not pieces:
            return None
        if any("*" in piece for piece in pieces[:-1]) or "*" not in pieces[-1]:
            self._stop(
                "not-a-word", f"{text[:60]!r} is more than one word with a *",
                "write the words apart, or put them in quotes",
            )  # fmt: skip
        last: Node = self._glob(pieces[-1], start, end, field)
        tokens = tuple(token for piece in pieces[:-1] for token in folded(piece))
        if not tokens:
            return last
        return Near(Phrase(tokens, field), last, 1, True, span=(start, end))

    def _glob(self, text: str, start: int, end: int, field: str | None) -> Node:
        """A pattern with * and ?: "*" alone is everything, or anything in the field."""
        if text == "*":
            if field is None:
                return Everything(span=(start, end))
            return Has(field, span=(start, end))
        made = re.sub(r"\*+", "*", _letters(text.replace("’", "'")))
        in_text = self._kind(field) is Text
        if in_text:
            made = made.replace("'", "")
        if "*" not in made:
            # Folding may take away what stood after a ?, which is punctuation then.
            made = made.rstrip("?")
            if made and "?" not in made:
                if field is None or in_text:
                    return Word(folded(made), field, span=(start, end))
                return self._value(made, (start, end), field)
        letters = made.strip("*?")
        head = re.match(r"[^*?]*", made)
        assert head is not None
        if not letters or (not head[0] and len(re.sub(r"[*?]", "", made)) < _LETTERS):
            cure = "write how the word begins, as in civil*, or three letters of it"
            message = f"{text[:40]!r} fits almost any word"
            refuse("too-broad", start, end, message, cure, self._text)
        if made.endswith("*") and head[0] == made[:-1]:
            return Pattern("prefix", made[:-1], field, span=(start, end))
        return Pattern("wildcard", made, field, span=(start, end))

    def _fuzzy(
        self, text: str, start: int, end: int, field: str | None, kind: type[Field]
    ) -> Node | None:
        """``word~1``; None if the ~ is a sign within the text."""
        word, _, digits = text.rpartition("~")
        if digits and not (digits.isascii() and digits.isdigit()):
            return None
        edits, most = int(digits[:9] or 1), self._limits.edits
        if not 0 < edits <= most:
            self._stop("bad-fuzzy", f"~{digits[:12]} is too much", f"write ~1 up to ~{most}")
        tokens = folded(word)
        if kind is Text and len(tokens) != 1:
            self._stop("not-a-word", "~ goes with one word", "write it as civilisation~1")
        made = tokens[0] if kind is Text else _letters(word)
        return Pattern("fuzzy", made, field, edits, span=(start, end))


def _letters(text: str) -> str:
    """The letters of a pattern folded; in small letters only, if folding makes signs of them."""
    made = fold_keyword(text)
    return text.lower() if made != text.lower() and _SIGNS.search(made) else made


def _unescaped(text: str) -> str:
    return re.sub(r'\\([\\"“”„‟＂])', r"\1", text) if "\\" in text else text
