"""The facts that a rulebook judges: plain frozen values that a caller fills and no rule can change.

`Facts` is one question. Stage by stage it needs:

| stage     | always                      | also                                                |
|-----------|-----------------------------|-----------------------------------------------------|
| authorize | member, plan, budget, as_of | request, vendor, history, approvals, emergencies    |
| pay       | member, plan, budget, as_of | request, vendor, pay, approvals                     |
| transfer  | member, plan, budget, as_of | transfer, history, approvals                        |
| reserve   | member, plan, budget, as_of | reserve, approvals                                  |

Ids are text of the caller's choice, money is whole cents, dates are the program's local dates. `as_of` and `submitted_at` are
instants of the program's local clock: both with a time zone, or both without. A part that is missing is never guessed: each rule
that needs it refers to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from policy.errors import FactsMissingError
from policy.history import Past, Spend, Totals, past_of, totals_of
from policy.parts import (
    NOBODY,
    BillFacts,
    BudgetFacts,
    ClosedMonth,
    CredentialFacts,
    GoalFacts,
    MemberFacts,
    PayFacts,
    PlanFacts,
    RequestFacts,
    ReserveFacts,
    TransferFacts,
    VendorFacts,
)

__all__ = [
    "NOBODY",
    "ROLE_RANKS",
    "Approval",
    "BillFacts",
    "BudgetFacts",
    "ClosedMonth",
    "CredentialFacts",
    "Facts",
    "GoalFacts",
    "MemberFacts",
    "PayFacts",
    "PlanFacts",
    "RequestFacts",
    "ReserveFacts",
    "Stage",
    "TransferFacts",
    "VendorFacts",
]

Stage = Literal["authorize", "pay", "transfer", "reserve"]

ROLE_RANKS: Final[Mapping[str, int]] = MappingProxyType({"broker": 1, "director": 2, "payer": 3})
"""Who may stand in for whom: an approval by a higher role covers a lower one."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Someone said yes. Whether it counts is judged here: see `Facts.counted_approvals`."""

    by: str
    role: str
    relatives: frozenset[str] = NOBODY
    employer: str | None = None


class _Derived:
    """Room beside the fields of `Facts` for what several rules derive from them."""

    __slots__ = ("_counted", "_past", "_rank", "_totals")

    _counted: tuple[Approval, ...] | None
    _past: Past | None
    _rank: int | None
    _totals: Totals | None


