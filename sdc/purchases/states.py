"""The one table of a purchase's states and the moves that are open in each."""

from enum import StrEnum

from sdc.errors import WrongStateError
from sdc.purchases.model import Delivery, DeliveryState, Purchase, PurchaseState


class Move(StrEnum):
    """What somebody may do with a purchase; `expire` is the worker's, `bill` the vendor's by a bill."""

    APPROVE = "approve"
    DECLINE = "decline"
    ASK = "ask"
    ANSWER = "answer"
    TAGS = "tags"
    MEMO = "memo"
    DOCUMENTS = "documents"
    CANCEL = "cancel"
    EXPIRE = "expire"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    BILL = "bill"
    CONSENT = "consent"


WAITING = frozenset({PurchaseState.PENDING, PurchaseState.NEEDS_INFO})
"""States in which a purchase holds no money and waits for somebody or something."""
ORDERED = frozenset({PurchaseState.APPROVED, PurchaseState.DELIVERED})
"""States in which a vendor has an order to fill or to bill."""
OPEN = WAITING | ORDERED
"""States that are not final."""

FROM: dict[Move, frozenset[PurchaseState]] = {
    Move.APPROVE: WAITING,
    Move.DECLINE: WAITING,
    Move.ASK: frozenset({PurchaseState.PENDING}),
    Move.ANSWER: frozenset({PurchaseState.NEEDS_INFO}),
    Move.TAGS: OPEN,
    Move.MEMO: WAITING,
    Move.DOCUMENTS: OPEN,
    Move.CANCEL: WAITING | {PurchaseState.APPROVED},  # approved: only while nothing was billed
    Move.EXPIRE: OPEN,  # delivered too: after its last day no bill would be taken, and the money would be set aside for ever
    Move.DELIVER: frozenset({PurchaseState.APPROVED}),
    Move.CONFIRM: ORDERED,
    Move.DISPUTE: ORDERED,
    Move.BILL: ORDERED,
    Move.CONSENT: WAITING | {PurchaseState.APPROVED},  # delivered: nobody has to be found any more
}

DELIVERY_FROM: dict[Move, frozenset[DeliveryState]] = {
    Move.CONFIRM: frozenset({DeliveryState.CLAIMED, DeliveryState.DISPUTED}),
    Move.DISPUTE: frozenset({DeliveryState.CLAIMED, DeliveryState.CONFIRMED}),
}


def open_moves(state: PurchaseState) -> list[Move]:
    """List the moves that people may make in a state."""
    return sorted(move for move, states in FROM.items() if state in states and move is not Move.EXPIRE)


def check_move(purchase: Purchase, move: Move) -> None:
    """Refuse a move that the table does not have.

    Raises:
        WrongStateError: the purchase is in another state; names the moves that are open.

    """
    if purchase.state not in FROM[move]:
        raise WrongStateError("purchase", purchase.id, state=purchase.state, move=move, open_moves=open_moves(purchase.state))


def check_delivery_move(delivery: Delivery, move: Move) -> None:
    """Refuse a move on a delivery that the table does not have.

    Raises:
        WrongStateError: the delivery is in another state; names the moves that are open.

    """
    if delivery.state not in DELIVERY_FROM[move]:
        moves = [move for move, states in DELIVERY_FROM.items() if delivery.state in states]
        raise WrongStateError("delivery", delivery.id, state=delivery.state, move=move, open_moves=moves)
