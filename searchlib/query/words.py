"""Words, phrases and patterns of a query, and typed values in their place."""

from __future__ import annotations

import re
from typing import NoReturn

from searchlib.dates import DateSettings
from searchlib.query.ast import (
    EverythingExpr,
    Expr,
    HasExpr,
    NearExpr,
    PatternExpr,
    PeriodExpr,
    PhraseExpr,
    RangeExpr,
    ValueExpr,
    WordExpr,
)
from searchlib.query.diagnostics import refuse
from searchlib.query.globs import BETWEEN, GLOB, letters, pieces
from searchlib.query.lexer import OPERATORS, QUOTES, Lexer
from searchlib.query.limits import Limits
from searchlib.query.regex import BadRegex, check_regex, is_broad
from searchlib.query.terms import folded, solid
from searchlib.query.values import read_number, read_period
from searchlib.schema import Date, Field, Key, Keyword, Number, Schema, Stored, Text

__all__ = ["SMALL", "Words"]

#: Words that would be operators if they were written in capitals.
SMALL = frozenset(("and", "or", "not", "near", "same"))
_INNER = re.compile(r"[^\W_]\?[^\W_]")
_ADDRESS = re.compile(r"[/:=@]")  # no pattern, but something pasted
_NAME = re.compile(r"([A-Za-z]\w*)\s*\Z", re.ASCII)
_NUMBER = re.compile(r"\s*\d")
_EXAMPLES = {Number: "300", Date: "2022"}
_LETTERS = 3  # what a pattern without a beginning needs, in letters
_COMPARED = re.compile(r"([A-Za-z]\w*)([<>≥≤=])", re.ASCII)


