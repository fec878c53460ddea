"""The way to yes: one changed request that the same evaluator does not deny, found by asking it again.

What may change: the goal (to an active one of the plan, one that fits if there is one), the day (into the days that plan, budget and
enrolment allow), the price of one (down to the ceiling), the quantity (down). What a thing is, who sells it and who it is for never
change. As much as possible stays as it was: quantity shrinks only when the amount itself is denied, and then to where the fewest needs
stay open, as much as possible of it. When even one is too much, the price shrinks to the most that is not denied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from policy.decision import Decision, Finding
from policy.evaluation import evaluate
from policy.facts import Facts, GoalFacts, RequestFacts
from policy.rulebook import Rulebook
from policy.words import PEOPLE, day, dollars

DATE_KINDS: Final = frozenset({"plan_in_force", "enrolled", "budget_period"})
MENDABLE_KINDS: Final = DATE_KINDS | {"active_goal", "unit_price_ceiling", "unit_arithmetic"}
FEW: Final = 60
"""So many quantities are tried one by one; of more, only those where some rule changes its mind."""

CHANGEABLE: Final = (
    "goal_id", "purchase_date", "service_to", "quantity", "unit_price_cents", "tax_cents", "amount_cents",
)  # fmt: skip
DOMAINS: Final = {
    "en": {"any": "any goal"},
    "es": {
        "wellness": "bienestar",
        "health": "salud",
        "work": "trabajo",
        "education": "estudios",
        "social": "vida social",
        "home": "hogar",
    },
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that the suggestion sets otherwise."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """A request that would not be denied."""

    request: RequestFacts
    changes: tuple[Change, ...]
    decision: Decision  # what the evaluator says to it
    message: dict[str, str]  # en, es
    evaluations: int  # how often the evaluator was asked

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON: the changed fields by their names, the outcome and the open needs."""
        return {
            "changes": [{"field": one.field, "before": one.before, "after": one.after} for one in self.changes],
            "outcome": self.decision.outcome,
            "needs": [{"rule": need.rule, "closed_by": dict(need.closed_by)} for need in self.decision.needs],
            "message": dict(self.message),
        }


def suggest(rulebook: Rulebook, facts: Facts, at_most: int = 200) -> Remedy | None:
    """Return a request close to the denied one that is not denied, or None: no such request, or nothing was denied.

    At most `at_most` evaluations are spent.
    """
    request = facts.request
    if request is None or at_most < 1:
        return None
    asker = _Asker(rulebook, facts, at_most)
    denied = asker.ask(request)
    if denied is None or denied.outcome != "deny" or not _is_mendable(denied):
        return None
    mended = _mend(request, facts, rulebook, denied)
    if mended is None:
        return None
    found = _search(mended, asker)
    if found is None:
        return None
    suggestion, decision = found
    changes = tuple(_changes(request, suggestion))
    return Remedy(suggestion, changes, decision, _words(request, suggestion, decision, facts), asker.evaluations)


# ---- mending what no amount mends -----------------------------------------------------------------


def _is_mendable(decision: Decision) -> bool:
    """Tell whether each denial may pass with another goal, day, price or amount."""
    return all(finding.kind in MENDABLE_KINDS or finding.facts.get("most_cents", 0) for finding in _denials(decision))


def _denials(decision: Decision) -> Iterator[Finding]:
    return (finding for finding in decision.findings if finding.severity == "deny")


def _mend(request: RequestFacts, facts: Facts, rulebook: Rulebook, decision: Decision) -> RequestFacts | None:
    """Set goal, day and price right, and the amount to what they make."""
    unit_price = request.unit_price_cents
    if unit_price is None:
        unit_price = request.amount_cents - request.tax_cents - request.delivery_cents
    mended = request
    for finding in _denials(decision):
        if finding.kind == "unit_price_ceiling":
            unit_price = min(unit_price, int(finding.facts["ceiling_cents"]))  # type: ignore[arg-type]  # cents
        elif finding.kind == "active_goal":
            goal_id = _goal(facts, rulebook, request.category)
            if goal_id is None:
                return None
            mended = replace(mended, goal_id=goal_id)
        elif finding.kind in DATE_KINDS:
            on = _day_within(facts, request)
            if on is None:
                return None
            mended = replace(mended, purchase_date=on, service_to=_until(request, on))
    return None if unit_price < 1 or request.goods_cents() < 1 else _priced(mended, request, mended.quantity, unit_price)


