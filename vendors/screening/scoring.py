"""How alike two identities are: a score from 0 to 1000, and whether it is certain that they are the same.

What counts for a person, and how much:

| part | equal | nearly | not known | differs |
|---|---|---|---|---|
| surname | 350 | 320 one of two surnames, 260 one letter apart, 200 same sound | - | no match |
| first name | 250 | 215 a short form, 190 one letter apart, 150 an initial | 100 | no match |
| middle name | 50 | 40 an initial | 20 | -100 |
| birth date | 300 | 150 day and month changed places | 100 | at most 400 in all |
| state | 50 | - | 25 | 0 |

First name and surname the other way round cost 40. A business: its name 800 (the share of its words that are the same, words of
the trade weighing a quarter, a word one letter apart 85 %; 1 when the names are the same written as one word), state and city
100 each (50 when not known). Two different NPIs cost 150: one person has one.

It is certain (`is_exact`) when the NPI is the same, or when surname, first name and birth date are equal and neither middle name
nor NPI speaks against it. Everything else from `POSSIBLE` on is a question for a person: the OIG says that a name is only a
potential match until it is verified by Social Security or employer number (Special Advisory Bulletin of May 8, 2013).
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Final

from vendors.screening.identity import Identity
from vendors.screening.likeness import is_one_letter_apart, sounds_like
from vendors.screening.names import GENERIC, BusinessName, PersonName
from vendors.screening.nicknames import is_short_for

POSSIBLE: Final = 640
"""From this score on a person is asked."""
BEST: Final = 1_000

_SURNAME: Final = {"equal": 350, "one of two": 320, "one letter": 260, "sound": 200}
_FIRST: Final = {"equal": 250, "short form": 215, "one letter": 190, "initial": 150, "unknown": 100}
_MIDDLE: Final = {"equal": 50, "initial": 40, "unknown": 20, "differs": -100}
_BIRTH: Final = {"equal": 300, "day and month": 150, "unknown": 100, "differs": 0}
_STATE: Final = {"equal": 50, "unknown": 25, "differs": 0}
_SWAPPED: Final = 40
_OTHER_NPI: Final = 150
_MOST_WITH_ANOTHER_BIRTH_DATE: Final = 400
_BUSINESS: Final = 800
_PLACE: Final = {"equal": 100, "unknown": 50, "differs": 0}
_WORD, _GENERIC_WORD = 4.0, 1.0
_NEARLY: Final = 0.85
_FEWEST_LETTERS_OF_A_NEAR_WORD: Final = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was found alike: `parts` say it in codes such as `surname equal`, for the person who decides."""

    score: int
    is_exact: bool = False
    parts: tuple[str, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether a person is to be asked."""
        return self.is_exact or self.score >= POSSIBLE


NOTHING: Final = Likeness(0)


def compare(one: Identity, other: Identity) -> Likeness:
    """Compare two identities, whichever is on the list; the answer is the same both ways."""
    if one.npi and one.npi == other.npi:
        return Likeness(BEST, is_exact=True, parts=("npi equal",))
    best = NOTHING
    birth = _birth(one.born_on, other.born_on)
    state = _same(one.state, other.state)
    for mine, theirs in product(one.people, other.people):
        found = _people(mine, theirs, birth, state)
        if found.score > best.score or (found.is_exact and not best.is_exact):
            best = found
    city = _same(one.city, other.city)
    for my_business, their_business in product(one.businesses, other.businesses):
        found = _businesses(my_business, their_business, state, city)
        if found.score > best.score and not best.is_exact:
            best = found
    if best.score and one.npi and other.npi:
        return Likeness(max(best.score - _OTHER_NPI, 0), parts=(*best.parts, "npi differs"))
    return best


def _people(one: PersonName, other: PersonName, birth: str, state: str) -> Likeness:
    surname, first, swapped = surnames_alike(one, other), first_names_alike(one.first, other.first), 0
    if not surname or not first:
        surname, first = _the_other_way(one, other)
        if not surname or not first:
            return NOTHING
        swapped = _SWAPPED
    shared = one.parts & other.parts if surname == "one of two" else None
    middle = _middle(_middle_words(one, shared), _middle_words(other, shared))
    score = _SURNAME[surname] + _FIRST[first] + _MIDDLE[middle] + _BIRTH[birth] + _STATE[state] - swapped
    if birth == "differs":
        score = min(score, _MOST_WITH_ANOTHER_BIRTH_DATE)
    parts = [f"surname {surname}", f"first name {first}", f"middle name {middle}", f"birth date {birth}", f"state {state}"]
    is_exact = surname == first == birth == "equal" and middle != "differs" and not swapped
    return Likeness(max(min(score, BEST), 0), is_exact=is_exact, parts=tuple(parts + ["names swapped"] * bool(swapped)))


def _middle_words(name: PersonName, shared: frozenset[str] | None) -> tuple[str, ...]:
    """Give the middle names; of two surnames of which the other has only one, the second may have been a middle name."""
    return name.middle if shared is None else (*name.middle, *sorted(name.parts - shared))


def surnames_alike(one: PersonName, other: PersonName) -> str:
    """Tell how two surnames are alike; nothing when they are not."""
    if one.surname == other.surname:
        return "equal"
    if (one.parts and other.parts) and (
        one.surname in other.parts
        or other.surname in one.parts
        or _is_lone(one) in other.parts
        or _is_lone(other) in one.parts
        or (len(one.parts) > 1 and one.parts == other.parts)
    ):
        return "one of two"
    return _words_alike(one.surname, other.surname)


def first_names_alike(one: str, other: str) -> str:
    """Tell how two first names are alike; nothing when they are not."""
    if not one or not other:
        return "unknown"
    if one == other:
        return "equal"
    if len(one) == 1 or len(other) == 1:
        return "initial" if one[0] == other[0] else ""
    return _given_alike(one, other)


@lru_cache(maxsize=262_144)
def _words_alike(one: str, other: str) -> str:
    if is_one_letter_apart(one, other):
        return "one letter"
    return "sound" if sounds_like(one, other) else ""


@lru_cache(maxsize=262_144)
def _given_alike(one: str, other: str) -> str:
    if is_short_for(one, other):
        return "short form"
    return "one letter" if is_one_letter_apart(one, other) else ""


def _is_lone(name: PersonName) -> str:
    """Give a surname's only word of weight (CRUZ of de la Cruz)."""
    return next(iter(name.parts)) if len(name.parts) == 1 else ""


def _the_other_way(one: PersonName, other: PersonName) -> tuple[str, str]:
    """Compare first name with surname and surname with first name: only equal words count then."""
    if one.first and one.surname == other.first and one.first == other.surname:
        return "equal", "equal"
    return "", ""


def _middle(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    if not one or not other:
        return "unknown"
    if not set(one).isdisjoint(other) or "".join(one) == "".join(other):
        return "equal" if len(one[0]) > 1 or one == other else "initial"
    pairs = product(one, other)
    if any((len(mine) == 1 or len(theirs) == 1) and mine[0] == theirs[0] for mine, theirs in pairs):
        return "initial"
    return (
        "equal"
        if any(is_short_for(mine, theirs) or is_one_letter_apart(mine, theirs) for mine, theirs in product(one, other))
        else "differs"
    )


def _birth(one: date | None, other: date | None) -> str:
    if one is None or other is None:
        return "unknown"
    if one == other:
        return "equal"
    is_swapped = one.year == other.year and (one.day, one.month) == (other.month, other.day)
    return "day and month" if is_swapped else "differs"


def _same(one: str, other: str) -> str:
    if not one or not other:
        return "unknown"
    return "equal" if one == other else "differs"


def _businesses(one: BusinessName, other: BusinessName, state: str, city: str) -> Likeness:
    share = share_of_words(one, other)
    if not share:
        return NOTHING
    score = int(_BUSINESS * share) + _PLACE[state] + _PLACE[city]
    name = "equal" if share == 1 else "alike"
    return Likeness(min(score, BEST), parts=(f"business name {name}", f"state {state}", f"city {city}"))


def share_of_words(one: BusinessName, other: BusinessName) -> float:
    """Tell which share of two businesses' names is the same, by weight; nothing where only words of the trade are."""
    if one.joined == other.joined or one.words == other.words:
        return 1.0
    shared = one.words & other.words
    if shared <= GENERIC and is_one_letter_apart(one.joined, other.joined) and len(one.joined) > _FEWEST_LETTERS_OF_A_NEAR_WORD:
        return _NEARLY
    near = _near_pairs(one.words - shared, other.words - shared)
    if shared <= GENERIC and not near:
        return 0.0
    common = 2 * sum(map(_weight, shared)) + _NEARLY * sum(_weight(mine) + _weight(theirs) for mine, theirs in near)
    return common / (sum(map(_weight, one.words)) + sum(map(_weight, other.words)))


def _near_pairs(one: frozenset[str], other: frozenset[str]) -> list[tuple[str, str]]:
    """Pair words that are one letter apart, each word once, in an order that does not depend on which name came first."""
    pairs: list[tuple[str, str]] = []
    for mine, theirs in sorted(product(one, other), key=sorted):
        if min(len(mine), len(theirs)) < _FEWEST_LETTERS_OF_A_NEAR_WORD or mine in GENERIC or theirs in GENERIC:
            continue
        if is_one_letter_apart(mine, theirs) and all(mine != a and theirs != b for a, b in pairs):
            pairs.append((mine, theirs))
    return pairs


def _weight(word: str) -> float:
    return _GENERIC_WORD if word in GENERIC else _WORD
