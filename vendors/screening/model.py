"""The tables of screening: lists and their rows, who was looked up, what matched, what a person decided, and the runs over all.

Lists are public and kept as published. What a match shows of a vendor or its people is not kept here: only ids, scores and codes.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from vendors.base import VendorBase
from vendors.model import ScreeningResult


class ListKind(StrEnum):
    """What a file is: the whole list, what was added since, or what was taken off since."""

    FULL = "full"
    SUPPLEMENT = "supplement"
    REINSTATEMENT = "reinstatement"


class ListState(StrEnum):
    """Nobody is screened against a list before all of it is there."""

    IMPORTING = "importing"
    COMPLETE = "complete"


class ExclusionList(VendorBase):
    """A file that was imported: `leie`, `sam` or `state:XX`, as of a day, told apart by the hash of its bytes."""

    __tablename__ = "exclusion_lists"
    __table_args__ = (Index("ix_exclusion_lists_name_list_date_id", "name", "list_date", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    list_date: Mapped[date]
    kind: Mapped[ListKind]
    state: Mapped[ListState]
    rows: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    imported_by: Mapped[UUID | None]
    imported_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class ExclusionEntry(VendorBase):
    """A row of a list as it was published, and the words by which it is looked up by hand.

    `key` is the hash of the whole row, `case` that of who was excluded when and why: a reinstatement finds the row by it.
    """

    __tablename__ = "exclusion_entries"
    __table_args__ = (Index("ix_exclusion_entries_surname_key", "surname_key"), Index("ix_exclusion_entries_npi", "npi"))

    list_id: Mapped[UUID] = mapped_column(ForeignKey("exclusion_lists.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    case: Mapped[str] = mapped_column(String(64))
    last: Mapped[str] = mapped_column(String(1_000))
    first: Mapped[str] = mapped_column(String(1_000))
    middle: Mapped[str] = mapped_column(String(1_000))
    business: Mapped[str] = mapped_column(String(1_000))
    surname_key: Mapped[str] = mapped_column(String(1_000))
    business_key: Mapped[str] = mapped_column(String(1_000))
    npi: Mapped[str | None] = mapped_column(String(10))
    born_on: Mapped[date | None]
    city: Mapped[str] = mapped_column(String(1_000))
    state: Mapped[str] = mapped_column(String(2))
    type: Mapped[str] = mapped_column(String(1_000))
    excluded_on: Mapped[date | None]
    reinstated_on: Mapped[date | None]
    waived_on: Mapped[date | None]
    waiver_state: Mapped[str] = mapped_column(String(2))
    ends_on: Mapped[date | None]


class ScreeningSubject(VendorBase):
    """One look for one vendor, owner or manager on one version of a list: what it found, kept for ever."""

    __tablename__ = "screening_subjects"
    __table_args__ = (Index("ix_screening_subjects_vendor_id_id", "vendor_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    person_id: Mapped[UUID | None]
    list_name: Mapped[str] = mapped_column(String(32))
    list_id: Mapped[UUID]
    list_date: Mapped[date]
    result: Mapped[ScreeningResult]
    best_score: Mapped[int]
    screened_at: Mapped[datetime]


class MatchState(StrEnum):
    """A match waits for a person, who confirms or clears it."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"


class MatchQuestion(StrEnum):
    """Why a person is asked: it is new, the vendor or person changed since it was cleared, or the list names them no more."""

    NEW = "new"
    CHANGED = "changed"
    DELISTED = "delisted"


class ScreeningMatch(VendorBase):
    """A row of a list that is, or may be, about a vendor or one of its people.

    `excludes` stops purchases and payments: set for what is certain and for what a person confirmed, until a person clears it.
    `subject_mark` is a keyed mark of who was compared: when it changes, a cleared match is asked about again. `entry` is the row
    as published. Nothing closes a match but a person.
    """

    __tablename__ = "screening_matches"
    __table_args__ = (
        Index("ix_screening_matches_program_id_state_id", "program_id", "state", "id"),
        Index("uq_screening_matches_subject_id_list_name_entry_key", "subject_id", "list_name", "entry_key", unique=True),
        Index("ix_screening_matches_vendor_id", "vendor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    person_id: Mapped[UUID | None]
    subject_id: Mapped[UUID]
    subject_mark: Mapped[str] = mapped_column(String(64))
    list_name: Mapped[str] = mapped_column(String(32))
    list_id: Mapped[UUID]
    list_date: Mapped[date]
    entry_key: Mapped[str] = mapped_column(String(64))
    entry: Mapped[dict[str, Any]]
    score: Mapped[int]
    is_exact: Mapped[bool]
    parts: Mapped[list[str]]
    state: Mapped[MatchState]
    question: Mapped[MatchQuestion]
    excludes: Mapped[bool]
    is_listed: Mapped[bool]
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class MatchDecision(StrEnum):
    """What a person says of a match."""

    CONFIRMED = "confirmed"
    CLEARED = "cleared"


class ScreeningDecision(VendorBase):
    """What a person decided of a match, why, and which version of the list was in force; never changed."""

    __tablename__ = "screening_decisions"
    __table_args__ = (Index("ix_screening_decisions_match_id_id", "match_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("screening_matches.id"))
    decision: Mapped[MatchDecision]
    question: Mapped[MatchQuestion]
    reason_sealed: Mapped[bytes]
    list_id: Mapped[UUID]
    list_date: Mapped[date]
    by: Mapped[UUID]
    at: Mapped[datetime]


class RunState(StrEnum):
    """A run goes on, whoever's worker it is, until every vendor was looked up, or a newer run does its work."""

    RUNNING = "running"
    COMPLETE = "complete"
    REPLACED = "replaced"


class ScreeningRun(VendorBase):
    """A look for every vendor, owner and manager: how far it is; `cursor` is the last vendor of those that are done."""

    __tablename__ = "screening_runs"
    __table_args__ = (Index("ix_screening_runs_state", "state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[RunState]
    because: Mapped[str] = mapped_column(String(32))
    cursor: Mapped[UUID | None]
    vendors_total: Mapped[int]
    vendors_done: Mapped[int]
    subjects_done: Mapped[int]
    matches_found: Mapped[int]
    asked_by: Mapped[UUID | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
