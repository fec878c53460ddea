"""What holds of money afterwards in any order: what we have is whose it is, and nobody gives back more than was paid."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from sdc.bills.model import Bill
from sdc.bills.refund import Refund, RefundReceipt
from sdc.cli.flows.balances import broken_invariants, read_balances
from sdc.cli.flows.moves import MOVES
from sdc.cli.flows.refusals import NotBuiltError, UnexpectedError
from sdc.cli.flows.scene import empty_scene
from sdc.cli.flows.steps import read_step
from sdc.errors import SdcError

BEGINNING = ["allocate 100000", "hold 9000", "invoice 9000", "payout 9000", "payout_paid", "hold 4000", "invoice 4000"]
STEPS = st.sampled_from(
    [
        "payout 9000",
        "payout 6840",
        "payout 4000",
        "payout_paid",
        "payout_returned",
        "withhold 2160",
        "refund 2500",
        "refund 7000",
        "refund_offset 1500",
        "refund_offset 5000",
        "refund_claim 800",
        "hold 3000",
        "invoice 3000",
        "payout 3000",
        "dormant",
        "claim",
        "close_year",
    ]
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=6, max_size=14))
async def test_the_books_are_whole_and_no_more_comes_back_than_was_paid(steps):
    async with empty_scene() as scene:
        for step in map(read_step, [*BEGINNING, *steps]):
            with suppress(SdcError, NotBuiltError, UnexpectedError):  # refused: it posts nothing
                await MOVES[step.name](scene, step)

        assert await broken_invariants(scene) == []
        balances = await read_balances(scene)
        asked = func.coalesce(
            select(func.sum(Refund.amount_cents - Refund.waived_cents)).where(Refund.bill_id == Bill.id).scalar_subquery(), 0
        )
        async with scene.sessions.read() as session:
            too_much = (await session.scalars(select(Bill.id).where(asked > Bill.amount_cents))).all()
            came = await session.scalar(select(func.coalesce(func.sum(RefundReceipt.amount_cents), 0))) or 0
            billed = await session.scalar(select(func.sum(Bill.amount_cents)).where(Bill.id.in_(scene.bills))) or 0
    assert too_much == []
    assert balances["spent"] == billed - came
    assert min(balances[name] for name in ("AVAIL", "HOLD", "RES", "UNCL", "withheld_tax", "RECV")) >= 0
