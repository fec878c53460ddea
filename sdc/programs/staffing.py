"""Make a staff person known, with the role they have and the programs or payer they work for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import STAFF_ROLES, Role, enrol
from sdc.errors import FieldError, NotFoundError
from sdc.programs.model import Program, Staff, StaffProgram
from sdc.programs.reading import StaffWithPrograms, find_payer
from sdc.programs.setting_up import refuse_if_any

IN_PROGRAMS = frozenset({Role.BROKER, Role.DIRECTOR, Role.AUDITOR})
"""Roles that work for programs; a payer's officer works for a payer, an administrator for all."""


async def add_staff(
    session: AsyncSession,
    *,
    id: UUID,
    role: Role,
    name: str,
    program_ids: Sequence[UUID],
    payer_id: UUID | None,
    employer_id: str | None,
    relatives: Sequence[str],
    by: UUID,
    at: datetime,
) -> StaffWithPrograms:
    """Make a staff person known; they can hold tokens from now on.

    Raises:
        InvalidFieldError: not a role of staff, or programs or a payer that do not go with it (all are named).
        NotFoundError: no such program or payer.

    """
    refuse_if_any(_wrong(role, program_ids, payer_id))
    programs = tuple(dict.fromkeys(program_ids))
    await _require_programs(session, programs)
    if payer_id is not None:
        await find_payer(session, payer_id)
    staff = Staff(
        id=id, role=role, name=name, payer_id=payer_id, employer_id=employer_id, relatives=list(dict.fromkeys(relatives)), created_at=at
    )
    session.add(staff)
    await session.flush()
    session.add_all(StaffProgram(staff_id=id, program_id=program_id) for program_id in programs)
    enrol(session, id, role=role, at=at)
    journal.record(session, "staff.added", subject=id, by=by, at=at, role=role)
    return StaffWithPrograms(staff, programs)


def _wrong(role: Role, program_ids: Sequence[UUID], payer_id: UUID | None) -> list[FieldError]:
    wrong = []
    if role not in STAFF_ROLES:
        wrong.append(FieldError("role", "this is not a role of staff"))
    if role in IN_PROGRAMS and not program_ids:
        wrong.append(FieldError("program_ids", f"name the programs this {role} works for"))
    if role not in IN_PROGRAMS and program_ids:
        wrong.append(FieldError("program_ids", f"this does not go with the role {role}"))
    if role is Role.PAYER and payer_id is None:
        wrong.append(FieldError("payer_id", "name the payer this person works for"))
    if role is not Role.PAYER and payer_id is not None:
        wrong.append(FieldError("payer_id", f"this does not go with the role {role}"))
    return wrong


async def _require_programs(session: AsyncSession, program_ids: Sequence[UUID]) -> None:
    known = set(await session.scalars(select(Program.id).where(Program.id.in_(program_ids)))) if program_ids else set()
    missing = next((program_id for program_id in program_ids if program_id not in known), None)
    if missing is not None:
        raise NotFoundError("program", missing)
