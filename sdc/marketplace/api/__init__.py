"""Routes of vendors, and the pages on which they come back from the payment processor."""

from sdc.marketplace.api import (
    coming_back,
    cooling_off,
    credentials,
    directory,
    messages,
    offerings,
    orders,
    papers,
    persons,
    reviews,
    screening,
    tax_forms,
    vendors,
)

HANDLERS = [
    *vendors.HANDLERS,
    *reviews.HANDLERS,
    *screening.HANDLERS,
    *persons.HANDLERS,
    *tax_forms.HANDLERS,
    *credentials.HANDLERS,
    *offerings.HANDLERS,
    *directory.HANDLERS,
    *coming_back.HANDLERS,
    *cooling_off.HANDLERS,
    *messages.HANDLERS,
    *orders.HANDLERS,
    *papers.HANDLERS,
]
