"""What is kept of transfers beside them - folds, days, balances - held against what the transfers come to.

The transfers are read once and added up by accounts, day and block; everything else is asked of those sums, which are few where
accounts are busy. It is one statement, and so of one moment. A transfer of the unsealed tail is of no block.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text

from ledger.connection import Connection, dialect_of
from ledger.fault import Fault, FaultKind

_ROWS_AT_ONCE = 5_000


async def find_wrong_sums(session: Connection, book_id: UUID | None) -> AsyncIterator[Fault | None]:
    """Give a fault for each sum that differs, of one book or of all; None says that a transfer names an account not of its book."""
    scope = "true" if book_id is None else "a.book_id = :book_id"
    query = text(_DIFFERENCES[dialect_of(session)].format(scope=scope))
    if book_id is not None:
        query = query.bindparams(bindparam("book_id", book_id, Uuid))
    result = await session.stream(query, execution_options={"yield_per": _ROWS_AT_ONCE})
    async for rows in result.partitions():
        for row in rows:
            yield _FAULTS[row.what](row)


def _wrong_fold(row: Any) -> Fault:  # noqa: ANN401 - a row
    return _wrong_sum(row, f"of block {row.at}")


def _wrong_day(row: Any) -> Fault:  # noqa: ANN401 - a row
    return _wrong_sum(row, f"of {row.at}")


def _wrong_sum(row: Any, where: str) -> Fault:  # noqa: ANN401 - a row
    detail = f"{where}: {row.first_cents} cents too few are debited, {row.second_cents} too few credited"
    return Fault(FaultKind.FOLD_WRONG, uuid_or_none(row.book_id), account_id=uuid_or_none(row.account_id), detail=detail)


def _wrong_balance(row: Any) -> Fault:  # noqa: ANN401 - a row
    held, come_to = row.first_cents, row.second_cents
    kind = FaultKind.BALANCE_NEGATIVE if _is_negative(held) else FaultKind.BALANCE_WRONG
    detail = f"holds {held} cents, its transfers come to {come_to}"
    return Fault(kind, uuid_or_none(row.book_id), account_id=uuid_or_none(row.account_id), detail=detail)


def _stray_balance(row: Any) -> Fault:  # noqa: ANN401 - a row
    return Fault(FaultKind.BALANCE_WRONG, account_id=uuid_or_none(row.account_id), detail="a balance of no account")


def _misplaced(_: Any) -> None:  # noqa: ANN401 - a row
    return None


def _is_negative(cents: Any) -> bool:  # noqa: ANN401 - what stands in the row
    """Whether it is a number below zero; PostgreSQL gives one as a decimal, SQLite whatever somebody wrote."""
    return not isinstance(cents, str | bytes | None) and cents < 0


def uuid_or_none(value: object) -> UUID | None:
    """Read an id as the driver gives it; one that someone changed into no id at all is None."""
    try:
        return None if value is None else UUID(str(value))
    except ValueError:
        return None


_FAULTS: dict[str, Callable[[Any], Fault | None]] = {
    "fold": _wrong_fold,
    "day": _wrong_day,
    "balance": _wrong_balance,
    "stray": _stray_balance,
    "misplaced": _misplaced,
}

# The block of a transfer is found among the ends of all blocks of its book: no index is read, and the rows in their own order.
_MOVED_ON_POSTGRESQL = """
spans AS MATERIALIZED (
    SELECT book_id, array_agg(written_before ORDER BY number) AS ends, array_agg(number ORDER BY number) AS numbers
    FROM ledger_blocks GROUP BY book_id
), moved AS MATERIALIZED (
    SELECT t.book_id, t.debit_id, t.credit_id, t.effective_on,
           s.numbers[width_bucket(t.written_in, s.ends) + 1] AS block, sum(t.amount_cents) AS cents
    FROM ledger_transfers t LEFT JOIN spans s ON s.book_id = t.book_id
    GROUP BY t.book_id, t.debit_id, t.credit_id, t.effective_on, 5
)"""
# Block by block: the transfers of each by when they were written. (The + keeps SQLite from the index that begins with the book.)
_MOVED_ON_SQLITE = """
ends AS MATERIALIZED (
    SELECT book_id, max(written_before) AS written_before FROM ledger_blocks GROUP BY book_id
), moved AS MATERIALIZED (
    SELECT t.book_id, t.debit_id, t.credit_id, t.effective_on, b.number AS block, sum(t.amount_cents) AS cents
    FROM ledger_blocks b CROSS JOIN ledger_transfers t
        ON +t.book_id = b.book_id AND t.written_in >= b.written_from AND t.written_in < b.written_before
    GROUP BY b.book_id, b.number, t.debit_id, t.credit_id, t.effective_on
    UNION ALL
    SELECT t.book_id, t.debit_id, t.credit_id, t.effective_on, NULL, sum(t.amount_cents)
    FROM ledger_transfers t LEFT JOIN ends e ON e.book_id = t.book_id
    WHERE e.book_id IS NULL OR t.written_in >= e.written_before
    GROUP BY t.book_id, t.debit_id, t.credit_id, t.effective_on
)"""

_COMPARED = """
, sides AS (
    SELECT debit_id AS account_id, effective_on, block, cents AS debited, 0 AS credited FROM moved
    UNION ALL SELECT credit_id, effective_on, block, 0, cents FROM moved
), folds AS (
    SELECT account_id, block AS at, debited, credited FROM sides WHERE block IS NOT NULL
    UNION ALL
    SELECT f.account_id, f.block_number, lag(f.debit_cents, 1, {zero}) OVER account - f.debit_cents,
           lag(f.credit_cents, 1, {zero}) OVER account - f.credit_cents
    FROM ledger_folds f WINDOW account AS (PARTITION BY f.account_id ORDER BY f.block_number)
), days AS (
    SELECT account_id, effective_on AS at, debited, credited FROM sides WHERE block IS NOT NULL
    UNION ALL SELECT d.account_id, d.effective_on, -d.debit_cents, -d.credit_cents FROM ledger_days d
), totals AS (
    SELECT account_id, sum(debited) - sum(credited) AS raised_cents FROM sides GROUP BY account_id
), standing AS (
    SELECT a.id, a.book_id, a.guarded, b.balance_cents,
           coalesce(CASE a.side WHEN 'asset' THEN s.raised_cents ELSE -s.raised_cents END, 0) AS folded_cents
    FROM ledger_accounts a LEFT JOIN ledger_balances b ON b.account_id = a.id LEFT JOIN totals s ON s.account_id = a.id
    WHERE {{scope}}
)
SELECT 'fold' AS what, u.account_id, a.book_id, CAST(u.at AS text) AS at, sum(u.debited) AS first_cents, sum(u.credited) AS second_cents
FROM folds u LEFT JOIN ledger_accounts a ON a.id = u.account_id WHERE {{scope}}
GROUP BY u.account_id, a.book_id, u.at HAVING sum(u.debited) <> 0 OR sum(u.credited) <> 0
UNION ALL
SELECT 'day', u.account_id, a.book_id, CAST(u.at AS text), sum(u.debited), sum(u.credited)
FROM days u LEFT JOIN ledger_accounts a ON a.id = u.account_id WHERE {{scope}}
GROUP BY u.account_id, a.book_id, u.at HAVING sum(u.debited) <> 0 OR sum(u.credited) <> 0
UNION ALL
SELECT 'balance', id, book_id, NULL, balance_cents, folded_cents FROM standing
WHERE CASE WHEN guarded THEN balance_cents IS NULL OR balance_cents < 0 OR balance_cents <> folded_cents ELSE balance_cents IS NOT NULL END
UNION ALL
SELECT 'stray', b.account_id, NULL, NULL, NULL, NULL FROM ledger_balances b
WHERE NOT EXISTS (SELECT 1 FROM ledger_accounts a WHERE a.id = b.account_id)
UNION ALL
SELECT 'misplaced', NULL, NULL, NULL, NULL, NULL WHERE EXISTS (
    SELECT 1 FROM moved m
    LEFT JOIN ledger_accounts d ON d.id = m.debit_id AND d.book_id = m.book_id
    LEFT JOIN ledger_accounts c ON c.id = m.credit_id AND c.book_id = m.book_id
    WHERE d.id IS NULL OR c.id IS NULL
)"""
_DIFFERENCES = {
    "postgresql": "WITH" + _MOVED_ON_POSTGRESQL + _COMPARED.format(zero="0::bigint"),
    "sqlite": "WITH" + _MOVED_ON_SQLITE + _COMPARED.format(zero="0"),
}
