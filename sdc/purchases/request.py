"""Ask to buy: lock, gather, judge, and keep the answer, whatever it is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.errors import InvalidFieldError
from sdc.ids import new_id, new_pick_up_code, new_reference
from sdc.members.acting import ActingMove, require_move
from sdc.members.scope import member_scope
from sdc.money import MAX_AMOUNT_CENTS, line_total_cents
from sdc.purchases.facts import Question, gather
from sdc.purchases.judging import RulingIds, rule
from sdc.purchases.locking import Standing, find_standing
from sdc.purchases.model import PaidFrom, Purchase, PurchaseState
from sdc.purchases.order import seal_words
from sdc.purchases.remedying import way_to_yes
from sdc.purchases.whole import Whole

PENDING_DAYS = 30
"""How long a request may wait before it expires."""
_ONE = 1_000


@dataclass(frozen=True, slots=True)
class Quote:
    """A price that somebody else named."""

    amount_cents: int
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to buy, as they said it; what they left out is filled in by `request_purchase`."""

    budget_id: UUID
    member_id: UUID
    vendor_id: UUID
    offering_id: UUID | None = None
    category: str | None = None
    description: str | None = None
    quantity_thousandths: int = _ONE
    unit_price_cents: int | None = None
    tax_cents: int = 0
    delivery_cents: int = 0
    amount_cents: int | None = None
    goal_id: str | None = None
    paid_from: PaidFrom = PaidFrom.AVAILABLE
    purchase_date: date | None = None
    service_to: date | None = None
    beneficiary: str | None = None
    payment_method: str = "vendor_direct"
    memo_to_vendor: str | None = None
    emergency: bool = False
    already_bought: bool = False
    quotes: tuple[Quote, ...] = ()
    sole_source_note: str | None = None
    quote_reason: str | None = None
    other_payer_covers: bool = False
    other_payer_denial_on_file: bool = False


@dataclass(frozen=True, slots=True)
class RequestIds:
    """The ids of a new purchase: its own, the random ones its vendor sees, and those of its first ruling."""

    purchase: UUID
    order: UUID
    pick_up_code: str
    ruling: RulingIds

    @classmethod
    def new(cls) -> Self:
        """Make ids for a request: at the edge, by a handler."""
        return cls(new_id(), new_reference(), new_pick_up_code(), RulingIds.new())


async def request_purchase(
    session: AsyncSession, asked: Asked, *, who: Principal, ids: RequestIds, keyring: KeyRing, at: datetime
) -> Whole:
    """Store a request with its decision: set aside at once, waiting for somebody or something, or denied with a notice.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: the budget, member, vendor or offering is not there, or not the caller's.
        ConflictError: the offering was retired.
        InvalidFieldError: what was said can not be a purchase.

    """
    await require_move(session, who, ActingMove.REQUEST)
    standing = await _find(session, asked, who, is_locking=True, at=at)
    purchase, words = draft(asked, standing, who=who, ids=ids, keyring=keyring, at=at)
    question = await _question(session, standing, purchase, words, asked, at=at)
    session.add(purchase)
    journal.record(session, "purchase.requested", subject=purchase.id, by=who.id, at=at, amount_cents=purchase.amount_cents, role=who.role)
    whole = Whole(purchase)
    await rule(session, standing, whole, because="request", by=who.id, ids=ids.ruling, keyring=keyring, question=question, at=at)
    return whole


async def preview_purchase(
    session: AsyncSession, asked: Asked, *, who: Principal, ids: RequestIds, keyring: KeyRing, at: datetime
) -> tuple[policy.Decision, list[dict[str, Any]]]:
    """Tell what a request would be answered now; nothing is locked or stored.

    Raises:
        ForbiddenError, NotFoundError, ConflictError, InvalidFieldError: as `request_purchase`.

    """
    await require_move(session, who, ActingMove.REQUEST)
    standing = await _find(session, asked, who, is_locking=False, at=at)
    purchase, words = draft(asked, standing, who=who, ids=ids, keyring=keyring, at=at)
    question = await _question(session, standing, purchase, words, asked, at=at)
    decision = policy.evaluate(question.rulebook, question.facts)
    return decision, await way_to_yes(session, standing, purchase, question, decision)


async def _find(session: AsyncSession, asked: Asked, who: Principal, *, is_locking: bool, at: datetime) -> Standing:
    return await find_standing(
        session,
        budget_id=asked.budget_id,
        member_id=asked.member_id,
        vendor_id=asked.vendor_id,
        offering_id=asked.offering_id,
        scope=member_scope(who, at=at),
        is_locking=is_locking,
        at=at,
    )


