"""The time zone in which a news agency stamps its pages."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

__all__ = ["AGENCY_ZONES", "agency_zone"]

#: Agency name (lower case) -> IANA time zone of the times on its pages. Agencies whose newsrooms
#: stamp in several zones (Reuters, AP, Bloomberg) are left out on purpose.
AGENCY_ZONES = {
    "xinhua": "Asia/Shanghai",
    "xinhua news agency": "Asia/Shanghai",
    "people's daily": "Asia/Shanghai",
    "people's daily online": "Asia/Shanghai",
    "people's daily app": "Asia/Shanghai",
    "global times": "Asia/Shanghai",
    "china daily": "Asia/Shanghai",
    "chinadaily.com.cn": "Asia/Shanghai",
    "china news service": "Asia/Shanghai",
    "chinanews.com": "Asia/Shanghai",
    "ecns": "Asia/Shanghai",
    "ecns.cn": "Asia/Shanghai",
    "cgtn": "Asia/Shanghai",
    "cctv": "Asia/Shanghai",
    "cctv.com": "Asia/Shanghai",
    "cna": "Asia/Taipei",
    "kyodo": "Asia/Tokyo",
    "kyodo news": "Asia/Tokyo",
    "jiji press": "Asia/Tokyo",
    "nhk": "Asia/Tokyo",
    "yonhap": "Asia/Seoul",
    "yonhap news agency": "Asia/Seoul",
    "kcna": "Asia/Pyongyang",
    "vna": "Asia/Ho_Chi_Minh",
    "bernama": "Asia/Kuala_Lumpur",
    "antara": "Asia/Jakarta",
    "pti": "Asia/Kolkata",
    "ani": "Asia/Kolkata",
    "ians": "Asia/Kolkata",
    "wam": "Asia/Dubai",
    "spa": "Asia/Riyadh",
    "irna": "Asia/Tehran",
    "mena": "Africa/Cairo",
    "anadolu": "Europe/Istanbul",
    "anadolu agency": "Europe/Istanbul",
    "tass": "Europe/Moscow",
    "ria novosti": "Europe/Moscow",
    "ukrinform": "Europe/Kyiv",
    "pap": "Europe/Warsaw",
    "dpa": "Europe/Berlin",
    "ansa": "Europe/Rome",
    "efe": "Europe/Madrid",
    "lusa": "Europe/Lisbon",
}


@lru_cache(maxsize=256)
def agency_zone(name: str) -> ZoneInfo | None:
    """The time zone of an agency's pages; None if the agency is not in the table.

    Case, runs of spaces and typographic apostrophes in the name do not matter.

    >>> agency_zone("Xinhua").key
    'Asia/Shanghai'
    """
    key = " ".join(name.replace("\u2019", "'").lower().split())
    zone = AGENCY_ZONES.get(key)
    return ZoneInfo(zone) if zone else None
