"""Folding: a token -> its word -> its surface form, which all spellings of the word share.

A *word* is what a token says: in lower case, with its accents, for a stemmer to read. Apostrophes
are left out and the endings behind them cut, separators of thousands are left out, and a decimal
comma is a point. A *surface form* is a word without accents and other marks: letters with strokes
and the like are the plain letters, which Lucene's ``ASCIIFoldingFilter`` does too.
Folding a surface form changes nothing.
"""

from __future__ import annotations

import re
import unicodedata

from searchlib.analysis.characters import clean

__all__ = [
    "DECIMAL_COMMA",
    "DOTLESS",
    "IRISH",
    "fold",
    "fold_keyword",
    "initials",
    "surface",
    "word",
]

#: Languages that write 3.500 for three and a half thousand, and 3,5 for three and a half.
DECIMAL_COMMA = frozenset(
    (
        "ca", "cs", "da", "de", "el", "eo", "es", "et", "eu", "fi", "fr", "hr", "hu", "hy",
        "id", "is", "it", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr",
        "sv", "tr", "uk", "vi",
    )
)  # fmt: skip
#: Languages in which the small letter of I is ı.
DOTLESS = frozenset(("tr", "az"))
#: Irish writes a t, n or h, which a word gets before its vowel, before the capital of that word:
#: "an tAontas", "na hÉireann". An apostrophe keeps it apart in the word, for the stemmer; Lucene's
#: IrishLowerCaseFilter has a hyphen. Other such letters are told in small ones, too: "bhfear".
IRISH = frozenset(("ga",))
_IRISH_PREFIX = re.compile("^([hnt])(?=[AEIOUÁÉÍÓÚ])")

# Endings that are written behind an apostrophe, by language; 's comes off in all of them.
_ENDINGS: dict[str, re.Pattern[str]] = {
    "ca": re.compile("l|ls|m|n|ns|s|t|hi|ho"),  # veure'l, dona'm
    "et": re.compile("d|i|s|st|sse|l|lt|le|ga|ni|ta|t|ks|na"),  # Bordeaux'sse
    "fi": re.compile("n|ssa|ssä|sta|stä|lla|llä|lta|ltä|lle|ksi|na|nä|tta|ttä|ta|tä|a|ä|in|iin|t"),
    "lt": re.compile("as|o|ui|ą|u|e|ai|ų|ams|us|ais|uose|is|io|iui|į|iu|yje|ė|ės|ei|ę|es|oje"),
    "nl": re.compile("er|ers|en|tje|tjes|t|de|te"),  # sms'en, baby'tje
    "pl": re.compile("a|u|owi|em|ego|emu|go|mu|m|ie|ów|om|ami|ach|y|i|owie|ze"),  # Kennedy'ego
    "tr": re.compile(
        "(?:l[ae]r)?[ıiuü]?(?:m[ıiuü]z|n[ıiuü]z|m)?"  # plural, whose
        "(?:[ny]?[ıiuüae]|[ns]?[ıiuü]n?[ae]?|n?[ıiuü]n|n?[dt][ae](?:n|ki|kiler)?|y?l[ae]|c[ae]|ç[ae])?"
        "(?:l[ıiuü](?:k|lar|ler)?|s[ıiuü]z|y?[dt][ıiuü]r?|y?m[ıi]ş|ys[ae]|yken|ki|nc[ıiuü]|l[ae]r)?"
    ),
}
_INITIALS = re.compile(r"([^\W\d_]\W?(?:\.[^\W\d_][^\w.']?)+)\.?(?:'s)?")
_NUMBER = re.compile(r"([0-9][0-9.,]*(?:'[0-9]{3})*(?:\.[0-9]+)?)(?:'(.*))?")
_NO_SIGN = str.maketrans(dict.fromkeys("'\"“”„"))


