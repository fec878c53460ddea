"""The command line: what an operator, an accountant and a newcomer type."""

import click

from sdc.cli import checking, excluding, keeping, proving, running
from sdc.cli.failing import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sdc", message="%(package)s %(version)s")
def main() -> None:
    """Self-directed care ledger: the service, its worker, and the tools of those who keep and check it.

    Settings are read from the environment (SDC_...); docs/operations.md names them all.
    """


for command in (*running.COMMANDS, *keeping.COMMANDS, *excluding.COMMANDS, *checking.COMMANDS, *proving.COMMANDS):
    main.add_command(command)
