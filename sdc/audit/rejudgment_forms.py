"""What a request to make decisions again says, and what it answers."""

from typing import Self
from uuid import UUID

from sdc.audit.rejudging import Rejudgment
from sdc.web.input import Input, Output

MOST_DOUBTS = 1_000


class RejudgmentIn(Input):
    """Whose decisions to make again: those of a program; without one, of all that are the caller's."""

    program_id: UUID | None = None


class DoubtOut(Output):
    """A decision that its facts and its rulebook do not give."""

    decision_id: UUID
    subject_id: UUID
    stage: str
    problem: str


class RejudgmentOut(Output):
    """What came of making decisions again; `doubts` shows the first thousand of `doubt_count`.

    `unkept` decisions were stored before version 0.3 without the words they were made of: nothing is known of them.
    """

    ok: bool
    decisions: int
    unkept: int
    doubt_count: int
    doubts: list[DoubtOut]

    @classmethod
    def of(cls, found: Rejudgment) -> Self:
        """Show what was found."""
        shown = [DoubtOut.model_validate(one) for one in found.doubts[:MOST_DOUBTS]]
        return cls(ok=found.ok, decisions=found.decisions, unkept=found.unkept, doubt_count=len(found.doubts), doubts=shown)
