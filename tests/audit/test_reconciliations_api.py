"""Reconciliations over HTTP: who sees which, and of which programs."""

from http import HTTPStatus

import pytest

from sdc.audit.reconciling import reconcile_with_rail
from sdc.auth.principal import Role
from sdc.clock import machine_now
from sdc.ids import new_id
from tests.bills.desk import a_desk, expected
from tests.builders import a_program, a_staff
from tests.scripted_rail import ScriptedRail
from tests.serving import serving


@pytest.fixture
async def desk(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/top-ups", {"amount_cents": 50_000}))
        await desk.works()
        yield desk


async def reconciles(desk):
    at = desk.served.clock.now()
    return await reconcile_with_rail(desk.served.work, id=new_id(), at=at, machine_at=machine_now(), tell=lambda *_: None)


async def test_an_administrator_reads_each_run_with_its_sums_and_differences(desk):
    desk.rail.available_cents = 50_000
    even = await reconciles(desk)
    desk.rail.available_cents = 49_000
    uneven = await reconciles(desk)

    page = expected(await desk.served.get("/v1/reconciliations", desk.tokens["admin"]))
    one = expected(await desk.served.get(f"/v1/reconciliations/{uneven.id}", desk.tokens["admin"]))

    assert [(item["id"], item["is_even"]) for item in page["items"]] == [(str(uneven.id), False), (str(even.id), True)]
    assert (one["opening_cents"], one["net_cents"], one["available_cents"], one["books_cents"]) == (50_000, 0, 49_000, 50_000)
    assert [(found["kind"], found["cents"]) for found in one["differences"]] == [("balance", -1_000)]


async def test_an_auditor_sees_the_differences_of_their_programs_only(desk):
    desk.rail.available_cents = 50_000
    desk.rail.top_ups.clear()  # the processor knows nothing of the top-up that the books have
    record = await reconciles(desk)
    sessions, elsewhere = desk.served.sessions, await a_program(desk.served.sessions)
    ours = await a_staff(sessions, Role.AUDITOR, program_ids=[desk.house.program.id])
    theirs = await a_staff(sessions, Role.AUDITOR, program_ids=[elsewhere.id])

    seen = {
        who.id: expected(await desk.served.get(f"/v1/reconciliations/{record.id}", await desk.served.token(Role.AUDITOR, who.id)))
        for who in (ours, theirs)
    }

    kinds = {who: [found["kind"] for found in one["differences"]] for who, one in seen.items()}
    assert kinds == {ours.id: ["missing", "balance"], theirs.id: ["balance"]}
    assert not seen[theirs.id]["is_even"]


async def test_others_see_none_and_one_that_is_not_there_is_not_found(desk):
    for who in ("vendor", "member", "broker", "director"):
        assert (await desk.served.get("/v1/reconciliations", desk.tokens[who])).status_code == HTTPStatus.FORBIDDEN
    assert (await desk.served.get(f"/v1/reconciliations/{new_id()}", desk.tokens["admin"])).status_code == HTTPStatus.NOT_FOUND
    assert (await desk.served.get("/v1/reconciliations/x", desk.tokens["admin"])).status_code == HTTPStatus.NOT_FOUND
