"""The route by which a person of staff ends the wait after a vendor's bank details changed."""

from datetime import datetime
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.idempotency import IdempotencyKey
from sdc.marketplace.answers import ReasonIn
from sdc.marketplace.cooling_off import ONBOARDING_OPENED, end_cooling_off_early
from sdc.marketplace.events import Actor
from sdc.marketplace.scope import load_vendor, recheck_vendor
from sdc.outbox.work import Work
from sdc.web.input import Output


class CoolingOffOut(Output):
    """When a vendor's bank details changed, and until when nothing is paid to it because of that."""

    vendor_id: UUID
    bank_changed_at: datetime | None
    cooling_off_until: datetime | None


@post("/v1/vendors/{vendor_id:uuid}/cooling-off/end", status_code=HTTP_200_OK, opt={"permission": Permission.END_COOLING_OFF})
async def end_cooling_off(
    vendor_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
) -> Response[CoolingOffOut]:
    """Let a vendor be paid again although its bank details changed just now: somebody has asked the vendor, and says how."""
    at = work.clock.now()
    async with idempotency.begin(work.sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        opened_by = await _who_opened(call.session, vendor_id)
        actor = Actor.of(who, work.keyring)
        await end_cooling_off_early(call.session, vendor, actor=actor, reason=data.reason, opened_by=opened_by, at=at)
        answer = CoolingOffOut(vendor_id=vendor.id, bank_changed_at=vendor.bank_changed_at, cooling_off_until=vendor.cooling_off_until)
        return call.answer(answer, HTTP_200_OK)


async def _who_opened(session: AsyncSession, vendor_id: UUID) -> UUID | None:
    """Name who last opened the processor's page for a vendor; for most it is the vendor itself."""
    query = select(journal.Event.by).where(journal.Event.subject_id == vendor_id, journal.Event.kind == ONBOARDING_OPENED)
    return await session.scalar(query.order_by(journal.Event.id.desc()).limit(1))


HANDLERS = [end_cooling_off]
