"""Describe a vendor: what it says of itself, at sign-up and later; what an approved vendor was approved for, only staff changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc.auth.principal import Role
from sdc.crypto import KeyRing
from sdc.errors import ConflictError, WrongStateError
from sdc.marketplace.contact import Contact, open_contact, open_legal_name, seal_contact, seal_legal_name
from sdc.marketplace.events import Actor, note_event
from sdc.marketplace.messages import write_message
from sdc.outbox import enqueue
from vendors import OrganisationType, Vendor, VendorPerson, VendorState

REVIEWED: Final = frozenset({"name", "legal_name", "npi", "organisation_type", "is_consumer_run", "categories", "owners", "employer_ids"})
"""What a reviewer looked at: of a vendor that was approved, only staff changes it."""

_JUDGED: Final = frozenset({"categories", "owners", "employer_ids"})
"""What rules ask: bills that wait are looked at again."""

OLD_CONTACT_STANDS: Final = timedelta(days=30)
"""Within this time of a change the contact from before it stays the old one, so that changing twice silences nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a vendor says of itself; which of it was said is told beside."""

    name: str | None = None
    categories: tuple[str, ...] = ()
    legal_name: str | None = None
    contact: Contact | None = None
    npi: str | None = None
    organisation_type: OrganisationType | None = None
    is_consumer_run: bool = False
    service_counties: tuple[str, ...] = ()
    clientele: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()
    hours: tuple[Mapping[str, str], ...] = ()
    employer_ids: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


PROFILE_FIELDS: Final = frozenset(Profile.__dataclass_fields__)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def take_profile(vendor: Vendor, profile: Profile, fields: frozenset[str], *, keyring: KeyRing, at: datetime) -> frozenset[str]:
    """Put what was said into a vendor; name what is otherwise than before."""
    plain = {field: _kept(field, getattr(profile, field)) for field in fields - {"legal_name", "contact"}}
    changed = {field for field, value in plain.items() if getattr(vendor, field) != value}
    for field in changed:
        setattr(vendor, field, plain[field])
    if "legal_name" in fields and profile.legal_name != open_legal_name(keyring, vendor):
        vendor.legal_name_sealed = seal_legal_name(keyring, vendor, profile.legal_name) if profile.legal_name else None
        changed.add("legal_name")
    if "contact" in fields and profile.contact is not None and _take_contact(vendor, profile.contact, keyring=keyring, at=at):
        changed.add("contact")
    return frozenset(changed)


async def change_vendor(
    session: AsyncSession,
    vendor: Vendor,
    profile: Profile,
    fields: frozenset[str],
    *,
    message_ids: tuple[UUID, UUID],
    actor: Actor,
    at: datetime,
) -> frozenset[str]:
    """Change what is said of a vendor, and name what is otherwise now. The caller has locked it and looked at its categories.

    When the address for mail changes, the old one and the new one are both told.

    Raises:
        WrongStateError: the vendor was rejected.
        ConflictError: the vendor changes what it was approved for: a person of the program does.

    """
    if vendor.state is VendorState.REJECTED:
        raise WrongStateError("vendor", vendor.id, state=vendor.state, move="change", open_moves=vendors.open_moves(vendor.state))
    assert actor.keyring is not None, "a contact is kept sealed"
    if "owners" in fields:
        profile = replace(profile, owners=(*profile.owners, *await _named_owners(session, vendor)))
    email_before = _email_of(vendor, actor.keyring)
    changed = take_profile(vendor, profile, fields, keyring=actor.keyring, at=at)
    kept = sorted(changed & REVIEWED) if actor.role is Role.VENDOR and vendor.state is not VendorState.APPLIED else []
    if kept:
        raise ConflictError(f"an approved vendor does not change its {' or '.join(kept)} itself: ask the program to")
    if not changed:
        return changed
    note_event(session, vendor, "changed", actor=actor, at=at, fields=",".join(sorted(changed)))
    if email_before not in {None, _email_of(vendor, actor.keyring)}:
        await write_message(session, vendor, kind="contact_changed", id=message_ids[0], facts={}, to="old", at=at)
        await write_message(session, vendor, kind="contact_changed", id=message_ids[1], facts={}, at=at)
    await vendors.index_vendor(session, vendor)
    if changed & _JUDGED:
        enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
    return changed


async def _named_owners(session: AsyncSession, vendor: Vendor) -> Sequence[str]:
    """Read the references of the persons who own or manage a vendor now: only their end takes them away."""
    named = select(VendorPerson.reference).where(VendorPerson.vendor_id == vendor.id, VendorPerson.is_current)
    return [one for one in await session.scalars(named) if one is not None]


def _email_of(vendor: Vendor, keyring: KeyRing) -> str | None:
    return None if vendor.contact_sealed is None else open_contact(keyring, vendor, vendor.contact_sealed).email


def _take_contact(vendor: Vendor, contact: Contact, *, keyring: KeyRing, at: datetime) -> bool:
    before = None if vendor.contact_sealed is None else open_contact(keyring, vendor, vendor.contact_sealed)
    if before == contact:
        return False
    if before is not None and before.email != contact.email:
        is_old = vendor.contact_changed_at is None or vendor.contact_changed_at + OLD_CONTACT_STANDS <= at
        if is_old or vendor.former_contact_sealed is None:
            vendor.former_contact_sealed = vendor.contact_sealed
        vendor.contact_changed_at = at
    vendor.contact_sealed = seal_contact(keyring, vendor, contact)
    return True


def _kept(field: str, value: Any) -> Any:  # noqa: ANN401 - the fields are of many types
    """Write a value as it is stored: lists sorted, nothing twice; hours in the order of the week."""
    if field == "hours":
        return sorted((dict(one) for one in value), key=lambda one: (_DAYS.index(one["day"]), one["opens"]))
    return sorted(set(value)) if isinstance(value, tuple) else value
