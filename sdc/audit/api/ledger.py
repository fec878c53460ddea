"""Routes of the auditor: accounts, entries with their cause, the trial balance, and the proof that nothing was edited."""

import json
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

import ledger
from sdc import journal
from sdc.audit.forms import (
    AccountOut,
    AccountPage,
    EntryOut,
    EntryPage,
    HeadOut,
    HeadPage,
    ReceiptOut,
    TrialBalanceOut,
    VerificationIn,
    VerificationOut,
)
from sdc.audit.reading import EntryFilter, codes_and_causes, give_receipt, page_of_accounts, page_of_entries, program_ids_of
from sdc.audit.rejudging import rejudge_decisions
from sdc.audit.rejudgment_forms import RejudgmentIn, RejudgmentOut
from sdc.audit.verifying import prove
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.errors import NotFoundError
from sdc.programs.reading import find_program
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit

EntryKind = Annotated[str | None, QueryParameter(max_length=100, pattern=r"^[a-z_]*$", description="such as `expenditure`")]
AccountCode = Annotated[
    str | None,
    QueryParameter(
        max_length=200, pattern=r"^[A-Za-z0-9_.:\-]*$", description="an account by its code, such as `cash.processor`, or its id"
    ),
]
FromDay = Annotated[date | None, QueryParameter(name="from", description="the first day, by the day an entry counts from")]
ToDay = Annotated[date | None, QueryParameter(name="to", description="the last day")]
HeadCursor = Annotated[str | None, QueryParameter(pattern=r"^[1-9][0-9]{0,17}$", description="the number after which to go on")]
OnDay = Annotated[date | None, QueryParameter(description="as of the end of this day; now, when it is left out")]


@get("/v1/ledger/accounts", opt={"permission": Permission.SEE_LEDGER})
async def list_accounts(
    program_id: FromQuery[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> AccountPage:
    """List the accounts of a program's book, by their codes, with what each holds."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        accounts, next_cursor = await page_of_accounts(session, program.id, limit=limit, cursor=cursor)
        held = await ledger.balances(session, [account.id for account in accounts])
    await journal.record_view(sessions, "ledger.accounts_listed", subject=program.id, by=who.id, at=clock.now(), count=len(accounts))
    return AccountPage(items=[AccountOut.of(account, held[account.id]) for account in accounts], next_cursor=next_cursor)


@get("/v1/ledger/entries", opt={"permission": Permission.SEE_LEDGER})
async def list_entries(
    program_id: FromQuery[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    account: AccountCode = None,
    kind: EntryKind = None,
    subject: FromQuery[UUID | None] = None,
    effective_from: FromDay = None,
    effective_to: ToDay = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> EntryPage:
    """List the entries of a program's book with their lines and causes, by the day they count from, the oldest first."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        wanted = EntryFilter(account=account, kind=kind, subject=subject, effective_from=effective_from, effective_to=effective_to)
        page = await page_of_entries(session, program.id, wanted, limit=limit, cursor=cursor)
        codes, causes = await codes_and_causes(session, page.entries)
    await journal.record_view(sessions, "ledger.entries_listed", subject=program.id, by=who.id, at=clock.now(), count=len(page.entries))
    return EntryPage(items=[EntryOut.of(one, codes, causes[one.entry.subject]) for one in page.entries], next_cursor=page.next_cursor)


@get("/v1/ledger/entries/{entry_id:uuid}", opt={"permission": Permission.SEE_LEDGER})
async def get_entry(
    entry_id: FromPath[UUID],
    program_id: FromQuery[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> EntryOut:
    """Show one entry with its lines, and what stands behind it: purchase, decision, approvals, bill, payment, papers."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        recorded = await ledger.find_entry(session, program.id, entry_id)
        if recorded is None:
            raise NotFoundError("entry", entry_id)
        codes, causes = await codes_and_causes(session, [recorded])
    await journal.record_view(sessions, "ledger.entry_seen", subject=entry_id, by=who.id, at=clock.now(), program=program.id)
    return EntryOut.of(recorded, codes, causes[recorded.entry.subject])


@get("/v1/ledger/entries/{entry_id:uuid}/receipt", opt={"permission": Permission.SEE_LEDGER})
async def get_receipt(
    entry_id: FromPath[UUID],
    program_id: FromQuery[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> ReceiptOut:
    """Give the receipt of an entry: whoever holds it can check it offline. An entry is in a block within about a second."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        receipt = await give_receipt(session, program.id, entry_id)
    await journal.record_view(sessions, "ledger.receipt_given", subject=entry_id, by=who.id, at=clock.now(), program=program.id)
    return ReceiptOut.model_validate_json(json.dumps(receipt))


@get("/v1/ledger/heads", opt={"permission": Permission.SEE_LEDGER})
async def list_heads(
    program_id: FromQuery[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: HeadCursor = None,
) -> HeadPage:
    """List the heads of the blocks of a program's book, by number: keep them, and nobody can seal another history."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        blocks = await ledger.book_blocks(session, program.id, after=int(cursor or 0), limit=limit + 1)
    await journal.record_view(sessions, "ledger.heads_listed", subject=program.id, by=who.id, at=clock.now(), count=min(len(blocks), limit))
    following = str(blocks[limit - 1].number) if len(blocks) > limit else None
    return HeadPage(items=[HeadOut.of(block) for block in blocks[:limit]], next_cursor=following)


@get("/v1/ledger/trial-balance", opt={"permission": Permission.SEE_LEDGER})
async def get_trial_balance(
    program_id: FromQuery[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    on: OnDay = None,
) -> TrialBalanceOut:
    """Add up every account of a program's book, now or as of a day: what we have equals whose it is."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        lines = await ledger.trial_balance(session, program.id, on)
    await journal.record_view(sessions, "ledger.trial_balance_seen", subject=program.id, by=who.id, at=clock.now(), on=on)
    return TrialBalanceOut.of(program.id, on, lines)


@post("/v1/ledger/verifications", status_code=HTTP_200_OK, opt={"permission": Permission.VERIFY_LEDGER})
async def create_verification(
    data: JSONBody[VerificationIn], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> VerificationOut:
    """Recompute every hash and balance, and compare the books with what they stand for. It stores nothing and takes no key."""
    async with sessions.read() as session:
        program_ids = await program_ids_of(session, data.program_id, who=who)
        proof = await prove(session, program_ids, is_whole=data.program_id is None and who.role is Role.ADMIN)
    async with sessions.begin() as session:
        journal.record(
            session,
            "ledger.verified",
            subject=data.program_id,
            by=who.id,
            at=clock.now(),
            transfers=proof.transfers,
            faults=proof.fault_count,
        )
    return VerificationOut.of(proof)


@post("/v1/decisions/verifications", status_code=HTTP_200_OK, opt={"permission": Permission.VERIFY_LEDGER})
async def create_rejudgment(
    data: JSONBody[RejudgmentIn],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> RejudgmentOut:
    """Make every decision again from its own facts and rulebook, and compare bytes. It stores nothing and takes no key."""
    async with sessions.read() as session:
        program_ids = await program_ids_of(session, data.program_id, who=who)
        found = await rejudge_decisions(session, program_ids, keyring=keyring)
    async with sessions.begin() as session:
        facts = {"decisions": found.decisions, "doubts": len(found.doubts)}
        journal.record(session, "decisions.verified", subject=data.program_id, by=who.id, at=clock.now(), **facts)
    return RejudgmentOut.of(found)


HANDLERS = [
    list_accounts,
    list_entries,
    get_entry,
    get_receipt,
    list_heads,
    get_trial_balance,
    create_verification,
    create_rejudgment,
]
