"""Commands of those who keep a database: its tables, its tokens, its clock."""

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from uuid import UUID

_ROLES = ("member", "representative", "broker", "director", "vendor", "auditor", "admin", "payer")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_MOVE = re.compile(r"([1-9][0-9]{0,4})([dhms])")


@click.group
def db() -> None:
    """Keep the database's tables up to date."""


@db.command("upgrade")
def upgrade_database() -> None:
    """Bring the tables up to date, publish the shipped rulebooks that are not there yet, and draft those that changed."""
    from sdc.cli.preparing import prepare
    from sdc.cli.process import settings_here

    prepared = asyncio.run(prepare(settings_here()))
    for rulebook in prepared.rulebooks:
        click.echo(f"published the rulebook {rulebook}")
    for rulebook in prepared.offered:
        click.echo(f"drafted the rulebook {rulebook} that comes with this release: it judges when two people have published it")
    click.echo(f"the database is up to date (revision {prepared.revision})")


@db.command("grant")
@click.argument("role")
def grant(role: str) -> None:
    """Let the PostgreSQL role ROLE run the service without owning its tables: it can post to the ledger, and change no row of it."""
    from sdc.cli.granting import grant_to
    from sdc.cli.process import settings_here

    asyncio.run(grant_to(settings_here().database_url, role))
    click.echo(f"{role} may run the service, and may not change what the ledger and the journal hold")


@click.group
def token() -> None:
    """Give people access."""


@token.command("issue")
@click.option("--role", type=click.Choice(_ROLES), required=True)
@click.option("--subject", type=click.UUID, help="Whose token it is. The first administrator needs none: it is made.")
@click.option("--days", type=click.IntRange(1, 4_000), help="How long it lives: 400 days unless told.")
def issue_token(role: str, subject: "UUID | None", days: int | None) -> None:
    """Print one new token; it is shown this once."""
    from sdc.cli.access import issue
    from sdc.cli.process import settings_here

    click.echo(asyncio.run(issue(settings_here(), role=role, subject=subject, days=days)))


@click.group
def clock() -> None:
    """See the program's time, and move it where that is allowed."""


@clock.command("show")
def show_clock() -> None:
    """Print the program's time, and by how much it is moved."""
    from sdc.cli.process import settings_here
    from sdc.cli.timing import show

    click.echo(asyncio.run(show(settings_here())))


@clock.command("move")
@click.argument("by")
def move_clock(by: str) -> None:
    """Move the time of every process forward BY so much: 81d, 12h, 5m or 30s. Refused in production."""
    from sdc.cli.process import settings_here
    from sdc.cli.timing import move

    click.echo(asyncio.run(move(settings_here(), by=_duration(by))))


def _duration(text: str) -> timedelta:
    found = _MOVE.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a time to move by, such as 81d, 12h, 5m or 30s", param_hint="BY")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


COMMANDS = (db, token, clock)
