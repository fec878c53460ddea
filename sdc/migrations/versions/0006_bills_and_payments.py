"""Create bills, payments, their attempts, and what the processor tells."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_rail_events()
    create_sender_switch()
    create_bills()
    create_bill_approvals()
    create_payments()
    create_payment_attempts()


def create_rail_events() -> None:
    op.create_table(
        "rail_events",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("rail", sa.String(length=16), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rail_events"),
    )


def create_sender_switch() -> None:
    op.create_table(
        "sender_switch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sender_switch"),
    )


def create_bills() -> None:
    op.create_table(
        "bills",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("billed_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("business", sa.String(length=200), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("held_because", Document, nullable=False),
        sa.Column("from_encumbered_cents", sa.BigInteger(), nullable=False),
        sa.Column("tolerance_cents", sa.BigInteger(), nullable=False),
        sa.Column("released_cents", sa.BigInteger(), nullable=False),
        sa.Column("is_sending", sa.Boolean(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="ck_bills_amount"),
        sa.ForeignKeyConstraint(["authorization_id"], ["authorizations.id"], name="fk_bills_authorization_id"),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_bills_budget_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_bills_program_id"),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name="fk_bills_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bills"),
    )
    op.create_index("ix_bills_purchase_id_id", "bills", ["purchase_id", "id"])
    op.create_index("ix_bills_state_id", "bills", ["state", "id"])
    op.create_index("ix_bills_vendor_id_id", "bills", ["vendor_id", "id"])
    op.create_index(
        "uq_bills_vendor_id_number",
        "bills",
        ["vendor_id", "number"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('rejected', 'reversed')"),
        sqlite_where=sa.text("state NOT IN ('rejected', 'reversed')"),
    )


def create_bill_approvals() -> None:
    op.create_table(
        "bill_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("employer_id", sa.String(length=64), nullable=True),
        sa.Column("relatives", Document, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name="fk_bill_approvals_bill_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bill_approvals"),
    )
    op.create_index("ix_bill_approvals_bill_id_id", "bill_approvals", ["bill_id", "id"])


def create_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("rail", sa.String(length=16), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("returned_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("delivery", sa.String(32), nullable=False),
        sa.Column("held_because", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rail_id", sa.String(length=120), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="ck_payments_amount"),
        sa.CheckConstraint("returned_cents BETWEEN 0 AND amount_cents", name="ck_payments_returned"),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name="fk_payments_bill_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_payments_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("bill_id", name="uq_payments_bill_id"),
        sa.UniqueConstraint("reference", name="uq_payments_reference"),
    )
    op.create_index("ix_payments_program_id_id", "payments", ["program_id", "id"])
    op.create_index("ix_payments_rail_id", "payments", ["rail_id"])
    op.create_index("ix_payments_state_look_at", "payments", ["state", "look_at"])
    op.create_index("ix_payments_vendor_id_id", "payments", ["vendor_id", "id"])


def create_payment_attempts() -> None:
    op.create_table(
        "payment_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("payee_id", sa.String(length=120), nullable=False),
        sa.Column("body", Document, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lookups", sa.BigInteger(), nullable=False),
        sa.Column("is_key_spent", sa.Boolean(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rail_id", sa.String(length=120), nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_payment_attempts_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_attempts"),
        sa.UniqueConstraint("payment_id", "number", name="uq_payment_attempts_payment_id_number"),
    )
    op.create_index("ix_payment_attempts_state", "payment_attempts", ["state"])
