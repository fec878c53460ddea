"""Privacy: every byte that leaves on a whole journey is kept, and none holds a word of a member where it must not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.journeys import servers
from tests.journeys.town import Town
from tests.journeys.walking import Client, expected
from tests.serving import bearer

NAME, REPRESENTATIVE = "Zebulon Quagmire", "Wilhelmina Quagmire"
SAID = {
    "goal": "Climb out of my zorblatt fog",
    "description": "a quibblefrotz drum",
    "note": "snorkwaddle is fine by me",
    "question": "is it the flumbergast one",
    "answer": "yes the jabberknoll one",
    "decline": "no more blatherskite today",
    "cancel": "my wobblegong came back",
    "dispute": "the parcel was a snickerdoof",
    "sole_source": "only they have a grumbledorf",
    "quote_reason": "the other was a fizzwhistle",
    "saving": "a splindrifter kayak",
    "move": "the bus is a jollyhopper",
    "review": "it was a wigglewump night",
    "visit": "behind the crumpetorium",
}
MEMO = "ring the tumbletwist bell"
"""What the member says to the store: the store may read it, nobody else."""
RELATIVE, HOUSEHOLD = "P-QXZVBN-77", "P-KWJVRM-19"
HEALTH = ("therapy", "mental", "wellness", "recovery", "diagnos", "medicaid", "WELL_GYM", "EDUC_CLASS", "TRAN_TRANSIT")
SHOPS = ("gym", "school", "bus")


@dataclass(slots=True)
class Kept:
    """Everything that was answered, by whom it was answered to, and everything that went to the processor."""

    answers: list[tuple[str, httpx.Response]] = field(default_factory=list)
    to_processor: list[bytes] = field(default_factory=list)

    def told(self, *people: str) -> str:
        """Write down all answers to some people, headers and all; what a vendor says of itself is its own."""
        return "\n".join(_text(one) for who, one in self.answers if who in people and not one.request.url.path.startswith("/v1/vendors/"))

    def errors(self) -> str:
        """Write down all refusals."""
        return "\n".join(_text(answer) for _, answer in self.answers if answer.is_error)


@pytest.fixture
async def kept(sandbox):
    """Keep what is answered, and what is sent to the processor."""
    return Kept()


async def test_nothing_of_a_member_is_in_logs_errors_vendors_answers_or_the_processors_bytes(
    sqlite_place, nursery, sandbox, kept, tmp_path
):
    url, town = sqlite_place
    await servers.set_clock(url)
    async with recorded(sandbox, kept.to_processor) as between:
        with servers.running(nursery, url, tmp_path, sandbox=between, worker="inline") as (server,):
            async with keeping(server.url, town, kept) as client:
                ids = await live(client)
                await provoke(client)
            log = await asyncio.to_thread(server.log.read_text)

    members_words = (
        NAME,
        *NAME.split(),
        REPRESENTATIVE,
        *SAID.values(),
        *(word for said in SAID.values() for word in said.split() if len(word) > 8),
    )
    opaque = (RELATIVE, HOUSEHOLD, *ids)
    program = (town.program.name,)
    bytes_sent = b"\n".join(kept.to_processor).decode("latin-1")
    vendors_read = kept.told(*SHOPS)
    headers = "\n".join(str(answer.headers) for _, answer in kept.answers)

    assert held(log, (*members_words, MEMO, *opaque[:2], *program, *HEALTH, *town.tokens.values(), "cursor", "Quag")) == []
    assert held(kept.errors(), (*members_words, MEMO, *opaque[:2], *program)) == []
    assert held(headers, (*members_words, MEMO, *opaque, *program)) == []
    assert held(vendors_read, (*members_words, *opaque, *program, "goal", "WELL_GYM", "budget")) == []
    assert held(bytes_sent, (*members_words, MEMO, *opaque, *program, *HEALTH, "gym", "member", "purchase", "goal")) == []
    assert "POST /v1/transfers" in bytes_sent
    assert MEMO in vendors_read
    assert NAME in kept.told("zed")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"method", "route", "status", "duration_ms", "request_id", "principal_id"} <= set(lines[-1])
    assert len(lines) > len(kept.answers)


async def live(client: Client) -> list[str]:
    """Live through all that a member's words can be said in; give the ids by which a member could be known."""
    town = client.town
    goal_id, member_id, budget_id, plan_id = await enrol(client)
    about = {"member_id": member_id, "budget_id": budget_id, "goal_id": goal_id}
    lesson = {**about, "vendor_id": str(town.ids["school"]), "offering_id": str(town.offerings["school.lesson"])}
    gym = {**about, "vendor_id": str(town.ids["gym"])}
    words = {"sole_source_note": SAID["sole_source"], "quote_reason": SAID["quote_reason"]}

    saving = {"amount_cents": 1_000, "purpose": SAID["saving"], "goal_id": goal_id}
    await client.does("zed", f"/v1/budgets/{budget_id}/savings/preview", saving)
    await client.does("zed", f"/v1/budgets/{budget_id}/savings", saving)
    lines = {"from_category": "WELL_GYM", "to_category": "TRAN_TRANSIT"}
    moving = await client.does("zed", f"/v1/plans/{plan_id}/moves", {**lines, "amount_cents": 3_000})
    await client.does("broker", f"/v1/moves/{moving['id']}/decline", {"reason": SAID["move"]})

    free = await client.does(
        "zed", "/v1/purchases", {**gym, "category": "WELL_GYM", "description": SAID["description"], "amount_cents": 6_000}
    )
    await client.moves("broker", free, "ask", question=SAID["question"])
    await client.moves("zed", free, "answer", answer=SAID["answer"])
    await client.moves("broker", free, "tags", tags=["fitness"])
    await client.moves("broker", free, "approve", note=SAID["note"])
    await client.delivers("gym", free)
    await client.moves("zed", free, "confirm")
    await client.bills("gym", free, 6_000)

    lessons = await client.does("zed", "/v1/purchases", {**lesson, **words, "quantity": 2, "memo_to_vendor": MEMO})
    await client.delivers("school", lessons, quantity=1)
    await client.moves("zed", lessons, "dispute", reason=SAID["dispute"])
    await upload(client, "school", f"/v1/purchases/{lessons['order_id']}/documents", "proof")
    await client.reads("school", f"/v1/orders/{lessons['order_id']}")

    declined = await client.does("zed", "/v1/purchases", {**gym, "offering_id": str(town.offerings["gym.month"])})
    await client.moves("broker", declined, "decline", reason=SAID["decline"])
    bus = {**about, "vendor_id": str(town.ids["bus"]), "offering_id": str(town.offerings["bus.pass"])}
    ride = await client.does("zed", "/v1/purchases", bus)
    await client.moves("zed", ride, "cancel", reason=SAID["cancel"])
    urgent = await client.does("zed", "/v1/purchases", bus | {"emergency": True, "already_bought": True})
    if urgent["state"] == "approved":
        await client.moves("broker", urgent, "review", outcome="concern", note=SAID["review"])
        await client.delivers("bus", urgent)
    late = await client.does("bus", "/v1/bills", client.bill("bus", urgent, urgent["amount_cents"]))
    visit = {"location": SAID["visit"], "worker": "W-9"}
    await upload(client, "bus", f"/v1/bills/{late['id']}/documents", "visit_record", **visit)
    await client.reads("bus", f"/v1/bills/{late['id']}/decisions")
    await is_paid(client, "gym")
    for shop in SHOPS:
        for path in ("/v1/orders", "/v1/bills", "/v1/payments", "/v1/me", f"/v1/vendors/{town.ids[shop]}"):
            await client.reads(shop, path)
    await client.does("gym", f"/v1/vendors/{town.ids['gym']}/onboarding")
    return [member_id, budget_id, plan_id, goal_id, free["id"], lessons["id"], declined["id"], ride["id"]]


