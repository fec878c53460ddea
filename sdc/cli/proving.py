"""Commands of those who prove that nothing was edited: verify, seal, sign, give away, export."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from uuid import UUID

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_DATABASE = click.option("--database-url", help="Another database than the one of SDC_DATABASE_URL.")
_OUTPUT = click.option("--output", type=_NEW_FILE, help="Write to this file instead of the terminal.")


@click.group
def ledger() -> None:
    """Prove the ledger: verify it, seal it, give receipts and heads away."""


@ledger.command("verify")
@_DATABASE
@click.option("--key", "keys", multiple=True, help="A public key to trust, as 64 hexadecimal digits; else those of SDC_LEDGER_KEY_FILE.")
@click.option("--heads", type=_FILE, help="Heads that were published; else those of SDC_LEDGER_HEADS_FILE.")
def verify_ledger(database_url: str | None, keys: tuple[str, ...], heads: Path | None) -> None:
    """Recompute every hash, block, signature and balance, name each row that disagrees, and hold the books against what they are for."""
    from sdc.cli.process import settings_here
    from sdc.cli.verifying import verify

    trusted = [_public_key(key) for key in keys]
    sys.exit(0 if asyncio.run(verify(settings_here(), database_url, trusted=trusted, heads=heads)) else 1)


@ledger.command("seal")
@_DATABASE
def seal_ledger(database_url: str | None) -> None:
    """Seal what is committed and in no block yet. The worker does this all the time; this is for whoever does without it."""
    from sdc.cli.process import settings_here
    from sdc.cli.sealing import seal

    asyncio.run(seal(settings_here(), database_url))


@ledger.command("adopt")
@_DATABASE
def adopt_ledger(database_url: str | None) -> None:
    """Take over a database that was restored into another PostgreSQL cluster, whose transactions are counted from the start again."""
    from sdc.cli.process import settings_here
    from sdc.cli.sealing import adopt

    asyncio.run(adopt(database_url or settings_here().database_url))


@ledger.command("receipt")
@click.argument("entry", type=click.UUID)
@_DATABASE
@_OUTPUT
def print_receipt(entry: "UUID", database_url: str | None, output: Path | None) -> None:
    """Print the receipt of ENTRY: it proves, without this database, that the entry stands in a signed block."""
    from sdc.cli.process import settings_here
    from sdc.cli.sealing import receipt

    _write(asyncio.run(receipt(database_url or settings_here().database_url, entry)), output)


@ledger.command("heads")
@_DATABASE
@_OUTPUT
def print_heads(database_url: str | None, output: Path | None) -> None:
    """Print the head of every block, one JSON object a line, to be given away."""
    from sdc.cli.process import settings_here
    from sdc.cli.sealing import heads

    _write(asyncio.run(heads(database_url or settings_here().database_url)), output)


@ledger.command("verifier")
@_OUTPUT
def print_verifier(output: Path | None) -> None:
    """Print the verifier for outsiders: one file that needs Python, the public key, and nothing of ours."""
    from importlib.resources import files

    _write(files("ledger").joinpath("outside.py").read_text("utf-8"), output)


@ledger.command("export")
@click.option("--format", "format_", type=click.Choice(["hledger"]), required=True, help="hledger: a journal with balance assertions.")
@click.option("--program", "programs", type=click.UUID, multiple=True, help="Only this program's book; else all of them in one journal.")
@_DATABASE
@_OUTPUT
def export_ledger(format_: str, programs: "tuple[UUID, ...]", database_url: str | None, output: Path | None) -> None:
    """Write the books in the form of other accounting programs, as it is read."""
    from sdc.cli.exporting import export
    from sdc.cli.process import settings_here

    del format_
    asyncio.run(export(database_url or settings_here().database_url, programs, output))


@ledger.group("keys")
def keys() -> None:
    """Keep the keys that sign blocks: in a file outside the database, SDC_LEDGER_KEY_FILE."""


@keys.command("create")
def create_key() -> None:
    """Make the first key, in a new file that only you can read, and print its public half."""
    from sdc.cli.process import settings_here
    from sdc.cli.sealing import create_key_file

    click.echo(create_key_file(settings_here()))


@keys.command("rotate")
def rotate_key() -> None:
    """Make a new key; the next block is signed by both. The old one stays in the file, to hand over."""
    from sdc.cli.process import settings_here
    from sdc.cli.sealing import rotate_key_file

    click.echo(rotate_key_file(settings_here()))


@keys.command("show")
def show_keys() -> None:
    """Print the public halves, newest first: they are for everybody."""
    from sdc.cli.process import settings_here
    from sdc.cli.sealing import show_key_file

    click.echo(show_key_file(settings_here()))


def _public_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:  # noqa: PLR2004 - bytes of an Ed25519 key
        raise click.BadParameter(f"{text!r} is not a public key: 64 hexadecimal digits", param_hint="--key")
    return key


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        output.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")


COMMANDS = (ledger,)
