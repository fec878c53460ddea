"""An office where rulebooks are written: two directors of a Florida program and an administrator, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sdc.auth.principal import Role
from sdc.rulebooks.publishing import SHIPPED
from tests.builders import a_program, a_staff
from tests.serving import Serving, serving

FLORIDA = (SHIPPED / "florida.yaml").read_text(encoding="utf-8")
A_CASE = """cases:
  - id: L001
    member: FL-M1
    as_of: "2026-10-15T12:00"
    title: a gym month that the broker said yes to
    request: {category: WELL_GYM, cents: 6000, vendor: V-GYM, goal: G-WELL}
    approvals: [{by: BR-FL1, role: broker}]
    expect: {decision: approve, deny: [], approval: [], warn: []}
"""
PATH = "/v1/rulebooks/florida/versions"


def florida(*changes: tuple[str, str]) -> str:
    """Write Florida's rulebook with some words in place of others."""
    text = FLORIDA
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


LOWER = florida(("A01: {params: {over_cents: 5000}", "A01: {params: {over_cents: 4500}"))
"""A version in which a broker is asked from a lower amount on."""


@dataclass(slots=True)
class Office:
    """Who is there, and what they do with rulebooks."""

    served: Serving
    director: str
    other: str
    admin: str
    broker: str

    async def draft(self, source: str = LOWER, *, name: str = "florida", token: str | None = None, **said: Any) -> httpx.Response:
        """Draft a version, with a case that it passes unless told."""
        body = {name: value for name, value in ({"source": source, "cases": A_CASE} | said).items() if value is not ...}
        return await self.served.post(f"/v1/rulebooks/{name}/versions", body, token or self.director)

    async def check(self, version: int, *, name: str = "florida", token: str | None = None) -> httpx.Response:
        """Check a draft."""
        return await self.served.post(f"/v1/rulebooks/{name}/versions/{version}/check", {}, token or self.director)

    async def publish(self, version: int, token: str, *, name: str = "florida", **said: Any) -> httpx.Response:
        """Propose a version, or publish what another proposed."""
        return await self.served.post(f"/v1/rulebooks/{name}/versions/{version}/publish", said, token)

    async def published(self, source: str = LOWER, *, effective_from: str, **said: Any) -> dict[str, Any]:
        """Bring a version all the way."""
        drafted = await self.draft(source, effective_from=effective_from, **said)
        assert drafted.status_code == 201, drafted.text
        version = drafted.json()["version"]
        checked = await self.check(version)
        assert checked.json()["check"]["passed"], checked.text
        await self.publish(version, self.director)
        done = await self.publish(version, self.other)
        assert done.json().get("state") == "published", done.text
        shown: dict[str, Any] = done.json()
        return shown

    async def versions(self, name: str = "florida") -> list[tuple[int, str]]:
        """List the versions of a rulebook, and where each stands."""
        listed = await self.served.get(f"/v1/rulebooks/{name}/versions", self.broker)
        return [(one["version"], one["state"]) for one in listed.json()["items"]]


@asynccontextmanager
async def an_office(url: str) -> AsyncIterator[Office]:
    """Set it up: the directors work for a program that decides by Florida's rulebook."""
    async with serving(url) as served:
        yield await staff_of(served)


async def staff_of(served: Serving, program: Any = None) -> Office:
    """Make the people of the office, who work for a program."""
    program = program or await a_program(served.sessions)
    people = [await a_staff(served.sessions, Role.DIRECTOR, program_ids=[program.id]) for _ in range(2)]
    tokens = [await served.token(Role.DIRECTOR, person.id) for person in people]
    return Office(served, tokens[0], tokens[1], await served.token(Role.ADMIN), await served.token(Role.BROKER))
