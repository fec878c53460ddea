"""Commands on exclusion lists: import one, have everybody looked up, see what is there."""

import asyncio
import re
from datetime import datetime
from pathlib import Path

import click

_LIST = re.compile(r"leie|sam|state:[A-Z]{2}")


@click.group
def screening() -> None:
    """Keep the exclusion lists and have every vendor, owner and manager looked up on them."""


@screening.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "name", required=True, help="leie, sam, or a state's own: state:FL.")
@click.option("--date", "list_date", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day that the list is of.")
@click.option("--kind", type=click.Choice(["full", "supplement", "reinstatement"]), default="full", show_default=True)
@click.option("--fewer-rows-are-right", "may_shrink", is_flag=True, help="Take a whole list that is much shorter than the one in force.")
def import_list(file: Path, name: str, list_date: datetime, kind: str, *, may_shrink: bool) -> None:
    """Import FILE, a list as it is published (CSV), whole or not at all; what broke off goes on where it stopped."""
    from sdc.cli.process import settings_here
    from sdc.cli.screening import import_file
    from sdc.marketplace.screening.importing import Upload
    from vendors.screening import ListKind

    known = name if _LIST.fullmatch(name) else name.lower()
    if not _LIST.fullmatch(known):
        raise click.BadParameter(f"{name!r} is no list: leie, sam, or state:XX", param_hint="--list")
    upload = Upload(file.read_bytes(), known, list_date.date(), ListKind(kind), may_shrink)
    asyncio.run(import_file(settings_here(), upload))


@screening.command("run")
def run_screening() -> None:
    """Look up every vendor, owner and manager on the lists in force, here and now; the worker does so after each import."""
    from sdc.cli.process import settings_here
    from sdc.cli.screening import run

    asyncio.run(run(settings_here()))


@screening.command("status")
def show_status() -> None:
    """Say which lists are in force, who is not screened, and what waits for a person."""
    from sdc.cli.process import settings_here
    from sdc.cli.screening import show_status as show

    asyncio.run(show(settings_here()))


COMMANDS = (screening,)
