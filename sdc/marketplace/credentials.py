"""What a vendor holds: added by the vendor or its reviewers, verified at its source by a person, taken back for a reason.

Bills that waited for a credential are looked at again when one comes or changes.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

import vendors
from sdc.auth.principal import Role
from sdc.clock import local_date
from sdc.documents.model import VENDOR_OWNER, Document
from sdc.errors import ConflictError, InvalidFieldError, NotFoundError, WrongStateError
from sdc.marketplace.events import Actor, note_event
from sdc.marketplace.reviewing import time_zone_of
from sdc.outbox import enqueue
from sdc.programs.model import Program
from sdc.web.pages import cursor_of, row_of
from vendors import Credential, CredentialState, Vendor, VendorState

NOTE_COLUMN = "vendor_credentials.verified_note_sealed"
REASON_COLUMN = "vendor_credentials.revoked_reason_sealed"
MOST_CREDENTIALS = 500
"""All of a vendor's are read whenever something is bought from it or billed by it."""
_MOVES = {
    CredentialState.UNVERIFIED: ("verify", "revoke"),
    CredentialState.VERIFIED: ("verify", "revoke"),
    CredentialState.REVOKED: (),
}


async def add_credential(
    session: AsyncSession,
    vendor: Vendor,
    *,
    id: UUID,
    type: str,
    number: str,
    state: str | None,
    issued_on: date | None,
    expires_on: date,
    training_hours: int | None,
    supervised_hours: int | None,
    document_id: UUID | None,
    actor: Actor,
    at: datetime,
) -> Credential:
    """Keep a licence or card of a vendor, unverified. The caller has locked the vendor; a renewal is a credential of its own.

    What staff adds was seen by a person, and so is what an applicant adds: whoever approves the vendor has it before them.

    Raises:
        ConflictError: the vendor has so many that there is no room.
        InvalidFieldError: the document is not one of the vendor's.

    """
    held = select(func.count()).select_from(Credential).where(Credential.vendor_id == vendor.id)
    if (await session.scalar(held) or 0) >= MOST_CREDENTIALS:
        raise ConflictError(f"a vendor has at most {MOST_CREDENTIALS} licences and cards")
    await _check_document(session, vendor, document_id)
    credential = vendors.add_credential(
        session,
        id=id,
        vendor_id=vendor.id,
        type=type,
        number=number,
        state=state,
        issued_on=issued_on,
        expires_on=expires_on,
        training_hours=training_hours,
        supervised_hours=supervised_hours,
        document_id=document_id,
        is_seen=actor.role is not Role.VENDOR or vendor.state is VendorState.APPLIED,
    )
    note_event(session, vendor, "credential_added", actor=actor, at=at, credential=id, expires_on=expires_on)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
    return credential


async def verify_credential(
    session: AsyncSession, vendor: Vendor, credential: Credential, *, source: str, note: str | None, actor: Actor, at: datetime
) -> None:
    """Note that a person looked a credential up at its source. The caller has locked the vendor.

    Raises:
        WrongStateError: the credential was taken back.

    """
    _check_move(credential, "verify")
    today = local_date(at, await time_zone_of(session, vendor))
    sealed = None if note is None else _sealed(actor, note, NOTE_COLUMN, credential.id)
    vendors.verify_credential(credential, source=source, note_sealed=sealed, by=actor.id, on=today)
    note_event(session, vendor, "credential_verified", actor=actor, at=at, credential=credential.id)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)


async def revoke_credential(
    session: AsyncSession, vendor: Vendor, credential: Credential, *, reason: str, actor: Actor, at: datetime
) -> None:
    """Take a credential back: nothing is bought or paid on it any more. The caller has locked the vendor.

    Raises:
        WrongStateError: it was taken back before.

    """
    _check_move(credential, "revoke")
    today = local_date(at, await time_zone_of(session, vendor))
    sealed = _sealed(actor, reason, REASON_COLUMN, credential.id)
    vendors.revoke_credential(credential, reason_sealed=sealed, by=actor.id, on=today)
    note_event(session, vendor, "credential_revoked", actor=actor, reason=reason, at=at, credential=credential.id)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)


async def find_credential(session: AsyncSession, vendor: Vendor, credential_id: UUID) -> Credential:
    """Find a credential of a vendor.

    Raises:
        NotFoundError: no such credential, or another vendor's.

    """
    credential = await session.get(Credential, credential_id, populate_existing=True)
    if credential is None or credential.vendor_id != vendor.id:
        raise NotFoundError("credential", credential_id)
    return credential


def expiring(*, today: date, within: int) -> Select[Credential, Vendor]:
    """Select the credentials that are over within some days and not renewed yet, of vendors that nobody rejected, the first first."""
    renewed = aliased(Credential)
    renewal = select(renewed.id).where(
        vendors.same_credential(renewed, Credential), renewed.expires_on > Credential.expires_on, renewed.revoked_on.is_(None)
    )
    return (
        select(Credential, Vendor)
        .join(Vendor, Vendor.id == Credential.vendor_id)
        .where(
            Credential.expires_on.between(today, today + timedelta(days=within)),
            Credential.revoked_on.is_(None),
            Vendor.state != VendorState.REJECTED,
            ~renewal.exists(),
        )
        .order_by(Credential.expires_on, Credential.id)
    )


async def read_expiring(
    session: AsyncSession, *, within: int, scope: ColumnElement[bool], limit: int, cursor: str | None, at: datetime
) -> tuple[list[tuple[Credential, Vendor, int]], str | None]:
    """Read one page of the credentials of some vendors that are over soon, with the days that are left where the vendor is.

    The first to end come first. A page may be short where it is another day for the vendor than in UTC.

    Raises:
        InvalidFieldError: the cursor is of no credential of these vendors.

    """
    a_day = timedelta(days=1)
    around = expiring(today=at.date() - a_day, within=within + 2).where(scope)
    if cursor is not None:
        last = await session.scalar(select(Credential).join(Vendor).where(Credential.id == row_of(cursor), scope))
        if last is None:
            raise InvalidFieldError("cursor", "this is not a cursor of this list")
        around = around.where(tuple_(Credential.expires_on, Credential.id) > tuple_(last.expires_on, last.id))
    page = around.join(Program, Program.id == Vendor.program_id).add_columns(Program.time_zone).limit(limit + 1)
    rows = (await session.execute(page)).all()
    shown = [(credential, vendor, (credential.expires_on - local_date(at, zone)).days) for credential, vendor, zone in rows[:limit]]
    return [row for row in shown if 0 <= row[2] <= within], cursor_of(shown[-1][0].id) if len(rows) > limit else None


async def _check_document(session: AsyncSession, vendor: Vendor, document_id: UUID | None) -> None:
    if document_id is None:
        return
    mine = (Document.id == document_id, Document.owner_id == vendor.id, Document.owner_kind == VENDOR_OWNER)
    if await session.scalar(select(Document.id).where(*mine)) is None:
        raise InvalidFieldError("document_id", "this is not a paper of this vendor: upload it first")


def _sealed(actor: Actor, text: str, column: str, row: UUID) -> bytes:
    assert actor.keyring is not None, "what a person writes is kept sealed"
    return actor.keyring.seal(text, column, row)


def _check_move(credential: Credential, move: str) -> None:
    open_moves = _MOVES[credential.standing]
    if move not in open_moves:
        raise WrongStateError("credential", credential.id, state=credential.standing, move=move, open_moves=open_moves)
