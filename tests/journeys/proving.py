"""The end of every journey: the books are whole, and they say what the processor and the bank hold."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import func, select

import ledger
from sdc.database import Sessions
from sdc.purchases.model import Authorization, Purchase
from tests.rejudging import rejudge
from tests.vendors.rails.running import PLAIN

if TYPE_CHECKING:
    from tests.journeys.walking import Client, Walk


@dataclass(frozen=True, slots=True)
class Before:
    """What the processor held, and what the books said of it, when a journey began."""

    at_processor_cents: int
    in_books_cents: int


async def look_around(walk: "Walk") -> Before:
    """Look at both before a journey."""
    books = await verify_over_http(walk)
    return Before(sandbox_state(_sandbox_of(walk))["balance"]["available_cents"], books["cash.processor"])


async def prove_books(walk: "Walk") -> None:
    """Prove the books of a journey in this process, and compare them with the processor."""
    assert walk.before is not None
    await verify_ledger(walk.served.sessions)
    await rejudge(walk.served.sessions, walk.served.work.keyring)
    books = await verify_over_http(walk)
    state = sandbox_state(_sandbox_of(walk))
    paid_cents = walk.before.at_processor_cents - state["balance"]["available_cents"]
    assert walk.before.in_books_cents - books["cash.processor"] == paid_cents
    assert books.get("transit:stripe", 0) == 0
    assert all(cents == 0 for account, cents in books.items() if account.startswith("payable:"))
    assert groups_paid_twice(state) == []


async def verify_ledger(sessions: Sessions) -> None:
    """Recompute every hash and every balance, and hold each purchase to at most one living authorisation."""
    async with sessions.read() as session:
        found = await ledger.verify(session)
        doubled = select(Authorization.purchase_id).group_by(Authorization.purchase_id).having(func.count() > 1)
        twice = (await session.scalars(doubled)).all()
        undecided = await session.scalar(select(func.count()).select_from(Purchase).where(Purchase.decision_id.is_(None)))
    assert found.ok, found.faults
    assert found.transfers > 0
    assert twice == []
    assert undecided == 0


async def verify_over_http(client: "Client") -> dict[str, int]:
    """Let the auditor verify, and see that what we have is whose it is; give back what each account holds."""
    verified = (await client.post("auditor", "/v1/ledger/verifications", {"program_id": str(client.town.program.id)})).json()
    assert (verified["ok"], verified["faults"]) == (True, []), verified
    trial = await client.reads("auditor", "/v1/ledger/trial-balance", program_id=str(client.town.program.id))
    assert trial["is_balanced"]
    assert trial["assets_cents"] == trial["claims_cents"]
    return {line["account"]: line["balance_cents"] for line in trial["lines"]}


def groups_paid_twice(state: Any) -> list[str]:
    """Name the payments of which vendors hold more than was to be sent: what came back may be sent again."""
    sent: dict[str, int] = {}
    kept: Counter[str] = Counter()
    for transfer in state["transfers"]:
        group = transfer["transfer_group"]
        sent.setdefault(group, transfer["amount"])
        kept[group] += transfer["amount"] - transfer["amount_reversed"]
    return [group for group, cents in kept.items() if cents > sent[group]]


def sandbox_state(sandbox: str) -> Any:
    """Look inside the sandbox."""
    return httpx.get(f"{sandbox}/_sandbox/state", verify=PLAIN, timeout=10).raise_for_status().json()


def _sandbox_of(walk: "Walk") -> str:
    return str(walk.served.work.rail.settings.api_base)  # type: ignore[attr-defined]
