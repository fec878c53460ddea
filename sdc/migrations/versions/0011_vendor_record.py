"""Keep what a vendor says of itself, who owns and manages it, its tax record, and each thing that happened to it.

Each change is a function of its own.
"""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
