"""The grammar of the query language: tokens -> the syntax tree of :mod:`.ast`.

From the loosest to the tightest binding, each rule read by the method of its name::

    or       = and {OR and}                  a OR b c  is  a OR (b AND c)
    and      = unary {[AND] unary}  [ANDMAYBE and]
    unary    = [NOT | - | +] near
    near     = operand {NEAR/5 operand}      any of the nearness operators, left to right
    operand  = word | phrase | regex | group | call | field   with {^weight}
    group    = ( or )
    call     = atleast3 group | first50 group
    field    = name: operand                 a date or number field takes a value of its own

Words, phrases and patterns are read by :mod:`.operands`; dates and numbers, which may be several
words long, by :mod:`.field_values`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple, NoReturn

from searchlib.dates import DateSettings
from searchlib.errors import QueryError
from searchlib.query.ast import (
    AndExpr,
    AtLeastExpr,
    Expr,
    FirstExpr,
    HasExpr,
    MaybeExpr,
    NearExpr,
    NotExpr,
    OrExpr,
    PatternExpr,
    PeriodExpr,
    PhraseExpr,
    RangeExpr,
    Span,
    ValueExpr,
    WordExpr,
)
from searchlib.query.context import ParseContext
from searchlib.query.diagnostics import QueryCode, near_names, refuse
from searchlib.query.expansion import synonym_length
from searchlib.query.field_values import read_number, read_period, refuse_quotes_within
from searchlib.query.foreign import (
    FIELD_CALL,
    FIELD_EQUALS,
    concept_of,
    field_for,
    foreign_field_cure,
    refuse_foreign,
    refuse_foreign_field,
    refuse_near_call,
)
from searchlib.query.lexer import OPERATORS, QUOTES, Lexer, NearOperator, near_operator
from searchlib.query.limits import Limits
from searchlib.query.operands import read_phrase, read_prefix, read_regex, read_value, read_word
from searchlib.schema import (
    HIDDEN_KEY,
    Date,
    Field,
    Key,
    Keyword,
    Number,
    Schema,
    Stored,
    Text,
)
from searchlib.synonyms import Synonyms

__all__ = ["Parser"]

#: The kinds of token that an operand can begin with.
_OPERAND_STARTS = frozenset(
    ("word", "chunk", "quote", "guillemets", "open", "field", "regex", "call", "range", "near")
)
_AND_ENDS = frozenset(("end", "close", "or", "maybe"))
_FILTERS = (ValueExpr, RangeExpr, PeriodExpr, HasExpr)
_LOWERCASE_OPERATORS = frozenset(("and", "or", "not", "near", "same", "adj"))
#: Operators of other systems that are words here -> what to write.
_FOREIGN_OPERATORS = {
    "XOR": "(a OR b) NOT (a AND b)",
    "BUT": "NOT alone",
    "AROUND": "AROUND(5)",
    "WITHIN": "NEAR/5",
    "LIKE": "title:word",
}
_EBSCO_NEAR = re.compile(r"[NW](\d{1,3})\Z", re.ASCII)
_BARE_CALL = re.compile(r"(?i:(atleast|atl|first)(\d+))\Z", re.ASCII)
_TRUNCATED = re.compile(r"([^\W\d_]{3,})!\Z")
_SENTENCE_SIGN = re.compile(r"[?.,;](?:\s|\Z)")
# A text in which only NOT, OR, AND or a - can be meant as an operator: a pasted headline, perhaps.
_PLAIN_TEXT = re.compile(r"[\w\s'’‘.,;!?%$€£–—-]+\Z")
_EXCLUDED = re.compile(r"(?:(?<!\S)NOT\s+|\s-)([^\W\d_][\w'’-]*)")
_MIN_HEADLINE = 2  # words besides the one that is excluded
_DIGIT = re.compile(r"\d")
_DATE_IN_WORDS = re.compile(
    r"(?<!\w)([A-Za-z]\w{0,40})\s{1,4}(from|is|aft|after|bef|before|since|geq|leq)\s{1,4}\d",
    re.ASCII,
)
_WESTLAW_NEAR = re.compile(r"\+(?:\d{1,3}|[spSP])\Z", re.ASCII)
_INSIDE = re.compile(r"\(\s{0,4}([^()]{0,60})")
# Looks like a nearness operator between two words, but is none: "/5", "/s5", "NEAR/x", "w/5x". (A
# sentence in an order, "PRE/S", is refused with the forms of other systems.)
_MISTYPED_NEAR = re.compile(
    r"/(?:\d+[SPsp]?|[A-Za-z]|[SPsp]/?\d+)\Z|(?!(?:PRE|ADJ)/[SP])(?:NEAR|ADJ|PRE|W)/"
    r"|(?i:near|adj|pre|w)/\d",
    re.ASCII,
)
_WEIGHT = re.compile(r"(?:\d{1,9}(?:\.\d{0,400})?|\.\d{1,400})\Z", re.ASCII)
_MAX_WEIGHT = 1_000_000.0  # the lowest weight is its inverse
_COMPARISON = re.compile(r"\s*([<>≥≤]=?)")
_COMPARED_FIELD = re.compile(r"([A-Za-z]\w*)([<>≥≤=])", re.ASCII)
_NAME_BEFORE = re.compile(r"([A-Za-z]\w*)\s*\Z", re.ASCII)
_NUMBER_AFTER = re.compile(r"\s*\d")
# A date or number that begins so can be read without a look at the next token.
_TYPED_VALUE = re.compile(r"(?:[<>]=?|\.\.?)?\d", re.ASCII)
_AROUND_DATE = f" {QUOTES}'‘’"
_SIGN_BEFORE = re.compile(r"(?:>=|<=|>|<|≥|≤)\s*\Z")
_EXAMPLES = {Number: "300", Date: "2022"}


class _Run(NamedTuple):
    """Operands with AND between them; ``required`` if one of them has a +, ``loose`` if it is a
    word without a sign, an operator or a field of its own."""

    parts: list[Expr]
    required: bool
    loose: bool


class Parser:
    """Parses one query; make a new one for the next. ``notes`` are those about the query. Words
    that say little are kept where they are part of one of the ``synonyms``, and marked.

    >>> from searchlib.schema import NEWS
    >>> type(Parser("rain OR snow", NEWS, "all", DateSettings(), Limits()).parse()).__name__
    'OrExpr'
    """

    __slots__ = (
        "_after_near",
        "_context",
        "_fields",
        "_implicit_and",
        "_lexer",
        "_limits",
        "_match_any",
        "_synonyms",
        "_text",
    )
    _lexer: Lexer
    _implicit_and: bool  # whether the last AND had operands side by side
    _after_near: bool  # whether the last operand was part of a NEAR

    def __init__(
        self, text: str, schema: Schema, match: str, dates: DateSettings, limits: Limits,
        synonyms: Synonyms | None = None,
    ) -> None:  # fmt: skip
        self._text = text
        self._synonyms = synonyms
        self._fields = schema.query_fields
        self._limits = limits
        self._context = ParseContext(text, schema, dates, limits)
        self._match_any = match != "all"

    @property
    def notes(self) -> list[str]:
        """What the user should know about how the query was read."""
        return self._context.notes

    def parse(self) -> Expr:
        """The syntax tree. Raises :class:`~searchlib.errors.QueryError`."""
        text, most = self._text, self._limits.length
        if not isinstance(text, str):
            message = f"a query is text or a whoosh.query tree, not {type(text).__name__}"
            raise QueryError("not-a-query", (0, 0), message, "write it as text")
        if len(text) > most:
            message = f"this query has {len(text):,} characters, more than {most:,}"
            refuse("too-long", 0, most, message, "search for fewer words", text[:most])
        self._lexer = Lexer(text)
        node = self._parse_or(None)
        if self._lexer.kind == "close":
            self._refuse("unopened-bracket", "this ) closes nothing", "take it away, or write a (")
        if self._lexer.signs:
            self._check_lone_comparisons(self._lexer.signs)
        if ("NOT" in text or "-" in text or text.isupper()) and _PLAIN_TEXT.match(text):
            self._note_headline()
        if _DIGIT.search(text):
            for match in _DATE_IN_WORDS.finditer(text):
                self._note_date_in_words(match[1])
        if node is None:
            refuse("empty-query", 0, len(text), "there is no word to look for", "type a word", text)
        return node

    # --- Operators ---------------------------------------------------------------------------

    def _parse_or(self, field: str | None) -> Expr | None:
        lexer = self._lexer
        part = self._parse_and(field)
        if lexer.kind != "or":
            return part
        parts: list[Expr] = []
        mixed = False
        while True:
            mixed |= self._implicit_and
            if part is None:
                self._refuse_dangling("OR")
            parts.append(part)
            if lexer.kind != "or":
                if mixed and not self._match_any:
                    self._context.add_note(
                        "words side by side belong together more than OR does: "
                        "a b OR c is read as (a b) OR c"
                    )
                return _joined(OrExpr, parts)
            operator = (lexer.start, lexer.end)
            lexer.advance()
            part = self._parse_and(field)
            if part is None:
                self._refuse_dangling("OR", operator)

    def _parse_and(self, field: str | None) -> Expr | None:
        lexer = self._lexer
        runs: list[_Run] = []
        while (kind := lexer.kind) not in _AND_ENDS:
            joined = required = False
            if kind == "and":
                joined, operator = True, (lexer.start, lexer.end)
                lexer.advance()
                kind = lexer.kind
                if not runs or kind in _AND_ENDS or kind == "and":
                    self._refuse_dangling("AND", operator)
            if lexer.value == "ANDNOT" and (joined or not runs):
                self._refuse_dangling("ANDNOT")
            if kind == "not" or kind == "sign":
                required = lexer.value == "+"
                part = self._parse_unary(field)
            else:
                part = self._parse_near(field)
            if part is None:
                continue
            if joined:
                last = runs.pop()
                runs.append(_Run([*last.parts, part], required or last.required, False))
            else:
                runs.append(_Run([part], required, kind == "word" or kind == "chunk"))
        if len(runs) > 1:
            runs = self._without_stop_words(runs, field)
        side_by_side = len(runs) > 1
        if self._match_any and len(runs) > 1:
            node = _any_of(runs)
        else:
            node = _joined(AndExpr, [part for run in runs for part in run.parts])
        if lexer.kind == "maybe":
            node = self._parse_maybe(node, field)
        self._implicit_and = side_by_side
        return node

    def _without_stop_words(self, runs: list[_Run], field: str | None) -> list[_Run]:
        """Leave out the words that say little, if there is anything else to look for."""
        others: list[_Run] = []
        left_out: dict[str, None] = {}
        in_synonyms = self._parts_of_synonyms(runs)
        for run in runs:
            first = run.parts[0]
            token = self._stop_word(first, field) if run.loose else None
            if token is None:
                others.append(run)
            elif isinstance(first, WordExpr) and id(first) in in_synonyms:
                others.append(run._replace(parts=[replace(first, says_little=True)]))
            else:
                left_out[token] = None
        if not left_out:
            return others
        sought = (part for run in others for part in run.parts)
        if all(isinstance(part, (NotExpr, *_FILTERS)) for part in sought):
            return runs
        self._context.add_note(
            f"left out, as they say little: {', '.join(left_out)}; "
            f"write +{next(iter(left_out))} to ask for one"
        )
        return others

    def _parts_of_synonyms(self, runs: list[_Run]) -> set[int]:
        """The ids of the words that are part of a synonym, such as "bank of america"."""
        if not self._synonyms:
            return set()
        parts = [part for run in runs for part in run.parts]
        found: set[int] = set()
        at = 0
        while at < len(parts):
            length = synonym_length(parts[at:], self._synonyms)
            found.update(map(id, parts[at : at + length]))
            at += length or 1
        return found

    def _stop_word(self, node: Expr, field: str | None) -> str | None:
        """The word that a node is, if it is a word that says little."""
        if type(node) is WordExpr and len(node.tokens) == 1 and node.weight == 1.0:
            token = node.tokens[0]
            return token if self._context.is_stop_word(token, field) else None
        return None

    def _parse_maybe(self, required: Expr | None, field: str | None) -> Expr:
        """What follows ANDMAYBE, the current token."""
        operator = (self._lexer.start, self._lexer.end)
        self._lexer.advance()
        self._enter()
        optional = self._parse_and(field)
        self._context.depth -= 1
        if required is None or optional is None:
            self._refuse_dangling("ANDMAYBE", operator)
        return MaybeExpr(required, optional, span=(required.span[0], optional.span[1]))

    def _parse_unary(self, field: str | None) -> Expr | None:
        lexer = self._lexer
        if lexer.kind not in ("sign", "not"):
            return self._parse_near(field)
        operator, value = (lexer.start, lexer.end), lexer.value
        lexer.advance()
        self._enter()
        ended = lexer.kind in _AND_ENDS or lexer.kind == "and" or lexer.value == "ANDNOT"
        if value == "NOT" and lexer.kind == "near" and not _is_word(lexer.value):
            self._refuse_not_near(lexer.value, (operator[0], lexer.end))
        part = None if ended else self._parse_unary(field)
        self._context.depth -= 1
        if part is None:
            self._refuse_dangling(value if value in "+-" else "NOT", operator)
        if value == "+":
            written = self._text[operator[0] : part.span[1]]
            if _WESTLAW_NEAR.match(written):
                self._context.add_note(
                    f"{written} is a word that articles must have: for nearness in this order"
                    " write W/3, for a sentence /s"
                )
            return part
        if value == "!":
            word = self._text[slice(*part.span)][:40]
            self._context.add_note(f"!{word} is read as NOT {word}")
        if self._after_near:
            message = f"{value} and NEAR without brackets can be read in two ways"
            self._context.refuse("unclear-not", operator, message, "write NOT (a NEAR/5 b)")
        if isinstance(part, NotExpr):
            return part.part
        return NotExpr(part, span=(operator[0], part.span[1]))

    def _parse_near(self, field: str | None) -> Expr | None:
        lexer = self._lexer
        start, kind = lexer.start, lexer.kind
        left: Expr | None
        if kind == "near" or kind == "around":
            refuse_near_call(self._context, lexer.value, start)
            if kind == "around" or not _is_word(lexer.value):
                self._refuse_dangling(lexer.value)
            left = self._parse_word(field)
        else:
            left = self._parse_operand(field)
        kind = lexer.kind
        self._after_near = False
        if left is not None and (kind == "near" or kind == "around"):
            left = self._parse_near_chain(left, start, field)
            kind = lexer.kind
        if kind == "chunk" and _MISTYPED_NEAR.match(lexer.value):
            cure = "write NEAR/5, or W/5 for this order; put plain words in quotes"
            self._refuse("no-distance", f"{lexer.value[:40]} says no distance", cure)
        return left

    def _parse_near_chain(self, left: Expr, start: int, field: str | None) -> Expr:
        """The operators and operands after the first operand of a NEAR."""
        lexer, context = self._lexer, self._context
        count = 0
        while lexer.kind == "near" or lexer.kind == "around":
            operator = self._near_operator()
            if operator is None:
                break
            span, name = (lexer.start, lexer.end), lexer.value
            lexer.advance()
            if lexer.kind not in _OPERAND_STARTS:
                self._refuse_dangling(name, span)
            if lexer.kind != "near":
                right = self._parse_operand(field)
            elif _is_word(lexer.value):
                right = self._parse_word(field)
            else:
                self._refuse_dangling(lexer.value)
            if right is None:
                self._refuse_dangling(name, span)
            if count == 0 and isinstance(left, WordExpr) and left.tokens == ("not",):
                self._refuse_not_near(name, (left.span[0], span[1]))
            count += 1
            context.check_depth(count + context.depth, (lexer.start, lexer.end))
            if self._text_field(left, name, span) != self._text_field(right, name, span):
                self._refuse_two_fields(name, span)
            left = NearExpr(
                left,
                right,
                operator.distance or 0,
                operator.ordered,
                operator.unit,
                span=(start, right.span[1]),
            )
        self._after_near = count > 0
        return left

    def _near_operator(self) -> NearOperator | None:
        """The operator that the current token is; None if it is a plain word here."""
        lexer = self._lexer
        if lexer.kind == "around":
            operator = NearOperator(int(lexer.match["words"][:9]), False, "word", False)
        else:
            parsed = near_operator(lexer.value)
            assert parsed is not None
            operator = parsed
        refuse_near_call(self._context, lexer.value, lexer.start)
        if operator.is_word:
            here = lexer.start
            lexer.advance()
            follows = lexer.kind in _OPERAND_STARTS
            lexer.seek(here)
            if not follows and lexer.value[0] == "/" and here:
                message = f"{lexer.value} has nothing after it"
                self._refuse("no-distance", message, "write NEAR/5 between words, or a blank less")
            if not follows:
                return None
        if operator.unit == "word":
            if operator.distance is None:
                message = f"{lexer.value} of how many words?"
                self._refuse("no-distance", message, "write it as NEAR/5")
            if not 0 < operator.distance <= self._limits.distance:
                message = f"{operator.distance:,} words is no distance"
                cure = f"write a number from 1 to {self._limits.distance:,}"
                self._refuse("bad-distance", message, cure)
        return operator

    def _text_field(self, node: Expr, name: str, operator: Span) -> str | None:
        """The field that all words of an operand are in; other operands have no position in a
        text and are refused."""
        if isinstance(node, (WordExpr, PhraseExpr, PatternExpr)) and (
            node.field is None or isinstance(self._fields[node.field], Text)
        ):
            return node.field
        if isinstance(node, NearExpr):
            return self._text_field(node.a, name, operator)
        if isinstance(node, OrExpr):
            fields = {self._text_field(part, name, operator) for part in node.parts}
            if len(fields) == 1:
                return fields.pop()
            self._refuse_two_fields(name, operator)
        message = f"{name} takes words, phrases and (a OR b), but not this"
        cure = "write words here, or join the parts with AND"
        return self._context.refuse("not-in-text", node.span, message, cure)

    # --- Operands ----------------------------------------------------------------------------

    def _parse_operand(self, field: str | None) -> Expr | None:
        """One word, phrase, group or field with its weight; None for a token without words."""
        lexer, context = self._lexer, self._context
        context.clauses += 1
        if context.clauses > self._limits.clauses:
            message = f"this query has more than {self._limits.clauses:,} words"
            self._refuse("too-many-clauses", message, "search for fewer")
        kind = lexer.kind
        node: Expr | None
        if kind == "word" and (field is None or context.field_type(field) is Text):
            # Letters and digits only: nothing special can be in it.
            text, start, end = lexer.value, lexer.start, lexer.end
            lexer.advance()
            if text.lower() in _LOWERCASE_OPERATORS:
                self._note_lowercase_operator(text, start)
            elif text in _FOREIGN_OPERATORS or text[-1] in "0123456789":
                self._note_foreign_operator(text, start)
            tokens = context.words(text)
            node = None
            if tokens:
                node = WordExpr(tokens, field, span=(start, end))
        elif kind == "word" or kind == "chunk":
            node = self._parse_word(field)
        elif kind == "field":
            node = self._parse_field(field)
        else:
            node = self._parse_marked_operand(kind, field)
        while lexer.kind == "weight":
            factor = self._weight(lexer.match["factor"], (lexer.start, lexer.end))
            if node is not None:
                node = self._weighted(node, factor)
            lexer.advance()
        return node

    def _parse_marked_operand(self, kind: str, field: str | None) -> Expr | None:
        """An operand that its first sign tells: a quote, a bracket, a slash."""
        lexer = self._lexer
        if kind == "quote" or kind == "guillemets":
            if field is not None and self._context.field_type(field) in (Date, Number):
                if sign := _SIGN_BEFORE.search(self._text, 0, lexer.start):
                    refuse_quotes_within(sign, field)
                return self._parse_typed_value(field, lexer.start)
            return self._parse_quote(field)
        if kind == "open":
            start = lexer.start
            lexer.advance()
            return self._parse_group(field, (start, start + 1))
        if kind == "call":
            return self._parse_call(field)
        if kind == "regex":
            span = (lexer.start, lexer.end)
            refuse_foreign(self._context, lexer.value, span)
            node = read_regex(self._context, lexer.match["expression"], span, field)
            lexer.advance()
            return node
        if kind == "range":
            if self._context.field_type(field) in (Date, Number):
                return self._parse_typed_value(field, lexer.start)
            message = "a range goes with a date or number field"
            self._refuse("not-a-range", message, "write it as date:[2021 TO 2022]")
        if kind == "unclosed_quote":
            cure = 'write a " after the last word of the phrase'
            self._refuse("unclosed-quote", "this quote is not closed", cure)
        if kind == "stray_caret":
            message, cure = "a ^ with nothing before it", "write it as word^2: no blank"
            self._refuse("bad-weight", message, cure)
        return None

    def _parse_word(self, field: str | None) -> Expr | None:
        """The word, value or pattern that is the current token."""
        lexer, context = self._lexer, self._context
        text, span = lexer.value, (lexer.start, lexer.end)
        if context.field_type(field) in (Date, Number):
            return self._parse_typed_value(field, lexer.start)
        if field is None and (compared := _COMPARED_FIELD.match(text)):
            node = self._parse_compared_field(compared, span[0])
            if node is not None:
                return node
        if lexer.kind == "chunk" and (node := self._parse_foreign(field)) is not None:
            return node
        if field is None and text[0] in "<>=≥≤":
            lexer.signs.append((span[0], span[1] - len(text.lstrip("<>=≥≤"))))
        word = read_word(context, text, span, field)
        lexer.advance()
        return word

    def _note_lowercase_operator(self, text: str, start: int) -> None:
        """``rain or shine``: note the word that may have been meant as an operator."""
        if self._lexer.kind != "end" and self._text[:start].strip(" (\"'"):
            capitals = "NEAR/5" if text.lower() in ("near", "adj") else text.upper()
            if text not in OPERATORS and text.lower() != "and":
                self._context.add_note(
                    f'"{text}" is a word here: write {capitals} for the operator'
                )

    def _note_foreign_operator(self, text: str, start: int) -> None:
        """``tax N3 cut``, ``tax XOR cut``, ``atleast5 tax``: note an operator of another system."""
        if self._lexer.kind == "end":
            return
        cure = _FOREIGN_OPERATORS.get(text)
        if call := _BARE_CALL.match(text):
            name = "first" if call[1].lower() == "first" else "atleast"
            cure = f"{name}{call[2]}(word)"
        elif not self._text[:start].strip(" (\"'"):
            return
        elif near := _EBSCO_NEAR.match(text):
            cure = f"{'NEAR' if text[0] == 'N' else 'W'}/{near[1]}"
        if cure is not None:
            self._context.add_note(f'"{text}" is a word here: write {cure} for the operator')

    def _note_headline(self) -> None:
        """``Government NOT ready for winter``: note what a pasted headline may not have meant."""
        text = self._text
        words = [word for word in text.split() if word.strip("-–—.,;!?")]
        operators = not text.isupper() and not {"AND", "OR", "ANDNOT", "ANDMAYBE"}.isdisjoint(words)
        for match in () if operators else _EXCLUDED.finditer(text):
            others = len(words) - (2 if match[0].startswith("NOT") else 1)
            if others >= _MIN_HEADLINE and match[1] not in OPERATORS:
                sign = "NOT" if match[0].startswith("NOT") else "-"
                cure = "write not in small letters" if sign == "NOT" else "leave the - out"
                self._context.add_note(
                    f"{sign} leaves out articles with {match[1][:40]!r}: {cure} for the word itself"
                )
        capitals = [word for word in words if word.isupper()]
        if text.isupper() and len(capitals) > _MIN_HEADLINE and {"AND", "OR"} & {*capitals}:
            self._context.add_note(
                "AND and OR in capitals are operators: write them small in a headline"
            )

    def _note_date_in_words(self, name: str) -> None:
        """``date from 20220801 to 20220831``, ``date aft 2021``."""
        field = self._context.field_name(name)
        if isinstance(self._fields.get(field), Date):
            note = f"{name} is a word here: write {field}:2021..2022 or {field}:>2021"
            self._context.add_note(note)

    def _parse_foreign(self, field: str | None) -> Expr | None:
        """A form of another system that is certain; others are refused. None if it is none."""
        lexer, context = self._lexer, self._context
        text, span = lexer.value, (lexer.start, lexer.end)
        if truncated := _TRUNCATED.match(text):
            return self._parse_truncated(truncated[1], span, field)
        if field is not None and context.field_type(field) is not Text:
            return None
        refuse_foreign(context, text, span)
        if field is not None:
            return None
        call = FIELD_CALL.match(self._text, span[0])
        if call is not None and call.end() == span[1] + 1:
            refuse_near_call(context, call[1], span[0])
            if call[1].lower() in ("and", "or", "not"):
                self._note_lowercase_operator(call[1], len(self._text))
            return self._parse_foreign_call(call[1], f"{call[1]}(", span[0])
        if equals := FIELD_EQUALS.match(text):
            return self._parse_foreign_value(equals, span)
        return None

    def _parse_truncated(self, word: str, span: Span, field: str | None) -> Expr | None:
        """``econom!`` is economy and economic in Nexis, and ``Fire!`` a word in a headline."""
        if not word.islower() or _SENTENCE_SIGN.search(self._text):
            self._context.add_note(
                f"{word}! is the word {word!r} here: write {word}* for a pattern"
            )
            return None
        self._context.add_note(f"{word}! is read as {word}*: leave the ! out for the word itself")
        self._lexer.advance()
        return read_word(self._context, f"{word}*", span, field)

    def _parse_foreign_call(self, name: str, form: str, start: int) -> Expr | None:
        """``headline(rain)`` and ``hd=(rain)`` are ``title:rain``; the current token is the name,
        with its sign in ``form``, and a bracket follows."""
        context, lexer, at = self._context, self._lexer, self._lexer.end
        inside = _INSIDE.match(self._text, at)
        words = inside[1].strip() if inside else ""
        field = field_for("headline", context.schema) if concept_of(name) == "headline" else None
        # Words side by side are a phrase there, and may be anywhere in the field here.
        is_certain = words.isalnum() or words[:1] in QUOTES
        if field is None or not is_certain:
            word = words if is_certain or not words else f'"{words}"'
            refuse_foreign_field(context, name, form, word or "word", (start, at))
            return None
        lexer.advance()
        lexer.advance()
        node = self._parse_group(field, (at, at + 1))
        node.span = (start, node.span[1])
        return node

    def _parse_foreign_value(self, match: re.Match[str], span: Span) -> Expr | None:
        """``wc>300`` is ``words:>300``, ``la=en`` is ``lang:en``, ``hd=rain`` is ``title:rain``."""
        context, name, sign = self._context, match[1], match[2]
        start, end = span[0], span[0] + match.end()
        value = self._text[end : span[1]]
        if not value and self._text[end : end + 1] == "(":
            return self._parse_foreign_call(name, match[0], start)
        concept = concept_of(name)
        field = None if concept is None else field_for(concept, context.schema)
        if field is not None and concept == "words" and isinstance(self._fields[field], Number):
            return self._parse_typed_value(field, end if sign == "=" else start + len(name), start)
        if field is not None and sign == "=" and value.isalpha():
            if concept == "language":
                self._lexer.advance()
                return ValueExpr(value, field, span=span)
            if concept == "headline":
                self._lexer.advance()
                return read_word(context, value, span, field)
        refuse_foreign_field(context, name, match[0], value or "word", (start, end))
        if sign[0] == "=" and value:
            note = f"{match[0]}{value[:40]} is read as words: a field is written {name}:word"
            context.add_note(note)
        return None

    def _parse_quote(self, field: str | None) -> Expr:
        """A phrase, or a quoted value of a keyword or key field."""
        lexer, context = self._lexer, self._context
        inside, slop_text = lexer.match["inside"], lexer.match["slop"]
        if lexer.kind == "guillemets":
            inside, slop_text = lexer.match["within"], None
        span = (lexer.start, lexer.end)
        slop = 1 if slop_text is None else self._slop(slop_text)
        node: Expr
        if field is not None and context.field_type(field) in (Keyword, Key):
            node = read_value(context, _unescaped(inside), span, field)
            if "*" in inside:
                context.add_note(
                    f"a * in quotes is a plain sign in {field}: a pattern has no quotes"
                )
        else:
            node = read_phrase(context, inside, span, field, slop)
        lexer.advance()
        if lexer.kind == "chunk" and lexer.start == span[1] and lexer.value[0] == "*":
            span = (span[0], lexer.end)
            if not isinstance(node, ValueExpr) or lexer.value != "*":
                message, cure = "a * behind the quotes", 'write the * in them: "new york*"'
                context.refuse("mixed-signs", span, message, cure)
            node = read_prefix(node, span)
            lexer.advance()
        return node

    def _slop(self, digits: str) -> int:
        """The number of ``"two words"~5``."""
        slop = int(digits[:9]) if digits.isascii() and digits.isdigit() else 0
        if not 0 < slop <= self._limits.distance:
            message = f"{digits[:20] or 'nothing'} is no distance"
            cure = f'write a number from 1 to {self._limits.distance:,}: "two words"~5'
            self._refuse("bad-distance", message, cure)
        return slop

    def _parse_group(self, field: str | None, opened: Span) -> Expr:
        """What is in brackets; the current token is the first one in them."""
        lexer = self._lexer
        self._enter()
        node = self._parse_or(field)
        self._context.depth -= 1
        if lexer.kind != "close":
            message, cure = "this ( is not closed", "write a ) where it ends, or take it away"
            self._context.refuse("unclosed-bracket", opened, message, cure)
        if node is None:
            message, cure = "there is no word in these brackets", "write words, or take them away"
            self._context.refuse("empty-brackets", (opened[0], lexer.end), message, cure)
        node.span = (opened[0], lexer.end)
        lexer.advance()
        if lexer.kind == "chunk" and lexer.start == node.span[1] and lexer.value[0] == "*":
            message, cure = "a * behind brackets", "write it behind a word, as in civil*"
            self._refuse("mixed-signs", message, cure)
        return node

    def _parse_call(self, field: str | None) -> Expr:
        """``atleast3(word)`` and ``first50(word)``."""
        lexer = self._lexer
        start, end = lexer.start, lexer.end
        name, digits = lexer.match["called"].lower(), lexer.match["count"]
        name = "first" if name == "first" else "atleast"
        count, most = int(digits[:9]), self._limits.distance
        if not 0 < count <= most:
            message = f"{name}{digits[:12]}: no such count"
            self._refuse("bad-distance", message, f"write a number from 1 to {most:,}")
        lexer.advance()
        part = self._parse_group(field, (end - 1, end))
        self._text_field(part, f"{name}{count}", (start, end - 1))
        span = (start, part.span[1])
        if name == "atleast":
            return AtLeastExpr(part, count, span=span)
        return FirstExpr(part, count, span=span)

    # --- Fields ------------------------------------------------------------------------------

    def _parse_field(self, outer: str | None) -> Expr:
        """``name:`` or ``name^2:``, the current token, and its value."""
        lexer, context = self._lexer, self._context
        start, end = lexer.start, lexer.end
        name, caret, weight = lexer.value[:-1].partition("^")
        if outer is not None:
            self._check_not_nested(name, (start, end), outer)
        known, field = self._fields.get(name), name
        if known is None or isinstance(known, Stored):
            if name.lower() == "has":
                return self._parse_has(start)
            blank = not caret and self._text[end : end + 1].isspace()
            if blank and context.field_name(name) not in self._fields:
                return self._parse_headline(name, (start, end), outer)
            field = self._searched_field(name, (start, end - 1))
        field_type = type(self._fields[field])
        factor = self._weight(weight, (start + len(name), end - 1)) if caret else 1.0
        if field_type in (Text, Keyword) and (sign := _COMPARISON.match(self._text, end)):
            message = f"{field} holds no numbers or dates to compare"
            cure = f"write {field}:word, or the word in quotes"
            context.refuse("not-a-range", sign.span(1), message, cure)
        if (
            field_type in (Date, Number)
            and context.depth < self._limits.depth
            and _TYPED_VALUE.match(self._text, end)
        ):
            node = self._parse_typed_value(field, end, start)
            if lexer.kind == "weight":
                factor = self._weights(factor)
        else:
            self._enter()
            lexer.advance()
            node, factor = self._parse_field_value(field, field_type, (start, end), factor)
            context.depth -= 1
        node.span = (start, node.span[1])
        return node if factor == 1.0 else self._weighted(node, factor)

    def _check_not_nested(self, name: str, span: Span, outer: str) -> None:
        """Refuse ``title:body:rain``."""
        if self._text[: span[0]].rstrip()[-1:] != ":":
            return
        if name.lower() == "has" or self._context.field_name(name) in self._fields:
            message, cure = f"{name}: inside {outer}:", f"write {outer}:word {name}:word"
            self._context.refuse("two-fields", span, message, cure)

    def _parse_field_value(
        self, field: str, field_type: type[Field], span: Span, factor: float
    ) -> tuple[Expr, float]:
        """The value of the field named in ``span``, and its weight; the current token is the
        first one after the colon."""
        lexer = self._lexer
        typed = field_type in (Date, Number)
        signed = lexer.kind == "chunk" and lexer.value[0] in "+-!" and not typed
        if lexer.kind == "sign" or lexer.kind == "not" or signed:
            sign = lexer.value[0] if signed else lexer.value
            message = f"{sign} stands after the colon"
            self._refuse("misplaced-sign", message, f"write -{field}:... in front of the field")
        node: Expr | None
        if typed and lexer.value == "*":
            node = HasExpr(field, span=(span[0], lexer.end))
            lexer.advance()
        elif typed and lexer.kind != "open":
            node = self._parse_typed_value(field, span[1], span[0])
            factor = self._weights(factor)
        elif lexer.kind not in _OPERAND_STARTS and not (
            field_type is not Text and lexer.kind in OPERATORS
        ):
            if lexer.kind == "unclosed_quote":
                self._parse_marked_operand(lexer.kind, field)
            self._refuse_empty_field(field, span, signs=field_type is not Text)
        elif lexer.kind == "near":
            node = self._parse_word(field)
        else:
            node = self._parse_operand(field)
        if node is None:
            message = f"{field}: has no word after it"
            self._context.refuse("empty-field", span, message, f"write {field}:word")
        return node, factor

    def _parse_typed_value(self, field: str | None, at: int, start: int | None = None) -> Expr:
        """The date or number at an offset; the token after it becomes the current one."""
        assert field is not None
        start = at if start is None else start
        node: Expr
        if type(self._fields[field]) is Date:
            interval, first, end = read_period(self._text, at, field, self._context.dates)
            written = self._text[first:end].strip(_AROUND_DATE)
            node = PeriodExpr(field, interval, written, span=(start, end))
        else:
            low, high, low_exclusive, high_exclusive, end = read_number(self._text, at, field)
            node = RangeExpr(field, low, high, low_exclusive, high_exclusive, span=(start, end))
        self._lexer.seek(end)
        return node

    def _refuse_empty_field(self, field: str, span: Span, *, signs: bool) -> NoReturn:
        """Refuse a field without a value; ``signs`` if a sign could be one, in quotes."""
        at = span[1]
        sign = self._text[at : at + 1]
        if signs and sign.strip() and self._lexer.start > at:
            message = f"{sign!r} is a sign, not a word"
            cure = f'write it in quotes: {field}:"{sign}"'
            self._context.refuse("empty-field", (at, at + 1), message, cure)
        message = f"{field}: has nothing after it"
        self._context.refuse("empty-field", span, message, f"write {field}:word")

    def _parse_headline(self, name: str, span: Span, outer: str | None) -> Expr:
        """``Breaking: markets``: an unknown name, a colon and a blank are a plain word."""
        near = near_names(name, list(self._fields))
        meant = f"; for the field write {near[0]}:word" if near else ""
        self._context.add_note(f"{name[:60]}: is a word here, not a field{meant}")
        self._lexer.advance()
        span = (span[0], span[1] - 1)
        if self._context.field_type(outer) is Text:
            return WordExpr(self._context.words(name), outer, span=span)
        assert outer is not None
        return ValueExpr(name, outer, span=span)

    def _parse_has(self, start: int) -> Expr:
        """``has:authors``; the current token is ``has:``."""
        lexer = self._lexer
        span = (start, lexer.end)
        lexer.advance()
        if lexer.kind not in ("word", "chunk", "near"):
            message = "has: goes with the name of a field"
            self._context.refuse("empty-field", span, message, "write has:authors")
        field = self._searched_field(lexer.value, (lexer.start, lexer.end))
        node = HasExpr(field, span=(start, lexer.end))
        lexer.advance()
        return node

    def _searched_field(self, name: str, span: Span) -> str:
        """The field of that name, in any case; refused if there is none or it is not searched."""
        name = self._context.field_name(name)
        known = self._fields.get(name)
        if known is not None and not isinstance(known, Stored):
            return name
        searched = [
            other
            for other, field in self._fields.items()
            if not isinstance(field, Stored) and other != HIDDEN_KEY
        ]
        if known is not None:
            message, cure = f"field {name!r} is kept but not searched", f"try {', '.join(searched)}"
            if self._context.schema.is_exact:
                message = f"field {name!r} of a Whoosh program holds no words"
                cure += ", or ask for it with archive.whoosh.searcher()"
            self._context.refuse("not-searchable", span, message, cure)
        message = f"there is no field {name[:60]!r}"
        if foreign := foreign_field_cure(name, self._context.schema):
            self._context.refuse("unknown-field", span, message, foreign)
        near = near_names(name, searched) or searched
        cure = f"try {' or '.join(f'{n}:' for n in near)}, or leave the colon out"
        return self._context.refuse("unknown-field", span, message, cure)

    def _parse_compared_field(self, match: re.Match[str], start: int) -> Expr | None:
        """``words>300``: a comparison without the colon; None if no field has the name."""
        name = self._context.field_name(match[1])
        field = self._fields.get(name)
        if field is None or isinstance(field, Stored):
            return None
        if match[2] != "=" and isinstance(field, (Date, Number)):
            return self._parse_typed_value(name, start + len(name), start)
        message = f"{match[2]} behind the name of a field"
        cure = f"write {name}:{_EXAMPLES.get(type(field), 'word')}, or put it in quotes"
        span = (start, start + match.end())
        return self._context.refuse("missing-colon", span, message, cure)

    def _check_lone_comparisons(self, signs: list[Span]) -> None:
        """Refuse ``words > 300``: a sign by itself between a field and a number."""
        for start, end in signs:
            before = _NAME_BEFORE.search(self._text, 0, start)
            if before is None or not _NUMBER_AFTER.match(self._text, end):
                continue
            name = self._context.field_name(before[1])
            if name not in self._fields and concept_of(name) == "words":
                name = field_for("words", self._context.schema) or name
            if isinstance(self._fields.get(name), (Date, Number)):
                sign = self._text[start:end]
                message = f"{sign} stands alone behind the name of a field"
                cure = f"write {name}:{sign.lstrip('=')}300, or put the words in quotes"
                self._context.refuse("missing-colon", (before.start(1), end), message, cure)

    # --- Weights -----------------------------------------------------------------------------

    def _weights(self, factor: float) -> float:
        """``factor`` times the weights that begin with the current token."""
        lexer = self._lexer
        while lexer.kind == "weight":
            factor *= self._weight(lexer.match["factor"], (lexer.start, lexer.end))
            lexer.advance()
        return factor

    def _weight(self, text: str, span: Span) -> float:
        factor = float(text) if _WEIGHT.match(text) else 0.0
        if not 1 / _MAX_WEIGHT <= factor <= _MAX_WEIGHT:
            message = f"{text[:40]!r} is not a weight" if text else "a weight is missing after ^"
            self._context.refuse("bad-weight", span, message, "write a number above 0: word^2")
        return factor

    def _weighted(self, node: Expr, factor: float) -> Expr:
        weight = node.weight * factor
        if not 1 / _MAX_WEIGHT <= weight <= _MAX_WEIGHT:
            message = f"the weights multiply to {weight:g}"
            cure = f"keep them between {1 / _MAX_WEIGHT:g} and {_MAX_WEIGHT:g}"
            lexer = self._lexer
            span = (lexer.start, lexer.end) if lexer.kind == "weight" else node.span
            self._context.refuse("bad-weight", span, message, cure)
        node.weight = weight
        return node

    # --- Limits and errors -------------------------------------------------------------------

    def _enter(self) -> None:
        """Go one bracket or operator deeper; what ends it lowers ``depth`` again."""
        context = self._context
        context.depth += 1
        if context.depth > self._limits.depth:
            context.check_depth(context.depth, (self._lexer.start, self._lexer.end))

    def _refuse(self, code: QueryCode, message: str, cure: str) -> NoReturn:
        """Refuse the query because of the current token."""
        self._context.refuse(code, (self._lexer.start, self._lexer.end), message, cure)

    def _refuse_dangling(self, name: str, span: Span | None = None) -> NoReturn:
        span = span or (self._lexer.start, self._lexer.end)
        message = f"{name} has nothing on one side"
        cure = f'write a word on both sides, or "{name.lower()}" in quotes for the word itself'
        self._context.refuse("dangling-operator", span, message, cure)

    def _refuse_not_near(self, name: str, span: Span) -> NoReturn:
        """Refuse ``a NOT W/5 b``, which is of Nexis."""
        said = self._text[slice(*span)][:40]
        cure = f"write a NOT (a {name} b)"
        self._context.refuse("unclear-not", span, f"{said} can be read in two ways", cure)

    def _refuse_two_fields(self, name: str, operator: Span) -> NoReturn:
        message = f"{name} between words of different fields"
        cure = f"write the field once, as in title:(a {name} b)"
        self._context.refuse("two-fields", operator, message, cure)


def _joined(kind: type[AndExpr] | type[OrExpr], parts: list[Expr]) -> Expr | None:
    """One node of all parts, without nested nodes of its own kind unless they have a weight."""
    if len(parts) < 2:
        return parts[0] if parts else None
    span = (parts[0].span[0], parts[-1].span[1])
    flat: list[Expr] = []
    for part in parts:
        if isinstance(part, kind) and part.weight == 1.0:
            flat.extend(part.parts)
        else:
            flat.append(part)
    return kind(tuple(flat), span=span)


def _any_of(runs: list[_Run]) -> Expr | None:
    """With ``match="any"``: one of the optional runs is enough; if others have a +, the optional
    ones only rank higher. Exclusions and filters always narrow."""
    optional: list[Expr] = []
    needed: list[Expr] = []
    for run in runs:
        node = _joined(AndExpr, run.parts)
        assert node is not None
        narrows = all(isinstance(part, (NotExpr, *_FILTERS)) for part in run.parts)
        (needed if run.required or narrows else optional).append(node)
    either = _joined(OrExpr, optional)
    if either is None:
        return _joined(AndExpr, needed)
    if not any(run.required for run in runs):
        return _joined(AndExpr, [either, *needed])
    required = _joined(AndExpr, needed)
    assert required is not None
    span = (runs[0].parts[0].span[0], runs[-1].parts[-1].span[1])
    return MaybeExpr(required, either, span=span)


def _is_word(value: str) -> bool:
    """Whether a nearness operator without an operand before it is a word: "near5"."""
    operator = near_operator(value)
    return operator is not None and operator.is_word


def _unescaped(text: str) -> str:
    return re.sub(r'\\([\\"“”„‟＂])', r"\1", text) if "\\" in text else text
