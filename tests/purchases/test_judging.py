"""What is kept of a decision, and what happens when the books say no although the policy said yes."""

from pathlib import Path

from sqlalchemy import select

import policy
from sdc.ids import new_id
from sdc.purchases.model import Authorization, DecisionRecord
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.publishing import SHIPPED
from tests.builders import NOON, count_of
from tests.purchases.world import a_world
from tests.serving import serving

BARE = "rulebook: bare\nversion: 1\ntitle: Goals only\ninherits: base\nonly: [G01]\n"


async def publish_bare(url: str) -> None:
    """Publish a rulebook that has no rule about money."""
    bases = {"base": (Path(SHIPPED) / "base.yaml").read_text(encoding="utf-8")}
    loaded = policy.load(BARE, bases=bases)
    async with serving(url) as served, served.sessions.begin() as session:
        session.add(
            RulebookVersion(
                id=new_id(),
                name="bare",
                version=1,
                source=BARE,
                bases=bases,
                hash=loaded.hash,
                effective_from=NOON.date(),
                published_at=NOON,
            )
        )


async def test_the_facts_are_kept_with_the_decision_but_not_the_members_own_words(database_url):
    async with a_world(database_url) as world:
        await world.ask(memo_to_vendor="For my depression group", sole_source_note="My sister said so")

        async with world.serving.sessions.read() as session:
            record = (await session.scalars(select(DecisionRecord))).one()

        assert record.facts["budget"]["available_cents"] == 159_600
        assert record.facts["request"]["memo_to_vendor"] == "(sealed)"
        assert "sister" not in str(record.facts)
        assert policy.Decision.from_data(record.decision).outcome == "needs_approval"


async def test_what_the_books_refuse_is_denied_even_when_no_rule_speaks_of_money(database_url):
    await publish_bare(database_url)
    async with a_world(database_url, rulebook="bare") as world:
        refused = await world.ask(unit_price_cents=900_000)

        shown = refused.json()
        assert (shown["state"], shown["left_cents"]) == ("denied", 0)
        assert [one["rule"] for one in shown["decision"]["findings"]] == ["BOOKS"]
        assert shown["notice_id"]
        history = (await world.serving.get(f"/v1/purchases/{shown['id']}/decisions", world.member)).json()["items"]
        assert {one["because"]: one["outcome"] for one in history} == {"request": "approve", "balance": "deny"}
        assert await count_of(world.serving.sessions, Authorization) == 0
        assert (await world.balances())["available"] == 159_600