def _goal(facts: Facts, rulebook: Rulebook, code: str) -> str | None:
    """Return an active goal of the plan, one that the category serves if there is one."""
    active = [(goal_id, goal) for goal_id, goal in facts.plan.goals.items() if goal.status == "active"]
    category = rulebook.categories.get(code)
    fitting = [goal_id for goal_id, goal in active if category is not None and category.serves(goal.domain)]
    return next(iter(fitting), active[0][0] if active else None)


def _day_within(facts: Facts, request: RequestFacts) -> date | None:
    """Return the day nearest to the one asked for that is not past, and that plan, budget and enrolment all cover."""
    plan, budget, member = facts.plan, facts.budget, facts.member
    if plan.status != "approved" or member.status != "active" or request.already_bought:
        return None
    first = max(facts.today, plan.starts_on, budget.starts_on, member.eligible_from)
    last = min(plan.ends_on, budget.ends_on, member.eligible_to or date.max)
    return None if first > last else min(max(request.purchase_date, first), last)


def _until(request: RequestFacts, on: date) -> date | None:
    """Return the last day of the service when the purchase moves to another day."""
    if request.service_to is None:
        return None
    return on if request.service_to == request.purchase_date else max(request.service_to, on)


def _priced(request: RequestFacts, asked: RequestFacts, quantity: Decimal, unit_price: int) -> RequestFacts:
    """Return the request with another quantity and price: tax in proportion to what was asked, delivery as it was."""
    changed = replace(request, quantity=quantity, unit_price_cents=unit_price)
    goods, asked_goods = changed.goods_cents(), asked.goods_cents()
    tax = (2 * asked.tax_cents * goods + asked_goods) // (2 * asked_goods) if asked.tax_cents else 0
    return replace(changed, tax_cents=tax, amount_cents=goods + tax + asked.delivery_cents)


# ---- searching the amount -------------------------------------------------------------------------


class _Asker:
    """Asks the evaluator, and counts."""

    def __init__(self, rulebook: Rulebook, facts: Facts, at_most: int) -> None:
        self.rulebook, self.facts, self.at_most = rulebook, facts, at_most
        self.evaluations = 0

    def ask(self, request: RequestFacts) -> Decision | None:
        """Return the decision on a request, or None when nothing is left to spend."""
        if self.evaluations >= self.at_most:
            return None
        self.evaluations += 1
        return evaluate(self.rulebook, replace(self.facts, request=request))


Found = tuple[RequestFacts, Decision]


def _search(mended: RequestFacts, asker: _Asker) -> Found | None:
    """Return the request as mended if that is not denied, else less of it, else one of it for less."""
    decision = asker.ask(mended)
    if decision is None:
        return None
    if decision.outcome != "deny":
        return mended, decision
    if not all(finding.facts.get("most_cents", 0) for finding in _denials(decision)):
        return None
    price = mended.unit_price
    step = _step(mended.quantity)
    steps = int(mended.quantity / step)
    if steps > 1:
        found = _fewest_needs(lambda number: _priced(mended, mended, number * step, price), steps, decision, asker)
        if found is not None:
            return found
    one = min(mended.quantity, Decimal(1)) if steps > 1 else mended.quantity
    return _largest(lambda cents: _priced(mended, mended, one, cents), price, asker)


def _step(quantity: Decimal) -> Decimal:
    """Return by how much a quantity may shrink: whole ones stay whole, others keep their decimals."""
    exponent = quantity.normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(0, exponent)) if isinstance(exponent, int) else Decimal(1)


