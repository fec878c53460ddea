"""Licences and cards: what a vendor holds, from when until when, who looked at it, and what is known of the state's own rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from vendors.base import VendorBase


class CredentialKind(StrEnum):
    """What a credential is, whatever tag it was sent under."""

    CLINICAL_LICENCE = "clinical_licence"
    PEER_CERTIFICATION = "peer_certification"
    DENTAL_LICENCE = "dental_licence"
    VISION_LICENCE = "vision_licence"
    HEALTH_PERMIT = "health_permit"
    OTHER = "other"


class CredentialState(StrEnum):
    """A credential is sent in, looked up at its source by a person, or taken back for a reason."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    REVOKED = "revoked"


_TAGS: Final[Mapping[CredentialKind, tuple[str, ...]]] = MappingProxyType(
    {
        CredentialKind.CLINICAL_LICENCE: ("clinical_license", "clinical_licence"),
        CredentialKind.PEER_CERTIFICATION: ("peer_cert", "peer_certification", "peer_certificate"),
        CredentialKind.DENTAL_LICENCE: ("dental_license", "dental_licence"),
        CredentialKind.VISION_LICENCE: ("vision_license", "vision_licence"),
        CredentialKind.HEALTH_PERMIT: ("health_permit",),
    }
)
"""The tags by which rulebooks and vendors name each kind; any other tag is taken as it is."""
LOOKED_AT: Final = frozenset(
    {
        CredentialKind.CLINICAL_LICENCE,
        CredentialKind.PEER_CERTIFICATION,
        CredentialKind.DENTAL_LICENCE,
        CredentialKind.VISION_LICENCE,
    }
)
"""Kinds by which somebody may treat or counsel people: what an approved vendor says of its own is not paid on before a person looked."""
_KIND_OF_TAG: Final = MappingProxyType({tag: kind for kind, tags in _TAGS.items() for tag in tags})


