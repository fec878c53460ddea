"""What the routes of credentials take and answer."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from sdc.auth.principal import Principal, Role
from sdc.crypto import KeyRing
from sdc.marketplace.answers import Reason
from sdc.marketplace.credentials import NOTE_COLUMN, REASON_COLUMN
from sdc.web.input import Day, Input, Output, Tag
from sdc.web.pages import Page
from vendors import SAMHSA_MAX_HOURS, SAMHSA_MIN_HOURS, STATE_RULES, Credential, CredentialKind, CredentialState

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/\-]{0,63}$")]
Hours = Annotated[int, Field(ge=0, le=20_000, description="whole hours")]


class CredentialIn(Input):
    """A licence or card, the state that issued it, its first and last good day; `document_id` is a paper of the vendor's."""

    type: Tag
    number: Code
    state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    issued_on: Day | None = None
    expires_on: Day
    training_hours: Hours | None = None
    supervised_hours: Hours | None = None
    document_id: UUID | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.issued_on is not None and self.issued_on > self.expires_on:
            message = "issued_on is after expires_on"
            raise ValueError(message)
        return self


class VerificationIn(Input):
    """Where a person looked the credential up, and what they found."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
    note: Reason | None = None


class SamhsaOut(Output):
    """The training that SAMHSA's National Model Standards (2023) recommend for peers, and whether it was done; it refuses nothing."""

    min_hours: int = SAMHSA_MIN_HOURS
    max_hours: int = SAMHSA_MAX_HOURS
    is_met: bool | None


class StateRuleOut(Output):
    """What the state itself asks of a peer, as far as we have a source, and whether it was done."""

    state: str
    training_hours: int | None
    supervised_hours: int | None
    is_met: bool | None
    source: str


class CredentialOut(Output):
    """A licence or card. Nothing is paid on one that `waits_for_a_look`.

    `samhsa` and `state_rule` stand beside a peer's certification; null where nothing is known.
    """

    id: UUID
    vendor_id: UUID
    type: str
    kind: CredentialKind
    number: str
    state: str | None
    issued_on: date | None
    expires_on: date
    training_hours: int | None
    supervised_hours: int | None
    document_id: UUID | None
    standing: CredentialState
    is_verified: bool
    waits_for_a_look: bool
    verified_on: date | None
    verified_by: UUID | None
    verified_source: str | None
    verified_note: str | None = None
    revoked_on: date | None
    revoked_reason: str | None = None
    samhsa: SamhsaOut | None = None
    state_rule: StateRuleOut | None = None

    @classmethod
    def of(cls, credential: Credential, who: Principal, keyring: KeyRing) -> Self:
        """Show a credential; who of the program verified it is for staff."""
        shown = cls.model_validate(credential).model_copy(
            update={
                "verified_by": None if who.role is Role.VENDOR else credential.verified_by,
                "verified_note": _opened(keyring, credential.verified_note_sealed, NOTE_COLUMN, credential.id),
                "revoked_reason": _opened(keyring, credential.revoked_reason_sealed, REASON_COLUMN, credential.id),
            }
        )
        if credential.kind is not CredentialKind.PEER_CERTIFICATION:
            return shown
        return shown.model_copy(
            update={
                "samhsa": SamhsaOut(is_met=_reaches(credential.training_hours, SAMHSA_MIN_HOURS)),
                "state_rule": _state_rule(credential),
            }
        )


class CredentialPage(Page):
    """Credentials, the newest first."""

    items: list[CredentialOut]


class WaitingOut(Output):
    """A credential that waits for a person's look."""

    vendor_id: UUID
    credential: CredentialOut


class WaitingPage(Page):
    """Credentials that wait for a person's look, the newest first."""

    items: list[WaitingOut]


class ExpiringOut(Output):
    """A credential that is over soon and not renewed yet."""

    vendor_id: UUID
    vendor_name: str
    days_left: int
    credential: CredentialOut


class ExpiringPage(Page):
    """Credentials that are over soon, the first to end first."""

    items: list[ExpiringOut]


def _opened(keyring: KeyRing, sealed: bytes | None, column: str, row: UUID) -> str | None:
    return None if sealed is None else keyring.open(sealed, column, row)


def _state_rule(credential: Credential) -> StateRuleOut | None:
    rule = STATE_RULES.get(credential.state or "")
    if rule is None or credential.state is None:
        return None
    asked = ((credential.training_hours, rule.training_hours), (credential.supervised_hours, rule.supervised_hours))
    reached = [_reaches(hours, least) for hours, least in asked if least is not None]
    return StateRuleOut(
        state=credential.state,
        training_hours=rule.training_hours,
        supervised_hours=rule.supervised_hours,
        is_met=None if None in reached else all(reached),
        source=rule.source,
    )


def _reaches(hours: int | None, least: int) -> bool | None:
    """Say whether hours reach what is asked; nothing where nobody told them."""
    return None if hours is None else hours >= least
