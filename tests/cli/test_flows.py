"""Flows of money, run as `sdc books test` runs them."""

import pytest

from sdc.cli.flows.testing import run_flow
from tests.cli.typing_commands import sdc

HELD = "allocate 100000, hold 9000"
BILLED = f"{HELD}, invoice 9000"
PAID = f"{BILLED}, payout 9000, payout_paid"

FLOWS = {
    "allocate then buy then pay": (PAID, {"AVAIL": 91_000, "HOLD": 0, "PAY": 0, "CLEAR": 0, "spent": 9_000, "CASH": 91_000, "FUND": 0}),
    "split over lines to the cent": ("allocate_split 100000 over 3 lines", {"AVAIL": 100_000, "lines": [33_334, 33_333, 33_333]}),
    "what was split is one budget": ("allocate_split 100001 3, hold 90000", {"AVAIL": 10_001, "lines": [33_334, 33_334, 33_333]}),
    "a line of nothing has no transfer": ("allocate_split 2 lines 3, allocate 5", {"AVAIL": 7, "lines": [1, 1, 5]}),
    "a bill lower than the yes": (f"{HELD}, invoice 8450, payout 8450, payout_paid", {"AVAIL": 91_550, "HOLD": 0, "spent": 8_450}),
    "a bill a little higher": (f"{HELD}, invoice 9080", {"AVAIL": 90_920, "HOLD": 0, "PAY": 9_080, "spent": 9_080}),
    "a bill too high waits": (f"{HELD}, invoice 9500", {"AVAIL": 91_000, "HOLD": 9_000, "PAY": 0, "spent": 0}),
    "two bills for one purchase": (
        f"{HELD}, partial_invoice 4000, invoice 3000, payout 7000, payout_paid",
        {"AVAIL": 93_000, "HOLD": 0, "PAY": 0, "CLEAR": 0, "spent": 7_000},
    ),
    "nothing is billed after the final bill": (f"{HELD}, invoice 4000, invoice 5000", {"AVAIL": 96_000, "HOLD": 0, "spent": 4_000}),
    "denied without a goal": ("allocate 100000, deny 9000", {"AVAIL": 100_000, "HOLD": 0, "spent": 0}),
    "canceled": (f"{HELD}, release 9000, release 9000", {"AVAIL": 100_000, "HOLD": 0}),
    "told twice that it arrived": (f"{PAID}, payout_paid", {"AVAIL": 91_000, "PAY": 0, "spent": 9_000, "CASH": 91_000}),
    "two requests for the last money": ("allocate 10000, hold 7000, hold 7000", {"AVAIL": 3_000, "HOLD": 7_000}),
    "corrected by a reversal": (
        f"{BILLED}, reverse_invoice 9000, invoice 9000, payout 9000, payout_paid",
        {"AVAIL": 91_000, "HOLD": 0, "PAY": 0, "spent": 9_000},
    ),
    "what is paid is not reversed": (f"{PAID}, reverse_invoice 9000", {"AVAIL": 91_000, "HOLD": 0, "spent": 9_000}),
    "refused by the processor, then paid": (
        f"{BILLED}, payout 9000, payout_returned, payout 9000, payout_paid",
        {"PAY": 0, "CLEAR": 0, "spent": 9_000, "CASH": 91_000},
    ),
    "came back after it was paid, and is sent again": (
        f"{PAID}, payout_returned, payout 9000, payout_paid",
        {"PAY": 0, "CLEAR": 0, "spent": 9_000, "CASH": 91_000},
    ),
    "a vendor gives a part back": (f"{PAID}, refund 3000", {"AVAIL": 94_000, "spent": 6_000, "PAY": 0, "LAPSED": 0}),
    "no more is given back than was paid": (f"{PAID}, refund 6000, refund 3001, refund 3000", {"AVAIL": 100_000, "spent": 0}),
    "of two bills each comes back": (
        f"{PAID}, hold 5000, invoice 5000, payout 5000, payout_paid, refund 5000, refund 5000, refund 5000",
        {"AVAIL": 96_000, "spent": 4_000},
    ),
    "of what is not paid nothing is given back": (f"{BILLED}, refund 1000", {"AVAIL": 91_000, "PAY": 9_000, "spent": 9_000}),
    "a refund of what was bought from savings": (
        "allocate 10000, reserve 4000, hold_from_reserve 3000, invoice 3000, payout 3000, payout_paid, refund 1000",
        {"AVAIL": 6_000, "RES": 2_000, "spent": 2_000},
    ),
    "a refund that is claimed is nobody's before it comes": (
        f"{PAID}, refund_claim 3000",
        {"AVAIL": 91_000, "RECV": 3_000, "spent": 9_000},
    ),
    "the next payment is set off": (
        f"{PAID}, refund_offset 3000, hold 5000, invoice 5000, payout 5000, payout_paid",
        {"AVAIL": 89_000, "RECV": 0, "PAY": 0, "CLEAR": 0, "spent": 11_000, "CASH": 89_000},
    ),
    "a payment that is set off as a whole is not sent": (
        f"{PAID}, refund_offset 5000, hold 4000, invoice 4000, payout 4000",
        {"AVAIL": 91_000, "RECV": 1_000, "PAY": 0, "CLEAR": 0, "spent": 9_000, "CASH": 91_000},
    ),
    "what did not leave is not set off": (
        f"{PAID}, refund_offset 3000, hold 5000, invoice 5000, payout 5000, payout_returned",
        {"AVAIL": 86_000, "RECV": 3_000, "PAY": 5_000, "CLEAR": 0, "spent": 14_000},
    ),
    "nobody takes a payment": (
        f"{BILLED}, payout 9000, payout_returned, dormant",
        {"AVAIL": 91_000, "PAY": 0, "CLEAR": 0, "UNCL": 9_000, "spent": 9_000},
    ),
    "what was unclaimed is claimed and sent": (
        f"{BILLED}, payout 9000, payout_returned, dormant, claim, payout 9000, payout_paid",
        {"PAY": 0, "UNCL": 0, "spent": 9_000, "CASH": 91_000},
    ),
    "what nobody claims goes to the state": (f"{PAID}, payout_returned, dormant, remit_unclaimed 9000, claim", {"PAY": 0, "UNCL": 0}),
    "tax is withheld and paid on": (
        f"{BILLED}, payout_net 6840, withhold 2160, payout_paid, remit_tax 2161, remit_tax 2160",
        {"AVAIL": 91_000, "PAY": 0, "CLEAR": 0, "withheld_tax": 0, "spent": 9_000, "CASH": 93_160},
    ),
    "no tax is withheld of what did not leave": (
        f"{BILLED}, payout_net 6840, withhold 2160, payout_returned",
        {"PAY": 9_000, "CLEAR": 0, "withheld_tax": 0},
    ),
    "the tax stays when the money comes back": (
        f"{BILLED}, payout_net 6840, payout_paid, payout_returned, payout 6840, payout_paid",
        {"PAY": 0, "CLEAR": 0, "withheld_tax": 2_160, "CASH": 93_160},
    ),
    "tax and an offset of one payment": (
        f"{PAID}, refund_offset 1000, hold 10000, invoice 10000, payout_net 7600, withhold 2400, payout_paid",
        {"PAY": 0, "RECV": 0, "withheld_tax": 2_400, "CASH": 84_400},
    ),
    "a year ends": (f"{PAID}, hold 1000, reserve 2000, close_year", {"AVAIL": 0, "HOLD": 0, "RES": 0, "spent": 9_000, "LAPSED": 91_000}),
    "a year ends and savings are kept": (
        "allocate 100000, reserve 45000, close_year savings_cap 30000",
        {"AVAIL": 0, "RES": 30_000, "LAPSED": 70_000},
    ),
    "a refund after the year is the payer's": (
        f"{PAID}, close_year, refund 3000",
        {"AVAIL": 0, "spent": 6_000, "LAPSED": 94_000},
    ),
    "a payer takes back what was spent": (f"{PAID}, retro_term 9000", {"AVAIL": 91_000, "RECV": 9_000, "spent": 9_000, "CASH": 91_000}),
    "no more is taken back than was spent": (
        f"{PAID}, retro_term 9001, refund 2000, retro_term 3000, retro_term, retro_term",
        {"AVAIL": 93_000, "RECV": 7_000, "spent": 7_000},
    ),
    "a payer takes back after the year, is paid, and a part is recovered": (
        f"{PAID}, close_year, retro_term 9000, take_back_paid 9000, take_back_recovered 4000",
        {"AVAIL": 0, "RECV": 5_000, "LAPSED": 91_000, "spent": 9_000},
    ),
    "a payer takes back what is not paid to the vendor yet": (
        f"{BILLED}, retro_term 9000, payout 9000, payout_paid",
        {"RECV": 9_000, "PAY": 0, "spent": 9_000, "CASH": 91_000},
    ),
    "of half a cent of tax a whole one is withheld": (
        "allocate 100000, hold 10025, invoice 10025, withhold 2406, payout 7619, payout_paid",
        {"AVAIL": 89_975, "PAY": 0, "withheld_tax": 2_406, "spent": 10_025},
    ),
    "a bill one dollar higher": (f"{HELD}, invoice 9100", {"AVAIL": 90_900, "HOLD": 0, "PAY": 9_100, "spent": 9_100}),
    "a bill one dollar and a cent higher waits": (f"{HELD}, invoice 9101", {"AVAIL": 91_000, "HOLD": 9_000, "PAY": 0, "spent": 0}),
    "nobody takes what came back, and nothing of it is refunded": (
        f"{PAID}, payout_returned, dormant, dormant, refund 9000",
        {"AVAIL": 91_000, "PAY": 0, "UNCL": 9_000, "spent": 9_000, "CASH": 100_000},
    ),
    "a year ends twice": (
        "allocate 100000, reserve 45000, close_year savings_cap 30000, close_year savings_cap 30000",
        {"AVAIL": 0, "RES": 30_000, "LAPSED": 70_000},
    ),
    "a year ends with less saved than may be kept": (
        f"{BILLED}, reserve 20000, close_year savings_cap 30000",
        {"AVAIL": 0, "RES": 20_000, "LAPSED": 71_000, "PAY": 9_000, "spent": 9_000},
    ),
    "saved for something and bought from it": (
        "allocate 100000, reserve 30000, reserve 15000, hold_from_reserve 42000, invoice 42000, payout 42000, payout_paid",
        {"AVAIL": 55_000, "RES": 3_000, "HOLD": 0, "spent": 42_000},
    ),
    "more is saved than there is": ("allocate 10000, reserve 10001, reserve 10000", {"AVAIL": 0, "RES": 10_000}),
    "more is bought from savings than was saved": (
        "allocate 10000, reserve 4000, hold_from_reserve 4001",
        {"AVAIL": 6_000, "RES": 4_000, "HOLD": 0},
    ),
    "a purchase from savings is canceled": (
        "allocate 10000, reserve 4000, hold_from_reserve 3000, release 3000",
        {"AVAIL": 6_000, "RES": 4_000, "HOLD": 0},
    ),
    "months that are closed earn a budget": (
        "close_month baseline 120000 actual 95000, close_month baseline 120000 actual 130000, close_month baseline 120000 actual 101800",
        {"AVAIL": 43_200, "FUND": 0, "CASH": 43_200},
    ),
    "what was earned is bought with": (
        "close_month baseline 120000 actual 95000, hold 25001, hold 20000, close_month actual 110000 baseline 120000, hold 15000",
        {"AVAIL": 0, "HOLD": 35_000},
    ),
    "what was earned is saved, bought, billed and paid": (
        (
            "close_month baseline 120000 actual 95000, reserve 20000, hold_from_reserve 18000, invoice 17000, payout 17000, payout_paid, "
            "undo_reserve 1000"
        ),
        {"AVAIL": 6_000, "RES": 2_000, "HOLD": 0, "spent": 17_000, "CASH": 8_000, "PAY": 0, "CLEAR": 0},
    ),
    "a month that cost more earns nothing": ("close_month baseline 100 actual 100, close_month baseline 100 actual 101", {"AVAIL": 0}),
    "another baseline earns another budget": (
        "close_month baseline 1000 actual 400, close_month baseline 900 actual 0, close_month baseline 1000 actual 0",
        {"AVAIL": 2_500},
    ),
    "savings taken back": ("allocate 10000, reserve 4000, undo_reserve 1500, undo_reserve 2501", {"AVAIL": 7_500, "RES": 2_500}),
    "paid and come back": (f"{PAID}, payout_returned", {"AVAIL": 91_000, "PAY": 9_000, "CLEAR": 0, "spent": 9_000, "CASH": 100_000}),
}


