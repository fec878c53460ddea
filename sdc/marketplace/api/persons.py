"""Routes of the owners and managers of a vendor: for staff and the vendor itself, never for members."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.crypto import KeyRing
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace.events import Actor
from sdc.marketplace.forms import PersonIn, ReasonedIn
from sdc.marketplace.people import add_person, end_person, find_person, open_person
from sdc.marketplace.scope import load_vendor, recheck_vendor
from sdc.outbox.work import Work
from sdc.web.input import Output
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, Page, page_bytes, read_page
from vendors import PersonKind, VendorPerson


class PersonOut(Output):
    """An owner or managing person of a vendor, now or before."""

    id: UUID
    name: str
    role: PersonKind
    born_on: date | None
    npi: str | None
    ownership_bps: int | None
    reference: str | None
    is_current: bool
    added_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, person: VendorPerson, keyring: KeyRing) -> Self:
        """Show a person, opened."""
        said = open_person(keyring, person)
        return cls(
            id=person.id,
            name=said.name,
            role=said.kind,
            born_on=said.born_on,
            npi=said.npi,
            ownership_bps=said.ownership_bps,
            reference=said.reference,
            is_current=person.is_current,
            added_at=person.added_at,
            ended_at=person.ended_at,
        )


class PersonPage(Page):
    """Persons, the newest first."""

    items: list[PersonOut]


@post("/v1/vendors/{vendor_id:uuid}/persons", status_code=HTTP_201_CREATED, opt={"permission": Permission.EDIT_VENDORS})
async def create_person(
    vendor_id: FromPath[UUID],
    data: JSONBody[PersonIn],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
) -> Response[PersonOut]:
    """Name an owner or manager of a vendor. It counts as not screened until somebody has looked for this person as well."""
    at = work.clock.now()
    async with idempotency.begin(work.sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        actor = Actor.of(who, work.keyring)
        person = await add_person(call.session, vendor, data.disclosed(), id=new_id(), actor=actor, at=at)
        return call.answer(PersonOut.of(person, work.keyring))


@get("/v1/vendors/{vendor_id:uuid}/persons", opt={"permission": Permission.SEE_VENDOR_RECORDS})
async def list_persons(
    vendor_id: FromPath[UUID],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PersonPage:
    """List the owners and managers of a vendor, those of before as well; that staff has looked is kept."""
    at = work.clock.now()
    async with work.sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=at)
        query = select(VendorPerson).where(VendorPerson.vendor_id == vendor.id)
        rows, next_cursor = await read_page(session, query, VendorPerson.id, limit=limit, cursor=cursor)
    if who.role is not Role.VENDOR:
        await journal.record_view(work.sessions, "vendor.persons_seen", subject=vendor.id, by=who.id, at=at)
    return page_bytes(PersonPage, rows, lambda person: PersonOut.of(person, work.keyring), next_cursor)


@post("/v1/vendors/{vendor_id:uuid}/persons/{person_id:uuid}/end", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def end_one_person(
    vendor_id: FromPath[UUID],
    person_id: FromPath[UUID],
    data: JSONBody[ReasonedIn],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
) -> Response[PersonOut]:
    """Say that a person does not own or manage a vendor any more."""
    at = work.clock.now()
    async with idempotency.begin(work.sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        person = await find_person(call.session, vendor, person_id)
        await end_person(call.session, vendor, person, reason=data.reason, actor=Actor.of(who, work.keyring), at=at)
        return call.answer(PersonOut.of(person, work.keyring), HTTP_200_OK)


HANDLERS = [create_person, list_persons, end_one_person]
