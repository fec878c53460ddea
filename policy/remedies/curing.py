"""What may let each kind of rule pass, and the remedies of one finding: each is asked before it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from policy.decision import Decision, Finding
from policy.remedies import dates, lines, papers, sellers
from policy.remedies.amounts import less
from policy.remedies.trial import Cure, Search, Trial, most_cents
from policy.remedies.way import Remedy, changes_between

MOST_OF_A_KIND: Final = 3
"""So many trials of one cure are told, for instance other vendors."""

MOST_ASKED: Final = 12
"""So many trials of one cure are asked."""

CURES: Final[Mapping[str, tuple[Cure, ...]]] = MappingProxyType(
    {
        # ---- a request ------------------------------------------------------------------------------
        "active_goal": (papers.active_goal,),
        "plan_in_force": (dates.day_within,),
        "enrolled": (dates.day_within,),
        "budget_period": (dates.day_within,),
        "prepayment": (dates.nearer_service,),
        "cooling_off": (dates.waiting,),
        "frequency": (dates.later_day,),
        "repeated_request": (dates.later_day,),
        "split_purchase": (dates.later_day,),
        "enough_money": (dates.ask_again,),
        "line_overspend": (lines.moved_lines,),
        "planned_line": (lines.moved_lines,),
        "unit_price_ceiling": (sellers.lower_price, sellers.other_vendors),
        "unit_arithmetic": (sellers.right_sum,),
        "reimbursement": (sellers.pay_vendor,),
        "other_payer_first": (papers.other_payers_letter,),
        "enough_quotes": (papers.quotes_or_note,),
        "overdue_receipts": (papers.overdue_slips,),
        "untagged": (papers.looked_at,),
        "memo_words": (papers.plain_memo,),
        "credential": (dates.license_day, sellers.other_vendors),
        "payroll_worker": (sellers.payroll, sellers.other_vendors),
        "active_vendor": (sellers.other_vendors,),
        "exclusion_list": (sellers.other_vendors,),
        "vendor_scope": (sellers.other_vendors,),
        "family_vendor": (sellers.other_vendors,),
        "broker_vendor": (sellers.other_vendors,),
        "own_vendor": (sellers.other_vendors,),
        "broker_employer": (sellers.other_vendors,),
        "vendor_share": (sellers.other_vendors,),
        # ---- a move, a saving -----------------------------------------------------------------------
        "free_moves": (lines.other_line,),
        "line_left": (lines.other_line,),
        "savings_purpose": (papers.savings_purpose,),
        "enough_to_save": (dates.ask_again,),
        # ---- a bill ---------------------------------------------------------------------------------
        "bill_attached": (papers.the_bill,),
        "bill_fields": (papers.whole_bill,),
        "visit_record": (papers.whole_visit,),
        "tax_form": (papers.vendors_tax_form,),
        "recent_screening": (papers.new_screening,),
        "payouts_ready": (papers.payout_account,),
    }
)
"""The cures of each kind, in the order in which they are told; one that has no place at a stage yields nothing there."""

FIXED: Final = frozenset(
    {
        "prohibited_tags", "prohibited_categories", "own_use", "asked_first", "exclusion_list", "active_vendor", "broker_vendor",
        "own_vendor", "credential", "payroll_worker", "bill_deadline", "repeated_bill", "active_goal", "plan_in_force", "enrolled",
        "budget_period", "other_payer_first", "unit_price_ceiling", "savings_purpose",
    }
)  # fmt: skip
"""Kinds of denials that no smaller amount lets pass: it is not tried for them."""

AMOUNTLESS: Final = frozenset(
    {
        "planned_line", "untagged", "memo_words", "overdue_receipts", "vendor_scope", "family_vendor", "broker_employer", "frequency",
        "independent_approval", "prepayment", "possible_facts", "bill_attached", "bill_fields", "visit_record", "tax_form",
        "recent_screening", "payouts_ready", "repeated_request", "unit_arithmetic",
    }
)  # fmt: skip
"""Kinds of which the same is true, or of which another amount would not be honest: the same thing asked again for one cent less."""


def remedies_of(search: Search, finding: Finding) -> Iterator[Remedy]:
    """Yield what lets one finding pass: its own cures, then a person to ask, then less of it.

    Raises:
        SearchSpentError: nothing is left to spend.

    """
    for trial, decision in _tried(search, finding):
        changes = changes_between(search.facts, trial.facts, trial.offering_id)
        yield Remedy(finding.rule, trial.steps, changes, search.asker.booked(trial.facts), decision)


def _tried(search: Search, finding: Finding) -> Iterator[tuple[Trial, Decision]]:
    start = search.start()
    for cure in () if "not_computed" in finding.facts else cures_of(finding, search.stage):
        yield from _passing(search, finding, cure, MOST_OF_A_KIND if cure is sellers.other_vendors else 1)
    if is_closed_by_a_person(finding, search.decision):
        yield from _passing(search, finding, sellers.approver, 1)
    if may_be_less(finding):
        smaller = list(less(search, start, finding))
        yield from smaller
        if not smaller and search.stage == "authorize":  # even one is too much at its vendor's price
            yield from _passing(search, finding, sellers.cheaper_offerings, MOST_OF_A_KIND)


def _passing(search: Search, finding: Finding, cure: Cure, most: int) -> Iterator[tuple[Trial, Decision]]:
    told = 0
    for asked, trial in enumerate(cure(search, search.start(), finding)):
        if told == most or asked == MOST_ASKED:
            return
        decision = search.asker.ask(trial.facts)
        if not search.in_the_way(finding, decision):
            told += 1
            yield trial, decision


def cures_of(finding: Finding, stage: str) -> tuple[Cure, ...]:
    """Return the cures of a finding's kind; a vendor that may not be paid is not exchanged once it has billed."""
    return () if stage == "pay" and finding.kind == "exclusion_list" else CURES.get(finding.kind, ())


def may_be_less(finding: Finding) -> bool:
    """Tell whether a smaller amount may let a finding pass."""
    if "not_computed" in finding.facts:
        return False
    most = most_cents(finding)
    if finding.kind == "emergency_limits" and most is None:
        return False  # there were too many already, of whatever size
    return most > 0 if most is not None else finding.kind not in FIXED | AMOUNTLESS


def is_closed_by_a_person(finding: Finding, decision: Decision) -> bool:
    """Tell whether somebody's yes closes a finding's need."""
    need = next((need for need in decision.needs if need.rule == finding.rule), None)
    return need is not None and ("role" in need.closed_by or finding.kind == "independent_approval")
