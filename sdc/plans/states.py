"""The one table of a plan's states and the moves that are open in each."""

from enum import StrEnum

from sdc.errors import WrongStateError
from sdc.plans.model import Plan, PlanState


class Move(StrEnum):
    """What somebody may do with a plan."""

    SUBMIT = "submit"
    SIGN = "sign"
    APPROVE = "approve"
    CLOSE_GOAL = "close_goal"


FROM: dict[Move, frozenset[PlanState]] = {
    Move.SUBMIT: frozenset({PlanState.DRAFT}),
    Move.SIGN: frozenset({PlanState.SUBMITTED}),
    Move.APPROVE: frozenset({PlanState.SIGNED}),
    Move.CLOSE_GOAL: frozenset(PlanState) - {PlanState.SUPERSEDED},
}


def require_open(plan: Plan, move: Move) -> None:
    """Refuse a move that is not open.

    Raises:
        WrongStateError: with the moves that are.

    """
    if plan.state not in FROM[move]:
        raise WrongStateError("plan", plan.id, state=plan.state, move=move, open_moves=[one for one in Move if plan.state in FROM[one]])
