"""Let payments leave in batches that two people release, at a rate, one at a time for each vendor.

Each change is a function of its own.
"""

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
