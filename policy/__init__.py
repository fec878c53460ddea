"""Facts and a rulebook in, a decision with every reason out: no database, no clock, no network."""

from policy.decision import Decision, Finding, Need, Outcome, Severity
from policy.errors import CaseError, FactsMissingError, PolicyError, RulebookError
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
    Spend,
    Stage,
    TransferFacts,
    VendorFacts,
)
from policy.loading import load
from policy.rulebook import Category, Rule, Rulebook

__all__ = [
    "Approval",
    "BillFacts",
    "BudgetFacts",
    "CaseError",
    "Category",
    "ClosedMonth",
    "CredentialFacts",
    "Decision",
    "Facts",
    "FactsMissingError",
    "Finding",
    "GoalFacts",
    "MemberFacts",
    "Need",
    "Outcome",
    "PayFacts",
    "PlanFacts",
    "PolicyError",
    "RequestFacts",
    "ReserveFacts",
    "Rule",
    "Rulebook",
    "RulebookError",
    "Severity",
    "Spend",
    "Stage",
    "TransferFacts",
    "VendorFacts",
    "evaluate",
    "load",
]
