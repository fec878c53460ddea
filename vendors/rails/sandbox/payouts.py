"""Payouts: Stripe's bank leg, of a recipient's balance by the sandbox's clock, or of any balance on demand."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from vendors.rails.sandbox import banks
from vendors.rails.sandbox.capabilities import status_of
from vendors.rails.sandbox.faults import ON_PAYOUTS
from vendors.rails.sandbox.listing import CREATED, PAGING, page
from vendors.rails.sandbox.parameters import MAX_AMOUNT, Field, Shape, metadata, moment, one_of, text, whole
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.schedules import business_day, is_at_once, is_automatic, statement_descriptor
from vendors.rails.sandbox.world import World, of

LEAVES_AFTER_SECONDS: Final = 60 * 60
FAILS_AFTER_DAYS: Final = 2
"""Business days after which a payout that was paid comes back, where a fault says no length; Stripe allows a bank up to five."""
REASONS: Final = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": "Debit transactions are not approved on your bank account.",
    "invalid_account_number": "The routing number seems correct, but the account number is invalid.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be located with those details.",
}

CREATE: Final[Shape] = {
    "amount": Field(whole(1, MAX_AMOUNT), required=True),
    "currency": Field(one_of("usd"), required=True),
    "description": Field(text),
    "destination": Field(text),
    "metadata": Field(metadata),
    "method": Field(one_of("standard")),
    "statement_descriptor": Field(text),
}
LIST: Final[Shape] = {
    **PAGING,
    **CREATED,
    "arrival_date": Field(moment),
    "destination": Field(text),
    "status": Field(one_of("canceled", "failed", "in_transit", "paid", "pending")),
}


def sweep(world: World, account_id: str) -> None:
    """Pay out all that a recipient has, if it has anything, a bank account that works, and the right to it."""
    account, bank = world.find("account", account_id), banks.bank_of(world, account_id)
    available = world.balance(account_id)[0]
    if account is None or account["closed"] or status_of(account) != "active" or not is_automatic(world, account_id):
        return
    if bank is None or bank["status"] == "errored":
        return
    if available > 0:
        inside = [one["id"] for one in _since_the_last(world, account_id)]
        payout = _start(world, account_id, {"amount": available}, destination=bank["id"], automatic=True)
        world.put(of("payout_content", account_id), {"id": payout["id"], "transactions": [payout["balance_transaction"], *inside]})


def create(world: World, given: Mapping[str, Any]) -> Document:
    """Pay out an amount by hand.

    Raises:
        Refused: there is no bank account; the account may not be paid out; the balance does not cover the amount.

    """
    account_id = given.get("stripe_account")
    bank = banks.bank_of(world, account_id) if account_id else {"id": "ba_sandbox_platform"}
    if bank is None or given.get("destination", bank["id"]) != bank["id"]:
        raise Refused("No such external account.", code="resource_missing", param="destination")
    account = world.find("account", account_id) if account_id else None
    if account is not None and status_of(account) != "active":
        raise Refused("Payouts are not enabled on this account.", code="payouts_not_allowed")
    if given["amount"] > world.balance(account_id)[0]:
        raise Refused("You have insufficient funds in your Stripe account for this payout.", code="balance_insufficient")
    return _start(world, account_id, given, destination=bank["id"], automatic=False)


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one payout."""
    return _the(world, given["id"], given.get("stripe_account"))


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of payouts."""
    kind = of("payout", given.get("stripe_account"))
    return page(world, kind, given, url="/v1/payouts", equal=("destination", "status"), moments=("created", "arrival_date"))


def paid_by(world: World, payout_id: str, account_id: str | None) -> Iterator[Document]:
    """Go through the balance transactions that an automatic payout paid out, newest first.

    Raises:
        Refused: there is no such payout; it was made by hand, so that nobody knows what it paid out.

    """
    _the(world, payout_id, account_id)
    content = world.find(of("payout_content", account_id), payout_id)
    if content is None:
        raise Refused("Balance transaction history can only be filtered on automatic transfers, not manual.", param="payout")
    found = (world.find(of("balance_transaction", account_id), one) for one in content["transactions"])
    return (one for one in found if one is not None)


def cancel(world: World, given: Mapping[str, Any]) -> Document:
    """Take back a payout made by hand that has not left yet."""
    account_id = given.get("stripe_account")
    payout = _the(world, given["id"], account_id)
    if payout["status"] != "pending" or payout["automatic"]:
        raise Refused(f"Payouts can only be canceled while pending and if they are manual; this one is {payout['status']}.")
    world.book(payout["amount"], kind="payout_cancel", category="payout_reversal", source=payout["id"], account=account_id)
    return _tell(world, account_id, {**payout, "status": "canceled"}, "canceled")


def leaves(world: World, payout_id: str, account_id: str | None) -> None:
    """Send a payout to the bank."""
    payout = _the(world, payout_id, account_id)
    if payout["status"] == "pending":
        _tell(world, account_id, {**payout, "status": "in_transit"}, "updated")


def arrives(world: World, payout_id: str, account_id: str | None) -> None:
    """Let a payout reach the bank."""
    payout = _the(world, payout_id, account_id)
    if payout["status"] in {"pending", "in_transit"}:
        _tell(world, account_id, {**payout, "status": "paid"}, "paid")


def fails(world: World, payout_id: str, account_id: str | None, code: str) -> Document:
    """Let the bank send a payout back, even one that was paid; its money is in the balance again, and the bank account is marked.

    Raises:
        Refused: there is no such payout; it failed or was canceled before.

    """
    payout = _the(world, payout_id, account_id)
    if payout["status"] in {"failed", "canceled"}:
        raise Refused(f"The payout is {payout['status']}.", param="status")
    back = world.book(payout["amount"], kind="payout_failure", category="payout_reversal", source=payout_id, account=account_id)
    told = {"failure_balance_transaction": back, "failure_code": code, "failure_message": REASONS.get(code, REASONS["could_not_process"])}
    payout = _tell(world, account_id, {**payout, **told, "status": "failed"}, "failed")
    if account_id:
        banks.turned_away(world, account_id)
    return payout


def _since_the_last(world: World, account_id: str) -> Iterator[Document]:
    """Go through what moved a balance since it was last paid out by itself, newest first."""
    for one in world.newest_first(of("balance_transaction", account_id)):
        if world.find(of("payout_content", account_id), one["source"]) is not None and one["type"] == "payout":
            return
        if one["status"] == "available":
            yield one


def _start(world: World, account_id: str | None, given: Mapping[str, Any], *, destination: str, automatic: bool) -> Document:
    payout_id, at_once = world.new_id("po"), is_at_once(world)
    arrives_at = world.now if at_once else business_day(world.now, 1)
    payout: Document = {
        "id": payout_id,
        "object": "payout",
        "amount": given["amount"],
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrives_at,
        "automatic": automatic,
        "balance_transaction": world.book(-given["amount"], kind="payout", category="payout", source=payout_id, account=account_id),
        "created": world.now,
        "currency": "usd",
        "description": given.get("description", "STRIPE PAYOUT" if automatic else None),
        "destination": destination,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": given.get("statement_descriptor", statement_descriptor(world, account_id)),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }
    _tell(world, account_id, payout, "created")
    world.later(world.now if at_once else world.now + LEAVES_AFTER_SECONDS, "payout_leaves", payout=payout_id, account=account_id)
    fault = world.faults.take(ON_PAYOUTS, account=account_id or "")
    if fault is None or fault.trouble == "paid_then_failed":
        world.later(arrives_at, "payout_arrives", payout=payout_id, account=account_id)
    if fault is not None:
        late = fault.trouble == "paid_then_failed"
        otherwise = 0 if at_once or not late else business_day(arrives_at, FAILS_AFTER_DAYS) - arrives_at
        code = str(fault.more.get("code", "account_closed"))
        world.later(arrives_at + fault.seconds(otherwise), "payout_fails", payout=payout_id, account=account_id, code=code)
    return payout


def _tell(world: World, account_id: str | None, payout: Document, what: str) -> Document:
    world.put(of("payout", account_id), payout)
    world.happened(f"payout.{what}", payout, account=account_id)
    return payout


def _the(world: World, payout_id: str, account_id: str | None) -> Document:
    payout = world.find(of("payout", account_id), payout_id)
    if payout is None:
        raise missing("payout", payout_id, param="payout")
    return payout
