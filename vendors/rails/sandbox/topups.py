"""Top-ups: money from our bank, which the sandbox settles at once."""

from collections.abc import Mapping
from typing import Any, Final

from vendors.rails.sandbox.listing import CREATED, PAGING, page
from vendors.rails.sandbox.parameters import MAX_AMOUNT, Field, Shape, metadata, one_of, text, whole
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import World

DESCRIPTOR_LENGTH: Final = 15

CREATE: Final[Shape] = {
    "amount": Field(whole(1, MAX_AMOUNT), required=True),
    "currency": Field(one_of("usd"), required=True),
    "description": Field(text),
    "metadata": Field(metadata),
    "source": Field(text),
    "statement_descriptor": Field(text),
    "transfer_group": Field(text),
}
LIST: Final[Shape] = {
    **PAGING,
    **CREATED,
    "amount": Field(whole(1, MAX_AMOUNT)),
    "status": Field(one_of("canceled", "failed", "pending", "succeeded")),
}


def create(world: World, given: Mapping[str, Any]) -> Document:
    """Bring money in."""
    descriptor = given.get("statement_descriptor", "")
    if len(descriptor) > DESCRIPTOR_LENGTH or not descriptor.isascii():
        raise Refused("Invalid statement_descriptor: at most 15 ASCII characters", param="statement_descriptor")
    topup_id = world.new_id("tu")
    topup: Document = {
        "id": topup_id,
        "object": "topup",
        "amount": given["amount"],
        "balance_transaction": None,
        "created": world.now,
        "currency": "usd",
        "description": given.get("description"),
        "expected_availability_date": world.now,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "transfer_group": given.get("transfer_group"),
    }
    world.happened("topup.created", topup)
    topup["balance_transaction"] = world.book(given["amount"], kind="topup", category="topup", source=topup_id)
    topup["status"] = "succeeded"
    world.happened("topup.succeeded", topup)
    return world.put("topup", topup)


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one top-up."""
    topup = world.find("topup", given["id"])
    if topup is None:
        raise missing("topup", given["id"])
    return topup


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of top-ups."""
    return page(world, "topup", given, url="/v1/topups", equal=("amount", "status"))
