"""The one table of a bill's states and the moves that are open in each."""

from enum import StrEnum

from sdc.bills.model import Bill, BillState
from sdc.errors import WrongStateError


class BillMove(StrEnum):
    """What somebody may do with a bill."""

    APPROVE = "approve"
    REJECT = "reject"
    DOCUMENTS = "documents"
    REVERSE = "reverse"


WAITING = frozenset({BillState.RECEIVED, BillState.HELD})
"""States in which a bill waits for its decision; it has taken no money."""
TAKEN = frozenset({BillState.ACCEPTED, BillState.PAID})
"""States in which a bill has taken money from its authorisation."""
STANDING = WAITING | TAKEN
"""States in which a bill keeps its number from being used again."""

FROM: dict[BillMove, frozenset[BillState]] = {
    BillMove.APPROVE: WAITING,
    BillMove.REJECT: WAITING,
    BillMove.DOCUMENTS: WAITING,
    BillMove.REVERSE: frozenset({BillState.ACCEPTED}),  # and only while no attempt to pay it is open
}


def open_bill_moves(bill: Bill) -> list[BillMove]:
    """List the moves that are open for a bill."""
    moves = [move for move, states in FROM.items() if bill.state in states]
    return [move for move in moves if move is not BillMove.REVERSE or not bill.is_sending]


def check_bill_move(bill: Bill, move: BillMove) -> None:
    """Refuse a move that the table does not have.

    Raises:
        WrongStateError: the bill is in another state, or is being paid; names the moves that are open.

    """
    moves = open_bill_moves(bill)
    if move not in moves:
        state = "being paid" if bill.is_sending else bill.state
        raise WrongStateError("bill", bill.id, state=state, move=move, open_moves=moves)
