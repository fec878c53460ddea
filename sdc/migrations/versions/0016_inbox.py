"""Keep events that cannot be applied, the bank leg of payments, and what was reconciled with what.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CENTS = ("opening", "net", "available", "pending", "books", "topup", "transit", "waiting")


def upgrade() -> None:
    keep_what_becomes_of_events()
    count_refused_webhooks()
    follow_payouts()
    cool_off_after_a_change_of_bank()
    create_rail_movements()
    create_reconciliations()


def keep_what_becomes_of_events() -> None:
    """Note what each event is about and what became of it. The jobs of those that wait are as good as the sweep that is new."""
    op.add_column("rail_events", sa.Column("about", sa.String(length=16), nullable=False, server_default="other"))
    op.add_column("rail_events", sa.Column("account_id", sa.String(length=120), nullable=True))
    op.add_column("rail_events", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rail_events", sa.Column("state", sa.String(length=32), nullable=False, server_default="waiting"))
    op.add_column("rail_events", sa.Column("tries", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("rail_events", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rail_events", sa.Column("error", sa.String(length=80), nullable=True))
    op.create_index("ix_rail_events_state_look_at", "rail_events", ["state", "look_at"])
    op.execute("UPDATE rail_events SET state = 'applied' WHERE applied_at IS NOT NULL")
    op.execute("UPDATE rail_events SET look_at = received_at WHERE applied_at IS NULL")
    for about, pattern in (
        ("payee", "%account%"),
        ("payee", "capability.%"),
        ("payee", "person.%"),
        ("payee_bank", "%external_account%"),
        ("transfer", "transfer.%"),
        ("top_up", "topup.%"),
    ):
        op.execute(f"UPDATE rail_events SET about = '{about}' WHERE type LIKE '{pattern}'")  # noqa: S608 - our own words


def count_refused_webhooks() -> None:
    op.create_table(
        "webhook_refusals",
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("counted_on", "kind", name="pk_webhook_refusals"),
    )


def follow_payouts() -> None:
    op.create_table(
        "vendor_payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rail_id", sa.String(length=120), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.String(length=120), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=True),
        sa.Column("failure_code", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_payouts"),
        sa.UniqueConstraint("rail_id", name="uq_vendor_payouts_rail_id"),
    )
    op.create_index("ix_vendor_payouts_vendor_id_created_at", "vendor_payouts", ["vendor_id", "created_at"])
    op.create_index("ix_vendor_payouts_is_final_vendor_id", "vendor_payouts", ["is_final", "vendor_id"])
    op.create_table(
        "payout_parts",
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_payout_parts_amount"),
        sa.ForeignKeyConstraint(["payout_id"], ["vendor_payouts.id"], name="fk_payout_parts_payout_id"),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name="fk_payout_parts_attempt_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_payout_parts_payment_id"),
        sa.PrimaryKeyConstraint("payout_id", "attempt_id", name="pk_payout_parts"),
    )
    op.create_index("ix_payout_parts_payment_id", "payout_parts", ["payment_id"])
    op.create_index("ix_payout_parts_attempt_id", "payout_parts", ["attempt_id"])
    op.create_table(
        "rail_cursors",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_rail_cursors"),
    )
    op.create_index("ix_payments_delivery_vendor_id", "payments", ["delivery", "vendor_id"])


def cool_off_after_a_change_of_bank() -> None:
    """Keep the mark of the bank that is set up: of a vendor from before, the first that is seen is no change."""
    op.add_column("vendors", sa.Column("bank_mark", sa.String(length=120), nullable=True))
    op.add_column("vendors", sa.Column("cooling_off_until", sa.DateTime(timezone=True), nullable=True))


def create_rail_movements() -> None:
    op.create_table(
        "rail_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rail_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_on", sa.Date(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("matched_entry_id", sa.Uuid(), nullable=True),
        sa.Column("fee_entry_id", sa.Uuid(), nullable=True),
        sa.Column("suspense_entry_id", sa.Uuid(), nullable=True),
        sa.Column("suspense_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rail_movements"),
        sa.UniqueConstraint("rail_id", name="uq_rail_movements_rail_id"),
    )
    op.create_index("ix_rail_movements_state_created_at", "rail_movements", ["state", "created_at"])
    op.create_index("ix_rail_movements_subject_id_kind", "rail_movements", ["subject_id", "kind"])


def create_reconciliations() -> None:
    cents = [sa.Column(f"{name}_cents", sa.BigInteger(), nullable=False) for name in CENTS]
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rail", sa.String(length=16), nullable=False),
        *cents,
        sa.Column("movements", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("differences", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliations"),
    )
    op.create_index("ix_reconciliations_at", "reconciliations", ["at"])
