"""Routes of payments, of the switch that stops them, and the one by which the processor tells us that something happened."""

from sdc.payments.api import payments, sender, webhooks

HANDLERS = [*payments.HANDLERS, *sender.HANDLERS, *webhooks.HANDLERS]
