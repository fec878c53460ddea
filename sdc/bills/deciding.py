"""Decide on a bill: the policy is asked, the delivery is looked at, then the bill is accepted, held or rejected.

Nothing here ends by default in a yes: what is not known is held, with the reason and what closes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
import policy
from sdc import journal
from sdc.bills.accepting import accept_bill, give_back_rest
from sdc.bills.case import Case, Circumstances, ask_policy, read_circumstances
from sdc.bills.covering import Cover, read_cover
from sdc.bills.model import Bill, BillApproval, BillState
from sdc.books import chart
from sdc.books.posting import post
from sdc.outbox import enqueue
from sdc.purchases.authorizing import refuse_bill
from sdc.purchases.keeping import keep_decision
from sdc.purchases.model import DecisionRecord
from sdc.purchases.remedying import plain_way
from sdc.rulebooks.kinds import rules_of_kind

A_DAY = timedelta(days=1)
LOOK_DAILY = {"daily": True}
"""The data of the job that looks at a bill that waits for money alone, every day."""

OVERBILL_KIND = "bill_within_authorization"
DELIVERY = {
    "rule": "delivery",
    "message": {
        "en": "We pay once what was bought has come. Not all of this bill has come and been confirmed yet.",
        "es": "Pagamos cuando lo comprado ya llegó. Todavía no llegó o no se confirmó todo lo de esta cuenta.",
    },
    "closed_by": {"event": "delivery_confirmed"},
}
OVERBILL = {
    "rule": "over_authorization",
    "message": {"en": "The bill is more than what we said yes to.", "es": "La cuenta es más de lo que aprobamos."},
    "closed_by": {"role": "broker"},
}
MONEY = {
    "rule": "money",
    "message": {
        "en": "The bill is more than what was set aside, and there is not enough money left for the rest right now.",
        "es": "La cuenta es más de lo apartado, y ahora no queda dinero suficiente para el resto.",
    },
    "closed_by": {"event": "money_available"},
}


async def decide_bill(
    session: AsyncSession, case: Case, bill: Bill, *, decision_id: UUID, because: str, by: UUID | None, at: datetime
) -> None:
    """Judge a bill that waits, and do what follows. The caller holds the locks of the case and of the bill.

    Its postings are the last statements of the transaction.
    """
    before = (bill.state, bill.held_because)
    beside = await read_circumstances(session, bill)
    rulebook, facts, decision = await ask_policy(session, case, bill, beside, at=at)
    await _keep(session, bill, rulebook, facts, decision, id=decision_id, because=because, by=by, at=at)
    if decision.outcome == "deny":
        await _reject(session, case, bill, decision, by=by, at=at)
        return
    room = _Room(case, bill, tolerance_cents=_tolerance_left(case, rulebook), approval=_approval(facts, beside))
    reasons = _reasons(room, decision, beside, await read_cover(session, case, rulebook))
    if not reasons and room.over_cents > await _available_cents(session, case):
        reasons = [MONEY]
    if not reasons:
        await accept_bill(session, case, bill, extension_cents=room.extension_cents, approval=room.approval, by=by, at=at)
        return
    bill.state = BillState.RECEIVED if reasons == [DELIVERY] else BillState.HELD
    bill.held_because = reasons
    if (bill.state, bill.held_because) == before:
        return
    if is_waiting_for_money(bill):
        enqueue(session, "look_at_bills", bill.purchase_id, at=at + A_DAY, data=LOOK_DAILY)
    journal.record(session, f"bill.{bill.state}", subject=bill.id, by=by, at=at, rules=",".join(one["rule"] for one in reasons))


def is_waiting_for_money(bill: Bill) -> bool:
    """Say whether only money stands between a bill and its acceptance."""
    return [one["rule"] for one in bill.held_because] == [MONEY["rule"]]


@dataclass(frozen=True, slots=True)
class _Room:
    """How a bill compares with what is left of its authorisation, the tolerance, and a person's yes to more."""

    case: Case
    bill: Bill
    tolerance_cents: int
    approval: BillApproval | None

    @property
    def over_cents(self) -> int:
        """What the bill asks beyond what is left: it would come from available."""
        return max(0, self.bill.amount_cents - self.case.authorization.left_cents)

    @property
    def extension_cents(self) -> int:
        """What a person's yes adds to the authorisation first; within the tolerance nobody has to say so."""
        return self.over_cents if self.over_cents > self.tolerance_cents else 0

    def is_beyond(self) -> bool:
        """Say whether the bill asks more than the tolerance and nobody has said yes to that."""
        return self.extension_cents > 0 and self.approval is None

    def is_delivered(self, confirmed_thousandths: int) -> bool:
        """Say whether the bills accepted so far and this one are worth no more than what was confirmed, which is something."""
        if confirmed_thousandths == 0:
            return False  # the tolerance alone pays for nothing
        authorization = self.case.authorization
        whole_cents = authorization.authorized_cents + self.extension_cents
        delivered_cents = whole_cents * confirmed_thousandths // self.case.purchase.quantity_thousandths
        taken_cents = authorization.spent_cents + authorization.tolerance_cents + self.bill.amount_cents
        return taken_cents <= delivered_cents + authorization.tolerance_cents + self.tolerance_cents


