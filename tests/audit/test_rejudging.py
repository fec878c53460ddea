"""An auditor makes every decision again: what was changed since, or cannot be made again, is named."""

import pytest
from sqlalchemy import select, text

from sdc.audit.rejudging import Rejudgment, rejudge_decisions
from sdc.auth.principal import Role
from sdc.purchases.model import DecisionRecord
from tests.builders import a_house, a_staff
from tests.purchases.world import World, a_world


async def rejudged(world: World) -> Rejudgment:
    async with world.serving.sessions.read() as session:
        return await rejudge_decisions(session, keyring=world.serving.keyring)


async def tamper(world: World, change: str) -> None:
    """Change a row as somebody does who owns the database."""
    async with world.serving.sessions.begin() as session:
        for name in (await session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'decisions'"))).all():
            await session.execute(text(f"DROP TRIGGER {name}"))
        await session.execute(text(change))


async def put_right(world: World) -> None:
    """Take out what was tampered with, so that the world ends with decisions that stand."""
    await tamper(world, "DELETE FROM decisions")


async def test_decisions_with_the_members_words_are_made_again_after_the_words_were_changed(database_url):
    async with a_world(database_url) as world:
        asked = (await world.ask(memo_to_vendor="For my depression group", sole_source_note="My sister said so")).json()
        await world.move(asked, "memo", world.member, memo_to_vendor=None)

        found = await rejudged(world)
        async with world.serving.sessions.read() as session:
            records = (await session.scalars(select(DecisionRecord).order_by(DecisionRecord.id))).all()

        assert (found.ok, found.decisions, found.unkept) == (True, 2, 0)
        assert ["X01" in str(record.decision) for record in records] == [True, False]
        assert all(b"sister" not in (record.words_sealed or b"") for record in records)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("outcome = 'deny'", "its facts give another decision: approve by no rule; what stands is deny by no rule"),
        ("decision = json_set(decision, '$.outcome', 'deny')", "its facts give another decision"),
        ("decision = json_set(decision, '$.available_cents', 1)", "its facts give another decision"),
        ("facts = json_set(facts, '$.budget.available_cents', 3)", "its facts give another decision: deny by B01"),
        ("facts = json_set(facts, '$.request.amount_cents', 'much')", "its facts can not be read: request.amount_cents"),
        ("facts = json_remove(facts, '$.member')", "its facts can not be read: member: this is missing"),
        ("rulebook_version = 9", "version 9 of rulebook florida is not there"),
        ("rulebook_hash = 'f'", "version 1 of rulebook florida is not there, or is not the one that decided"),
        ("with_rules_of = 9", "version 1 of rulebook florida is not there"),
        ("stage = 'later'", "its stage is none"),
        ("words_sealed = x'00'", "its facts can not be read: a sealed value was made with a key"),
    ],
)
async def test_what_was_changed_since_is_named(sqlite_url, change, problem):
    async with a_world(sqlite_url) as world:
        await world.ask()
        await tamper(world, f"UPDATE decisions SET {change}")

        found = await rejudged(world)

        assert [doubt.problem[: len(problem)] for doubt in found.doubts] == [problem]
        assert not found.ok
        await put_right(world)


async def test_a_decision_of_version_0_2_without_its_words_is_counted_and_not_doubted(sqlite_url):
    async with a_world(sqlite_url) as world:
        await world.ask(memo_to_vendor="For the Monday group")
        await world.ask()
        await tamper(world, "UPDATE decisions SET words_sealed = NULL, facts = json_remove(facts, '$.form', '$.refused_by_books')")

        found = await rejudged(world)

        assert (found.ok, found.decisions, found.unkept) == (True, 2, 1)
        await put_right(world)


async def test_many_decisions_are_read_a_part_at_a_time(sqlite_url, monkeypatch):
    monkeypatch.setattr("sdc.audit.rejudging.AT_ONCE", 2)
    async with a_world(sqlite_url) as world:
        for _ in range(5):
            await world.ask()
        told: list[int] = []

        async with world.serving.sessions.read() as session:
            found = await rejudge_decisions(session, keyring=world.serving.keyring, progress=told.append)

        assert (found.decisions, told) == (5, [1, 2, 3, 4, 5])


async def test_an_auditor_makes_the_decisions_of_their_program_again_over_http(database_url):
    async with a_world(database_url) as world:
        await world.ask(memo_to_vendor="For the Monday group")
        serving = world.serving
        auditor = await a_staff(serving.sessions, Role.AUDITOR, program_ids=[world.house.program.id])
        outsider = await a_staff(serving.sessions, Role.AUDITOR, program_ids=[(await a_house(serving.sessions)).program.id])
        token, other = await serving.token(Role.AUDITOR, auditor.id), await serving.token(Role.AUDITOR, outsider.id)
        body = {"program_id": str(world.house.program.id)}

        made = await serving.post("/v1/decisions/verifications", body, token)
        every = await serving.post("/v1/decisions/verifications", {}, token)
        elsewhere = await serving.post("/v1/decisions/verifications", body, other)
        member = await serving.post("/v1/decisions/verifications", body, world.member)

        assert made.json() == {"ok": True, "decisions": 1, "unkept": 0, "doubt_count": 0, "doubts": []}
        assert every.json() == made.json()
        assert (elsewhere.status_code, member.status_code) == (404, 403)
        assert "Monday" not in made.text


async def test_a_doubt_is_told_over_http_without_a_word_of_it(sqlite_url):
    async with a_world(sqlite_url) as world:
        asked = (await world.ask(memo_to_vendor="For the Monday group")).json()
        await tamper(world, "UPDATE decisions SET outcome = 'deny'")
        auditor = await a_staff(world.serving.sessions, Role.AUDITOR, program_ids=[world.house.program.id])

        token = await world.serving.token(Role.AUDITOR, auditor.id)
        made = await world.serving.post("/v1/decisions/verifications", {"program_id": str(world.house.program.id)}, token)

        (doubt,) = made.json()["doubts"]
        assert (made.json()["ok"], doubt["subject_id"], doubt["stage"]) == (False, asked["id"], "authorize")
        assert "what stands is deny" in doubt["problem"]
        await put_right(world)
