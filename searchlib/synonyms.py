"""Words that stand for each other in queries, when that is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from searchlib.analysis import elisions, fold
from searchlib.analysis.rules import rules
from searchlib.errors import ArgumentError, ArgumentTypeError

__all__ = ["Synonyms"]

_MAX_ALTERNATIVES = 50  # of one word
_COMMENT = re.compile(r"(?:^|\s)#.*")  # a # that belongs to a word, as in C#, begins none


class Synonyms:
    """Words, of one or several tokens, and what is searched with them.

    A mapping goes one way: who types a key also finds its values. Groups go both ways. A file has a
    line for each, as Lucene and Solr have them: ``tv, television`` both ways, ``uk => united
    kingdom`` one way; a # at the start or after a blank begins a comment.

    >>> one_way = Synonyms({"uk": ["united kingdom", "britain"]})
    >>> one_way.of(("uk",)), one_way.of(("britain",))
    (('united kingdom', 'britain'), ())
    >>> Synonyms([["tv", "television"]]).of(("television",))
    ('tv',)
    """

    __slots__ = ("_alternatives", "longest")

    def __init__(
        self, words: Mapping[str, str | Iterable[str]] | Iterable[Iterable[str]] = ()
    ) -> None:
        pairs: list[tuple[str, list[str]]] = []
        if isinstance(words, Mapping):
            pairs += [(key, _texts(values)) for key, values in words.items()]
        elif isinstance(words, str) or not isinstance(words, Iterable):
            raise ArgumentTypeError(f"synonyms are a dict, or a list of lists, not {words!r:.60}")
        else:
            for group in words:
                if isinstance(group, str) or not isinstance(group, Iterable):
                    raise ArgumentTypeError(f"a group of synonyms is a list, not {group!r:.60}")
                texts = _texts(group)
                pairs += [(text, [one for one in texts if one != text]) for text in texts]
        found: dict[tuple[str, ...], dict[str, None]] = {}
        for key, values in pairs:
            tokens = _key(key)
            alternatives = found.setdefault(tokens, {})
            alternatives.update(dict.fromkeys(v for v in values if _key(v) != tokens))
            if len(alternatives) > _MAX_ALTERNATIVES:
                raise ArgumentError(f"{key!r} has more than {_MAX_ALTERNATIVES} synonyms")
        self._alternatives = {key: tuple(values) for key, values in found.items() if values}
        #: How many tokens the longest of the words has that others stand for.
        self.longest = max(map(len, self._alternatives), default=0)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Synonyms:
        """The synonyms of a file. Raises :class:`ArgumentError`, with the line, if it cannot be
        read.

        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "synonyms.txt")
        >>> _ = file.write_text("tv, television   # both ways\\n")
        >>> Synonyms.read(file).of(("tv",))
        ('television',)
        """
        place = os.fspath(path)
        one_way: dict[str, list[str]] = {}
        for number, line in enumerate(_lines(path), 1):
            text = _COMMENT.sub("", line).strip()
            if text:
                keys, values = _read_line(text, f"{place}, line {number}")
                for key in keys:
                    one_way.setdefault(key, []).extend(v for v in values if v != key)
        try:
            return cls(one_way)
        except ArgumentError as error:
            raise ArgumentError(f"{place}: {error}") from None

    def of(self, tokens: tuple[str, ...]) -> tuple[str, ...]:
        """What is searched with a word; its tokens may be in any case."""
        return self._alternatives.get(tuple(map(fold, tokens)), ())

    def __len__(self) -> int:
        return len(self._alternatives)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Synonyms) and self._alternatives == other._alternatives

    def __hash__(self) -> int:
        return hash(frozenset(self._alternatives.items()))

    def __repr__(self) -> str:
        return f"<Synonyms of {len(self)} words>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Synonyms, ({" ".join(key): values for key, values in self._alternatives.items()},)


def _texts(values: str | Iterable[str]) -> list[str]:
    if not isinstance(values, Iterable):
        raise ArgumentTypeError(f"a synonym is text, or a list of texts, not {values!r:.60}")
    return [values] if isinstance(values, str) else list(values)


def _lines(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a file of synonyms."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        return re.split(r"\r\n|\r|\n", data.decode("utf-8-sig"))
    except OSError as error:
        raise ArgumentError(f"{os.fspath(path)}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        cure = "save it as UTF-8"
        raise ArgumentError(f"{os.fspath(path)}, line {line}: it is not UTF-8: {cure}") from None


def _key(text: str) -> tuple[str, ...]:
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a synonym is text, not {text!r:.60}")
    typed = rules().tokenize(rules().prepare(text))
    tokens = tuple(map(fold, typed[elisions(typed) :]))
    if not tokens:
        raise ArgumentError(f"{text!r} has no word in it")
    return tokens


def _read_line(text: str, place: str) -> tuple[list[str], list[str]]:
    """The words of a line, and what is searched with each."""
    left, arrow, right = text.partition("=>")
    keys, values = ([one.strip() for one in side.split(",")]
                    for side in (left, right if arrow else left))  # fmt: skip
    if not all((*keys, *values)) or "=>" in right or (not arrow and len(keys) < 2):
        cure = "write tv, television or uk => united kingdom"
        raise ArgumentError(f"{place}: {text!r:.60} are no synonyms: {cure}")
    try:
        for one in (*keys, *values):
            _key(one)
    except ArgumentError as error:
        raise ArgumentError(f"{place}: {error}") from None
    return keys, values
