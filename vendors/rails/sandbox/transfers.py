"""Transfers: money from our balance to a recipient, and what comes back of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox.accounts import transfers_status
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
REVERSE: Final[Shape] = {"amount": Field(whole(1, MAX_AMOUNT)), "description": Field(text), "metadata": Field(metadata)}


def create(world: World, given: Mapping[str, Any]) -> Document:
    """Send money.

    Raises:
        Refused: there is no such account; it is closed; it may not receive transfers; the balance does not cover the amount.

    """
    destination = given["destination"]
    account = world.find("account", destination)
    if account is None:
        raise missing("destination", destination, param="destination", status=HTTPStatus.BAD_REQUEST)
    if account["closed"]:
        raise Refused("The destination account is closed.", code="account_closed", param="destination")
    if transfers_status(account) != "active":
        raise Refused(
            "Your destination account needs to have at least one of the following capabilities enabled: stripe_transfers",
            code="insufficient_capabilities_for_transfer",
        )
    if given["amount"] > world.available_cents:
        raise Refused("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
    transfer_id = world.new_id("tr")
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
        "destination_payment": world.new_id("py"),
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "reversals": {"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{transfer_id}/reversals"},
        "reversed": False,
        "source_transaction": None,
        "source_type": "bank_account",
        "transfer_group": given.get("transfer_group"),
    }
    world.happened("transfer.created", transfer)
    return world.put("transfer", transfer)


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one transfer."""
    return _the(world, given["id"])


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of transfers."""
    return page(world, "transfer", given, url="/v1/transfers", equal=("destination", "transfer_group"))


def reverse(world: World, given: Mapping[str, Any]) -> Document:
    """Bring back all that is left of a transfer, or part of it.

    Raises:
        Refused: there is no such transfer; less than the amount is left of it.

    """
    transfer = {**_the(world, given["id"])}
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = given.get("amount", left)
    if not 0 < amount <= left:
        raise Refused(f"Transfer reversal amount ({amount}) is greater than unreversed amount on transfer ({left})", param="amount")
    reversal_id = world.new_id("trr")
    reversal: Document = {
        "id": reversal_id,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": world.book(amount, kind="transfer_refund", category="transfer_reversal", source=reversal_id),
        "created": world.now,
        "currency": "usd",
        "destination_payment_refund": world.new_id("pyr"),
        "metadata": given.get("metadata", {}),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"] = {**transfer["reversals"], "data": [reversal, *transfer["reversals"]["data"]]}
    world.put("reversal", reversal)
    world.put("transfer", transfer)
    world.happened("transfer.reversed", transfer)
    return reversal


def _the(world: World, transfer_id: str) -> Document:
    transfer = world.find("transfer", transfer_id)
    if transfer is None:
        raise missing("transfer", transfer_id)
    return transfer
