"""Something to add or to edit: a letter, quotes, slips, a note, what a bill or a visit's record does not say yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from policy.decision import Finding
from policy.facts import BillFacts
from policy.remedies.trial import Search, Trial
from policy.remedies.way import Step, StepKind
from policy.remedies.words import goal_name
from policy.rules.documents import BILL_FIELDS, BillFieldParams

WRITTEN: Final = "(to be written)"
"""What stands in the facts of a suggestion for words that only a person can write."""


def other_payers_letter(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Ask for the letter by which the other payer refuses."""
    yield trial.asking(_paper(search, "denial_letter"), other_payer_denial_on_file=True)


def quotes_or_note(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Ask for the quotes that are missing, or for the reason why there is one source."""
    needed = finding.facts.get("quotes_needed")
    if isinstance(needed, int):
        count = needed - trial.facts.asked.quotes
        step = Step("add_document", search.words("quote", count=count), {"document": "quote", "count": count})
        yield trial.asking(step, quotes=needed)
    note = Step("add_note", search.words("note_source"), {"field": "sole_source_note"})
    yield trial.asking(note, sole_source_note=WRITTEN)


def overdue_slips(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Ask for as many slips as are too many."""
    overdue, most = finding.facts.get("overdue"), finding.facts.get("max_overdue")
    if not isinstance(overdue, int) or not isinstance(most, int):
        return
    count = overdue - most
    step = Step("add_document", search.words("receipt", count=count), {"document": "receipt", "count": count})
    yield trial.then(step, member=replace(trial.facts.member, overdue_receipts=most))


def looked_at(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Let somebody look at what it is."""
    yield trial.asking(Step("ask_review", search.words("ask_review"), {"role": "broker"}), tagged=True)


def plain_memo(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Let the note to the store go without its words about health; it is left out here, since only its writer can word it anew."""
    words = finding.facts.get("words")
    step = Step("edit_memo", search.words("edit_memo"), {"words": words if isinstance(words, tuple) else ()})
    yield trial.asking(step, memo_to_vendor="")


def active_goal(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Pick an active goal of the plan, first one that the category usually helps."""
    category = search.rulebook.categories.get(trial.facts.asked.category)
    goals = [(goal_id, goal) for goal_id, goal in trial.facts.plan.goals.items() if goal.status == "active"]
    for goal_id, goal in sorted(goals, key=lambda one: not (category is not None and category.serves(one[1].domain))):
        yield trial.asking(Step("goal", search.words("goal", goal=goal_name(goal)), {"goal_id": goal_id}), goal_id=goal_id)


def savings_purpose(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Say what is saved for, and pick a goal for it."""
    saving, goals = trial.facts.saved, trial.facts.plan.goals
    if not saving.purpose.strip():
        step = Step("add_note", search.words("note_purpose"), {"field": "purpose"})
        saving = replace(saving, purpose=WRITTEN)
        trial = trial.then(step, reserve=saving)
    chosen = goals.get(saving.goal_id or "")
    if chosen is not None and chosen.status == "active":
        yield trial
        return
    for goal_id, goal in goals.items():
        if goal.status == "active":
            step = Step("goal", search.words("goal", goal=goal_name(goal)), {"goal_id": goal_id})
            yield trial.then(step, reserve=replace(saving, goal_id=goal_id))


# ---- at a bill ------------------------------------------------------------------------------------


def the_bill(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Ask for the bill: tried as one that says everything and asks for what was authorised."""
    pay = trial.facts.billed
    bill = BillFacts("(new)", trial.facts.today, pay.authorized_cents, WRITTEN, trial.facts.today, WRITTEN)
    yield trial.then(_paper(search, "bill"), pay=replace(pay, bill=bill))


def whole_bill(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Ask for what the bill does not say."""
    pay, missing = trial.facts.billed, finding.facts.get("missing")
    rule = search.rulebook.rules.get(finding.rule)
    if pay.bill is None or not isinstance(missing, tuple) or rule is None or not isinstance(rule.rule.params, BillFieldParams):
        return
    said: dict[str, Any] = {"amount_cents": pay.authorized_cents, "billed_on": trial.facts.today, "received_on": trial.facts.today}
    bill = replace(pay.bill, **{BILL_FIELDS[name]: said.get(BILL_FIELDS[name], WRITTEN) for name in missing})
    step = Step("add_document", search.words("bill_fields", missing=missing), {"document": "bill", "missing": missing})
    yield trial.then(step, pay=replace(pay, bill=bill))


def whole_visit(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Ask for what the record of the visit does not say."""
    pay, missing = trial.facts.billed, finding.facts.get("missing")
    if isinstance(missing, tuple):
        step = Step("add_document", search.words("visit_record", missing=missing), {"document": "visit_record", "missing": missing})
        yield trial.then(step, pay=replace(pay, visit_record={**pay.visit_record, **dict.fromkeys(missing, WRITTEN)}))


def vendors_tax_form(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Ask for the tax form."""
    yield trial.then(_paper(search, "tax_form"), vendor=replace(trial.facts.seller, has_tax_form=True, tin_matches=True))


def new_screening(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Let the program screen the vendor again."""
    yield trial.then(_paper(search, "screening", "ask_review"), vendor=replace(trial.facts.seller, screened_on=trial.facts.today))


def payout_account(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Ask the vendor to set up how they are paid."""
    yield trial.then(_paper(search, "set_up_payout", "set_up_payout"), vendor=replace(trial.facts.seller, payouts_enabled=True))


def _paper(search: Search, text: str, kind: StepKind = "add_document") -> Step:
    return Step(kind, search.words(text), {"document": text} if kind == "add_document" else {})
