"""Which programs a caller may see: a filter for queries, so that what is not theirs is not there."""

from uuid import UUID

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import InstrumentedAttribute

from sdc.auth.principal import Principal, Role
from sdc.programs.model import Program, Staff, StaffProgram


def program_scope(who: Principal, program_id: InstrumentedAttribute[UUID] = Program.id) -> ColumnElement[bool]:
    """Express which programs are a staff person's: all of them, those they work for, or those of their payer.

    `program_id` is the column that names the program in the caller's own query.
    """
    match who.role:
        case Role.ADMIN:
            return true()
        case Role.BROKER | Role.DIRECTOR | Role.AUDITOR:
            return program_id.in_(select(StaffProgram.program_id).where(StaffProgram.staff_id == who.id))
        case Role.PAYER:
            funded = select(Program.id).join(Staff, Staff.payer_id == Program.payer_id).where(Staff.id == who.id)
            return program_id.in_(funded.correlate(None))
        case _:
            return false()
