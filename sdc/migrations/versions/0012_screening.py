"""Keep exclusion lists, what a screening found of whom, and what a person decided.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_exclusion_lists()
    create_exclusion_entries()
    create_screening_subjects()
    create_screening_matches()
    create_screening_decisions()
    hold_what_was_found_and_decided()
    create_screening_runs()
    let_the_program_screen()


def create_exclusion_lists() -> None:
    op.create_table(
        "exclusion_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("list_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", Moment, nullable=False),
        sa.Column("completed_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_exclusion_lists"),
    )
    op.create_index("ix_exclusion_lists_name_list_date_id", "exclusion_lists", ["name", "list_date", "id"])


def create_exclusion_entries() -> None:
    texts = ("last", "first", "middle", "business", "surname_key", "business_key")
    op.create_table(
        "exclusion_entries",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.String(length=1_000), nullable=False) for name in texts),
        sa.Column("npi", sa.String(length=10), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("city", sa.String(length=1_000), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("type", sa.String(length=1_000), nullable=False),
        sa.Column("excluded_on", sa.Date(), nullable=True),
        sa.Column("reinstated_on", sa.Date(), nullable=True),
        sa.Column("waived_on", sa.Date(), nullable=True),
        sa.Column("waiver_state", sa.String(length=2), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["exclusion_lists.id"], name="fk_exclusion_entries_list_id"),
        sa.PrimaryKeyConstraint("list_id", "number", name="pk_exclusion_entries"),
    )
    op.create_index("ix_exclusion_entries_surname_key", "exclusion_entries", ["surname_key"])
    op.create_index("ix_exclusion_entries_npi", "exclusion_entries", ["npi"])


def create_screening_subjects() -> None:
    op.create_table(
        "screening_subjects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("list_name", sa.String(length=32), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("list_date", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.Column("best_score", sa.BigInteger(), nullable=False),
        sa.Column("screened_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_screening_subjects_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_screening_subjects"),
    )
    op.create_index("ix_screening_subjects_vendor_id_id", "screening_subjects", ["vendor_id", "id"])


def create_screening_matches() -> None:
    op.create_table(
        "screening_matches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_mark", sa.String(length=64), nullable=False),
        sa.Column("list_name", sa.String(length=32), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("list_date", sa.Date(), nullable=False),
        sa.Column("entry_key", sa.String(length=64), nullable=False),
        sa.Column("entry", Document, nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("is_exact", sa.Boolean(), nullable=False),
        sa.Column("parts", Document, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("excludes", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("found_at", Moment, nullable=False),
        sa.Column("decided_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_screening_matches_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_screening_matches"),
    )
    op.create_index("ix_screening_matches_program_id_state_id", "screening_matches", ["program_id", "state", "id"])
    unique = "uq_screening_matches_subject_id_list_name_entry_key"
    op.create_index(unique, "screening_matches", ["subject_id", "list_name", "entry_key"], unique=True)
    op.create_index("ix_screening_matches_vendor_id", "screening_matches", ["vendor_id"])


def create_screening_decisions() -> None:
    op.create_table(
        "screening_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("list_date", sa.Date(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["screening_matches.id"], name="fk_screening_decisions_match_id"),
        sa.PrimaryKeyConstraint("id", name="pk_screening_decisions"),
    )
    op.create_index("ix_screening_decisions_match_id_id", "screening_decisions", ["match_id", "id"])


def hold_what_was_found_and_decided() -> None:
    """Have the database refuse to change or remove what a look found and what a person decided, as it does for the journal."""
    connection = op.get_bind()
    for table in ("screening_subjects", "screening_decisions"):
        if connection.dialect.name == "postgresql":
            change = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            connection.exec_driver_sql(f"CREATE TRIGGER {table}_stay {change} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
            continue
        # INSERT OR REPLACE removes a row without asking the trigger on DELETE.
        replaces = f" WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - our own words
        for change, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", replaces)):
            connection.exec_driver_sql(
                f"""CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table}{when}
BEGIN
    SELECT RAISE(ABORT, '{table} is never changed: {change} refused');
END"""
            )


def create_screening_runs() -> None:
    op.create_table(
        "screening_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.Uuid(), nullable=True),
        sa.Column("vendors_total", sa.BigInteger(), nullable=False),
        sa.Column("vendors_done", sa.BigInteger(), nullable=False),
        sa.Column("subjects_done", sa.BigInteger(), nullable=False),
        sa.Column("matches_found", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_screening_runs"),
    )
    op.create_index("ix_screening_runs_state", "screening_runs", ["state"])


def let_the_program_screen() -> None:
    """Let a look be one that no person made."""
    with op.batch_alter_table("vendor_screenings") as table:
        table.alter_column("screened_by", existing_type=sa.Uuid(), nullable=True)
