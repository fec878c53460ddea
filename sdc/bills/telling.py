"""What is told of the decision on a bill: everything to the staff, to its vendor what concerns the bill and no word more.

A rule's words are written for the member. Those of the kinds below speak of the bill, the vendor's own papers and its own visit; the
words of any other kind could name a program, a goal or a person, so a vendor reads one plain sentence in their place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc.auth.principal import Principal, Role
from sdc.bills.model import Bill
from sdc.purchases.answers import NeedOut, NoRequestOut, PlainRemedyOut, RulebookOut, shown_way
from sdc.purchases.model import DecisionRecord
from sdc.web.input import Language, Output

ABOUT_THE_BILL = frozenset(
    {
        "bill_attached",
        "bill_deadline",
        "bill_fields",
        "bill_within_authorization",
        "exclusion_list",
        "payouts_ready",
        "recent_screening",
        "repeated_bill",
        "tax_form",
        "visit_record",
    }
)
"""Kinds of rules whose words a vendor may read."""

LOOKED_AT: Mapping[Language, str] = {
    "en": "The program has to look at this bill before it can be paid.",
    "es": "El programa tiene que mirar esta cuenta antes de pagarla.",
}


class BillFindingOut(Output):
    """One rule's reason, in words."""

    rule: str
    severity: str
    message: str
    citation: str | None
    remedies: list[PlainRemedyOut]


class BillDecisionOut(Output):
    """The answer of the policy to a bill, with every reason and warning; a vendor is not told the rulebook's name.

    `remedies` holds the one way by which this bill is paid, if there is one; their words are written for a vendor.
    """

    id: UUID
    outcome: str
    rulebook: RulebookOut | None
    version: int
    hash: str
    findings: list[BillFindingOut]
    needs: list[NeedOut]
    remedies: list[PlainRemedyOut]
    no_request: NoRequestOut | None
    because: str
    decided_at: datetime

    @classmethod
    def of(cls, record: DecisionRecord, *, who: Principal, language: Language) -> Self:
        """Show a stored decision to whoever asks, in their language."""
        decision = policy.Decision.from_data(record.decision)
        is_vendor = who.role is Role.VENDOR
        ways, no_request = shown_way(record.remedies, language, PlainRemedyOut)
        rulebook = RulebookOut(
            name=record.rulebook_name,
            version=record.rulebook_version,
            hash=record.rulebook_hash,
            with_rules_of=record.with_rules_of,
        )
        return cls(
            id=record.id,
            outcome=decision.outcome,
            rulebook=None if is_vendor else rulebook,
            version=record.rulebook_version,
            hash=record.rulebook_hash,
            findings=[
                BillFindingOut(
                    rule=one.rule,
                    severity=one.severity,
                    message=words_for(one.kind, one.message, who=who, language=language),
                    citation=one.citation if may_read(one.kind, who) else None,
                    remedies=[way for way in ways if way.rule == one.rule],
                )
                for one in decision.findings
            ],
            needs=[NeedOut(rule=need.rule, closed_by=dict(need.closed_by)) for need in decision.needs],
            remedies=[way for way in ways if way.rule is None],
            no_request=no_request,
            because=record.because,
            decided_at=record.decided_at,
        )


class BillDecisionList(Output):
    """Every decision on a bill, the newest first."""

    items: list[BillDecisionOut]
    next_cursor: None = None


def may_read(kind: str | None, who: Principal) -> bool:
    """Say whether somebody may read the words of a rule of this kind; None is what a person or this program itself wrote."""
    return who.role is not Role.VENDOR or kind is None or kind in ABOUT_THE_BILL


def words_for(kind: str | None, message: Mapping[str, str], *, who: Principal, language: Language) -> str:
    """Choose what somebody reads of a rule's words."""
    return message[language] if may_read(kind, who) else LOOKED_AT[language]


def reasons_for(bill: Bill, *, who: Principal, language: Language) -> list[dict[str, Any]]:
    """List what a bill waits for, or was rejected for, as somebody may read it."""
    return [
        {
            "rule": reason["rule"],
            "message": words_for(reason.get("kind"), reason["message"], who=who, language=language),
            "citation": reason.get("citation") if may_read(reason.get("kind"), who) else None,
            "closed_by": reason.get("closed_by"),
        }
        for reason in bill.held_because
    ]


async def last_decisions(session: AsyncSession, bills: Sequence[Bill]) -> dict[UUID, DecisionRecord]:
    """Read the last decision on each of some bills, by its id."""
    ids = [bill.decision_id for bill in bills if bill.decision_id is not None]
    if not ids:
        return {}
    return {record.id: record for record in await session.scalars(select(DecisionRecord).where(DecisionRecord.id.in_(ids)))}


async def decisions_on(session: AsyncSession, bill: Bill) -> list[DecisionRecord]:
    """Read every decision on a bill, the newest first."""
    query = select(DecisionRecord).where(DecisionRecord.subject_id == bill.id)
    return list(await session.scalars(query.order_by(DecisionRecord.decided_at.desc(), DecisionRecord.id.desc())))
