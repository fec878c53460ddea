"""The rate of purchase requests beside a write route that does nothing, in one run. Ratios travel, rates do not.

The floor is a route of the same application that does what every write does, and nothing else: it authenticates, claims
its key, keeps its answer and commits. Every request is a new purchase that is approved at once; members and shops are
many, so that no rule about repetition has a reason to speak. Both run in this process, without a network.
"""

import asyncio
import contextlib
import io
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import structlog
from litestar import Response, post
from litestar.di import NamedDependency
from pydantic import BaseModel
from sqlalchemy import event, text

from sdc import idempotency
from sdc.app import create_app
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.clock import Clock
from sdc.config import read_settings
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.programs.model import Staff
from tests import builders, databases
from tests.journeys.town import GOALS, LINES, Town, a_token, a_town, a_vendor
from tests.serving import StandingClock, bearer

CALLERS = 8
ROUNDS = 5
A_ROUND = 60
MEMBERS = 40
SHOPS = 10
WARM_UP = 20
PRICE_CENTS = 1_000

Ask = Callable[[], Awaitable[httpx.Response]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was found on one database."""

    database: str
    durable: str
    requests_a_second: float
    nothings_a_second: float
    statements_a_request: float
    statements_a_nothing: float

    @property
    def ratio(self) -> float:
        """Tell how much of the floor's rate is left."""
        return self.requests_a_second / self.nothings_a_second

    def to_data(self) -> dict[str, Any]:
        """Write them as plain data."""
        names = ("database", "durable", "requests_a_second", "nothings_a_second", "statements_a_request", "statements_a_nothing", "ratio")
        return {name: round(value, 2) if isinstance(value := getattr(self, name), float) else value for name in names}


class Nothing(BaseModel):
    """The answer of the floor."""

    done: bool = True


@post("/v1/nothing", opt={"permission": Permission.REQUEST_PURCHASES})
async def do_nothing(
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[Nothing]:
    """Do what every write does, and nothing else."""
    del who
    async with idempotency.begin(sessions, key, at=clock.now()) as call:
        return call.answer(Nothing())


async def measure(url: str) -> Figures:
    """Measure one database, both ways in turn."""
    async with a_service(url) as (http, town, sessions):
        members = await enrol(sessions, town)
        asking = requests(http, town, members)
        nothing = nothings(http, town)
        await rate(asking, WARM_UP)
        await rate(nothing, WARM_UP)
        with counted(sessions) as asked:
            await rate(asking, A_ROUND)
        with counted(sessions) as did_nothing:
            await rate(nothing, A_ROUND)
        found: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for way, rates in zip((asking, nothing), found, strict=True):
                rates.append(await rate(way, A_ROUND))
        return Figures(
            database=sessions.engine.dialect.name,
            durable=await durability(sessions),
            requests_a_second=statistics.median(found[0]),
            nothings_a_second=statistics.median(found[1]),
            statements_a_request=asked.total() / A_ROUND,
            statements_a_nothing=did_nothing.total() / A_ROUND,
        )


async def rate(way: Iterator[Ask], count: int) -> float:
    """Call so many times, some at once, and tell how many calls a second were answered."""
    todo = [next(way) for _ in range(count)]
    started = time.perf_counter()

    async def caller() -> None:
        while todo:
            answer = await todo.pop()()
            assert answer.is_success, answer.text
            assert answer.json().get("state", "approved") == "approved", answer.text

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return count / (time.perf_counter() - started)


def requests(http: httpx.AsyncClient, town: Town, members: list[str]) -> Iterator[Ask]:
    """Write requests, each of another member at another shop, so that neighbours in time share no budget."""
    for shop, member in product([f"shop {number}" for number in range(SHOPS)], members):
        body = town.request(f"{shop}.lesson", member=member)
        yield lambda body=body, member=member: call(http, "/v1/purchases", town.tokens[member], body)  # type: ignore[misc]


def nothings(http: httpx.AsyncClient, town: Town) -> Iterator[Ask]:
    """Write calls of the floor, with a body of the same size."""
    body = town.request("bus.pass")
    while True:
        yield lambda: call(http, "/v1/nothing", town.tokens["ana"], body)


async def call(http: httpx.AsyncClient, path: str, token: str, body: dict[str, Any]) -> httpx.Response:
    """Post once, with a key of its own."""
    return await http.post(path, json=body, headers={**bearer(token), "Idempotency-Key": uuid4().hex})


async def enrol(sessions: Sessions, town: Town) -> list[str]:
    """Enrol many members with budgets and plans, and let many shops sell them something small."""
    async with sessions.read() as session:
        broker = await session.get_one(Staff, town.ids["broker"])
    names = [f"member {number}" for number in range(MEMBERS)]
    for name in names:
        member = await builders.a_member(sessions, town.program, broker=broker, funding="insured")
        member.broker_id = broker.id
        house = builders.House(town.program, town.source, broker, member)
        town.ids[name] = member.id
        town.budgets[name] = await builders.a_budget(sessions, house, amount_cents=2 * SHOPS * PRICE_CENTS)
        town.plans[name] = await builders.an_approved_plan(sessions, member, goals=GOALS, lines=LINES)
        town.tokens[name] = await a_token(sessions, member.id, Role.MEMBER, at=builders.NOON)
    for number in range(SHOPS):
        await a_vendor(sessions, town, f"shop {number}", {"lesson": ("EDUC_CLASS", "Lesson", PRICE_CENTS)})
    return names


@asynccontextmanager
async def a_service(url: str) -> AsyncIterator[tuple[httpx.AsyncClient, Town, Sessions]]:
    """Serve the application in this process, with the floor's route on it; its log is written, and thrown away."""
    no_rail: Any = None
    sessions = Sessions(url)
    app = create_app(read_settings({"SDC_DATABASE_URL": url}), sessions=sessions, clock=StandingClock(), rail=no_rail)
    app.register(do_nothing)
    with contextlib.closing(io.StringIO()) as log:
        structlog.configure(processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.WriteLoggerFactory(log))
        transport: Any = httpx.ASGITransport(app)  # type: ignore[arg-type]
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://sdc.test") as http:
                yield http, await a_town(sessions), sessions
        finally:
            await sessions.close()
            structlog.reset_defaults()


@contextmanager
def counted(sessions: Sessions) -> Iterator[Counter[str]]:
    """Count the statements that the driver is given; the begin and end of transactions are no statements."""
    found: Counter[str] = Counter()
    engines = {sessions.engine.sync_engine, *([sessions._reader.sync_engine] if sessions.is_sqlite else [])}  # noqa: SLF001 - no other way to it

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found[statement] += 1

    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", count)


async def durability(sessions: Sessions) -> str:
    """Tell whether a commit is on disk when it is answered."""
    if sessions.is_sqlite:
        return "on"
    async with sessions.read() as session:
        return str(await session.scalar(text("SHOW fsync")))


async def measure_all() -> list[Figures]:
    """Measure both databases and print a table."""
    found = []
    for kind in reversed(databases.KINDS):
        with tempfile.TemporaryDirectory() as directory, databases.fresh(kind, Path(directory)) as url:
            found.append(await measure(url))
    print(f"calls a second, {CALLERS} callers at once, medians of {ROUNDS} rounds of {A_ROUND} calls; SQL statements a call")
    print(f"  {'database':<12}{'fsync':<7}{'request':>9}{'nothing':>9}{'ratio':>7}   {'SQL request':>12}{'SQL nothing':>12}")
    for one in found:
        rates = f"{one.requests_a_second:>9,.0f}{one.nothings_a_second:>9,.0f}{one.ratio:>7.2f}"
        print(f"  {one.database:<12}{one.durable:<7}{rates}   {one.statements_a_request:>12.1f}{one.statements_a_nothing:>12.1f}")
    return found
