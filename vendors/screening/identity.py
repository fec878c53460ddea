"""Whom a list may name: the names, number, birth date and place of a person or business, each in its one form."""

from dataclasses import dataclass
from datetime import date

from vendors.screening.names import BusinessName, PersonName, business_names, may_be_a_person, person_name, person_names, words_of


@dataclass(frozen=True, slots=True)
class Identity:
    """A person or a business as the lists are asked about it. What is empty is not known, and speaks neither for nor against."""

    people: tuple[PersonName, ...] = ()
    businesses: tuple[BusinessName, ...] = ()
    npi: str = ""
    born_on: date | None = None
    state: str = ""
    city: str = ""


def identify_person(name: str, *, npi: str | None = None, born_on: date | None = None, state: str = "", city: str = "") -> Identity:
    """Identify a person whose name is known as a whole."""
    return Identity(people=person_names(name), npi=npi or "", born_on=born_on, state=_place(state), city=_place(city))


def identify_vendor(*names: str, npi: str | None = None, state: str = "", city: str = "") -> Identity:
    """Identify a vendor by the names it trades under and its legal name; where one may be that of a person, as that person too."""
    businesses = [read for name in names for read in business_names(name)]
    people = [read for name in names if may_be_a_person(name) for read in person_names(name)]
    return Identity(
        people=tuple(dict.fromkeys(people)),
        businesses=tuple(dict.fromkeys(businesses)),
        npi=npi or "",
        state=_place(state),
        city=_place(city),
    )


def identify_listed(
    *, last: str, first: str, middle: str, business: str, npi: str | None, born_on: date | None, state: str, city: str
) -> Identity:
    """Identify whom a row of a list names."""
    person = person_name(last=last, first=first, middle=middle) if last else None
    return Identity(
        people=() if person is None else (person,),
        businesses=business_names(business) if business else (),
        npi=npi or "",
        born_on=born_on,
        state=_place(state),
        city=_place(city),
    )


def _place(text: str) -> str:
    return "".join(words_of(text)) if text else ""
