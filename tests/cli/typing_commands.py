"""Type a command, with settings of its own: in this process where it ends by itself."""

import os
from dataclasses import dataclass

from click.testing import CliRunner

from sdc.cli import main


@dataclass(frozen=True, slots=True)
class Typed:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def sdc(*words: str, **settings: str) -> Typed:
    """Run `sdc` with these words; `settings` are given without their prefix, in lower case."""
    environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("SDC_")}
    environment |= {f"SDC_{name.upper()}": value for name, value in settings.items()}
    done = CliRunner().invoke(main, list(words), env=environment, prog_name="sdc")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Typed(done.exit_code, done.stdout, done.stderr)
