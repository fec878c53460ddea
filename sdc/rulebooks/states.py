"""The one table of a draft's states and the moves that are open in each."""

from enum import StrEnum

from sdc.errors import WrongStateError
from sdc.rulebooks.model import DraftState, RulebookDraft


class DraftMove(StrEnum):
    """What somebody may do with a draft; to publish takes two people: the first proposes by it."""

    CHECK = "check"
    PUBLISH = "publish"


FROM: dict[DraftMove, frozenset[DraftState]] = {
    DraftMove.CHECK: frozenset({DraftState.DRAFT, DraftState.CHECKED}),
    DraftMove.PUBLISH: frozenset({DraftState.CHECKED, DraftState.PROPOSED}),
}


def check_draft_move(draft: RulebookDraft, move: DraftMove) -> None:
    """Refuse a move that the table does not have.

    Raises:
        WrongStateError: the draft is in another state; names the moves that are open.

    """
    if draft.state not in FROM[move]:
        moves = [one for one, states in FROM.items() if draft.state in states]
        raise WrongStateError("rulebook version", draft.id, state=draft.state, move=move, open_moves=moves)
