"""Routes of consents: what a member lets the vendor of one order know."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import select

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.errors import InvalidFieldError
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.purchases.consenting import give_consent, withdraw_consent
from sdc.purchases.forms import ConsentIn, ConsentList, ConsentOut
from sdc.purchases.model import OrderConsent
from sdc.purchases.reading import read_purchase, recheck_purchase


@post("/v1/purchases/{purchase_id:uuid}/consents", opt={"permission": Permission.GIVE_CONSENT})
async def create_consent(
    purchase_id: FromPath[UUID],
    data: JSONBody[ConsentIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[ConsentOut]:
    """Let the store of this order know a name, an address, or both. It is deleted once the order is delivered, and you may take it back."""
    if not data.name and data.address is None:
        raise InvalidFieldError("name", "say what the store may know: the name, an address, or both")
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        consent = await give_consent(
            call.session, purchase_id, who=who, id=new_id(), name=data.name, address=data.address, keyring=keyring, at=at
        )
        return call.answer(ConsentOut.of(consent))


@post("/v1/purchases/{purchase_id:uuid}/consents/withdraw", status_code=HTTP_200_OK, opt={"permission": Permission.GIVE_CONSENT})
async def take_back_consent(
    purchase_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[ConsentList]:
    """Take back what the store may know of you: it is deleted at once. What it has read already it may remember."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        consent = await withdraw_consent(call.session, purchase_id, who=who, at=at)
        return call.answer(ConsentList(items=[ConsentOut.of(consent)] if consent else []), HTTP_200_OK)


@get("/v1/purchases/{purchase_id:uuid}/consents", opt={"permission": Permission.SEE_CONSENTS})
async def list_consents(
    purchase_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> ConsentList:
    """List what the store of this order was ever allowed to know, by whom and until when; not the words themselves."""
    async with sessions.read() as session:
        purchase = await read_purchase(session, purchase_id, who=who, at=clock.now())
        consents = await session.scalars(select(OrderConsent).where(OrderConsent.purchase_id == purchase.id).order_by(OrderConsent.id))
        return ConsentList(items=[ConsentOut.of(one) for one in consents])


HANDLERS = [create_consent, take_back_consent, list_consents]
