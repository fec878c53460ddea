"""The sums that balances are read from: what a block adds to them, and what an account holds by them and by what is not sealed."""

FOLD = """
INSERT INTO ledger_folds (block_number, debit_cents, credit_cents, account_id)
SELECT {number},
       moved.debited + coalesce((SELECT f.debit_cents FROM ledger_folds f WHERE f.account_id = moved.account_id
                                 ORDER BY f.block_number DESC LIMIT 1), 0),
       moved.credited + coalesce((SELECT f.credit_cents FROM ledger_folds f WHERE f.account_id = moved.account_id
                                  ORDER BY f.block_number DESC LIMIT 1), 0),
       moved.account_id
FROM (
    SELECT account_id, sum(debited) AS debited, sum(credited) AS credited
    FROM (
        SELECT debit_id AS account_id, amount_cents AS debited, 0 AS credited FROM ledger_transfers t WHERE {rows}
        UNION ALL
        SELECT credit_id, 0, amount_cents FROM ledger_transfers t WHERE {rows}
    ) AS halves
    GROUP BY account_id
) AS moved
"""
"""What each account of a block held at its end: what it held before, and what the block moved."""

DAYS = """
INSERT INTO ledger_days (debit_cents, credit_cents, account_id, effective_on)
SELECT sum(debited), sum(credited), account_id, effective_on
FROM (
    SELECT debit_id AS account_id, effective_on, amount_cents AS debited, 0 AS credited FROM ledger_transfers t WHERE {rows}
    UNION ALL
    SELECT credit_id, effective_on, 0, amount_cents FROM ledger_transfers t WHERE {rows}
) AS halves
WHERE true
GROUP BY account_id, effective_on
ON CONFLICT (account_id, effective_on) DO UPDATE
SET debit_cents = ledger_days.debit_cents + excluded.debit_cents, credit_cents = ledger_days.credit_cents + excluded.credit_cents
"""
"""What each day's entries come to."""

ROWS = "t.book_id = {book} AND t.written_in >= {written_from} AND t.written_in < {written_before}"
"""The transfers of a block."""


def fold_statements(*, book: str, number: str, written_from: str, written_before: str) -> tuple[str, str]:
    """Write both statements with the given SQL for each value."""
    rows = ROWS.format(book=book, written_from=written_from, written_before=written_before)
    return FOLD.format(number=number, rows=rows).strip(), DAYS.format(rows=rows).strip()


TAIL = """t.written_in >= coalesce(
    (SELECT b.written_before FROM ledger_blocks b WHERE b.book_id = {book} ORDER BY b.number DESC LIMIT 1), -9223372036854775807
) AND t.written_in <= 9223372036854775807"""
"""What no block holds yet. (The upper bound, which everything meets, tells PostgreSQL that this is a small part of the whole.)"""

_RAISED = f"""coalesce(
    (SELECT f.debit_cents - f.credit_cents FROM ledger_folds f WHERE f.account_id = a.id ORDER BY f.block_number DESC LIMIT 1), 0
) + coalesce(
    (SELECT sum(CASE WHEN t.debit_id = a.id THEN t.amount_cents ELSE -t.amount_cents END)
     FROM ledger_transfers t WHERE {TAIL.format(book="a.book_id")} AND (t.debit_id = a.id OR t.credit_id = a.id)), 0
)"""  # noqa: S608 - our own names
_HELD = f"""SELECT a.id, (
    CASE WHEN a.guarded THEN b.balance_cents WHEN a.side = 'asset' THEN {_RAISED} ELSE -({_RAISED}) END
){{cast}} AS held_cents
FROM {{asked}} JOIN ledger_accounts a ON a.id = {{asked_id}} LEFT JOIN ledger_balances b ON b.account_id = a.id"""  # noqa: S608 - the same
HELD_ONE = _HELD.format(cast="", asked="(SELECT $1::uuid AS id) AS asked", asked_id="asked.id")
HELD = _HELD.format(cast="::numeric", asked="unnest(account_ids) AS asked (id)", asked_id="asked.id")
HELD_ON_SQLITE = _HELD.format(cast="", asked="json_each(?) AS asked", asked_id="asked.value")
