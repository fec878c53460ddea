"""What a representative may do for a member."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal, Role
from sdc.errors import ForbiddenError
from sdc.members.model import Representative


class ActingMove(StrEnum):
    """A move that a member may leave to a representative."""

    REQUEST = "request"
    ANSWER = "answer"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    SIGN = "sign"
    PLAN = "plan"
    CONSENT = "consent"


async def require_move(session: AsyncSession, who: Principal, move: ActingMove) -> None:
    """Let a representative make only the moves that were named when they were; everybody else passes.

    Raises:
        ForbiddenError: this move was not left to this representative.

    """
    if who.role is not Role.REPRESENTATIVE:
        return
    may = await session.scalar(select(Representative.may).where(Representative.id == who.id))
    if may and move not in may:
        raise ForbiddenError(who.role, f"{move} for this member")
