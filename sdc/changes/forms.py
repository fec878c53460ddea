"""What requests say of moves between lines and of savings."""

from typing import Annotated

from pydantic import StringConstraints

from sdc.changes.asking import AskedMove, AskedSaving
from sdc.web.input import CategoryCode, Cents, Input, Reference, Words

Purpose = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]


class MoveIn(Input):
    """From which line of the plan to which, and how much."""

    from_category: CategoryCode
    to_category: CategoryCode
    amount_cents: Cents

    def asked(self) -> AskedMove:
        """Say the same in the verb's own words."""
        return AskedMove(self.from_category, self.to_category, self.amount_cents)


class SavingIn(Input):
    """How much to put aside, what for in the member's own words, and for which goal of the plan."""

    amount_cents: Cents
    purpose: Purpose | None = None
    goal_id: Reference | None = None

    def asked(self) -> AskedSaving:
        """Say the same in the verb's own words."""
        return AskedSaving(self.amount_cents, self.purpose, self.goal_id)


class ReleaseIn(Input):
    """How much of the savings is to be available again."""

    amount_cents: Cents


class ApproveIn(Input):
    """A yes, with a note for colleagues if need be."""

    note: Words | None = None


class DeclineIn(Input):
    """A no, with the reason that the member will read."""

    reason: Words
