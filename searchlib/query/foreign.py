"""Forms of other query languages: what is certain is read, the rest is refused with the cure.

A form that is not ours would be read as plain words, in silence, and find nothing or the wrong
articles. What is known here is what news people bring along: Factiva (``hd=rain``, ``wc>300``,
``/f50/``), Nexis (``headline(rain)``, ``w/sent``, ``econom!``), ProQuest and EBSCO (``TI(rain)``,
``N/3``), Westlaw (``/3``, ``+3``), PubMed and Ovid (``rain[ti]``, ``rain.ti.``), Google
(``intitle:``, ``before:``), Lucene, Solr and Bing (``_query_:``, ``{!``, ``ONEAR(n=5)``) and SQL.

The parser asks :func:`refuse_foreign` about each token that is no plain word; names of fields are
in :data:`CONCEPTS`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from searchlib.query.ast import Span
from searchlib.query.context import ParseContext
from searchlib.query.lexer import QUOTES
from searchlib.schema import Schema, Stored

__all__ = [
    "FIELD_CALL",
    "FIELD_EQUALS",
    "concept_of",
    "field_for",
    "foreign_field_cure",
    "refuse_foreign",
    "refuse_foreign_field",
    "refuse_near_call",
]

#: What fields hold -> the names that other systems have for it, in small letters.
CONCEPTS: dict[str, frozenset[str]] = {
    concept: frozenset(names.split())
    for concept, names in {
        "headline": "hd hl ti headline intitle allintitle title",
        "lead": "hlp lp hlead lead leadpara",
        "text": "body bd td tx text ab abstract tiab ts ft fulltext intext allintext title-abs-key",
        "author": "by byline au author aut reporter",
        "source": "sn sc so rst pub publication source jn jt",
        "language": "la language lang",
        "words": "wc length wordcount",
        "date": "pd dat py yr pdat date daterange pubyear pubdate",
        "before": "before until",
        "after": "after since",
        "page": "site inurl filetype cache related link",
        "word form": "allcaps nocaps caps plural singular",
        "code": "ns in co fds re ct cr ed vol an su de kw mh mesh subject company person industry"
        " region geographic ticker terms section cite city state country",
    }.items()
}
_CONCEPT_OF = {name: concept for concept, names in CONCEPTS.items() for name in names}
#: The names that a schema may have for it, the likeliest first.
_FIELDS = {
    "headline": ("title", "headline"),
    "text": ("body", "text"),
    "author": ("authors", "author", "byline"),
    "source": ("source", "publication"),
    "language": ("lang", "language"),
    "words": ("words", "wordcount", "length"),
    "date": ("date", "published"),
}

#: ``hd=rain``, ``hd=(``: a name of another system and a sign. Names of one letter are algebra.
FIELD_EQUALS = re.compile(r"([A-Za-z][A-Za-z-]+)(={1,2}|[<>]=?)", re.ASCII)
#: ``headline(``: such a name before a bracket, but not the plural in ``author(s)``.
FIELD_CALL = re.compile(r"([A-Za-z][A-Za-z-]+)\((?!e?s\))", re.ASCII)

_NEAR_NUMBER = re.compile(
    r"O?NEAR\s*\(\s*n\s*=\s*(?P<count>\d{1,5})\s*\)", re.ASCII | re.IGNORECASE
)
_NEAR_CALL = re.compile(
    r"O?NEAR\s*\(\s*\(?(?P<a>[^(),]{1,80}),(?P<b>[^(),]{1,80})\)?(?:,\s*(?P<count>\d{1,5}))?[^()]{0,80}\)?",
    re.ASCII,
)
_GROUP = re.compile(r"[\[{][^\]}]{0,80}?(?:\b(?:AND|OR|NOT)\b|\|)[^\]}]{0,80}[\]}]")
_MAX_LENGTH = 80  # characters of a token that is looked at
_CODE = re.compile(r"_(query|val|exists|missing)_:", re.ASCII)
# Signs that only these forms have: a look at them is all that other tokens cost.
_SIGNS = re.compile(
    r"[\[{%#$@<]|~\d*\.|/[\dfnFN]|\.\w\w[.,]|\A[-\w]+/[a-z]|\A[nNpP]/|\A(?:PRE|ADJ)/[SP]", re.ASCII
)
#: Whole token -> what it is, and what to write instead.
_FORMS: Sequence[tuple[re.Pattern[str], str, str, str]] = [
    (re.compile(pattern, re.ASCII), code, message, cure)
    for pattern, code, message, cure in [
        (r"\{!.*", "mixed-signs", "{{! names a parser of Solr", "leave it out, up to the }}"),
        (r"(?P<head>\w+)\[(?P<set>[^\]\s]+)\]\S*", "bad-pattern",
         "square brackets in a word", "for letters to choose from write /{head}[{set}]/; else leave"
         " them out"),
        (r"(?!.*%[0-9A-F]{2})(?:%\w*[A-Za-z]\w*%?|\w*[A-Za-z]\w*%\w*%?)", "bad-pattern",
         "% is no wildcard here", "write * in its place, as in civil*"),
        (r"(?P<head>[a-z]{2,})#(?P<tail>[a-z]*)", "bad-pattern",
         "# is no wildcard here", "write ? in its place, as in wom?n"),
        (r"(?P<head>[a-z]{2,})\$(?P<tail>[a-z]*|\d)", "bad-pattern",
         "$ is no wildcard here", "write {head}*, or ? for one letter"),
        (r"(?P<head>\w+)~0?\.\d+", "bad-fuzzy",
         "~ is followed by a number of letters here", "write {head}~1 or {head}~2"),
        (r"(?P<head>[\w*]+)\.(?P<name>ti|ab|tw|mp|hw|kw|au|so|pt|tx|jn)(,\w\w)*\.", "unknown-field",
         ".{name}. is a field of Ovid", "write the field in front: title:{head}"),
        (r"<(?P<name>near|and|or|not|in|sentence|paragraph|phrase|accrue|many)(/\d+)?>",
         "dangling-operator", "an operator in pointed brackets", "write NEAR/5, AND, OR or NOT"),
        (r"(?P<head>.*\w)?/[fF](?P<count>\d+)/", "no-distance",
         "/f{count}/ is of Factiva", "write first{count}(word)"),
        (r"(?P<head>.+)/[nN](?P<count>\d+)/(?P<tail>.+)", "no-distance",
         "/n{count}/ stands within a word", "write {head} NEAR/{count} {tail}"),
        (r"(?i:w|pre|near|n|p|adj|not)/(?i:seg|doc|segment|field)", "no-distance",
         "this operator is not known here", "write AND, /s for a sentence or /p for a paragraph"),
        (r"(?i:pre|adj)/(?i:s|p|sent(?:ence)?|para(?:graph)?)", "no-distance",
         "a sentence or paragraph has no order here", "write /s or /p"),
        (r"(?:P)/(?P<count>\d+)", "no-distance",
         "P/{count} says how near, and in this order", "write W/{count}; 1 is next to each other"),
    ]
]  # fmt: skip


def concept_of(name: str) -> str | None:
    """What a field of another system holds; None if its name is not known.

    >>> concept_of("HD"), concept_of("colour")
    ('headline', None)
    """
    return _CONCEPT_OF.get(name.lower())


def field_for(concept: str, schema: Schema) -> str | None:
    """The field of a schema that holds this; None if it has none that is searched.

    >>> from searchlib.schema import NEWS
    >>> field_for("author", NEWS), field_for("words", NEWS)
    ('authors', None)
    """
    fields = schema.query_fields
    names = (name for name in _FIELDS.get(concept, ()) if name in fields)
    return next((name for name in names if not isinstance(fields[name], Stored)), None)


def foreign_field_cure(name: str, schema: Schema, word: str = "word") -> str | None:
    """What to write instead of a field of another system; None if that is not known.

    >>> from searchlib.schema import NEWS
    >>> foreign_field_cure("hlp", NEWS, "rain")
    'write title:rain OR first100(rain)'
    """
    concept = concept_of(name)
    if concept is None:
        return None
    title, date = field_for("headline", schema), field_for("date", schema)
    if concept == "lead":
        return f"write {title}:{word} OR first100({word})" if title else f"write first100({word})"
    if concept in ("before", "after"):
        sign = "<" if concept == "before" else ">"
        return f"write {date}:{sign}2022-08-31" if date else None
    if concept == "word form":
        return f"write {word}: capitals and plurals are not told apart"
    field = field_for(concept, schema)
    if field is None:
        return None
    if concept == "words":
        return f"write {field}:>300"
    if concept == "date":
        return f"write {field}:2022-08-31 or {field}:2021..2022"
    return f"write {field}:{word}"


def refuse_foreign(context: ParseContext, text: str, span: Span) -> None:
    """Refuse a token of another query language that would be read as something else."""
    if text[0] == "_" and (special := _CODE.match(text)):
        what = "has:authors" if special[1] == "exists" else "-has:authors"
        cure = f"write {what}" if special[1] in ("exists", "missing") else "write the query itself"
        context.refuse("unknown-field", span, f"{special[0]} is of Lucene and Solr", cure)
    if len(text) > _MAX_LENGTH or not _SIGNS.search(text):
        return
    if text[0] in "[{":
        _refuse_bracket(context, span)
    if text[0] == "@" and (name := text[1:].partition(":")[0]) in context.schema.fields:
        context.refuse("unknown-field", span, "@ before a field", f"write {name}:word")
    for pattern, code, message, cure in _FORMS:
        if match := pattern.fullmatch(text.strip("'‘’")):
            parts = {name: part or "word" for name, part in match.groupdict().items()}
            context.refuse(code, span, message.format(**parts), cure.format(**parts))  # type: ignore[arg-type]


def _refuse_bracket(context: ParseContext, span: Span) -> None:
    """Refuse ``[rain OR snow]`` and ``"tax cut"[ti]``."""
    start = span[0]
    if context.text[start - 1 : start] in (*QUOTES, ")") and start:
        message, cure = "square brackets behind a phrase or group", "write title:(...) in its place"
        context.refuse("mixed-signs", span, message, cure)
    if group := _GROUP.match(context.text, start):
        message, cure = f"{group[0][:40]} groups nothing here", "write ( and )"
        context.refuse("mixed-signs", group.span(), message, cure)


def refuse_near_call(context: ParseContext, name: str, start: int) -> None:
    """Refuse ``NEAR(a, b, 5)``, ``NEAR((a, b), 5)`` and ``a ONEAR(n=5) b``; ``name`` is what stands
    at ``start``."""
    operator = "W" if name.upper() == "ONEAR" else "NEAR"
    if match := _NEAR_NUMBER.match(context.text, start):
        cure = f"write {operator}/{match['count']}"
        context.refuse("no-distance", match.span(), f"{match[0]} is of Bing", cure)
    if match := _NEAR_CALL.match(context.text, start):
        a, b = match["a"].strip(), match["b"].strip()
        cure = f"write {a} {operator}/{match['count'] or 5} {b}"
        message = f"{name} stands between what is near, not before it"
        context.refuse("dangling-operator", match.span(), message, cure)


def refuse_foreign_field(
    context: ParseContext, name: str, form: str, word: str, span: Span
) -> None:
    """Refuse ``hd=rain`` and ``headline(rain)``, if the name is one of another system; ``form`` is
    the name with its sign."""
    cure = foreign_field_cure(name, context.schema, word)
    if concept_of(name) is not None:
        cure = cure or "name a field of this archive, or put the words in quotes"
        context.refuse("unknown-field", span, f"{form} is of another system", cure)