@pytest.mark.parametrize("title", FLOWS)
async def test_a_flow_leaves_its_balances_and_whole_books(title):
    steps, balances = FLOWS[title]

    assert await run_flow({"steps": steps.split(", "), "balances": balances}) == []


async def test_a_balance_that_differs_is_told():
    assert await run_flow({"steps": HELD.split(", "), "balances": {"AVAIL": 1, "NONE": 0}}) == [
        "AVAIL: expected 1, got 91000",
        "NONE: expected 0, got no such account",
    ]


async def test_a_step_without_a_verb_fails_its_flow():
    assert await run_flow({"steps": ["allocate 100", "lose 50", "find 50"]}) == ["not built: find, lose"]


async def test_a_part_that_can_not_be_given_back_fails_its_flow():
    assert await run_flow({"steps": [*HELD.split(", "), "release 4000"]}) == [
        "step 3 (release 4000): nothing of 4000 cents is set aside that could be given back as a whole"
    ]


def test_the_command_tells_each_difference_and_counts(tmp_path):
    file = tmp_path / "flows.yaml"
    file.write_text(
        "scenarios:\n"
        "- {id: F1, title: kept, steps: [allocate 100], balances: {AVAIL: 100}}\n"
        "- {id: F2, title: lost, steps: [allocate 100, lose 50], balances: {RES: 50}}\n"
    )

    tested = sdc("books", "test", str(file))

    assert tested.code == 1
    assert tested.out == "F2 lost: not built: lose\n1 passed, 1 failed\n"
