"""Verify books: the ledger recomputes every hash and balance, then the books are compared with what they stand for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.audit.agreeing import Disagreement, disagreements


@dataclass(frozen=True, slots=True)
class Proof:
    """What was verified, and every fault by its row."""

    transfers: int
    accounts: int
    fault_count: int
    faults: tuple[ledger.Fault, ...]
    disagreements: tuple[Disagreement, ...]
    blocks: int

    @property
    def ok(self) -> bool:
        """Whether nothing disagrees."""
        return self.fault_count == 0


async def prove(
    session: AsyncSession,
    program_ids: Sequence[UUID],
    *,
    is_whole: bool,
    progress: ledger.Progress | None = None,
    trusted_keys: Collection[bytes] = (),
    published: Collection[Mapping[str, object]] = (),
) -> Proof:
    """Verify the books of these programs; `is_whole` says that they are all there are, and verifies the ledger in one go."""
    books: Sequence[UUID | None] = [None] if is_whole else program_ids
    verified = [await ledger.verify(session, book, progress, trusted_keys=trusted_keys, published=published) for book in books]
    found = [one for program_id in program_ids for one in await disagreements(session, program_id)]
    return Proof(
        transfers=sum(one.transfers for one in verified),
        accounts=sum(one.accounts for one in verified),
        fault_count=sum(one.fault_count for one in verified) + len(found),
        faults=tuple(fault for one in verified for fault in one.faults),
        disagreements=tuple(found),
        blocks=sum(one.blocks for one in verified),
    )
