"""Apply as a vendor: a record, a principal who may hold tokens, and a limit on how often a stranger may do so."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import policy
import vendors
from sdc.auth.principal import Role, enrol
from sdc.auth.tokens import DEFAULT_LIFE, issue_token
from sdc.clock import local_date
from sdc.errors import FieldError, InvalidFieldError, NotFoundError, RateLimitedError
from sdc.marketplace.describing import PROFILE_FIELDS, Profile, take_profile
from sdc.marketplace.events import Actor, note_event
from sdc.programs.model import Program
from sdc.rulebooks.reading import compiled, version_in_force
from vendors import Vendor

APPLICATIONS_A_MINUTE = 10
_MINUTE_SECONDS = 60.0
_MOST_ADDRESSES = 10_000


class ApplicationRate:
    """How often each address applied in the last minute, in this process: addresses are forgotten after it."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}

    def count(self, address: str, *, seconds: float) -> None:
        """Count one application at a moment of a steady clock.

        Raises:
            RateLimitedError: the address has applied ten times within the last minute.

        """
        if len(self._seen) >= _MOST_ADDRESSES:
            self._seen = {known: times for known, times in self._seen.items() if times[-1] > seconds - _MINUTE_SECONDS}
        times = self._seen.setdefault(address, deque())
        while times and times[0] <= seconds - _MINUTE_SECONDS:
            times.popleft()
        if len(times) >= APPLICATIONS_A_MINUTE:
            raise RateLimitedError(int(times[0] + _MINUTE_SECONDS - seconds) + 1)
        times.append(seconds)


async def apply_as_vendor(
    session: AsyncSession,
    *,
    id: UUID,
    program_id: UUID,
    name: str,
    categories: Sequence[str],
    owners: Sequence[str] = (),
    is_directed_worker: bool = False,
    profile: Profile | None = None,
    actor: Actor,
    at: datetime,
) -> Vendor:
    """Take in an application; a person approves it before anything can be bought. What more it says of itself may come later.

    Raises:
        NotFoundError: no such program.
        InvalidFieldError: a category that the program does not know.

    """
    await check_categories(session, program_id, categories, field="categories", at=at)
    vendor = vendors.add_applicant(
        session, id=id, program_id=program_id, name=name, categories=categories, owners=owners, is_directed_worker=is_directed_worker
    )
    if profile is not None and actor.keyring is not None:
        take_profile(vendor, profile, PROFILE_FIELDS - {"name", "categories", "owners"}, keyring=actor.keyring, at=at)
    enrol(session, id, role=Role.VENDOR, at=at)
    note_event(session, vendor, "applied", actor=actor, at=at, program=program_id)
    await vendors.index_vendor(session, vendor)
    return vendor


async def give_first_token(session: AsyncSession, vendor: Vendor, *, id: UUID, text: str, at: datetime) -> None:
    """Give an applicant the token by which it comes back; its text is shown once."""
    await session.flush()
    await issue_token(session, vendor.id, id=id, text=text, role=Role.VENDOR, expires_at=at + DEFAULT_LIFE, by=vendor.id, at=at)


async def check_categories(
    session: AsyncSession, program_id: UUID, categories: Sequence[str], *, field: str, at: datetime
) -> policy.Rulebook:
    """Refuse categories that the program's rulebook does not have; give that rulebook.

    Raises:
        NotFoundError: no such program, or it has no rulebook in force.
        InvalidFieldError: naming each unknown category.

    """
    program = await session.get(Program, program_id)
    if program is None:
        raise NotFoundError("program", program_id)
    version_id = await session.scalar(version_in_force(program.rulebook, local_date(at, program.time_zone)))
    if version_id is None:
        raise NotFoundError("rulebook", program.rulebook)
    rulebook = await compiled(session, version_id)
    wrong = [FieldError(field, f"{code} is not a category of this program") for code in categories if code not in rulebook.categories]
    if wrong:
        raise InvalidFieldError(wrong[0].field, wrong[0].message, more=wrong[1:])
    return rulebook
