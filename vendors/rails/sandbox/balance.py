"""Our balance and the balance transactions that made it."""

from collections.abc import Mapping
from typing import Any, Final

from vendors.rails.sandbox.listing import CREATED, PAGING, page
from vendors.rails.sandbox.parameters import Field, Shape, one_of, text
from vendors.rails.sandbox.refusals import Document, missing
from vendors.rails.sandbox.world import World

LIST: Final[Shape] = {**PAGING, **CREATED, "currency": Field(one_of("usd")), "source": Field(text), "type": Field(text)}


def retrieve(world: World, given: Mapping[str, Any]) -> Document:  # noqa: ARG001 - every verb takes what was given
    """Return what can be sent now; nothing is ever pending here."""
    available = {"amount": world.available_cents, "currency": "usd", "source_types": {"bank_account": world.available_cents}}
    pending = {"amount": 0, "currency": "usd", "source_types": {"bank_account": 0}}
    return {"object": "balance", "available": [available], "livemode": False, "pending": [pending]}


def transaction(world: World, given: Mapping[str, Any]) -> Document:
    """Return one balance transaction."""
    found = world.find("balance_transaction", given["id"])
    if found is None:
        raise missing("balance_transaction", given["id"])
    return found


def transactions(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of balance transactions."""
    return page(world, "balance_transaction", given, url="/v1/balance_transactions", equal=("currency", "source", "type"))
