"""The way to yes: ask the policy what would let a purchase pass, and write it as the API takes it."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc.budgets.model import Budget
from sdc.budgets.release import due_periods, period_cents, period_starts_on
from sdc.purchases.facts import Question, credential_facts, vendor_facts, works_for
from sdc.purchases.locking import Standing
from sdc.purchases.model import Purchase
from vendors import find_offered

MOST_EVALUATIONS = 200
SENT_AS = {"from_line": "from_category"}
"""Fields that the facts call otherwise than a request."""

MOST_OFFERED = 12
"""So many things of the directory are looked at, the nearest in price first."""


async def way_to_yes(
    session: AsyncSession, standing: Standing, purchase: Purchase, question: Question, decision: policy.Decision
) -> list[dict[str, Any]]:
    """Find what would let a purchase pass that was denied or waits: first all of it together, then each reason by itself.

    The directory is read, in one statement, only when a rule spoke that another vendor or price may let pass, or when even one
    is too much at the price of its vendor.
    """
    rulebook = question.rulebook
    if decision.outcome == "deny" and question.anew is not None:  # what is over can only be asked anew
        rulebook = question.anew
        decision = policy.evaluate(rulebook, question.facts)
    if decision.outcome == "approve":
        return []
    candidates: tuple[policy.Candidate, ...] = ()
    if policy.wants_candidates(decision):
        candidates = await _read_candidates(session, standing, purchase)
    choices = policy.Choices(
        candidates=candidates,
        releases=releases_to_come(standing.budget, today=question.facts.today),
        moved_cents=question.moving.moved_cents if question.moving else {},
        planned_cents=question.moving.planned_cents if question.moving else {},
        least_unit_price_cents=_least(standing, purchase),
        may_use_payroll=False,
    )
    way = policy.suggest(rulebook, question.facts, decision, choices=choices, at_most=MOST_EVALUATIONS)
    if not candidates and purchase.offering_id is not None and _is_too_dear(decision, way):
        choices = replace(choices, candidates=await _read_candidates(session, standing, purchase, is_cheaper=True))
        way = policy.suggest(rulebook, question.facts, decision, choices=choices, at_most=MOST_EVALUATIONS - way.evaluations)
    found = zip(plain_way(way), _found(way), strict=True)
    return [_of_purchase(told, one, purchase, question) for told, one in found if _passes_anew(one, question)]


def _passes_anew(one: policy.Suggestion | policy.Remedy | policy.NoRequest, question: Question) -> bool:
    """Tell whether a changed request, which is a new one, is not denied by the version that judges new ones."""
    if question.anew is None or isinstance(one, policy.NoRequest) or not one.changes:
        return True
    return policy.evaluate(question.anew, one.facts).outcome != "deny"


def plain_way(way: policy.WayToYes) -> list[dict[str, Any]]:
    """Write what was found as it is kept: first all of it together, or why there is none, then each reason by itself."""
    told = way.to_data()
    for one in told:
        for change in one.get("changes", ()):
            change["field"] = SENT_AS.get(change["field"], change["field"])
    return told


def _found(way: policy.WayToYes) -> list[policy.Suggestion | policy.Remedy | policy.NoRequest]:
    return [] if way.request is None else [way.request, *way.remedies]


def _of_purchase(
    told: dict[str, Any], one: policy.Suggestion | policy.Remedy | policy.NoRequest, purchase: Purchase, question: Question
) -> dict[str, Any]:
    """Add every field of the request as it would be, and name what changes as a request says it."""
    if isinstance(one, policy.NoRequest):
        return told
    told["changes"] = [_sent(change, purchase) for change in told["changes"]]
    for step in [*told["steps"], *told.get("then", ())]:
        if step["kind"] == "move_line" and question.moving is not None:
            step["details"]["plan_id"] = str(question.moving.plan_id)
    asked, vendor = one.facts.asked, one.facts.seller
    sent = {change["field"]: change["after"] for change in told["changes"]}
    offering_id = None if purchase.offering_id is None else str(purchase.offering_id)
    return told | {
        "category": asked.category,
        "vendor_id": vendor.id,
        "offering_id": sent.get("offering_id", offering_id),
        "quantity": format(asked.quantity.normalize(), "f"),
        "unit_price_cents": asked.unit_price,
        "tax_cents": asked.tax_cents,
        "delivery_cents": asked.delivery_cents,
        "amount_cents": asked.amount_cents,
        "goal_id": asked.goal_id,
        "purchase_date": asked.purchase_date.isoformat(),
        "service_to": asked.served_until.isoformat(),
    }


def _sent(change: dict[str, Any], purchase: Purchase) -> dict[str, Any]:
    """Name a change as a request says it."""
    match change["field"]:
        case "other_payer_denial_on_file":
            covers = purchase.other_payer_covers
            before, after = ({"covers": covers, "denial_on_file": change[when]} for when in ("before", "after"))
            return {"field": "other_payer", "before": before, "after": after}
        case "offering_id":
            return change | {"before": None if purchase.offering_id is None else str(purchase.offering_id)}
    return change


def _is_too_dear(decision: policy.Decision, way: policy.WayToYes) -> bool:
    """Tell whether a smaller amount would pass today, and no number of what is sold at this price is that small."""
    denials = [one for one in decision.findings if one.severity == "deny"]
    waits = way.suggestion is None or any(step.kind == "wait" for step in way.suggestion.steps)
    return waits and bool(denials) and all(one.facts.get("most_cents", 0) for one in denials)


async def _read_candidates(
    session: AsyncSession, standing: Standing, purchase: Purchase, *, is_cheaper: bool = False
) -> tuple[policy.Candidate, ...]:
    """Read what others offer; not those who say that they stand close to whom the broker works for."""
    with session.no_autoflush:  # the purchase is written once, with its decision
        offered = await find_offered(
            session,
            program_id=purchase.program_id,
            category=purchase.category,
            near_cents=purchase.unit_price_cents,
            is_cheaper=is_cheaper,
            limit=MOST_OFFERED,
        )
    return tuple(
        policy.Candidate(
            vendor=vendor_facts(
                one.vendor,
                credential_facts((held.type, held.expires_on) for held in one.credentials if held.has_begun_by(purchase.service_to)),
            ),
            category=one.offering.category,
            offering_id=str(one.offering.id),
            unit_price_cents=one.offering.unit_price_cents,
            tags=frozenset(one.offering.tags),
            name=one.vendor.name,
        )
        for one in offered
        if one.offering.id != purchase.offering_id
        and not (one.vendor.employer_ids and works_for(standing.broker, one.vendor) == str(one.vendor.id))
    )


def releases_to_come(budget: Budget, *, today: date) -> tuple[policy.Release, ...]:
    """Tell which parts of a budget still open, and when; what is due today is available in the facts already."""
    due = max(budget.released_periods, due_periods(budget.release, budget.starts_on, periods=budget.periods, today=today))
    return tuple(
        policy.Release(
            on=period_starts_on(budget.release, budget.starts_on, period=period),
            cents=period_cents(budget.allocated_cents, period=period, periods=budget.periods),
        )
        for period in range(due + 1, budget.periods + 1)
    )


def _least(standing: Standing, purchase: Purchase) -> int:
    """Tell for how much its vendor sells one: an offering's own price, or the price asked where the offering was not read again."""
    if purchase.offering_id is None:
        return 1
    asked = purchase.unit_price_cents
    return asked if standing.offering is None else min(asked, standing.offering.unit_price_cents)
