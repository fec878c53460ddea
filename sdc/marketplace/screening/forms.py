"""What the routes of screening take and answer: lists, runs, and matches as the person who decides them must see them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import StringConstraints

from sdc.crypto import KeyRing
from sdc.marketplace.people import Disclosed
from sdc.marketplace.screening.deciding import REASON_COLUMN
from sdc.web.input import Input, Output
from sdc.web.pages import Page
from vendors.screening import (
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
)


class ExclusionListOut(Output):
    """A file that was imported; `is_in_force`: its rows are asked now."""

    id: UUID
    name: str
    list_date: date
    kind: ListKind
    state: ListState
    rows: int
    sha256: str
    imported_by: UUID | None
    imported_at: datetime
    completed_at: datetime | None
    is_in_force: bool

    @classmethod
    def of(cls, file: ExclusionList, *, is_in_force: bool) -> Self:
        """Show a file."""
        columns = {name: getattr(file, name) for name in cls.model_fields if name != "is_in_force"}
        return cls(**columns, is_in_force=is_in_force)


class ExclusionListPage(Page):
    """Files, the newest first."""

    items: list[ExclusionListOut]


class ScreeningRunOut(Output):
    """A run over all vendors, and how far it is."""

    id: UUID
    state: RunState
    because: str
    vendors_total: int
    vendors_done: int
    subjects_done: int
    matches_found: int
    asked_by: UUID | None
    started_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, run: ScreeningRun) -> Self:
        """Show a run."""
        return cls.model_validate(run)


class ScreeningRunPage(Page):
    """Runs, the newest first."""

    items: list[ScreeningRunOut]


class MatchDecisionIn(Input):
    """It is them, or it is not; and how you know (the list asks for a check of the Social Security or employer number)."""

    decision: MatchDecision
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"\S")]


class MatchDecisionOut(Output):
    """What a person decided, why, and the version of the list that was in force."""

    id: UUID
    decision: MatchDecision
    question: MatchQuestion
    reason: str
    list_id: UUID
    list_date: date
    by: UUID
    at: datetime

    @classmethod
    def of(cls, kept: ScreeningDecision, keyring: KeyRing) -> Self:
        """Show a decision."""
        columns = {name: getattr(kept, name) for name in cls.model_fields if name != "reason"}
        return cls(**columns, reason=keyring.open(kept.reason_sealed, REASON_COLUMN, kept.id))


class MatchSubjectOut(Output):
    """Whom the row may be about: the vendor, or one of its people."""

    kind: str
    vendor_id: UUID
    vendor_name: str
    person_id: UUID | None
    name: str
    born_on: date | None
    npi: str | None


class ScreeningMatchOut(Output):
    """A row of a list that may be about a vendor or one of its people: what matched with what, and how much.

    `excludes`: nothing is bought from the vendor or paid to it. `is_listed`: the newest look still found it.
    """

    id: UUID
    state: MatchState
    question: MatchQuestion
    list: str
    list_id: UUID
    list_date: date
    entry: dict[str, Any]
    subject: MatchSubjectOut
    score: int
    is_exact: bool
    parts: Sequence[str]
    excludes: bool
    is_listed: bool
    found_at: datetime
    decided_at: datetime | None
    decisions: Sequence[MatchDecisionOut]

    @classmethod
    def of(cls, match: ScreeningMatch, subject: MatchSubjectOut, decisions: Sequence[ScreeningDecision], keyring: KeyRing) -> Self:
        """Show a match."""
        own = {"list", "subject", "decisions"}
        columns: Mapping[str, Any] = {name: getattr(match, name) for name in cls.model_fields if name not in own}
        return cls(**columns, list=match.list_name, subject=subject, decisions=[MatchDecisionOut.of(one, keyring) for one in decisions])


class ScreeningMatchPage(Page):
    """Matches, the newest first."""

    items: list[ScreeningMatchOut]


def subject_out(match: ScreeningMatch, vendor_name: str, npi: str | None, person: Disclosed | None) -> MatchSubjectOut:
    """Show whom a match may be about."""
    return MatchSubjectOut(
        kind="vendor" if match.person_id is None else ("person" if person is None else person.kind),
        vendor_id=match.vendor_id,
        vendor_name=vendor_name,
        person_id=match.person_id,
        name=vendor_name if person is None else person.name,
        born_on=None if person is None else person.born_on,
        npi=npi if person is None else person.npi,
    )
