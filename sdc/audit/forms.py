"""What requests say to the auditor's routes, and what these answer."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

import ledger
from sdc.audit.cause_forms import CauseOut
from sdc.audit.causes import Cause
from sdc.audit.verifying import Proof
from sdc.web.input import Input, Output
from sdc.web.pages import Page


class AccountOut(Output):
    """An account of a book: where money is (asset), or whose it is (claim), and what it holds now."""

    id: UUID
    code: str
    side: ledger.Side
    is_guarded: bool
    balance_cents: int

    @classmethod
    def of(cls, account: ledger.Account, balance_cents: int) -> Self:
        """Show an account."""
        return cls(id=account.id, code=account.code, side=account.side, is_guarded=account.guarded, balance_cents=balance_cents)


class AccountPage(Page):
    """Accounts of a book, by their codes."""

    items: list[AccountOut]


class LineOut(Output):
    """One line of an entry: an amount in one of the two columns of an account; the tag is the category of what was bought."""

    account: str
    account_id: UUID
    debit_cents: int
    credit_cents: int
    tag: str


class EntryOut(Output):
    """An entry: one event in the books, in lines whose debits equal their credits."""

    id: UUID
    program_id: UUID
    kind: str
    subject: UUID
    effective_on: date
    recorded_at: datetime
    reverses: UUID | None
    lines: list[LineOut]
    cause: CauseOut

    @classmethod
    def of(cls, recorded: ledger.RecordedEntry, codes: dict[UUID, str], cause: Cause) -> Self:
        """Show an entry."""
        entry = recorded.entry
        return cls(
            id=entry.id,
            program_id=entry.book_id,
            kind=entry.kind,
            subject=entry.subject,
            effective_on=entry.effective_on,
            recorded_at=recorded.recorded_at,
            reverses=entry.reverses,
            lines=[
                LineOut(
                    account=codes.get(line.account_id, str(line.account_id)),
                    account_id=line.account_id,
                    debit_cents=line.amount_cents if line.direction is ledger.Direction.DEBIT else 0,
                    credit_cents=line.amount_cents if line.direction is ledger.Direction.CREDIT else 0,
                    tag=line.tag,
                )
                for line in recorded.lines
            ],
            cause=CauseOut.of(cause),
        )


class EntryPage(Page):
    """Entries of a book, by the day they count from, the oldest first."""

    items: list[EntryOut]


class TrialBalanceLineOut(Output):
    """All that was debited and credited to an account, and what that leaves on its own side."""

    account: str
    account_id: UUID
    side: ledger.Side
    debit_cents: int
    credit_cents: int
    balance_cents: int

    @classmethod
    def of(cls, line: ledger.TrialBalanceLine) -> Self:
        """Show a line."""
        return cls(
            account=line.account.code,
            account_id=line.account.id,
            side=line.account.side,
            debit_cents=line.debit_cents,
            credit_cents=line.credit_cents,
            balance_cents=line.balance_cents,
        )


class TrialBalanceOut(Output):
    """The book of a program on a day: all debits equal all credits, and what we have equals whose it is."""

    program_id: UUID
    on: date | None
    lines: list[TrialBalanceLineOut]
    debit_cents: int
    credit_cents: int
    assets_cents: int
    claims_cents: int
    is_balanced: bool

    @classmethod
    def of(cls, program_id: UUID, on: date | None, lines: list[ledger.TrialBalanceLine]) -> Self:
        """Add up a trial balance."""
        assets, claims = (sum(line.balance_cents for line in lines if line.account.side is side) for side in ledger.Side)
        debits, credits_ = sum(line.debit_cents for line in lines), sum(line.credit_cents for line in lines)
        return cls(
            program_id=program_id,
            on=on,
            lines=[TrialBalanceLineOut.of(line) for line in lines],
            debit_cents=debits,
            credit_cents=credits_,
            assets_cents=assets,
            claims_cents=claims,
            is_balanced=assets == claims and debits == credits_,
        )


class VerificationIn(Input):
    """Which program's book to verify; without one, all that are the caller's."""

    program_id: UUID | None = None


class FaultOut(Output):
    """One row that does not agree with the others, or something that the books and a feature tell differently."""

    kind: str
    program_id: UUID | None
    entry_id: UUID | None
    number: int | None
    account_id: UUID | None
    block_number: int | None
    subject: UUID | None
    detail: str


class VerificationOut(Output):
    """What was recomputed and compared; `faults` shows the first thousand of `fault_count`."""

    ok: bool
    transfers: int
    accounts: int
    blocks: int
    fault_count: int
    faults: list[FaultOut]

    @classmethod
    def of(cls, proof: Proof) -> Self:
        """Show a proof."""
        rows = [
            FaultOut(
                kind=fault.kind,
                program_id=fault.book_id,
                entry_id=fault.entry_id,
                number=fault.number,
                account_id=fault.account_id,
                block_number=fault.block_number,
                subject=None,
                detail=fault.detail,
            )
            for fault in proof.faults
        ]
        told = [
            FaultOut(
                kind=one.kind,
                program_id=one.program_id,
                entry_id=None,
                number=None,
                account_id=None,
                block_number=None,
                subject=one.subject,
                detail=one.detail,
            )
            for one in proof.disagreements
        ]
        return cls(
            ok=proof.ok,
            transfers=proof.transfers,
            accounts=proof.accounts,
            blocks=proof.blocks,
            fault_count=proof.fault_count,
            faults=[*rows, *told][:MOST_FAULTS],
        )


class HeadOut(Output):
    """The head of a block: what the verifier for outsiders reads; bytes are hexadecimal."""

    form: str
    book_id: UUID
    number: int
    previous: str
    leaf_count: int
    root: str
    event_count: int
    events_root: str
    trial_hash: str | None
    sealed_at_us: int
    public_key: str | None
    hash: str
    signature: str | None
    counter_signature: str | None

    @classmethod
    def of(cls, block: ledger.Block) -> Self:
        """Show a block."""
        return cls.model_validate(ledger.head_data(block) | {"book_id": block.book_id})


class HeadPage(Output):
    """Some heads of a book, by number."""

    items: list[HeadOut]
    next_cursor: str | None


class ProvedTransferOut(Output):
    """A transfer as it is hashed, and the path from its leaf to the root of the block."""

    effective_on: date
    entry_id: UUID
    number: int
    transfer_count: int
    book_id: UUID
    subject: UUID
    recorded_at_us: int
    debit_id: UUID
    credit_id: UUID
    amount_cents: int
    reverses: UUID | None
    asked_on: date | None
    kind: str
    tag: str
    index: int
    path: list[str]


class ReceiptOut(Output):
    """The receipt of an entry: `sdc ledger verifier` gives the program that checks it, without this service."""

    form: str
    head: HeadOut
    transfers: list[ProvedTransferOut]


MOST_FAULTS = 1_000
