"""Who may be paid: a vendor applies, a person approves or rejects, and may suspend and reinstate."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from vendors.errors import ClosedMoveError
from vendors.model import Vendor, VendorState

MOVES: Final[Mapping[str, tuple[frozenset[VendorState], VendorState]]] = MappingProxyType(
    {
        "approve": (frozenset({VendorState.APPLIED}), VendorState.ACTIVE),
        "reject": (frozenset({VendorState.APPLIED, VendorState.SUSPENDED}), VendorState.REJECTED),
        "suspend": (frozenset({VendorState.ACTIVE}), VendorState.SUSPENDED),
        "reinstate": (frozenset({VendorState.SUSPENDED}), VendorState.ACTIVE),
    }
)
"""Every move of a vendor: from which states, to which."""


def open_moves(state: VendorState) -> frozenset[str]:
    """Name the moves that are open in a state."""
    return frozenset(move for move, (origins, _) in MOVES.items() if state in origins)


def add_applicant(
    session: AsyncSession,
    *,
    id: UUID,
    program_id: UUID,
    name: str,
    categories: Sequence[str],
    owners: Sequence[str],
    is_directed_worker: bool,
) -> Vendor:
    """Take in a vendor who applies: nothing of it is checked yet, and it can neither sell nor be paid."""
    vendor = Vendor(
        id=id,
        program_id=program_id,
        name=name,
        state=VendorState.APPLIED,
        reason=None,
        categories=sorted(set(categories)),
        owners=sorted(set(owners)),
        is_directed_worker=is_directed_worker,
        has_tax_form=False,
        has_tin_match=False,
        is_payable=False,
        rail=None,
        payee_id=None,
        payees=0,
        screened_on=None,
        on_leie=False,
        on_sam=False,
        on_state_list=False,
        has_possible_match=False,
    )
    session.add(vendor)
    return vendor


def move_vendor(vendor: Vendor, move: str, *, reason_sealed: bytes | None = None) -> None:
    """Make a move of the table above; the reason stands with the vendor until the next move, and with the event for ever.

    Raises:
        ClosedMoveError: the move is not open in the vendor's state.

    """
    origins, target = MOVES[move]
    if vendor.state not in origins:
        raise ClosedMoveError(vendor.id, state=vendor.state, move=move, open_moves=open_moves(vendor.state))
    vendor.state = target
    vendor.reason, vendor.reason_sealed = None, reason_sealed


def accept_tax_form(vendor: Vendor, *, is_match: bool = True) -> None:
    """Note that the vendor's tax form is there, and whether its number fits the name."""
    vendor.has_tax_form, vendor.has_tin_match = True, is_match


def set_payee(vendor: Vendor, *, rail: str, payee_id: str, is_ready: bool) -> bool:
    """Note under which id a rail knows the vendor and whether it can be paid there now; say whether it became payable by this."""
    became_payable = is_ready and not vendor.is_payable
    vendor.payees += payee_id != vendor.payee_id
    vendor.rail, vendor.payee_id, vendor.is_payable = rail, payee_id, is_ready
    return became_payable


def excluded_on(vendor: Vendor) -> frozenset[str]:
    """Name the exclusion lists that hold the vendor, as the policy names them."""
    flags = {"leie": vendor.on_leie, "sam": vendor.on_sam, "state": vendor.on_state_list}
    return frozenset(name for name, is_on in flags.items() if is_on)


def note_bank(vendor: Vendor, mark: str | None, *, is_told: bool) -> bool:
    """Keep the rail's mark of the bank that is set up; say whether it is another than the one before.

    The first set-up is no change. Where the rail shows no mark, or showed none before, a vendor that could be paid has
    changed its bank when the rail told so (`is_told`).
    """
    had_mark = vendor.bank_mark is not None
    if mark is None:
        return is_told and vendor.is_payable and not had_mark
    is_other = vendor.bank_mark != mark if had_mark else is_told and vendor.is_payable
    vendor.bank_mark = mark
    return is_other


def cool_off(vendor: Vendor, *, at: datetime, until: datetime) -> None:
    """Let nothing be paid to a vendor whose bank was changed just now, until whoever should know has had time to object."""
    vendor.bank_changed_at, vendor.cooling_off_until = at, until


def end_cooling_off(vendor: Vendor) -> None:
    """Let a vendor be paid again before its time, because a person has made sure of the change."""
    vendor.cooling_off_until = None


def cooling_off_until(vendor: Vendor) -> datetime | None:
    """Tell until when nothing is paid to a vendor because its bank was changed; nothing when it was not, or a person ended it."""
    return vendor.cooling_off_until


def why_not_payable(vendor: Vendor, *, at: datetime | None = None) -> str | None:
    """Say what stands between a vendor and its money now; nothing when it can be paid.

    Without `at`, whether it waits because its bank was changed is not looked at.
    """
    if vendor.state is not VendorState.ACTIVE:
        return "not active"
    if excluded_on(vendor):
        return "excluded"
    if vendor.has_possible_match:
        return "possible match on a list"
    if vendor.payee_id is None:
        return "no payout account"
    if not vendor.is_payable:
        return "payout account not ready"
    until = cooling_off_until(vendor)
    return f"cooling_off until {until.date().isoformat()}" if at is not None and until is not None and at < until else None
