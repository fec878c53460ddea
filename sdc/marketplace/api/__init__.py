"""Routes of vendors, and the pages on which they come back from the payment processor."""

from sdc.marketplace.api import coming_back, messages, orders, papers, vendors

HANDLERS = [*vendors.HANDLERS, *coming_back.HANDLERS, *messages.HANDLERS, *orders.HANDLERS, *papers.HANDLERS]
