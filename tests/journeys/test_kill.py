"""Kills: a real server dies at a named point of each step, and after a restart and the client's retry all is there, once."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update

from sdc.clock import machine_now
from sdc.database import Sessions
from sdc.outbox.model import Job
from sdc.payments.model import Payment
from tests.journeys import servers
from tests.journeys.nursery import Nursery
from tests.journeys.proving import groups_paid_twice, sandbox_state, verify_ledger, verify_over_http
from tests.journeys.town import Town
from tests.journeys.walking import Client, expected

A_WHILE = timedelta(minutes=5)
"""Longer than a lease of the worker and than a call to the processor may last."""
PAID_SECONDS = 30
KEY, BEFORE, AFTER = "key", "before_commit", "after_commit"
PAYING = ("claim.before_commit", "claim.after_commit", "payment.before_call", "payment.after_call")
SETTLING = ("settle.before_commit", "settle.after_commit")


@dataclass(frozen=True, slots=True)
class Deaths:
    """Where servers die on the way of one purchase: at which point of its request, approval, bill, payment."""

    request: str
    approval: str
    bill: str
    payment: str

    def __str__(self) -> str:
        """Name it in a report."""
        return f"{self.request}-{self.approval}-{self.bill}-{self.payment}"


ON_SQLITE = (
    Deaths(KEY, KEY, KEY, PAYING[0]),
    Deaths(BEFORE, BEFORE, BEFORE, PAYING[1]),
    Deaths(AFTER, AFTER, AFTER, PAYING[2]),
    Deaths(KEY, AFTER, BEFORE, SETTLING[0]),
)
ON_POSTGRESQL = (Deaths(KEY, BEFORE, AFTER, PAYING[3]),)
THE_REST = (
    Deaths(KEY, KEY, KEY, PAYING[0]),
    Deaths(BEFORE, AFTER, BEFORE, PAYING[1]),
    Deaths(AFTER, KEY, KEY, PAYING[2]),
    Deaths(AFTER, BEFORE, KEY, SETTLING[0]),
    Deaths(BEFORE, BEFORE, AFTER, SETTLING[1]),
)


@dataclass(slots=True)
class Call:
    """Something that a client asked for, and asks for again under the same key until there is an answer."""

    who: str
    path: str
    body: Any
    was_done: bool
    key: str = field(default_factory=lambda: uuid4().hex)
    answer: Any = None


@dataclass(slots=True)
class Mortal:
    """Servers on one database, one after the other; each may be started to die at a point of the next step."""

    nursery: Nursery
    place: tuple[str, Town]
    folder: Path
    sandbox: str
    server: servers.Server | None = None
    unanswered: Call | None = None

    async def rises(self, *, to_die_at: str | None = None, worker: str = "separate") -> None:
        """Start a server instead of the one before; whoever was not answered by that one asks again."""
        self.stops()
        self.server = servers.start(self.nursery, self.place[0], self.folder, sandbox=self.sandbox, worker=worker, kill_at=to_die_at)
        self.server.wait_until_ready()
        call, self.unanswered = self.unanswered, None
        if call is not None:
            answer = await self.post(call.who, call.path, call.body, key=call.key)
            assert ("idempotency-replayed" in answer.headers) == call.was_done
            call.answer = expected(answer)

    def stops(self) -> None:
        """End what still runs."""
        if self.server is not None:
            self.server.stop()

    def died(self) -> bool:
        """Wait until the server has died."""
        return self.server is not None and self.server.died()

    async def loses(self, who: str, path: str, body: Any, *, point: str) -> Call:
        """Ask for something and get no answer, for the server dies; the next one is asked again."""
        call = Call(who, path, body, was_done=point == AFTER)
        with pytest.raises(httpx.TransportError):
            await self.post(who, path, body, key=call.key)
        assert self.died()
        self.unanswered = call
        return call

    async def post(self, who: str, path: str, body: Any, *, key: str) -> httpx.Response:
        """Post as a client does who waits for the answer."""
        async with self._http() as http:
            return await Client(http, self.place[1]).post(who, path, body, key=key)

    async def does(self, who: str, path: str, body: Any = None) -> Any:
        """Do something that succeeds."""
        return expected(await self.post(who, path, body, key=uuid4().hex))

    async def reads(self, who: str, path: str, **parameters: Any) -> Any:
        """Read something that is there."""
        async with self._http() as http:
            return await Client(http, self.place[1]).reads(who, path, **parameters)

    async def is_paid(self, shop: str) -> list[Any]:
        """Wait until the worker has paid a vendor all that it is owed."""
        for _ in range(PAID_SECONDS * 10):
            payments: list[Any] = (await self.reads(shop, "/v1/payments"))["items"]
            if payments and all(payment["state"] == "sent" for payment in payments):
                break
            await asyncio.sleep(0.1)
        return payments

    def _http(self) -> httpx.AsyncClient:
        assert self.server is not None
        return httpx.AsyncClient(base_url=self.server.url, timeout=30, trust_env=False)


@pytest.fixture
def mortal(nursery, sandbox, tmp_path):
    """Give servers that are ended with the test."""
    made: list[Mortal] = []

    def on(place: tuple[str, Town]) -> Mortal:
        made.append(Mortal(nursery, place, tmp_path, sandbox))
        return made[-1]

    yield on
    for one in made:
        one.stops()


@pytest.mark.parametrize("deaths", ON_SQLITE, ids=str)
async def test_a_purchase_whose_servers_die_on_the_way_is_bought_once_and_paid_once(deaths, sqlite_place, mortal):
    await buy_and_be_paid(mortal(sqlite_place), deaths)


@pytest.mark.parametrize("deaths", ON_POSTGRESQL, ids=str)
async def test_the_same_on_postgresql(deaths, postgresql_place, mortal):
    await buy_and_be_paid(mortal(postgresql_place), deaths)


@pytest.mark.soak
@pytest.mark.parametrize("deaths", THE_REST, ids=str)
async def test_the_rest_of_the_same_on_postgresql(deaths, postgresql_place, mortal):
    await buy_and_be_paid(mortal(postgresql_place), deaths)


async def buy_and_be_paid(mortal: Mortal, deaths: Deaths) -> None:
    """Walk one purchase to its payment through these deaths; all that was acknowledged on the way is there at the end, once."""
    url, town = mortal.place
    transfers_before = len(sandbox_state(mortal.sandbox)["transfers"])
    await servers.set_clock(url)

    await mortal.rises(to_die_at=f"create_purchase.{deaths.request}")
    request = await mortal.loses("ana", "/v1/purchases", town.request("gym.month"), point=deaths.request)
    await mortal.rises(to_die_at=f"approve.{deaths.approval}")
    purchase = request.answer
    approval = await mortal.loses("broker", f"/v1/purchases/{purchase['id']}/approve", {}, point=deaths.approval)
    await mortal.rises(to_die_at=f"create_bill.{deaths.bill}")
    assert approval.answer["state"] == "approved"
    kept = await mortal.does("ben", "/v1/purchases", town.request("bus.pass", member="ben"))
    await mortal.does("gym", f"/v1/purchases/{purchase['order_id']}/deliver")
    await mortal.does("ana", f"/v1/purchases/{purchase['id']}/confirm")
    said = {"number": "K-1", "billed_on": "2026-10-15", "amount_cents": 9_000, "business": "The gym", "description": "As ordered"}
    bill = await mortal.loses("gym", "/v1/bills", {"order_id": purchase["order_id"], **said}, point=deaths.bill)
    await mortal.rises()
    assert bill.answer["state"] == "accepted"
    await mortal.rises(to_die_at=deaths.payment, worker="inline")
    assert mortal.died()
    await a_while_passes(url)
    await mortal.rises(worker="inline")
    payments = await mortal.is_paid("gym")

    assert [(payment["state"], payment["amount_cents"]) for payment in payments] == [("sent", 9_000)]
    state = sandbox_state(mortal.sandbox)
    assert len(state["transfers"]) - transfers_before == 1
    assert groups_paid_twice(state) == []
    assert [one["id"] for one in (await mortal.reads("ana", "/v1/purchases"))["items"]] == [purchase["id"]]
    assert (await mortal.reads("ana", f"/v1/purchases/{purchase['id']}"))["state"] == "closed"
    assert (await mortal.reads("ben", f"/v1/purchases/{kept['id']}"))["state"] == "approved"
    await prove(mortal)


async def prove(mortal: Mortal) -> None:
    """Prove the books, by the auditor's call and by the ledger's own word."""
    async with mortal._http() as http:
        books = await verify_over_http(Client(http, mortal.place[1]))
    assert books.get("transit:stripe", 0) == 0
    sessions = Sessions(mortal.place[0])
    await verify_ledger(sessions)
    await sessions.close()


async def a_while_passes(url: str) -> None:
    """Move what the dead worker held into the past, as if minutes had gone by on the machine's clock."""
    sessions = Sessions(url)
    async with sessions.begin() as session:
        long_ago = machine_now() - A_WHILE
        await session.execute(update(Job).where(Job.leased_until.is_not(None)).values(leased_until=long_ago))
        await session.execute(update(Payment).where(Payment.look_at.is_not(None)).values(look_at=long_ago))
    await sessions.close()
