"""The sandbox as tests start it: a process of its own, on a port of its own."""

import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from vendors.rails import Attempt, PayeeRequest, TopUpRequest
from vendors.rails.stripe import StripeRail, StripeSettings

KEY = "sk_test_sandbox_tests"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading certificates costs more than a test
ROOT = Path(__file__).parents[3]


def start(file: Path, port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """Start a sandbox and return it with its address, once it takes calls."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "vendors.rails.sandbox", str(port), str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("sandbox on "):
        raise ChildProcessError(process.communicate(timeout=10)[1])
    return process, line.removeprefix("sandbox on ").strip()


def stop(process: subprocess.Popen[str]) -> None:
    """End a sandbox that this test started."""
    process.terminate()
    process.communicate(timeout=10)


@contextmanager
def running(file: Path) -> Iterator[str]:
    """Run a sandbox for a while."""
    process, base = start(file)
    try:
        yield base
    finally:
        stop(process)


def a_rail(base: str, **settings) -> StripeRail:
    return StripeRail(StripeSettings(**{"api_key": KEY, "api_base": base, "read_seconds": 1.0, **settings}))


def a_reference() -> str:
    return str(uuid4())


async def a_payee(rail: StripeRail) -> str:
    return await rail.ensure_payee(PayeeRequest(a_reference(), key=f"payee:{a_reference()}"))


async def fund(rail: StripeRail, amount_cents: int) -> None:
    await rail.top_up(TopUpRequest(a_reference(), amount_cents, key=f"topup:{a_reference()}"))


def an_attempt(payee_id: str, amount_cents: int = 1_000, *, reference: str = "", key: str = "") -> Attempt:
    reference = reference or a_reference()
    return Attempt(reference, payee_id, amount_cents, key or f"p:{reference}:1")
