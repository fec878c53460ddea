"""Create programs, their money and staff, and members with their budgets and plans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_payers()
    create_programs()
    create_funding_sources()
    create_deposits()
    create_top_ups()
    create_staff()
    create_staff_programs()
    create_members()
    create_representatives()
    create_budgets()
    create_plans()


def create_payers() -> None:
    op.create_table(
        "payers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payers"),
    )


def create_programs() -> None:
    op.create_table(
        "programs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("period_starts_on", sa.Date(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=False),
        sa.Column("release", sa.String(32), nullable=False),
        sa.Column("notice_profile", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("period_starts_on <= period_ends_on", name="ck_programs_period"),
        sa.ForeignKeyConstraint(["payer_id"], ["payers.id"], name="fk_programs_payer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_programs"),
    )
    op.create_index("ix_programs_payer_id", "programs", ["payer_id"])


def create_funding_sources() -> None:
    op.create_table(
        "funding_sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payer_id"], ["payers.id"], name="fk_funding_sources_payer_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_funding_sources_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_funding_sources"),
    )
    op.create_index("ix_funding_sources_program_id", "funding_sources", ["program_id"])


def create_deposits() -> None:
    op.create_table(
        "deposits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("funding_source_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_deposits_amount"),
        sa.ForeignKeyConstraint(["funding_source_id"], ["funding_sources.id"], name="fk_deposits_funding_source_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_deposits_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deposits"),
    )
    op.create_index("ix_deposits_program_id", "deposits", ["program_id"])


def create_top_ups() -> None:
    op.create_table(
        "top_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("rail_id", sa.String(length=120), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="ck_top_ups_amount"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_top_ups_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_top_ups"),
    )
    op.create_index("ix_top_ups_program_id", "top_ups", ["program_id"])


def create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("employer_id", sa.String(length=64), nullable=True),
        sa.Column("relatives", Document, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payer_id"], ["payers.id"], name="fk_staff_payer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
    )


def create_staff_programs() -> None:
    op.create_table(
        "staff_programs",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_staff_programs_program_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_programs_staff_id"),
        sa.PrimaryKeyConstraint("staff_id", "program_id", name="pk_staff_programs"),
    )
    op.create_index("ix_staff_programs_program_id", "staff_programs", ["program_id"])


def create_members() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("funding", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("eligible_from", sa.Date(), nullable=False),
        sa.Column("eligible_to", sa.Date(), nullable=False),
        sa.Column("relatives", Document, nullable=False),
        sa.Column("household", Document, nullable=False),
        sa.Column("broker_id", sa.Uuid(), nullable=True),
        sa.Column("overdue_receipts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("eligible_from <= eligible_to", name="ck_members_eligible"),
        sa.ForeignKeyConstraint(["broker_id"], ["staff.id"], name="fk_members_broker_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_members_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
    )
    op.create_index("ix_members_broker_id_id", "members", ["broker_id", "id"])
    op.create_index("ix_members_program_id_id", "members", ["program_id", "id"])


def create_representatives() -> None:
    op.create_table(
        "representatives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("acts_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acts_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("may", Document, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_representatives_term"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_representatives_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_representatives"),
    )
    op.create_index("ix_representatives_member_id", "representatives", ["member_id"])


def create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("funding_source_id", sa.Uuid(), nullable=False),
        sa.Column("allocated_cents", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("release", sa.String(32), nullable=False),
        sa.Column("periods", sa.BigInteger(), nullable=False),
        sa.Column("released_periods", sa.BigInteger(), nullable=False),
        sa.Column("next_release_on", sa.Date(), nullable=True),
        sa.Column("allocated_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("allocated_cents > 0", name="ck_budgets_allocated"),
        sa.CheckConstraint("released_periods BETWEEN 0 AND periods", name="ck_budgets_released"),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_budgets_period"),
        sa.ForeignKeyConstraint(["funding_source_id"], ["funding_sources.id"], name="fk_budgets_funding_source_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_budgets_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_budgets_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_budgets"),
    )
    op.create_index("ix_budgets_member_id_id", "budgets", ["member_id", "id"])
    op.create_index("ix_budgets_next_release_on", "budgets", ["next_release_on"])


def create_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("goals", Document, nullable=False),
        sa.Column("lines", Document, nullable=False),
        sa.Column("titles_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_plans_span"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_plans_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_plans_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.UniqueConstraint("member_id", "version", name="uq_plans_member_id_version"),
    )
    op.create_index("ix_plans_member_id_state", "plans", ["member_id", "state"])
