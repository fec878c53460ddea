"""What Stripe's objects say in the rail's own words. A field that may be missing or null is taken to be so."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal, cast

import stripe

from vendors.rails.values import Found, Movement, MovementKind, PayeeStatus, Payout, PayoutState, ToppedUp

TOP_UP_STATES: Final[Mapping[str, Literal["pending", "settled", "failed", "canceled", "reversed"]]] = {
    "pending": "pending",
    "succeeded": "settled",
    "failed": "failed",
    "canceled": "canceled",
    "reversed": "reversed",
}
PAYOUT_STATES: Final[Mapping[str, PayoutState]] = {
    "pending": "pending",
    "in_transit": "in_transit",
    "paid": "paid",
    "failed": "failed",
    "canceled": "canceled",
}
KINDS: Final[Mapping[str, MovementKind]] = {
    "transfer": "transfer",
    "transfer_refund": "transfer_returned",
    "transfer_cancel": "transfer_failed",
    "transfer_failure": "transfer_failed",
    "topup": "top_up",
    "topup_reversal": "top_up_returned",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
    "tax_fee": "fee",
    "payout": "payout",
    "payout_cancel": "payout_returned",
    "payout_failure": "payout_returned",
}
LONGEST_ID: Final = 120
CATEGORIES: Final[Mapping[str, MovementKind]] = {
    "transfer_reversal": "transfer_returned",
    "topup_reversal": "top_up_returned",
    "payout_reversal": "payout_returned",
    "fee": "fee",
}
"""By Stripe's reporting category, where its type says only `adjustment`."""


def instant(seconds: int) -> datetime:
    """Read a moment as version 1 of the API writes it."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def identity(one: Any) -> str:  # noqa: ANN401 - an id, or the object itself where it was expanded
    """Return the id of what is given as an id or whole; nothing has an empty one.

    Raises:
        ValueError: it is not an id as Stripe makes them.

    """
    told = "" if one is None else (one if isinstance(one, str) else one.id)
    if not (isinstance(told, str) and len(told) <= LONGEST_ID and told.isascii() and told.isprintable()):
        raise ValueError("not an id")
    return told


def own_id(one: Any) -> str:  # noqa: ANN401 - any object of Stripe's
    """Return the id of an object, which has one.

    Raises:
        ValueError: it has none, or none as Stripe makes them.

    """
    told = identity(one)
    if not told:
        raise ValueError("no id")
    return told


def cents(amount: Any) -> int:  # noqa: ANN401 - whatever somebody answered
    """Take an amount, which is whole.

    Raises:
        ValueError: it is not.

    """
    if type(amount) is not int:
        raise ValueError("not an amount")
    return amount


def found(transfer: stripe.Transfer) -> Found:
    """Read a transfer."""
    return Found(
        rail_id=own_id(transfer),
        payment_reference=getattr(transfer, "transfer_group", None) or "",
        amount_cents=cents(transfer.amount),
        payee_id=identity(getattr(transfer, "destination", None)),
        reversed_cents=cents(transfer.amount_reversed),
        created_at=instant(transfer.created),
    )


def topped_up(topup: stripe.Topup) -> ToppedUp:
    """Read a top-up."""
    return ToppedUp(
        rail_id=own_id(topup),
        reference=getattr(topup, "transfer_group", None) or "",
        amount_cents=cents(topup.amount),
        state=TOP_UP_STATES[topup.status],
    )


def payout(one: stripe.Payout, payee_id: str) -> Payout:
    """Read a payout of a payee."""
    arrives = getattr(one, "arrival_date", None)
    return Payout(
        rail_id=own_id(one),
        payee_id=payee_id,
        amount_cents=cents(one.amount),
        state=PAYOUT_STATES[one.status],
        arrives_on=None if arrives is None else instant(arrives).date(),
        failure_code=getattr(one, "failure_code", None) or "",
        created_at=instant(one.created),
    )


def payee_status(account: stripe.v2.core.Account, *, bank: str | None) -> PayeeStatus:
    """Read the recipient's one capability that matters: `stripe_transfers`."""
    part: Any = account
    for name in ("configuration", "recipient", "capabilities", "stripe_balance", "stripe_transfers"):
        part = getattr(part, name, None)
    status = str(getattr(part, "status", None) or "not_requested")
    details = getattr(part, "status_details", None) or []
    closed = bool(getattr(account, "closed", False))
    return PayeeStatus(
        account.id,
        ready=status == "active" and not closed,
        restricted=status in {"restricted", "rejected", "unsupported"},
        closed=closed,
        reason="account_closed" if closed else next((str(detail.code) for detail in details), "" if status == "active" else status),
        bank=bank,
    )


def bank_mark(accounts: list[Any]) -> str | None:
    """Make one mark of the bank accounts that payouts may go to: it changes when one is added, taken away or made the default."""
    told = sorted(
        f"{identity(one)} {getattr(one, 'fingerprint', None) or ''} {bool(getattr(one, 'default_for_currency', False))}" for one in accounts
    )
    return sha256("\n".join(told).encode()).hexdigest()[:32] if told else None


def movement(one: stripe.BalanceTransaction, reference: str | None) -> Movement:
    """Read a balance transaction, whose source may be expanded."""
    kind = KINDS.get(one.type) or CATEGORIES.get(getattr(one, "reporting_category", None) or "", "other")
    fee = getattr(one, "fee", None) or 0
    return Movement(
        rail_id=own_id(one),
        kind=kind,
        source_id=identity(getattr(one, "source", None)),
        reference=reference,
        amount_cents=cents(one.amount),
        fee_cents=fee,
        net_cents=cast("int", getattr(one, "net", one.amount - fee)),
        created_at=instant(one.created),
        available_on=instant(getattr(one, "available_on", None) or one.created).date(),
    )
