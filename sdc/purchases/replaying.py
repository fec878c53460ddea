"""Tell the past of members as lines of a file of facts (docs/dry-run.md), so that a draft can be run over it: here, what they asked to buy.

Bills, moves and savings tell theirs in their own places (`bills/replaying.py`, `changes/replaying.py`). Nothing is stored, and no name,
goal or address is in a line; free words are, as far as a rule looks at them, so that lines stay in memory.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc.crypto import KeyRing
from sdc.journal import Event
from sdc.members.model import Member
from sdc.programs.model import Program
from sdc.purchases.keeping import WordsNotKeptError, open_facts
from sdc.purchases.model import DecisionRecord, Purchase

ENDS = ("purchase.closed", "purchase.canceled", "purchase.expired", "purchase.declined")


@dataclass(frozen=True, slots=True)
class PastLine:
    """One line of a member's past, with its instant and the row that puts it in order.

    An instant is taken before the locks, and two at once may be decided the other way round. The event in the journal is written under
    them, and its id follows time: so that is the row, where there is one.
    """

    member_id: UUID
    at: datetime
    row: UUID
    line: dict[str, Any]


Source = Callable[[AsyncSession, Sequence[UUID], KeyRing], Awaitable[list[PastLine]]]
"""What reads the past of some members, one kind of things."""


async def count_members(session: AsyncSession, rulebook: str) -> int:
    """Count the members whose programs decide by a rulebook."""
    query = select(func.count()).select_from(Member).join(Program, Program.id == Member.program_id).where(Program.rulebook == rulebook)
    return await session.scalar(query) or 0


async def read_pasts(
    session: AsyncSession, rulebook: str, *, after: UUID | None, at_most: int, sources: Iterable[Source], keyring: KeyRing
) -> tuple[UUID | None, list[dict[str, Any]]]:
    """Read the lines of the next members whose programs decide by a rulebook, and the last one's id; None when there are no more."""
    query = select(Member.id, Program.name).join(Program, Program.id == Member.program_id).where(Program.rulebook == rulebook)
    if after is not None:
        query = query.where(Member.id > after)
    rows = (await session.execute(query.order_by(Member.id).limit(at_most))).all()
    programs: dict[UUID, str] = {row.id: row.name for row in rows}
    pasts: dict[UUID, list[PastLine]] = {member_id: [] for member_id in programs}
    for source in sources:
        for line in await source(session, list(programs), keyring):
            pasts[line.member_id].append(line)
    lines = [line for member_id, past in pasts.items() for line in _past_of(past, programs[member_id])]
    return (rows[-1].id if rows else None), lines


async def purchase_lines(session: AsyncSession, member_ids: Sequence[UUID], keyring: KeyRing) -> list[PastLine]:
    """Tell what members asked to buy, how it was decided each time, and when it came to its end."""
    decided = (
        select(DecisionRecord, Purchase.member_id, Purchase.budget_id)
        .join(Purchase, Purchase.id == DecisionRecord.subject_id)
        .where(Purchase.member_id.in_(member_ids))
    )
    told = select(Event).join(Purchase, Purchase.id == Event.subject_id).where(Purchase.member_id.in_(member_ids))
    order = order_of(await session.scalars(told.where(Event.kind == "purchase.decided")))
    rows = sorted(await session.execute(decided), key=lambda row: order.get(str(row[0].id), row[0].id))
    refused = {(record.subject_id, record.decided_at) for record, _, _ in rows if record.because == "balance"}
    lines: list[PastLine] = []
    asked: set[UUID] = set()
    for record, member_id, budget_id in rows:
        if record.because != "balance" and (record.subject_id, record.decided_at) in refused:
            continue  # the books refused this yes at once: what counts is the decision that followed
        kind = "again" if record.subject_id in asked else "request"
        asked.add(record.subject_id)
        lines.append(decision_line(record, member_id, kind, ("request",), keyring, order, account=str(budget_id)))
    ended = (
        select(Event.id, Event.at, Event.subject_id, Purchase.member_id)
        .join(Purchase, Purchase.id == Event.subject_id)
        .where(Purchase.member_id.in_(member_ids), Event.kind.in_(ENDS))
    )
    lines += [money_line(row.member_id, row.at, row.id, "closed", of=str(row.subject_id)) for row in await session.execute(ended)]
    return lines


def order_of(events: Iterable[Event]) -> dict[str, UUID]:
    """Return the events that tell of decisions, by the decisions' ids."""
    return {str(event.data.get("decision")): event.id for event in events}


def decision_line(
    record: DecisionRecord,
    member_id: UUID,
    kind: str,
    parts: Sequence[str],
    keyring: KeyRing,
    order: Mapping[str, UUID],
    **more: str,
) -> PastLine:
    """Tell a decision by the facts that were kept with it; words that were not kept count as said, whatever they were."""
    facts = dict(record.facts)
    with suppress(WordsNotKeptError):
        facts = policy.facts_to_data(open_facts(record, keyring))
    rules = [one["rule"] for one in record.decision["findings"] if one["severity"] != "warn"]
    line: dict[str, Any] = {"line": kind, "id": str(record.subject_id), "at": facts["as_of"], "was": record.outcome, "rules": rules, **more}
    for part in ("member", "plan", "budget", "approvals", *parts):
        line[part] = facts[part]
    if facts["vendor"] is not None:
        line["vendor"] = facts["vendor"]
    if kind in {"request", "again"}:
        line["emergencies"] = facts["emergencies_this_period"]
    if facts["history"]:
        line["history"] = facts["history"]  # of the first line, what is older than all lines; the rest is taken out again
    return PastLine(member_id, record.decided_at, order.get(str(record.id), record.id), line)


def money_line(member_id: UUID, at: datetime, row: UUID, kind: str, **more: Any) -> PastLine:  # noqa: ANN401 - texts and cents
    """Tell that money moved."""
    return PastLine(member_id, at, row, {"line": kind, "at": at.astimezone(UTC).isoformat(), **more})


def _past_of(past: list[PastLine], program: str) -> list[dict[str, Any]]:
    """Put a member's lines in order, behind one that says who it is about and what was bought before all of them."""
    sorted_past = sorted(past, key=lambda one: (one.row, "was" not in one.line))
    latest = sorted_past[0] if sorted_past else None
    for one in sorted_past:
        assert latest is not None, "there is one"
        if one.at < latest.at:
            one.line["at"] = latest.line["at"]
        else:
            latest = one
    ordered = [one.line for one in sorted_past]
    first = next((line for line in ordered if "member" in line), None)
    if first is None:
        return []
    told = {line["id"] for line in ordered if line["line"] == "request"}
    before = [spend for spend in first.get("history", ()) if spend["purchase_id"] not in told]
    for line in ordered:
        line.pop("history", None)
    head = {"line": "member", "program": program, "member": first["member"], "plan": first["plan"]}
    return [head | {"history": before}, *ordered[ordered.index(first) :]]
