"""Run acceptance cases: a starting world, a question, and exactly which rules have to speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any, Final

from policy.case_reading import CaseReadingError, case_facts, member_of, need, refuse_unknown
from policy.decision import Decision
from policy.errors import CaseError
from policy.evaluation import evaluate
from policy.facts import Facts, Stage
from policy.reading import Document, read
from policy.rulebook import Rulebook

Data = Mapping[str, Any]

STAGES: Final[tuple[Stage, ...]] = ("authorize", "pay", "transfer", "reserve")
OUTCOMES: Final = ("approve", "needs_approval", "deny")
CASE_KEYS: Final = frozenset({"id", "member", "as_of", "title", "stage", "given", "request", "approvals", "expect", "notes"})
EXPECT_KEYS: Final = frozenset({"decision", "deny", "approval", "warn", "available"})
MAX_CASE_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Difference:
    """What a case expected, and what it got instead."""

    what: str  # decision, deny, approval, warn, available
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went."""

    case_id: str
    title: str
    rulebook: str  # the name of the one that was asked
    facts: Facts
    decision: Decision
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences


def read_cases(text: str | bytes, *, source: str = "cases") -> Document:
    """Read a file of cases or fixtures: plain YAML with a key once, no aliases, anchors or tags, and the line of everything in it.

    Raises:
        RulebookError: it is too large, not UTF-8, not YAML, or uses what is refused here.

    """
    return read(text, source=source, max_bytes=MAX_CASE_BYTES, as_yaml_guesses=True)


def run_case(case: Any, fixtures: Data, rulebooks: Mapping[str, Rulebook]) -> CaseResult:  # noqa: ANN401 - a case as it was read
    """Ask one case of the rulebook of its member's program, and compare.

    Raises:
        CaseError: the case or its fixtures cannot be read, say what means nothing, or name a rulebook that is not given.

    """
    if not isinstance(case, Mapping):
        raise CaseError("?", f"it is {case!r}, expected fields and their values")
    case_id = str(case.get("id", "?"))
    try:
        stage = _checked(case)
        rulebook = _asked(case, fixtures, rulebooks)
        facts = case_facts(case, fixtures, rulebook)
        decision = evaluate(rulebook, facts, stage)
        differences = tuple(_differences(case["expect"], decision))
    except CaseReadingError as error:
        raise CaseError(case_id, str(error)) from error
    except KeyError as error:
        raise CaseError(case_id, f"nothing is known of {error}") from error
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise CaseError(case_id, f"it can not be read: {error}") from error
    return CaseResult(case_id, str(case.get("title", "")), rulebook.name, facts, decision, differences)


def _asked(case: Data, fixtures: Data, rulebooks: Mapping[str, Rulebook]) -> Rulebook:
    """Return the rulebook of the member's program."""
    program = str(need(member_of(case, fixtures), "program", f"member {case['member']}"))
    if program not in rulebooks:
        raise CaseReadingError(f"no rulebook {program} is here, expected one of: {', '.join(sorted(rulebooks))}")
    return rulebooks[program]


def _checked(case: Data) -> Stage:
    """Check the outline of a case, and return its stage."""
    refuse_unknown(case, CASE_KEYS, "the case")
    stage: Stage = case.get("stage", "authorize")
    if stage not in STAGES:
        raise CaseReadingError(f"stage is {stage!r}, expected {' or '.join(STAGES)}")
    expected = need(case, "expect", "the case")
    if not isinstance(expected, Mapping):
        raise CaseReadingError(f"expect is {expected!r}, expected fields and their values")
    refuse_unknown(expected, EXPECT_KEYS, "expect")
    if need(expected, "decision", "expect") not in OUTCOMES:
        raise CaseReadingError(f"expect.decision is {expected['decision']!r}, expected {' or '.join(OUTCOMES)}")
    return stage


def _differences(expected: Data, decision: Decision) -> list[Difference]:
    found: list[Difference] = []
    if expected["decision"] != decision.outcome:
        found.append(Difference("decision", expected["decision"], decision.outcome))
    sets = [("deny", decision.rules("deny"))]
    if expected["decision"] != "deny":
        sets += [("approval", decision.rules("needs_approval")), ("warn", decision.rules("warn"))]
    for what, got in sets:
        wanted = expected.get(what) or ()
        if set(wanted) != set(got):
            found.append(Difference(what, ", ".join(sorted(wanted)) or "none", ", ".join(sorted(got)) or "none"))
    if expected.get("available") is not None and expected["available"] != decision.available_cents:
        found.append(Difference("available", str(expected["available"]), str(decision.available_cents)))
    return found
