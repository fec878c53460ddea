"""The way to yes: remedies for each reason of a decision, and one request that passes them all."""

from policy.remedies.choices import Candidate, Choices, Release
from policy.remedies.search import suggest
from policy.remedies.sellers import wants_candidates
from policy.remedies.way import Change, NoRequest, Remedy, Step, Suggestion, WayToYes

__all__ = [
    "Candidate",
    "Change",
    "Choices",
    "NoRequest",
    "Release",
    "Remedy",
    "Step",
    "Suggestion",
    "WayToYes",
    "suggest",
    "wants_candidates",
]