async def _question(
    session: AsyncSession, standing: Standing, purchase: Purchase, words: dict[str, Any], asked: Asked, *, at: datetime
) -> Question:
    """Put the question, keep the version that judges it, and name a thing in free words by its category.

    A vendor never reads the member's own words.
    """
    question = await gather(session, standing, purchase, words=words, is_new=True, at=at)
    purchase.rulebook_version_id = question.version_id
    if asked.offering_id is None:
        name = question.rulebook.category_names["en"].get(purchase.category)
        if name is None:
            raise InvalidFieldError("category", "this program has no such category")
        purchase.item = name[:1].upper() + name[1:]
    return question


def draft(
    asked: Asked, standing: Standing, *, who: Principal, ids: RequestIds, keyring: KeyRing, at: datetime
) -> tuple[Purchase, dict[str, Any]]:
    """Fill in what was not said and build the purchase, with its words as they will be sealed.

    Raises:
        InvalidFieldError: no category, no price, an amount out of range, or a service that ends before it is bought.

    """
    unit_price_cents, amount_cents = _price(asked, standing)
    purchase_date = asked.purchase_date or standing.today
    service_to = asked.service_to or purchase_date
    if service_to < purchase_date:
        raise InvalidFieldError("service_to", "this is before the purchase date")
    words = _words(asked)
    offering = standing.offering
    purchase = Purchase(
        id=ids.purchase,
        order_id=ids.order,
        program_id=standing.program.id,
        member_id=standing.member.id,
        budget_id=standing.budget.id,
        vendor_id=standing.vendor.id,
        offering_id=asked.offering_id,
        item=offering.title if offering else "",
        category=_category(asked, standing),
        quantity_thousandths=asked.quantity_thousandths,
        unit_price_cents=unit_price_cents,
        tax_cents=asked.tax_cents,
        delivery_cents=asked.delivery_cents,
        amount_cents=amount_cents,
        goal_id=asked.goal_id,
        paid_from=asked.paid_from,
        purchase_date=purchase_date,
        service_to=service_to,
        beneficiary=None if asked.beneficiary in {"member", str(standing.member.id)} else asked.beneficiary,
        payment_method=asked.payment_method,
        emergency=asked.emergency,
        already_bought=asked.already_bought,
        other_payer_covers=asked.other_payer_covers,
        other_payer_denial_on_file=asked.other_payer_denial_on_file,
        quotes=[{"amount_cents": quote.amount_cents} for quote in asked.quotes],
        words_sealed=seal_words(words, ids.purchase, keyring),
        tags=list(offering.tags) if offering else [],
        is_tagged=offering is not None,
        state=PurchaseState.PENDING,
        pick_up_code=ids.pick_up_code,
        asked_by=who.id,
        asked_role=who.role,
        requested_at=at,
        decision_id=ids.ruling.decision,
        authorization_id=None,
        notice_id=None,
        expires_on=standing.today + timedelta(days=PENDING_DAYS),
        reask_at=None,
    )
    return purchase, words


def _category(asked: Asked, standing: Standing) -> str:
    offering = standing.offering
    if offering is not None:
        if asked.category not in {None, offering.category}:
            raise InvalidFieldError("category", "the offering is of another category: leave this out")
        return offering.category
    if asked.category is None or asked.description is None:
        missing = "category" if asked.category is None else "description"
        raise InvalidFieldError(missing, "say what this is: an offering, or a category and a description")
    return asked.category


def _price(asked: Asked, standing: Standing) -> tuple[int, int]:
    """Tell the price of one and of all: said, the offering's, or what follows from the other."""
    extra_cents = asked.tax_cents + asked.delivery_cents
    unit_price_cents = asked.unit_price_cents
    if unit_price_cents is None and standing.offering is not None:
        unit_price_cents = standing.offering.unit_price_cents
    if unit_price_cents is None:
        if asked.amount_cents is None or asked.quantity_thousandths != _ONE:
            raise InvalidFieldError("unit_price_cents", "say the price of one")
        unit_price_cents = asked.amount_cents - extra_cents
        if unit_price_cents < 1:
            raise InvalidFieldError("amount_cents", "tax and delivery alone are this much")
    computed_cents = line_total_cents(asked.quantity_thousandths, unit_price_cents) + extra_cents
    amount_cents = computed_cents if asked.amount_cents is None else asked.amount_cents
    if not 1 <= amount_cents <= MAX_AMOUNT_CENTS or computed_cents > MAX_AMOUNT_CENTS:
        raise InvalidFieldError("quantity", "quantity times price is more than a purchase may be, or nothing")
    return unit_price_cents, amount_cents


def _words(asked: Asked) -> dict[str, Any]:
    said = {
        "description": asked.description,
        "memo_to_vendor": asked.memo_to_vendor,
        "sole_source_note": asked.sole_source_note,
        "quote_reason": asked.quote_reason,
        "quoted_by": [quote.vendor for quote in asked.quotes] if any(quote.vendor for quote in asked.quotes) else None,
    }
    return {name: words for name, words in said.items() if words}
