"""What `sdc serve --demo-data` gives a newcomer: the demo's program, a token per role, and three lines to try."""

import json
from datetime import timedelta
from uuid import UUID

import click
import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc.auth.principal import PrincipalRow, Role
from sdc.auth.tokens import issue_token, new_token_text
from sdc.budgets.model import Budget
from sdc.cli.access import issue
from sdc.cli.demo.cast import read_roster, set_up_everything
from sdc.cli.demo.client import TIMEOUT_SECONDS, Client
from sdc.errors import ConfigurationError
from sdc.ids import new_id
from sdc.outbox.work import Work
from sdc.plans.model import Plan, PlanState
from sdc.programs.model import Program

_TOKEN_LIFE = timedelta(days=30)


async def welcome(work: Work, address: str) -> None:
    """Load the demo's data where nobody has used the database, and print tokens and lines that work.

    Raises:
        ConfigurationError: the database holds something else.

    """
    name = read_roster()["program"]["name"]
    async with work.sessions.read() as session:
        is_empty = await session.scalar(select(PrincipalRow.id).limit(1)) is None
        program_id = await session.scalar(select(Program.id).where(Program.name == name).order_by(Program.id).limit(1))
    if is_empty:
        admin_token = await issue(work.settings, role=Role.ADMIN, subject=None, days=None)
        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS, trust_env=False) as http:
            program_id = UUID((await set_up_everything(Client(http, admin_token))).program_id)
    if program_id is None:
        raise ConfigurationError("the database holds other data than the demo's: leave --demo-data away, or name another SDC_DATABASE_URL")
    async with work.sessions.begin() as session:
        people = await _first_of_each_role(session)
        tokens = {role: await _new_token(session, person, role, work) for role, person in people.items()}
        lines = await _lines(session, address, program_id, people, tokens)
    width = max(len(role) for role in tokens)
    click.echo("\nTokens, one for each role:")
    for role, text in tokens.items():
        click.echo(f"  {role:<{width}}  {text}")
    click.echo("\nTry these:")
    for line in lines:
        click.echo(f"  {line}")
    click.echo("")


async def _first_of_each_role(session: AsyncSession) -> dict[Role, UUID]:
    first: dict[Role, UUID] = {}
    for role, person in await session.execute(
        select(PrincipalRow.role, PrincipalRow.id).order_by(PrincipalRow.created_at, PrincipalRow.id)
    ):
        first.setdefault(role, person)
    return {role: first[role] for role in Role if role in first}


async def _new_token(session: AsyncSession, person: UUID, role: Role, work: Work) -> str:
    text, at = new_token_text(), work.clock.now()
    await issue_token(session, person, id=new_id(), text=text, role=role, expires_at=at + _TOKEN_LIFE, by=None, at=at)
    return text


async def _lines(session: AsyncSession, address: str, program_id: UUID, people: dict[Role, UUID], tokens: dict[Role, str]) -> list[str]:
    """Write three lines that work: what is left, a question to the policy that stores nothing, and the books."""
    member = people[Role.MEMBER]
    budget_id = await session.scalar(select(Budget.id).where(Budget.member_id == member).limit(1))
    plan = await session.scalar(select(Plan).where(Plan.member_id == member, Plan.state == PlanState.APPROVED).limit(1))
    offering = await session.scalar(select(vendors.Offering).where(vendors.Offering.vendor_id == people[Role.VENDOR]).limit(1))
    assert budget_id is not None
    assert plan is not None
    assert offering is not None
    goal = next(goal["id"] for goal in plan.goals if goal["status"] == "active")
    wish = {"member_id": member, "budget_id": budget_id, "vendor_id": offering.vendor_id, "offering_id": offering.id, "goal_id": goal}
    body = json.dumps({name: str(value) for name, value in wish.items()})

    def as_role(role: Role) -> str:
        return f"-H 'Authorization: Bearer {tokens[role]}'"

    return [
        f"curl -s {address}/v1/budgets/{budget_id} {as_role(Role.MEMBER)}",
        f"curl -s {address}/v1/purchases/preview {as_role(Role.MEMBER)} -H 'Content-Type: application/json' -d '{body}'",
        f"curl -s '{address}/v1/ledger/trial-balance?program_id={program_id}' {as_role(Role.AUDITOR)}",
    ]
