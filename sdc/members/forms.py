"""What requests say of members and their representatives, and what answers show."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.crypto import KeyRing
from sdc.members.acting import ActingMove
from sdc.members.model import Member, MemberStatus, Representative
from sdc.members.names import name_of
from sdc.web.input import Day, Input, Language, Name, Output, Reference
from sdc.web.pages import Page

Funding = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""What pays for a member, in the words of the program's rulebook, such as `uninsured`."""
References = Annotated[list[Reference], Field(max_length=100)]


class MemberIn(Input):
    """A person to be enrolled; relatives and household are opaque references, never names."""

    program_id: UUID
    name: Name
    language: Language = "en"
    funding: Funding
    eligible_from: Day
    eligible_to: Day
    relatives: References = Field(default_factory=list)
    household: References = Field(default_factory=list)


class MemberOut(Output):
    """A member."""

    id: UUID
    program_id: UUID
    name: str
    language: Language
    funding: str
    status: MemberStatus
    eligible_from: date
    eligible_to: date
    relatives: list[str]
    household: list[str]
    broker_id: UUID | None
    created_at: datetime

    @classmethod
    def of(cls, member: Member, keyring: KeyRing) -> Self:
        """Show a member."""
        return cls(
            id=member.id,
            program_id=member.program_id,
            name=name_of(keyring, member),
            language="es" if member.language == "es" else "en",
            funding=member.funding,
            status=member.status,
            eligible_from=member.eligible_from,
            eligible_to=member.eligible_to,
            relatives=member.relatives,
            household=member.household,
            broker_id=member.broker_id,
            created_at=member.created_at,
        )


class MemberPage(Page):
    """Members, the newest first."""

    items: list[MemberOut]


class BrokerIn(Input):
    """The broker whose caseload a member joins."""

    broker_id: UUID


class RepresentativeIn(Input):
    """Who may act for a member, from a day to a day; without `may` they may do all that the member may."""

    name: Name
    starts_on: Day = Field(alias="from")
    ends_on: Day = Field(alias="to")
    may: Annotated[list[ActingMove], Field(max_length=len(ActingMove))] = Field(default_factory=list)


class RepresentativeOut(Output):
    """A representative."""

    id: UUID
    member_id: UUID
    name: str
    starts_on: date = Field(alias="from")
    ends_on: date = Field(alias="to")
    may: list[ActingMove]
    created_at: datetime

    @classmethod
    def of(cls, representative: Representative, keyring: KeyRing) -> Self:
        """Show a representative."""
        return cls(
            id=representative.id,
            member_id=representative.member_id,
            name=name_of(keyring, representative),
            starts_on=representative.starts_on,
            ends_on=representative.ends_on,
            may=[ActingMove(move) for move in representative.may],
            created_at=representative.created_at,
        )


class RepresentativePage(Page):
    """Representatives of a member, the newest first."""

    items: list[RepresentativeOut]
