"""A replay against a plain oracle: it keeps lists, sums everything anew for each question, and knows nothing of two sets of books."""

import json
import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

import policy
from benchmarks.policy.history import a_year, head
from tests.policy.pasts import a_draft

DRAFTS = [
    ("A01: {params: {over_cents: 3000}}", "B02: {params: {caps: {WELL_GYM: 9000, TECH_COMPUTER: 100}}}"),
    ("B02: {params: {caps: {TRAN_TRANSIT: 8000, WELL_ALT: 12000, EMPL_TOOLS: 9000, HOUS_FURN: 5000, EDUC_CLASS: 20000}}}",),
    ("B03: {params: {applies_to_funding: [insured], min_clinical_share: 0.9}}", "B10: {params: {max_vendor_share: 0.05, min_cents: 2000}}"),
    ("A01: {params: {over_cents: 100000}}", "U03: {params: {limits: {COMM_PHONE: {max: 1, window_months: 2}}}}"),
]


class Oracle:
    """Decides a year of plain requests, approvals and bills under a draft."""

    def __init__(self, draft: policy.Rulebook) -> None:
        self.draft = draft
        self.reader = policy.LineReader(policy.read_vendors(json.dumps(line).encode() for line in head()))
        self.asked: dict[str, policy.Asked] = {}
        self.approved: dict[str, policy.Spend] = {}
        self.first: dict[str, str] = {}
        self.denied: set[str] = set()

    def take(self, line: dict[str, Any]) -> None:
        """Take the next line."""
        for step in self.reader.read(json.loads(json.dumps(line))):
            if isinstance(step, policy.Standing):
                self.standing = step
            elif isinstance(step, policy.Asked):
                self.judge(step)
            elif step.id in self.approved:
                self.approved[step.id] = replace(self.approved[step.id], kind="posted")

    def judge(self, step: policy.Asked) -> None:
        """Decide what was asked, unless it is decided."""
        first = self.asked.setdefault(step.id, step)
        if step.id in self.approved or step.id in self.denied:
            return
        request, vendor = first.request, first.vendor
        assert request is not None
        assert vendor is not None
        decision = policy.evaluate(self.draft, self.facts(step.at, request, vendor, step.approvals or ()))
        self.first.setdefault(step.id, decision.outcome)
        if decision.outcome == "deny":
            self.denied.add(step.id)
        elif decision.outcome == "approve" or step.was == "approve":
            self.approved[step.id] = policy.Spend(request.category, request.amount_cents, request.purchase_date, vendor.id, "hold", step.id)

    def facts(
        self, at: datetime, request: policy.RequestFacts, vendor: policy.VendorFacts, approvals: tuple[policy.Approval, ...]
    ) -> policy.Facts:
        """Put the facts as they stand."""
        told = self.standing
        assert told.member is not None
        assert told.plan is not None
        assert told.budget is not None
        released = sum(cents for on, cents in told.releases or () if on <= at.date())
        history = tuple(self.approved.values())
        budget = replace(told.budget, available_cents=released - sum(one.cents for one in history))
        return policy.Facts(at, told.member, told.plan, budget, vendor, request, history, approvals)


@pytest.mark.parametrize("changes", DRAFTS, ids=lambda changes: changes[0][:3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_replay_decides_as_one_who_sums_everything_anew(changes, seed):
    draft, year = a_draft(*changes), a_year(random.Random(seed))
    oracle, replay = Oracle(draft), policy.MemberReplay(draft, "MEMBER")
    reader = policy.LineReader(policy.read_vendors(json.dumps(line).encode() for line in head()))
    for line in year:
        oracle.take(line)
        for step in reader.read(line):
            replay.take(step)
    replay.finish()

    judged = {one.id: one for one in replay.judged}
    firsts = {one.id: one.was for one in replay.judged if one.was == one.now}

    assert {name for name, one in judged.items() if one.is_approved} == oracle.approved.keys()
    assert judged.keys() == oracle.first.keys()
    assert {name: oracle.first[name] for name in firsts} == firsts
    assert any(one.is_changed for one in judged.values())
