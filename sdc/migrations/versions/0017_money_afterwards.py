"""Keep what comes back after a payment: refunds, withholding, offsets, what nobody claims.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    count_refunds()
    say_when_attempts_settled()
    create_refunds()
    create_refund_receipts()
    create_payment_dormancies()
    create_remittances()
    create_budget_closings()
    create_take_backs()
    create_take_back_moves()


def count_refunds() -> None:
    """Count what vendors gave back: both databases take a check with the column it is of, SQLite no other way."""
    check = "CONSTRAINT ck_authorizations_refunded CHECK (refunded_cents BETWEEN 0 AND spent_cents + tolerance_cents)"
    op.execute(f"ALTER TABLE authorizations ADD COLUMN refunded_cents BIGINT NOT NULL DEFAULT 0 {check}")


def say_when_attempts_settled() -> None:
    """Keep the program's day of each attempt that was sent. Of those before, the day of the payment is the best that is known."""
    op.add_column("payment_attempts", sa.Column("withheld_cents", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("payment_attempts", sa.Column("settled_on", sa.Date(), nullable=True))
    day = "date(sent_at)" if op.get_bind().dialect.name == "sqlite" else "(sent_at AT TIME ZONE 'UTC')::date"
    sent = f"SELECT {day} FROM payments WHERE payments.id = payment_attempts.payment_id"  # noqa: S608 - our own words
    op.execute(f"UPDATE payment_attempts SET settled_on = ({sent}) WHERE state = 'sent'")  # noqa: S608 - our own words


def create_refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("is_claimed", sa.Boolean(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("collected_cents", sa.BigInteger(), nullable=False),
        sa.Column("waived_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("waiver_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("consented_by", sa.Uuid(), nullable=True),
        sa.Column("consented_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_refunds_amount"),
        sa.CheckConstraint(
            "collected_cents >= 0 AND waived_cents >= 0 AND collected_cents + waived_cents <= amount_cents", name="ck_refunds_sum"
        ),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_refunds_program_id"),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name="fk_refunds_bill_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
    )
    op.create_index("ix_refunds_bill_id_id", "refunds", ["bill_id", "id"])
    op.create_index("ix_refunds_vendor_id_state_id", "refunds", ["vendor_id", "state", "id"])
    op.create_index("ix_refunds_program_id_id", "refunds", ["program_id", "id"])


def create_refund_receipts() -> None:
    op.create_table(
        "refund_receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("to", sa.String(length=32), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_refund_receipts_amount"),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name="fk_refund_receipts_refund_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_refund_receipts_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refund_receipts"),
    )
    op.create_index("ix_refund_receipts_refund_id_id", "refund_receipts", ["refund_id", "id"])
    op.create_index("ix_refund_receipts_vendor_id_received_on", "refund_receipts", ["vendor_id", "received_on"])
    op.create_index("ix_refund_receipts_payment_id", "refund_receipts", ["payment_id"])


def create_payment_dormancies() -> None:
    op.create_table(
        "payment_dormancies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("law", sa.String(length=2), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("owed_since", sa.Date(), nullable=False),
        sa.Column("letter_by", sa.Uuid(), nullable=False),
        sa.Column("letter_on", sa.Date(), nullable=False),
        sa.Column("dormant_by", sa.Uuid(), nullable=True),
        sa.Column("dormant_on", sa.Date(), nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_on", sa.Date(), nullable=True),
        sa.Column("remittance_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="ck_payment_dormancies_amount"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_payment_dormancies_program_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_payment_dormancies_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_dormancies"),
    )
    op.create_index("ix_payment_dormancies_payment_id_id", "payment_dormancies", ["payment_id", "id"])
    op.create_index("ix_payment_dormancies_program_id_id", "payment_dormancies", ["program_id", "id"])


def create_remittances() -> None:
    op.create_table(
        "remittances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("funding_source_id", sa.Uuid(), nullable=True),
        sa.Column("remitted_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_remittances_amount"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_remittances_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_remittances"),
    )
    op.create_index("ix_remittances_program_id_id", "remittances", ["program_id", "id"])


def create_budget_closings() -> None:
    op.create_table(
        "budget_closings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("unreleased_cents", sa.BigInteger(), nullable=False),
        sa.Column("available_cents", sa.BigInteger(), nullable=False),
        sa.Column("saved_cents", sa.BigInteger(), nullable=False),
        sa.Column("kept_cents", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_budget_closings_program_id"),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_budget_closings_budget_id"),
        sa.PrimaryKeyConstraint("id", name="pk_budget_closings"),
    )
    op.create_index("ix_budget_closings_budget_id_id", "budget_closings", ["budget_id", "id"])


def create_take_backs() -> None:
    op.create_table(
        "take_backs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("funding_source_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("recovered_cents", sa.BigInteger(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_take_backs_amount"),
        sa.CheckConstraint("paid_cents BETWEEN 0 AND amount_cents", name="ck_take_backs_paid"),
        sa.CheckConstraint("recovered_cents BETWEEN 0 AND amount_cents", name="ck_take_backs_recovered"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_take_backs_program_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_take_backs_member_id"),
        sa.ForeignKeyConstraint(["funding_source_id"], ["funding_sources.id"], name="fk_take_backs_funding_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_take_backs"),
    )
    op.create_index("ix_take_backs_member_id_id", "take_backs", ["member_id", "id"])
    op.create_index("ix_take_backs_program_id_id", "take_backs", ["program_id", "id"])


def create_take_back_moves() -> None:
    op.create_table(
        "take_back_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("take_back_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_take_back_moves_amount"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_take_back_moves_program_id"),
        sa.ForeignKeyConstraint(["take_back_id"], ["take_backs.id"], name="fk_take_back_moves_take_back_id"),
        sa.PrimaryKeyConstraint("id", name="pk_take_back_moves"),
    )
    op.create_index("ix_take_back_moves_take_back_id_id", "take_back_moves", ["take_back_id", "id"])
