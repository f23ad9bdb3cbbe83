"""Words, phrases, values and patterns -> leaves of the syntax tree.

Each function reads the text of one token; it knows nothing of the tokens around it.
"""

from __future__ import annotations

import re

from searchlib.query.ast import (
    EverythingExpr,
    Expr,
    HasExpr,
    NearExpr,
    PatternExpr,
    PhraseExpr,
    Span,
    ValueExpr,
    WordExpr,
)
from searchlib.query.context import ParseContext
from searchlib.query.globs import BETWEEN, GLOB, letters, pieces, word_letters
from searchlib.query.lexer import QUOTES
from searchlib.query.regex import BadRegex, check_regex, is_broad
from searchlib.query.terms import is_cjk, without_elisions
from searchlib.schema import Key, Keyword, Text

__all__ = ["read_phrase", "read_prefix", "read_regex", "read_value", "read_word"]

_INNER_QUESTION_MARK = re.compile(r"[^\W_]\?[^\W_]")
_ADDRESS = re.compile(r"[/:=@]")  # a pasted address, not a pattern
_MIN_LETTERS = 3  # letters that a pattern without a literal beginning needs


def read_word(context: ParseContext, text: str, span: Span, field: str | None) -> Expr | None:
    """A word of a text field, or a value of a keyword or key field, with =, ~, * and ? in it;
    None if nothing of it would be indexed."""
    node = _read_special(context, text, span, field)
    if node is not None:
        return node
    if context.field_type(field) is not Text:
        assert field is not None
        return read_value(context, text, span, field)
    tokens = without_elisions(text, context.schema.rules)
    if not tokens:
        return None
    if len(tokens) > context.limits.phrase:
        message, most = f"{len(tokens):,} words in a row", context.limits.phrase
        context.refuse("phrase-too-long", span, message, f"search for at most {most:,}")
    return WordExpr(tokens, field, span=span)


def read_value(context: ParseContext, text: str, span: Span, field: str) -> ValueExpr:
    """A whole value of a keyword or key field."""
    value = " ".join(text.split()) if context.field_type(field) is Keyword else text.strip()
    if not value:
        message, cure = "there is nothing in these quotes", f"write a {field} in them"
        context.refuse("empty-quote", span, message, cure)
    return ValueExpr(value, field, span=span)


def read_phrase(
    context: ParseContext, inside: str, span: Span, field: str | None, slop: int
) -> Expr:
    """The words between quotation marks: a phrase, or NEARs of words if there are patterns."""
    if "*" in inside or "?" in inside:
        with_patterns = _read_phrase_of_patterns(context, inside, span, field, slop)
        if with_patterns is not None:
            return with_patterns
    tokens = context.words(inside)
    most = context.limits.phrase
    if not tokens:
        message = "there is no word in these quotes"
        context.refuse("empty-quote", span, message, "write words in them")
    if len(tokens) > most:
        message = f"a phrase of {len(tokens):,} words"
        context.refuse("phrase-too-long", span, message, f"a phrase has at most {most:,}")
    slop = 1 if len(tokens) == 1 else slop
    return PhraseExpr(tokens, field, slop, span=span)


def read_prefix(value: ValueExpr, span: Span) -> PatternExpr:
    """The prefix pattern of a quoted value with a * behind it: ``source:"harbour w"*``."""
    return PatternExpr("prefix", letters(value.text), value.field, span=span)


def read_regex(
    context: ParseContext, expression: str, span: Span, field: str | None
) -> PatternExpr:
    """A regular expression, given without its slashes."""
    if context.field_type(field) not in (Text, Keyword, Key):
        message, cure = f"{field} holds no words", "write a pattern in a text field"
        context.refuse("not-a-word", span, message, cure)
    try:
        checked = check_regex(expression)
    except BadRegex as bad:
        start = span[0] + 1
        place = (start + bad.start, start + bad.end)
        context.refuse("bad-pattern", place, bad.message, bad.cure)
    if is_broad(checked):
        context.refuse("too-broad", span, "this fits almost any word", "write more letters in it")
    return PatternExpr("regex", checked, field, span=span)


