"""Let payments go on: what each attempt moved, what people said of payments, and a fresh payee for a vendor whose account was closed.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_what_each_attempt_moved()
    create_payment_moves()
    count_payees()
    look_at_top_ups_again()
    let_each_list_speak_for_itself()
    create_onboarding_links()


def keep_what_each_attempt_moved() -> None:
    """Keep the amount of each attempt and what came back of it. Until now an attempt was the whole payment."""
    op.add_column("payment_attempts", sa.Column("amount_cents", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("payment_attempts", sa.Column("returned_cents", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_payment_attempts_rail_id", "payment_attempts", ["rail_id"])
    amount = "SELECT amount_cents FROM payments WHERE payments.id = payment_attempts.payment_id"
    returned = "SELECT returned_cents FROM payments WHERE payments.id = payment_attempts.payment_id"
    op.execute(f"UPDATE payment_attempts SET amount_cents = ({amount})")  # noqa: S608 - our own words
    op.execute(f"UPDATE payment_attempts SET returned_cents = ({returned}) WHERE state = 'sent'")  # noqa: S608 - our own words


def create_payment_moves() -> None:
    op.create_table(
        "payment_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("move", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("rail_id", sa.String(length=120), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_payment_moves_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_moves"),
    )
    op.create_index("ix_payment_moves_payment_id_id", "payment_moves", ["payment_id", "id"])


def count_payees() -> None:
    """Count under how many ids a rail has known a vendor: the next one gets a key of its own."""
    op.add_column("vendors", sa.Column("payees", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE vendors SET payees = 1 WHERE payee_id IS NOT NULL")


def look_at_top_ups_again() -> None:
    """Note when a top-up that is on its way is looked at again; those of before are looked at at once."""
    op.add_column("top_ups", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))


def let_each_list_speak_for_itself() -> None:
    """Exclude again whom a clear look at an older version, or at another list, had let go, and note what no person has decided."""
    op.add_column("vendors", sa.Column("has_possible_match", sa.Boolean(), nullable=False, server_default=sa.false()))
    newer = (
        "SELECT 1 FROM vendor_screenings newer WHERE newer.vendor_id = look.vendor_id AND newer.list = look.list "
        "AND (newer.list_date > look.list_date OR (newer.list_date = look.list_date AND newer.id > look.id))"
    )
    for column, result, lists, decided in (
        ("on_leie", "match", "look.list = 'leie'", "AND newer.result <> 'possible'"),
        ("on_sam", "match", "look.list = 'sam'", "AND newer.result <> 'possible'"),
        ("on_state_list", "match", "look.list NOT IN ('leie', 'sam')", "AND newer.result <> 'possible'"),
        ("has_possible_match", "possible", "1 = 1", ""),
    ):
        op.execute(
            f"UPDATE vendors SET {column} = true WHERE EXISTS (SELECT 1 FROM vendor_screenings look "  # noqa: S608 - our own words
            f"WHERE look.vendor_id = vendors.id AND look.result = '{result}' AND {lists} AND NOT EXISTS ({newer} {decided}))"
        )


def create_onboarding_links() -> None:
    op.create_table(
        "onboarding_links",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hash", name="pk_onboarding_links"),
    )
    op.create_index("ix_onboarding_links_vendor_id", "onboarding_links", ["vendor_id"])
