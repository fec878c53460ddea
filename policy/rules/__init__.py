"""Every kind of rule, a family a file: importing this package makes them known."""

from policy.rules import (
    approval,
    budget,
    conflict,
    dates,
    documents,
    expression,
    frequency,
    goal,
    payer,
    price,
    privacy,
    prohibited,
    vendor,
)
from policy.rules.kind import KINDS, Kind

__all__ = [
    "KINDS",
    "Kind",
    "approval",
    "budget",
    "conflict",
    "dates",
    "documents",
    "expression",
    "frequency",
    "goal",
    "payer",
    "price",
    "privacy",
    "prohibited",
    "vendor",
]