def _read_special(context: ParseContext, text: str, span: Span, field: str | None) -> Expr | None:
    """A word with =, ~, * or ?; None if it is an ordinary one."""
    field_type = context.field_type(field)
    if field is not None and field_type is not Key and text[0] in "<>≥≤":
        message = f"{field} holds no numbers or dates to compare"
        cure = f"write {field}:word, or the word in quotes"
        context.refuse("not-a-range", span, message, cure)
    if text[0] == "~" and text[1:].isdigit() and span[0]:
        _note_lone_slop(context, text, span)
    if "~" in text[1:-1] or (len(text) > 1 and text[-1] == "~"):
        fuzzy = _read_fuzzy(context, text, span, field)
        if fuzzy is not None:
            return fuzzy
    has_pattern = "*" in text or "?" in text.rstrip("?")
    if field_type is not Text:
        assert field is not None
        if text[0] == "=" and len(text) > 1:
            return read_value(context, text[1:], span, field)
        return _read_glob(context, text, span, field) if has_pattern else None
    if text[0] == "=" and len(text) > 1:
        _check_no_pattern(context, text[1:], span)
        if tokens := context.words(text[1:]):
            return PhraseExpr(tokens, field, span=span)
    if "*" not in text and "?" not in text:
        return None
    if text == "*:*":
        return EverythingExpr(span=span)
    if GLOB.match(text):
        if not has_pattern:
            return None
        glob = text if "*" in text else text.rstrip("?")
        return _read_glob(context, glob, span, field)
    if "*" in text:
        return _read_compound(context, text, span, field)
    if _INNER_QUESTION_MARK.search(text) and not _ADDRESS.search(text):
        message = f"{text[:60]!r} is more than one word with a ?"
        cure = "write the words apart, or put them in quotes"
        context.refuse("not-a-word", span, message, cure)
    return None


def _check_no_pattern(context: ParseContext, word: str, span: Span) -> None:
    """Refuse * and ? in a word that is taken as written."""
    if "*" in word or "?" in word.rstrip("?"):
        written = context.text[slice(*span)][:40]
        message = f"{written!r} is a pattern and something else at once"
        cure = "write civil*, =civil or civil~1: patterns match words as written anyway"
        context.refuse("mixed-signs", span, message, cure)


def _note_lone_slop(context: ParseContext, text: str, span: Span) -> None:
    """A ~5 by itself: a mistake after a phrase, possibly one after a word."""
    if context.text[: span[0]].rstrip()[-1:] in QUOTES:
        message = f"{text[:20]} stands apart from its phrase"
        cure = f'write "two words"{text}, without a blank'
        context.refuse("bad-distance", span, message, cure)
    context.add_note(f"{text[:20]} is a number here: write it right behind the word, as in rain~1")


def _read_fuzzy(context: ParseContext, text: str, span: Span, field: str | None) -> Expr | None:
    """``word~1``; None if the ~ is a sign within the text."""
    word, _, digits = text.rpartition("~")
    if digits and not (digits.isascii() and digits.isdigit()):
        return None
    edits, most = int(digits[:9] or 1), context.limits.edits
    if not 0 < edits <= most:
        message, cure = f"~{digits[:12]} is too much", f"write ~1 up to ~{most}"
        context.refuse("bad-fuzzy", span, message, cure)
    _check_no_pattern(context, word, span)
    if context.field_type(field) is not Text:
        return PatternExpr("fuzzy", letters(word), field, edits, span=span)
    tokens = context.words(word)
    if len(tokens) != 1:
        message = "~ goes with one word"
        context.refuse("not-a-word", span, message, "write it as civilisation~1")
    return PatternExpr("fuzzy", tokens[0], field, edits, span=span)


