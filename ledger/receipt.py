"""A receipt: an entry, the path from each of its transfers to the root of a block, and the signed head of that block.

Whoever holds it needs no database, no program of ours and no trust in us: `outside.py` and the public key tell.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ledger.block import head_data, read_block
from ledger.connection import Connection
from ledger.errors import NotSealedError
from ledger.leaf import pack_transfer
from ledger.merkle import path_of
from ledger.tables import blocks, transfers

RECEIPT_FORM = "ledger-receipt-1"
_LEAF_BYTES = 32


async def make_receipt(session: Connection, entry_id: UUID) -> dict[str, Any]:
    """Make the receipt of an entry, as the JSON object that is given away.

    The paths come from the leaves that the block keeps, and the hashes from the rows as they stand: one that was changed since has none.

    Raises:
        NotSealedError: the entry is in no block: not recorded, not sealed yet, or not as it was sealed.

    """
    rows = (await session.execute(select(transfers).where(transfers.c.entry_id == entry_id).order_by(transfers.c.number))).all()
    if not rows:
        raise NotSealedError(entry_id)
    within = (blocks.c.written_from <= rows[0].written_in, blocks.c.written_before > rows[0].written_in)
    row = (await session.execute(select(blocks).where(blocks.c.book_id == rows[0].book_id, *within))).first()
    if row is None:
        raise NotSealedError(entry_id)
    leaves = [row.leaves[start : start + _LEAF_BYTES] for start in range(0, len(row.leaves), _LEAF_BYTES)]
    places = {leaf: index for index, leaf in enumerate(leaves)}
    standing = [_leaf(transfer) for transfer in rows]
    if len(rows) != rows[0].transfer_count or any(leaf not in places for leaf in standing):
        raise NotSealedError(entry_id)
    proofs = [_proof(transfer, places[leaf], leaves) for transfer, leaf in zip(rows, standing, strict=True) if leaf]
    return {"form": RECEIPT_FORM, "head": head_data(read_block(row)), "transfers": proofs}


def _leaf(row: Any) -> bytes | None:  # noqa: ANN401 - a row of `ledger_transfers`
    """Hash a row as it stands now, whatever leaf it bears."""
    try:
        content = pack_transfer(
            row.effective_on.toordinal(),
            row.entry_id.bytes,
            row.number,
            row.transfer_count,
            row.book_id.bytes,
            row.subject.bytes,
            row.recorded_at_us,
            row.debit_id.bytes,
            row.credit_id.bytes,
            row.amount_cents,
            None if row.reverses is None else row.reverses.bytes,
            None if row.asked_on is None else row.asked_on.toordinal(),
            row.kind.encode(),
            row.tag.encode(),
        )
    except Exception:  # noqa: BLE001 - whatever somebody wrote there, it is no transfer
        return None
    return sha256(content).digest()


def _proof(row: Any, index: int, leaves: list[bytes]) -> dict[str, Any]:  # noqa: ANN401 - a row of `ledger_transfers`
    return {
        "effective_on": row.effective_on.isoformat(),
        "entry_id": str(row.entry_id),
        "number": row.number,
        "transfer_count": row.transfer_count,
        "book_id": str(row.book_id),
        "subject": str(row.subject),
        "recorded_at_us": row.recorded_at_us,
        "debit_id": str(row.debit_id),
        "credit_id": str(row.credit_id),
        "amount_cents": row.amount_cents,
        "reverses": None if row.reverses is None else str(row.reverses),
        "asked_on": None if row.asked_on is None else row.asked_on.isoformat(),
        "kind": row.kind,
        "tag": row.tag,
        "index": index,
        "path": [node.hex() for node in path_of(leaves, index)],
    }
