"""Two people resolve what is frozen: what one of them says alone changes nothing."""

from http import HTTPStatus

from sdc.auth.principal import Role
from tests.bills.desk import a_desk, expected
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from vendors.rails import Conflicting

NEVER = {"outcome": "never_sent", "reason": "the processor's page says so"}
SENT = {"outcome": "sent", "rail_id": "tr_nobody", "reason": "the processor's page says so"}


async def test_one_person_alone_resolves_nothing_and_a_second_one_confirms(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        desk.tokens["second"] = await served.token(Role.ADMIN)
        expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/top-ups", {"amount_cents": 50_000}))
        desk.rail.answers.append(Conflicting("400 idempotency_error"))
        await desk.bills(await desk.order(4_000), 4_000)
        await desk.works()
        (payment,) = (await served.get("/v1/payments", desk.tokens["admin"])).json()["items"]
        path = f"/v1/payments/{payment['id']}/resolve"

        first, again = [expected(await desk.post("admin", path, NEVER)) for _ in range(2)]
        await desk.works()
        assert (first["state"], first["proposal"]["state"], first["proposal"]["outcome"]) == ("unknown", "proposed", "never_sent")
        assert (again["state"], len(desk.rail.calls)) == ("unknown", 1)
        assert (await desk.post("second", path, SENT)).status_code == HTTPStatus.CONFLICT  # the processor knows of none
        (vendors_view,) = (await served.get("/v1/payments", desk.tokens["vendor"])).json()["items"]
        assert vendors_view["proposal"] is None

        confirmed = expected(await desk.post("second", path, NEVER))
        await desk.works()

        assert (confirmed["state"], confirmed["proposal"]) == ("queued", None)
        assert len(desk.rail.transfers) == 1
