"""Words of a text as a search compares them: without case, accents or signs, in plain ASCII.

"Café Más-Cerca" is `cafe mas cerca`. A letter that has no plain form (of Chinese, say) is written by its number, one after the
other, so that the beginning of a word is still the beginning of what is written.
"""

import unicodedata
from typing import Final

MOST_LETTERS: Final = 64
"""A longer word is known by this many of its letters."""
_APOSTROPHES: Final = frozenset("'\u2019\u2018\u02bc`\u00b4")
_PLAIN: Final = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŧ": "t"}
_COUNTY: Final = frozenset({"county", "condado", "parish", "borough"})
_KINDS: Final = {"county": "c", "organisation_type": "o", "clientele": "l", "language": "n", "accessibility": "a"}


def words_of(text: str) -> list[str]:
    """Split a text into words; signs part them, but an apostrophe does not ("women's" is one word)."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = (
        _PLAIN.get(letter, letter) if letter.isalnum() else " "
        for letter in folded
        if letter not in _APOSTROPHES and not unicodedata.category(letter).startswith("M")
    )
    return ["".join(_written(letter) for letter in word[:MOST_LETTERS]) for word in "".join(letters).split()]


def mark(kind: str, value: str) -> str:
    """Write a value of a filter as one token: "Sign language" and "sign_language" are the same.

    A county goes by its name alone: "Alachua", "Alachua County" and "alachua, FL" are the same.
    """
    words = words_of(value)
    if kind == "county":
        words = [word for word in words_of(value.partition(",")[0]) if word not in _COUNTY]
    return f"f{_KINDS[kind]}{''.join(words)}"


def language_marks(language: str) -> list[str]:
    """Write a language as tokens: "es-MX" is found as itself and as "es"."""
    return list(dict.fromkeys(mark("language", one) for one in (language, language.partition("-")[0])))


def _written(letter: str) -> str:
    return letter if letter.isascii() else f"u{ord(letter):06x}"
