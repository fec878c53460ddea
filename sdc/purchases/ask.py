"""Ask the member something before deciding, and take the answer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.members.acting import ActingMove, require_move
from sdc.purchases.judging import RulingIds, rule
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import PurchaseState, Question
from sdc.purchases.states import Move, check_move
from sdc.purchases.whole import Whole, read_whole

QUESTION_COLUMN = "purchase_questions.question"
ANSWER_COLUMN = "purchase_questions.answer"


async def ask_member(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, question_id: UUID, question: str, keyring: KeyRing, at: datetime
) -> Whole:
    """Put a question to the member: the purchase waits for the answer.

    Raises:
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: it is not pending.

    """
    _, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.ASK)
    whole = await read_whole(session, purchase)
    asked = Question(
        id=question_id,
        purchase_id=purchase.id,
        question_sealed=keyring.seal(question, QUESTION_COLUMN, question_id),
        asked_by=who.id,
        asked_at=at,
        answer_sealed=None,
        answered_by=None,
        answered_at=None,
    )
    session.add(asked)
    whole.questions.append(asked)
    purchase.state = PurchaseState.NEEDS_INFO
    journal.record(session, "purchase.asked", subject=purchase.id, by=who.id, at=at, question=question_id)
    return whole


async def answer_question(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, answer: str, ids: RulingIds, keyring: KeyRing, at: datetime
) -> Whole:
    """Answer the open question: the purchase is pending again, and judged as things stand now.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: nothing was asked.

    """
    await require_move(session, who, ActingMove.ANSWER)
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.ANSWER)
    whole = await read_whole(session, purchase)
    asked = whole.questions[-1]
    asked.answer_sealed = keyring.seal(answer, ANSWER_COLUMN, asked.id)
    asked.answered_by = who.id
    asked.answered_at = at
    purchase.state = PurchaseState.PENDING
    journal.record(session, "purchase.answered", subject=purchase.id, by=who.id, at=at, question=asked.id)
    await rule(session, standing, whole, because="answer", by=who.id, ids=ids, keyring=keyring, at=at)
    return whole