def word(token: str, language: str) -> str:
    """What a token says, in a language (an ISO 639-1 code, or ""). Never empty.

    A word of capitals and an s is the plural of the initials; it keeps an apostrophe before the s,
    for the stemmer, as other plurals keep their letters.

    >>> word("Économie", "fr"), word("O’Neill's", "en"), word("Ankara'dan", "tr"), word("U.S.", "")
    ('économie', 'oneill', 'ankara', 'u.s')
    >>> word("3,500", "en"), word("3,500", "de"), word("5,5", "de"), word("MPs", "en")
    ('3500', '3.500', '5.5', "mp's")
    """
    text = clean(token)
    if text.isalpha():
        if text[-1] == "s" and len(text) > 2 and text[:-1].isupper():
            return _lower(text[:-1], language) + "'s"
        return _lower(text, language)
    if text.isalnum() and text.isascii():
        return text.lower()
    first = text[:1]
    if "0" <= first <= "9" and (match := _NUMBER.fullmatch(text)) is not None:
        number = _number(match[1], language)
        return f"{number}s" if (match[2] or "").lower() == "s" else number
    if "." in text and (match := _INITIALS.fullmatch(text)) is not None:
        letters, singular = match[1], match[1].removesuffix(".s")
        return _lower(singular if singular.isupper() else letters, language)  # "N.G.O.s"
    lower = _lower(text, language)
    if "&" in lower:
        return _joined_initials(text, lower)
    if "'" in lower:
        lower = _without_ending(lower, language)
    return lower.translate(_NO_SIGN).rstrip(".") or token


def _lower(text: str, language: str) -> str:
    if language in IRISH:
        text = _IRISH_PREFIX.sub(r"\1'", text)
    if text.isascii() and language not in DOTLESS:
        return text.lower()
    if language in DOTLESS:
        text = text.replace("I", "ı")
    text = text.replace("İ", "i").lower()
    return text if text.isascii() else clean(text)


def _number(text: str, language: str) -> str:
    """A number without separators of thousands, and with a decimal point."""
    text = text.replace("'", "")
    if "," in text and "." in text:
        comma_is_decimal = text.rindex(",") > text.rindex(".")
    elif "," in text:
        comma_is_decimal = text.count(",") == 1 and not _is_thousands(text, ",", language)
    elif text.count(".") == 1:
        comma_is_decimal = language in DECIMAL_COMMA and _groups(text, ".")
    else:
        comma_is_decimal = True
    if comma_is_decimal:
        text = text.replace(".", "").replace(",", ".")
    return text.replace(",", "").rstrip(".")


def _is_thousands(text: str, separator: str, language: str) -> bool:
    return language not in DECIMAL_COMMA and _groups(text, separator)


def _groups(text: str, separator: str) -> bool:
    """Whether a number with one separator can be one of thousands."""
    before, _, after = text.partition(separator)
    return len(after) == 3 and len(before) <= 3 and before[0] != "0"


def _joined_initials(text: str, lower: str) -> str:
    if text[-2:-1] == "'":
        return lower[:-2]
    if text[-1] == "s" and text[:-1].isupper():
        return f"{lower[:-1]}'s"
    return lower


def _without_ending(lower: str, language: str) -> str:
    """The word without the ending behind its last apostrophe, if there is one."""
    base, _, ending = lower.rpartition("'")
    if ending == "s" and base:
        return f"{base}s" if base.isdigit() else base
    endings = _ENDINGS.get(language)
    if endings is not None and len(base) > 1 and ending and endings.fullmatch(ending):
        return base
    return lower