class Words:
    """The part of the parser that reads one word or phrase; the rest is built on it."""

    _lexer: Lexer

    def __init__(
        self, text: str, schema: Schema, match: str, dates: DateSettings, limits: Limits
    ) -> None:
        self._any = match == "any"
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

    def _typed(self, field: str | None, at: int, start: int | None = None) -> Expr:
        """The date or number at an offset; the token after it becomes the current one."""
        assert field is not None
        begin = at if start is None else start
        node: Expr
        if self._kind(field) is Date:
            interval, first, end = read_period(self._text, at, field, self._dates)
            said = self._text[first:end].strip(f" {QUOTES}'‘’")
            node = PeriodExpr(field, interval, said, span=(begin, end))
        else:
            low, high, low_open, high_open, end = read_number(self._text, at, field)
            node = RangeExpr(field, low, high, low_open, high_open, span=(begin, end))
        self._lexer.seek(end)
        return node

    def _quote(self, field: str | None) -> Expr:
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
            node: Expr = self._value(_unescaped(inside), span, field)
            if "*" in inside:
                self._say(f"a * in quotes is a plain sign in {field}: a pattern has no quotes")
        else:
            node = self._phrase(inside, span, field, slop)
        lexer.advance()
        if lexer.kind == "chunk" and lexer.start == span[1] and lexer.value[0] == "*":
            if not isinstance(node, ValueExpr) or lexer.value != "*":
                message, cure = "a * behind the quotes", 'write the * in them: "new york*"'
                refuse("mixed-signs", span[0], lexer.end, message, cure, self._text)
            node = PatternExpr("prefix", letters(node.text), node.field, span=(span[0], lexer.end))
            lexer.advance()
        return node

    def _phrase(self, inside: str, span: tuple[int, int], field: str | None, slop: int) -> Expr:
        if ("*" in inside or "?" in inside) and (
            made := self._patterned(inside, span, field, slop)
        ):
            return made
        tokens = folded(inside)
        most = self._limits.phrase
        if not tokens:
            self._stop("empty-quote", "there is no word in these quotes", "write words in them")
        if len(tokens) > most:
            message = f"a phrase of {len(tokens):,} words"
            self._stop("phrase-too-long", message, f"a phrase has at most {most:,}")
        return PhraseExpr(tokens, field, 1 if len(tokens) == 1 else slop, span=span)

    def _patterned(
        self, inside: str, span: tuple[int, int], field: str | None, slop: int
    ) -> Expr | None:
        """A phrase with patterns in it: words and patterns one after another; None if it has
        none. A ? is a sign in a word of letters only, so that addresses can be pasted."""
        parts: list[Expr] = []
        for piece in pieces(inside):
            if "*" in piece or "?" in piece:
                if not piece.strip("*?'’&"):
                    self._stop(
                        "not-a-word", "a * alone in quotes stands for no word",
                        'write "two words"~3 for words with others between them',
                    )  # fmt: skip
                made = self._glob(piece, *span, field)
                parts.append(PhraseExpr(made.tokens, field) if isinstance(made, WordExpr) else made)
            elif tokens := folded(piece):
                parts.append(PhraseExpr(tokens, field, span=span))
        if not any(isinstance(part, PatternExpr) for part in parts):
            return None
        if slop != 1 and len(parts) > 1:
            message, cure = "a pattern in a phrase with ~", f"write econom* W/{slop} growth"
            self._stop("mixed-signs", message, cure)
        if len(parts) + self._depth > self._limits.depth:
            self._too_deep()
        node = parts[0]
        for part in parts[1:]:
            node = NearExpr(node, part, 1, True, span=span)
        return node

    def _value(self, text: str, span: tuple[int, int], field: str) -> ValueExpr:
        made = " ".join(text.split()) if self._kind(field) is Keyword else text.strip()
        if not made:
            self._stop(
                "empty-quote", "there is nothing in these quotes", f"write a {field} in them"
            )
        return ValueExpr(made, field, span=span)

    def _regex(self, field: str | None) -> Expr:
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
        return PatternExpr("regex", made, field, span=span)

    def _ranged(self, field: str | None) -> Expr:
        """``[a TO b]`` where a value is expected."""
        if self._kind(field) in (Date, Number):
            return self._typed(field, self._lexer.start)
        return self._stop(
            "not-a-range", "a range goes with a date or number field",
            "write it as date:[2021 TO 2022]",
        )  # fmt: skip

    def _word(self, field: str | None) -> Expr | None:
        """A word, value or pattern; the current token is it."""
        lexer = self._lexer
        text, start, end = lexer.value, lexer.start, lexer.end
        kind = self._kind(field)
        if kind is Date or kind is Number:
            return self._typed(field, start)
        if field is None and (found := _COMPARED.match(text)):
            made = self._compared(found, start)
            if made is not None:
                return made
        node = self._special(text, start, end, field, kind)
        if node is None and kind is Text:
            tokens = folded(text)
            if tokens:
                if len(tokens) > self._limits.phrase:
                    message, most = f"{len(tokens):,} words in a row", self._limits.phrase
                    self._stop("phrase-too-long", message, f"search for at most {most:,}")
                node = WordExpr(tokens, field, span=(start, end))
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

    def _compared(self, match: re.Match[str], start: int) -> Expr | None:
        """``words>300``: a comparison without the colon."""
        name = self._known(match[1])
        field = self._schema.fields.get(name)
        if field is None or isinstance(field, Stored):
            return None
        if match[2] != "=" and isinstance(field, (Date, Number)):
            return self._typed(name, start + len(name), start)
        cure = f"write {name}:{_EXAMPLES.get(type(field), 'word')}, or put it in quotes"
        end = start + match.end()
        message = f"{match[2]} behind the name of a field"
        return refuse("missing-colon", start, end, message, cure, self._text)

    def _known(self, name: str) -> str:
        """The name of a field in the case of the schema."""
        fields = self._schema.fields
        if name in fields:
            return name
        return next((other for other in fields if other.lower() == name.lower()), name)

    def _check_apart(self, signs: list[tuple[int, int]]) -> None:
        """Refuse ``words > 300``: signs that were passed over between a field and a number."""
        for start, end in signs:
            before, after = _NAME.search(self._text, 0, start), _NUMBER.match(self._text, end)
            name = self._known(before[1]) if before and after else ""
            if before and isinstance(self._schema.fields.get(name), (Date, Number)):
                sign = self._text[start:end].lstrip("=")
                cure = f"write {name}:{sign}300, or put the words in quotes"
                message = f"{self._text[start:end]} stands alone behind the name of a field"
                refuse("missing-colon", before.start(1), end, message, cure, self._text)

    def _special(
        self, text: str, start: int, end: int, field: str | None, kind: type[Field]
    ) -> Expr | None:
        """A word with =, ~, * or ?; None if it is an ordinary one."""
        if field is not None and kind is not Key and text[0] in "<>≥≤":
            refuse(
                "not-a-range", start, end, f"{field} holds no numbers or dates to compare",
                f"write {field}:word, or the word in quotes", self._text,
            )  # fmt: skip
        if field is None and text[0] in "<>=≥≤":
            self._lexer.signs.append((start, end - len(text.lstrip("<>=≥≤"))))
        if text[0] == "~" and text[1:].isdigit() and start:
            self._apart(text, start)
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
        if text[0] == "=" and len(text) > 1:
            self._check_plain(text[1:], start, end)
            if tokens := folded(text):
                return PhraseExpr(tokens, field, span=(start, end))
        if "*" not in text and "?" not in text:
            return None
        if text == "*:*":
            return EverythingExpr(span=(start, end))
        if GLOB.match(text):
            if "*" in text or "?" in text.rstrip("?"):
                return self._glob(text.rstrip("?") if "*" not in text else text, start, end, field)
            return None
        if "*" not in text and _INNER.search(text) and not _ADDRESS.search(text):
            self._stop(
                "not-a-word", f"{text[:60]!r} is more than one word with a ?",
                "write the words apart, or put them in quotes",
            )  # fmt: skip
        return self._compound(text, start, end, field) if "*" in text else None

    def _check_plain(self, word: str, start: int, end: int) -> None:
        """Refuse * and ? where a word is to be as written."""
        if "*" in word or "?" in word.rstrip("?"):
            message = f"{self._text[start:end][:40]!r} is a pattern and something else at once"
            cure = "write civil*, =civil or civil~1: patterns match words as written anyway"
            refuse("mixed-signs", start, end, message, cure, self._text)

    def _apart(self, text: str, start: int) -> None:
        """A ~5 by itself: after a phrase a mistake, after a word perhaps one."""
        if self._text[:start].rstrip()[-1:] in QUOTES:
            cure = f'write "two words"{text}, without a blank'
            self._stop("bad-distance", f"{text[:20]} stands apart from its phrase", cure)
        self._say(f"{text[:20]} is a number here: write it right behind the word, as in rain~1")

    def _compound(self, text: str, start: int, end: int, field: str | None) -> Expr | None:
        """ "co-op*": words one after another, the last of which is a pattern."""
        pieces = [p for p in BETWEEN.split(text) if p.strip("*?'’&")]
        if not pieces:
            return None
        if any("*" in piece for piece in pieces[:-1]) or "*" not in pieces[-1]:
            self._stop(
                "not-a-word", f"{text[:60]!r} is more than one word with a *",
                "write the words apart, or put them in quotes",
            )  # fmt: skip
        last: Expr = self._glob(pieces[-1], start, end, field)
        tokens = tuple(token for piece in pieces[:-1] for token in folded(piece))
        if not tokens:
            return last
        return NearExpr(PhraseExpr(tokens, field), last, 1, True, span=(start, end))

    def _glob(self, text: str, start: int, end: int, field: str | None) -> Expr:
        """A pattern with * and ?: "*" alone is everything, or anything in the field."""
        if text == "*":
            if field is None:
                return EverythingExpr(span=(start, end))
            return HasExpr(field, span=(start, end))
        in_text = self._kind(field) is Text
        if in_text and not text.isascii() and any(map(solid, text)):
            return self._solid(text, start, end, field)
        made = re.sub(r"\*+", "*", letters(text.replace("’", "'")))
        if in_text:
            made = made.replace("'", "")
        if "*" not in made:
            # Folding may take away what stood after a ?, which is punctuation then.
            made = made.rstrip("?")
            if made and "?" not in made:
                if field is None or in_text:
                    return WordExpr(folded(made), field, span=(start, end))
                return self._value(made, (start, end), field)
        plain = made.strip("*?")
        head = re.match(r"[^*?]*", made)
        assert head is not None
        if not plain or (not head[0] and len(re.sub(r"[*?]", "", made)) < _LETTERS):
            cure = "write how the word begins, as in civil*, or three letters of it"
            message = f"{text[:40]!r} fits almost any word"
            refuse("too-broad", start, end, message, cure, self._text)
        if made.endswith("*") and head[0] == made[:-1]:
            return PatternExpr("prefix", made[:-1], field, span=(start, end))
        return PatternExpr("wildcard", made, field, span=(start, end))

    def _solid(self, text: str, start: int, end: int, field: str | None) -> Expr:
        """``北京*``: each character is a word, and found within others anyway."""
        core = text.strip("*").rstrip("?")
        after, before = text[len(text.rstrip("*")) :], text[: len(text) - len(text.lstrip("*"))]
        if (
            "*" in core or "?" in core or (after and not solid(core[-1]))
            or (before and not solid(core[0]))
        ):  # fmt: skip
            message = f"{text[:40]!r}: in this script each character is a word"
            cure = "write the characters alone: they are found within longer words too"
            refuse("not-a-word", start, end, message, cure, self._text)
        return WordExpr(folded(core), field, span=(start, end))

    def _fuzzy(
        self, text: str, start: int, end: int, field: str | None, kind: type[Field]
    ) -> Expr | None:
        """``word~1``; None if the ~ is a sign within the text."""
        word, _, digits = text.rpartition("~")
        if digits and not (digits.isascii() and digits.isdigit()):
            return None
        edits, most = int(digits[:9] or 1), self._limits.edits
        if not 0 < edits <= most:
            self._stop("bad-fuzzy", f"~{digits[:12]} is too much", f"write ~1 up to ~{most}")
        self._check_plain(word, start, end)
        tokens = folded(word)
        if kind is Text and len(tokens) != 1:
            self._stop("not-a-word", "~ goes with one word", "write it as civilisation~1")
        made = tokens[0] if kind is Text else letters(word)
        return PatternExpr("fuzzy", made, field, edits, span=(start, end))


def _unescaped(text: str) -> str:
    return re.sub(r'\\([\\"“”„‟＂])', r"\1", text) if "\\" in text else text
