"""Names in one form: no case, accents or punctuation, no suffixes, no company forms, so that two spellings of one name are equal."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LETTERS: Final = str.maketrans(
    {
        "ß": "SS",
        "Æ": "AE",
        "Œ": "OE",
        "Ø": "O",
        "Ł": "L",
        "Đ": "D",
        "Ð": "D",
        "Þ": "TH",
        "\u0131": "I",
        "'": "",
        "`": "",
        "\u2019": "",
        "\u2018": "",
        "\u02bc": "",
    }
)
_ABBREVIATED: Final = re.compile(r"(?<=\b[A-Z])\.\s?(?=[A-Z]\b)")  # the dots of L.L.C.
_DOING_BUSINESS_AS: Final = re.compile(r"\b(?:D[\s/.]{0,2}B[\s/.]{0,2}A|[AF][\s/.]{0,2}K[\s/.]{0,2}A|DOING BUSINESS AS)\b")
_NO_WORD: Final = re.compile(r"[\W_]+")

SUFFIXES: Final = frozenset({"JR", "SR", "JNR", "SNR", "II", "III", "IV", "2ND", "3RD", "4TH"})
_TITLES: Final = frozenset({"MD", "DDS", "DMD", "DPM", "PHD", "PSYD", "RN", "LPN", "LVN", "CNA", "ESQ", "LCSW", "LMHC", "RPH", "DVM"})
_AFTER_A_NAME: Final = SUFFIXES | _TITLES
_FORMS_OF_ADDRESS: Final = frozenset({"DR", "MR", "MRS", "MS", "MX", "SRA"})
_FORMS: Final = frozenset(
    {"LLC", "INC", "CORP", "CO", "LTD", "LLP", "PLLC", "PC", "LP", "INCORPORATED", "CORPORATION", "COMPANY", "LIMITED", "PLC", "PA"}
    | {"THE", "AND", "OF", "AN", "FOR"}
)
_PARTICLES: Final = frozenset(
    {"DE", "DEL", "LA", "LAS", "LOS", "DA", "DOS", "DI", "DU", "LE", "VAN", "DER", "DEN", "VON", "EL", "AL", "BIN", "Y", "ST"}
)
GENERIC: Final = frozenset(
    {
        "HOME",
        "HEALTH",
        "HEALTHCARE",
        "CARE",
        "SERVICE",
        "SERVICES",
        "MEDICAL",
        "MEDICINE",
        "CENTER",
        "CENTERS",
        "CENTRE",
        "CLINIC",
        "CLINICS",
    }
    | {
        "PHARMACY",
        "DRUG",
        "DRUGS",
        "GROUP",
        "ASSOCIATES",
        "AGENCY",
        "SUPPLY",
        "SUPPLIES",
        "EQUIPMENT",
        "SYSTEMS",
        "SOLUTIONS",
        "ENTERPRISES",
    }
    | {
        "FAMILY",
        "COMMUNITY",
        "NURSING",
        "REHAB",
        "REHABILITATION",
        "THERAPY",
        "DENTAL",
        "HOSPITAL",
        "TRANSPORT",
        "TRANSPORTATION",
        "AMBULANCE",
    }
    | {"MANAGEMENT", "INTERNATIONAL", "AMERICAN", "AMERICA", "NATIONAL", "GENERAL", "PROFESSIONAL", "COUNSELING", "BEHAVIORAL", "MENTAL"}
)
"""Words that many businesses of this trade share: to share them says little."""

_FEWEST_LETTERS_OF_A_PART: Final = 3
_MOST_WORDS_OF_A_PERSON: Final = 4
_MANY: Final = 3


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name in its one form. `surname` is one word; `parts` are its words of weight (GARCIA, LOPEZ)."""

    surname: str
    parts: frozenset[str]
    first: str
    middle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BusinessName:
    """A business's name in its one form: its words without company forms, and all of them as one word."""

    words: frozenset[str]
    joined: str


def words_of(text: str) -> list[str]:
    """Split a text into words of capital letters and digits, without accents or punctuation."""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    plain = text.upper().translate(_LETTERS)
    if "." in plain:
        plain = _ABBREVIATED.sub("", plain)
    return plain.split() if plain.isalnum() else _NO_WORD.sub(" ", plain).split()


def person_name(*, last: str, first: str, middle: str = "") -> PersonName | None:
    """Read a name that comes in parts; nothing without a surname."""
    surname = _without_suffixes(words_of(last))
    if not surname:
        return None
    given = [*_without_suffixes(words_of(first)), *_without_suffixes(words_of(middle))]
    return _person(surname, given[0] if given else "", given[1:])


def person_names(text: str) -> tuple[PersonName, ...]:
    """Read a name that comes whole in each way it may be meant: `First Middle Last`, `Last, First Middle`, or with two surnames.

    A name of one word is a surname.
    """
    before, _, after = _DOING_BUSINESS_AS.split(text.upper())[0].partition(",")
    surname, given = _without_suffixes(words_of(before)), [word for word in words_of(after) if word not in _AFTER_A_NAME]
    if surname and given:
        return (_person(surname, given[0], given[1:]),)
    words = _without_suffixes(_without_titles(surname or given))
    if len(words) <= 1:
        return (_person(words, "", ()),) if words else ()
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    meant = [_person(words[start:], words[0], words[1:start])]
    if start >= _MANY - 1:  # the word before may be a first surname
        before_it = start - 1
        while before_it > 1 and words[before_it - 1] in _PARTICLES:
            before_it -= 1
        meant.append(_person(words[before_it:], words[0], words[1:before_it]))
    return tuple(meant)


def business_names(text: str) -> tuple[BusinessName, ...]:
    """Read a business's name; what follows `DBA` is another name of it."""
    read = [_business(words_of(part)) for part in _DOING_BUSINESS_AS.split(text.upper())]
    return tuple(dict.fromkeys(name for name in read if name.words))


def may_be_a_person(text: str) -> bool:
    """Say whether a business's name may be that of one person: two to four words, none of them a word of trade or a company form."""
    words = words_of(_DOING_BUSINESS_AS.split(text.upper())[0])
    return 1 < len(words) <= _MOST_WORDS_OF_A_PERSON and not any(word in GENERIC or word.isdigit() for word in words)


def _person(surname: Sequence[str], first: str, middle: Sequence[str]) -> PersonName:
    parts = (word for word in surname if word not in _PARTICLES and len(word) >= _FEWEST_LETTERS_OF_A_PART)
    return PersonName("".join(surname), frozenset(parts), first, tuple(middle))


def _business(words: Sequence[str]) -> BusinessName:
    kept = [word for word in words if word not in _FORMS] or list(words)
    return BusinessName(frozenset(kept), "".join(kept))


def _without_suffixes(words: list[str]) -> list[str]:
    return [word for word in words if word not in SUFFIXES] or words


def _without_titles(words: list[str]) -> list[str]:
    if len(words) >= _MANY and words[0] in _FORMS_OF_ADDRESS:
        words = words[1:]
    while len(words) >= _MANY and words[-1] in _TITLES:
        words = words[:-1]
    return words