# Letters that are not decomposed by Unicode (or of which too little would be left).
_PLAIN = {
    "a": "ɐɑɒəɚᴀᶏᶐᶕⱥꬰꬱꭤꞻ", "aa": "ꜳ", "ae": "æᴁᴂꞛ", "ao": "ꜵ", "au": "ꜷ", "av": "ꜹꜻ", "ay": "ꜽ",
    "b": "ƀƃɓʙᴃᵬᶀꞗ", "c": "ƈȼɕʗᴄↄꜿꞓꞔ", "d": "đðƌȡɖɗᴅᴆᵭᶁᶑꝺꟈ", "db": "ȸ", "dz": "ʣʥꭦ", "dj": "ʤ",
    "e": "ǝɇɘɛɜɝɞᴇᴈᶒᶓᶔⱸⱻꬲꬳꬴ", "f": "ƒᵮᶂꜰꝼꞙꬵ", "g": "ǥɠɡɢʛᵷᵹᶃꞡꬶꟑ", "h": "ħɥɦɧʜʮʯⱨⱶꜧꞕ",
    "hv": "ƕ", "i": "ıɨɩɪᴉᵻᵼᶖꞽ", "j": "ȷɉɟʄʝᴊ", "k": "ƙĸʞᴋᶄⱪꝁꝃꝅꞣ",
    "l": "łƚȴɫɬɭʟᴌᶅⱡꝇꝉꞁꞎꬷꬸꬹ", "ll": "ỻ", "ls": "ʪ", "lz": "ʫ", "m": "ɯɰɱᴍᵯᶆꬺ",
    "n": "ŋƞȵɲɳɴᴎᵰᶇꞑꞥꬻꬼ", "o": "øɔɵɷᴏᴐᴑᴒᴓᴖᴗᶗⱺꝋꝍꟁꬽꬾꬿ", "oe": "œɶᴔꞝꭀꭁꭂꭢ", "oo": "ꝏ", "ou": "ȣᴕ",
    "p": "ƥɸᴘᵱᵽᶈꝑꝓꝕ", "q": "ɋʠꝗꝙꞯ", "qp": "ȹ", "r": "ɍɹɺɻɼɽɾɿʀʁᴙᴚᵲᵳᶉⱹꝛꞃꞧꭅꭆꭇꭉꭋꭌꭨ", "rr": "ꭈꭊ",
    "s": "ȿʂʃʅʆᵴᶊᶋᶘꜱꞅꞩꟊꟗꟙẜẝꭍ", "ss": "ß", "t": "ŧƫƭȶʇʈᴛᵵⱦꞇ", "tc": "ʨ", "th": "þᵺꝥꝧ",
    "ts": "ʦꭧ", "tz": "ꜩ", "u": "ʉʊᴜᴝᴞᵾᵿᶙꞹꞿꭎꭏꭒ", "ue": "ᵫꞟ", "ui": "ꭐꭑ", "v": "ʋʌᴠᶌⱱⱴꝟỽ",
    "vy": "ꝡ", "w": "ƿʍɯᴡⱳꟃꟕ", "x": "ᶍꭖꭗꭘꭙ", "y": "ƴɏʎʏꭚỿ", "z": "ƶȝȥɀʐʑʒʓᴢᴣᶎᶚⱬꝣ",
    # the final sigma; Arabic alef, yeh, kaf and heh as Arabs, Persians and Urdu speakers type them
    "σ": "ς", "ا": "ٱ", "ي": "ىیې", "ك": "کڪ", "ه": "ةهھہۀۂۃە",
    # Yiddish digraphs; candrabindu, often written as anusvara; chillu letters of Malayalam, and
    # khanda ta of Bengali, which older texts write with a virama
    "יי": "ײ", "וי": "ױ", "וו": "װ", "ं": "ँ",
    "ണ്": "ൺ", "ന്": "ൻ", "ര്": "ർ", "ല്": "ൽ", "ള്": "ൾ", "ക്": "ൿ", "ত্": "ৎ",
}  # fmt: skip
_LETTERS = str.maketrans({letter: to for to, letters in _PLAIN.items() for letter in letters})
# Marks that are taken off, of decomposed text: accents; points, vowel signs and hamza of Hebrew,
# Arabic and Syriac; the nukta and Vedic accents. A Cyrillic letter with a breve or a diaeresis is
# another letter (й, ї, ў), but for ё and stress marks. All other marks tell words apart.
_CYRILLIC = "\u0400-\u052f\ua640-\ua69f"
_REMOVED = re.compile(
    rf"(?<![{_CYRILLIC}])[\u0300-\u036f]|(?<=[{_CYRILLIC}])(?<![гк])[\u0300\u0301]|(?<=е)\u0308"
    r"|[\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f"
    r"\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0730-\u074a\u0898-\u089f"
    r"\u08ca-\u08e1\u08e3-\u08ff\u093c\u0951-\u0954\u1ab0-\u1aff\u1cd0-\u1cff\u1dc0-\u1dff"
    r"\u20d0-\u20f0\ufe20-\ufe2f]"
)


