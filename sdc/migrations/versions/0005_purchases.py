"""Create purchases with their decisions, authorisations and deliveries, and the notices that tell a no."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_notices()
    create_purchases()
    create_decisions()
    create_purchase_approvals()
    create_purchase_questions()
    create_authorizations()
    create_deliveries()


def create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("appeal_by", sa.Date(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_notices_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_notices_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_member_id_id", "notices", ["member_id", "id"])


def create_purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=True),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("quantity_thousandths", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("delivery_cents", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("goal_id", sa.String(length=64), nullable=True),
        sa.Column("paid_from", sa.String(32), nullable=False),
        sa.Column("purchase_date", sa.Date(), nullable=False),
        sa.Column("service_to", sa.Date(), nullable=False),
        sa.Column("beneficiary", sa.String(length=64), nullable=True),
        sa.Column("payment_method", sa.String(length=32), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("already_bought", sa.Boolean(), nullable=False),
        sa.Column("other_payer_covers", sa.Boolean(), nullable=False),
        sa.Column("other_payer_denial_on_file", sa.Boolean(), nullable=False),
        sa.Column("quotes", Document, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tags", Document, nullable=False),
        sa.Column("is_tagged", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("pick_up_code", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_role", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=True),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("reask_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="ck_purchases_amount"),
        sa.CheckConstraint("quantity_thousandths > 0", name="ck_purchases_quantity"),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_purchases_budget_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_purchases_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_purchases_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_purchases"),
        sa.UniqueConstraint("order_id", name="uq_purchases_order_id"),
    )
    op.create_index("ix_purchases_member_id_id", "purchases", ["member_id", "id"])
    op.create_index("ix_purchases_program_id_state_id", "purchases", ["program_id", "state", "id"])
    op.create_index("ix_purchases_reask_at", "purchases", ["reask_at"])
    op.create_index("ix_purchases_state_expires_on", "purchases", ["state", "expires_on"])
    op.create_index("ix_purchases_vendor_id_id", "purchases", ["vendor_id", "id"])


def create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("rulebook_name", sa.String(length=64), nullable=False),
        sa.Column("rulebook_version", sa.BigInteger(), nullable=False),
        sa.Column("rulebook_hash", sa.String(length=64), nullable=False),
        sa.Column("decision", Document, nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("remedies", Document, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_subject_id_id", "decisions", ["subject_id", "id"])


def create_purchase_approvals() -> None:
    op.create_table(
        "purchase_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("employer_id", sa.String(length=64), nullable=True),
        sa.Column("relatives", Document, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name="fk_purchase_approvals_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_approvals"),
    )
    op.create_index("ix_purchase_approvals_purchase_id_id", "purchase_approvals", ["purchase_id", "id"])


def create_purchase_questions() -> None:
    op.create_table(
        "purchase_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("question_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name="fk_purchase_questions_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_questions"),
    )
    op.create_index("ix_purchase_questions_purchase_id_id", "purchase_questions", ["purchase_id", "id"])


def create_authorizations() -> None:
    op.create_table(
        "authorizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("paid_from", sa.String(32), nullable=False),
        sa.Column("purchase_date", sa.Date(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("authorized_cents", sa.BigInteger(), nullable=False),
        sa.Column("left_cents", sa.BigInteger(), nullable=False),
        sa.Column("spent_cents", sa.BigInteger(), nullable=False),
        sa.Column("released_cents", sa.BigInteger(), nullable=False),
        sa.Column("tolerance_cents", sa.BigInteger(), nullable=False),
        sa.Column("waiting_bills", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("authorized_cents = left_cents + spent_cents + released_cents", name="ck_authorizations_sum"),
        sa.CheckConstraint("left_cents >= 0", name="ck_authorizations_left"),
        sa.CheckConstraint("spent_cents >= 0", name="ck_authorizations_spent"),
        sa.CheckConstraint("tolerance_cents >= 0", name="ck_authorizations_tolerance"),
        sa.CheckConstraint("waiting_bills >= 0", name="ck_authorizations_waiting"),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_authorizations_budget_id"),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name="fk_authorizations_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_authorizations"),
    )
    op.create_index("ix_authorizations_budget_id", "authorizations", ["budget_id"])
    op.create_index("ix_authorizations_member_id_purchase_date", "authorizations", ["member_id", "purchase_date"])
    op.create_index("ix_authorizations_purchase_id", "authorizations", ["purchase_id"])


def create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("quantity_thousandths", sa.BigInteger(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("proof", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirm_on", sa.Date(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispute_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("quantity_thousandths > 0", name="ck_deliveries_quantity"),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name="fk_deliveries_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_purchase_id_id", "deliveries", ["purchase_id", "id"])
    op.create_index("ix_deliveries_state_confirm_on", "deliveries", ["state", "confirm_on"])
