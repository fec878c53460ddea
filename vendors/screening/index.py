"""Ask a whole list at once: rows are looked up by what a match must share with them, and only those few are compared.

A row is found by its NPI, its birth date, its surname (equal, one letter apart, or of the same sound, a part of a double one, or
given as a first name) with a first name that may be meant, and a business by any word of its name that is not of the trade.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from vendors.screening.identity import Identity
from vendors.screening.likeness import is_one_letter_apart, letters_left_out, sound_of
from vendors.screening.names import GENERIC, PersonName
from vendors.screening.nicknames import initials
from vendors.screening.scoring import Likeness, compare

RowT = TypeVar("RowT")
_NO_ROWS: Final[list[int]] = []
_FEWEST_LETTERS_OF_A_NEAR_WORD: Final = 5


@dataclass(frozen=True, slots=True)
class Found(Generic[RowT]):
    """A row of a list that may be about whom was asked for."""

    row: RowT
    likeness: Likeness


class ListIndex(Generic[RowT]):
    """The rows of a list, ready to be asked."""

    def __init__(self, rows: Iterable[tuple[RowT, Identity]]) -> None:
        self._rows: list[RowT] = []
        self._identities: list[Identity] = []
        self._by_npi: dict[str, list[int]] = defaultdict(list)
        self._by_birth: dict[date, list[int]] = defaultdict(list)
        self._by_surname: dict[str, dict[str, list[int]]] = {}
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for row, identity in rows:
            self._add(row, identity)
        self._near_surnames = _near(self._by_surname)
        self._near_words = _near(word for word in self._by_word if len(word) >= _FEWEST_LETTERS_OF_A_NEAR_WORD)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for surname in self._by_surname:
            if sound := sound_of(surname):
                self._by_sound[sound].append(surname)

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, identity: Identity) -> list[Found[RowT]]:
        """Find every row that is the same for certain or possibly, the most alike first."""
        found = []
        for number in self._candidates(identity):
            likeness = compare(identity, self._identities[number])
            if likeness.is_possible:
                found.append(Found(self._rows[number], likeness))
        return sorted(found, key=lambda one: (not one.likeness.is_exact, -one.likeness.score))

    def _add(self, row: RowT, identity: Identity) -> None:
        number = len(self._rows)
        self._rows.append(row)
        self._identities.append(identity)
        if identity.npi:
            self._by_npi[identity.npi].append(number)
        if identity.born_on is not None:
            self._by_birth[identity.born_on].append(number)
        for person in identity.people:
            for surname in {person.surname, *person.parts}:
                self._by_surname.setdefault(surname, {}).setdefault(person.first[:1], []).append(number)
        for business in identity.businesses:
            for word in {business.joined, *(business.words - GENERIC)}:
                self._by_word[word].append(number)

    def _candidates(self, identity: Identity) -> list[int]:
        numbers: set[int] = set(self._by_npi.get(identity.npi, _NO_ROWS)) if identity.npi else set()
        if identity.born_on is not None:
            numbers.update(self._by_birth.get(identity.born_on, _NO_ROWS))
        for person in identity.people:
            numbers.update(self._people(person, identity.born_on))
        for business in identity.businesses:
            for word in {business.joined, *(business.words - GENERIC)}:
                for near in self._words_near(word):
                    numbers.update(self._by_word[near])
        return sorted(numbers)

    def _people(self, person: PersonName, born_on: date | None) -> Iterable[int]:
        letters = {"", *initials(person.first)} if person.first else None  # without a first name: whatever it is on the list
        surnames = {near for surname in {person.surname, *person.parts} for near in self._surnames_near(surname)}
        surnames.update(self._by_sound.get(sound_of(person.surname), ()))
        for surname in surnames:
            by_initial = self._by_surname[surname]
            for letter in by_initial if letters is None else letters:
                yield from self._not_born_otherwise(by_initial.get(letter, _NO_ROWS), born_on)
        yield from self._by_surname.get(person.first, {}).get(person.surname[0], _NO_ROWS)

    def _not_born_otherwise(self, numbers: list[int], born_on: date | None) -> Iterable[int]:
        """Leave out whose birth date is known to be another: most of those who share a common name."""
        if born_on is None:
            return numbers
        swapped = (born_on.year, born_on.day, born_on.month)
        return (
            number
            for number in numbers
            if (other := self._identities[number].born_on) is None or (other.year, other.month, other.day) == swapped
        )  # who was born on the same day was found by that

    def _surnames_near(self, surname: str) -> list[str]:
        return _those_near(surname, self._by_surname, self._near_surnames)

    def _words_near(self, word: str) -> list[str]:
        return _those_near(word, self._by_word, self._near_words)


def _near(words: Iterable[str]) -> dict[str, list[str]]:
    """File each word under all its forms with one letter less."""
    filed: dict[str, list[str]] = defaultdict(list)
    for word in words:
        for form in letters_left_out(word):
            filed[form].append(word)
    return dict(filed)


def _those_near(word: str, known: Iterable[str], near: dict[str, list[str]]) -> list[str]:
    """Give the known words that are this one, or one letter apart from it."""
    found = {other for form in letters_left_out(word) for other in near.get(form, ()) if other == word or is_one_letter_apart(word, other)}
    return [*found, word] if word in known and word not in found else list(found)
