"""The dates of records, in the forms that programs and other languages write them in.

What people write in English and ISO 8601 is read by :mod:`searchlib.dates`; here are the forms
that only data has: seconds since 1970, 14 digits, RFC 822 with a year of two digits, the forms of
C's ``asctime`` and of Twitter, a zone in brackets (RFC 9557), and the names of months in other
languages.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from searchlib.analysis import fold
from searchlib.dates import read_iso

__all__ = ["has_two_orders", "order_of", "record_date"]

# Numbers in this range are seconds since 1970 (from 1973 on), and a thousand times as much
# milliseconds, and so on: smaller ones may be years or other numbers.
_SECONDS = (100_000_000, 10_000_000_000)
_UNITS = (1, 1_000, 1_000_000)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"(\d{9,16})(\.\d+)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?")
_BRACKETED = re.compile(r"(.*\d(?:Z|[+-]\d\d:?\d\d)?)\[[!\w/+:-]+\]", re.ASCII)
# Wed Aug 31 09:20:00 2022; Wed Aug 31 09:20:00 +0000 2022; Wed Aug 31 09:20:00 UTC 2022
_ASCTIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d\d?) (\d\d:\d\d:\d\d)( [+-]\d{4}| [A-Z]{1,4})? (\d{4})"
)
# Wed, 31 Aug 22 09:20:00 GMT (RFC 822; the century as RFC 2822 has it)
_RFC_822 = re.compile(r"((?:[A-Za-z]{3}, )?\d\d? [A-Za-z]{3}) (\d\d)( \d\d:\d\d.*)")
_NUMERIC = re.compile(r"\s*(\d\d?)([./-])(\d\d?)\2(?:\d{4})\b")
_OFFSETS = {
    "WET": "+0000", "WEST": "+0100", "CET": "+0100", "CEST": "+0200", "EET": "+0200",
    "EEST": "+0300", "MSK": "+0300", "JST": "+0900", "KST": "+0900", "HKT": "+0800",
    "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
_ZONE_NAME = re.compile(rf"(?<=\d) ?({'|'.join(_OFFSETS)})\b")

# The months of languages, January first, without accents; a form behind a slash is another.
# Names of two words are left out (-). Croatian is not here: its listopad is October, that of Polish and Czech November.
_MONTHS = """
janvier/janv fevrier/fevr mars avril/avr mai juin juillet/juil aout septembre octobre novembre decembre
januar/jan/janner februar/feb/feber marz/maerz april mai juni juli august september oktober/okt november dezember/dez
enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart/mrt april mei juni juli augustus september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts april maj juni juli august september oktober november december
januar februar mars april mai juni juli august september oktober november desember
tammikuuta/tammikuu helmikuuta/helmikuu maaliskuuta/maaliskuu huhtikuuta/huhtikuu toukokuuta/toukokuu kesakuuta/kesakuu heinakuuta/heinakuu elokuuta/elokuu syyskuuta/syyskuu lokakuuta/lokakuu marraskuuta/marraskuu joulukuuta/joulukuu
stycznia/styczen lutego/luty marca/marzec kwietnia/kwiecien maja/maj czerwca/czerwiec lipca/lipiec sierpnia/sierpien wrzesnia/wrzesien pazdziernika/pazdziernik listopada/listopad grudnia/grudzien
ledna/leden unora/unor brezna/brezen dubna/duben kvetna/kveten cervna/cerven cervence/cervenec srpna/srpen zari rijna/rijen listopadu prosince/prosinec
ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik
januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
gener febrer marc abril maig juny juliol agost setembre octubre novembre desembre
января/январь февраля/февраль марта/март апреля/апрель мая/май июня/июнь июля/июль августа/август сентября/сентябрь октября/октябрь ноября/ноябрь декабря/декабрь
сичня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου
يناير فبراير مارس ابريل/أبريل مايو يونيو/يونيه يوليو/يوليه اغسطس/أغسطس سبتمبر اكتوبر/أكتوبر نوفمبر ديسمبر
januari februari maret april mei juni juli agustus september oktober november desember
eanair feabhra marta aibrean bealtaine meitheamh iuil lunasa - - samhain nollaig
"""


@cache
def _month_names() -> dict[str, int]:
    """The folded names, and their beginnings that say one month only, with the months' numbers."""
    months: dict[str, set[int]] = {}
    for names in _MONTHS.strip().splitlines():
        for number, name in enumerate(names.split(), 1):
            for form in map(fold, name.split("/")):
                for length in range(3, len(form) + 1):
                    months.setdefault(form[:length], set()).add(number)
    return {name: numbers.pop() for name, numbers in months.items() if len(numbers) == 1}


