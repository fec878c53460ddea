"""Facts and a rulebook in, a decision with every reason out: no database, no clock, no network."""

from policy.case_reading import case_facts
from policy.cases import CaseResult, Difference, read_cases, run_case
from policy.checking import check
from policy.comparing import Amendment, differences
from policy.decision import Decision, Finding, Need, Outcome, Severity
from policy.dry_run import DryRun, read_vendors, run_draft
from policy.errors import CaseError, FactsMissingError, LineError, PolicyError, Problem, RulebookError, StoredFactsError
from policy.evaluation import evaluate
from policy.facts import (
    Approval,
    BillFacts,
    BudgetFacts,
    ClosedMonth,
    CredentialFacts,
    Facts,
    GoalFacts,
    MemberFacts,
    PayFacts,
    PlanFacts,
    RequestFacts,
    ReserveFacts,
    Stage,
    TransferFacts,
    VendorFacts,
)
from policy.history import Past, Spend, Totals, past_of, totals_of
from policy.loading import Written, load, load_between, rulebook_name
from policy.reading import Document
from policy.remedies import (
    Candidate,
    Change,
    Choices,
    NoRequest,
    Release,
    Remedy,
    Step,
    Suggestion,
    WayToYes,
    suggest,
    wants_candidates,
)
from policy.replay_lines import FIRST_LINE, LineReader
from policy.replay_steps import Asked, Judged, Moved, Standing
from policy.replaying import MemberReplay
from policy.rulebook import Category, Rule, Rulebook
from policy.rules import KINDS, Kind
from policy.schema import rulebook_schema
from policy.storing import facts_from_data, facts_to_data
from policy.tally import FEWEST, Tally

__all__ = [
    "FEWEST",
    "FIRST_LINE",
    "KINDS",
    "Amendment",
    "Approval",
    "Asked",
    "BillFacts",
    "BudgetFacts",
    "Candidate",
    "CaseError",
    "CaseResult",
    "Category",
    "Change",
    "Choices",
    "ClosedMonth",
    "CredentialFacts",
    "Decision",
    "Difference",
    "Document",
    "DryRun",
    "Facts",
    "FactsMissingError",
    "Finding",
    "GoalFacts",
    "Judged",
    "Kind",
    "LineError",
    "LineReader",
    "MemberFacts",
    "MemberReplay",
    "Moved",
    "Need",
    "NoRequest",
    "Outcome",
    "Past",
    "PayFacts",
    "PlanFacts",
    "PolicyError",
    "Problem",
    "Release",
    "Remedy",
    "RequestFacts",
    "ReserveFacts",
    "Rule",
    "Rulebook",
    "RulebookError",
    "Severity",
    "Spend",
    "Stage",
    "Standing",
    "Step",
    "StoredFactsError",
    "Suggestion",
    "Tally",
    "Totals",
    "TransferFacts",
    "VendorFacts",
    "WayToYes",
    "Written",
    "case_facts",
    "check",
    "differences",
    "evaluate",
    "facts_from_data",
    "facts_to_data",
    "load",
    "load_between",
    "past_of",
    "read_cases",
    "read_vendors",
    "rulebook_name",
    "rulebook_schema",
    "run_case",
    "run_draft",
    "suggest",
    "totals_of",
    "wants_candidates",
]
