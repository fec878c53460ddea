"""Make stored decisions again, each from its own facts and by its own rulebook, and compare them byte for byte."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc.crypto import CannotOpenError, KeyRing
from sdc.purchases.keeping import WordsNotKeptError, open_facts
from sdc.purchases.model import DecisionRecord
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.reading import compiled, compiled_between

AT_ONCE = 500

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A decision that its facts and its rulebook do not give, or do not give any more."""

    decision_id: UUID
    subject_id: UUID
    stage: str
    problem: str


@dataclass(frozen=True, slots=True)
class Rejudgment:
    """What came of making decisions again. `unkept` ones were stored without the words they were made of (before version 0.3)."""

    decisions: int
    unkept: int
    doubts: tuple[Doubt, ...]

    @property
    def ok(self) -> bool:
        """Whether every decision that can be made again is the one that stands."""
        return not self.doubts


async def rejudge_decisions(
    session: AsyncSession, program_ids: Sequence[UUID] | None = None, *, keyring: KeyRing, progress: Progress | None = None
) -> Rejudgment:
    """Make every stored decision again, of these programs or of all, in the order they were made; few rows are held at a time."""
    done, unkept = 0, 0
    doubts: list[Doubt] = []
    async for record in _records(session, program_ids):
        try:
            problem = await find_doubt(session, record, keyring=keyring)
        except WordsNotKeptError:
            unkept += 1
            problem = None
        if problem is not None:
            doubts.append(Doubt(record.id, record.subject_id, record.stage, problem))
        done += 1
        if progress is not None:
            progress(done)
    return Rejudgment(done, unkept, tuple(doubts))


async def count_decisions(session: AsyncSession) -> int:
    """Count the stored decisions."""
    return await session.scalar(select(func.count()).select_from(DecisionRecord)) or 0


async def find_doubt(session: AsyncSession, record: DecisionRecord, *, keyring: KeyRing) -> str | None:
    """Make one decision again, and tell what is wrong with the one that stands, or nothing.

    Raises:
        WordsNotKeptError: it was stored without the words that it was made of.

    """
    try:
        facts = open_facts(record, keyring)
        rulebook = await _rulebook(session, record)
    except (policy.StoredFactsError, CannotOpenError) as error:
        return f"its facts can not be read: {error}"
    except policy.RulebookError as error:
        return f"version {record.rulebook_version} of rulebook {record.rulebook_name} can not be read: {error}"
    if rulebook is None or rulebook.hash != record.rulebook_hash:
        return f"version {record.rulebook_version} of rulebook {record.rulebook_name} is not there, or is not the one that decided"
    if record.stage not in rulebook.by_stage:
        return "its stage is none"
    return _difference(record, policy.evaluate(rulebook, facts, record.stage))  # type: ignore[arg-type]  # a stage, as was asked


def _difference(record: DecisionRecord, made: policy.Decision) -> str | None:
    stands = json.dumps(record.decision, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if made.to_json() == stands and made.outcome == record.outcome:
        return None
    return f"its facts give another decision: {_told(made)}; what stands is {_told(record)}"


async def _records(session: AsyncSession, program_ids: Sequence[UUID] | None) -> AsyncIterator[DecisionRecord]:
    last: UUID | None = None
    query = select(DecisionRecord).order_by(DecisionRecord.id).limit(AT_ONCE)
    if program_ids is not None:
        query = query.where(DecisionRecord.program_id.in_(program_ids))
    while True:
        some = (await session.scalars(query if last is None else query.where(DecisionRecord.id > last))).all()
        for record in some:
            yield record
            session.expunge(record)
        if len(some) < AT_ONCE:
            return
        last = some[-1].id


async def _rulebook(session: AsyncSession, record: DecisionRecord) -> policy.Rulebook | None:
    """Load what decided: a version, maybe with the rules of a newer one for what waited."""
    numbers = [record.rulebook_version, *([] if record.with_rules_of is None else [record.with_rules_of])]
    query = select(RulebookVersion.version, RulebookVersion.id).where(
        RulebookVersion.name == record.rulebook_name, RulebookVersion.version.in_(numbers)
    )
    found = {row.version: row.id for row in await session.execute(query)}
    if any(number not in found for number in numbers):
        return None
    if record.with_rules_of is None:
        return await compiled(session, found[record.rulebook_version])
    return await compiled_between(session, found[record.rulebook_version], found[record.with_rules_of])


def _told(decision: policy.Decision | DecisionRecord) -> str:
    """Tell an outcome and the rules that spoke, and no word of them."""
    told = decision if isinstance(decision, policy.Decision) else policy.Decision.from_data(decision.decision)
    return f"{decision.outcome} by {', '.join(finding.rule for finding in told.findings) or 'no rule'}"
