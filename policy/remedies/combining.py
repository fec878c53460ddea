"""One request that passes every rule that stood in the way, and who or what closes the needs it leaves open.

As much as possible stays as it was. What a thing is and who it is for never change; who sells it only when a rule is about that, or when
its price is too high and another offering is not. The amount shrinks only when the amount itself is denied: the quantity to where the
fewest needs stay open, as much as possible of it; when even one is too much, its price, never below what its vendor sells it for. When
nothing is small enough today, the days are tried on which more money opens.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

from policy.decision import Decision, Finding
from policy.remedies import dates, lines, papers, sellers
from policy.remedies.amounts import plain_amounts, shrunk
from policy.remedies.curing import cures_of, is_closed_by_a_person, may_be_less
from policy.remedies.trial import Search, Trial, denials
from policy.remedies.way import NoRequest, Step, Suggestion, changes_between
from policy.remedies.words import amount_sentence

MOST_ROUNDS = 4
"""Mending one rule may wake another: so often it is looked at again."""

MONEY_KINDS = frozenset({"enough_money", "enough_to_save"})
MOST_SELLERS = 8
MOST_DAYS_TRIED = 4
SAID_BY_THE_SENTENCE = frozenset({"amount", "quantity", "price"})
Found = tuple[Trial, Decision]


def combined(search: Search) -> Suggestion | NoRequest:
    """Return one suggestion for everything that stands in the way, or that there is none.

    Raises:
        SearchSpentError: nothing is left to spend.

    """
    found: Found | None = (search.start(), search.decision)
    if search.decision.outcome == "deny":
        found = next(_ways(search), None)
    if found is not None:
        suggestion = _settled(search, *found)
        if search.decision.outcome == "deny" or suggestion.final.outcome == "approve":
            return suggestion
    return NoRequest("none_exists", search.words("no_bill" if search.stage == "pay" else "none_exists"))


# ---- passing every denial -------------------------------------------------------------------------


def _ways(search: Search) -> Iterator[Found]:
    """Yield what is not denied any more: today with this vendor, today elsewhere, then the same on later days."""
    reasons = denials(search.decision)
    if any(not cures_of(one, search.stage) and not may_be_less(one) for one in reasons):
        return
    is_about_vendor = any(_needs_another_vendor(search, one) for one in reasons)
    for day in _days(search):
        starts = [] if is_about_vendor else [day]
        for start in starts:
            found = _mended(search, start)
            if found is not None:
                yield found
        if search.stage == "authorize" and search.choices.candidates:
            yield from _elsewhere(search, day, reasons)


def _days(search: Search) -> Iterator[Trial]:
    """Yield today, then the days on which more money opens, when it is money that is missing."""
    yield search.start()
    short = next((one for one in denials(search.decision) if one.kind in MONEY_KINDS), None)
    if short is not None:
        for number, later in enumerate(dates.ask_again(search, search.start(), short)):
            if number < MOST_DAYS_TRIED:
                yield later


def _needs_another_vendor(search: Search, finding: Finding) -> bool:
    """Tell whether nothing but another vendor can end a denial."""
    return cures_of(finding, search.stage) == (sellers.other_vendors,)


def _elsewhere(search: Search, day: Trial, reasons: list[Finding]) -> Iterator[Found]:
    """Yield what passes at other vendors, or for less: first the one with the fewest denials and needs, then the nearest price."""
    about = next((one for one in reasons if one.kind in sellers.VENDOR_KINDS), None)
    others = sellers.cheaper_offerings(search, day, reasons[0]) if about is None else sellers.other_vendors(search, day, about)
    asked: list[tuple[int, int, int, Trial]] = []
    for number, trial in enumerate(others):
        if number == MOST_SELLERS:
            break
        decision = search.asker.ask(trial.facts)
        asked.append((len(denials(decision)), len(decision.needs), number, trial))
    for *_, trial in sorted(asked, key=lambda one: one[:3]):
        found = _mended(search, trial)
        if found is not None:
            yield found


def _mended(search: Search, trial: Trial) -> Found | None:
    """Mend what no amount mends, then make it small enough; None when something can not be mended."""
    for _ in range(MOST_ROUNDS):
        decision = search.asker.ask(trial.facts)
        if decision.outcome != "deny":
            return trial, decision
        mendable = [one for one in denials(decision) if not may_be_less(one) and one.kind not in MONEY_KINDS]
        if not mendable:
            break
        before = trial
        for finding in mendable:
            trial = next(_cures(search, trial, finding), trial)  # what another cure has mended already needs none
        if trial is before:
            return None
    else:
        return None
    return _small_enough(search, trial, decision)


def _small_enough(search: Search, trial: Trial, decision: Decision) -> Found | None:
    if not all(may_be_less(one) for one in denials(decision)):
        return None
    if search.stage != "authorize" and plain_amounts(search, trial.facts) is None:
        return None
    return shrunk(search, trial, decision)


def _cures(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Yield what may end a denial, another vendor left out: that is chosen first, and for all of them together."""
    for cure in cures_of(finding, search.stage):
        if cure not in (sellers.other_vendors, dates.ask_again):
            yield from cure(search, trial, finding)


