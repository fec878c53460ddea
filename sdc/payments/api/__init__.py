"""Routes of payments, of the switch that stops them, and the one by which the processor tells us that something happened."""

from sdc.payments.api import batches, payments, refunds, remittances, sender, take_backs, unclaimed, webhooks, year_totals

HANDLERS = [
    *batches.HANDLERS,
    *payments.HANDLERS,
    *refunds.HANDLERS,
    *remittances.HANDLERS,
    *sender.HANDLERS,
    *take_backs.HANDLERS,
    *unclaimed.HANDLERS,
    *webhooks.HANDLERS,
    *year_totals.HANDLERS,
]
