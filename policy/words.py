"""The member's words: texts in English and Spanish, with room for the numbers of the moment.

A place is written `{name}`. How its value is printed follows from the name: `{..._cents}` as dollars, `{..._on}` as a date, `{..._at}` as
a date with the time, `{..._bp}` (basis points) as percent, `{category}` and `{line}` by their plain names, `{approver}` as the person
meant, `{missing}` as a list of plain names. Anything else is printed as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

Language = Literal["en", "es"]
LANGUAGES: Final[tuple[Language, Language]] = ("en", "es")

MONTHS: Final[Mapping[Language, tuple[str, ...]]] = MappingProxyType(
    {
        "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
        "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    }
)
PEOPLE: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {"broker": "your broker", "director": "a program manager", "payer": "the group that pays for the program"},
        "es": {"broker": "su asesor", "director": "un gerente del programa", "payer": "quien paga el programa"},
    }
)
FIELDS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "business": "the store name",
            "date": "the date",
            "amount_cents": "the price",
            "description": "what it was for",
            "service_type": "what was done",
            "member": "who got help",
            "location": "where",
            "worker": "who came",
            "begin_end": "when it began and ended",
        },
        "es": {
            "business": "el nombre de la tienda",
            "date": "la fecha",
            "amount_cents": "el precio",
            "description": "qué se compró",
            "service_type": "qué se hizo",
            "member": "quién recibió ayuda",
            "location": "dónde",
            "worker": "quién vino",
            "begin_end": "a qué hora empezó y terminó",
        },
    }
)

_PLACE = re.compile(r"\{([a-z_]*)\}")
_NOON: Final = 12
PRINTED_BELOW: Final = 10**18
"""A number further from zero may be too long to be printed."""

CategoryNames = Mapping[Language, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Template:
    """One text in one language, split once at its places."""

    text: str
    language: Language
    parts: tuple[tuple[str, str], ...]  # literal, then the place behind it ("" at the end)

    @classmethod
    def parse(cls, text: str, language: Language) -> Template:
        """Split a text at its places.

        Raises:
            ValueError: a brace that belongs to no place.

        """
        pieces = _PLACE.split(text)
        if any("{" in literal or "}" in literal for literal in pieces[::2]) or "" in pieces[1::2]:
            raise ValueError("a place is written {name}")
        return cls(text, language, tuple(zip(pieces[::2], [*pieces[1::2], ""], strict=True)))

    def places(self) -> set[str]:
        """Return the names it has room for."""
        return {place for _, place in self.parts if place}

    def fill(self, values: Mapping[str, Any], categories: CategoryNames) -> str:
        """Return the text with each place printed."""
        if len(self.parts) == 1:
            return self.text
        printed: list[str] = []
        for literal, place in self.parts:
            printed.append(literal)
            if place:
                printed.append(say(place, values[place], self.language, categories))
        return "".join(printed)


class Words(Mapping[str, str]):
    """A text in both languages whose places are filled when someone reads it: most findings of a dry run are only counted."""

    __slots__ = ("_categories", "_templates", "_texts", "_values")

    def __init__(self, templates: tuple[Template, Template], values: Mapping[str, Any], categories: CategoryNames) -> None:
        self._templates, self._values, self._categories = templates, values, categories
        self._texts: dict[str, str] | None = None

    def _filled(self) -> dict[str, str]:
        if self._texts is None:
            self._texts = {one.language: one.fill(self._values, self._categories) for one in self._templates}
        return self._texts

    def __getitem__(self, language: str) -> str:
        return self._filled()[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._filled())

    def __len__(self) -> int:
        return len(self._templates)

    def __repr__(self) -> str:
        return repr(self._filled())

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (self._filled(),)  # a copy elsewhere needs no rulebook


def printed_types(name: str) -> frozenset[type]:
    """Return the types whose values are surely printed at a place (numbers as long as they are below `PRINTED_BELOW`)."""
    if name in {"category", "line", "approver"}:
        return frozenset({str})
    if name == "missing":
        return frozenset()
    for ending, printed in _PRINTED.items():
        if name.endswith(ending):
            return frozenset({printed})
    return frozenset({bool, int, str, date})


def say(name: str, value: Any, language: Language, categories: CategoryNames) -> str:  # noqa: ANN401 - whatever a rule found
    """Print one value in plain words."""
    if name in {"category", "line"}:
        return categories[language].get(str(value), str(value))
    if name == "approver":
        return PEOPLE[language].get(str(value), str(value))
    if name == "missing":
        return ", ".join(FIELDS[language].get(one, one) for one in value)
    for ending, printer in _PRINTERS.items():
        if name.endswith(ending):
            return printer(value, language)
    return str(value)


def dollars(cents: int, _language: Language = "en") -> str:
    """Print cents as dollars, the same way in both languages of the United States."""
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def day(on: date, language: Language) -> str:
    """Print a date in words."""
    month = MONTHS[language][on.month - 1]
    return f"{month} {on.day}, {on.year}" if language == "en" else f"{on.day} de {month} de {on.year}"


def instant(at: datetime, language: Language) -> str:
    """Print a local time with its date."""
    half = ("am" if at.hour < _NOON else "pm") if language == "en" else ("a. m." if at.hour < _NOON else "p. m.")
    clock = f"{at.hour % _NOON or _NOON}:{at.minute:02d} {half}"
    return f"{day(at, language)} at {clock}" if language == "en" else f"{day(at, language)} a las {clock}"


def percent(basis_points: int, _language: Language = "en") -> str:
    """Print basis points as percent, without idle zeros."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%" if rest else f"{whole}%"


_PRINTERS: Final[Mapping[str, Callable[[Any, Language], str]]] = MappingProxyType(
    {"_cents": dollars, "_on": day, "_at": instant, "_bp": percent},
)
_PRINTED: Final[Mapping[str, type]] = MappingProxyType({"_cents": int, "_on": date, "_at": datetime, "_bp": int})