class Credential(VendorBase):
    """A licence or card: its type, number, state of issue, first and last good day.

    A renewal is a row of its own. `type` is the tag it was sent under, `kind` what that means. Hours are those of a peer's training and
    of the work that somebody supervised. `is_seen` says that a person of the program had it before them: staff added it, or it was there
    when the vendor was approved. `warned_days` is the closest threshold before its end that the vendor was warned of.
    """

    __tablename__ = "vendor_credentials"
    __table_args__ = (
        Index("ix_vendor_credentials_vendor_id", "vendor_id"),
        Index("ix_vendor_credentials_expires_on", "expires_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    type: Mapped[str] = mapped_column(String(64))
    kind: Mapped[CredentialKind] = mapped_column(default=lambda context: kind_of(context.get_current_parameters()["type"]))
    number: Mapped[str] = mapped_column(String(64))
    state: Mapped[str | None] = mapped_column(String(8))
    issued_on: Mapped[date | None] = mapped_column(default=None)
    expires_on: Mapped[date]
    training_hours: Mapped[int | None] = mapped_column(default=None)
    supervised_hours: Mapped[int | None] = mapped_column(default=None)
    document_id: Mapped[UUID | None] = mapped_column(default=None)
    is_seen: Mapped[bool] = mapped_column(default=True)
    verified_on: Mapped[date | None] = mapped_column(default=None)
    verified_by: Mapped[UUID | None] = mapped_column(default=None)
    verified_source: Mapped[str | None] = mapped_column(String(200), default=None)
    verified_note_sealed: Mapped[bytes | None] = mapped_column(default=None)
    revoked_on: Mapped[date | None] = mapped_column(default=None)
    revoked_by: Mapped[UUID | None] = mapped_column(default=None)
    revoked_reason_sealed: Mapped[bytes | None] = mapped_column(default=None)
    warned_days: Mapped[int | None] = mapped_column(default=None)

    @property
    def standing(self) -> CredentialState:
        """Say what a person has made of it."""
        if self.revoked_on is not None:
            return CredentialState.REVOKED
        return CredentialState.UNVERIFIED if self.verified_on is None else CredentialState.VERIFIED

    @property
    def is_verified(self) -> bool:
        """Say whether a person looked it up at its source, and nobody has taken it back since."""
        return self.standing is CredentialState.VERIFIED

    @property
    def waits_for_a_look(self) -> bool:
        """Say whether nothing is paid on it yet, because nobody but the vendor has seen it."""
        return self.kind in LOOKED_AT and not self.is_seen and self.standing is CredentialState.UNVERIFIED

    @classmethod
    def is_waiting(cls) -> ColumnElement[bool]:
        """Express `waits_for_a_look` as a filter of rows."""
        return and_(cls.kind.in_(LOOKED_AT), ~cls.is_seen, cls.verified_on.is_(None), cls.revoked_on.is_(None))

    @property
    def tags(self) -> frozenset[str]:
        """Name every tag by which a rulebook may ask for it."""
        return tags_of(self.type)

    def has_begun_by(self, day: date) -> bool:
        """Say whether it was issued by a day, and not taken back."""
        return self.revoked_on is None and (self.issued_on is None or self.issued_on <= day)

    def covers(self, day: date) -> bool:
        """Say whether it was good on a day: issued by then, not over, not taken back."""
        return self.has_begun_by(day) and day <= self.expires_on


def kind_of(tag: str) -> CredentialKind:
    """Tell what a tag means."""
    return _KIND_OF_TAG.get(tag, CredentialKind.OTHER)


def tags_of(tag: str) -> frozenset[str]:
    """Name the other spellings of a tag, and itself."""
    return frozenset((tag, *_TAGS.get(kind_of(tag), ())))


def begun_by(day: ColumnElement[date] | date) -> ColumnElement[bool]:
    """Express for a query that a credential was issued by a day and not taken back; whether it is over is another question."""
    return and_(Credential.revoked_on.is_(None), or_(Credential.issued_on.is_(None), Credential.issued_on <= day))


def good_on(day: ColumnElement[date] | date) -> ColumnElement[bool]:
    """Express `Credential.covers` for a query."""
    return and_(begun_by(day), Credential.expires_on >= day)


def same_credential(one: type[Credential], other: type[Credential]) -> ColumnElement[bool]:
    """Express that two rows are the same licence of the same vendor, renewed: of one kind, or of one tag where the kind says nothing."""
    is_other = one.kind == CredentialKind.OTHER
    return and_(one.vendor_id == other.vendor_id, one.kind == other.kind, or_(~is_other, one.type == other.type))


def covers_with(credentials: Iterable[Credential], tag: str, day: date) -> bool:
    """Say whether one of some credentials is what a rulebook calls `tag`, and good on a day."""
    return any(tag in one.tags and one.covers(day) for one in credentials)


def add_credential(
    session: AsyncSession,
    *,
    id: UUID,
    vendor_id: UUID,
    type: str,
    number: str,
    state: str | None,
    expires_on: date,
    issued_on: date | None = None,
    training_hours: int | None = None,
    supervised_hours: int | None = None,
    document_id: UUID | None = None,
    is_seen: bool = True,
) -> Credential:
    """Record a credential; an old one stays, so that a renewal is one row more."""
    credential = Credential(
        id=id,
        vendor_id=vendor_id,
        type=type,
        kind=kind_of(type),
        number=number,
        state=state,
        issued_on=issued_on,
        expires_on=expires_on,
        training_hours=training_hours,
        supervised_hours=supervised_hours,
        document_id=document_id,
        is_seen=is_seen,
    )
    session.add(credential)
    return credential


def verify_credential(credential: Credential, *, source: str, note_sealed: bytes | None, by: UUID | None, on: date) -> None:
    """Note that a person looked a credential up at its source. The caller has seen that it was not taken back."""
    credential.verified_on, credential.verified_by = on, by
    credential.verified_source, credential.verified_note_sealed = source, note_sealed


def revoke_credential(credential: Credential, *, reason_sealed: bytes | None, by: UUID | None, on: date) -> None:
    """Take a credential back: it covers no day any more, not even one that is past."""
    credential.revoked_on, credential.revoked_by, credential.revoked_reason_sealed = on, by, reason_sealed


# ---- what peers are asked for ------------------------------------------------------------------------
SAMHSA_MIN_HOURS: Final = 40
SAMHSA_MAX_HOURS: Final = 60
"""Training that the National Model Standards for Peer Support Certification recommend (SAMHSA 2023, PEP23-10-01-001). They bind nobody:
they are shown beside a state's own rule and refuse nothing."""


@dataclass(frozen=True, slots=True)
class StateRule:
    """What a state asks of a certified peer, in hours, as far as a source says so, and the source."""

    training_hours: int | None
    supervised_hours: int | None
    source: str


STATE_RULES: Final[Mapping[str, StateRule]] = MappingProxyType(
    {
        "PA": StateRule(75, None, "75 hours of training approved by OMHSAS, as the Pennsylvania Certification Board asks for"),
        "TX": StateRule(None, 250, "1 Tex. Admin. Code 354.3205(b): 250 hours of supervised work within the initial certification"),
    }
)
"""States whose rule we could source; of any other nothing is said, which does not mean that it has none."""
