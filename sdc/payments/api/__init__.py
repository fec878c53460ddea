"""Routes of payments, of the switch that stops them, and the one by which the processor tells us that something happened."""

from sdc.payments.api import payments, refunds, sender, webhooks

HANDLERS = [*payments.HANDLERS, *refunds.HANDLERS, *sender.HANDLERS, *webhooks.HANDLERS]
