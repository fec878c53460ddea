"""A purchase with all that hangs on it, read together or carried along by a verb, so that an answer needs no more reading."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.notices.model import Notice
from sdc.purchases.model import Authorization, DecisionRecord, Delivery, EmergencyReview, Purchase, PurchaseApproval, Question

ById = TypeVar("ById", Authorization, DecisionRecord, Notice)
ByPurchase = TypeVar("ByPurchase", Delivery, EmergencyReview, PurchaseApproval, Question)


@dataclass(slots=True)
class Whole:
    """A purchase, its last decision, and everything that was said and done about it."""

    purchase: Purchase
    decision: DecisionRecord | None = None
    authorization: Authorization | None = None
    notice: Notice | None = None
    approvals: list[PurchaseApproval] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    review: EmergencyReview | None = None


async def read_whole(session: AsyncSession, purchase: Purchase) -> Whole:
    """Read all that hangs on one purchase."""
    return (await read_wholes(session, [purchase]))[0]


async def read_wholes(session: AsyncSession, purchases: Sequence[Purchase]) -> list[Whole]:
    """Read all that hangs on some purchases, in one statement a kind."""
    ids = [one.id for one in purchases]
    decisions = await _by_id(session, DecisionRecord, [one.decision_id for one in purchases])
    authorizations = await _by_id(session, Authorization, [one.authorization_id for one in purchases])
    notices = await _by_id(session, Notice, [one.notice_id for one in purchases])
    approvals = await _by_purchase(session, PurchaseApproval, ids)
    questions = await _by_purchase(session, Question, ids)
    deliveries = await _by_purchase(session, Delivery, ids)
    reviews = await _by_purchase(session, EmergencyReview, [one.id for one in purchases if one.emergency])
    return [
        Whole(
            purchase=one,
            decision=decisions.get(one.decision_id),
            authorization=authorizations.get(one.authorization_id),
            notice=notices.get(one.notice_id),
            approvals=approvals.get(one.id, []),
            questions=questions.get(one.id, []),
            deliveries=deliveries.get(one.id, []),
            review=next(iter(reviews.get(one.id, [])), None),
        )
        for one in purchases
    ]


async def _by_id(session: AsyncSession, model: type[ById], ids: Sequence[UUID | None]) -> dict[UUID | None, ById]:
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    rows = await session.scalars(select(model).where(model.id.in_(wanted)).execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def _by_purchase(session: AsyncSession, model: type[ByPurchase], purchase_ids: Sequence[UUID]) -> dict[UUID, list[ByPurchase]]:
    found: dict[UUID, list[ByPurchase]] = {}
    if not purchase_ids:
        return found
    query = select(model).where(model.purchase_id.in_(purchase_ids)).order_by(model.id)
    for row in await session.scalars(query.execution_options(populate_existing=True)):
        found.setdefault(row.purchase_id, []).append(row)
    return found
