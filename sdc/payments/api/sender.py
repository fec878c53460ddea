"""Routes of the switch that stops the sender."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.payments.forms import (
    SwitchIn,
    SwitchOut,
)
from sdc.payments.pausing import pause_sender, resume_sender


@post("/v1/payments/pause", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def pause_payments(
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    data: JSONBody[SwitchIn | None] = None,
) -> Response[SwitchOut]:
    """Let no payment leave until they are resumed."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        switch = await pause_sender(call.session, reason=data.reason if data else None, by=who.id, at=at)
        return call.answer(SwitchOut.of(switch), HTTP_200_OK)


@post("/v1/payments/resume", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def resume_payments(
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    data: JSONBody[SwitchIn | None] = None,
) -> Response[SwitchOut]:
    """Let payments leave again."""
    del data
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        switch = await resume_sender(call.session, by=who.id, at=at)
        return call.answer(SwitchOut.of(switch), HTTP_200_OK)


HANDLERS = [
    pause_payments,
    resume_payments,
]
