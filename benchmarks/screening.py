"""Screen 10,000 vendors and owners against a list of 83,000 rows, and count what was planted: `python -m benchmarks.screening`.

Names are drawn from short lists of our own whose frequencies fall off as those of real names do, and surnames of the long tail are
made of syllables. Nothing here is a person. The bar is 60 seconds on 2 cores; one is used.
"""

import json
import random
import resource
import sys
import time
from datetime import date, timedelta

from vendors.screening import Identity, ListIndex, identify_listed, identify_person, identify_vendor

ROWS, SUBJECTS, PLANTED = 83_000, 10_000, 100
BAR_SECONDS = 60.0
_SURNAMES = str.split(
    "SMITH JOHNSON WILLIAMS BROWN JONES GARCIA MILLER DAVIS RODRIGUEZ MARTINEZ HERNANDEZ LOPEZ GONZALEZ WILSON ANDERSON THOMAS TAYLOR "
    "MOORE JACKSON MARTIN LEE PEREZ THOMPSON WHITE HARRIS SANCHEZ CLARK RAMIREZ LEWIS ROBINSON WALKER YOUNG ALLEN KING WRIGHT SCOTT "
    "TORRES NGUYEN HILL FLORES GREEN ADAMS NELSON BAKER HALL RIVERA CAMPBELL MITCHELL CARTER ROBERTS"
)
_FIRST = str.split(
    "JAMES MARY ROBERT PATRICIA JOHN JENNIFER MICHAEL LINDA DAVID ELIZABETH WILLIAM BARBARA RICHARD SUSAN JOSEPH JESSICA THOMAS SARAH "
    "CHARLES KAREN MARIA JOSE CARLOS ANA NANCY DANIEL LISA MATTHEW BETTY ANTHONY SANDRA MARK ASHLEY DONALD KIMBERLY STEVEN EMILY PAUL "
    "DONNA ANDREW MICHELLE JOSHUA CAROL KENNETH AMANDA KEVIN MELISSA BRIAN DEBORAH"
)
_SYLLABLES = str.split("BA KO MER TIN LA DRE SCH WER GO NA VI STE PAR HOL MAN BER CRA DO FEL GRI HUN JAN KEL LOM MAR NOR")
_TRADE = str.split("HOME HEALTH CARE SERVICES MEDICAL CLINIC PHARMACY TRANSPORT THERAPY SUPPLY")
_STATES = str.split("FL TX CA NY PA OH NJ WA GA IL")
_FIRST_BIRTH = date(1940, 1, 1)

Person = tuple[str, str, str, date | None, str]


def _pick(chance: random.Random, names: list[str], share: float) -> str:
    """Pick a name of a list that holds this share of all people, its first about four times as often as its last; else a rare one."""
    if chance.random() < share:
        return names[min(int(len(names) * chance.random() ** 1.6), len(names) - 1)]
    return "".join(chance.choice(_SYLLABLES) for _ in range(chance.choice((2, 3, 3, 4))))


def _surname(chance: random.Random) -> str:
    return _pick(chance, _SURNAMES, 0.15)  # what the fifty most frequent surnames hold


def _first_name(chance: random.Random) -> str:
    return _pick(chance, _FIRST, 0.45)


def _person(chance: random.Random) -> Person:
    born_on = _FIRST_BIRTH + timedelta(days=chance.randrange(22_000))
    return _surname(chance), _first_name(chance), chance.choice(("", "A", "M", _first_name(chance))), born_on, chance.choice(_STATES)


def _list(chance: random.Random) -> list[tuple[int, Identity]]:
    rows = []
    for number in range(ROWS):
        last, first, middle, born_on, state = _person(chance)
        business = ""
        if number % 25 == 0:
            last = first = middle = ""
            business = f"{_surname(chance)} {chance.choice(_TRADE)} {chance.choice(_TRADE)} INC"
        born = None if business or chance.random() < 0.03 else born_on
        npi = f"1{number:09d}" if chance.random() < 0.1 else None
        listed = identify_listed(last=last, first=first, middle=middle, business=business, npi=npi, born_on=born, state=state, city="")
        rows.append((number, listed))
    return rows


def _misspelt(chance: random.Random, word: str) -> str:
    place = chance.randrange(1, len(word))
    return word[:place] + word[place + 1 :] if len(word) > 4 else word + "E"


def _subjects(chance: random.Random, rows: list[tuple[int, Identity]]) -> list[tuple[int | None, Identity]]:
    """Make whom to ask for: of the planted, a third as on the list, a third with a letter wrong, a third by a short form and accents."""
    listed = [(number, one) for number, one in rows if one.people and one.born_on]
    asked: list[tuple[int | None, Identity]] = []
    for turn, (number, one) in enumerate(chance.sample(listed, PLANTED)):
        person = one.people[0]
        surname = (person.surname.title(), _misspelt(chance, person.surname), person.surname.lower() + " Jr.")[turn % 3]
        asked.append((number, identify_person(f"{person.first} {surname}", born_on=one.born_on)))
    while len(asked) < SUBJECTS:
        last, first, middle, born_on, state = _person(chance)
        if len(asked) % 2:
            asked.append((None, identify_person(f"{first} {middle} {last}", born_on=born_on, state=state)))
        elif len(asked) % 4:
            asked.append((None, identify_person(f"{first} {middle} {last}", state=state)))
        else:
            asked.append((None, identify_vendor(f"{last.title()} Yoga and {chance.choice(_TRADE)} LLC", state=state)))
    return asked


def main() -> int:
    """Measure, print, and answer whether the bar holds and everything planted was found."""
    chance = random.Random(4_55_436)
    rows = _list(chance)
    asked = _subjects(chance, rows)
    started = time.perf_counter()
    index = ListIndex(rows)
    built = time.perf_counter()
    found = [(planted, index.find(identity)) for planted, identity in asked]
    ended = time.perf_counter()
    hits = sum(any(one.row == planted for one in matches) for planted, matches in found if planted is not None)
    with_date = [matches for (planted, matches), (_, identity) in zip(found, asked, strict=True) if planted is None and identity.born_on]
    without = [matches for (planted, matches), (_, identity) in zip(found, asked, strict=True) if planted is None and not identity.born_on]
    figures = {
        "seconds": round(ended - started, 2),
        "bar_seconds": BAR_SECONDS,
        "index_seconds": round(built - started, 2),
        "planted": PLANTED,
        "planted_found": hits,
        "others_with_birth_date": len(with_date),
        "of_them_asked_about": sum(bool(matches) for matches in with_date),
        "others_without_birth_date": len(without),
        "of_those_asked_about": sum(bool(matches) for matches in without),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024,
    }
    print(
        f"{ROWS:,} rows, {SUBJECTS:,} vendors and owners: {figures['seconds']} s (index {figures['index_seconds']} s); bar {BAR_SECONDS} s"
    )
    print(
        f"planted {PLANTED}, found {hits}; a person is asked about {figures['of_them_asked_about']} of {len(with_date):,} others "
        f"with a birth date and {figures['of_those_asked_about']} of {len(without):,} without one"
    )
    print(json.dumps(figures))
    return 0 if hits == PLANTED and figures["seconds"] < BAR_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
