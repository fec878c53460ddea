"""Routes of budgets, and of the months that earn them."""

from sdc.budgets.api import budgets, months

HANDLERS = [*budgets.HANDLERS, *months.HANDLERS]
