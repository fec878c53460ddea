"""Top-ups: money from our bank, settled at once unless a fault lets it wait, fail or go back."""

from collections.abc import Mapping
from typing import Any, Final

from vendors.rails.sandbox.listing import CREATED, PAGING, page
from vendors.rails.sandbox.parameters import MAX_AMOUNT, Field, Shape, metadata, one_of, text, whole
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import World

DESCRIPTOR_LENGTH: Final = 15
DAY: Final = 24 * 60 * 60

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
    fault = world.mishap
    trouble = fault.trouble if fault else ""
    waits = fault.seconds(DAY) if fault else 0
    topup_id = world.new_id("tu")
    topup: Document = {
        "id": topup_id,
        "object": "topup",
        "amount": given["amount"],
        "balance_transaction": None,
        "created": world.now,
        "currency": "usd",
        "description": given.get("description"),
        "expected_availability_date": world.now + (waits if trouble in {"top_up_pending", "top_up_unavailable"} else 0),
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "transfer_group": given.get("transfer_group"),
    }
    world.put("topup", topup)
    world.happened("topup.created", topup)
    match trouble:
        case "top_up_pending":
            world.later(world.now + waits, "topup_settles", topup=topup_id)
        case "top_up_fails":
            world.later(world.now + waits, "topup_fails", topup=topup_id)
        case "top_up_reversed":
            topup = settle(world, topup_id)
            world.later(world.now + waits, "topup_reversed", topup=topup_id)
        case "top_up_unavailable":
            topup = settle(world, topup_id, available_on=world.now + waits)
        case _:
            topup = settle(world, topup_id)
    return topup


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one top-up."""
    return _the(world, given["id"])


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of top-ups."""
    return page(world, "topup", given, url="/v1/topups", equal=("amount", "status"))


def cancel(world: World, given: Mapping[str, Any]) -> Document:
    """Call off a top-up that is still pending.

    Raises:
        Refused: there is no such top-up; it is not pending any more.

    """
    topup = _the(world, given["id"])
    if topup["status"] != "pending":
        raise Refused(f"You can only cancel a pending top-up; this one is {topup['status']}.")
    return _tell(world, topup, "canceled")


def settle(world: World, topup_id: str, *, available_on: int | None = None) -> Document:
    """Let a pending top-up arrive; its money may have to wait longer than it."""
    topup = _the(world, topup_id)
    if topup["status"] != "pending":
        return topup
    booked = world.book(topup["amount"], kind="topup", category="topup", source=topup_id, available_on=available_on)
    return _tell(world, {**topup, "balance_transaction": booked}, "succeeded")


def fail(world: World, topup_id: str) -> Document:
    """Let our bank refuse a pending top-up."""
    topup = _the(world, topup_id)
    if topup["status"] != "pending":
        return topup
    why = {"failure_code": "insufficient_funds", "failure_message": "Your bank account has insufficient funds."}
    return _tell(world, {**topup, **why}, "failed")


def take_back(world: World, topup_id: str) -> Document:
    """Let our bank take back a top-up that arrived, whatever is left in the balance."""
    topup = _the(world, topup_id)
    if topup["status"] != "succeeded":
        return topup
    world.book(-topup["amount"], kind="topup_reversal", category="topup_reversal", source=topup_id)
    return _tell(world, topup, "reversed")


def _tell(world: World, topup: Document, status: str) -> Document:
    topup = world.put("topup", {**topup, "status": status})
    world.happened(f"topup.{status}", topup)
    return topup


def _the(world: World, topup_id: str) -> Document:
    topup = world.find("topup", topup_id)
    if topup is None:
        raise missing("topup", topup_id)
    return topup