def _read_phrase_of_patterns(
    context: ParseContext, inside: str, span: Span, field: str | None, slop: int
) -> Expr | None:
    """A phrase with patterns in it, as words and patterns next to each other in this order; None
    if it has no pattern.

    A ? is a pattern only in a word of letters, so that addresses can be pasted.
    """
    parts: list[Expr] = []
    for piece in pieces(inside):
        if "*" in piece or "?" in piece:
            if not piece.strip("*?'’&"):
                message = "a * alone in quotes stands for no word"
                cure = 'write "two words"~3 for words with others between them'
                context.refuse("not-a-word", span, message, cure)
            part = _read_glob(context, piece, span, field)
            if isinstance(part, WordExpr):  # in quotes words are taken as written
                part = PhraseExpr(part.tokens, field, span=span)
            parts.append(part)
        elif tokens := context.words(piece):
            parts.append(PhraseExpr(tokens, field, span=span))
    if not any(isinstance(part, PatternExpr) for part in parts):
        return None
    if slop != 1 and len(parts) > 1:
        message, cure = "a pattern in a phrase with ~", f"write econom* W/{slop} growth"
        context.refuse("mixed-signs", span, message, cure)
    context.check_depth(len(parts) + context.depth, span)
    node = parts[0]
    for part in parts[1:]:
        node = NearExpr(node, part, 1, True, span=span)
    return node


def _read_compound(context: ParseContext, text: str, span: Span, field: str | None) -> Expr | None:
    """``co-op*``: words next to each other, the last of which is a pattern."""
    words = [piece for piece in BETWEEN.split(text) if piece.strip("*?'’&")]
    if not words:
        return None
    if any("*" in word for word in words[:-1]) or "*" not in words[-1]:
        message = f"{text[:60]!r} is more than one word with a *"
        cure = "write the words apart, or put them in quotes"
        context.refuse("not-a-word", span, message, cure)
    last = _read_glob(context, words[-1], span, field)
    before = " ".join(words[:-1])
    tokens = context.words(before)
    if not tokens:
        return last
    phrase = PhraseExpr(tokens, field, span=span)
    return NearExpr(phrase, last, 1, True, span=span)


def _read_glob(context: ParseContext, text: str, span: Span, field: str | None) -> Expr:
    """A pattern with * and ?; a "*" alone is everything, or anything in the field."""
    if text == "*":
        return EverythingExpr(span=span) if field is None else HasExpr(field, span=span)
    in_text = context.field_type(field) is Text
    if in_text and not text.isascii() and any(map(is_cjk, text)):
        return _read_cjk_glob(context, text, span, field)
    glob = re.sub(r"\*+", "*", word_letters(text) if in_text else letters(text))
    if "*" not in glob:
        # Folding may remove what follows a ?, which makes it punctuation.
        glob = glob.rstrip("?")
        if glob and "?" not in glob:
            if field is None or in_text:
                return WordExpr(context.words(glob), field, span=span)
            return read_value(context, glob, span, field)
    head = re.match(r"[^*?]*", glob)
    assert head is not None
    if not glob.strip("*?") or (not head[0] and len(re.sub(r"[*?]", "", glob)) < _MIN_LETTERS):
        message = f"{text[:40]!r} fits almost any word"
        cure = "write how the word begins, as in civil*, or three letters of it"
        context.refuse("too-broad", span, message, cure)
    if glob.endswith("*") and head[0] == glob[:-1]:
        return PatternExpr("prefix", glob[:-1], field, span=span)
    return PatternExpr("wildcard", glob, field, span=span)


def _read_cjk_glob(context: ParseContext, text: str, span: Span, field: str | None) -> Expr:
    """``北京*``: each character is a word, so a * at the ends changes nothing."""
    core = text.strip("*").rstrip("?")
    if (
        "*" in core
        or "?" in core
        or (text[-1] == "*" and not is_cjk(core[-1]))
        or (text[0] == "*" and not is_cjk(core[0]))
    ):
        message = f"{text[:40]!r}: in this script each character is a word"
        cure = "write the characters alone: they are found within longer words too"
        context.refuse("not-a-word", span, message, cure)
    return WordExpr(context.words(core), field, span=span)
