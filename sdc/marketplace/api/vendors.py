"""Routes of vendors: applying, what is said of them, screening and how they are paid."""

import time
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.auth.tokens import new_token_text
from sdc.clock import Clock
from sdc.config import Settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace import describing, reviewing
from sdc.marketplace.answers import SEES_ALL_OF_A_VENDOR, AppliedOut, OnboardingOut, ScreeningIn, ScreeningOut, VendorOut, VendorPage
from sdc.marketplace.applying import ApplicationRate, apply_as_vendor, check_categories, give_first_token
from sdc.marketplace.cooling_off import ONBOARDING_OPENED
from sdc.marketplace.events import Actor
from sdc.marketplace.forms import VendorChangeIn, VendorIn
from sdc.marketplace.links import keep_link, new_link_text, open_page
from sdc.marketplace.missing import missing_of
from sdc.marketplace.onboarding import ask_rail, rail_answers, record_payee
from sdc.marketplace.people import add_person
from sdc.marketplace.scope import load_vendor, recheck_vendor, vendor_scope
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page
from vendors import Vendor, VendorState
from vendors.rails import Rail

_REVIEWERS = frozenset({Role.ADMIN, Role.DIRECTOR})


@post("/v1/vendors", status_code=HTTP_201_CREATED, opt={"permission": Permission.APPLY_AS_VENDOR})
async def create_vendor(
    request: Request[Any, Any, Any],
    data: JSONBody[VendorIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    maybe_who: NamedDependency[Principal | None],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[AppliedOut]:
    """Apply as a vendor. Without a token the answer holds one, this once, by which the vendor comes back."""
    at = clock.now()
    is_staff = maybe_who is not None and maybe_who.role in _REVIEWERS
    if not is_staff:
        rate: ApplicationRate = request.app.state.setdefault("application_rate", ApplicationRate())
        rate.count(request.client.host if request.client else "", seconds=time.monotonic())
    actor = Actor.of(maybe_who, keyring)
    async with idempotency.begin(sessions, key, at=at) as call:
        vendor = await apply_as_vendor(
            call.session,
            id=new_id(),
            program_id=data.program_id,
            name=data.name,
            categories=data.categories,
            owners=data.owners,
            is_directed_worker=data.is_directed_worker,
            profile=data.profile(),
            actor=actor,
            at=at,
        )
        for person in data.persons:
            await add_person(call.session, vendor, person.disclosed(), id=new_id(), actor=actor, at=at)
        shown = AppliedOut.of(vendor, maybe_who.role if maybe_who else Role.VENDOR, keyring)
        if is_staff:
            return call.answer(shown)
        text = new_token_text()
        await give_first_token(call.session, vendor, id=new_id(), text=text, at=at)
        return call.answer(shown.model_copy(update={"token": text}))


@get("/v1/vendors", opt={"permission": Permission.SEE_VENDORS})
async def list_vendors(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    in_state: Annotated[VendorState | None, QueryParameter(name="state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> VendorPage:
    """List the vendors of your programs; a vendor sees itself."""
    query = select(Vendor).where(vendor_scope(who, at=clock.now()))
    if in_state is not None:
        query = query.where(Vendor.state == in_state)
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, query, Vendor.id, limit=limit, cursor=cursor)
    return page_bytes(VendorPage, rows, lambda vendor: VendorOut.of(vendor, who.role, keyring), next_cursor)


@get("/v1/vendors/{vendor_id:uuid}", opt={"permission": Permission.SEE_VENDORS})
async def get_vendor(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> VendorOut:
    """Show one vendor; to staff and to itself also what it still lacks, and how to fix it."""
    at = clock.now()
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=at)
        is_shown = who.role in SEES_ALL_OF_A_VENDOR
        lacks = await missing_of(session, vendor, language=language_of(request), at=at) if is_shown else None
    return VendorOut.of(vendor, who.role, keyring, missing=lacks)


@patch("/v1/vendors/{vendor_id:uuid}", opt={"permission": Permission.EDIT_VENDORS})
async def change_vendor(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    data: JSONBody[VendorChangeIn],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> VendorOut:
    """Change what is said of a vendor: what is not named stays. What an approved vendor was approved for, only staff changes."""
    at = clock.now()
    async with sessions.begin() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=at, lock=True)
        if data.categories is not None:
            await check_categories(session, vendor.program_id, data.categories, field="categories", at=at)
        ids, actor = (new_id(), new_id()), Actor.of(who, keyring)
        await describing.change_vendor(
            session, vendor, data.profile(), frozenset(data.model_fields_set), message_ids=ids, actor=actor, at=at
        )
        lacks = await missing_of(session, vendor, language=language_of(request), at=at)
        return VendorOut.of(vendor, who.role, keyring, missing=lacks)


@post("/v1/vendors/{vendor_id:uuid}/screenings", status_code=HTTP_201_CREATED, opt={"permission": Permission.REVIEW_VENDORS})
async def create_screening(
    vendor_id: FromPath[UUID],
    data: JSONBody[ScreeningIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[ScreeningOut]:
    """Record what an exclusion list says of a vendor. A match stops purchases and payments at once."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        screening = await reviewing.screen_vendor(
            call.session,
            vendor,
            id=new_id(),
            list=data.list.lower(),
            list_date=data.list_date,
            result=data.result,
            actor=Actor(who.id, who.role),
            at=at,
        )
        return call.answer(ScreeningOut.of(screening))


@post("/v1/vendors/{vendor_id:uuid}/onboarding", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def onboard_vendor(
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
    rail: NamedDependency[SkipValidation[Rail]],
) -> Response[OnboardingOut]:
    """Give a fresh address where the vendor tells the payment processor who it is and where its bank is."""
    at = clock.now()
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=at)
    status = await ask_rail(rail, vendor)
    text = new_link_text()
    with rail_answers():
        url = await open_page(rail, status.payee_id, text, public_url=settings.public_url)
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        await record_payee(call.session, vendor, status, rail=rail.name, by=who.id, at=at, cooling_off=settings.cooling_off)
        journal.record(call.session, ONBOARDING_OPENED, subject=vendor.id, by=who.id, at=at)
        keep_link(call.session, vendor.id, text, at=at)
        return call.answer(OnboardingOut(url=url, is_payable=vendor.is_payable), HTTP_200_OK)


HANDLERS = [
    create_vendor,
    list_vendors,
    get_vendor,
    change_vendor,
    create_screening,
    onboard_vendor,
]
