"""The states of a payment, the moves that people have, and why one may be held.

| move      | open while                                                        | what it does                                  |
|-----------|-------------------------------------------------------------------|-----------------------------------------------|
| `cancel`  | queued, held; sent and outstanding, where the rail can void it    | it never leaves, or never arrives             |
| `retry`   | rejected, canceled, reversed; sent, when a part of it came back   | what is still owed is queued again            |
| `resolve` | unknown and frozen                                                | two people say what the processor's books show |
"""

from enum import StrEnum
from typing import Final

from sdc.bills.model import Bill, BillState
from sdc.errors import WrongStateError
from sdc.payments.model import Payment, PaymentState

NOT_SENT: Final = frozenset({PaymentState.QUEUED, PaymentState.HELD})
"""Nothing of the payment has left: it may be canceled."""
ON_THE_WAY: Final = frozenset({PaymentState.SENDING, PaymentState.UNKNOWN})
"""An attempt is open: only the rail knows whether the money has left."""


_ENDED: Final = frozenset({PaymentState.REJECTED, PaymentState.CANCELED, PaymentState.REVERSED})


class Held(StrEnum):
    """Why a payment is held, as its vendor reads it."""

    FUNDING = "funding"
    VENDOR = "vendor"
    FROZEN = "frozen"


class PaymentMoveName(StrEnum):
    """What a person may do with a payment."""

    CANCEL = "cancel"
    RETRY = "retry"
    RESOLVE = "resolve"
    LETTER = "letter"
    DORMANT = "dormant"
    CLAIM = "claim"


def is_frozen(payment: Payment) -> bool:
    """Say whether a payment waits for a person to say what the processor's books show."""
    return payment.state is PaymentState.UNKNOWN and (payment.held_because or "").startswith(Held.FROZEN)


def owed_cents(payment: Payment) -> int:
    """Tell what a payment still owes its vendor: all of it before anything was sent, then what came back and was not sent again."""
    return payment.amount_cents if payment.sent_at is None else payment.returned_cents


def sent_cents(payment: Payment) -> int:
    """Tell what of a payment is sent in all: what is withheld or set off is paid without."""
    return payment.amount_cents - payment.withheld_cents - payment.offset_cents


def cents_to_send(payment: Payment) -> int:
    """Tell what the next attempt sends of what is owed: all but the tax that is withheld and the debt that is set off.

    What came back had been sent, so all of that is sent again.
    """
    if payment.sent_at is None:
        return sent_cents(payment)
    return payment.returned_cents


def is_bill_payable(bill: Bill, payment: Payment) -> bool:
    """Say whether a bill may be paid now: it is accepted, or paid and something of that came back."""
    return bill.state is BillState.ACCEPTED or (bill.state is BillState.PAID and payment.returned_cents > 0)


def open_payment_moves(payment: Payment) -> list[PaymentMoveName]:
    """List the moves that are open for a payment; when its owner may be written to, `unclaimed` knows."""
    if payment.state is PaymentState.DORMANT:
        return [PaymentMoveName.CLAIM]
    if payment.state in NOT_SENT or (payment.state is PaymentState.SENT and payment.is_outstanding):
        return [PaymentMoveName.CANCEL]
    if payment.state in _ENDED or (payment.state is PaymentState.SENT and payment.returned_cents > 0):
        return [PaymentMoveName.RETRY]
    return [PaymentMoveName.RESOLVE] if is_frozen(payment) else []


def check_payment_move(payment: Payment, move: PaymentMoveName) -> None:
    """Refuse a move that the table does not have.

    Raises:
        WrongStateError: the payment is in another state; names the moves that are open.

    """
    moves = open_payment_moves(payment)
    if move not in moves:
        raise WrongStateError("payment", payment.id, state=payment.state, move=move, open_moves=moves)
