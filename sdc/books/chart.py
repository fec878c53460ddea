"""The chart of accounts: every account a program's book can have, and the id that its code gives it.

An account's id derives from its code, so that nobody looks one up. Budget accounts carry the budget's id in their
code, vendor accounts the vendor's; the accounts that a program has once carry nothing, and derive from its book.
"""

from uuid import UUID, uuid5

import ledger
from ledger import Side

TRANSFER_RAIL = "stripe"


def account_id(book_id: UUID, code: str) -> UUID:
    """Derive the id of the account `code` of a book."""
    return uuid5(book_id, code)


def account(book_id: UUID, code: str) -> ledger.Account:
    """Describe the account `code` of a book: its side and whether it may never go below zero.

    Raises:
        KeyError: the chart has no such account.

    """
    kind = code.split(":", 1)[0]
    side, guarded = KINDS[kind]
    return ledger.Account(id=account_id(book_id, code), book_id=book_id, code=code, side=side, guarded=guarded)


KINDS: dict[str, tuple[Side, bool]] = {
    "cash.processor": (Side.ASSET, False),
    "cash.bank": (Side.ASSET, False),
    "cash.topup": (Side.ASSET, False),
    "receivable.payer": (Side.ASSET, False),
    "recoverable.payer": (Side.ASSET, False),
    "recoverable.vendor": (Side.ASSET, False),
    "recoverable.member": (Side.ASSET, False),
    "funding": (Side.CLAIM, True),
    "budget.unreleased": (Side.CLAIM, True),
    "budget.available": (Side.CLAIM, True),
    "budget.encumbered": (Side.CLAIM, True),
    "budget.saved": (Side.CLAIM, True),
    "payable": (Side.CLAIM, False),
    "transit": (Side.CLAIM, False),
    "refunds_due": (Side.CLAIM, False),
    "withheld": (Side.CLAIM, False),
    "unclaimed": (Side.CLAIM, False),
    "lapsed": (Side.CLAIM, False),
    "payer_due": (Side.CLAIM, False),
    "suspense": (Side.CLAIM, False),
    "administration": (Side.CLAIM, True),
}

CASH_PROCESSOR = "cash.processor"
CASH_BANK = "cash.bank"
CASH_TOPUP = "cash.topup"
RECOVERABLE_PAYER = "recoverable.payer"
RECOVERABLE_VENDOR = "recoverable.vendor"
PAYER_DUE = "payer_due"
REFUNDS_DUE = "refunds_due"
WITHHELD = "withheld"
UNCLAIMED = "unclaimed"
SUSPENSE = "suspense"
ADMINISTRATION = "administration"


def funding(source_id: UUID) -> str:
    """Name the account of a funding source: money of a payer that no budget has yet."""
    return f"funding:{source_id}"


def unreleased(budget_id: UUID) -> str:
    """Name the part of a budget that later periods will release."""
    return f"budget.unreleased:{budget_id}"


def available(budget_id: UUID) -> str:
    """Name what a member can spend today."""
    return f"budget.available:{budget_id}"


def encumbered(budget_id: UUID) -> str:
    """Name what is set aside for approved purchases."""
    return f"budget.encumbered:{budget_id}"


def saved(budget_id: UUID) -> str:
    """Name what a member saves for something bigger."""
    return f"budget.saved:{budget_id}"


def payable(vendor_id: UUID) -> str:
    """Name what is owed to a vendor."""
    return f"payable:{vendor_id}"


def transit(rail: str = TRANSFER_RAIL) -> str:
    """Name what has left for vendors on a rail and is not settled."""
    return f"transit:{rail}"


def lapsed(source_id: UUID) -> str:
    """Name what budgets of a funding source did not use by their end: the payer's again."""
    return f"lapsed:{source_id}"


def accounts(book_id: UUID, *codes: str) -> list[ledger.Account]:
    """Describe accounts that open with the first entry that needs them."""
    return [account(book_id, code) for code in codes]


def program_accounts(book_id: UUID) -> list[ledger.Account]:
    """List the accounts that a new program's book opens with."""
    return [account(book_id, code) for code in (CASH_PROCESSOR, CASH_BANK, CASH_TOPUP, transit())]


def budget_accounts(book_id: UUID, budget_id: UUID) -> list[ledger.Account]:
    """List the four accounts of a new budget."""
    return [account(book_id, name(budget_id)) for name in (unreleased, available, encumbered, saved)]


def budget_account_ids(book_id: UUID, budget_id: UUID) -> dict[str, UUID]:
    """Name the ids of a budget's four accounts by what they hold."""
    return {
        "unreleased": account_id(book_id, unreleased(budget_id)),
        "available": account_id(book_id, available(budget_id)),
        "encumbered": account_id(book_id, encumbered(budget_id)),
        "saved": account_id(book_id, saved(budget_id)),
    }
