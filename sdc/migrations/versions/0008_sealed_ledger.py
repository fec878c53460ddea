"""Bring a ledger of the first form into the one that can be sealed. A database made since then has it already, by revision 0001."""

from alembic import op

import ledger

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ledger.upgrade_first_form(op.get_bind())
