"""Builders: vendors, what they sell, and purchases, with defaults a test may change."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sdc.auth.principal import Principal, Role
from sdc.books import chart, posting
from sdc.budgets.model import Budget
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.members.model import Member
from sdc.programs.model import Program
from sdc.purchases.request import Asked, RequestIds, request_purchase
from sdc.purchases.whole import Whole
from tests.builders import KEYS, NOON
from vendors import Credential, Offering, Vendor, VendorState


async def a_vendor(sessions: Sessions, program: Program, **changes: Any) -> Vendor:
    """Make a vendor that is ready to sell and to be paid; `changes` are its columns."""
    given: dict[str, Any] = {
        "id": new_id(),
        "name": "Corner Gym",
        "state": VendorState.ACTIVE,
        "reason": None,
        "categories": ["WELL_GYM", "WELL_EQUIP", "TRAN_TRANSIT", "TECH_COMPUTER", "WELL_ALT", "HLTH_DENTAL", "EMPL_TOOLS"],
        "owners": [],
        "is_directed_worker": False,
        "has_tax_form": True,
        "has_tin_match": True,
        "is_payable": True,
        "rail": "sandbox",
        "payee_id": "acct_test",
        "payees": 1,
        "screened_on": date(2026, 10, 1),
        "on_leie": False,
        "on_sam": False,
        "on_state_list": False,
    }
    vendor = Vendor(program_id=program.id, **(given | changes))
    async with sessions.begin() as session:
        session.add(vendor)
        await posting.open_accounts(session, [chart.account(program.id, chart.payable(vendor.id))], at=NOON)
    return vendor


async def an_offering(
    sessions: Sessions,
    vendor: Vendor,
    *,
    category: str = "WELL_GYM",
    title: str = "Gym month",
    unit_price_cents: int = 4_000,
    tags: tuple[str, ...] = (),
) -> Offering:
    """Put something on a vendor's shelf."""
    offering = Offering(
        id=new_id(),
        vendor_id=vendor.id,
        category=category,
        title=title,
        unit="month",
        unit_price_cents=unit_price_cents,
        tags=list(tags),
        is_active=True,
    )
    async with sessions.begin() as session:
        session.add(offering)
    return offering


async def a_credential(sessions: Sessions, vendor: Vendor, *, kind: str, expires_on: date = date(2027, 12, 31)) -> Credential:
    """Give a vendor a license or card."""
    credential = Credential(id=new_id(), vendor_id=vendor.id, type=kind, number="L-1", state="FL", expires_on=expires_on)
    async with sessions.begin() as session:
        session.add(credential)
    return credential


def principal(subject: UUID, role: Role) -> Principal:
    """Name somebody who acts, as the gate would."""
    return Principal(id=subject, role=role, token_id=subject)


async def a_purchase(
    sessions: Sessions, member: Member, budget: Budget, vendor: Vendor, *, who: Principal | None = None, at: datetime = NOON, **asked: Any
) -> Whole:
    """Ask to buy, as the member unless told: a gym visit at $40.00 for no goal unless the test names one."""
    given: dict[str, Any] = (
        {} if "offering_id" in asked else {"category": "WELL_GYM", "description": "a gym visit", "unit_price_cents": 4_000}
    )
    request = Asked(budget_id=budget.id, member_id=member.id, vendor_id=vendor.id, **(given | asked))
    async with sessions.begin() as session:
        return await request_purchase(
            session, request, who=who or principal(member.id, Role.MEMBER), ids=RequestIds.new(), keyring=KEYS, at=at
        )
