"""The states of a payment, the moves that people have, and why one may be held."""

from enum import StrEnum
from typing import Final

from sdc.errors import WrongStateError
from sdc.payments.model import Payment, PaymentState

NOT_SENT: Final = frozenset({PaymentState.QUEUED, PaymentState.HELD})
"""Nothing of the payment has left: it may be canceled."""
ON_THE_WAY: Final = frozenset({PaymentState.SENDING, PaymentState.UNKNOWN})
"""An attempt is open: only the rail knows whether the money has left."""


class Held(StrEnum):
    """Why a payment is held, as its vendor reads it."""

    FUNDING = "funding"
    VENDOR = "vendor"
    FROZEN = "frozen"


def open_payment_moves(payment: Payment) -> list[str]:
    """List the moves that are open for a payment."""
    return ["cancel"] if payment.state in NOT_SENT else []


def check_cancel(payment: Payment) -> None:
    """Refuse to cancel what has begun to leave.

    Raises:
        WrongStateError: the payment is not queued or held.

    """
    if payment.state not in NOT_SENT:
        raise WrongStateError("payment", payment.id, state=payment.state, move="cancel", open_moves=open_payment_moves(payment))
