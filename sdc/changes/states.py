"""The one table of a change's states and the moves that are open in each."""

from enum import StrEnum

from sdc.budgets.model import ChangeState
from sdc.changes.judging import Change, kind_of
from sdc.errors import WrongStateError


class ChangeMove(StrEnum):
    """What somebody may do with a change that waits."""

    APPROVE = "approve"
    DECLINE = "decline"
    CANCEL = "cancel"


def open_change_moves(state: ChangeState) -> list[ChangeMove]:
    """List the moves that are open in a state: all of them while it waits, none afterwards."""
    return list(ChangeMove) if state is ChangeState.PENDING else []


def check_change_move(change: Change, move: ChangeMove) -> None:
    """Refuse a move that is not open.

    Raises:
        WrongStateError: the change does not wait any more.

    """
    if move not in open_change_moves(change.state):
        raise WrongStateError(kind_of(change), change.id, state=change.state, move=move, open_moves=open_change_moves(change.state))
