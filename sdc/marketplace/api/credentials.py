"""Routes of credentials: what vendors hold, who looked it up, and what is over soon."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace import credentials
from sdc.marketplace.answers import ReasonIn
from sdc.marketplace.credential_forms import (
    CredentialIn,
    CredentialOut,
    CredentialPage,
    ExpiringOut,
    ExpiringPage,
    VerificationIn,
    WaitingOut,
    WaitingPage,
)
from sdc.marketplace.events import Actor
from sdc.marketplace.scope import load_vendor, vendor_scope
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page
from vendors import Credential, Vendor, VendorState

Within = Annotated[int, QueryParameter(ge=1, le=366, description="how many days ahead")]


@post("/v1/vendors/{vendor_id:uuid}/credentials", status_code=HTTP_201_CREATED, opt={"permission": Permission.EDIT_VENDORS})
async def create_credential(
    vendor_id: FromPath[UUID],
    data: JSONBody[CredentialIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[CredentialOut]:
    """Keep a licence or card of a vendor. A renewal is a credential of its own; bills that waited for it are looked at again."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(vendor_id, who=who, clock=clock)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        credential = await credentials.add_credential(
            call.session, vendor, id=new_id(), **data.model_dump(), actor=Actor.of(who, keyring), at=at
        )
        return call.answer(CredentialOut.of(credential, who, keyring))


@get("/v1/vendors/{vendor_id:uuid}/credentials", opt={"permission": Permission.EDIT_VENDORS})
async def list_credentials(
    vendor_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CredentialPage:
    """List a vendor's licences and cards."""
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=clock.now())
        query = select(Credential).where(Credential.vendor_id == vendor.id)
        rows, next_cursor = await read_page(session, query, Credential.id, limit=limit, cursor=cursor)
    return page_bytes(CredentialPage, rows, lambda one: CredentialOut.of(one, who, keyring), next_cursor)


@post(
    "/v1/vendors/{vendor_id:uuid}/credentials/{credential_id:uuid}/verify",
    status_code=HTTP_200_OK,
    opt={"permission": Permission.REVIEW_VENDORS},
)
async def verify_credential(
    vendor_id: FromPath[UUID],
    credential_id: FromPath[UUID],
    data: JSONBody[VerificationIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[CredentialOut]:
    """Say that you looked the credential up at its source."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(vendor_id, who=who, clock=clock)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        credential = await credentials.find_credential(call.session, vendor, credential_id)
        await credentials.verify_credential(
            call.session, vendor, credential, source=data.source, note=data.note, actor=Actor.of(who, keyring), at=at
        )
        return call.answer(CredentialOut.of(credential, who, keyring), HTTP_200_OK)


@post(
    "/v1/vendors/{vendor_id:uuid}/credentials/{credential_id:uuid}/revoke",
    status_code=HTTP_200_OK,
    opt={"permission": Permission.REVIEW_VENDORS},
)
async def revoke_credential(
    vendor_id: FromPath[UUID],
    credential_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[CredentialOut]:
    """Take a credential back: nothing is bought or paid on it any more."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(vendor_id, who=who, clock=clock)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        credential = await credentials.find_credential(call.session, vendor, credential_id)
        await credentials.revoke_credential(call.session, vendor, credential, reason=data.reason, actor=Actor.of(who, keyring), at=at)
        return call.answer(CredentialOut.of(credential, who, keyring), HTTP_200_OK)


@get("/v1/credentials/expiring", opt={"permission": Permission.SEE_EXPIRING_CREDENTIALS})
async def list_expiring(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    within: Within = 60,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ExpiringPage:
    """List the credentials of your programs' vendors that are over soon and not renewed, the first to end first."""
    at = clock.now()
    async with sessions.read() as session:
        scope = vendor_scope(who, at=at)
        rows, next_cursor = await credentials.read_expiring(session, within=within, scope=scope, limit=limit, cursor=cursor, at=at)

    def out(row: tuple[Credential, Vendor, int]) -> ExpiringOut:
        credential, vendor, days_left = row
        shown = CredentialOut.of(credential, who, keyring)
        return ExpiringOut(vendor_id=vendor.id, vendor_name=vendor.name, days_left=days_left, credential=shown)

    return page_bytes(ExpiringPage, rows, out, next_cursor)


@get("/v1/credentials/waiting", opt={"permission": Permission.SEE_EXPIRING_CREDENTIALS})
async def list_waiting(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> WaitingPage:
    """List the credentials of your programs' vendors on which nothing is paid before a person has looked at them."""
    query = select(Credential).join(Vendor, Vendor.id == Credential.vendor_id)
    query = query.where(vendor_scope(who, at=clock.now()), Vendor.state != VendorState.REJECTED, Credential.is_waiting())
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, query, Credential.id, limit=limit, cursor=cursor)

    def out(credential: Credential) -> WaitingOut:
        return WaitingOut(vendor_id=credential.vendor_id, credential=CredentialOut.of(credential, who, keyring))

    return page_bytes(WaitingPage, rows, out, next_cursor)


def _if_still_theirs(vendor_id: UUID, *, who: Principal, clock: Clock) -> Callable[[AsyncSession], Awaitable[object]]:
    """Ask before an answer is given again whether the vendor is still the caller's."""
    return lambda session: load_vendor(session, vendor_id, who=who, at=clock.now())


HANDLERS = [create_credential, list_credentials, verify_credential, revoke_credential, list_expiring, list_waiting]