async def enrol(client: Client) -> tuple[str, str, str, str]:
    """Enrol a member with a representative, a budget and a plan, all said in words that nothing else has."""
    town = client.town
    eligible = {"eligible_from": "2026-07-01", "eligible_to": "2027-06-30"}
    person = {"program_id": str(town.program.id), "name": NAME, "funding": "insured", "relatives": [RELATIVE], "household": [HOUSEHOLD]}
    member = await client.does("admin", "/v1/members", person | eligible)
    path = f"/v1/members/{member['id']}"
    await client.does("admin", f"{path}/broker", {"broker_id": str(town.ids["broker"])})
    await client.does("admin", f"{path}/representatives", {"name": REPRESENTATIVE, "from": "2026-07-01", "to": "2027-06-30", "may": []})
    period = {"starts_on": "2026-07-01", "ends_on": "2027-06-30"}
    allocated = {"funding_source_id": str(town.source.id), "amount_cents": 100_000, **period}
    budget = await client.does("admin", f"{path}/budgets", allocated)
    issued = await client.does("admin", "/v1/tokens", {"role": "member", "subject_id": member["id"]})
    town.tokens["zed"] = issued["token"]
    lines = [{"category": category, "amount_cents": 20_000, "goal": 0} for category in ("WELL_GYM", "EDUC_CLASS", "TRAN_TRANSIT")]
    plan = await client.does("zed", f"{path}/plans", {**period, "goals": [{"domain": "wellness", "title": SAID["goal"]}], "lines": lines})
    for who, move in (("zed", "submit"), ("zed", "sign"), ("broker", "approve")):
        await client.does(who, f"/v1/plans/{plan['id']}/{move}")
    await client.reads("zed", path)
    return plan["goals"][0]["id"], member["id"], budget["id"], plan["id"]


