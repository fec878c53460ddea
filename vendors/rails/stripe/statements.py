"""The movements of our balance at Stripe, oldest first, each with our own reference where Stripe still knows it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import stripe

from vendors.rails.stripe import reading
from vendors.rails.stripe.asking import after, oldest_first, question
from vendors.rails.values import Movement

if TYPE_CHECKING:
    from stripe.params import BalanceTransactionListParamsCreated


class References:
    """Finds whose money moved: it is in the source itself, or in the transfer of which the source is a reversal."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client
        self._last: tuple[str, str | None] = ("", None)

    async def of(self, source: Any) -> str | None:  # noqa: ANN401 - any of sixteen kinds of object, expanded or not
        """Return our reference, or nothing."""
        if source is None or isinstance(source, str):
            return None
        told = _told(source)
        transfer = getattr(source, "transfer", None)
        if told is not None or transfer is None or getattr(source, "object", "") != "transfer_reversal":
            return told
        if not isinstance(transfer, str):
            return _told(transfer)
        if self._last[0] != transfer:
            self._last = (transfer, _told(await self._client.v1.transfers.retrieve_async(transfer)))
        return self._last[1]


async def movements(client: stripe.StripeClient, *, since: datetime, until: datetime | None) -> AsyncIterator[Movement]:
    """Give the balance transactions in dollars of `[since, until)`, to the second."""
    created: BalanceTransactionListParamsCreated = {"gte": int(since.timestamp())}
    if until is not None:
        created["lt"] = int(until.timestamp())
    references = References(client)

    async def fetch(last: str | None) -> stripe.ListObject[stripe.BalanceTransaction]:
        asked = after(last, created=created, currency="usd", expand=["data.source"])
        return await client.v1.balance_transactions.list_async(asked)

    async def read(one: stripe.BalanceTransaction) -> Movement:
        return reading.movement(one, await references.of(getattr(one, "source", None)))

    listed = oldest_first(fetch, read)
    while True:
        async with question("statement"):
            one = await anext(listed, None)
        if one is None:
            return
        yield one


def _told(source: Any) -> str | None:  # noqa: ANN401 - as above
    """Read our reference where we wrote it: the group, or the one word of metadata."""
    group = getattr(source, "transfer_group", None)
    metadata = getattr(source, "metadata", None)
    pid = metadata.get("pid") if isinstance(metadata, dict) else getattr(metadata, "pid", None)
    return str(group or pid) if group or pid else None