# "31. August 2022", "31 de agosto de 2022", "2022. augusztus 31."
_DAY_MONTH = re.compile(
    r"(?:[^\W\d_]+\.?,? +)?(?:le |el |den |am )?(?P<day>\d{1,2})(?:er|\.|º|°)?\s+(?:de |d['’]|di )?"
    r"(?P<month>[^\W\d_]{3,})\.?,?\s+(?:de |del |do )?(?P<year>\d{4})\.?"
    r"(?P<rest>(?:\D{0,12}\b\d{1,2}[:h.]\d\d(?::\d\d)?.*)?)",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})\. (?P<month>[^\W\d_]{3,})\.? (?P<day>\d{1,2})\.?(?P<rest>)"
)
_TIME = re.compile(r"\b(\d{1,2})[:h.](\d\d)(?::(\d\d))?")


def record_date(value: Any, day_first: bool | None = None) -> str:
    """The date of a record as ISO 8601 text. ValueError says what is wrong.

    >>> record_date(1661936400), record_date("31 août 2022")
    ('2022-08-31T09:00:00Z', '2022-08-31')
    >>> record_date("Wed Aug 31 09:20:00 +0000 2022")
    '2022-08-31T09:20:00Z'
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _of_number(value)
    if isinstance(value, str):
        return _of_text(value.strip(), day_first)
    return read_iso(value, day_first=day_first)


def has_two_orders(text: str) -> bool:
    """Whether a date is one of two, by whether the day or the month comes first.

    >>> has_two_orders("03/04/2022"), has_two_orders("14.03.2023")
    (True, False)
    """
    match = _NUMERIC.match(text)
    return (
        match is not None and int(match[1]) <= 12 and int(match[3]) <= 12 and match[1] != match[3]
    )


def order_of(text: str) -> bool | None:
    """Whether the day (True) or the month (False) comes first in a date that can be read in one
    way only; None if it says nothing of it.

    >>> order_of("14.03.2023"), order_of("03/14/2023"), order_of("2023-03-14")
    (True, False, None)
    """
    match = _NUMERIC.match(text)
    if match is None or not (1 <= int(match[1]) <= 31 and 1 <= int(match[3]) <= 31):
        return None
    if int(match[1]) > 12 >= int(match[3]):
        return True
    return False if int(match[3]) > 12 >= int(match[1]) else None


def _of_number(value: float) -> str:
    for unit in _UNITS:
        if _SECONDS[0] <= value / unit < _SECONDS[1]:
            timestamp = _EPOCH + timedelta(seconds=value / unit)
            timespec = "milliseconds" if timestamp.microsecond else "seconds"
            return timestamp.isoformat(timespec=timespec).replace("+00:00", "Z")
    if isinstance(value, int) and (1000 <= value <= 2999 or 19000101 <= value <= 29991231):
        return read_iso(str(value))
    raise ValueError(f"the number {value} is not a date: write it as 2022-08-31")


@lru_cache(maxsize=8192)
def _of_text(text: str, day_first: bool | None) -> str:
    if match := _DIGITS.fullmatch(text):
        number = float(text) if match[2] else int(text)
        if _COMPACT.fullmatch(text) is None:
            return _of_number(number)
    if match := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second = match.groups()
        return read_iso(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}")
    if match := _BRACKETED.fullmatch(text):
        text = match[1]
    if match := _ASCTIME.fullmatch(text):
        month, day, clock, zone, year = match.groups()
        text = f"{day} {month} {year} {clock}{zone or ''}"
    elif match := _RFC_822.fullmatch(text):
        year = match[2]
        text = f"{match[1]} {'20' if int(year) < 50 else '19'}{year}{match[3]}"
    text = _ZONE_NAME.sub(lambda name: " " + _OFFSETS[name[1]], text)
    try:
        return read_iso(text, day_first=day_first)
    except ValueError:
        iso = _with_foreign_month(text)
        if iso is None:
            raise
        return iso


def _with_foreign_month(text: str) -> str | None:
    """The date of a text whose month is named in another language, or None."""
    match = _DAY_MONTH.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    month = match and _month_names().get(fold(match["month"]))
    if match is None or month is None:
        return None
    day = f"{match['year']}-{month:02}-{int(match['day']):02}"
    clock = _TIME.search(match["rest"])
    if clock is None:
        return read_iso(day)
    seconds = f":{clock[3]}" if clock[3] else ""
    return read_iso(f"{day}T{int(clock[1]):02}:{clock[2]}{seconds}")
