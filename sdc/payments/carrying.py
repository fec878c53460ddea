"""Which payments a payout carries: the oldest that are not on their way yet, cent by cent. Pure.

A rail pays a vendor's whole balance out and says only how much that was. The first money in is the first out, as a bank counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sdc.payments.bank_model import PayoutState
from sdc.payments.model import BankLeg

GONE_BACK = frozenset({PayoutState.FAILED, PayoutState.CANCELED})
"""The money is in the vendor's balance again: a later payout carries it."""


@dataclass(frozen=True, slots=True)
class Open:
    """What of an attempt no payout carries yet."""

    attempt_id: UUID
    payment_id: UUID
    open_cents: int


@dataclass(frozen=True, slots=True)
class Part:
    """What of an attempt a payout carries."""

    attempt_id: UUID
    payment_id: UUID
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Carried:
    """A part of a payment, with what became of the payout that carries it."""

    amount_cents: int
    state: PayoutState
    arrives_on: date | None


def carry(amount_cents: int, oldest_first: Sequence[Open]) -> list[Part]:
    """Take what a payout of `amount_cents` carries. What is beyond all that is open is no money of ours: nobody's part."""
    parts, left_cents = list[Part](), amount_cents
    for one in oldest_first:
        if left_cents <= 0:
            break
        taken_cents = min(left_cents, one.open_cents)
        if taken_cents > 0:
            parts.append(Part(one.attempt_id, one.payment_id, taken_cents))
            left_cents -= taken_cents
    return parts


def delivery_of(sent_cents: int, carried: Iterable[Carried]) -> tuple[BankLeg, date | None]:
    """Tell where a payment's money is, and when all of it should be or was at the bank; no day when nobody can say.

    `sent_cents` is what was sent and did not come back. A payment is delivered, or on its way, only with its last cent. It has
    failed when a payout that carried a part of it came back and no later one carries that part.
    """
    if sent_cents <= 0:
        return BankLeg.NONE, None
    all_parts = list(carried)
    live = [part for part in all_parts if part.state not in GONE_BACK]
    arrived_cents = sum(part.amount_cents for part in live if part.state is PayoutState.PAID)
    live_cents = sum(part.amount_cents for part in live)
    days = [part.arrives_on for part in live if part.arrives_on is not None]
    if live_cents >= sent_cents:
        return BankLeg.DELIVERED if arrived_cents >= sent_cents else BankLeg.PAYING_OUT, max(days, default=None)
    if len(live) < len(all_parts):
        return BankLeg.FAILED, None
    return BankLeg.IN_VENDOR_BALANCE, None
