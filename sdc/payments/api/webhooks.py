"""The route by which the processor tells us that something happened."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.status_codes import HTTP_200_OK

from sdc import errors
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.payments.forms import (
    ReceivedOut,
)
from sdc.payments.webhook import receive_event
from sdc.web.public import PUBLIC
from vendors import ForgedEventError
from vendors.rails import MAX_EVENT_BYTES, Rail


@post("/v1/webhooks/stripe", status_code=HTTP_200_OK, opt=PUBLIC, request_max_body_size=MAX_EVENT_BYTES)
async def receive_stripe_event(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    clock: NamedDependency[Clock],
    rail: NamedDependency[SkipValidation[Rail]],
) -> ReceivedOut:
    """Take an event of the processor: its signature is checked over its raw bytes, then it is kept; it is applied later."""
    raw = await request.body()
    try:
        event = rail.parse_event(raw, request.headers)
    except ForgedEventError as error:
        raise errors.ForgedEventError("this is not an event of the processor that we can take") from error
    async with sessions.begin() as session:
        await receive_event(session, event, rail=rail.name, at=clock.now())
    return ReceivedOut(received=True)


HANDLERS = [
    receive_stripe_event,
]
