"""What requests say of payers, programs, money and staff, and what answers show."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.auth.principal import Role
from sdc.programs.model import Deposit, FundingSource, NoticeProfile, Payer, Program, Release, TopUp, TopUpState
from sdc.programs.reading import StaffWithPrograms
from sdc.web.input import Cents, Day, Input, Name, Output, Reference
from sdc.web.pages import Page

BankReference = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")]
References = Annotated[list[Reference], Field(max_length=100)]
"""People or organisations by opaque references only."""


class PayerIn(Input):
    """A payer to be made known."""

    name: Name


class PayerOut(Output):
    """A payer."""

    id: UUID
    name: str
    created_at: datetime

    @classmethod
    def of(cls, payer: Payer) -> Self:
        """Show a payer."""
        return cls.model_validate(payer)


class PayerPage(Page):
    """Payers, the newest first."""

    items: list[PayerOut]


class PeriodIn(Input):
    """From a day to a day, both included."""

    starts_on: Day
    ends_on: Day


class PeriodOut(Output):
    """From a day to a day, both included."""

    starts_on: date
    ends_on: date


class ProgramIn(Input):
    """A program to be set up; without `release` it releases money as its rulebook says."""

    name: Name
    payer_id: UUID
    rulebook: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    period: PeriodIn
    release: Release | None = None
    notice_profile: NoticeProfile


class ProgramOut(Output):
    """A program."""

    id: UUID
    name: str
    payer_id: UUID
    rulebook: str
    time_zone: str
    period: PeriodOut
    release: Release
    notice_profile: NoticeProfile
    currency: str
    created_at: datetime

    @classmethod
    def of(cls, program: Program) -> Self:
        """Show a program."""
        return cls(
            id=program.id,
            name=program.name,
            payer_id=program.payer_id,
            rulebook=program.rulebook,
            time_zone=program.time_zone,
            period=PeriodOut(starts_on=program.period_starts_on, ends_on=program.period_ends_on),
            release=program.release,
            notice_profile=program.notice_profile,
            currency=program.currency,
            created_at=program.created_at,
        )


class ProgramPage(Page):
    """Programs, the newest first."""

    items: list[ProgramOut]


class FundingSourceIn(Input):
    """A payer's money for one purpose."""

    payer_id: UUID
    name: Name


class FundingSourceOut(Output):
    """A funding source."""

    id: UUID
    program_id: UUID
    payer_id: UUID
    name: str
    created_at: datetime

    @classmethod
    def of(cls, source: FundingSource) -> Self:
        """Show a funding source."""
        return cls.model_validate(source)


class FundingSourcePage(Page):
    """Funding sources of a program, the newest first."""

    items: list[FundingSourceOut]


class DepositIn(Input):
    """Money of a payer that arrived at the bank; `reference` is the bank's or the payer's."""

    amount_cents: Cents
    received_on: Day
    reference: BankReference


class DepositOut(Output):
    """A deposit."""

    id: UUID
    program_id: UUID
    funding_source_id: UUID
    amount_cents: int
    received_on: date
    reference: str
    created_at: datetime

    @classmethod
    def of(cls, deposit: Deposit) -> Self:
        """Show a deposit."""
        return cls.model_validate(deposit)


class AdministrationIn(Input):
    """How much of a funding source pays fees."""

    amount_cents: Cents


class AdministrationOut(Output):
    """Money that was set aside for fees; `id` is the subject of its entry."""

    id: UUID
    program_id: UUID
    funding_source_id: UUID
    amount_cents: int


class TopUpIn(Input):
    """Money to be moved from the bank to the processor."""

    amount_cents: Cents


class TopUpOut(Output):
    """A top-up and whether it has arrived."""

    id: UUID
    program_id: UUID
    amount_cents: int
    state: TopUpState
    created_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, top_up: TopUp) -> Self:
        """Show a top-up."""
        return cls.model_validate(top_up)


class TopUpPage(Page):
    """Top-ups of a program, the newest first."""

    items: list[TopUpOut]


class StaffIn(Input):
    """A staff person: brokers, directors and auditors work for programs, a payer's officer for a payer."""

    role: Literal["broker", "director", "auditor", "payer", "admin"]
    name: Name
    program_ids: Annotated[list[UUID], Field(max_length=200)] = Field(default_factory=list)
    payer_id: UUID | None = None
    employer_id: Reference | None = None
    relatives: References = Field(default_factory=list)


class StaffOut(Output):
    """A staff person."""

    id: UUID
    role: Role
    name: str
    program_ids: list[UUID]
    payer_id: UUID | None
    employer_id: str | None
    relatives: list[str]
    created_at: datetime

    @classmethod
    def of(cls, person: StaffWithPrograms) -> Self:
        """Show a staff person."""
        staff = person.staff
        return cls(
            id=staff.id,
            role=staff.role,
            name=staff.name,
            program_ids=list(person.program_ids),
            payer_id=staff.payer_id,
            employer_id=staff.employer_id,
            relatives=staff.relatives,
            created_at=staff.created_at,
        )


class StaffPage(Page):
    """Staff, the newest first."""

    items: list[StaffOut]
