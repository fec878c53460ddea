"""What a flow leaves: its balances by the names that flows use, and what must hold of every book whatever the flow."""

from collections.abc import Mapping

import ledger
from sdc.audit.verifying import prove
from sdc.books import chart
from sdc.cli.flows.scene import Scene

KINDS: Mapping[str, str] = {
    "FUND": "funding",
    "AVAIL": "budget.available",
    "HOLD": "budget.encumbered",
    "RES": "budget.saved",
    "PAY": "payable",
    "CASH": chart.CASH_PROCESSOR,
    "CLEAR": "transit",
    "LAPSED": "lapsed",
    "UNCL": "unclaimed",
    "withheld_tax": "withheld",
}
"""The accounts behind the names; RECV is all that others owe us back, spent is no account."""

_PAGE = 500


async def read_balances(scene: Scene) -> dict[str, int]:
    """Read the balances of a flow, each positive on its own side."""
    async with scene.sessions.read() as session:
        lines = await ledger.trial_balance(session, scene.program_id)
        by_kind: dict[str, int] = {}
        for line in lines:
            kind = line.account.code.partition(":")[0]
            by_kind[kind] = by_kind.get(kind, 0) + line.balance_cents
        found = {name: by_kind.get(kind, 0) for name, kind in KINDS.items()}
        found["RECV"] = sum(cents for kind, cents in by_kind.items() if kind.startswith("recoverable."))
        found["UNRELEASED"] = by_kind.get("budget.unreleased", 0)
        found["spent"] = await _spent(scene)
    return found


async def read_lines(scene: Scene) -> list[int]:
    """Read the transfers of all allocations, in the order in which they were made: what each line of a budget was given."""
    lines: list[int] = []
    cursor: str | None = None
    async with scene.sessions.read() as session:
        while True:
            page = await ledger.entries(session, scene.program_id, kind="allocation", after=cursor, limit=_PAGE)
            lines += [one.amount_cents for recorded in page.entries for one in recorded.entry.transfers]
            cursor = page.next_cursor
            if cursor is None:
                return lines


async def broken_invariants(scene: Scene) -> list[str]:
    """Tell what does not hold that must, after any flow."""
    found: list[str] = []
    async with scene.sessions.read() as session:
        proof = await prove(session, [scene.program_id], is_whole=True)
        lines = await ledger.trial_balance(session, scene.program_id)
    found += [f"the books do not verify: {fault.kind} {fault.detail}".strip() for fault in proof.faults]
    found += [f"the books and the program disagree: {one.kind} {one.detail}" for one in proof.disagreements]
    assets, claims = (sum(line.balance_cents for line in lines if line.account.side is side) for side in ledger.Side)
    if assets != claims:
        found.append(f"assets are {assets}, claims are {claims}")
    balances = await read_balances(scene)
    allocated = sum(line.credit_cents for line in lines if line.account.code.startswith("budget.unreleased:"))
    held = sum(balances[name] for name in ("UNRELEASED", "AVAIL", "HOLD", "RES", "spent", "LAPSED"))
    if held != allocated:
        found.append(f"allocated {allocated}, but the budgets, what was spent and what lapsed come to {held}")
    return found


async def _spent(scene: Scene) -> int:
    """Add up expenditures, less their reversals and what was refunded: of each, what carries a category."""
    spent = 0
    async with scene.sessions.read() as session:
        for kind, sign in (("expenditure", 1), ("expenditure_reversed", -1), ("refund_received", -1), ("refund_collected", -1)):
            cursor: str | None = None
            while True:
                page = await ledger.entries(session, scene.program_id, kind=kind, after=cursor, limit=_PAGE)
                spent += sign * sum(one.amount_cents for recorded in page.entries for one in recorded.entry.transfers if one.tag)
                cursor = page.next_cursor
                if cursor is None:
                    break
    return spent
