"""Keep exclusion lists, what a screening found of whom, and what a person decided.

Each change is a function of its own.
"""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
