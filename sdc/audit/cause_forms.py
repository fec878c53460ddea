"""What stands behind an entry, as the auditor reads it: each a reference to where more of it is."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sdc.audit.causes import Cause
from sdc.auth.principal import Role
from sdc.bills.model import BillApproval, BillState
from sdc.bills.refund import RefundState, RefundWay
from sdc.changes.model import ChangeApproval
from sdc.documents.model import DocumentKind
from sdc.payments.afterwards_model import RemittanceKind
from sdc.payments.model import BankLeg, PaymentState
from sdc.purchases.model import PurchaseState
from sdc.web.input import Output

_APPROVED: Mapping[type[Any], str] = {BillApproval: "bill", ChangeApproval: "saving"}
"""What an approval is a yes to; to a purchase, where nothing is said."""


class RulebookRef(Output):
    """Which version of which rulebook decided, and the newer one whose rules for what waits it decided with, if any."""

    name: str
    version: int
    hash: str
    with_rules_of: int | None


class PurchaseRef(Output):
    """The purchase behind an entry."""

    id: UUID
    state: PurchaseState
    member_id: UUID
    budget_id: UUID
    vendor_id: UUID
    category: str
    amount_cents: int
    requested_at: datetime


class DecisionRef(Output):
    """The decision behind an entry."""

    id: UUID
    outcome: str
    rulebook: RulebookRef
    decided_at: datetime


class ApprovalRef(Output):
    """Who said yes, to the purchase, to its bill, or to a saving."""

    to: str
    by: UUID
    role: Role
    at: datetime


class BillRef(Output):
    """The bill behind an entry."""

    id: UUID
    state: BillState
    number: str
    amount_cents: int
    received_at: datetime


class PaymentRef(Output):
    """The payment behind an entry."""

    id: UUID
    state: PaymentState
    delivery: BankLeg
    amount_cents: int
    rail_id: str | None
    sent_at: datetime | None


class DocumentRef(Output):
    """A paper behind an entry."""

    id: UUID
    kind: DocumentKind
    uploaded_at: datetime


class RefundRef(Output):
    """A refund of the bill behind an entry: how it came, who recorded it, and who agreed to have it set off."""

    id: UUID
    way: RefundWay
    state: RefundState
    amount_cents: int
    created_by: UUID
    consented_by: UUID | None
    created_at: datetime


class DormancyRef(Output):
    """The time that the payment behind an entry was taken by nobody: whose law, and who wrote, moved and claimed it."""

    id: UUID
    law: str
    owed_since: date
    letter_by: UUID
    letter_on: date
    dormant_by: UUID | None
    dormant_on: date | None
    claimed_by: UUID | None
    claimed_on: date | None
    remittance_id: UUID | None


class RemittanceRef(Output):
    """Money that was paid on, and who recorded it."""

    id: UUID
    kind: RemittanceKind
    amount_cents: int
    remitted_on: date
    reference: str
    by: UUID


class TakeBackRef(Output):
    """What a payer takes back of what was spent for a member, and who recorded it."""

    id: UUID
    member_id: UUID
    funding_source_id: UUID
    amount_cents: int
    taken_on: date
    by: UUID


class MonthRef(Output):
    """The closed month behind what was earned, or taken back by a correction."""

    id: UUID
    member_id: UUID
    month: date
    actual_cents: int
    earned_cents: int
    replaces_id: UUID | None
    closed_by: UUID
    closed_at: datetime


class ClosingRef(Output):
    """A closing of the budget behind a lapse."""

    id: UUID
    kept_cents: int
    closed_by: UUID
    closed_at: datetime


class CauseOut(Output):
    """What stands behind an entry; empty for money that came in, was allocated or released."""

    purchase: PurchaseRef | None
    decision: DecisionRef | None
    approvals: list[ApprovalRef]
    bill: BillRef | None
    payment: PaymentRef | None
    refunds: list[RefundRef]
    dormancy: DormancyRef | None
    remittance: RemittanceRef | None
    take_back: TakeBackRef | None
    month: MonthRef | None
    closings: list[ClosingRef]
    documents: list[DocumentRef]

    @classmethod
    def of(cls, cause: Cause) -> Self:
        """Show a cause."""
        decision = cause.decision
        return cls(
            purchase=PurchaseRef.model_validate(cause.purchase) if cause.purchase else None,
            decision=DecisionRef(
                id=decision.id,
                outcome=decision.outcome,
                rulebook=RulebookRef(
                    name=decision.rulebook_name,
                    version=decision.rulebook_version,
                    hash=decision.rulebook_hash,
                    with_rules_of=decision.with_rules_of,
                ),
                decided_at=decision.decided_at,
            )
            if decision
            else None,
            approvals=[
                ApprovalRef(to=_APPROVED.get(type(one), "purchase"), by=one.by, role=one.role, at=one.at) for one in cause.approvals
            ],
            bill=BillRef.model_validate(cause.bill) if cause.bill else None,
            payment=PaymentRef.model_validate(cause.payment) if cause.payment else None,
            refunds=[RefundRef.model_validate(one) for one in cause.refunds],
            dormancy=DormancyRef.model_validate(cause.dormancy) if cause.dormancy else None,
            remittance=RemittanceRef.model_validate(cause.remittance) if cause.remittance else None,
            take_back=TakeBackRef.model_validate(cause.take_back) if cause.take_back else None,
            month=MonthRef.model_validate(cause.month) if cause.month else None,
            closings=[ClosingRef.model_validate(one) for one in cause.closings],
            documents=[DocumentRef.model_validate(one) for one in cause.documents],
        )
