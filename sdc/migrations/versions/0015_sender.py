"""Let payments leave in batches that two people release, at a rate, one at a time for each vendor.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_what_is_not_sent()
    follow_what_clears_later()
    let_two_people_resolve()
    create_payment_batches()
    create_program_switches()
    create_sender_bucket()


def keep_what_is_not_sent() -> None:
    """Keep what is owed and not sent: both databases take a check with the column it is of, SQLite no other way."""
    add = "ALTER TABLE payments ADD COLUMN"
    op.execute(f"{add} withheld_cents BIGINT NOT NULL DEFAULT 0 CONSTRAINT ck_payments_withheld CHECK (withheld_cents >= 0)")
    whole = "offset_cents >= 0 AND withheld_cents + offset_cents <= amount_cents"
    op.execute(f"{add} offset_cents BIGINT NOT NULL DEFAULT 0 CONSTRAINT ck_payments_offset CHECK ({whole})")


def follow_what_clears_later() -> None:
    op.add_column("payments", sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("is_outstanding", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("payment_attempts", sa.Column("is_outstanding", sa.Boolean(), nullable=False, server_default=sa.false()))


def let_two_people_resolve() -> None:
    op.add_column("payments", sa.Column("proposed_by", sa.Uuid(), nullable=True))
    op.add_column("payments", sa.Column("proposed_rail_id", sa.String(length=120), nullable=True))
    op.add_column("payments", sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))


def create_payment_batches() -> None:
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("hold_until_released", sa.Boolean(), nullable=False),
        sa.Column("payments", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("built_by", sa.Uuid(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_payment_batches_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_batches"),
    )
    op.create_index("ix_payment_batches_program_id_id", "payment_batches", ["program_id", "id"])
    op.add_column("payments", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.create_index("ix_payments_batch_id", "payments", ["batch_id"])


def create_program_switches() -> None:
    op.create_table(
        "program_switches",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("pays_in_batches", sa.Boolean(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_program_switches_program_id"),
        sa.PrimaryKeyConstraint("program_id", name="pk_program_switches"),
    )


def create_sender_bucket() -> None:
    op.create_table(
        "sender_bucket",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sender_bucket"),
    )
