"""Create the vendors: who may be paid, what they may sell, what was found about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_vendors()
    create_vendor_credentials()
    create_vendor_offerings()
    create_vendor_screenings()


def create_vendors() -> None:
    op.create_table(
        "vendors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("categories", Document, nullable=False),
        sa.Column("owners", Document, nullable=False),
        sa.Column("is_directed_worker", sa.Boolean(), nullable=False),
        sa.Column("has_tax_form", sa.Boolean(), nullable=False),
        sa.Column("has_tin_match", sa.Boolean(), nullable=False),
        sa.Column("is_payable", sa.Boolean(), nullable=False),
        sa.Column("rail", sa.String(length=16), nullable=True),
        sa.Column("payee_id", sa.String(length=120), nullable=True),
        sa.Column("screened_on", sa.Date(), nullable=True),
        sa.Column("on_leie", sa.Boolean(), nullable=False),
        sa.Column("on_sam", sa.Boolean(), nullable=False),
        sa.Column("on_state_list", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vendors"),
    )
    op.create_index("ix_vendors_program_id_state_id", "vendors", ["program_id", "state", "id"])


def create_vendor_credentials() -> None:
    op.create_table(
        "vendor_credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_vendor_credentials_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_credentials"),
    )
    op.create_index("ix_vendor_credentials_vendor_id", "vendor_credentials", ["vendor_id"])


def create_vendor_offerings() -> None:
    op.create_table(
        "vendor_offerings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("tags", Document, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("unit_price_cents > 0", name="ck_vendor_offerings_price"),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_vendor_offerings_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_offerings"),
    )
    op.create_index("ix_vendor_offerings_vendor_id", "vendor_offerings", ["vendor_id"])


def create_vendor_screenings() -> None:
    op.create_table(
        "vendor_screenings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.String(length=32), nullable=False),
        sa.Column("list_date", sa.Date(), nullable=False),
        sa.Column("result", sa.String(32), nullable=False),
        sa.Column("screened_on", sa.Date(), nullable=False),
        sa.Column("screened_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_vendor_screenings_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_screenings"),
    )
    op.create_index("ix_vendor_screenings_vendor_id_id", "vendor_screenings", ["vendor_id", "id"])