def _fewest_needs(at: Callable[[int], RequestFacts], steps: int, decision: Decision, asker: _Asker) -> Found | None:
    """Return the largest request among those with the fewest needs: each number is tried, or those at which a rule changes its mind."""
    best: Found | None = None
    tried = {steps}
    waiting = set(range(1, steps)) if steps <= FEW else {1, *_turning_points(at, steps, decision)}
    while waiting - tried:
        number = max(waiting - tried)
        tried.add(number)
        request = at(number)
        answer = asker.ask(request)
        if answer is None:
            break
        if steps > FEW:
            waiting |= set(_turning_points(at, steps, answer))
        if answer.outcome != "deny" and (best is None or len(answer.needs) < len(best[1].needs)):
            best = request, answer
    return best


def _turning_points(at: Callable[[int], RequestFacts], steps: int, decision: Decision) -> Iterator[int]:
    """Yield the largest numbers that each finding would let pass."""
    for finding in decision.findings:
        most = finding.facts.get("most_cents")
        if isinstance(most, int):
            number = _largest_within(at, steps, most)
            if number:
                yield number


def _largest_within(at: Callable[[int], RequestFacts], steps: int, most_cents: int) -> int:
    """Return the largest number whose amount is within a limit, or 0; no rule is asked."""
    low, high = 0, steps
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if at(middle).amount_cents <= most_cents else (low, middle - 1)
    return low


def _largest(at: Callable[[int], RequestFacts], price: int, asker: _Asker) -> Found | None:
    """Return the dearest one that is not denied."""
    while price:
        request = at(price)
        answer = asker.ask(request)
        if answer is None:
            return None
        if answer.outcome != "deny":
            return request, answer
        limits = [finding.facts.get("most_cents", 0) for finding in _denials(answer)]
        most = min(limit if isinstance(limit, int) else 0 for limit in limits)
        price = min(price - 1, _largest_within(at, price, most)) if most else 0
    return None


# ---- saying it ------------------------------------------------------------------------------------


def _changes(before: RequestFacts, after: RequestFacts) -> Iterator[Change]:
    for name in CHANGEABLE:
        old, new = getattr(before, name), getattr(after, name)
        if name == "unit_price_cents":
            old = before.unit_price
        if old != new:
            yield Change(name, "" if old is None else str(old), "" if new is None else str(new))


def _words(before: RequestFacts, after: RequestFacts, decision: Decision, facts: Facts) -> dict[str, str]:
    goal = None if after.goal_id == before.goal_id else facts.plan.goals.get(after.goal_id or "")
    quantity, price, amount = f"{after.quantity.normalize():f}", dollars(after.unit_price), dollars(after.amount_cents)
    moved = after.purchase_date != before.purchase_date
    en = [f"This would work: {amount} in all."]
    es = [f"Esto sí funcionaría: {amount} en total."]
    if after.quantity != 1:
        en = [f"This would work: {quantity} at {price} each. That is {amount} in all."]
        es = [f"Esto sí funcionaría: {quantity} a {price} cada uno. Son {amount} en total."]
    if goal is not None:
        en.append(f"Pick this goal: {_goal_name(goal, 'en')}.")
        es.append(f"Elija esta meta: {_goal_name(goal, 'es')}.")
    if moved:
        en.append(f"Buy it on {day(after.purchase_date, 'en')}.")
        es.append(f"Cómprelo el {day(after.purchase_date, 'es')}.")
    roles = list(dict.fromkeys(need.closed_by["role"] for need in decision.needs if "role" in need.closed_by))
    if roles:
        en.append(f"Then we need a yes from {' and '.join(PEOPLE['en'].get(role, role) for role in roles)}.")
        es.append(f"Después hace falta el sí de {' y '.join(PEOPLE['es'].get(role, role) for role in roles)}.")
    if len(roles) < len({tuple(need.closed_by.items()) for need in decision.needs}):
        en.append("Some other things are still open. We will tell you which.")
        es.append("Todavía faltan otras cosas. Le diremos cuáles.")
    if not decision.needs:
        en.append("You would get a yes right away.")
        es.append("Recibiría un sí enseguida.")
    return {"en": " ".join(en), "es": " ".join(es)}


def _goal_name(goal: GoalFacts, language: str) -> str:
    return goal.title or DOMAINS[language].get(goal.domain, goal.domain)