def surface(word: str) -> str:
    """The surface form of a word. Never empty for a word that is not.

    >>> surface("économie"), surface("łódź"), surface("straße"), surface("рай")
    ('economie', 'lodz', 'strasse', 'рай')
    """
    if word.isascii():
        return word.replace("'", "") or word if "'" in word else word
    try:
        return word.translate(_plain_letters) or word
    except _NotPlainError:
        return _fold_characters(word).translate(_NO_MARK) or word


_NO_MARK = str.maketrans(dict.fromkeys("'\"“”„·"))


class _NotPlainError(Exception):
    """The word has a character that may fold in another way beside others."""


class _PlainLetters(dict[int, str]):
    """The surface form of each letter that has the same one beside any others, for
    ``str.translate``; made when it is first asked for. Raises _NotPlainError for other characters:
    marks, and the parts of Korean syllables, which are composed with what is before them."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        folded = _fold_characters(letter).translate(_NO_MARK)
        is_letter = unicodedata.category(letter) in ("Lu", "Ll", "Lo")
        if not letter.isascii() and (
            not is_letter or _JAMO.search(letter + folded)
            or _fold_characters(f"a{letter}") != f"a{folded}"  # some signs count as letters
        ):  # fmt: skip
            raise _NotPlainError
        self[code] = folded
        return folded


_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_plain_letters = _PlainLetters()


def _fold_characters(text: str) -> str:
    """The text without case, accents and strokes, or as it is if nothing would be left."""
    folded = _fold_once(text)
    if folded != text:  # what comes off can bring other marks to light
        folded = _fold_once(folded)
    return folded or text


def _fold_once(text: str) -> str:
    folded = clean(text).replace("İ", "i").lower()
    if folded.isascii():
        return folded
    folded = _REMOVED.sub("", unicodedata.normalize("NFD", folded.translate(_LETTERS)))
    return unicodedata.normalize("NFC", folded.translate(_LETTERS))


def fold(token: str) -> str:
    """The surface form of a token, in no language.

    >>> fold("Café’s"), fold("O'Neill"), fold("U.S."), fold("155,221"), fold("Straße")
    ('cafe', 'oneill', 'u.s', '155221', 'strasse')
    """
    return surface(word(token, ""))


def fold_keyword(value: str) -> str:
    """The term of a keyword: the whole value, with case, accents, invisible signs and runs of
    spaces folded.

    >>> fold_keyword("  São  Tomé ")
    'sao tome'
    """
    folded = value.lower() if value.isascii() else _fold_characters(value)
    # A value of accents alone folds to spaces; it is its own term.
    return " ".join(folded.split()) or " ".join(value.split())


def initials(token: str, stop_words: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The surface forms under which a token that is typed as initials is also written: "u.n" for
    UN, "un" for U.N. None of them is a stop word: "U.S." is not "us", as the pronoun would be a
    country.

    >>> initials("UN"), initials("U.S.A."), initials("U.S.", frozenset(["us"])), initials("rain")
    (('u.n',), ('usa',), (), ())
    """
    text = clean(token)
    match = _INITIALS.fullmatch(text)
    if match is not None:
        form = surface(_lower(match[1].replace(".", ""), ""))
        return () if form in stop_words else (form,)
    letters = text.removesuffix("'s")
    singular = letters.removesuffix("s")  # "MPs"
    if singular.isupper():
        letters = singular
    if not (2 <= len(letters) <= 6 and letters.isalpha() and letters.isupper()):
        return ()
    return (".".join(surface(_lower(letters, ""))),)
