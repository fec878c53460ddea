"""A balance, the platform's or a connected account's, and the balance transactions that made it."""

from collections.abc import Mapping
from typing import Any, Final

from vendors.rails.sandbox import payouts
from vendors.rails.sandbox.listing import CREATED, PAGING, page
from vendors.rails.sandbox.parameters import Field, Shape, one_of, text
from vendors.rails.sandbox.refusals import Document, missing
from vendors.rails.sandbox.world import World, of

LIST: Final[Shape] = {
    **PAGING,
    **CREATED,
    "currency": Field(one_of("usd")),
    "payout": Field(text),
    "source": Field(text),
    "type": Field(text),
}


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return what can be sent now, and what is on its way in."""
    available, pending = world.balance(given.get("stripe_account"))
    return {"object": "balance", "available": [_part(available)], "livemode": False, "pending": [_part(pending)]}


def transaction(world: World, given: Mapping[str, Any]) -> Document:
    """Return one balance transaction."""
    found = world.find(of("balance_transaction", given.get("stripe_account")), given["id"])
    if found is None:
        raise missing("balance_transaction", given["id"])
    return found


def transactions(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of balance transactions: all, or those that one automatic payout paid out."""
    account = given.get("stripe_account")
    among = payouts.paid_by(world, given["payout"], account) if "payout" in given else None
    kind = of("balance_transaction", account)
    return page(world, kind, given, url="/v1/balance_transactions", equal=("currency", "source", "type"), among=among)


def _part(cents: int) -> Document:
    return {"amount": cents, "currency": "usd", "source_types": {"bank_account": cents}}
