"""Every entry the program makes, in one place: read this folder and you have read the whole programme.

Each function names an event's row; the entry's id derives from it, so that a retry posts nothing new and a new event
always posts. Ids and cents only: no record of a feature comes here.
"""

from sdc.books.entries.budgets import allocation, budget_cut, earned, release, saving, saving_undone
from sdc.books.entries.differences import administration_funded, fee, into_suspense, out_of_suspense
from sdc.books.entries.endings import (
    dormant,
    dormant_claimed,
    lapse,
    lapse_returned,
    tax_remitted,
    unclaimed_remitted,
    withholding,
    withholding_returned,
)
from sdc.books.entries.funding import deposit, top_up, top_up_failed, top_up_reversed, top_up_settled
from sdc.books.entries.payments import disbursement, disbursement_returned, settlement, settlement_returned
from sdc.books.entries.purchases import encumbrance, encumbrance_extended, encumbrance_released, expenditure, expenditure_reversed
from sdc.books.entries.refunds import RefundTo, refund_claimed, refund_collected, refund_received, refund_waived
from sdc.books.entries.take_backs import take_back, take_back_paid, take_back_recovered

__all__ = [
    "RefundTo",
    "administration_funded",
    "allocation",
    "budget_cut",
    "deposit",
    "disbursement",
    "disbursement_returned",
    "dormant",
    "dormant_claimed",
    "earned",
    "encumbrance",
    "encumbrance_extended",
    "encumbrance_released",
    "expenditure",
    "expenditure_reversed",
    "fee",
    "into_suspense",
    "lapse",
    "lapse_returned",
    "out_of_suspense",
    "refund_claimed",
    "refund_collected",
    "refund_received",
    "refund_waived",
    "release",
    "saving",
    "saving_undone",
    "settlement",
    "settlement_returned",
    "take_back",
    "take_back_paid",
    "take_back_recovered",
    "tax_remitted",
    "top_up",
    "top_up_failed",
    "top_up_reversed",
    "top_up_settled",
    "unclaimed_remitted",
    "withholding",
    "withholding_returned",
]
