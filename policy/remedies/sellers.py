"""Another place: vendors of the directory that would pass, another way to pay, a person who says yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from policy.decision import Decision, Finding
from policy.facts import ROLE_RANKS, Approval, Facts
from policy.remedies.amounts import base_price, priced
from policy.remedies.choices import Candidate
from policy.remedies.trial import Search, Trial
from policy.remedies.way import Step

VENDOR_KINDS: Final = frozenset(
    {
        "active_vendor", "exclusion_list", "credential", "vendor_scope", "payroll_worker", "family_vendor", "broker_vendor", "own_vendor",
        "broker_employer", "vendor_share", "unit_price_ceiling",
    }
)  # fmt: skip
"""Kinds of rules that another vendor, or another price, may let pass."""


def wants_candidates(decision: Decision) -> bool:
    """Tell whether another vendor may be a remedy, so that it is worth to read the directory.

    That much would go to one vendor is no reason to look for others while something else denies.
    """
    if decision.stage != "authorize" or decision.outcome == "approve":
        return False
    kinds = VENDOR_KINDS if decision.outcome == "needs_approval" else VENDOR_KINDS - {"vendor_share"}
    return any(finding.kind in kinds and finding.severity != "warn" for finding in decision.findings)


def other_vendors(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Buy the same kind of thing elsewhere, or another offering here: as many, for what it costs there, the nearest price first."""
    facts = trial.facts
    price = base_price(facts.asked)
    for candidate in sorted(search.choices.candidates, key=lambda one: (_distance(one, price), one.vendor.id, one.offering_id or "")):
        is_same = candidate.vendor.id == facts.seller.id
        if candidate.category != facts.asked.category or (is_same and finding.kind != "unit_price_ceiling"):
            continue
        yield bought_at(search, trial, candidate)


def cheaper_offerings(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Buy the same kind of thing for less than its vendor sells it for: there or elsewhere, the nearest price first."""
    price = base_price(trial.facts.asked)
    cheaper = [one for one in search.choices.candidates if one.unit_price_cents is not None and one.unit_price_cents < price]
    for candidate in sorted(cheaper, key=lambda one: (_distance(one, price), one.vendor.id, one.offering_id or "")):
        if candidate.category == trial.facts.asked.category:
            yield bought_at(search, trial, candidate)


def bought_at(search: Search, trial: Trial, candidate: Candidate) -> Trial:
    """Return the trial with what a candidate sells in place of what was asked."""
    asked = trial.facts.asked
    price = base_price(asked) if candidate.unit_price_cents is None else candidate.unit_price_cents
    request = asked if candidate.unit_price_cents is None else priced(asked, asked, asked.quantity, price)
    if candidate.offering_id is not None:
        request = replace(request, tags=candidate.tags, tagged=True)
    vendor = candidate.name or candidate.vendor.id
    said = search.words("other_vendor", vendor=vendor)
    if candidate.unit_price_cents is not None:
        said = search.words("other_price", vendor=vendor, unit_price_cents=price)
    details = {"vendor_id": candidate.vendor.id, "offering_id": candidate.offering_id, "name": vendor, "unit_price_cents": price}
    step = Step("other_vendor", said, details)
    least = trial.least_unit_price_cents if candidate.unit_price_cents is None else price
    return replace(
        trial.then(step, request=request, vendor=candidate.vendor), least_unit_price_cents=least, offering_id=candidate.offering_id
    )


def lower_price(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Pay no more for one than the ceiling, where the vendor sells it for that."""
    ceiling = finding.facts.get("ceiling_cents")
    if not isinstance(ceiling, int) or ceiling < max(1, trial.least_unit_price_cents):
        return
    asked = trial.facts.asked
    step = Step("price", search.words("price", unit_price_cents=ceiling), {"unit_price_cents": ceiling})
    yield trial.then(step, request=priced(asked, asked, asked.quantity, ceiling))


def right_sum(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Ask for what quantity, price, tax and delivery make."""
    asked = trial.facts.asked
    cents = asked.goods_cents() + asked.tax_cents + asked.delivery_cents
    if cents > 0:
        yield trial.asking(Step("amount", search.words("sum", amount_cents=cents), {"most_cents": cents}), amount_cents=cents)


def pay_vendor(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Pay the store instead of paying the member back; not what was bought and paid already."""
    if not trial.facts.asked.already_bought:
        yield trial.asking(Step("pay_vendor", search.words("pay_vendor")), payment_method="vendor_direct")


def payroll(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Pay the member's own worker by payroll, where that is set up."""
    if search.choices.may_use_payroll:
        yield trial.asking(Step("payroll", search.words("payroll")), rail="payroll")


# ---- people ---------------------------------------------------------------------------------------


def approver(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Ask the person whose yes closes the need, or the next one higher when that person has a part in it."""
    need = next((need for need in search.decision.needs if need.rule == finding.rule), None)
    role = "broker" if need is None else need.closed_by.get("role", "broker")
    yield from asked_of(search, trial, role, is_other=finding.kind == "independent_approval")


def asked_of(search: Search, trial: Trial, role: str, *, is_other: bool = False) -> Iterator[Trial]:
    """Yield the trial with a yes of a role, then of each higher one."""
    for higher in sorted(ROLE_RANKS, key=ROLE_RANKS.__getitem__):
        if ROLE_RANKS[higher] < ROLE_RANKS.get(role, 0):
            continue
        yes = _yes(trial.facts, higher, is_other=is_other)
        if not trial.facts.is_independent(yes):
            continue
        if search.stage == "pay":
            said = search.words("bill_review")
        else:
            said = search.words("ask_other" if is_other else "ask_approver", approver=higher)
        yield trial.then(Step("ask_approver", said, {"role": higher}), approvals=(*trial.facts.approvals, yes))


def _yes(facts: Facts, role: str, *, is_other: bool) -> Approval:
    broker_id = facts.member.broker_id
    if role != "broker" or is_other or broker_id is None or any(one.by == broker_id for one in facts.approvals):
        return Approval(by=f"(a {role})", role=role)
    return Approval(by=broker_id, role=role, relatives=facts.member.broker_relatives, employer=facts.member.broker_employer)


def _distance(candidate: Candidate, price: int) -> int:
    return 0 if candidate.unit_price_cents is None else abs(candidate.unit_price_cents - price)
