"""Find the one posting that a movement at the processor matches: by what it is of, never by its amount alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.audit.model import RailMovement
from sdc.ids import derived_id
from sdc.payments.model import Attempt, AttemptState, Payment
from sdc.payments.states import ON_THE_WAY
from sdc.programs.model import Program, TopUp, TopUpState

RETURNS = frozenset({"transfer_returned", "transfer_failed"})


@dataclass(frozen=True, slots=True)
class Match:
    """What a movement is of, and what our books have of it.

    `posted_cents` is what the posting `entry_id` moved at the processor. One that `waits` is on its way into the books by
    itself. `fee_cents` are a fee that nobody has posted yet. `look_at` is the object to be read again, when an event of it was lost.
    """

    program_id: UUID | None = None
    subject_id: UUID | None = None
    entry_id: UUID | None = None
    posted_cents: int = 0
    fee_cents: int = 0
    waits: bool = False
    reason: str = ""
    look_at: tuple[str, str] | None = None


@dataclass(slots=True)
class Matcher:
    """What of our records the movements of one chunk may be of."""

    only_program: UUID | None
    attempts: dict[str, Attempt] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    payments_by_id: dict[UUID, Payment] = field(default_factory=dict)
    top_ups: dict[str, TopUp] = field(default_factory=dict)
    returned: dict[UUID, list[tuple[int, UUID]]] = field(default_factory=lambda: defaultdict(list))
    returns_before: dict[str, int] = field(default_factory=dict)
    back_and_forth: set[UUID] = field(default_factory=set)

    def match(self, movement: RailMovement) -> Match:
        """Find what a movement is of."""
        match movement.kind:
            case "transfer":
                return self._transfer(movement)
            case "transfer_returned" | "transfer_failed":
                return self._return(movement)
            case "top_up" | "top_up_returned":
                return self._top_up(movement)
            case "fee" if movement.net_cents < 0 and self.only_program is not None:
                return Match(program_id=self.only_program, fee_cents=-movement.net_cents, reason="fee")
            case _:
                return Match(program_id=self.only_program, reason=f"no entry of ours is of a movement of kind {movement.kind}")

    def _transfer(self, movement: RailMovement) -> Match:
        attempt, payment = self.attempts.get(movement.source_id), self.payments.get(movement.reference or "")
        if attempt is not None:
            owner = self.payments_by_id[attempt.payment_id]
            entry_id = derived_id(attempt.id, "settlement")
            return Match(owner.program_id, attempt.id, entry_id, -attempt.amount_cents, movement.fee_cents, reason="another amount")
        if payment is None:
            return Match(program_id=self.only_program, reason="a transfer that is none of ours")
        if payment.state in ON_THE_WAY:
            return Match(program_id=payment.program_id, waits=True, reason="its payment is not settled yet")
        return Match(program_id=payment.program_id, reason="a second transfer of a payment")

    def _return(self, movement: RailMovement) -> Match:
        attempt = self.attempts.get(movement.source_id)
        payment = self.payments_by_id.get(attempt.payment_id) if attempt is not None else self.payments.get(movement.reference or "")
        if payment is None:
            return Match(program_id=self.only_program, reason="money that came back of no payment of ours")
        until_now = self.returns_before.get(movement.rail_id, 0) + movement.amount_cents
        posted = next((entry_id for total_cents, entry_id in self.returned[payment.id] if total_cents >= until_now), None)
        look_at = ("transfer", payment.rail_id) if payment.rail_id else None
        if posted is None:
            return Match(payment.program_id, payment.id, waits=True, reason="its return is not posted yet", look_at=look_at)
        return Match(payment.program_id, payment.id, posted, movement.amount_cents, movement.fee_cents)

    def _top_up(self, movement: RailMovement) -> Match:
        top_up = self.top_ups.get(movement.source_id) or self.top_ups.get(movement.reference or "")
        if top_up is None:
            return Match(program_id=self.only_program, reason="a top-up that is none of ours")
        came = movement.kind == "top_up"
        place = (top_up.program_id, top_up.id)
        if top_up.state is TopUpState.FAILED and top_up.id in self.back_and_forth:  # it came and went before we looked
            return Match(*place, derived_id(top_up.id, "top_up_failed"), movement.amount_cents, movement.fee_cents)
        if top_up.state is TopUpState.REVERSED or (came and top_up.state is TopUpState.SETTLED):
            entry_id = derived_id(top_up.id, "top_up_settled" if came else "top_up_reversed")
            cents = top_up.amount_cents if came else -top_up.amount_cents
            return Match(*place, entry_id, cents, movement.fee_cents, reason="another amount")
        look_at = ("top_up", top_up.rail_id) if top_up.rail_id else None
        is_open = top_up.state is not TopUpState.FAILED
        return Match(*place, waits=is_open, reason="our books have no such end of this top-up", look_at=look_at if is_open else None)


async def read_matcher(session: AsyncSession, movements: Sequence[RailMovement]) -> Matcher:
    """Read all that the movements of a chunk may be of, by few questions."""
    programs = (await session.scalars(select(Program.id).order_by(Program.id).limit(2))).all()
    matcher = Matcher(only_program=programs[0] if len(programs) == 1 else None)
    sources = {one.source_id for one in movements if one.source_id}
    references = {one.reference: uuid for one in movements if one.reference and (uuid := _uuid(one.reference)) is not None}
    sent = await session.scalars(select(Attempt).where(Attempt.rail_id.in_(sources), Attempt.state == AttemptState.SENT))
    matcher.attempts = {one.rail_id: one for one in sent if one.rail_id is not None}
    owners = [one.payment_id for one in matcher.attempts.values()]
    found = await session.scalars(select(Payment).where(or_(Payment.id.in_(owners), Payment.reference.in_(references.values()))))
    matcher.payments_by_id = {one.id: one for one in found}
    matcher.payments = {str(one.reference): one for one in matcher.payments_by_id.values()}
    top_ups = (await session.scalars(select(TopUp).where(or_(TopUp.rail_id.in_(sources), TopUp.id.in_(references.values()))))).all()
    matcher.top_ups = {key: one for one in top_ups for key in (str(one.id), one.rail_id) if key is not None}
    await _read_returns(session, matcher, movements)
    await _read_back_and_forth(session, matcher, top_ups)
    return matcher


async def _read_returns(session: AsyncSession, matcher: Matcher, movements: Sequence[RailMovement]) -> None:
    """Read what is posted of what came back, payment by payment, as running totals; one posting may stand for several movements."""
    for movement in (one for one in movements if one.kind in RETURNS):
        attempt = matcher.attempts.get(movement.source_id)
        payment = matcher.payments_by_id.get(attempt.payment_id) if attempt else matcher.payments.get(movement.reference or "")
        if payment is None or payment.id in matcher.returned:
            continue
        total_cents = 0
        attempts = await session.scalars(
            select(Attempt).where(Attempt.payment_id == payment.id, Attempt.returned_cents > 0).order_by(Attempt.id)
        )
        for one in attempts.all():
            page = await ledger.entries(session, payment.program_id, subject=one.id, kind="settlement_returned", limit=200)
            for recorded in page.entries:
                total_cents += sum(transfer.amount_cents for transfer in recorded.entry.transfers)
                matcher.returned[payment.id].append((total_cents, recorded.entry.id))
        await _read_returns_before(session, matcher, payment)


async def _read_returns_before(session: AsyncSession, matcher: Matcher, payment: Payment) -> None:
    """Tell what came back of a payment before each of its movements."""
    attempts = await session.scalars(select(Attempt.rail_id).where(Attempt.payment_id == payment.id, Attempt.rail_id.is_not(None)))
    is_its = or_(RailMovement.reference == str(payment.reference), RailMovement.source_id.in_(attempts.all()))
    query = select(RailMovement.rail_id, RailMovement.amount_cents).where(RailMovement.kind.in_(RETURNS), is_its)
    before_cents = 0
    for row in await session.execute(query.order_by(RailMovement.created_at, RailMovement.rail_id)):
        matcher.returns_before[row[0]] = before_cents
        before_cents += row[1]


async def _read_back_and_forth(session: AsyncSession, matcher: Matcher, top_ups: Sequence[TopUp]) -> None:
    """Name top-ups that failed in our books and at the processor came and went."""
    failed = {one.rail_id: one.id for one in top_ups if one.state is TopUpState.FAILED and one.rail_id}
    query = select(RailMovement.source_id, RailMovement.reference, RailMovement.amount_cents)
    kinds = RailMovement.kind.in_(["top_up", "top_up_returned"])
    names = [*failed, *(str(one) for one in failed.values())]
    sums: dict[UUID, list[int]] = defaultdict(list)
    for row in await session.execute(query.where(kinds, or_(RailMovement.source_id.in_(names), RailMovement.reference.in_(names)))):
        top_up = matcher.top_ups.get(row[0]) or matcher.top_ups.get(row[1] or "")
        if top_up is not None:
            sums[top_up.id].append(row[2])
    matcher.back_and_forth = {one for one, cents in sums.items() if len(cents) > 1 and sum(cents) == 0}


def _uuid(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None
