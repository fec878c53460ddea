"""Keep what a vendor says of itself, who owns and manages it, its tax record, and each thing that happened to it.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LISTS = ("service_counties", "clientele", "languages", "accessibility", "hours", "employer_ids")


def upgrade() -> None:
    describe_vendors()
    create_vendor_persons()
    create_vendor_tax_records()
    create_vendor_events()
    hold_vendor_events()
    create_vendor_messages()


def describe_vendors() -> None:
    """Let a vendor say more of itself; those of before have said none of it."""
    op.add_column("vendors", sa.Column("npi", sa.String(length=10), nullable=True))
    for column in ("reason_sealed", "legal_name_sealed", "contact_sealed", "former_contact_sealed"):
        op.add_column("vendors", sa.Column(column, sa.LargeBinary(), nullable=True))
    op.add_column("vendors", sa.Column("organisation_type", sa.String(32), nullable=True))
    op.add_column("vendors", sa.Column("is_consumer_run", sa.Boolean(), nullable=False, server_default=sa.false()))
    for column in LISTS:
        op.add_column("vendors", sa.Column(column, Document, nullable=False, server_default="[]"))
    for column in ("contact_changed_at", "bank_changed_at"):
        op.add_column("vendors", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.add_column("vendors", sa.Column("withholds", sa.Boolean(), nullable=False, server_default=sa.false()))


def create_vendor_persons() -> None:
    op.create_table(
        "vendor_persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("birth_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.Column("ownership_bps", sa.BigInteger(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ownership_bps BETWEEN 0 AND 10000", name="ck_vendor_persons_ownership"),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_vendor_persons_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_persons"),
    )
    op.create_index("ix_vendor_persons_vendor_id_id", "vendor_persons", ["vendor_id", "id"])
    op.create_index("ix_vendor_persons_mark", "vendor_persons", ["mark"])


def create_vendor_tax_records() -> None:
    op.create_table(
        "vendor_tax_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("legal_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tin_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tin_mark", sa.String(length=64), nullable=False),
        sa.Column("tin_kind", sa.String(32), nullable=False),
        sa.Column("tin_last_four", sa.String(length=4), nullable=False),
        sa.Column("classification", sa.String(32), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("is_match", sa.Boolean(), nullable=True),
        sa.Column("is_certified", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_vendor_tax_records_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_tax_records"),
    )
    op.create_index("ix_vendor_tax_records_vendor_id_id", "vendor_tax_records", ["vendor_id", "id"])
    op.create_index("ix_vendor_tax_records_program_id_tin_mark", "vendor_tax_records", ["program_id", "tin_mark"])


def create_vendor_events() -> None:
    op.create_table(
        "vendor_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("by_role", sa.String(length=16), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("facts", Document, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_vendor_events_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_events"),
    )
    op.create_index("ix_vendor_events_vendor_id_id", "vendor_events", ["vendor_id", "id"])


def hold_vendor_events() -> None:
    """Have the database refuse to change or remove what happened to a vendor, as it does for the journal."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        change = "BEFORE UPDATE OR DELETE OR TRUNCATE ON vendor_events"
        connection.exec_driver_sql(f"CREATE TRIGGER vendor_events_stay {change} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
        return
    # INSERT OR REPLACE removes a row without asking the trigger on DELETE.
    replaces = " WHEN EXISTS (SELECT 1 FROM vendor_events WHERE id = NEW.id)"
    for change, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", replaces)):
        connection.exec_driver_sql(
            f"""CREATE TRIGGER vendor_events_refuse_{change.lower()} BEFORE {change} ON vendor_events{when}
BEGIN
    SELECT RAISE(ABORT, 'vendor_events is never changed: {change} refused');
END"""
        )


def create_vendor_messages() -> None:
    op.create_table(
        "vendor_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_messages"),
    )
    op.create_index("ix_vendor_messages_vendor_id_id", "vendor_messages", ["vendor_id", "id"])
