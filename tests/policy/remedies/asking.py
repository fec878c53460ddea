"""Builders of searches: a question of the cases' world, and the way to yes from there."""

from typing import Any

import policy
from tests.policy.questions import MEMBERS, book, facts, fixtures

YOGA = {"category": "WELL_ALT", "cents": 190000, "quantity": 20, "unit_price": 9500, "vendor": "V-YOGA", "goal": "G-OLD"}


def way(
    member: str = "FL-M1",
    *,
    stage: policy.Stage = "authorize",
    choices: policy.Choices | None = None,
    at_most: int = 200,
    rulebook: policy.Rulebook | None = None,
    **parts: Any,
) -> policy.WayToYes:
    """Ask a question and look for the way to yes from its answer."""
    question = facts(member, stage=stage, **parts)
    rules = rulebook or book(MEMBERS[member])
    decision = policy.evaluate(rules, question, stage)
    return policy.suggest(rules, question, decision, stage=stage, choices=choices, at_most=at_most)


def suggestion(member: str = "FL-M1", **parts: Any) -> policy.Suggestion:
    """Return the one request that passes everything; there has to be one."""
    found = way(member, **parts).request
    assert isinstance(found, policy.Suggestion), found
    return found


def why_none(member: str = "FL-M1", **parts: Any) -> str:
    """Return why there is no such request; there must be none."""
    found = way(member, **parts).request
    assert isinstance(found, policy.NoRequest), found
    return found.why


def candidate(vendor: str, category: str, price: int | None = None, **changes: Any) -> policy.Candidate:
    """Return something that a vendor of the fixtures sells."""
    data = {**fixtures()["vendors"][vendor], **changes}
    credentials = tuple(policy.CredentialFacts(one["type"], one["expires"]) for one in data.get("credentials", ()))
    seller = policy.VendorFacts(
        id=vendor,
        status=data.get("status", "active"),
        categories=frozenset(data["categories"]),
        owners=frozenset(data.get("owners", ())),
        credentials=credentials,
        is_directed_worker=data.get("is_directed_worker", False),
        excluded_on=frozenset({"leie"} if data.get("leie_match") else ()),
    )
    offering_id = None if price is None else f"O-{vendor}-{price}"
    return policy.Candidate(vendor=seller, category=category, offering_id=offering_id, unit_price_cents=price, name=f"The {vendor}")


def changed(one: policy.Suggestion | policy.Remedy) -> dict[str, Any]:
    """Return what is sent otherwise."""
    return {change.field: change.after for change in one.changes}
