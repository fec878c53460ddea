"""Numbers that others issue: the national provider identifier, and the taxpayer identification numbers, each checked by its own rule."""

import re
from typing import Final

from vendors.people import TinKind

_NPI: Final = re.compile(r"[12][0-9]{9}")
_NPI_PREFIX: Final = "80840"
_TIN: Final = re.compile(r"[0-9]{9}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{2}-[0-9]{7}")
_WITHDRAWN_SSNS: Final = frozenset({"078051120", "219099999"})
"""Numbers that advertisements made useless, and that the Social Security Administration took back."""

_ITIN_GROUPS: Final = frozenset([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])
"""The fourth and fifth digit of an individual taxpayer identification number (IRS Publication 1915)."""

_EIN_PREFIXES: Final = frozenset(
    [*range(1, 7), *range(10, 17), *range(20, 28), *range(30, 49), *range(50, 69), *range(71, 78), *range(80, 89), *range(90, 96), 98, 99]
)
"""The prefixes that the IRS has given to its offices and to the internet ("How EINs are assigned and valid EIN prefixes")."""


def why_no_npi(text: str) -> str | None:
    """Say what is wrong with a national provider identifier; nothing when its check digit fits.

    Ten digits, the first a 1 or 2, whose Luhn sum is right with 80840 before them (45 CFR 162.406; CMS, "Requirements for
    National Provider Identifier and NPI check digit").
    """
    if not _NPI.fullmatch(text):
        return "an NPI is ten digits, the first of them 1 or 2"
    return None if _luhn(_NPI_PREFIX + text) else "this is no NPI: its check digit does not fit"


def tin_digits(text: str) -> str | None:
    """Read a taxpayer identification number as its nine digits, with or without the usual hyphens."""
    return text.replace("-", "") if _TIN.fullmatch(text) else None


def why_no_tin(kind: TinKind, digits: str) -> str | None:
    """Say why nine digits can not be a taxpayer identification number of a kind; the words never hold the number."""
    match kind:
        case TinKind.SSN:
            area, group, serial = digits[:3], digits[3:5], digits[5:]
            if area in {"000", "666"} or area[0] == "9" or group == "00" or serial == "0000" or digits in _WITHDRAWN_SSNS:
                return "this is no Social Security number that was ever issued"
        case TinKind.ITIN:
            if digits[0] != "9" or int(digits[3:5]) not in _ITIN_GROUPS:
                return "this is no individual taxpayer identification number that was ever issued"
        case TinKind.EIN:
            if int(digits[:2]) not in _EIN_PREFIXES:
                return "this is no employer identification number that was ever issued"
    return None


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the digits of a two-digit number
