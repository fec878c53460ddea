"""Ask every rule of a stage and gather every reason: any denial denies, else any open need asks, else yes."""

from __future__ import annotations

from typing import Any, Final

from policy.compiling import Plan, Rows, plan_of
from policy.decision import Decision, Finding, Need, Outcome
from policy.errors import FactsMissingError
from policy.facts import Facts, Stage
from policy.possible import impossible, is_whole
from policy.rulebook import Rule, Rulebook
from policy.words import PRINTED_BELOW

REFERRED_TO: Final = "director"
"""Who decides where a rule could not be computed."""

IMPOSSIBLE: Final = "FACTS"
"""The rule id of the last check: facts that no request can have."""

BOOKS: Final = "BOOKS"
"""The rule id of what the books refused: denied also under a rulebook that has no rule about the balance."""

NOT_ENOUGH: Final = Finding(
    rule=BOOKS,
    kind="enough_money",
    severity="deny",
    message={"en": "You do not have enough money left for this right now.", "es": "Ahora no le queda dinero suficiente para esto."},
    citation="42 CFR 441.470(a)",
    facts={},
)
NOT_ENOUGH_TO_SAVE: Final = Finding(
    rule=BOOKS,
    kind="enough_to_save",
    severity="deny",
    message={"en": "You can only save money that you still have.", "es": "Solo puede ahorrar dinero que todavía tiene."},
    citation="42 CFR 441.470(d)",
    facts={},
)

NOT_COMPUTED: Final = {
    "en": "We could not check one of our rules here. A person will look at this.",
    "es": "No pudimos revisar una de nuestras reglas. Una persona lo va a mirar.",
}
NOT_POSSIBLE: Final = {
    "en": "Something in this request can not be right. A person will look at this.",
    "es": "Algo en esta solicitud no puede ser correcto. Una persona lo va a mirar.",
}


def evaluate(rulebook: Rulebook, facts: Facts, stage: Stage = "authorize") -> Decision:
    """Decide one question. The same rulebook and facts always give the same decision, byte for byte.

    A rule that raises refers to a person: it never approves, and nothing is raised here. A director's approval (one that counts) answers
    the referral, which then stays in the decision as a warning.
    """
    whole = is_whole(facts, stage)
    plan = _plan(rulebook, facts, stage)
    return decide(rulebook, facts, stage, plan.rows(facts) if whole else plan.everyone, whole=whole)


def decide(rulebook: Rulebook, facts: Facts, stage: Stage, rows: Rows, *, whole: bool) -> Decision:
    """Decide one question by asking some rules in their order: those left out have to be silent. `whole` is what `is_whole` says."""
    findings: list[Finding] = []
    needs: list[Need] = []
    denied = False
    for judge, rule in rows:
        try:
            finding = judge(rule, facts)
        except Exception as error:  # noqa: BLE001 - whatever went wrong in a rule, a person decides
            finding = _referral(rule, error, facts)
            if finding.severity == "needs_approval":
                needs.append(Need(finding.rule, {"role": REFERRED_TO}))
            findings.append(finding)
            continue
        if finding is None:
            continue
        findings.append(finding)
        if finding.severity == "deny":
            denied = True
        elif finding.severity == "needs_approval":
            needs.append(rule.need(finding))
    if not denied and not needs:
        wrong = impossible(rulebook, facts, stage, whole=whole)  # whatever every rule let pass although no real request can be so
        if wrong:
            findings.append(Finding(IMPOSSIBLE, "possible_facts", "needs_approval", NOT_POSSIBLE, "", {"wrong": wrong}))
            needs.append(Need(IMPOSSIBLE, {"event": "facts_corrected"}))
    if facts.refused_by_books and not denied:
        findings.append(NOT_ENOUGH_TO_SAVE if stage == "reserve" else NOT_ENOUGH)
        denied = True
    outcome: Outcome = "deny" if denied else "needs_approval" if needs else "approve"
    available_cents, reasons, waiting = _available(facts), tuple(findings), tuple(needs)
    return Decision(outcome, stage, reasons, waiting, available_cents, rulebook.name, rulebook.version, rulebook.hash)


def _referral(rule: Rule[Any], error: Exception, facts: Facts) -> Finding:
    """Turn a rule that could not be computed into a question for a person, or into a note once that person answered."""
    reason = error.name if isinstance(error, FactsMissingError) else type(error).__name__
    try:
        is_answered = facts.is_approved(REFERRED_TO)
    except (AttributeError, TypeError):  # approvals that cannot be read answer nothing
        is_answered = False
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity="warn" if is_answered else "needs_approval",
        message=NOT_COMPUTED,
        citation=rule.provenance.source,
        facts={"not_computed": reason},
    )


def _available(facts: Facts) -> int:
    """Return the account that the request would be paid from, as it is today; nothing, where that cannot be read."""
    try:
        is_saved = facts.request is not None and facts.request.source == "saved"
        cents = facts.budget.saved_cents if is_saved else facts.budget.available_cents
    except AttributeError:
        return 0
    return cents if type(cents) is int and -PRINTED_BELOW < cents < PRINTED_BELOW else 0


def _plan(rulebook: Rulebook, facts: Facts, stage: Stage) -> Plan:
    """Return the plan for the day of the question, or for no day when it has none."""
    try:
        on = facts.today
    except AttributeError:
        on = None
    return plan_of(rulebook, stage, on)
