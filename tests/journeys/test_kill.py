"""Kills: a real server dies at a named point of each step, and after a restart and the client's retry all is there, once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.journeys.proving import groups_paid_twice, sandbox_state, verify_ledger, verify_over_http
from tests.journeys.town import Town
from tests.journeys.walking import Client, expected

A_WHILE = timedelta(minutes=5)
"""Longer than a lease of the worker and than a call to the processor may last."""
PAID_SECONDS = 30
KEY, BEFORE, AFTER = "key", "before_commit", "after_commit"
PAYING = ("claim.before_commit", "claim.after_commit", "payment.before_call", "payment.after_call")


@dataclass(frozen=True, slots=True)
class Deaths:
    """Where servers die on the way of one purchase; a step without a point goes well."""

    request: str | None
    approval: str | None
    bill: str | None
    payment: str | None

    def __str__(self) -> str:
        """Name it in a report."""
        return "-".join(point or "well" for point in (self.request, self.approval, self.bill, self.payment))


ON_SQLITE = (
    Deaths(KEY, KEY, KEY, PAYING[0]),
    Deaths(BEFORE, BEFORE, BEFORE, PAYING[1]),
    Deaths(AFTER, AFTER, AFTER, PAYING[2]),
    Deaths(None, None, None, PAYING[3]),
)
ON_POSTGRESQL = (Deaths(KEY, BEFORE, AFTER, PAYING[3]),)
THE_REST = (
    Deaths(KEY, KEY, KEY, PAYING[0]),
    Deaths(BEFORE, AFTER, BEFORE, PAYING[1]),
    Deaths(AFTER, KEY, KEY, PAYING[2]),
    Deaths(None, None, None, PAYING[3]),
)


@dataclass(slots=True)
class Mortal:
    """Servers on one database, one after the other: each may be started to die at a point."""

    url: str
    folder: Path
    sandbox: str
    town: Town
    living: list[servers.Server] = field(default_factory=list)

    def rises(self, *, to_die_at: str | None = None, worker: str = "separate") -> servers.Server:
        """Start a server; the one before must be dead or is stopped."""
        self.stops()
        server = servers.start(self.url, self.folder, sandbox=self.sandbox, worker=worker, kill_at=to_die_at)
        self.living.append(server)
        server.wait_until_ready()
        return server

    def stops(self) -> None:
        """End what still runs."""
        for server in self.living:
            server.stop()

    async def post(self, who: str, path: str, body: Any, *, key: str) -> httpx.Response:
        """Post as a client does who waits for the answer."""
        async with self._http() as http:
            return await Client(http, self.town).post(who, path, body, key=key)

    async def does(self, who: str, path: str, body: Any = None) -> Any:
        """Do something that succeeds."""
        return expected(await self.post(who, path, body, key=uuid4().hex))

    async def reads(self, who: str, path: str, **parameters: Any) -> Any:
        """Read something that is there."""
        async with self._http() as http:
            return await Client(http, self.town).reads(who, path, **parameters)

    async def insists(self, who: str, path: str, body: Any, *, step: str, point: str | None) -> Any:
        """Do something at a server that dies on the way, and again with the same key at the next, as a client would."""
        key = uuid4().hex
        if point is not None:
            doomed = self.rises(to_die_at=f"{step}.{point}")
            with pytest.raises(httpx.TransportError):
                await self.post(who, path, body, key=key)
            assert doomed.died()
            self.rises()
        answer = await self.post(who, path, body, key=key)
        assert ("idempotency-replayed" in answer.headers) == (point == AFTER)
        return expected(answer)

    async def pays(self, shop: str, *, point: str | None) -> list[Any]:
        """Let the worker pay at a server that dies on the way, and see what the next makes of it."""
        if point is not None:
            assert self.rises(to_die_at=point, worker="inline").died()
            await a_while_passes(self.url)
        self.rises(worker="inline")
        for _ in range(PAID_SECONDS * 10):
            payments: list[Any] = (await self.reads(shop, "/v1/payments"))["items"]
            if payments and all(payment["state"] == "sent" for payment in payments):
                break
            await asyncio.sleep(0.1)
        return payments

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.living[-1].url, timeout=30, trust_env=False)


@contextmanager
def mortal(place: tuple[str, Town], folder: Path, sandbox: str) -> Iterator[Mortal]:
    """Have servers on a copy of the town for a while."""
    url, town = place
    servers_ = Mortal(url, folder, sandbox, town)
    try:
        yield servers_
    finally:
        servers_.stops()


@pytest.mark.parametrize("deaths", ON_SQLITE, ids=str)
async def test_a_purchase_whose_servers_die_on_the_way_is_bought_once_and_paid_once(deaths, sqlite_place, sandbox, tmp_path):
    with mortal(sqlite_place, tmp_path, sandbox) as server:
        await buy_and_be_paid(server, deaths)


@pytest.mark.parametrize("deaths", ON_POSTGRESQL, ids=str)
async def test_the_same_on_postgresql(deaths, postgresql_place, sandbox, tmp_path):
    with mortal(postgresql_place, tmp_path, sandbox) as server:
        await buy_and_be_paid(server, deaths)


@pytest.mark.soak
@pytest.mark.parametrize("deaths", THE_REST, ids=str)
async def test_the_rest_of_the_same_on_postgresql(deaths, postgresql_place, sandbox, tmp_path):
    with mortal(postgresql_place, tmp_path, sandbox) as server:
        await buy_and_be_paid(server, deaths)


async def buy_and_be_paid(server: Mortal, deaths: Deaths) -> None:
    """Walk one purchase to its payment through these deaths; all that was acknowledged before and between is there."""
    town = server.town
    transfers_before = len(sandbox_state(server.sandbox)["transfers"])
    await servers.set_clock(server.url)
    server.rises()
    kept = await server.does("ben", "/v1/purchases", town.request("bus.pass", member="ben"))

    purchase = await server.insists("ana", "/v1/purchases", town.request("gym.month"), step="create_purchase", point=deaths.request)
    approve = f"/v1/purchases/{purchase['id']}/approve"
    assert (await server.insists("broker", approve, {}, step="approve", point=deaths.approval))["state"] == "approved"
    await server.does("gym", f"/v1/purchases/{purchase['order_id']}/deliver")
    await server.does("ana", f"/v1/purchases/{purchase['id']}/confirm")
    body = {"order_id": purchase["order_id"], "number": "K-1", "billed_on": "2026-10-15", "amount_cents": 9_000}
    body |= {"business": "The gym", "description": "As ordered"}
    assert (await server.insists("gym", "/v1/bills", body, step="create_bill", point=deaths.bill))["state"] == "accepted"
    payments = await server.pays("gym", point=deaths.payment)

    assert [(payment["state"], payment["amount_cents"]) for payment in payments] == [("sent", 9_000)]
    state = sandbox_state(server.sandbox)
    assert len(state["transfers"]) - transfers_before == 1
    assert groups_paid_twice(state) == []
    assert [one["id"] for one in (await server.reads("ana", "/v1/purchases"))["items"]] == [purchase["id"]]
    assert (await server.reads("ana", f"/v1/purchases/{purchase['id']}"))["state"] == "closed"
    assert (await server.reads("ben", f"/v1/purchases/{kept['id']}"))["state"] == "approved"
    await prove(server)


async def prove(server: Mortal) -> None:
    """Prove the books, by the auditor's call and by the ledger's own word."""
    async with server._http() as http:
        books = await verify_over_http(Client(http, server.town))
    assert books.get("transit:stripe", 0) == 0
    sessions = Sessions(server.url)
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
