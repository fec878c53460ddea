"""Look a rulebook over before it goes live: what contradicts itself, what was forgotten, and what its cases do not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from policy.cases import CaseResult, run_case
from policy.contradictions import contradictions
from policy.errors import CaseError, Problem
from policy.facts import Stage
from policy.mistakes import did_you_mean, listed
from policy.rulebook import Rule, Rulebook
from policy.rules.prohibited import TagParams

Data = Mapping[str, Any]

STAGES: Final[Mapping[Stage, str]] = {
    "authorize": "every request would be approved",
    "pay": "every bill would be paid",
    "transfer": "every move between lines would be allowed",
    "reserve": "every saving would be allowed",
}
"""What follows when a stage has no rule."""


def check(
    rulebook: Rulebook, cases: Sequence[Any] = (), fixtures: Data | None = None, *, more: Sequence[tuple[Sequence[Any], Data]] = ()
) -> list[Problem]:
    """Return everything that is wrong with a rulebook, and what should be looked at twice, in the order in which it is written.

    `cases` are those of its program, as `read_cases` reads them, over `fixtures`; `more` are others over fixtures of their own. Cases of
    other programs are passed over. A problem of severity error must be mended before the rulebook goes live; a warning may be meant.
    """
    found = [*rulebook.writing.remarks, *_tags(rulebook), *contradictions(rulebook, told), *_stages(rulebook)]
    if not rulebook.is_abstract:
        results, failed = _run(rulebook, [(cases, fixtures or {}), *more])
        found += [*failed, *_coverage(rulebook, results), *_categories(rulebook, results)]
    order = {source: number for number, source in enumerate(dict.fromkeys(one.source for one in found))}
    return sorted(dict.fromkeys(found), key=lambda one: (order[one.source], one.line is None, one.line or 0))


def told(rulebook: Rulebook, name: str, problem: str, expected: str = "", *, severity: Literal["error", "warning"] = "error") -> Problem:
    """Point at the place where a rule, a category or the rulebook itself is written."""
    source, line = rulebook.writing.places.get(name, (rulebook.writing.source or rulebook.name, None))
    return Problem(problem, expected, line, source, severity, name if name in rulebook.rules else "")


# ---- what it says ---------------------------------------------------------------------------------


def _tags(rulebook: Rulebook) -> Iterator[Problem]:
    """Find tags that nobody has declared: a misspelled one would let everything pass."""
    known = rulebook.writing.tags
    for rule in _rules(rulebook):
        if isinstance(rule.params, TagParams):
            for tag in sorted(rule.params.tags - known):
                expected = listed(known) if known else "it under tags:"
                yield told(rulebook, rule.id, f"{rule.id} names the unknown tag {tag}{did_you_mean(tag, known)}", expected)


def _stages(rulebook: Rulebook) -> Iterator[Problem]:
    for stage, consequence in STAGES.items():
        if not rulebook.by_stage[stage]:
            yield told(rulebook, "", f"no rule is asked at stage {stage}: {consequence}", "at least one", severity="warning")


def _rules(rulebook: Rulebook) -> list[Rule[Any]]:
    return [bound.rule for bound in rulebook.rules.values()]


# ---- what its cases show --------------------------------------------------------------------------


def _run(rulebook: Rulebook, worlds: Sequence[tuple[Sequence[Any], Data]]) -> tuple[list[CaseResult], list[Problem]]:
    """Run the cases of the rulebook's program; tell those that do not hold."""
    results: list[CaseResult] = []
    failed: list[Problem] = []
    for case, fixtures in ((case, fixtures) for cases, fixtures in worlds for case in cases):
        if _program(case, fixtures) not in {None, rulebook.name}:
            continue
        try:
            result = run_case(case, fixtures, {rulebook.name: rulebook})
        except CaseError as error:
            failed.append(told(rulebook, "", str(error), "a case that can be run"))
            continue
        results.append(result)
        failed += [told(rulebook, "", f"case {result.case_id}: {one.what} is {one.got}", one.expected) for one in result.differences]
    return results, failed


def _program(case: Any, fixtures: Data) -> str | None:  # noqa: ANN401 - whatever a list of cases holds
    """Return the program whose member a case is about, as far as it can be told before the case is read."""
    if not isinstance(case, Mapping):
        return None
    given = (case.get("given") or {}) if isinstance(case.get("given"), Mapping) else {}
    for members in ({case.get("member"): given.get("member")}, fixtures.get("members")):
        member = members.get(case.get("member")) if isinstance(members, Mapping) else None
        if isinstance(member, Mapping) and "program" in member:
            return str(member["program"])
    return None


def _coverage(rulebook: Rulebook, results: Sequence[CaseResult]) -> Iterator[Problem]:
    """Find rules that no case makes speak, and rules that no case lets pass; those that are only inherited are told together."""
    if not results:
        yield told(rulebook, "", f"no case is about {rulebook.name}", "cases that show what its rules do", severity="warning")
        return
    silent: list[str] = []
    never_passed: list[str] = []
    for rule in _rules(rulebook):
        asked = [one for one in results if one.decision.stage in rule.stages and rule.is_effective(one.facts.today)]
        spoke = [one for one in asked if _speaks(one, rule.id)]
        is_own = rule.id in rulebook.writing.own_rules
        if not spoke:
            silent.append(rule.id)
            if is_own:
                yield told(rulebook, rule.id, f"no case makes {rule.id} speak", "a case that it stops or holds", severity="warning")
        elif len(spoke) == len(asked):
            never_passed.append(rule.id)
            if is_own:
                yield told(rulebook, rule.id, f"no case passes {rule.id}", "a case that it lets through", severity="warning")
    for names, problem in ((silent, "no case makes these inherited rules speak"), (never_passed, "no case passes these inherited rules")):
        inherited = [name for name in names if name not in rulebook.writing.own_rules]
        if inherited:
            yield told(rulebook, "", f"{problem}: {', '.join(inherited)}", severity="warning")


def _speaks(result: CaseResult, rule_id: str) -> bool:
    """Tell whether a rule had something to say of its own: one that could not be computed only asked for a person."""
    return any(one.rule == rule_id and "not_computed" not in one.facts for one in result.decision.findings)


def _categories(rulebook: Rulebook, results: Sequence[CaseResult]) -> Iterator[Problem]:
    """Find categories of the rulebook's own that no rule names and no case buys."""
    bought = {one.facts.request.category for one in results if one.facts.request is not None}
    named = {code for rule in _rules(rulebook) for code in _named(rule.params.model_dump(), rulebook)}
    for code in sorted(rulebook.writing.own_categories - bought - named):
        yield told(rulebook, code, f"no rule names {code} and no case buys it", "a use for it", severity="warning")


def _named(value: object, rulebook: Rulebook) -> Iterator[str]:
    """Go through the categories that parameters name, wherever they stand."""
    if isinstance(value, str):
        if value in rulebook.categories:
            yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _named(key, rulebook)
            yield from _named(one, rulebook)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _named(one, rulebook)