# ---- closing every need ---------------------------------------------------------------------------


def _settled(search: Search, trial: Trial, decision: Decision) -> Suggestion:
    """Take the needs that the one who asks can close by themselves into the request, and say who or what closes the others."""
    trial, decision = _own_part(search, trial, decision)
    final, answer = replace(trial, steps=()), decision
    for _ in range(MOST_ROUNDS):
        closed = _closed(search, final, answer)
        if closed is final:
            break
        final, answer = closed, search.asker.ask(closed.facts)
    changes = changes_between(search.facts, trial.facts, trial.offering_id)
    return Suggestion(
        steps=trial.steps,
        changes=changes,
        facts=search.asker.booked(trial.facts),
        decision=decision,
        then=final.steps,
        final_facts=search.asker.booked(final.facts),
        final=answer,
        message=_message(search, trial, decision, final.steps, answer),
    )


def _own_part(search: Search, trial: Trial, decision: Decision) -> Found:
    """Edit the note to the store; move money between lines where that spares somebody the question."""
    before = trial
    for finding in _open(decision):
        if finding.kind == "memo_words":
            trial = next(papers.plain_memo(search, trial, finding))
    by_lines = {one.rule: one for one in _open(decision) if one.kind in lines.LINE_KINDS}
    if by_lines and _roles(decision, by_lines, others=False).isdisjoint(_roles(decision, by_lines, others=True)):
        trial = next(lines.moved_lines(search, trial, next(iter(by_lines.values()))), trial)
    if trial is before:
        return trial, decision
    better = search.asker.ask(trial.facts)
    return (trial, better) if better.outcome != "deny" and len(better.needs) < len(decision.needs) else (before, decision)


def _roles(decision: Decision, rules: Container[str], *, others: bool) -> set[str]:
    """Name who closes the needs of some rules, or of all but these."""
    return {need.closed_by["role"] for need in decision.needs if "role" in need.closed_by and (need.rule in rules) is not others}


def _open(decision: Decision) -> list[Finding]:
    needed = {need.rule for need in decision.needs}
    return [one for one in decision.findings if one.rule in needed and "not_computed" not in one.facts]


def _closed(search: Search, trial: Trial, decision: Decision) -> Trial:
    """Close every need of a decision: each role is asked once, each paper and each date is added."""
    findings = {one.rule: one for one in decision.findings}
    roles = {str(step.details["role"]) for step in trial.steps if step.kind == "ask_approver"}
    for need in decision.needs:
        finding = findings[need.rule]
        if is_closed_by_a_person(finding, decision):
            role = need.closed_by.get("role", "broker")
            if role not in roles:
                roles.add(role)
                is_other = finding.kind == "independent_approval"
                trial = next(sellers.asked_of(search, trial, role, is_other=is_other), trial)
        elif "not_computed" not in finding.facts:
            trial = next(_cures(search, trial, finding), trial)
    return trial


# ---- saying it ------------------------------------------------------------------------------------


def _message(search: Search, trial: Trial, decision: Decision, then: tuple[Step, ...], final: Decision) -> dict[str, str]:
    words = search.words
    is_resized = any(step.kind in {*SAID_BY_THE_SENTENCE, "other_vendor"} for step in trial.steps)
    if search.stage == "authorize" and (is_resized or search.decision.outcome == "deny"):
        said = [amount_sentence(words, trial.facts)]
    elif is_resized and search.stage != "pay":
        said = [
            words("works", amount_cents=trial.facts.moved.amount_cents if search.stage == "transfer" else trial.facts.saved.amount_cents)
        ]
    else:
        said = [] if trial.steps or search.stage == "pay" else [words("keep")]
    said += [dict(step.message) for step in trial.steps if step.kind not in SAID_BY_THE_SENTENCE]
    said += [dict(step.message) for step in then if step.kind != "ask_approver" or search.stage == "pay"]
    roles = list(dict.fromkeys(str(step.details["role"]) for step in then if step.kind == "ask_approver"))
    if roles and search.stage != "pay":
        said.append(words("then_approvers", people=words.people(roles)))
    if not decision.needs and search.stage != "pay":
        said.append(words("at_once"))
    elif final.outcome != "approve":
        said.append(words("still_open"))
    unique = list({one["en"]: one for one in said}.values())
    return {language: " ".join(one[language] for one in unique) for language in ("en", "es")}
