"""Seal, adopt, and give away what proves the books: receipts, heads, public keys."""

import json
from pathlib import Path
from uuid import UUID

import click

import ledger
from sdc.audit.publishing import publish_heads
from sdc.audit.sealing import read_signing_keys
from sdc.cli.failing import step
from sdc.cli.process import open_sessions
from sdc.clock import machine_now, read_offset
from sdc.config import Settings
from sdc.database import Sessions

_AT_ONCE = 1_000


async def seal(settings: Settings, database_url: str | None) -> None:
    """Seal every book, print each block, and publish the heads where the settings say so."""
    keys = read_signing_keys(settings.ledger_key_file)
    count = 0
    async with open_sessions(database_url or settings.database_url) as sessions:
        with step("sealing"):
            await _adopt(sessions)
            async with sessions.read() as session:
                books = await ledger.find_unsealed(session, keys)
                offset = await read_offset(session)
            for book_id in books:
                while True:
                    async with sessions.begin() as session:
                        block = await ledger.seal(session, book_id, at=machine_now() + offset, keys=keys)
                    if block is None:
                        break
                    click.echo(_line(block))
                    count += 1
            if settings.ledger_heads_file is not None and database_url is None:
                await publish_heads(sessions, Path(settings.ledger_heads_file))
    click.echo(f"{count} sealed" if count else "nothing is unsealed")


def _line(block: ledger.Block) -> str:
    signed = f"signed by {block.public_key.hex()[:16]}" if block.public_key else "not signed: `sdc ledger keys create` makes a key"
    return f"book {block.book_id}: block {block.number}, {block.leaf_count:,} transfers, {block.event_count:,} events, {signed}"


async def adopt(database_url: str) -> None:
    """Put the transactions of a restored database in order, and say whether there was anything to do."""
    async with open_sessions(database_url) as sessions:
        with step("adopting"):
            adopted = await _adopt(sessions)
    click.echo(
        "adopted: what is written from now on follows on what was restored" if adopted else "the ledger is at home here: nothing to do"
    )


async def _adopt(sessions: Sessions) -> bool:
    async with sessions.begin() as session:
        return await ledger.adopt(session)


async def receipt(database_url: str, entry_id: UUID) -> str:
    """Make the receipt of an entry."""
    async with open_sessions(database_url) as sessions, sessions.read() as session:
        with step("making the receipt"):
            return json.dumps(await ledger.make_receipt(session, entry_id), indent=1)


async def heads(database_url: str) -> str:
    """Write the head of every block, book by book."""
    lines: list[str] = []
    async with open_sessions(database_url) as sessions, sessions.read() as session:
        with step("reading the blocks"):
            for book_id in sorted(await ledger.last_blocks(session), key=lambda book: book.int):
                after = 0
                while blocks := await ledger.book_blocks(session, book_id, after=after, limit=_AT_ONCE):
                    lines += [json.dumps(ledger.head_data(block), separators=(",", ":")) for block in blocks]
                    after = blocks[-1].number
    return "".join(f"{line}\n" for line in lines)


def create_key_file(settings: Settings) -> str:
    """Make the first key, and say where it is and how it is known."""
    keys = ledger.create_keys(Path(settings.ledger_key_file), at=machine_now())
    return (
        f"{settings.ledger_key_file} holds the key; keep a copy elsewhere, and give the public half away:\n{keys.newest.public_key.hex()}"
    )


def rotate_key_file(settings: Settings) -> str:
    """Put a new key first, and say how it is known."""
    keys = ledger.rotate_keys(Path(settings.ledger_key_file), at=machine_now())
    return f"the next block is signed by the new key and the one before; the public half of the new one:\n{keys.newest.public_key.hex()}"


def show_key_file(settings: Settings) -> str:
    """Write the public halves, newest first."""
    keys = ledger.read_keys(Path(settings.ledger_key_file))
    return "\n".join(f"{key.public_key.hex()}  made {key.made_at:%Y-%m-%d}" for key in keys.keys)
