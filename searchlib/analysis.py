"""How text becomes words: the tokenizer, folding, stemming, and their memoised batch form.

Text and queries go through the same three steps.

1. *Tokens.* Letters and digits in a row, with inner apostrophes and ampersands ("O'Neill",
   "AT&T"); numbers with separators ("155,221", "1.03") and dotted initials ("U.S.") stay whole;
   hyphens and other signs separate. Chinese, Japanese and Korean characters are a token each,
   so that any part of a text is found as a phrase of its characters.
2. *Folding.* Case, accents and typographic apostrophes are folded, a possessive ``'s`` dropped.
3. *Stemming* by the language's Snowball stemmer (Porter, 'An algorithm for suffix stripping',
   1980; https://snowballstem.org).

Steps 2 and 3 look at one token alone, so each distinct token is worked on once and remembered;
:class:`Vocabulary` does that for whole batches. :func:`analyzer` gives the same three steps as
a Whoosh analyzer, so that Whoosh's own tools see the same terms.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import Stemmer  # type: ignore[import-untyped,unused-ignore]
from whoosh.analysis import Filter, RegexTokenizer

from searchlib import kernels

__all__ = [
    "LANGUAGES",
    "TOKEN",
    "Vocabulary",
    "analyzer",
    "fold",
    "fold_keyword",
    "stem",
    "stemmed",
    "stems",
    "vocabulary",
    "words",
]

# Written one character a token: kana (without the dot between names), Han and the signs that
# repeat one or stand for one, Hangul syllables, and the Han of the other planes.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
)
# Marks that \w leaves out but that belong to the letter before them: combining accents, Hebrew
# points, Arabic vowel signs, the vowel signs of the Indic scripts, Thai and Lao.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03"
    "\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc-\u0ccd\u0d00-\u0d03\u0d3b-\u0d4d\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
)
_LETTER = rf"[^\W_{_CJK}]"
_WORD = rf"{_LETTER}+(?:[{_MARKS}]+{_LETTER}*)*"

#: The pattern of one token, compiled.
TOKEN: re.Pattern[str] = re.compile(
    # 1,234,567.89 and 3.5, not followed by a letter or digit
    rf"\d+(?:[.,]\d+)+(?!{_LETTER})"
    # U.S., U.S.A., J.K.: single letters with a stop after each
    rf"|(?:[^\W\d_{_CJK}]\.){{2,}}"
    # C++ and C#, which would lose their sign
    rf"|[A-Za-z](?:\+\+|\#)(?!\w)"
    # words; inner apostrophes and ampersands hold a word together
    rf"|{_WORD}(?:['’ʼ&]{_WORD})*"
    rf"|[{_CJK}]"
)

#: Languages with a stemmer: ISO 639-1 code -> name of the Snowball algorithm.
LANGUAGES: dict[str, str] = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish",
    "nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish",
    "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

words: Callable[[str], list[str]] = TOKEN.findall
"""The raw tokens of a text, in order, as written.

>>> words("China's AT&T paid $1,250.50 in the U.S. for co-operation.")
["China's", 'AT&T', 'paid', '1,250.50', 'in', 'the', 'U.S.', 'for', 'co', 'operation']
"""

_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'"})
# Combining accents and the Arabic vowel signs; other marks change the word.
_DROPPED = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u0652\u0670]")


def fold(token: str) -> str:
    """The token without its case, accents and possessive: what two spellings have in common.

    >>> fold("Café’s"), fold("O'Neill"), fold("U.S."), fold("155,221"), fold("Straße")
    ('cafe', 'oneill', 'u.s', '155221', 'strasse')
    """
    if token.isascii():
        folded = token.lower()
    else:
        folded = "".join(_plain(token).translate(_APOSTROPHES).split()) or token
    if folded.isalpha():
        return folded
    if "'" in folded:
        folded = folded.removesuffix("'s").replace("'", "") or folded
    if "," in folded:
        folded = folded.replace(",", "")
    return folded.rstrip(".") or folded


def _plain(text: str) -> str:
    """The text without case and accents. Decomposing may bring capitals out (of a bold letter,
    say) and folding case may bring accents, so each is done twice."""
    plain = text
    for _ in range(2):
        plain = _DROPPED.sub("", unicodedata.normalize("NFKD", plain.casefold()))
    return unicodedata.normalize("NFC", plain) or text


def fold_keyword(value: str) -> str:
    """A keyword's term: case, accents and runs of blanks folded, the whole value kept.

    >>> fold_keyword("  São  Tomé ")
    'sao tome'
    """
    plain = value.lower() if value.isascii() else _plain(value)
    # Accents that stand alone become blanks: then they are kept.
    return " ".join(plain.split()) or " ".join(value.split())


class _Stemmers(threading.local):
    """A Snowball stemmer keeps state, so each thread has its own."""

    def __init__(self) -> None:
        self.by_language: dict[str, Any] = {}

    def get(self, language: str) -> Any:
        found = self.by_language.get(language)
        if found is None:
            found = self.by_language[language] = Stemmer.Stemmer(LANGUAGES[language], 0)
        return found


_stemmers = _Stemmers()


def stemmed(language: str) -> bool:
    """Whether words of this language are stemmed.

    >>> stemmed("en"), stemmed("zh")
    (True, False)
    """
    return language in LANGUAGES


@lru_cache(maxsize=65536)
def stem(folded: str, language: str) -> str:
    """The stem of a folded word; the word itself in a language without a stemmer.

    >>> stem("agreed", "en"), stem("北", "zh")
    ('agre', '北')
    """
    if language not in LANGUAGES or "." in folded:  # initials and numbers are no words to stem
        return folded
    found: str = _stemmers.get(language).stemWord(folded)
    return found or folded


def stems(folded: Sequence[bytes], language: str) -> list[bytes]:
    """The stems of many folded words, all in UTF-8, as :func:`stem` gives them.

    >>> stems([b"agreed", b"u.s"], "en")
    [b'agre', b'u.s']
    """
    if language not in LANGUAGES:
        return list(folded)
    found: list[bytes] = _stemmers.get(language).stemWords(folded)
    ends = np.cumsum(np.fromiter(map(len, folded), np.int64, len(folded)))
    dots = np.flatnonzero(np.frombuffer(b"".join(folded), np.uint8) == ord("."))
    for at in np.unique(np.searchsorted(ends, dots, "right")).tolist():
        found[at] = folded[at]
    if b"" in found:
        found = [made or word for word, made in zip(folded, found, strict=True)]
    return found


class FoldFilter(Filter):  # type: ignore[misc]
    """A Whoosh filter: :func:`fold` on each token.

    >>> [t.text for t in (RegexTokenizer(TOKEN) | FoldFilter())("Café Society")]
    ['cafe', 'society']
    """

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        for token in tokens:
            token.text = fold(token.text)
            yield token


class SnowballFilter(Filter):  # type: ignore[misc]
    """A Whoosh filter: :func:`stem` on each token.

    >>> [t.text for t in analyzer("en")("They agreed")]
    ['they', 'agre']
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        for token in tokens:
            token.text = stem(token.text, self.language)
            yield token


