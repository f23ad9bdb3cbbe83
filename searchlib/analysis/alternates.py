"""Other spellings: what a word with marks is typed as by those who do not have its letters.

They are made from the word as written and kept in a table; a word typed plain is never guessed to
be one. "poeng" is no spelling of "pong".
"""

from __future__ import annotations

from searchlib.analysis.folding import surface

__all__ = ["alternates"]

# Each table is applied to a word as a whole: who types "oe" for one ö does so for the next.
_Tables = tuple[dict[int, str], ...]


def _table(pairs: str) -> dict[int, str]:
    return str.maketrans(dict(pair.split("=") for pair in pairs.split()))


_GERMANIC = _table("ä=ae ö=oe ü=ue å=aa ø=oe đ=dj")
_LONG_A = _table("å=aa")  # "aa" is an older spelling of å, besides: Aarhus, Åström typed "Aastrom"
_X_SYSTEM = _table("ĉ=cx ĝ=gx ĥ=hx ĵ=jx ŝ=sx ŭ=ux")
_H_SYSTEM = _table("ĉ=ch ĝ=gh ĥ=hh ĵ=jh ŝ=sh ŭ=u")
_SERBIAN_LATIN = _table(
    "а=a б=b в=v г=g д=d ђ=đ е=e ж=ž з=z и=i ј=j к=k л=l љ=lj м=m н=n њ=nj о=o п=p р=r с=s т=t ћ=ć "
    "у=u ф=f х=h ц=c ч=č џ=dž ш=š"
)

_DEFAULT: _Tables = (_GERMANIC, _LONG_A)
_TABLES: dict[str, _Tables] = {
    "eo": (_X_SYSTEM, _H_SYSTEM),
    # Letters of every third word, which nobody types otherwise. "å" is of Swedish names only.
    "fi": (_LONG_A,),
    "et": (),
    "hu": (),
    "tr": (),
    "az": (),
    "vi": (),
}


def alternates(word: str, language: str) -> tuple[str, ...]:
    """Surface forms that a word is typed as besides its own, at most three.

    >>> alternates("häuser", "de"), alternates("åström", "sv"), alternates("đoković", "sr")
    (('haeuser',), ('aastroem', 'aastrom'), ('djokovic',))
    >>> alternates("ĉevalo", "eo"), alternates("poeng", "no"), alternates("ђоковић", "sr")
    (('cxevalo', 'chevalo'), (), ('dokovic', 'djokovic'))
    """
    if word.isascii():
        return ()
    written = word.translate(_SERBIAN_LATIN) if language == "sr" else word
    tables = _TABLES.get(language, _DEFAULT)
    forms = [written, *(written.translate(table) for table in tables)]
    if all(form == word for form in forms):
        return ()
    folded = dict.fromkeys(surface(form) for form in forms)
    folded.pop(surface(word), None)
    return tuple(folded)
