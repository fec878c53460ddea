"""How people act on a journey: over HTTP, each under their own token, with a fresh key for each thing they do."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, Self
from uuid import uuid4

import httpx

from sdc.jobs import drain
from tests.journeys.proving import Before, look_around, prove_books
from tests.journeys.town import Town, screen
from tests.serving import Serving, bearer

NUMBERS = count(1)


@dataclass(slots=True)
class Client:
    """Everybody of a town at one server."""

    http: httpx.AsyncClient
    town: Town

    async def get(self, who: str, path: str, **parameters: Any) -> httpx.Response:
        """Ask for something and take any answer."""
        return await self.http.get(path, params=parameters or None, headers=bearer(self.town.tokens[who]))

    async def post(self, who: str, path: str, body: Any = None, *, key: str | None = None, language: str = "en") -> httpx.Response:
        """Do something and take any answer."""
        headers = {**bearer(self.town.tokens[who]), "Idempotency-Key": key or uuid4().hex, "Accept-Language": language}
        return await self.http.post(path, json={} if body is None else body, headers=headers)

    async def reads(self, who: str, path: str, **parameters: Any) -> Any:
        """Ask for something that is there."""
        return expected(await self.get(who, path, **parameters))

    async def does(self, who: str, path: str, body: Any = None, *, key: str | None = None, language: str = "en") -> Any:
        """Do something that succeeds."""
        return expected(await self.post(who, path, body, key=key, language=language))

    async def requests(self, offering: str, *, who: str = "ana", member: str | None = None, key: str | None = None, **changes: Any) -> Any:
        """Ask to buy something that is on offer."""
        return await self.does(who, "/v1/purchases", self.town.request(offering, member=member or who, **changes), key=key)

    async def moves(self, who: str, purchase: Any, move: str, *, key: str | None = None, **body: Any) -> Any:
        """Make a move on a purchase (the vendor's is on its order)."""
        return await self.does(who, f"/v1/purchases/{purchase['id']}/{move}", body, key=key)

    async def delivers(self, shop: str, purchase: Any, **body: Any) -> Any:
        """Say that something of an order was delivered; the vendor knows it by the order's id only."""
        return await self.does(shop, f"/v1/purchases/{purchase['order_id']}/deliver", body)

    async def bills(self, shop: str, purchase: Any, cents: int, *, key: str | None = None, **changes: Any) -> Any:
        """Send a bill that says all that a bill has to."""
        return await self.does(shop, "/v1/bills", self.bill(shop, purchase, cents, **changes), key=key)

    def bill(self, shop: str, purchase: Any, cents: int, **changes: Any) -> dict[str, Any]:
        """Write the body of a bill."""
        said = {"order_id": purchase["order_id"], "number": f"B-{next(NUMBERS)}", "amount_cents": cents}
        return {**said, "billed_on": "2026-10-15", "business": f"The {shop}", "description": "As ordered", "final": True} | changes

    async def budget(self, member: str = "ana", *, who: str | None = None) -> Any:
        """Read a budget to the cent."""
        return await self.reads(who or member, f"/v1/budgets/{self.town.budgets[member].id}")

    async def payments(self, shop: str) -> list[Any]:
        """List what a vendor was paid, or will be."""
        items: list[Any] = (await self.reads(shop, "/v1/payments"))["items"]
        return items


@dataclass(slots=True)
class Walk(Client):
    """A journey at an application in this process, whose clock and worker move when the journey says so."""

    served: Serving
    before: Before | None = None

    async def begins(self) -> Self:
        """Look at the books and at the processor before anything happens."""
        self.before = await look_around(self)
        return self

    async def works(self) -> int:
        """Let the worker do all that is due."""
        return await drain(self.served.work)

    async def waits(self, **by: float) -> None:
        """Let time pass, and the worker do what has come due."""
        self.served.clock.move(**by)
        await self.works()

    async def screens(self, *shops: str) -> None:
        """Have vendors looked up again on the lists, as every month."""
        for shop in shops:
            await screen(self.served.sessions, self.town.ids[shop], at=self.served.clock.now())

    async def orders_and_receives(self, offering: str, *, approved_by: tuple[str, ...] = (), quantity: int | str = 1) -> Any:
        """Buy something from request to confirmed delivery."""
        purchase = await self.requests(offering, quantity=quantity)
        for who in approved_by:
            purchase = await self.moves(who, purchase, "approve")
        assert purchase["state"] == "approved", purchase
        await self.delivers(offering.partition(".")[0], purchase)
        return await self.moves("ana", purchase, "confirm")

    async def proves_the_books(self) -> None:
        """End: the books are whole, by the ledger's own word, by the auditor's, and by the processor's."""
        await prove_books(self)

    @property
    def today(self) -> str:
        """Tell the day in the program."""
        return (self.served.clock.now() - timedelta(hours=4)).date().isoformat()


def expected(answer: httpx.Response) -> Any:
    """Take the body of an answer that must be a yes."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text[:600]}"
    return answer.json()


def rules_of(purchase: Any, severity: str = "deny") -> list[str]:
    """Name the rules that speak against a purchase."""
    return sorted(finding["rule"] for finding in purchase["decision"]["findings"] if finding["severity"] == severity)


def closers_of(purchase: Any) -> set[str]:
    """Name who or what a purchase waits for."""
    return {value for need in purchase["decision"]["needs"] for value in need["closed_by"].values()}
