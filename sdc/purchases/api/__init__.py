"""Routes of purchases, by topic."""

from sdc.purchases.api import asking, budgets, consents, deciding, delivering, emergencies, papers

HANDLERS = [
    *budgets.HANDLERS,
    *asking.HANDLERS,
    *deciding.HANDLERS,
    *papers.HANDLERS,
    *delivering.HANDLERS,
    *consents.HANDLERS,
    *emergencies.HANDLERS,
]
