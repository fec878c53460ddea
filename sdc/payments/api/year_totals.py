"""Routes of what vendors were paid in a calendar year."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter
from sqlalchemy import select

from sdc import journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.marketplace.scope import load_vendor
from sdc.payments.afterwards_forms import GatheredList, GatheredOut, YearTotalOut
from sdc.payments.totalling import YearTotal, tax_numbers, year_totals
from sdc.programs.model import Program
from sdc.programs.reading import find_program

CalendarYear = Annotated[int, PathParameter(ge=2000, le=2199, description="a calendar year")]


@get("/v1/vendors/{vendor_id:uuid}/year-totals/{year:int}", opt={"permission": Permission.SEE_YEAR_TOTALS})
async def get_year_total(
    vendor_id: FromPath[UUID],
    year: CalendarYear,
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> YearTotalOut:
    """Show what a vendor was paid in a calendar year, by the day on which it was paid; a vendor sees its own."""
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=clock.now())
        program = await session.get_one(Program, vendor.program_id)
        totals = await year_totals(session, program, year, vendor_id=vendor.id)
    return YearTotalOut.of(vendor.id, year, totals.get(vendor.id, YearTotal()))


@get("/v1/year-totals/{year:int}", opt={"permission": Permission.GATHER_YEAR_TOTALS})
async def gather_year_totals(
    year: CalendarYear,
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    program_id: Annotated[UUID | None, QueryParameter(description="only this program")] = None,
) -> GatheredList:
    """Gather a year's totals by payer and tax number: one vendor may sell in several programs, under several records."""
    async with sessions.read() as session:
        programs = (
            [await find_program(session, program_id, who=who)]
            if program_id is not None
            else list(await session.scalars(select(Program).order_by(Program.id)))
        )
        totals = [(program.payer_id, await year_totals(session, program, year)) for program in programs]
        records = await tax_numbers(session, [vendor_id for _, of_program in totals for vendor_id in of_program])
    gathered: dict[tuple[UUID, str], tuple[YearTotal, list[UUID], str | None]] = {}
    for payer_id, of_program in totals:
        for vendor_id, total in of_program.items():
            record = records.get(vendor_id)
            place = (payer_id, str(vendor_id) if record is None else record.tin_mark)
            so_far, vendor_ids, _ = gathered.get(place, (YearTotal(), [], None))
            gathered[place] = (so_far + total, [*vendor_ids, vendor_id], record.tin_last_four if record else None)
    items = [
        GatheredOut.gathered(payer_id, sorted(vendor_ids), year, total, tin_last_four=last_four)
        for (payer_id, _), (total, vendor_ids, last_four) in gathered.items()
    ]
    await journal.record_view(sessions, "year_totals.gathered", subject=program_id, by=who.id, at=clock.now(), year=year, count=len(items))
    return GatheredList(items=sorted(items, key=lambda one: (-one.reportable_cents, one.vendor_ids)))


HANDLERS = [get_year_total, gather_year_totals]
