"""Keep what comes back after a payment: refunds, withholding, offsets, what nobody claims.

Each change is a function of its own.
"""

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
