"""Find rules by what they do, not by what they are called: a rulebook from scratch has ids of its own."""

from datetime import date
from typing import Any

import policy


def rules_of_kind(rulebook: policy.Rulebook, stage: policy.Stage, kind: str, *, on: date) -> list[policy.Rule[Any]]:
    """List the rules of a kind that are asked at a stage on a day, in the order of the rulebook."""
    return [bound.rule for bound in rulebook.at(stage, on) if bound.rule.kind == kind]
