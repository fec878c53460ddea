"""Transfers: money from our balance to a recipient, and what comes back of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox import accounts, schedules
from vendors.rails.sandbox.capabilities import status_of
from vendors.rails.sandbox.listing import CREATED, PAGING, page
from vendors.rails.sandbox.parameters import MAX_AMOUNT, Field, Shape, metadata, one_of, text, whole
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import World

CREATE: Final[Shape] = {
    "amount": Field(whole(1, MAX_AMOUNT), required=True),
    "currency": Field(one_of("usd"), required=True),
    "description": Field(text),
    "destination": Field(text, required=True),
    "metadata": Field(metadata),
    "transfer_group": Field(text),
}
LIST: Final[Shape] = {**PAGING, **CREATED, "destination": Field(text), "transfer_group": Field(text)}
REVERSALS: Final[Shape] = PAGING
REVERSE: Final[Shape] = {"amount": Field(whole(1, MAX_AMOUNT)), "description": Field(text), "metadata": Field(metadata)}


def create(world: World, given: Mapping[str, Any]) -> Document:
    """Send money.

    Raises:
        Refused: there is no such account; it is closed; it may not receive transfers; the balance does not cover the amount.

    """
    destination = given["destination"]
    trouble = world.mishap.trouble if world.mishap else ""
    if trouble == "restrict_account" and world.find("account", destination) is not None:
        accounts.set_state(world, destination, capability="restricted")
    account = world.find("account", destination)
    if account is None:
        raise missing("destination", destination, param="destination", status=HTTPStatus.BAD_REQUEST)
    if account["closed"]:
        raise Refused("The destination account is closed.", code="account_closed", param="destination")
    if status_of(account) != "active":
        raise Refused(
            "Your destination account needs to have at least one of the following capabilities enabled: stripe_transfers",
            code="insufficient_capabilities_for_transfer",
        )
    if given["amount"] > world.available_cents or trouble == "insufficient_funds":
        raise Refused("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
    transfer_id, payment_id = world.new_id("tr"), world.new_id("py")
    transfer: Document = {
        "id": transfer_id,
        "object": "transfer",
        "amount": given["amount"],
        "amount_reversed": 0,
        "balance_transaction": world.book(-given["amount"], kind="transfer", category="transfer", source=transfer_id),
        "created": world.now,
        "currency": "usd",
        "description": given.get("description"),
        "destination": destination,
        "destination_payment": payment_id,
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "reversals": {"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{transfer_id}/reversals"},
        "reversed": False,
        "source_transaction": None,
        "source_type": "bank_account",
        "transfer_group": given.get("transfer_group"),
    }
    world.book(given["amount"], kind="payment", category="charge", source=payment_id, account=destination)
    schedules.expect(world, destination)
    world.happened("transfer.created", transfer)
    return world.put("transfer", transfer)


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one transfer."""
    return _the(world, given["id"])


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of transfers."""
    among = world.newest_in_group("transfer", given["transfer_group"]) if "transfer_group" in given else None
    return page(world, "transfer", given, url="/v1/transfers", equal=("destination", "transfer_group"), among=among)


def reverse(world: World, given: Mapping[str, Any]) -> Document:
    """Bring back all that is left of a transfer, or part of it, from the recipient's balance.

    Raises:
        Refused: there is no such transfer; less than the amount is left of it; the recipient does not have it any more.

    """
    transfer = _the(world, given["id"])
    amount = _left(transfer, given.get("amount"))
    if amount > world.balance(transfer["destination"])[0]:
        raise Refused("The connected account's balance does not cover the reversal.", code="balance_insufficient")
    return _bring_back(world, transfer, amount, given.get("metadata", {}))


def take_back(world: World, transfer_id: str, amount_cents: int | None = None) -> Document:
    """Reverse as Stripe itself may: even what the recipient does not have any more."""
    transfer = _the(world, transfer_id)
    return _bring_back(world, transfer, _left(transfer, amount_cents), {})


def reversals(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of what came back of a transfer."""
    transfer_id = _the(world, given["id"])["id"]
    among = (one for one in world.newest_first("reversal") if one["transfer"] == transfer_id)
    return page(world, "reversal", given, url=f"/v1/transfers/{transfer_id}/reversals", among=among)


def _left(transfer: Document, asked: int | None) -> int:
    left: int = transfer["amount"] - transfer["amount_reversed"]
    amount = left if asked is None else asked
    if not 0 < amount <= left:
        raise Refused(f"Transfer reversal amount ({amount}) is greater than unreversed amount on transfer ({left})", param="amount")
    return amount


def _bring_back(world: World, transfer: Document, amount: int, metadata_: Mapping[str, str]) -> Document:
    reversal_id, refund_id = world.new_id("trr"), world.new_id("pyr")
    world.book(-amount, kind="payment_refund", category="refund", source=refund_id, account=transfer["destination"])
    reversal: Document = {
        "id": reversal_id,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": world.book(amount, kind="transfer_refund", category="transfer_reversal", source=reversal_id),
        "created": world.now,
        "currency": "usd",
        "destination_payment_refund": refund_id,
        "metadata": dict(metadata_),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    back = transfer["amount_reversed"] + amount
    listed_ = {**transfer["reversals"], "data": [reversal, *transfer["reversals"]["data"]]}
    world.put("reversal", reversal)
    world.happened(
        "transfer.reversed",
        world.put("transfer", {**transfer, "amount_reversed": back, "reversed": back == transfer["amount"], "reversals": listed_}),
    )
    return reversal


def _the(world: World, transfer_id: str) -> Document:
    transfer = world.find("transfer", transfer_id)
    if transfer is None:
        raise missing("transfer", transfer_id)
    return transfer
