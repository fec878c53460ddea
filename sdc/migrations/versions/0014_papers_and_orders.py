"""Keep papers stripped and apart, and what a member lets the vendor of one order know.

Each change is a function of its own.
"""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
