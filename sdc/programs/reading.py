"""Find payers, programs, funding sources and staff, as far as the caller may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal
from sdc.errors import NotFoundError
from sdc.programs.model import FundingSource, Payer, Program, Staff, StaffProgram, TopUp
from sdc.programs.scope import program_scope


@dataclass(frozen=True, slots=True)
class StaffWithPrograms:
    """A staff person and the programs they work for."""

    staff: Staff
    program_ids: tuple[UUID, ...]


async def find_payer(session: AsyncSession, payer_id: UUID) -> Payer:
    """Find a payer.

    Raises:
        NotFoundError: there is none.

    """
    payer = await session.get(Payer, payer_id)
    if payer is None:
        raise NotFoundError("payer", payer_id)
    return payer


async def find_program(session: AsyncSession, program_id: UUID, *, who: Principal) -> Program:
    """Find a program that is the caller's to see.

    Raises:
        NotFoundError: there is none, or it is not theirs.

    """
    program = await session.scalar(programs_of(who).where(Program.id == program_id))
    if program is None:
        raise NotFoundError("program", program_id)
    return program


def programs_of(who: Principal) -> Select[Program]:
    """Select the programs that are the caller's to see."""
    return select(Program).where(program_scope(who))


def funding_sources_of(program: Program) -> Select[FundingSource]:
    """Select the funding sources of a program."""
    return select(FundingSource).where(FundingSource.program_id == program.id)


def top_ups_of(program: Program) -> Select[TopUp]:
    """Select the top-ups of a program."""
    return select(TopUp).where(TopUp.program_id == program.id)


async def with_programs(session: AsyncSession, people: Sequence[Staff]) -> list[StaffWithPrograms]:
    """Read for which programs these people work, in one statement."""
    rows = await session.execute(
        select(StaffProgram.staff_id, StaffProgram.program_id)
        .where(StaffProgram.staff_id.in_([person.id for person in people]))
        .order_by(StaffProgram.program_id)
    )
    programs: Mapping[UUID, list[UUID]] = {person.id: [] for person in people}
    for staff_id, program_id in rows:
        programs[staff_id].append(program_id)
    return [StaffWithPrograms(person, tuple(programs[person.id])) for person in people]
