"""An account: its side and whether it is guarded are fixed for life."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from ledger.text import check_text

AccountId = UUID
"""Derived by the caller (uuid5 of the book and the code, say), never made by the database."""

MAX_CODE = 200


class Side(StrEnum):
    """The side on which an account's balance is positive."""

    ASSET = "asset"
    """Debits raise it: cash, what others owe us."""
    CLAIM = "claim"
    """Credits raise it: what we owe, what is promised, what belongs to someone."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where money is, or whose it is.

    A guarded account has a balance row that can never fall below zero and that postings lock. An open account is never
    locked and never updated: its balance is the fold of its transfers, and it may be overdrawn.
    """

    id: AccountId
    book_id: UUID
    code: str
    side: Side
    guarded: bool

    def __post_init__(self) -> None:
        """Refuse a code that cannot be kept.

        Raises:
            InvalidTextError: the code is empty, too long or holds a character that a database cannot keep.

        """
        check_text("code", self.code, at_least=1, at_most=MAX_CODE)
