"""The command itself: it is there at once, and it says what it does."""

import subprocess
import sys

from tests.cli.typing_commands import sdc

HEAVY = ("sqlalchemy", "litestar", "pydantic", "stripe", "alembic", "cryptography", "httpx", "rich")


def test_help_lists_every_command():
    typed = sdc("--help")

    assert typed.code == 0
    for name in ("serve", "worker", "sandbox", "demo", "db", "token", "clock", "books", "policy", "notices", "ledger", "reconcile"):
        assert f"\n  {name} " in typed.out


def test_help_loads_nothing_heavy():
    code = f"import sys; import sdc.cli; print([name for name in {HEAVY!r} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"


def test_an_unknown_command_is_refused():
    assert sdc("nothing").code == 2
