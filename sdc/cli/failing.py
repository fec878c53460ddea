"""How a command fails: it says which step did not work and why, in plain words, and exits with 1."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click


class Commands(click.Group):
    """A group whose commands end in words where the cause is known, and in a trace only where it is our own fault."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if isinstance(error, click.ClickException | click.exceptions.Exit | click.Abort):
                raise
            words = in_plain_words(error)
            if words is None:
                raise
            raise click.ClickException(words) from error


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Name what is being done, so that a failure can say so: `step("publishing the rulebooks")`."""
    try:
        yield
    except Exception as error:
        words = None if isinstance(error, click.ClickException) else in_plain_words(error)
        if words is None:
            raise
        raise click.ClickException(f"{doing} failed: {words}") from error


def in_plain_words(error: BaseException) -> str | None:
    """Say why, when the cause lies outside our code; None for a fault of ours."""
    if isinstance(error, OSError):
        about = f" ({error.filename})" if error.filename else ""
        return f"{os.strerror(error.errno) if error.errno else error}{about}"
    origin = type(error).__module__.partition(".")[0]
    if origin == "sqlalchemy":
        cause = getattr(error, "orig", None) or error
        return f"the database answered: {str(cause).strip().splitlines()[0]}"
    if origin == "asyncpg":
        return f"the database answered: {error}"
    if origin in {"sdc", "policy", "vendors", "ledger", "yaml"}:
        return str(error)
    return None
