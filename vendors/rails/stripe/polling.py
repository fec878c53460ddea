"""Events asked for, for those that no webhook brought: read by the same rules as a webhook's."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import stripe

from vendors.errors import ForgedEventError
from vendors.rails.stripe import webhooks
from vendors.rails.stripe.asking import PAGE, after, oldest_first, question
from vendors.rails.values import Event

TYPES: Final = (
    "account.application.deauthorized",
    "account.external_account.created",
    "account.external_account.deleted",
    "account.external_account.updated",
    "account.updated",
    "balance.available",
    "capability.updated",
    "payout.canceled",
    "payout.created",
    "payout.failed",
    "payout.paid",
    "payout.updated",
    "topup.canceled",
    "topup.failed",
    "topup.reversed",
    "topup.succeeded",
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
)
"""Those that make us look at something again; Stripe takes twenty at most."""


async def events(client: stripe.StripeClient, *, since: datetime, live: bool, ours: str | None) -> AsyncIterator[Event]:
    """Give the events of both versions of the API, oldest first. One that cannot be read is left out, as a webhook's would be."""
    thin = await _thin(client, since=since, live=live, ours=ours)

    async def fetch(last: str | None) -> stripe.ListObject[stripe.Event]:
        return await client.v1.events.list_async(after(last, created={"gte": int(since.timestamp())}, types=list(TYPES)))

    async def read(one: stripe.Event) -> Event | None:
        return _readable(one.to_dict(), live=live, ours=ours)

    snapshots = oldest_first(fetch, read)
    while True:
        async with question("events"):
            more, one = await _next(snapshots)
        if not more:
            break
        if one is None:
            continue
        while thin and thin[-1].created_at < one.created_at:
            yield thin.pop()
        yield one
    while thin:
        yield thin.pop()


async def _next(snapshots: AsyncIterator[Event | None]) -> tuple[bool, Event | None]:
    async for one in snapshots:
        return True, one
    return False, None


async def _thin(client: stripe.StripeClient, *, since: datetime, live: bool, ours: str | None) -> list[Event]:
    """Read the events of version 2 since then, newest first. They hold no object, so all of them are small."""
    found: list[Event | None] = []
    async with question("events"):
        moment = since.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
        try:
            page: dict[str, Any] = (await client.v2.core.events.list_async({"created": {"gte": moment}, "limit": PAGE})).to_dict()
        except stripe.InvalidRequestError as error:
            if error.http_status == HTTPStatus.NOT_FOUND:
                return []  # an account that has nothing of version 2
            raise
        while True:
            found += [_readable(one, live=live, ours=ours) for one in page["data"]]
            if not page.get("next_page_url"):
                break
            page = json.loads((await client.raw_request_async("get", page["next_page_url"])).body)
    return sorted((one for one in found if one is not None), key=lambda event: event.created_at, reverse=True)


def _readable(body: dict[str, Any], *, live: bool, ours: str | None) -> Event | None:
    try:
        event = webhooks.read(body, ours=ours)
    except ForgedEventError:
        return None
    return event if event.live is live else None