async def provoke(client: Client) -> None:
    """Say the member's words wherever they do not belong, and be refused."""
    town = client.town
    person = {"program_id": str(town.program.id), "name": NAME, "funding": "insured", "eligible_from": NAME, "eligible_to": RELATIVE}
    tries: list[tuple[str, str, Any]] = [
        ("admin", "/v1/members", person),
        ("admin", "/v1/members", {**person, "name": [NAME], "language": SAID["goal"]}),
        ("admin", "/v1/members", {**person, "funding": NAME, "relatives": SAID["answer"]}),
        ("zed", "/v1/purchases", town.request("bus.pass") | {"memo_to_vendor": MEMO + "\u0000", "goal_id": SAID["goal"]}),
        ("zed", "/v1/purchases", town.request("bus.pass") | {"category": SAID["description"], "quantity": NAME}),
        ("zed", f"/v1/budgets/{uuid4()}/savings", {"amount_cents": 1, "purpose": SAID["saving"]}),
        ("zed", f"/v1/budgets/{uuid4()}/savings", {"amount_cents": SAID["saving"], "goal_id": SAID["goal"]}),
        ("broker", f"/v1/moves/{uuid4()}/decline", {"reason": SAID["move"]}),
        ("zed", f"/v1/purchases/{uuid4()}/answer", {"answer": [SAID["answer"]]}),
        ("broker", f"/v1/purchases/{uuid4()}/decline", {"reason": SAID["decline"]}),
        ("gym", "/v1/bills", {"order_id": NAME, "number": SAID["note"]}),
    ]
    for who, path, body in tries:
        answer = await client.post(who, path, body)
        assert answer.is_client_error, (path, answer.status_code)
    slug = NAME.replace(" ", "%20")
    for who, path in (
        ("broker", f"/v1/members/{slug}"),
        ("broker", f"/v1/people/{slug}"),
        ("broker", f"/v1/members?cursor={slug}&limit=1000"),
    ):
        assert (await client.get(who, path)).is_client_error
    said = await client.http.post("/v1/payers", content=b'{"name": "' + NAME.encode(), headers=_json(client.town.tokens["admin"]))
    assert said.status_code == 400


async def is_paid(client: Client, shop: str) -> None:
    """Wait until the inline worker has paid."""
    for _ in range(200):
        payments = await client.payments(shop)
        if payments and all(payment["state"] == "sent" for payment in payments):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(payments)


async def upload(client: Client, who: str, path: str, kind: str, **said: str) -> Any:
    """Add a paper."""
    paper = {"file": ("slip.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")}
    sent = bearer(client.town.tokens[who]) | {"Idempotency-Key": uuid4().hex}
    return expected(await client.http.post(path, data={"kind": kind, **said}, files=paper, headers=sent))


@asynccontextmanager
async def keeping(url: str, town: Town, kept: Kept) -> AsyncIterator[Client]:
    """Be everybody at a server, and keep every answer."""

    async def keep(answer: httpx.Response) -> None:
        await answer.aread()
        token = answer.request.headers.get("authorization", "").removeprefix("Bearer ")
        kept.answers.append((next((name for name, held in town.tokens.items() if held == token), "nobody"), answer))

    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, event_hooks={"response": [keep]}) as http:
        yield Client(http, town)


@asynccontextmanager
async def recorded(sandbox: str, into: list[bytes]) -> AsyncIterator[str]:
    """Stand between a server and the processor and keep every byte that goes there."""
    there = urlsplit(sandbox)

    open_writers: list[asyncio.StreamWriter] = []
    ways: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: list[bytes] | None) -> None:
        while data := await reader.read(65_536):
            if keep is not None:
                keep.append(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward_writer = await asyncio.open_connection(there.hostname, there.port)
        open_writers.extend((writer, onward_writer))
        ways.add(asyncio.create_task(pass_on(reader, onward_writer, into)))
        ways.add(asyncio.create_task(pass_on(onward_reader, writer, None)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for writer in open_writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in open_writers), return_exceptions=True)


def held(text: str, words: tuple[str, ...]) -> list[str]:
    """Name the words that a text holds, whatever their case."""
    lower = text.lower()
    return [word for word in words if word.lower() in lower]


def _text(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.headers} {answer.text}"


def _json(token: str) -> dict[str, str]:
    return bearer(token) | {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
