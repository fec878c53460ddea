"""The same rules as CEL programs, in the library that expression rules use: what each costs to ask, and that both say the same.

The plain rules of the Florida rulebook are put into CEL, their limits as constants. The facts are laid out flat before the clock runs, days
as numbers, sums of the history ready: CEL has nothing to do but ask. Each rule is a program of its own, as an expression rule is, or all
are one program that answers with a list.
"""

import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import policy
from benchmarks.figures import Figures
from benchmarks.policy.deciding import PROGRAM, authorize_cases, microseconds
from tests.policy.questions import book

try:
    from cel_expr_python import cel
except ImportError:  # an extra that not everyone installs
    cel = None

_ROUNDS = 20
_AT_A_TIME = 20

PLAIN: Final[Mapping[str, str]] = {
    "prohibited_tags": "tags.exists(tag, tag in {tags})",
    "reimbursement": "payment_method == 'member_reimbursement' && (!{reimbursement_allowed} || amount > {reimbursement_max_cents})",
    "own_use": "!(beneficiary in ['member', member_id])",
    "prohibited_categories": "category in {categories}",
    "other_payer_first": "other_payer_covers && !other_payer_denial_on_file",
    "untagged": "!tagged",
    "active_goal": "!(goal in goals) || goals[goal] != 'active'",
    "plan_in_force": "plan_status != 'approved' || purchase_day < plan_starts || purchase_day > plan_ends",
    "planned_line": "!(category in lines)",
    "enrolled": "member_status != 'active' || purchase_day < eligible_from || purchase_day > eligible_to",
    "budget_period": "purchase_day < budget_starts || purchase_day > budget_ends",
    "asked_first": "already_bought && !emergency",
    "prepayment": "service_day - purchase_day > {max_prepay_days} && !(category in {exempt_categories})",
    "enough_money": "amount > (source == 'saved' ? saved : available)",
    "category_cap": "category in {caps} && (category in spent ? spent[category] : 0) + amount > {caps}[category]",
    "vendor_share": "spent_at_vendor + amount > vendor_limit",
    "line_overspend": "category in limits && (category in spent ? spent[category] : 0) + amount > limits[category]",
    "unit_price_ceiling": "category in {ceilings} && unit_price > {ceilings}[category]",
    "approval_threshold": "amount > {over_cents}",
    "lowest_quote": "lowest_quote >= 0 && quote_reason == '' && amount > lowest_quote * (10000 + {tolerance}) / 10000",
    "emergency_limits": "emergency && (amount > {max_cents} || emergencies >= {max_per_period})",
    "active_vendor": "vendor_status != 'active'",
    "exclusion_list": "size(excluded_on) > 0",
    "credential": "category in {required} && !credentials.exists(one, one.type == {required}[category] && one.day >= service_day)",
    "vendor_scope": "!(category in vendor_categories)",
    "family_vendor": "owners.exists(owner, owner in relatives || owner in household)",
    "broker_vendor": "broker_id in owners || owners.exists(owner, owner in broker_relatives)",
    "own_vendor": "member_id in owners",
    "broker_employer": "vendor_id == broker_employer",
    "overdue_receipts": "overdue_receipts > {max_overdue}",
    "payroll_worker": "is_directed_worker && rail != 'payroll'",
    "memo_words": "{words}.exists(word, memo.contains(word))",
}
"""Kinds of rules in CEL, with places for their parameters. A rule that a person's yes silences asks for that beside."""