def _reasons(room: _Room, decision: policy.Decision, beside: Circumstances, cover: Cover) -> list[dict[str, Any]]:
    """List all that a bill waits for: what the rulebook needs, an approval above the authorisation, the delivery of its value.

    What was delivered on a day that no credential covers is of no value until one does.
    """
    closes = {need.rule: dict(need.closed_by) for need in decision.needs}
    found = [{**_words(finding), "closed_by": closes[finding.rule]} for finding in decision.findings if finding.rule in closes]
    if room.is_beyond() and not any(finding.kind == OVERBILL_KIND for finding in decision.findings if finding.rule in closes):
        found.append(_overbill(decision))
    if not room.is_delivered(beside.confirmed_thousandths):
        found.append(DELIVERY)
    if cover.reason is not None and not room.is_delivered(cover.covered_thousandths):
        found.append(cover.reason)
    return found


def _overbill(decision: policy.Decision) -> dict[str, Any]:
    """Hold what nobody said yes to, in the rule's words where it spoke: a rulebook without the rule does not make it payable."""
    said = next((_words(finding) for finding in decision.findings if finding.kind == OVERBILL_KIND), OVERBILL)
    return {**said, "closed_by": OVERBILL["closed_by"]}


def _approval(facts: policy.Facts, beside: Circumstances) -> BillApproval | None:
    """Find the latest yes that counts: by someone who neither asked, nor sent the bill, nor is paid or related to who is."""
    counted = {one.by for one in facts.counted_approvals}
    return next((one for one in reversed(beside.approvals) if str(one.by) in counted), None)


def _tolerance_left(case: Case, rulebook: policy.Rulebook) -> int:
    """Tell how much of the one tolerance of the purchase its bills have not used."""
    rules = rules_of_kind(rulebook, "pay", OVERBILL_KIND, on=case.today)
    tolerance_cents: int = min((rule.params.tolerance_cents for rule in rules), default=0)
    return max(0, tolerance_cents - case.authorization.tolerance_cents)


async def _available_cents(session: AsyncSession, case: Case) -> int:
    budget = case.standing.budget
    return await ledger.balance(session, chart.account_id(budget.program_id, chart.available(budget.id)))


async def _reject(session: AsyncSession, case: Case, bill: Bill, decision: policy.Decision, *, by: UUID | None, at: datetime) -> None:
    refused = [_words(finding) for finding in decision.findings if finding.severity == "deny"]
    await reject_bill(session, case, bill, reasons=refused, by=by, at=at)


async def reject_bill(
    session: AsyncSession, case: Case, bill: Bill, *, reasons: list[dict[str, Any]], by: UUID | None, at: datetime
) -> None:
    """End a waiting bill without paying it; what it kept waiting goes on."""
    bill.state = BillState.REJECTED
    bill.held_because = reasons
    refuse_bill(case.authorization)
    journal.record(session, "bill.rejected", subject=bill.id, by=by, at=at, rules=",".join(one["rule"] for one in reasons))
    await session.flush()
    entry = await give_back_rest(session, case, bill, at=at)
    if entry is not None:
        await post(session, entry, at=at)


def _words(finding: policy.Finding) -> dict[str, Any]:
    return {"rule": finding.rule, "kind": finding.kind, "message": dict(finding.message), "citation": finding.citation}


async def _keep(
    session: AsyncSession,
    bill: Bill,
    rulebook: policy.Rulebook,
    facts: policy.Facts,
    decision: policy.Decision,
    *,
    id: UUID,
    because: str,
    by: UUID | None,
    at: datetime,
) -> None:
    """Store a decision with the facts it saw; one that says the same as the last adds nothing."""
    told = decision.to_data()
    if bill.decision_id is not None:
        last = await session.scalar(select(DecisionRecord.decision).where(DecisionRecord.id == bill.decision_id))
        if last == told:
            return
    bill.decision_id = id
    session.add(
        keep_decision(
            rulebook,
            facts,
            decision,
            id=id,
            program_id=bill.program_id,
            subject_id=bill.id,
            because=because,
            remedies=plain_way(policy.suggest(rulebook, facts, decision, stage="pay")),
            by=by,
            at=at,
        )
    )
