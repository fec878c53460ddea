"""Lead a vendor to the payment processor's page and back, without a token of ours in its browser.

The processor's page opens for a few minutes. When it is too late, the processor sends the browser to our `refresh` address,
which opens a new page, once: the address holds a random word of which only the hash is kept. The `return` address only has
the account looked at: to come back proves nothing.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.marketplace.model import OnboardingLink
from sdc.outbox import enqueue
from vendors import Vendor
from vendors.rails import Rail

LINK_LIFE: Final = timedelta(days=3)
"""How long a vendor may leave the processor's page open and have it opened anew."""
_PATH: Final = "/v1/onboarding"


def new_link_text() -> str:
    """Make the word of a way back: 256 random bits."""
    return secrets.token_urlsafe(32)


async def open_page(rail: Rail, payee_id: str, text: str, *, public_url: str) -> str:
    """Have the rail open its page for a payee, with our two addresses behind it.

    Raises:
        RailAnswerError: the rail did not answer.

    """
    here = f"{public_url}{_PATH}/{text}"
    return await rail.onboarding_url(payee_id, refresh_url=f"{here}/refresh", return_url=f"{here}/return")


def keep_link(session: AsyncSession, vendor_id: UUID, text: str, *, at: datetime) -> None:
    """Keep a way back; the caller has told its word to the rail, and nobody else."""
    session.add(OnboardingLink(hash=_hash(text), vendor_id=vendor_id, expires_at=at + LINK_LIFE, used_at=None, returned_at=None))


async def find_link(session: AsyncSession, text: str, *, at: datetime) -> Vendor | None:
    """Tell whose way back a word is; nothing when it was used, is too old or is no word of ours."""
    query = select(Vendor).join(OnboardingLink, OnboardingLink.vendor_id == Vendor.id)
    usable = query.where(OnboardingLink.hash == _hash(text), OnboardingLink.used_at.is_(None), OnboardingLink.expires_at > at)
    return (await session.scalars(usable)).one_or_none()


async def use_link(session: AsyncSession, text: str, *, at: datetime) -> bool:
    """Use a way back up; of two who do so at once, one does."""
    link = (OnboardingLink.hash == _hash(text), OnboardingLink.used_at.is_(None), OnboardingLink.expires_at > at)
    done = await session.execute(update(OnboardingLink).where(*link).values(used_at=at).execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount == 1


async def note_return(session: AsyncSession, text: str, *, at: datetime) -> bool:
    """Have the account of whoever came back looked at soon, once for each way back."""
    link = (OnboardingLink.hash == _hash(text), OnboardingLink.returned_at.is_(None), OnboardingLink.expires_at > at)
    change = update(OnboardingLink).where(*link).values(returned_at=at).returning(OnboardingLink.vendor_id)
    vendor_id = (await session.execute(change.execution_options(synchronize_session=False))).scalar_one_or_none()
    if vendor_id is not None:
        enqueue(session, "look_at_payee", vendor_id, at=at)
    return vendor_id is not None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
