"""What each account of a program holds, as the auditor reads it."""

from typing import Any

from tests.bills.desk import Desk, expected


async def books_of(desk: Desk) -> dict[str, int]:
    """Read the trial balance over HTTP; what we have is whose it is."""
    trial: Any = expected(await desk.served.get("/v1/ledger/trial-balance", desk.tokens["admin"], program_id=str(desk.house.program.id)))
    assert trial["assets_cents"] == trial["claims_cents"]
    return {line["account"]: line["balance_cents"] for line in trial["lines"]}


async def entries_of(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """Read the entries of a kind over HTTP, each with its cause."""
    answer = await desk.served.get("/v1/ledger/entries", desk.tokens["admin"], program_id=str(desk.house.program.id), kind=kind)
    items: list[dict[str, Any]] = expected(answer)["items"]
    return items
