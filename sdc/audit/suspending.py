"""Do with each movement what its match says: note the posting that it matches, or hold what nobody can explain in suspense.

Nothing is corrected: suspense only says that the processor's balance and our books are the same again, and that a person has
to find out why. What is explained later comes out again.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.audit.matching import Match, read_matcher
from sdc.audit.model import MovementState, RailMovement
from sdc.audit.movements import CHUNK, Tell
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.clock import local_date
from sdc.errors import FundingShortError
from sdc.outbox.work import Work
from sdc.payments.alarms import raise_alarm
from sdc.payments.webhook import receive_events
from sdc.programs.model import Program
from vendors import rails

WAITS_FOR = timedelta(days=3)
"""How long a movement may wait for its posting before it stands in suspense (by the processor's own time)."""
_UNSETTLED = (MovementState.WAITING, MovementState.SUSPENSE, MovementState.OPEN)


async def settle_movements(work: Work, *, at: datetime, machine_at: datetime, tell: Tell) -> int:
    """Match all movements that are not matched yet, chunk by chunk; says how many now are."""
    matched, done, after = 0, 0, None
    while True:
        async with work.sessions.read() as session:
            chunk = await _next_chunk(session, after)
            matcher = await read_matcher(session, chunk)
        if not chunk:
            return matched
        after = chunk[-1].id
        found = [(movement, matcher.match(movement)) for movement in chunk]
        plain = {movement.id: match for movement, match in found if _is_plain(movement, match)}
        async with work.sessions.begin() as session:
            matched += await _note_matched(session, plain)
            await _look_again(session, work, [match for _, match in found if match.look_at is not None and match.waits], at=at)
        for movement, match in found:
            if movement.id not in plain:
                matched += await _settle(work, movement.id, match, at=at, machine_at=machine_at)
        done += len(chunk)
        tell(done)


async def count_unsettled(session: AsyncSession) -> int:
    """Count the movements that are not matched."""
    return len((await session.scalars(select(RailMovement.id).where(RailMovement.state.in_(_UNSETTLED)))).all())


def unposted_cents(movement: RailMovement, match: Match) -> int:
    """Tell by how much a movement changed the processor's balance beyond what our books have of it."""
    return movement.net_cents - match.posted_cents


def _is_plain(movement: RailMovement, match: Match) -> bool:
    """Say whether a movement matches its posting to the cent, so that nothing is to be posted."""
    is_even = match.entry_id is not None and unposted_cents(movement, match) == 0
    return is_even and not movement.suspense_cents and not match.fee_cents


async def _next_chunk(session: AsyncSession, after: UUID | None) -> Sequence[RailMovement]:
    query = select(RailMovement).where(RailMovement.state.in_(_UNSETTLED))
    if after is not None:
        query = query.where(RailMovement.id > after)
    return (await session.scalars(query.order_by(RailMovement.id).limit(CHUNK))).all()


async def _note_matched(session: AsyncSession, plain: dict[UUID, Match]) -> int:
    query = select(RailMovement).where(RailMovement.id.in_(plain), RailMovement.state.in_(_UNSETTLED)).order_by(RailMovement.id)
    movements = (await session.scalars(query.with_for_update())).all()
    for movement in movements:
        _note(movement, plain[movement.id], MovementState.MATCHED)
    return len(movements)


async def _look_again(session: AsyncSession, work: Work, waiting: Sequence[Match], *, at: datetime) -> None:
    """Put a hint into the inbox for each object of which the statement knows more than we do: its event was lost."""
    hints = [
        rails.Event(
            id=f"statement:{match.subject_id}:{match.look_at[1]}",
            type="statement.hint",
            object_id=match.look_at[1],
            created_at=at,
            live=False,
            about="transfer" if match.look_at[0] == "transfer" else "top_up",
        )
        for match in waiting
        if match.look_at is not None
    ]
    await receive_events(session, hints, rail=work.rail.name, at=at)


async def _settle(work: Work, movement_id: UUID, match: Match, *, at: datetime, machine_at: datetime) -> bool:
    """Settle one movement in a transaction of its own, with what has to be posted; a fee that nobody can pay stands in suspense."""
    try:
        async with work.sessions.begin() as session:
            return await settle_movement(session, movement_id, match, at=at, machine_at=machine_at)
    except FundingShortError:
        async with work.sessions.begin() as session:
            return await settle_movement(session, movement_id, match, at=at, machine_at=machine_at, fee_is_short=True)


async def settle_movement(
    session: AsyncSession, movement_id: UUID, match: Match, *, at: datetime, machine_at: datetime, fee_is_short: bool = False
) -> bool:
    """Note what a movement matches, or hold what is not explained in suspense; says whether it is matched now.

    Raises:
        FundingShortError: administration cannot pay the movement's fee.

    """
    movement = (await session.scalars(select(RailMovement).where(RailMovement.id == movement_id).with_for_update())).one()
    if movement.state is MovementState.MATCHED:
        return False
    fee_cents = 0 if fee_is_short else match.fee_cents
    left_cents = unposted_cents(movement, match) + fee_cents
    if match.program_id is None:
        return _leave_open(session, movement, match, at=at)
    if match.waits and movement.created_at > machine_at - WAITS_FOR and not movement.suspense_cents:
        _note(movement, match, MovementState.WAITING)
        return False
    on = local_date(at, (await session.get_one(Program, match.program_id)).time_zone)
    if left_cents == 0:
        to_post = _explained(movement, match.program_id, fee_cents=fee_cents, on=on)
        _note(movement, match, MovementState.MATCHED)
    elif not movement.suspense_cents:
        to_post = [_into_suspense(session, movement, match.program_id, match, on=on, at=at, is_short=fee_is_short)]
    else:
        return False  # it stands in suspense already
    if to_post:
        await open_accounts(session, chart.accounts(match.program_id, chart.SUSPENSE, chart.ADMINISTRATION), at=at)
        await post(session, *to_post, at=at)
    return left_cents == 0


def _explained(movement: RailMovement, book_id: UUID, *, fee_cents: int, on: date) -> list[ledger.Entry]:
    """Write what a movement that is explained needs: its fee, and its way out of suspense."""
    to_post = list[ledger.Entry]()
    if fee_cents:
        to_post.append(entries.fee(book_id=book_id, fee_id=movement.id, amount_cents=fee_cents, on=on))
        movement.fee_entry_id = to_post[-1].id
    if movement.suspense_cents:
        cents = movement.suspense_cents
        to_post.append(entries.out_of_suspense(book_id=book_id, difference_id=movement.id, difference_cents=cents, on=on))
    return to_post


def _into_suspense(
    session: AsyncSession, movement: RailMovement, book_id: UUID, match: Match, *, on: date, at: datetime, is_short: bool
) -> ledger.Entry:
    cents = unposted_cents(movement, match)
    _note(movement, match, MovementState.SUSPENSE)
    movement.suspense_cents = cents
    movement.reason = "administration is short of the fee" if is_short else match.reason[:80]
    entry = entries.into_suspense(book_id=book_id, difference_id=movement.id, difference_cents=cents, on=on)
    movement.suspense_entry_id = entry.id
    facts: dict[str, int | str] = {"movement": movement.rail_id, "of": movement.kind, "cents": cents}
    raise_alarm(session, "movement_in_suspense", subject=book_id, at=at, **facts)
    return entry


def _leave_open(session: AsyncSession, movement: RailMovement, match: Match, *, at: datetime) -> bool:
    """Keep a movement that no book is known to be of: it is told and never guessed at."""
    if movement.state is not MovementState.OPEN:
        facts: dict[str, int | str] = {"movement": movement.rail_id, "of": movement.kind, "cents": movement.net_cents}
        raise_alarm(session, "movement_open", subject=None, at=at, **facts)
    _note(movement, match, MovementState.OPEN)
    return False


def _note(movement: RailMovement, match: Match, state: MovementState) -> None:
    movement.state, movement.program_id, movement.subject_id = state, match.program_id, match.subject_id
    movement.matched_entry_id = match.entry_id or movement.fee_entry_id
    movement.reason = None if state is MovementState.MATCHED else match.reason[:80]
