"""Commands that run something: the service, its worker, the sandbox, the story."""

import sys

import click


@click.command
@click.option("--demo-data", is_flag=True, help="Load the demo's program on an empty database, and print a token per role.")
def serve(*, demo_data: bool) -> None:
    """Start the API, with its worker unless SDC_WORKER=separate."""
    from sdc.cli.process import settings_here
    from sdc.cli.serving import run

    run(settings_here(), demo_data=demo_data)


@click.command
@click.option("--drain", is_flag=True, help="Do everything that is due, what follows from it too, and stop.")
def worker(*, drain: bool) -> None:
    """Do what follows from requests: releases, payments, confirmations, expiries."""
    from sdc.cli.process import settings_here
    from sdc.cli.working import run

    run(settings_here(), drain=drain)


@click.command
@click.option("--has-parent", is_flag=True, hidden=True, help="End some time after the process that started it has gone.")
def sandbox(*, has_parent: bool) -> None:
    """Run the payment processor in miniature (`serve`, `worker` and `demo` start it where its port is free)."""
    from sdc.cli.process import settings_here
    from sdc.cli.sandboxing import run

    run(settings_here(), has_parent=has_parent)


@click.command
def demo() -> None:
    """Walk one purchase from request to payment, over HTTP, on fresh data."""
    from sdc.cli.demo.telling import tell_story

    sys.exit(tell_story())


COMMANDS = (serve, worker, sandbox, demo)
