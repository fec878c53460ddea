"""The tables of the ledger, alike on SQLite and PostgreSQL.

A row of `ledger_transfers` is a transfer and says all of the entry it belongs to: nothing has to be joined to post, hash or
verify it. Columns stand in the order that pads least: 8 bytes, 16, 4, 2, then text.

Posting pays for few indexes; the rest is built when a block is sealed, off the path of who posts (docs: the decision record
on the ledger's indexes):

- `ledger_transfers` by entry and number: idempotency, and reading an entry. By the transaction that wrote it: what is not
  sealed yet, and the rows of a block. By book and effective date: listings; a key of few values, which PostgreSQL stores
  once. By subject: a Bloom filter a range of pages on PostgreSQL, which costs a posting nothing. By reversed entry: what is
  left to reverse.
- `ledger_folds` by account: what each account held at the end of each block that touched it, and so which blocks to look in.
- `ledger_days` by account: what each day's entries come to, for any balance by business date.
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
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

metadata = MetaData()

clock = Table(
    "ledger_clock",
    metadata,
    Column("base", BigInteger, nullable=False),
    Column("floor", BigInteger, nullable=False),
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("cluster", Text, nullable=False),
    CheckConstraint("id = 1", name="ledger_clock_once"),
)
"""One row. On PostgreSQL `written_in` is `base` and the transaction's id: transaction ids start again in a cluster that a
dump is restored into, and `base` is raised then. On SQLite `base` counts the calls that wrote. Nothing may be written below
`floor`: it is sealed. `cluster` names the PostgreSQL cluster that `base` goes with.
"""

accounts = Table(
    "ledger_accounts",
    metadata,
    Column("opened_at_us", BigInteger, nullable=False),
    Column("written_in", BigInteger, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("guarded", Boolean, nullable=False),
    Column("side", String(5), nullable=False),
    Column("code", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("book_id", "code", name="ledger_accounts_code"),
    CheckConstraint("side IN ('asset', 'claim')", name="ledger_accounts_side"),
    Index("ledger_accounts_by_writing", "written_in"),
)

closings = Table(
    "ledger_closings",
    metadata,
    Column("closed_at_us", BigInteger, nullable=False),
    Column("written_in", BigInteger, nullable=False),
    Column("account_id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("closed_by", Uuid, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Index("ledger_closings_by_writing", "written_in"),
)
"""One row for each account that was closed, for good."""

balances = Table(
    "ledger_balances",
    metadata,
    Column("balance_cents", BigInteger, nullable=False),
    Column("account_id", Uuid, primary_key=True),
    CheckConstraint("balance_cents >= 0", name="ledger_balances_never_negative"),
    postgresql_with={"fillfactor": 50},
)
"""One row for each guarded account, in cents on its own side."""

transfers = Table(
    "ledger_transfers",
    metadata,
    Column("amount_cents", BigInteger, nullable=False),
    Column("recorded_at_us", BigInteger, nullable=False),
    Column("written_in", BigInteger, nullable=False),
    Column("entry_id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("debit_id", Uuid, nullable=False),
    Column("credit_id", Uuid, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("transfer_count", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("memo", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("reverses", Uuid, nullable=True),
    Column("asked_on", Date, nullable=True),
    CheckConstraint("amount_cents > 0", name="ledger_transfers_amount"),
    CheckConstraint("debit_id <> credit_id", name="ledger_transfers_accounts"),
    Index("ledger_transfers_by_writing", "written_in"),
    Index("ledger_transfers_by_date", "book_id", "effective_on"),
    Index(
        "ledger_transfers_by_subject",
        "subject",
        postgresql_using="brin",
        postgresql_ops={"subject": "uuid_bloom_ops"},
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    ),
    Index(
        "ledger_transfers_by_original", "reverses", postgresql_where=text("reverses IS NOT NULL"), sqlite_where=text("reverses IS NOT NULL")
    ),
)
"""`asked_on` is the date that a reversal asked for, where its period was closed and `effective_on` is another.

No foreign key to the accounts: its check would lock the hot row at each posting. Accounts cannot go, and `verify` looks.
"""

periods = Table(
    "ledger_periods",
    metadata,
    Column("at_us", BigInteger, nullable=False),
    Column("written_in", BigInteger, nullable=False),
    Column("book_id", Uuid, primary_key=True),
    Column("by_id", Uuid, nullable=False),
    Column("seconded_by", Uuid, nullable=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("closed_through", Date, nullable=True),
    Column("action", String(6), nullable=False),
    Column("trial_hash", LargeBinary, nullable=True),
    Column("leaf", LargeBinary, nullable=False),
    CheckConstraint("action IN ('close', 'reopen')", name="ledger_periods_action"),
    CheckConstraint("action = 'close' OR (seconded_by IS NOT NULL AND seconded_by <> by_id)", name="ledger_periods_two_persons"),
    Index("ledger_periods_by_writing", "written_in"),
)
"""Each close and reopening of a book; the last one says through which day it is closed."""

blocks = Table(
    "ledger_blocks",
    metadata,
    Column("number", BigInteger, autoincrement=False),
    Column("written_from", BigInteger, nullable=False),
    Column("written_before", BigInteger, nullable=False),
    Column("leaf_count", BigInteger, nullable=False),
    Column("event_count", BigInteger, nullable=False),
    Column("sealed_at_us", BigInteger, nullable=False),
    Column("book_id", Uuid),
    Column("previous", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("events_root", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("trial_hash", LargeBinary, nullable=True),
    Column("public_key", LargeBinary, nullable=True),
    Column("signature", LargeBinary, nullable=True),
    Column("counter_signature", LargeBinary, nullable=True),
    Column("leaves", LargeBinary, nullable=False),
    PrimaryKeyConstraint("book_id", "number"),
)
"""The chain of each book. `leaves` are those of its transfers, in their order: 32 bytes each."""

folds = Table(
    "ledger_folds",
    metadata,
    Column("block_number", BigInteger, autoincrement=False),
    Column("debit_cents", BigInteger, nullable=False),
    Column("credit_cents", BigInteger, nullable=False),
    Column("account_id", Uuid),
    PrimaryKeyConstraint("account_id", "block_number"),
)
"""All that was debited and credited to an account up to the end of a block that touched it."""

days = Table(
    "ledger_days",
    metadata,
    Column("debit_cents", BigInteger, nullable=False),
    Column("credit_cents", BigInteger, nullable=False),
    Column("account_id", Uuid, primary_key=True),
    Column("effective_on", Date, primary_key=True),
)
"""What the sealed entries of a day come to, by account."""
