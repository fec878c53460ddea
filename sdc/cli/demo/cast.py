"""The people of the demo, set up over HTTP as an administrator, a broker and members would do it."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from sdc.cli.demo.client import Client


@dataclass(slots=True)
class Cast:
    """Who is there: ids and clients by the names of the roster."""

    admin: Client
    program_id: str = ""
    source_id: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    budgets: dict[str, str] = field(default_factory=dict)
    goals: dict[str, str] = field(default_factory=dict)
    offerings: dict[str, str] = field(default_factory=dict)

    async def give_token(self, name: str, role: str, subject_id: str) -> Client:
        """Let somebody of the roster act, under their own token."""
        made = await self.admin.post("/v1/tokens", {"role": role, "subject_id": subject_id})
        self.ids[name] = subject_id
        self.tokens[name] = made["token"]
        self.clients[name] = self.admin.with_token(made["token"])
        return self.clients[name]


def read_roster() -> Mapping[str, Any]:
    """Read the shipped roster."""
    roster: Mapping[str, Any] = yaml.safe_load(importlib.resources.files("sdc.shipped").joinpath("demo.yaml").read_text(encoding="utf-8"))
    return roster


async def set_up_program(admin: Client, roster: Mapping[str, Any]) -> Cast:
    """Set up the payer, the program and its staff."""
    cast = Cast(admin)
    payer = await admin.post("/v1/payers", {"name": roster["payer"]})
    program = dict(roster["program"])
    program["period"] = {key: str(day) for key, day in program["period"].items()}
    made = await admin.post("/v1/programs", {**program, "payer_id": payer["id"]})
    cast.program_id = made["id"]
    source = await admin.post(
        f"/v1/programs/{cast.program_id}/funding-sources", {"payer_id": payer["id"], "name": roster["funding_source"]}
    )
    cast.source_id = source["id"]
    for role, person in roster["staff"].items():
        scope = {"payer_id": payer["id"]} if role == "payer" else {"program_ids": [cast.program_id]}
        staff = await admin.post("/v1/staff", {"role": role, **person, **scope})
        await cast.give_token(role, role, staff["id"])
    return cast


async def fund(cast: Cast, roster: Mapping[str, Any], *, received_on: str) -> None:
    """Receive the payer's money at the bank, and move part of it to the processor."""
    deposit = {"amount_cents": roster["deposit_cents"], "received_on": received_on, "reference": "ACH-2026-0001"}
    await cast.admin.post(f"/v1/funding-sources/{cast.source_id}/deposits", deposit)
    await cast.admin.post(f"/v1/programs/{cast.program_id}/top-ups", {"amount_cents": roster["top_up_cents"]})


async def enrol_members(cast: Cast, roster: Mapping[str, Any]) -> None:
    """Enrol the members, give each a broker and a budget."""
    period = roster["program"]["period"]
    for name, person in roster["members"].items():
        body = {key: person[key] for key in ("name", "language", "funding", "relatives", "household")}
        dates = {"eligible_from": str(period["starts_on"]), "eligible_to": str(period["ends_on"])}
        member = await cast.admin.post("/v1/members", {"program_id": cast.program_id, **body, **dates})
        await cast.admin.post(f"/v1/members/{member['id']}/broker", {"broker_id": cast.ids["broker"]})
        await cast.give_token(name, "member", member["id"])
        budget = {
            "funding_source_id": cast.source_id,
            "amount_cents": person["budget_cents"],
            "starts_on": str(period["starts_on"]),
            "ends_on": str(period["ends_on"]),
        }
        cast.budgets[name] = (await cast.admin.post(f"/v1/members/{member['id']}/budgets", budget))["id"]
    await _add_representative(cast, period)


async def _add_representative(cast: Cast, period: Mapping[str, Any]) -> None:
    body = {
        "name": "Rosa Rivers",
        "from": str(period["starts_on"]),
        "to": str(period["ends_on"]),
        "may": ["request", "answer", "sign", "confirm"],
    }
    made = await cast.admin.post(f"/v1/members/{cast.ids['FL-M1']}/representatives", body)
    await cast.give_token("representative", "representative", made["id"])


async def approve_plans(cast: Cast, roster: Mapping[str, Any]) -> None:
    """Have each member's plan written, signed by the member and approved by the broker."""
    period = roster["program"]["period"]
    broker = cast.clients["broker"]
    for name, person in roster["members"].items():
        goals = [{"domain": g["domain"], "title": g["title"], "status": g.get("status", "active")} for g in person["goals"].values()]
        lines = [{"category": category, "amount_cents": cents} for category, cents in person["lines"].items()]
        body = {"starts_on": str(period["starts_on"]), "ends_on": str(period["ends_on"]), "goals": goals, "lines": lines}
        plan = await cast.clients[name].post(f"/v1/members/{cast.ids[name]}/plans", body)
        for goal_name, goal in zip(person["goals"], plan["goals"], strict=True):
            cast.goals[f"{name}.{goal_name}"] = goal["id"]
        await cast.clients[name].post(f"/v1/plans/{plan['id']}/submit")
        await cast.clients[name].post(f"/v1/plans/{plan['id']}/sign")
        await broker.post(f"/v1/plans/{plan['id']}/approve")


async def sign_up_vendors(cast: Cast, roster: Mapping[str, Any]) -> None:
    """Have each vendor apply, be approved, screened and made payable, and list what it sells."""
    for name, shop in roster["vendors"].items():
        applied = await cast.admin.with_token("").post(
            "/v1/vendors", {"name": shop["name"], "program_id": cast.program_id, "categories": shop["categories"], "owners": []}
        )
        vendor_id = applied["vendor"]["id"] if "vendor" in applied else applied["id"]
        cast.ids[name], cast.tokens[name] = vendor_id, applied["token"]
        vendor = cast.clients[name] = cast.admin.with_token(applied["token"])
        for credential in shop.get("credentials", ()):
            await vendor.post(f"/v1/vendors/{vendor_id}/credentials", {**credential, "expires_on": str(credential["expires_on"])})
        await cast.admin.post(f"/v1/vendors/{vendor_id}/approve")
        for exclusion_list in ("leie", "sam"):
            screening = {"list": exclusion_list, "list_date": "2026-10-01", "result": "clear"}
            await cast.admin.post(f"/v1/vendors/{vendor_id}/screenings", screening)
        for key, offering in shop["offerings"].items():
            cast.offerings[f"{name}.{key}"] = (await cast.admin.post(f"/v1/vendors/{vendor_id}/offerings", offering))["id"]
        await vendor.post(f"/v1/vendors/{vendor_id}/tax-form")
        await vendor.post(f"/v1/vendors/{vendor_id}/onboarding")


async def set_up_everything(admin: Client) -> Cast:
    """Set up the whole roster: what `sdc serve --demo-data` starts with."""
    roster = read_roster()
    cast = await set_up_program(admin, roster)
    await fund(cast, roster, received_on="2026-10-01")
    await enrol_members(cast, roster)
    await approve_plans(cast, roster)
    await sign_up_vendors(cast, roster)
    return cast
