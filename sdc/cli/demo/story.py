"""The story in seven steps, each checked as it is told: a step that does not come out as told fails with its name."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from sdc.cli.demo import cast as roster_cast
from sdc.cli.demo.cast import Cast
from sdc.cli.demo.client import TIMEOUT_SECONDS, Client
from sdc.cli.demo.processes import House, StepFailedError, must_sdc
from sdc.cli.demo.tampering import prove
from sdc.money import dollars

RACERS = 50
GYM_MONTH_CENTS = 9_000
_WAIT_SECONDS = 20.0
_PAUSE_SECONDS = 0.1
_CLOCK_SECONDS = 0.8

Tell = Callable[[str], None]


class Story:
    """Tells the story at one server."""

    def __init__(self, house: House, http: httpx.AsyncClient, tell: Tell) -> None:
        self.house = house
        self.http = http
        self.tell = tell
        self.roster = roster_cast.read_roster()
        self.cast = Cast(Client(http, None))

    async def run(self) -> None:
        """Tell all seven steps in their order.

        Raises:
            StepFailedError: a step did not come out as told; says which.

        """
        steps = (self.fund, self.buy, self.be_refused, self.race, self.pay, self.reach_the_share, self.prove)
        for number, step in enumerate(steps, start=1):
            try:
                await step(number)
            except Exception as error:
                title = (step.__doc__ or step.__name__).strip().rstrip(".")
                raise StepFailedError(f"step {number} ({title}) failed: {str(error) or type(error).__name__}") from error

    async def fund(self, number: int) -> None:
        """Fund the program: money arrives, budgets are allocated and released, plans are signed."""
        admin = Client(self.http, self.house.admin_token)
        cast = self.cast = await roster_cast.set_up_program(admin, self.roster)
        await roster_cast.fund(cast, self.roster, received_on="2026-10-01")
        await roster_cast.enrol_members(cast, self.roster)
        await roster_cast.approve_plans(cast, self.roster)
        await roster_cast.sign_up_vendors(cast, self.roster)
        await self._until("the top-up settles", self._processor_is_funded)
        deposited, moved = self.roster["deposit_cents"], self.roster["top_up_cents"]
        self.tell(
            f"{number}. The payer's {dollars(deposited)} arrives at the bank; {dollars(moved)} of it is moved to the payment processor."
        )
        for name in ("FL-M1", "FL-M2"):
            budget = await self._budget(name)
            _same(budget["available_cents"], budget["allocated_cents"] * 2 // 4, "two of four quarters are released")
            funding = self.roster["members"][name]["funding"]
            allocated, available = dollars(budget["allocated_cents"]), dollars(budget["available_cents"])
            self.tell(f"   {name} ({funding}) gets a budget of {allocated}; two quarters, {available}, can be spent today.")
        self.tell("   Both plans are written, signed by the member and approved by the peer broker.")

    async def buy(self, number: int) -> None:
        """Buy a bus pass, a gym month and a computer."""
        bus = await self._ask("FL-M1", "V-BUS.pass", "G-WORK")
        _same(bus["state"], "approved", "the bus pass is approved at once")
        self.tell(f"{number}. October 15. FL-M1 asks for a bus pass, {dollars(5_000)}: yes, at once.")
        gym = await self._ask("FL-M1", "V-GYM.month", "G-WELL")
        _same(_closers(gym), ["broker"], "the gym month waits for the broker")
        _same((await self._approve(gym, "broker"))["state"], "approved", "the broker's yes is enough for the gym")
        self.cast.ids["gym"] = gym["id"]
        self.tell(f"   A gym month, {dollars(9_000)}: the broker says yes.")
        computer = await self._ask("FL-M1", "V-TECH.computer", "G-WORK")
        after_broker = await self._approve(computer, "broker")
        _same((after_broker["state"], _closers(after_broker)), ("pending", ["director"]), "a computer needs the director too")
        _same((await self._approve(computer, "director"))["state"], "approved", "then the director says yes")
        self.tell(f"   A computer, {dollars(52_000)}: the broker says yes, then the program director says yes.")

    async def be_refused(self, number: int) -> None:
        """Refuse twenty yoga classes with every reason, and take what would work."""
        asked = await self._ask("FL-M1", "V-YOGA.drop_in", "G-OLD", quantity=20)
        findings = [f for f in asked["decision"]["findings"] if f["severity"] == "deny"]
        _same((asked["state"], sorted(f["rule"] for f in findings)), ("denied", ["B01", "B03", "G01", "U01"]), "all four reasons at once")
        notice = await self.cast.clients["FL-M1"].get(f"/v1/notices/{asked['notice_id']}")
        in_spanish = await self._findings_in_spanish(asked["id"])
        self.tell(
            f"{number}. Twenty yoga classes at $95.00 for a goal that is closed, {dollars(190_000)}: no, and every reason is told at once:"
        )
        for finding in findings:
            self.tell(f"   - {finding['rule']}: {finding['message']}")
            self.tell(f"     {in_spanish[finding['rule']]}")
        _same(set(notice["text"]), {"en", "es"}, "the notice is in both languages")
        self.tell(f"   A notice in English and Spanish is stored; the last day to appeal is {notice['appeal_by']}.")
        remedy = asked["decision"]["remedies"][0]
        _same((str(remedy["quantity"]), remedy["unit_price_cents"]), ("2", 8_000), "the suggestion is two classes at $80.00")
        self.tell(f"   What would work: {remedy['quantity']} classes at {dollars(remedy['unit_price_cents'])} for the wellness goal.")
        _same(remedy["goal_id"], self.cast.goals["FL-M1.G-WELL"], "the suggestion is for the wellness goal")
        yoga = await self._ask("FL-M1", "V-YOGA.community", "G-WELL", quantity=2)
        _same((await self._approve(yoga, "broker"))["state"], "approved", "the broker says yes to the suggestion")
        self.tell(f"   The suggestion is sent, {dollars(16_000)}: the broker says yes.")

    async def race(self, number: int) -> None:
        """Race fifty requests for the last money."""
        for offering, goal in (("V-DENT.care", "G-WORK"), ("V-GYM.term", "G-WELL")):
            purchase = await self._ask("FL-M2", offering, goal)
            _same((await self._approve(purchase, "broker"))["state"], "approved", f"the broker says yes to {offering}")
        left = (await self._budget("FL-M2"))["available_cents"]
        _same(left, 7_000, "$70.00 is left")
        self.tell(f"{number}. FL-M2 buys dental care, {dollars(50_000)}, and a gym term, {dollars(26_600)}; {dollars(left)} is left.")
        answers = await asyncio.gather(*(self._ask("FL-M2", "V-BUS.card", "G-WORK") for _ in range(RACERS)))
        states = Counter(answer["state"] for answer in answers)
        _same(states, Counter(approved=1, denied=RACERS - 1), "one is approved")
        reasons = {f["rule"] for a in answers if a["state"] == "denied" for f in a["decision"]["findings"] if f["severity"] == "deny"}
        _same(reasons, {"B01"}, "the others are denied because the money is gone")
        budget = await self._budget("FL-M2")
        _same(budget["available_cents"], 2_500, "$25.00 is left")
        _same(budget["encumbered_cents"], 50_000 + 26_600 + 4_500, "what is set aside is what was approved")
        self.tell(
            f"   {RACERS} requests of {dollars(4_500)} arrive in the same moment: 1 yes, {RACERS - 1} no (B01); "
            f"{dollars(budget['available_cents'])} is left and the books agree."
        )

    async def pay(self, number: int) -> None:
        """Pay the gym once, though the processor's answer is lost."""
        await self._move_clock("1d")
        async with httpx.AsyncClient(base_url=self.house.sandbox_url, timeout=TIMEOUT_SECONDS) as sandbox:
            fault = {"on": "POST /v1/transfers", "fault": "lose_after", "times": 1}
            (await sandbox.post("/_sandbox/faults", json=fault)).raise_for_status()
            gym = self.cast.clients["V-GYM"]
            order = (await gym.get("/v1/orders"))["items"]
            mine = next(o for o in order if o["amount_cents"] == GYM_MONTH_CENTS)
            await gym.post(f"/v1/purchases/{mine['id']}/deliver", {"delivered_on": "2026-10-16"})
            await self.cast.clients["FL-M1"].post(f"/v1/purchases/{self.cast.ids['gym']}/confirm")
            bill = {
                "order_id": mine["id"],
                "number": "HG-1001",
                "billed_on": "2026-10-16",
                "amount_cents": 9_000,
                "business": "Harbor Gym",
                "description": "Gym month",
                "final": True,
            }
            await gym.post("/v1/bills", bill)
            self.tell(
                f"{number}. October 16. The gym delivers and bills {dollars(GYM_MONTH_CENTS)}; "
                "the processor pays, and its answer is lost on the way back."
            )
            await self._until("the payment is sent", self._gym_is_paid)
            state = (await sandbox.get("/_sandbox/state")).json()
        transfers = [t for t in state["transfers"] if t["amount"] == GYM_MONTH_CENTS]
        _same(len(transfers), 1, "the processor made one transfer")
        self.tell("   The worker looks it up instead of paying blindly: one transfer, the vendor is paid once.")

    async def reach_the_share(self, number: int) -> None:
        """Reach the clinical share to the cent."""
        await self._move_clock("46d")
        for offering, goal in (("V-DENT.care", "G-WORK"), ("V-TOOL.set", "G-WORK")):
            purchase = await self._ask("FL-M1", offering, goal)
            _same((await self._approve(purchase, "broker"))["state"], "approved", f"the broker says yes to {offering}")
        self.tell(f"{number}. December 1. Dental care, {dollars(50_000)}, and work tools, {dollars(19_984)}: the broker says yes.")
        await self._move_clock("35d")
        gym = await self._ask("FL-M1", "V-GYM.month", "G-WELL")
        _same((await self._approve(gym, "broker"))["state"], "approved", "the broker says yes to the gym")
        left = (await self._budget("FL-M1"))["available_cents"]
        _same(left, 78_416, "$784.16 is left")
        self.tell(f"   January 5. A gym month, {dollars(9_000)}: the broker says yes; {dollars(left)} is left.")
        dear = await self._ask("FL-M1", "V-BUS.card_plus", "G-WORK")
        reasons = [f["rule"] for f in dear["decision"]["findings"] if f["severity"] == "deny"]
        _same((dear["state"], reasons), ("denied", ["B03"]), "one cent above the share is refused by that rule alone")
        self.tell(f"   A bus card for {dollars(5_001)}: no. 48 % of the budget is kept for clinical care, and this is one cent too much.")
        fits = await self._ask("FL-M1", "V-BUS.card_plus", "G-WORK", unit_price_cents=5_000)
        _same(fits["state"], "approved", "to the cent it fits")
        self.tell(f"   For {dollars(5_000)}: yes, at once.")
        therapy = await self._ask("FL-M1", "V-THER.hour", "G-WELL", quantity=4)
        _same((await self._approve(therapy, "broker"))["state"], "approved", "the broker says yes to therapy")
        self.tell(f"   Counseling, four hours at {dollars(10_000)}: the broker says yes.")

    async def prove(self, number: int) -> None:
        """Prove the books: one changed cent is found, and they equal the money."""
        proof = await prove(self.house)
        self.tell(
            f"{number}. Somebody with the database file drops the triggers and changes one cent by raw SQL: the verification names the row,"
        )
        self.tell(f"   {proof}.")
        auditor = self.cast.clients["auditor"]
        verified = await auditor.post("/v1/ledger/verifications", {"program_id": self.cast.program_id})
        _same(verified["faults"], [], "the untouched ledger verifies")
        trial = await auditor.get("/v1/ledger/trial-balance", program_id=self.cast.program_id)
        cash = {line["account"]: line["balance_cents"] for line in trial["lines"]}
        async with httpx.AsyncClient(base_url=self.house.sandbox_url, timeout=TIMEOUT_SECONDS) as sandbox:
            at_processor = (await sandbox.get("/_sandbox/state")).json()["balance"]["available_cents"]
        at_bank = self.roster["deposit_cents"] - self.roster["top_up_cents"]
        _same((cash["cash.processor"], cash["cash.bank"]), (at_processor, at_bank), "the books equal the money")
        _same(trial["assets_cents"], trial["claims_cents"], "assets equal claims")
        self.tell(
            "   On the untouched copy it passes. The trial balance holds "
            f"{dollars(at_processor)} at the processor and {dollars(at_bank)} at the bank, and so do they."
        )

    async def _ask(self, member: str, offering: str, goal: str, *, quantity: int = 1, **more: int) -> Any:  # noqa: ANN401 - JSON
        vendor = offering.split(".", 1)[0]
        body = {
            "member_id": self.cast.ids[member],
            "budget_id": self.cast.budgets[member],
            "vendor_id": self.cast.ids[vendor],
            "offering_id": self.cast.offerings[offering],
            "goal_id": self.cast.goals[f"{member}.{goal}"],
            "quantity": quantity,
            **more,
        }
        return await self.cast.clients[member].post("/v1/purchases", body)

    async def _approve(self, purchase: Mapping[str, Any], role: str) -> Any:  # noqa: ANN401 - JSON
        return await self.cast.clients[role].post(f"/v1/purchases/{purchase['id']}/approve", {"note": "fits the plan"})

    async def _budget(self, member: str) -> Any:  # noqa: ANN401 - JSON
        return await self.cast.clients[member].get(f"/v1/budgets/{self.cast.budgets[member]}")

    async def _findings_in_spanish(self, purchase_id: str) -> dict[str, str]:
        token = self.cast.tokens["FL-M1"]
        answer = await self.http.get(f"/v1/purchases/{purchase_id}", headers={"Authorization": f"Bearer {token}", "Accept-Language": "es"})
        return {finding["rule"]: finding["message"] for finding in answer.raise_for_status().json()["decision"]["findings"]}

    async def _move_clock(self, by: str) -> None:
        """Move every process's clock: each obeys within a second, and the worker does what has come due within two."""
        must_sdc(self.house.environment, "clock", "move", by)
        await asyncio.sleep(_CLOCK_SECONDS)

    async def _processor_is_funded(self) -> bool:
        top_ups = (await self.cast.admin.get(f"/v1/programs/{self.cast.program_id}/top-ups"))["items"]
        return all(top_up["state"] == "settled" for top_up in top_ups)

    async def _gym_is_paid(self) -> bool:
        payments = (await self.cast.clients["V-GYM"].get("/v1/payments"))["items"]
        return bool(payments) and all(payment["state"] == "sent" for payment in payments)

    async def _until(self, what: str, is_so: Callable[[], Awaitable[bool]]) -> None:
        """Wait for what the worker does on its own."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _WAIT_SECONDS
        while loop.time() < give_up_at:
            if await is_so():
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        raise StepFailedError(f"{what}: not within {_WAIT_SECONDS:.0f} seconds")


def _closers(purchase: Mapping[str, Any]) -> list[str]:
    """Name whose yes a purchase waits for."""
    return sorted(
        {need["closed_by"]["role"] for need in purchase["decision"]["needs"] if "role" in need["closed_by"]}
        & {"broker", "director", "payer"}
    )


def _same(found: object, told: object, what: str) -> None:
    if found != told:
        raise StepFailedError(f"the story says that {what}: expected {told!r}, got {found!r}")
