"""Judge a member's past again under a draft, in the order it happened, with the state that the draft itself would have made.

A step says what history asked, decided, paid or gave back. Two sets of books are kept side by side: what history did, and what the draft
does. What stands on a day under the draft is what stood there in history, less what history did, plus what the draft did; so money that
came in from elsewhere needs no step of its own, where history's balance is told.

Three things that nobody can know are taken for granted. Where history approved and the draft waits for a person or a paper, they come as
they did then (and are counted). What history denied and the draft approves is set aside, and never billed. A bill comes as it came, where
the draft approved its purchase.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from policy.decision import Decision, Outcome
from policy.errors import StoredFactsError
from policy.evaluation import evaluate
from policy.facts import Approval, BudgetFacts, Facts, MemberFacts, PlanFacts, RequestFacts, Stage, VendorFacts
from policy.history import Spend
from policy.replay_books import ReplayBooks
from policy.replay_steps import Asked, Judged, Moved, Standing, Step, difference
from policy.rolling import Rolling
from policy.rulebook import Rulebook

SAVED: Final = "saved"
AVAILABLE: Final = "available"


@dataclass(slots=True)
class _Purchase:
    """A request on its way, under the draft."""

    request: RequestFacts
    vendor: VendorFacts
    judged: Judged
    approvals: tuple[Approval, ...] = ()
    state: str = "new"  # waiting, approved, denied, closed
    again_at: datetime | None = None
    is_counted: bool = False


class MemberReplay:
    """One member's past, step by step; days outside of `first_day` and `last_day` are taken as history decided them."""

    def __init__(self, rulebook: Rulebook, member_id: str, *, first_day: date = date.min, last_day: date = date.max) -> None:
        self.rulebook = rulebook
        self.member_id = member_id
        self.program = ""
        self.decisions = 0
        self.judged: list[Judged] = []
        self._first_day, self._last_day = first_day, last_day
        self._member: MemberFacts | None = None
        self._plan = PlanFacts.none()
        self._budget: BudgetFacts | None = None
        self._came_in_by: dict[str, dict[str, int]] = {}
        self._came_in = {AVAILABLE: 0, SAVED: 0}
        self._releases: list[tuple[date, int]] = []
        self._was, self._now = ReplayBooks(), ReplayBooks()
        self._lines_then: dict[str, int] = {}  # what history had moved between lines when the plan was told
        self._rolling = Rolling((), date.min, date.max)
        self._purchases: dict[str, _Purchase] = {}
        self._others: dict[str, Judged] = {}  # bills, moves, savings
        self._waiting: dict[str, _Purchase] = {}

    def take(self, step: Step) -> None:
        """Take the next step."""
        if isinstance(step, Standing):
            self._stand(step)
            return
        if self._waiting:
            self._reask_until(step.at)
        if isinstance(step, Moved):
            self._move(step)
        elif step.stage == "authorize":
            self._request(step)
        else:
            self._other(step)

    def finish(self) -> None:
        """Let the days come that something still waits for, and tell how everything ended."""
        self._reask_until(None)
        for purchase in self._purchases.values():
            purchase.judged.is_approved = purchase.judged.is_approved or purchase.state == "approved"

    # ---- what stands around ---------------------------------------------------------------------------

    def _stand(self, step: Standing) -> None:
        self.program = self.program if step.program is None else step.program
        self._member = step.member or self._member
        if step.plan is not None:
            self._plan = step.plan
            self._lines_then = dict(self._was.lines)
        if step.budget is not None:
            self._begin_budget(step)
        if step.releases is not None:
            self._releases = sorted(step.releases, reverse=True)
        before: dict[str, list[Spend]] = {}
        for number, spend in enumerate(step.history):
            before.setdefault(spend.purchase_id or f"before {number}", []).append(spend)
        for purchase_id, spends in before.items():
            self._rolling.put(purchase_id, tuple(spends))

    def _begin_budget(self, step: Standing) -> None:
        budget, before = step.budget, self._budget
        assert budget is not None, "asked by the caller"
        account = step.account or f"{budget.starts_on}/{budget.ends_on}"
        if account != self._now.account:
            self._was.turn_to(account)
            self._now.turn_to(account)
            self._came_in = self._came_in_by.setdefault(account, {AVAILABLE: 0, SAVED: 0})
            self._lines_then = dict(self._was.lines)
        if before is None or (before.starts_on, before.ends_on) != (budget.starts_on, budget.ends_on):
            self._rolling.count_from(budget.starts_on, budget.ends_on)
        self._budget = budget
        if step.is_balance_told:
            self._came_in[AVAILABLE] = budget.available_cents - self._was.net[AVAILABLE]
            self._came_in[SAVED] = budget.saved_cents - self._was.net[SAVED]

    def _facts(
        self,
        at: datetime,
        vendor: VendorFacts | None = None,
        request: RequestFacts | None = None,
        approvals: tuple[Approval, ...] = (),
        emergencies: int = 0,
        **asked: Any,  # noqa: ANN401 - the parts of other stages
    ) -> Facts:
        """Put the facts as they stand under the draft."""
        budget, member = self._budget, self._member
        if budget is None or member is None:
            raise StoredFactsError("budget", "a member and a budget stand before the first question", "")
        while self._releases and self._releases[-1][0] <= at.date():
            self._came_in[AVAILABLE] += self._releases.pop()[1]
        came_in, net = self._came_in, self._now.net
        now = BudgetFacts(
            budget.starts_on,
            budget.ends_on,
            budget.allocated_cents,
            came_in[AVAILABLE] + net[AVAILABLE],
            came_in[SAVED] + net[SAVED],
            budget.baseline_monthly_cents,
            budget.closed_months,
        )
        history = self._rolling.spends
        facts = Facts(at, member, self._plan_now(), now, vendor, request, history, approvals, emergencies, **asked)
        return self._rolling.facts(facts)

    def _plan_now(self) -> PlanFacts:
        moved, then = self._now.lines, self._lines_then
        if moved == then:
            return self._plan
        codes = dict.fromkeys((*self._plan.lines, *moved, *then))
        lines = {code: self._plan.lines.get(code, 0) + moved.get(code, 0) - then.get(code, 0) for code in codes}
        return replace(self._plan, lines=lines)

    # ---- purchases ------------------------------------------------------------------------------------

    def _request(self, asked: Asked) -> None:
        purchase = self._purchases.get(asked.id)
        if purchase is None:
            purchase = self._new_purchase(asked)
        elif asked.changes:
            purchase.request = replace(purchase.request, **asked.changes)
        purchase.vendor = asked.vendor or purchase.vendor
        purchase.approvals = purchase.approvals if asked.approvals is None else asked.approvals
        is_in_window = self._first_day <= asked.at.date() <= self._last_day
        emergencies = self._emergencies(asked)
        if asked.was == "approve" and not purchase.judged.was_approved:
            purchase.judged.was_approved = True
            self._was.promise(asked.id, purchase.request)
        if purchase.state not in {"new", "waiting"}:
            return
        if not is_in_window:
            self._follow_history(purchase, asked)
            return
        facts = self._facts(asked.at, purchase.vendor, purchase.request, purchase.approvals, emergencies)
        decision = self._decide(facts, asked.stage)
        self._compare(purchase.judged, asked, decision, is_first=purchase.state == "new")
        if not purchase.is_counted:
            purchase.is_counted = True
            self.judged.append(purchase.judged)
        self._follow(asked.id, purchase, decision, is_granted=asked.was == "approve")

    def _new_purchase(self, asked: Asked) -> _Purchase:
        if asked.request is None or asked.vendor is None:
            raise StoredFactsError("id", "this was not asked before, with all its facts and its vendor", "")
        judged = _judged(asked, asked.request.category, asked.request.amount_cents)
        purchase = self._purchases[asked.id] = _Purchase(asked.request, asked.vendor, judged)
        return purchase

    def _emergencies(self, asked: Asked) -> int:
        """Count the emergencies of the period: as history told them, less its own, plus the draft's."""
        if not self._was.emergencies and not self._now.emergencies:
            return asked.emergencies or 0
        now = self._counted_emergencies(self._now)
        return now if asked.emergencies is None else asked.emergencies + now - self._counted_emergencies(self._was)

    def _counted_emergencies(self, books: ReplayBooks) -> int:
        budget = self._budget
        return sum(budget is not None and budget.starts_on <= on <= budget.ends_on for on in books.emergencies.values())

    def _decide(self, facts: Facts, stage: Stage) -> Decision:
        """Ask the draft; what it lets pass although the money is not there, the books refuse, as they do in life."""
        self.decisions += 1
        decision = evaluate(self.rulebook, facts, stage)
        if decision.outcome == "approve" and _asks_too_much(facts, stage):
            return evaluate(self.rulebook, replace(facts, refused_by_books=True), stage)
        return decision

    def _follow(self, id: str, purchase: _Purchase, decision: Decision, *, is_granted: bool) -> None:
        """Do what the draft says of a purchase."""
        purchase.again_at = None
        if decision.outcome == "needs_approval" and not is_granted:
            purchase.state = "waiting"
            purchase.again_at = _passes_at(decision, purchase.request)
        elif decision.outcome == "deny":
            purchase.state = "denied"
        else:
            purchase.judged.is_granted = decision.outcome == "needs_approval"
            self._promise(id, purchase)
        self._keep_waiting(id, purchase)

    def _follow_history(self, purchase: _Purchase, asked: Asked) -> None:
        """Do what history did: its day is not judged again."""
        if asked.was == "approve":
            self._promise(asked.id, purchase)
        else:
            purchase.state = "denied" if asked.was == "deny" else "waiting"
        self._keep_waiting(asked.id, purchase)

    def _promise(self, id: str, purchase: _Purchase) -> None:
        purchase.state = "approved"
        self._now.promise(id, purchase.request)
        self._remember(id, purchase)

    def _remember(self, id: str, purchase: _Purchase) -> None:
        """Put into the history what a purchase has spent and set aside under the draft."""
        left, spent = self._now.left_and_spent(id)
        request, vendor_id = purchase.request, purchase.vendor.id
        spends: tuple[Spend, ...] = ()
        if spent:
            spends = (Spend(request.category, spent, request.purchase_date, vendor_id, "posted", id),)
        if left:
            spends = (*spends, Spend(request.category, left, request.purchase_date, vendor_id, "hold", id))
        self._rolling.put(id, spends)

    def _keep_waiting(self, id: str, purchase: _Purchase) -> None:
        if purchase.again_at is None:
            self._waiting.pop(id, None)
        else:
            self._waiting[id] = purchase

    def _reask_until(self, at: datetime | None) -> None:
        """Judge again what waits for a day that has come."""
        while True:
            due = [(one.again_at, name) for name, one in self._waiting.items() if one.again_at and (at is None or one.again_at <= at)]
            if not due:
                return
            on, name = min(due)
            purchase = self._waiting[name]
            facts = self._facts(on, purchase.vendor, purchase.request, purchase.approvals, self._counted_emergencies(self._now))
            self._follow(name, purchase, self._decide(facts, "authorize"), is_granted=False)
            if purchase.again_at is not None and purchase.again_at <= on:
                purchase.again_at = None  # a day that does not come by itself
                self._keep_waiting(name, purchase)

    # ---- money, bills, moves, savings -----------------------------------------------------------------

    def _move(self, step: Moved) -> None:
        if step.what == "unsaved":
            self._was.save(-step.cents)
            self._now.save(-min(step.cents, max(0, self._came_in[SAVED] + self._now.net[SAVED])))
            return
        purchase = self._purchases.get(step.id)
        if purchase is None:
            raise StoredFactsError("of", "this purchase was not asked before", "")
        self._was.move(step.what, step.id, step.cents)
        bill = self._others.get(step.bill) if step.bill is not None else None
        if step.what == "closed" and purchase.state in {"new", "waiting"}:
            purchase.state, purchase.again_at = "closed", None
            self._keep_waiting(step.id, purchase)
        elif purchase.state == "approved" and (bill is None or bill.is_approved):
            self._now.move(step.what, step.id, step.cents)
            self._remember(step.id, purchase)

    def _other(self, asked: Asked) -> None:
        """Judge a bill, a move or a saving."""
        if asked.stage == "pay" and (asked.of not in self._purchases or self._purchases[asked.of].state != "approved"):
            return  # what was not bought is not billed
        judged = self._others.get(asked.id)
        is_first = judged is None
        if judged is None:
            judged = self._others[asked.id] = _judged(asked, *self._about(asked))
        is_new_yes = asked.was == "approve" and not judged.was_approved
        judged.was_approved = judged.was_approved or is_new_yes
        if is_new_yes:
            self._do(self._was, asked)
        if judged.is_approved:
            return
        if not self._first_day <= asked.at.date() <= self._last_day:
            outcome: Outcome = asked.was
        else:
            decision = self._decide(self._facts_of_other(asked), asked.stage)
            self._compare(judged, asked, decision, is_first=is_first)
            if is_first:
                self.judged.append(judged)
            outcome = decision.outcome
            if outcome == "needs_approval" and asked.was == "approve":
                judged.is_granted, outcome = True, "approve"
        if outcome == "approve":
            judged.is_approved = True
            self._do(self._now, asked)

    def _about(self, asked: Asked) -> tuple[str, int]:
        """Name the category and the cents of a bill, a move or a saving."""
        if asked.transfer is not None:
            return asked.transfer.from_line, asked.transfer.amount_cents
        if asked.reserve is not None:
            return "", asked.reserve.amount_cents
        bill = None if asked.pay is None else asked.pay.bill
        return self._purchases[asked.of or ""].request.category, (bill.amount_cents or 0) if bill is not None else 0

    def _facts_of_other(self, asked: Asked) -> Facts:
        approvals = asked.approvals or ()
        if asked.transfer is not None:
            moved = replace(asked.transfer, moved_cents=self._now.moved.get(asked.transfer.from_line, 0))
            return self._facts(asked.at, transfer=moved, approvals=approvals)
        if asked.reserve is not None:
            return self._facts(asked.at, reserve=asked.reserve, approvals=approvals)
        purchase = self._purchases[asked.of or ""]
        if asked.pay is None:
            raise StoredFactsError("pay", "this is missing", "")
        pay = replace(asked.pay, authorized_cents=self._now.left_and_spent(asked.of or "")[0])
        vendor = asked.vendor or purchase.vendor
        return self._facts(asked.at, request=purchase.request, vendor=vendor, approvals=approvals, pay=pay)

    @staticmethod
    def _do(books: ReplayBooks, asked: Asked) -> None:
        if asked.transfer is not None:
            books.move_lines(asked.transfer)
        elif asked.reserve is not None:
            books.save(asked.reserve.amount_cents)

    # ---- comparing ------------------------------------------------------------------------------------

    @staticmethod
    def _compare(judged: Judged, asked: Asked, decision: Decision, *, is_first: bool) -> None:
        """Note the first decision that is another, and the rules that make the difference."""
        if judged.was != judged.now and not is_first:
            return
        if not decision.findings and not asked.rules and asked.was == "approve":
            return  # the plain case: it was made with both answers the same
        rules = [finding.rule for finding in decision.findings if finding.severity != "warn"]
        is_changed = asked.was != decision.outcome
        if is_first or is_changed:
            judged.was, judged.now = asked.was, decision.outcome
        if is_changed:
            judged.is_other_reason = False
            judged.rules = difference(asked, rules, decision.outcome)
        elif set(rules) != set(asked.rules):
            judged.is_other_reason = True


def _asks_too_much(facts: Facts, stage: Stage) -> bool:
    """Tell whether an account would go below nothing."""
    if stage == "authorize" and facts.request is not None:
        budget = facts.budget
        return facts.request.amount_cents > (budget.saved_cents if facts.request.source == SAVED else budget.available_cents)
    return stage == "reserve" and facts.reserve is not None and facts.reserve.amount_cents > facts.budget.available_cents


def _judged(asked: Asked, category: str, cents: int) -> Judged:
    return Judged(asked.id, asked.stage, category, cents, asked.was, asked.was)


def _passes_at(decision: Decision, request: RequestFacts) -> datetime | None:
    """Tell the first instant that closes a need by itself, in the local time of the request."""
    instants = [datetime.fromisoformat(need.closed_by["date"]) for need in decision.needs if "date" in need.closed_by]
    zone = request.submitted_at.tzinfo
    return min((at if zone is None else at.astimezone(zone) for at in instants), default=None)
