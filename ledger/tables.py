"""The tables of the ledger, alike on SQLite and PostgreSQL.

Columns stand in the order that pads least: 8 bytes, 16, 4, 2, then text. Which index serves what:

- `ledger_entries` by id: idempotency. By book and effective date: listing and trial balance; a key of few values, which
  PostgreSQL stores once. By subject: from a case to its entries. By reversed entry: what is left to reverse.
- `ledger_transfers` by entry: reading an entry. By debit and by credit account: the fold of an open account.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

metadata = MetaData()

accounts = Table(
    "ledger_accounts",
    metadata,
    Column("opened_at_us", BigInteger, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("guarded", Boolean, nullable=False),
    Column("side", String(5), nullable=False),
    Column("code", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("book_id", "code", name="ledger_accounts_code"),
    CheckConstraint("side IN ('asset', 'claim')", name="ledger_accounts_side"),
)

balances = Table(
    "ledger_balances",
    metadata,
    Column("balance_cents", BigInteger, nullable=False),
    Column("account_id", Uuid, primary_key=True),
    CheckConstraint("balance_cents >= 0", name="ledger_balances_never_negative"),
    postgresql_with={"fillfactor": 50},
)
"""One row for each guarded account, in cents on its own side."""

entries = Table(
    "ledger_entries",
    metadata,
    Column("recorded_at_us", BigInteger, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("reverses", Uuid, nullable=True),
    Column("effective_on", Date, nullable=False),
    Column("transfer_count", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("memo", Text, nullable=False),
    Index("ledger_entries_by_date", "book_id", "effective_on"),
    Index("ledger_entries_by_subject", "subject"),
    Index(
        "ledger_entries_by_original", "reverses", postgresql_where=text("reverses IS NOT NULL"), sqlite_where=text("reverses IS NOT NULL")
    ),
)

transfers = Table(
    "ledger_transfers",
    metadata,
    Column("amount_cents", BigInteger, nullable=False),
    Column("entry_id", Uuid, primary_key=True),
    Column("debit_id", Uuid, nullable=False),
    Column("credit_id", Uuid, nullable=False),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("tag", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    CheckConstraint("amount_cents > 0", name="ledger_transfers_amount"),
    CheckConstraint("debit_id <> credit_id", name="ledger_transfers_accounts"),
    Index("ledger_transfers_by_debit", "debit_id"),
    Index("ledger_transfers_by_credit", "credit_id"),
)
"""No foreign key to the accounts: its check would lock the hot row at each posting. Accounts cannot go, and `verify` looks."""
