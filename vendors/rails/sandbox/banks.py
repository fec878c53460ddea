"""The bank account of a recipient, to which its payouts go: nothing real is known of it but that it changed."""

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

from vendors.rails.sandbox.listing import PAGING, page
from vendors.rails.sandbox.parameters import Field, Shape, one_of
from vendors.rails.sandbox.refusals import Document, missing
from vendors.rails.sandbox.world import World, of

LIST: Final[Shape] = {**PAGING, "object": Field(one_of("bank_account"))}


def bank_of(world: World, account_id: str) -> Document | None:
    """Return the bank account of a recipient, if it has told of one."""
    return next(iter(world.newest_first(of("bank_account", account_id))), None)


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return the bank accounts of a recipient: one, or none yet."""
    account_id = given["id"]
    if world.find("account", account_id) is None:
        raise missing("account", account_id, param="account")
    return page(world, of("bank_account", account_id), given, url=f"/v1/accounts/{account_id}/external_accounts")


def set_up(world: World, account_id: str, *, anew: bool = False) -> Document:
    """Give a recipient a bank account with a fingerprint of its own; one that it had is changed, or gives way to a new one.

    The account holder tells Stripe on Stripe's page, so that we only hear of it by an event.
    """
    kind, before = of("bank_account", account_id), bank_of(world, account_id)
    if before is not None and anew:
        world.drop(kind, before["id"])
        world.happened("account.external_account.deleted", {**before, "deleted": True}, account=account_id)
    stays = before is not None and not anew
    mark = world.new_id("fp").removeprefix("fp_")
    bank: Document = {
        "id": before["id"] if before is not None and stays else world.new_id("ba"),
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": None,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": "US",
        "currency": "usd",
        "default_for_currency": True,
        "fingerprint": mark[:16],
        "last4": f"{crc32(mark.encode()) % 10_000:04}",
        "metadata": {},
        "routing_number": "110000000",
        "status": "new",
    }
    world.put(kind, bank)
    world.happened(f"account.external_account.{'updated' if stays else 'created'}", bank, account=account_id)
    return bank


def turned_away(world: World, account_id: str) -> None:
    """Mark the bank account as one that returned a payout: none goes there until it is changed."""
    bank = bank_of(world, account_id)
    if bank is not None:
        bank = world.put(of("bank_account", account_id), {**bank, "status": "errored"})
        world.happened("account.external_account.updated", bank, account=account_id)