def measure(figures: Figures, *, quick: bool) -> None:
    """Print what these rules cost as CEL programs, in times of what they cost here."""
    if cel is None:
        print("the same rules as CEL programs: not measured, cel-expr-python is not installed (it comes with the extra `cel`)")
        return
    rulebook = plain_rules(book(PROGRAM))
    questions = list(authorize_cases().values())[:: 10 if quick else 3]
    programs = Programs(rulebook)
    print(f"{len(rulebook.rules)} of these rules as CEL programs, {len(questions)} cases, microseconds a question, medians in turn")
    ways: dict[str, Callable[[policy.Facts, Any], object]] = {
        "ours": lambda question, _: policy.evaluate(rulebook, question),
        "cel_one_by_one": lambda _, known: programs.one_by_one(known),
        "cel_all_in_one": lambda _, known: programs.all_in_one(known),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for question in questions:
        data = flat(question)
        ours = {one.rule for one in policy.evaluate(rulebook, question).findings}
        assert ours == programs.speaking(data), f"CEL says {programs.speaking(data)}, the rules say {ours}"
        for way, act in ways.items():
            taken[way].append(statistics.median(_once(act, question, data) for _ in range(_ROUNDS)))
    means = {way: statistics.mean(found) for way, found in taken.items()}
    for way, mean in means.items():
        figures.add(f"plain_rules_{way}", mean, "us")
    for way in ("cel_one_by_one", "cel_all_in_one"):
        figures.add(f"{way}_of_ours", means[way] / means["ours"], "times ours")


def _once(act: Callable[[policy.Facts, Any], object], question: policy.Facts, data: dict[str, Any]) -> float:
    many = [(replace(question), dict(data)) for _ in range(_AT_A_TIME)]
    return microseconds(partial(_each, act, many), _AT_A_TIME)


def _each(act: Callable[[policy.Facts, Any], object], many: list[tuple[policy.Facts, dict[str, Any]]]) -> None:
    for question, data in many:
        act(question, data)


def plain_rules(rulebook: policy.Rulebook) -> policy.Rulebook:
    """Return the rulebook with those of its rules at authorize that are put into CEL."""
    bound = tuple(one for one in rulebook.by_stage["authorize"] if one.rule.kind in PLAIN)
    rules = {one.rule.id: one for one in bound}
    return replace(rulebook, rules=MappingProxyType(rules), by_stage=MappingProxyType({"authorize": bound}))


class Programs:
    """The rules, compiled by CEL against typed facts."""

    def __init__(self, rulebook: policy.Rulebook) -> None:
        some = next(iter(authorize_cases().values()))
        self._environment = cel.NewEnv(variables={name: _type(name, value) for name, value in flat(some).items()})
        texts = {rule_id: expression(rulebook, rule_id) for rule_id in rulebook.rules}
        self._each = {rule_id: self._environment.compile(text) for rule_id, text in texts.items()}
        self._all = self._environment.compile(f"[{', '.join(texts.values())}]")

    def one_by_one(self, data: dict[str, Any]) -> list[bool]:
        """Ask each program about the same facts."""
        known = self._environment.Activation(data)
        return [one.eval(known).value() for one in self._each.values()]

    def all_in_one(self, data: dict[str, Any]) -> list[bool]:
        """Ask the one program that holds them all."""
        answers: list[bool] = self._all.eval(self._environment.Activation(data)).plain_value()
        return answers

    def speaking(self, data: dict[str, Any]) -> set[str]:
        """Name the rules that speak; both ways have to say the same."""
        one_by_one = self.one_by_one(data)
        assert [bool(one) for one in one_by_one] == [bool(one) for one in self.all_in_one(data)]
        return {rule_id for rule_id, speaks in zip(self._each, one_by_one, strict=True) if speaks is True}


def expression(rulebook: policy.Rulebook, rule_id: str) -> str:
    """Return a rule in CEL, its parameters filled in and silent once the person it waits for said yes."""
    rule = rulebook.rules[rule_id].rule
    text = PLAIN[rule.kind]
    for name, value in rule.params.model_dump(mode="json").items():
        text = text.replace(f"{{{name}}}", json.dumps(value))
    rank = rulebook.rules[rule_id].silencing_rank
    return text if rank is None else f"rank < {rank} && ({text})"


def _type(name: str, value: Any) -> Any:  # noqa: ANN401 - any type of CEL
    if name == "credentials":
        return cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN))
    if isinstance(value, list):
        return cel.Type.List(cel.Type.STRING)
    if isinstance(value, dict):
        return cel.Type.Map(cel.Type.STRING, cel.Type.STRING if name == "goals" else cel.Type.INT)
    return {bool: cel.Type.BOOL, int: cel.Type.INT, str: cel.Type.STRING}[type(value)]


def flat(question: policy.Facts) -> dict[str, Any]:
    """Lay the facts out as CEL takes them fastest: one name each, days as numbers, limits and sums ready."""
    request, vendor, member, plan, budget = question.asked, question.seller, question.member, question.plan, question.budget
    params = {name: book(PROGRAM).parameter(*name.split(".")) for name in ("B10.max_vendor_share", "B10.min_cents", "B11.tolerance_share")}
    limit = max(params["B10.min_cents"], budget.allocated_cents * params["B10.max_vendor_share"] // 10_000)
    return {
        "amount": request.amount_cents,
        "unit_price": request.unit_price,
        "category": request.category,
        "tags": sorted(request.tags),
        "tagged": request.tagged,
        "goal": request.goal_id or "",
        "beneficiary": request.beneficiary,
        "source": request.source,
        "payment_method": request.payment_method,
        "rail": request.rail,
        "memo": request.memo_to_vendor.casefold(),
        "lowest_quote": -1 if request.lowest_quote_cents is None else request.lowest_quote_cents,
        "quote_reason": request.quote_reason.strip(),
        "other_payer_covers": request.other_payer_covers,
        "other_payer_denial_on_file": request.other_payer_denial_on_file,
        "already_bought": request.already_bought,
        "emergency": request.emergency,
        "emergencies": question.emergencies_this_period,
        "purchase_day": request.purchase_date.toordinal(),
        "service_day": request.served_until.toordinal(),
        "rank": question.approved_rank,
        "member_id": member.id,
        "member_status": member.status,
        "eligible_from": member.eligible_from.toordinal(),
        "eligible_to": 10**7 if member.eligible_to is None else member.eligible_to.toordinal(),
        "relatives": sorted(member.relatives),
        "household": sorted(member.household),
        "broker_id": member.broker_id or "",
        "broker_relatives": sorted(member.broker_relatives),
        "broker_employer": member.broker_employer or "",
        "overdue_receipts": member.overdue_receipts,
        "plan_status": plan.status,
        "plan_starts": plan.starts_on.toordinal(),
        "plan_ends": plan.ends_on.toordinal(),
        "goals": {goal_id: goal.status for goal_id, goal in plan.goals.items()},
        "lines": dict(plan.lines),
        "limits": {line: cents * (10_000 + params["B11.tolerance_share"]) // 10_000 for line, cents in plan.lines.items()},
        "budget_starts": budget.starts_on.toordinal(),
        "budget_ends": budget.ends_on.toordinal(),
        "available": budget.available_cents,
        "saved": budget.saved_cents,
        "spent": dict(question.totals.by_category),
        "spent_at_vendor": question.totals.by_vendor.get(vendor.id, 0),
        "vendor_limit": limit,
        "vendor_id": vendor.id,
        "vendor_status": vendor.status,
        "vendor_categories": sorted(vendor.categories),
        "owners": sorted(vendor.owners),
        "excluded_on": sorted(vendor.excluded_on),
        "is_directed_worker": vendor.is_directed_worker,
        "credentials": [
            {"type": one.type, "day": 10**7 if one.expires_on is None else one.expires_on.toordinal()} for one in vendor.credentials
        ],
    }
