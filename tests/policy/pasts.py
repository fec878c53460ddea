"""Builders of a member's past, as lines of a file of facts: a year in Florida, with plain defaults."""

from typing import Any

import policy
from tests.policy.questions import book

YEAR = {"starts_on": "2026-07-01", "ends_on": "2027-06-30"}
GYM: dict[str, Any] = {"line": "vendor", "vendor": {"id": "V-GYM", "status": "active", "categories": ["WELL_GYM"]}}
BUS: dict[str, Any] = {"line": "vendor", "vendor": {"id": "V-BUS", "status": "active", "categories": ["TRAN_TRANSIT"]}}
HEAD: list[dict[str, Any]] = [dict(policy.FIRST_LINE), GYM, BUS]
BROKER = [{"by": "BR", "role": "broker"}]


def a_member(id: str = "m1", *, cents: int = 100_000, **changes: Any) -> dict[str, Any]:
    """Say a member with all their money on the first day."""
    return {
        "line": "member",
        "program": "north",
        "member": {"id": id, "status": "active", "eligible_from": "2026-07-01", "funding": "insured"},
        "plan": {
            "status": "approved",
            **YEAR,
            "goals": {"G": {"domain": "wellness", "status": "active"}},
            "lines": {"WELL_GYM": 90_000, "TRAN_TRANSIT": 90_000},
        },
        "budget": {**YEAR, "allocated_cents": cents},
        **changes,
    }


def asks(
    id: str, on: str, cents: int, *, was: str = "approve", category: str = "WELL_GYM", line: str = "request", **changes: Any
) -> dict[str, Any]:
    """Ask for something; further facts about it by `request`."""
    about = {"category": category, "amount_cents": cents, "goal_id": "G", "tagged": True, **changes.pop("request", {})}
    vendor = "V-GYM" if category == "WELL_GYM" else "V-BUS"
    return {"line": line, "id": id, "at": f"{on}T12:00", "was": was, "request": about, "vendor": vendor, **changes}


def again(id: str, on: str, *, was: str = "approve", **changes: Any) -> dict[str, Any]:
    """Ask again about the same."""
    return {"line": "again", "id": id, "at": f"{on}T12:00", "was": was, **changes}


def money(line: str, of: str, on: str, cents: int | None = None, **changes: Any) -> dict[str, Any]:
    """Move money for a purchase."""
    return {"line": line, "of": of, "at": f"{on}T13:00", **({} if cents is None else {"cents": cents}), **changes}


def a_draft(*changes: str) -> policy.Rulebook:
    """Return Florida with other rules."""
    from tests.policy.questions import text  # noqa: PLC0415 - beside its only use

    florida = text("florida").replace("rulebook: florida", "rulebook: florida_now", 1)
    rules = "\n".join(f"  {change}" for change in changes)
    return policy.load(
        f"rulebook: florida\ninherits: florida_now\nrules:\n{rules}\n" if rules else "rulebook: florida\ninherits: florida_now\n",
        bases={"florida_now": florida, "base": text("base")},
        version=2,
    )


def replayed(rulebook: policy.Rulebook, *lines: dict[str, Any], **window: Any) -> dict[str, policy.Judged]:
    """Replay one member's lines, and return what came of each thing that was judged again."""
    reader = policy.LineReader()
    replay = policy.MemberReplay(rulebook, "m1", **window)
    for line in (*HEAD, *lines):
        for step in reader.read(line):
            replay.take(step)
    replay.finish()
    return {one.id: one for one in replay.judged}


def told(one: policy.Judged) -> tuple[str, str, tuple[str, ...]]:
    """Return the two answers and the rules that make the difference."""
    return one.was, one.now, one.rules


FLORIDA = book("florida")