@dataclass(frozen=True, slots=True)
class Facts(_Derived):
    """Everything one question is judged by."""

    as_of: datetime
    member: MemberFacts
    plan: PlanFacts
    budget: BudgetFacts
    vendor: VendorFacts | None = None
    request: RequestFacts | None = None
    history: tuple[Spend, ...] = ()  # at least the budget's period, and as far back as the rulebook's frequency windows reach
    approvals: tuple[Approval, ...] = ()
    emergencies_this_period: int = 0  # earlier ones, this request not counted
    transfer: TransferFacts | None = None
    reserve: ReserveFacts | None = None
    pay: PayFacts | None = None
    refused_by_books: bool = False  # asked again with the balance that the books answered when they refused the first yes

    def __post_init__(self) -> None:
        object.__setattr__(self, "_counted", None)
        object.__setattr__(self, "_past", None)
        object.__setattr__(self, "_rank", None)
        object.__setattr__(self, "_totals", None)

    # ---- parts that a stage cannot do without -----------------------------------------------------
    @property
    def asked(self) -> RequestFacts:
        """The request, which must be there."""
        if self.request is None:
            raise FactsMissingError("request")
        return self.request

    @property
    def seller(self) -> VendorFacts:
        """The vendor, who must be there."""
        if self.vendor is None:
            raise FactsMissingError("vendor")
        return self.vendor

    @property
    def billed(self) -> PayFacts:
        """The facts of stage pay, which must be there."""
        if self.pay is None:
            raise FactsMissingError("pay")
        return self.pay

    @property
    def moved(self) -> TransferFacts:
        """The move between lines, which must be there."""
        if self.transfer is None:
            raise FactsMissingError("transfer")
        return self.transfer

    @property
    def saved(self) -> ReserveFacts:
        """The saving, which must be there."""
        if self.reserve is None:
            raise FactsMissingError("reserve")
        return self.reserve

    # ---- what several rules need ------------------------------------------------------------------
    @property
    def today(self) -> date:
        """The local date of the question."""
        return self.as_of.date()

    @property
    def requester(self) -> str | None:
        """Who asked, whatever the stage."""
        for part in (self.request, self.transfer, self.reserve):
            if part is not None:
                return part.submitted_by
        return None

    @property
    def totals(self) -> Totals:
        """What was spent or set aside in the budget's period."""
        if self._totals is None:
            object.__setattr__(self, "_totals", totals_of(self.history, self.budget.starts_on, self.budget.ends_on))
        return self._totals  # type: ignore[return-value]  # set in the line above

    @property
    def past(self) -> Past:
        """The whole history, sorted."""
        if self._past is None:
            object.__setattr__(self, "_past", past_of(self.history))
        return self._past  # type: ignore[return-value]  # set in the line above

    def remembering(self, totals: Totals, past: Past) -> Facts:
        """Return these facts with the history summed and sorted by a caller who keeps both from one question to the next.

        They have to be what `totals_of` and `past_of` say of this history and this budget's period; nothing is compared here.
        """
        object.__setattr__(self, "_totals", totals)
        object.__setattr__(self, "_past", past)
        return self

    def varied(self, **changes: Any) -> Facts:  # noqa: ANN401 - any of the fields
        """Return these facts with some parts replaced, for a search that asks hundreds: what was derived stays where it still holds."""
        other = replace(self, **changes)
        if changes.keys().isdisjoint({"history", "budget"}):
            object.__setattr__(other, "_totals", self._totals)
            object.__setattr__(other, "_past", self._past)
        if changes.keys().isdisjoint({"approvals", "member", "vendor"}) and other.requester == self.requester:
            object.__setattr__(other, "_counted", self._counted)
            object.__setattr__(other, "_rank", self._rank)
        return other

    @property
    def counted_approvals(self) -> tuple[Approval, ...]:
        """The approvals that count: of a known role, by someone who neither asked nor is paid nor is related to who is paid."""
        if self._counted is None:
            counted = [one for one in self.approvals if one.role in ROLE_RANKS and self.is_independent(one)]
            object.__setattr__(self, "_counted", tuple(counted))
        return self._counted  # type: ignore[return-value]  # set in the line above

    @property
    def approved_rank(self) -> int:
        """The rank of the highest role that said yes, in a way that counts; 0 for none."""
        if self._rank is None:
            object.__setattr__(self, "_rank", max([ROLE_RANKS[one.role] for one in self.counted_approvals], default=0))
        return self._rank  # type: ignore[return-value]  # set in the line above

    def is_independent(self, approval: Approval) -> bool:
        """Tell whether the person who said yes has no part in the request."""
        if approval.by == self.requester:
            return False
        vendor = self.vendor
        if vendor is None:
            return True
        by, owners, member = approval.by, vendor.owners, self.member
        if by == vendor.id or by in owners or by in vendor.people or approval.employer == vendor.id:
            return False
        if by == member.broker_id and (member.broker_employer == vendor.id or not owners.isdisjoint(member.broker_relatives)):
            return False
        return owners.isdisjoint(approval.relatives)

    def is_approved(self, role: str) -> bool:
        """Tell whether someone of this role or a higher one said yes, in a way that counts."""
        return self.approved_rank >= ROLE_RANKS[role]

    def is_approved_by_another(self, role: str) -> bool:
        """Tell the same, by a person other than the one broker approver."""
        if not self.approvals:
            return False
        least = ROLE_RANKS[role]
        brokers = {one.by for one in self.counted_approvals if one.role == "broker"}
        return any(ROLE_RANKS[one.role] >= least and brokers != {one.by} for one in self.counted_approvals)
