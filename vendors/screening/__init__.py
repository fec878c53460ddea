"""Exclusion lists: how they are read, whom they name, how alike two names are, and what a look at one makes of a vendor."""

from vendors.screening.identity import Identity, identify_listed, identify_person, identify_vendor
from vendors.screening.index import Found, ListIndex
from vendors.screening.layouts import layouts_of
from vendors.screening.listed import Listed
from vendors.screening.looks import add_screening, add_screenings
from vendors.screening.model import (
    ExclusionEntry,
    ExclusionList,
    ListKind,
    ListState,
    MatchDecision,
    MatchQuestion,
    MatchState,
    RunState,
    ScreeningDecision,
    ScreeningMatch,
    ScreeningRun,
    ScreeningSubject,
)
from vendors.screening.names import BusinessName, PersonName
from vendors.screening.reading import Layout, read_list, text_of
from vendors.screening.scoring import POSSIBLE, Likeness, compare
from vendors.screening.versions import ListedRow, ListVersion, current_versions, load_rows, read_rows

__all__ = [
    "POSSIBLE",
    "BusinessName",
    "ExclusionEntry",
    "ExclusionList",
    "Found",
    "Identity",
    "Layout",
    "Likeness",
    "ListIndex",
    "ListKind",
    "ListState",
    "ListVersion",
    "Listed",
    "ListedRow",
    "MatchDecision",
    "MatchQuestion",
    "MatchState",
    "PersonName",
    "RunState",
    "ScreeningDecision",
    "ScreeningMatch",
    "ScreeningRun",
    "ScreeningSubject",
    "add_screening",
    "add_screenings",
    "compare",
    "current_versions",
    "identify_listed",
    "identify_person",
    "identify_vendor",
    "layouts_of",
    "load_rows",
    "read_list",
    "read_rows",
    "text_of",
]
