"""The steps of a replay, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from policy.decision import Outcome
from policy.facts import (
    Approval,
    BudgetFacts,
    MemberFacts,
    PayFacts,
    PlanFacts,
    RequestFacts,
    ReserveFacts,
    Stage,
    TransferFacts,
    VendorFacts,
)
from policy.history import Spend


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands around a member from here on; None is what stays as it was."""

    program: str | None = None
    member: MemberFacts | None = None
    plan: PlanFacts | None = None
    budget: BudgetFacts | None = None
    account: str | None = None  # names the budget, where a member has more than one in a period
    is_balance_told: bool = False  # the budget says what was available and saved, as history had it
    releases: tuple[tuple[date, int], ...] | None = None  # what becomes available on which day, where no balance is told
    history: tuple[Spend, ...] = ()  # what was bought before the first step


@dataclass(slots=True)
class Asked:
    """History asked the policy; `id` is the purchase, bill, move or saving, and `rules` are those that denied it or asked for approval."""

    id: str
    stage: Stage
    at: datetime
    was: Outcome
    rules: tuple[str, ...] = ()
    request: RequestFacts | None = None
    changes: Mapping[str, Any] | None = None  # facts about a request that was asked before
    vendor: VendorFacts | None = None
    approvals: tuple[Approval, ...] | None = None
    of: str | None = None  # the purchase of a bill
    pay: PayFacts | None = None
    transfer: TransferFacts | None = None
    reserve: ReserveFacts | None = None
    emergencies: int | None = None  # as history counted them


@dataclass(slots=True)
class Moved:
    """Money moved in history.

    `spent` by a bill, `returned` by a bill reversed, `refunded` by a vendor, `closed` when nothing more comes, `unsaved`.
    """

    what: str
    id: str  # the purchase
    at: datetime
    cents: int = 0
    bill: str | None = None


Step = Standing | Asked | Moved


@dataclass(slots=True)
class Judged:
    """One purchase, bill, move or saving that was judged again: how it went in history (`was`), and how it goes (`now`)."""

    id: str
    stage: Stage
    category: str
    cents: int
    was: Outcome
    now: Outcome
    rules: tuple[str, ...] = ()  # that make the difference
    is_other_reason: bool = False  # the same answer by other rules
    is_granted: bool = False  # what the draft waits for was taken to come, as it did
    was_approved: bool = False  # in the end
    is_approved: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether some decision on it is another, or its end."""
        return self.was != self.now or self.was_approved != self.is_approved


_STRICTNESS: Final[Mapping[str, int]] = {"approve": 0, "needs_approval": 1, "deny": 2}


def difference(asked: Asked, rules: list[str], now: Outcome) -> tuple[str, ...]:
    """Name the rules that are new where the draft is stricter, and those that are gone where it is not."""
    is_stricter = _STRICTNESS[now] > _STRICTNESS[asked.was]
    more, less = (rules, asked.rules) if is_stricter else (asked.rules, rules)
    found = [rule for rule in more if rule not in less]
    return tuple(dict.fromkeys(found or more))
