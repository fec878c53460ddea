"""What somebody does who owns the database: rows changed with the triggers off, and sums and leaves made right for what they now say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

import ledger
from ledger.block import hash_of
from ledger.instant import to_microseconds
from ledger.leaf import transfer_leaf
from ledger.merkle import root_of
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    CHART,
    ENCUMBERED,
    NOON,
    PERSON,
    TODAY,
    VENDOR,
    Database,
    a_deposit,
    a_transfer,
    an_account,
    an_entry,
)

OTHER_BOOK = UUID("00000000-0000-7000-8000-00000000b00d")
OTHER_CASH = an_account("cash", ledger.Side.ASSET, book_id=OTHER_BOOK)
OTHER_VENDOR = an_account("payable", book_id=OTHER_BOOK)
BLOCKS = 4
ACCOUNTS = {account.id: account for account in CHART}


async def tamper(database: Database, *statements: str) -> None:
    """Change what must not be changed: triggers and constraints off."""
    async with database.begin() as connection:
        await tamper_within(connection, *statements)


async def tamper_within(connection: AsyncConnection, *statements: str) -> None:
    """Do the same in a transaction that is open."""
    if connection.dialect.name == "postgresql":
        off = ["SET LOCAL session_replication_role = replica"]
    else:
        names = (await connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        off = ["PRAGMA ignore_check_constraints = ON", *[f"DROP TRIGGER {name}" for name in names]]
    for statement in (*off, *statements):
        await connection.exec_driver_sql(statement)


def literal(database: Database | AsyncConnection, value: UUID | bytes) -> str:
    """Write an id, or bytes, as the database stores it."""
    dialect = database.engine.dialect.name if isinstance(database, Database) else database.dialect.name
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'" if dialect == "postgresql" else f"x'{value.hex()}'"
    return f"'{value}'" if dialect == "postgresql" else f"'{value.hex}'"


class Thief(ledger.SigningKeys):
    """Keys of somebody who hands over from a key they do not have, by one they do."""

    def of(self, public_key: bytes) -> ledger.SigningKey | None:
        """Give another key than the one asked for."""
        return None if public_key == self.newest.public_key else self.newest


@dataclass(frozen=True)
class History:
    """Two books sealed by one key, the heads of their blocks given away; and what an operator does to them within a transaction."""

    connection: AsyncConnection
    keys: ledger.SigningKeys
    heads: tuple[dict[str, Any], ...]

    async def run(self, *statements: str, **values: UUID | bytes) -> None:
        """Run raw SQL with the triggers off; `{name}` stands for an id or bytes."""
        written = {name: literal(self.connection, value) for name, value in values.items()}
        await tamper_within(self.connection, *[statement.format(**written) for statement in statements])

    async def all(self, query: str, **values: UUID | bytes) -> list[Any]:
        """Ask for the first column of some rows."""
        written = {name: literal(self.connection, value) for name, value in values.items()}
        return list((await self.connection.exec_driver_sql(query.format(**written))).scalars())

    async def one(self, query: str, **values: UUID | bytes) -> Any:
        """Ask for one value."""
        (value,) = await self.all(query, **values)
        return value

    async def now(self) -> int:
        """Name the place where a row that is written now belongs."""
        running = " + pg_current_xact_id()::text::bigint" if self.connection.dialect.name == "postgresql" else ""
        return int(await self.one(f"SELECT base{running} FROM ledger_clock"))

    async def verify(self, *, trusted: bool = True, published: bool = True) -> ledger.Verification:
        """Verify all books, with what an outsider holds: the public key, the heads that were published, or both."""
        keys = [self.keys.newest.public_key] if trusted else []
        return await ledger.verify(self.connection, trusted_keys=keys, published=self.heads if published else ())

    async def forge_amount(self, entry_id: UUID, number: int, cents: int, *, block: int) -> None:
        """Change an amount as someone does who knows the ledger: leaf, balances, folds and days agree with it."""
        found = await ledger.find_entry(self.connection, BOOK, entry_id)
        assert found is not None
        transfer = found.entry.transfers[number - 1]
        changed = replace(transfer, amount_cents=transfer.amount_cents + cents)
        leaf = transfer_leaf(found.entry, number, changed, to_microseconds(found.recorded_at))
        where = f"entry_id = {{entry}} AND number = {number}"
        update = f"UPDATE ledger_transfers SET amount_cents = amount_cents + {cents}, leaf = {{leaf}} WHERE {where}"
        await self.run(update, entry=entry_id, leaf=leaf)
        await self._move_sums(transfer, cents, found.entry.effective_on, block)

    async def forge_entry(self, entry: ledger.Entry, *, written_in: int, block: int | None = None) -> bytes:
        """Write an entry of one transfer that nobody posted, under a right leaf; with a block, into the sums from there on too."""
        transfer = entry.transfers[0]
        at_us, leaf = to_microseconds(NOON), transfer_leaf(entry, 1, transfer, to_microseconds(NOON))
        await self.run(
            "INSERT INTO ledger_transfers (amount_cents, recorded_at_us, written_in, entry_id, book_id, subject, debit_id, credit_id,"
            " effective_on, number, transfer_count, kind, tag, memo, leaf)"
            f" VALUES ({transfer.amount_cents}, {at_us}, {written_in}, {{entry}}, {{book}}, {{subject}}, {{debit}}, {{credit}},"
            f" '{entry.effective_on}', 1, 1, '{entry.kind}', '{transfer.tag}', '', {{leaf}})",
            entry=entry.id,
            book=entry.book_id,
            subject=entry.subject,
            debit=transfer.debit,
            credit=transfer.credit,
            leaf=leaf,
        )
        if block is not None:
            await self._move_sums(transfer, transfer.amount_cents, entry.effective_on, block)
        return leaf

    async def _move_sums(self, transfer: ledger.Transfer, cents: int, day: date, block: int) -> None:
        """Let balances, and the folds and days from a block on, say that so much more moved from credit to debit."""
        for side, account, sign in (("debit", ACCOUNTS[transfer.debit], 1), ("credit", ACCOUNTS[transfer.credit], -1)):
            raised = sign * cents if account.side is ledger.Side.ASSET else -sign * cents
            add = f"{side}_cents = {side}_cents + {cents} WHERE account_id = {{account}}"
            await self.run(
                f"UPDATE ledger_balances SET balance_cents = balance_cents + {raised} WHERE account_id = {{account}}",
                f"UPDATE ledger_folds SET {add} AND block_number >= {block}",
                f"UPDATE ledger_days SET {add} AND effective_on = '{day}'",
                account=account.id,
            )

    async def replace_leaf(self, block: int, entry_id: UUID, *, signed: bool) -> None:
        """Change an amount, and put its new leaf into its block, under a root and a hash of its own, as one can who has no key."""
        await self.forge_amount(entry_id, 1, 7, block=block)
        head = next(one for one in await ledger.book_blocks(self.connection, BOOK) if one.number == block)
        rows = "SELECT leaf FROM ledger_transfers WHERE entry_id IN ({one}, {two}, {three}) ORDER BY effective_on, entry_id, number"
        leaves = await self.all(rows, one=an_id(block, 1), two=an_id(block, 2), three=an_id(block, 3))
        key = head.public_key if signed else None
        await self.run(
            "UPDATE ledger_blocks SET root = {root}, hash = {hash}, leaves = {leaves}"
            f"{'' if signed else ', public_key = NULL, signature = NULL'} WHERE book_id = {{book}} AND number = {block}",
            book=BOOK,
            root=root_of(leaves),
            hash=hash_of(replace(head, root=root_of(leaves), public_key=key)),
            leaves=b"".join(leaves),
        )

    async def forget_blocks(self, after: int = 0) -> None:
        """Remove the blocks of the book after a number, and let the sums know nothing of them either."""
        await self.run(
            "DELETE FROM ledger_blocks WHERE book_id = {book} AND number > " + str(after),
            "DELETE FROM ledger_folds WHERE account_id IN (SELECT id FROM ledger_accounts WHERE book_id = {book}) AND block_number > "
            + str(after),
            "DELETE FROM ledger_days WHERE account_id IN (SELECT id FROM ledger_accounts WHERE book_id = {book})",
            "INSERT INTO ledger_days (debit_cents, credit_cents, account_id, effective_on)"
            " SELECT sum(debited), sum(credited), account_id, effective_on FROM ("
            "   SELECT debit_id AS account_id, effective_on, amount_cents AS debited, 0 AS credited, book_id, written_in"
            "   FROM ledger_transfers UNION ALL"
            "   SELECT credit_id, effective_on, 0, amount_cents, book_id, written_in FROM ledger_transfers"
            " ) AS halves WHERE book_id = {book} AND written_in <"
            " (SELECT coalesce(max(written_before), 0) FROM ledger_blocks WHERE book_id = {book})"
            " GROUP BY account_id, effective_on",
            book=BOOK,
        )

    async def seal_again(self, keys: ledger.SigningKeys | None) -> None:
        """Seal all that is in no block, by whatever key."""
        while await ledger.seal(self.connection, BOOK, at=NOON + timedelta(days=9), keys=keys):
            pass


async def write_history(database: Database, keys: ledger.SigningKeys) -> tuple[dict[str, Any], ...]:
    """Post in two books and seal them, the first in four blocks; leave some unsealed. Give the heads."""
    await database.open(*CHART, OTHER_CASH, OTHER_VENDOR)
    blocks = []
    for block in range(1, BLOCKS + 2):
        await database.post(*entries_of(block))
        if block == 3:
            await database.call(ledger.close_period, BOOK, through=TODAY - timedelta(days=30), by=PERSON, at=NOON)
        if block <= BLOCKS:
            blocks.append(await database.seal(at=NOON + timedelta(hours=8 * (block - 1)), keys=keys))
        if block <= BLOCKS // 2:
            blocks.append(await database.seal(OTHER_BOOK, keys=keys))
    return tuple(ledger.head_data(block) for block in blocks if block is not None)


def an_id(block: int, place: int) -> UUID:
    """Name an entry of a block: its bill (1), its deposit (2) or its purchase (3)."""
    return UUID(int=(block << 8) + place)


def entries_of(block: int) -> list[ledger.Entry]:
    """Make what is posted before a block is sealed; the fifth is never sealed."""
    day = TODAY + timedelta(days=block)
    bill = [a_transfer(CASH, VENDOR, 100 * block, "gym"), a_transfer(CASH, VENDOR, 10 * block, "fee")]
    elsewhere = ledger.Entry(an_id(block, 4), OTHER_BOOK, "test", OTHER_BOOK, day, (a_transfer(OTHER_CASH, OTHER_VENDOR, block),))
    return [
        an_entry(*bill, entry_id=an_id(block, 1), effective_on=day),
        a_deposit(1_000 * block, id=an_id(block, 2), effective_on=day),
        an_entry(a_transfer(AVAILABLE, ENCUMBERED, 30 * block), entry_id=an_id(block, 3), effective_on=day),
        elsewhere,
    ]


@asynccontextmanager
async def undone_afterwards(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which anything may be done to the books: nothing of it stays."""
    async with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        await connection.rollback()
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
            await connection.rollback()
