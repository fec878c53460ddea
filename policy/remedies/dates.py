"""Another day: the first on which a rule passes, the last before a license ends, the day on which more money opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from policy.decision import Finding
from policy.facts import Facts, RequestFacts
from policy.remedies.choices import releases_to_come
from policy.remedies.trial import Search, Trial
from policy.remedies.way import Step

A_DAY: Final = timedelta(days=1)
MOST_DAYS: Final = 100
"""So many days ahead are looked at one by one for a request that resembles an earlier one: windows are days, not months."""


@dataclass(frozen=True, slots=True)
class Days:
    """A first and a last day, both included."""

    first: date
    last: date

    def nearest(self, on: date) -> date | None:
        """Return the day nearest to one, if there is any."""
        return None if self.first > self.last else min(max(on, self.first), self.last)


def open_days(facts: Facts, *kinds: str) -> Days:
    """Return the days, none of them past, on which the rules of these kinds let a purchase be dated; of all three unless told."""
    first, last = facts.today, date.max
    plan, budget, member = facts.plan, facts.budget, facts.member
    for kind, is_open, starts_on, ends_on in (
        ("plan_in_force", plan.status == "approved", plan.starts_on, plan.ends_on),
        ("budget_period", True, budget.starts_on, budget.ends_on),
        ("enrolled", member.status == "active", member.eligible_from, member.eligible_to or date.max),
    ):
        if kinds and kind not in kinds:
            continue
        first, last = max(first, starts_on), min(last, ends_on if is_open else date.min)
    return Days(first, last)


# ---- cures ----------------------------------------------------------------------------------------


def day_within(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Move the purchase into the days of the plan, the budget and the program; or of the one that spoke, if these have none in common."""
    asked = trial.facts.asked
    if asked.already_bought:
        return
    for days in (open_days(trial.facts), open_days(trial.facts, finding.kind)):
        on = days.nearest(asked.purchase_date)
        if on is not None and on != asked.purchase_date:
            yield _bought_on(search, trial, on)


def license_day(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Let the help end while the license is good."""
    asked, facts = trial.facts.asked, trial.facts
    needed = finding.facts.get("credential")
    good = [one.expires_on for one in facts.seller.credentials if one.type == needed and one.expires_on is not None]
    last = max(good, default=date.min)
    if last < facts.today or asked.already_bought:
        return
    bought_on = min(asked.purchase_date, last)
    step = Step(
        "date",
        search.words("done_by", service_on=last),
        {"purchase_on": bought_on.isoformat(), "service_on": last.isoformat(), "may_come": "sooner"},
    )
    yield trial.asking(step, purchase_date=bought_on, service_to=last)


def nearer_service(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Buy later, when the service is near enough; or let it end sooner."""
    asked, most = trial.facts.asked, finding.facts.get("max_prepay_days")
    if asked.service_to is None or not isinstance(most, int):
        return
    later = asked.service_to - timedelta(days=most)
    if not asked.already_bought and open_days(trial.facts).nearest(later) == later:
        yield _bought_on(search, trial, later)
    last = asked.purchase_date + timedelta(days=most)
    details = {"purchase_on": asked.purchase_date.isoformat(), "service_on": last.isoformat(), "may_come": "sooner"}
    yield trial.asking(Step("date", search.words("done_by", service_on=last), details), service_to=last)


def later_day(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Buy on the first day on which the rule does not speak any more: asked of that rule alone, day by day."""
    asked = trial.facts.asked
    days = open_days(trial.facts)
    if asked.already_bought or finding.rule not in search.rulebook.rules or days.last < days.first:
        return
    first = max(days.first, asked.purchase_date)
    on = _first_of_many(search, trial, finding, first, days.last) if finding.kind == "frequency" else None
    if finding.kind != "frequency":
        ahead = (first + n * A_DAY for n in range(1, min(MOST_DAYS, (days.last - first).days + 1)))
        on = next((day for day in ahead if not search.asker.speaks(finding.rule, _on(trial.facts, day))), None)
    if on is not None:
        yield _bought_on(search, trial, on)


def _first_of_many(search: Search, trial: Trial, finding: Finding, first: date, last: date) -> date | None:
    """Return the first day between two for a rule that never speaks again once it is silent."""
    if search.asker.speaks(finding.rule, _on(trial.facts, last)):
        return None
    low, high = 0, (last - first).days
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if search.asker.speaks(finding.rule, _on(trial.facts, first + middle * A_DAY)) else (low, middle)
    return first + high * A_DAY


def waiting(search: Search, trial: Trial, finding: Finding) -> Iterator[Trial]:
    """Let the time pass that the finding names."""
    passes_at = finding.facts.get("passes_at")
    if passes_at is None:
        return
    instant = datetime.fromisoformat(str(passes_at))
    if trial.facts.as_of.tzinfo is not None:
        instant = instant.astimezone(trial.facts.as_of.tzinfo)
    step = Step("wait", search.words("wait", passes_at=instant), {"until": str(passes_at)})
    yield trial.then(step, as_of=max(trial.facts.as_of, instant))


def ask_again(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Ask again on a day on which more of the budget's money opens, the first such day first."""
    facts = trial.facts
    if facts.request is not None and facts.request.source == "saved":
        return
    releases = search.choices.releases
    if releases is None:
        releases = releases_to_come(search.rulebook, facts.budget, facts.today)
    cents = 0
    for release in releases:
        cents += release.cents
        if release.on <= facts.today:
            continue
        step = Step("wait", search.words("ask_again", ask_on=release.on), {"on": release.on.isoformat()})
        budget = replace(facts.budget, available_cents=facts.budget.available_cents + cents)
        later = trial.then(step, as_of=facts.as_of + (release.on - facts.today), budget=budget)
        request = facts.request
        if request is not None:
            moved = replace(request, submitted_at=later.facts.as_of)
            if request.purchase_date < release.on:
                moved = replace(moved, purchase_date=release.on, service_to=_until(request, release.on))
            later = replace(later, facts=replace(later.facts, request=moved))
        yield later


def _bought_on(search: Search, trial: Trial, on: date) -> Trial:
    asked = trial.facts.asked
    is_later = on > asked.purchase_date
    said = search.words("date_later" if is_later else "date_sooner", purchase_on=on)
    request = _on(trial.facts, on).asked
    details = {"purchase_on": on.isoformat(), "service_on": request.served_until.isoformat(), "may_come": "later" if is_later else "sooner"}
    return trial.then(Step("date", said, details), request=request)


def _on(facts: Facts, on: date) -> Facts:
    asked = facts.asked
    return replace(facts, request=replace(asked, purchase_date=on, service_to=_until(asked, on)))


def _until(request: RequestFacts, on: date) -> date | None:
    """Return the last day of the service when the purchase moves to another day."""
    if request.service_to is None:
        return None
    return on if request.service_to == request.purchase_date else max(request.service_to, on)
