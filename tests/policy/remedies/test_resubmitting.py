"""Every remedy of every shipped case is taken as somebody would, in the form of cases, and passes."""

import pytest

import policy
from tests.policy.questions import MEMBERS, book, cases, fixtures
from tests.policy.remedies.asking import candidate
from tests.policy.remedies.resubmitting import taken

DIRECTORY = policy.Choices(
    candidates=tuple(
        candidate(vendor, category) for vendor, data in sorted(fixtures()["vendors"].items()) for category in data["categories"]
    )
)
REASONED = [case for case in cases() if case.get("expect", {}).get("decision") != "approve"]


@pytest.mark.parametrize("choices", [policy.Choices(), DIRECTORY], ids=["no directory", "a directory"])
@pytest.mark.parametrize("program", sorted(set(MEMBERS.values())))
def test_every_remedy_of_the_cases_passes_when_it_is_taken(program, choices):
    rulebook, told = book(program), set()
    for case in REASONED:
        if MEMBERS[case["member"]] != program:
            continue
        stage = case.get("stage", "authorize")
        question = policy.case_facts(case, fixtures(), rulebook)
        way = policy.suggest(rulebook, question, policy.evaluate(rulebook, question, stage), stage=stage, choices=choices)
        for one in way.remedies:
            after = policy.evaluate(rulebook, policy.case_facts(taken(case, one), fixtures(), rulebook), stage)
            assert _spoke(after) == _spoke(one.decision), (case["id"], one.rule, one.kind)
            assert one.rule not in _spoke(after)
            told.add(one.kind)
        if way.suggestion is not None:
            after = policy.evaluate(rulebook, policy.case_facts(taken(case, way.suggestion), fixtures(), rulebook), stage)
            assert after.outcome == way.suggestion.final.outcome == "approve", case["id"]
    assert {"amount", "ask_approver", "add_document", "date"} <= told


def _spoke(decision: policy.Decision) -> list[str]:
    return decision.rules("deny") + decision.rules("needs_approval")
