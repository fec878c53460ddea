"""Keep papers stripped and apart, and what a member lets the vendor of one order know.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_what_came_of_each_paper()
    create_order_consents()


def keep_what_came_of_each_paper() -> None:
    """Note the hash of what a sender sent beside that of what is kept; papers of before were kept as they came."""
    op.add_column("documents", sa.Column("received_sha256", sa.String(length=64), nullable=True))


def create_order_consents() -> None:
    op.create_table(
        "order_consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("shows", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name="fk_order_consents_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_consents"),
    )
    op.create_index("ix_order_consents_purchase_id_id", "order_consents", ["purchase_id", "id"])
    op.create_index("ix_order_consents_forgotten_at", "order_consents", ["forgotten_at"])