def analyzer(language: str = "") -> Any:
    """The Whoosh analyzer for text of a language; without a stemmer, the words as written.

    >>> [t.text for t in analyzer("")("They agreed")]
    ['they', 'agreed']
    """
    chain = RegexTokenizer(TOKEN) | FoldFilter()
    return chain | SnowballFilter(language) if stemmed(language) else chain


class Vocabulary(dict[str, int]):
    """Blank-separated chunk of text -> its number, made the first time that a chunk is met.

    No token holds a blank, so a text may be cut at blanks first, which is several times faster
    than the pattern, and the pattern, folding and so on run once for each distinct chunk.
    ``surfaces[i]`` is the folded word of number ``i``. One vocabulary serves one batch.

    >>> vocabulary = Vocabulary()
    >>> numbers, counts = vocabulary.numbers(["The (first-rate) cat", "THE cat's"])
    >>> numbers.tolist(), counts.tolist()
    ([0, 1, 2, 3, 0, 3], [4, 2])
    >>> vocabulary.surfaces
    ['the', 'first', 'rate', 'cat']
    """

    def __init__(self) -> None:
        super().__init__()
        self.surfaces: list[str] = []
        self._by_surface: dict[str, int] = {}
        self._by_token: dict[str, int] = {}
        self._flat: list[int] = []  # the words of chunk 0, of chunk 1, ...
        self._ends: list[int] = [0]

    def __missing__(self, chunk: str) -> int:
        known = self._by_token
        for token in words(chunk):
            number = known.get(token)
            if number is None:
                surface = fold(token)
                number = self._by_surface.setdefault(surface, len(self.surfaces))
                if number == len(self.surfaces):
                    self.surfaces.append(surface)
                known[token] = number
            self._flat.append(number)
        self[chunk] = number = len(self)
        self._ends.append(len(self._flat))
        return number

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return 200 * len(self) + 300 * len(self.surfaces)

    def words(self) -> list[bytes]:
        """The words by number, in UTF-8."""
        return [surface.encode() for surface in self.surfaces]

    def cut(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The numbers of the chunks of all texts end to end, and how many each text has: int32."""
        parts = [text.split() for text in texts]
        counts = np.fromiter(map(len, parts), np.int32, len(parts))
        chunks = map(self.__getitem__, chain.from_iterable(parts))
        return np.fromiter(chunks, np.int32, int(counts.sum())), counts

    def expand(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The numbers of the words in these chunks, in order: int32, one a word."""
        flat: npt.NDArray[np.int32] = np.array(self._flat, np.int32)
        starts, lengths = np.array(self._ends, np.int64)[chunks], self.lengths(chunks)
        total = np.cumsum(lengths)
        if not len(total) or not total[-1]:
            return np.empty(0, np.int32)
        at = np.repeat(starts - (total - lengths), lengths) + np.arange(total[-1])
        found: npt.NDArray[np.int32] = flat[at]
        return found

    def lengths(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """How many words each of these chunks holds: int64."""
        ends = np.array(self._ends, np.int64)
        found: npt.NDArray[np.int64] = (ends[1:] - ends[:-1])[chunks]
        return found

    def numbers(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The words of all texts end to end (int32), and how many each text has (int64)."""
        chunks, counts = self.cut(texts)
        total = np.concatenate(([0], np.cumsum(self.lengths(chunks))))
        return self.expand(chunks), np.diff(total[np.cumsum(counts)], prepend=0)


def vocabulary() -> Any:
    """A new :class:`Vocabulary`, or the compiled one, which gives the same.

    >>> vocabulary().numbers(["The cat, the cat"])[0].tolist()
    [0, 1, 0, 1]
    """
    return Vocabulary() if kernels.text is None else kernels.text.Vocabulary(_analysed)


_fold_known = lru_cache(maxsize=65536)(fold)


def _analysed(chunk: str) -> list[str]:
    """The folded words of a chunk."""
    return [_fold_known(token) for token in words(chunk)]
