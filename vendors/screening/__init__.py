"""Exclusion lists: how they are read, whom they name, how alike two names are, and what a look at one makes of a vendor."""

from vendors.screening.identity import Identity, identify_listed, identify_person, identify_vendor
from vendors.screening.index import Found, ListIndex
from vendors.screening.looks import add_screening
from vendors.screening.names import BusinessName, PersonName
from vendors.screening.scoring import POSSIBLE, Likeness, compare

__all__ = [
    "POSSIBLE",
    "BusinessName",
    "Found",
    "Identity",
    "Likeness",
    "ListIndex",
    "PersonName",
    "add_screening",
    "compare",
    "identify_listed",
    "identify_person",
    "identify_vendor",
]
