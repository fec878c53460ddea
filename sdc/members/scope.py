"""Which members a caller may see: a filter for queries, so that what is not theirs is not there."""

from datetime import datetime

from sqlalchemy import ColumnElement, false, select

from sdc.auth.principal import Principal, Role
from sdc.members.model import Member, Representative
from sdc.programs.scope import program_scope


def member_scope(who: Principal, *, at: datetime) -> ColumnElement[bool]:
    """Express which members are a caller's: themselves, the one they represent now, their caseload, their programs'."""
    match who.role:
        case Role.MEMBER:
            return Member.id == who.id
        case Role.REPRESENTATIVE:
            acting = select(Representative.member_id).where(
                Representative.id == who.id, Representative.acts_from <= at, Representative.acts_until > at
            )
            return Member.id.in_(acting)
        case Role.BROKER:
            return Member.broker_id == who.id
        case Role.DIRECTOR | Role.AUDITOR | Role.ADMIN | Role.PAYER:
            return program_scope(who, Member.program_id)
        case _:
            return false()
