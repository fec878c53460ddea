"""Give what policy in the open needs its place: drafts of rulebooks, what a decision was shown, moves between lines, savings.

Each change is a function of its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    keep_versions_of_rulebooks()
    keep_words_of_decisions()
    create_line_moves()
    create_savings()
    create_change_approvals()
    create_emergency_reviews()
    let_budgets_begin_with_nothing()
    create_baselines()
    keep_visits_with_bills()
    drop_overdue_receipts()
    find_staff_by_employer()


def create_line_moves() -> None:
    op.create_table(
        "line_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("from_category", sa.String(length=32), nullable=False),
        sa.Column("to_category", sa.String(length=32), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        *change_columns(),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="ck_line_moves_amount"),
        sa.CheckConstraint("from_category <> to_category", name="ck_line_moves_lines"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_line_moves_member_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_line_moves_plan_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_line_moves_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_line_moves"),
    )
    op.create_index("ix_line_moves_plan_id_id", "line_moves", ["plan_id", "id"])
    op.create_index("ix_line_moves_member_id_state", "line_moves", ["member_id", "state"])
    op.create_index("ix_line_moves_program_id_state_id", "line_moves", ["program_id", "state", "id"])


def create_savings() -> None:
    op.create_table(
        "savings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.String(length=64), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=True),
        *change_columns(),
        sa.Column("saved_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="ck_savings_amount"),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_savings_budget_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_savings_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_savings_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_savings"),
    )
    op.create_index("ix_savings_budget_id_id", "savings", ["budget_id", "id"])
    op.create_index("ix_savings_member_id_state", "savings", ["member_id", "state"])
    op.create_index("ix_savings_program_id_state_id", "savings", ["program_id", "state", "id"])
    op.create_table(
        "saving_releases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="ck_saving_releases_amount"),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_saving_releases_budget_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_saving_releases_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saving_releases"),
    )
    op.create_index("ix_saving_releases_budget_id_id", "saving_releases", ["budget_id", "id"])


def create_change_approvals() -> None:
    op.create_table(
        "change_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("employer_id", sa.String(length=64), nullable=True),
        sa.Column("relatives", Document, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_change_approvals"),
    )
    op.create_index("ix_change_approvals_change_id_id", "change_approvals", ["change_id", "id"])


def change_columns() -> list[sa.Column[object]]:
    """List the columns that a move between lines and a saving have in common: where it stands, and who asked."""
    return [
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_role", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
    ]


def keep_words_of_decisions() -> None:
    """Keep with each decision the free words it was made of; older ones have none, and cannot be made again where they had some."""
    op.add_column("decisions", sa.Column("words_sealed", sa.LargeBinary(), nullable=True))


def keep_versions_of_rulebooks() -> None:
    """Give rulebooks a life: drafts, versions that are never edited, and the version that each purchase is judged by."""
    op.create_table(
        "rulebook_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bases", Document, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("cases", sa.Text(), nullable=True),
        sa.Column("fixtures", sa.Text(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("report", Document, nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rulebook_drafts"),
        sa.UniqueConstraint("name", "version", name="uq_rulebook_drafts_name_version"),
    )
    op.add_column("rulebook_versions", sa.Column("is_abstract", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE rulebook_versions SET is_abstract = true WHERE name = 'base'")
    op.create_index("ix_rulebook_versions_name_effective_from", "rulebook_versions", ["name", "effective_from"], unique=True)
    op.add_column("decisions", sa.Column("with_rules_of", sa.BigInteger(), nullable=True))
    # SQLite adds no column that must be filled without a default; every row is filled here, and a new one names its version.
    op.add_column("purchases", sa.Column("rulebook_version_id", sa.Uuid(), nullable=False, server_default="0" * 32))
    op.execute(
        """UPDATE purchases SET rulebook_version_id = (
            SELECT rulebook_versions.id FROM decisions
            JOIN rulebook_versions ON rulebook_versions.name = decisions.rulebook_name
                AND rulebook_versions.version = decisions.rulebook_version
            WHERE decisions.id = purchases.decision_id
        )"""
    )
    for statement in _stay_as_published(op.get_bind().dialect.name):
        op.execute(statement)


def _stay_as_published(dialect: str) -> list[str]:
    """Hold what was published as it was: rulebook_versions whole, and the draft that a version was published from."""
    tables = {"rulebook_versions": "", "rulebook_drafts": "OLD.state = 'published'"}
    if dialect == "postgresql":
        return [
            f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW{f' WHEN ({when})' if when else ''}"
            " EXECUTE FUNCTION refuse_change()"
            for table, when in tables.items()
        ] + [
            f"CREATE TRIGGER {table}_stay_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            for table in tables
        ]
    changes = [(table, change, when) for table, when in tables.items() for change in ("UPDATE", "DELETE")]
    # INSERT OR REPLACE removes a row without asking the trigger on DELETE.
    replaced = {
        "rulebook_versions": "id = NEW.id OR (name = NEW.name AND (version = NEW.version OR effective_from = NEW.effective_from))",
        "rulebook_drafts": "state = 'published' AND (id = NEW.id OR (name = NEW.name AND version = NEW.version))",
    }
    replacements = [(table, "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {same})") for table, same in replaced.items()]  # noqa: S608 - our own names
    return [
        f"""CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table}{f" WHEN {when}" if when else ""}
BEGIN
    SELECT RAISE(ABORT, '{table} is never changed: {change} refused');
END"""
        for table, change, when in (*changes, *replacements)
    ]


def create_emergency_reviews() -> None:
    op.create_table(
        "emergency_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_over_limits", sa.Boolean(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_emergency_reviews_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_emergency_reviews_program_id"),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name="fk_emergency_reviews_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_reviews"),
        sa.UniqueConstraint("purchase_id", name="uq_emergency_reviews_purchase_id"),
    )
    op.create_index("ix_emergency_reviews_member_id_id", "emergency_reviews", ["member_id", "id"])
    op.create_index("ix_emergency_reviews_program_id_reviewed_at_due_on", "emergency_reviews", ["program_id", "reviewed_at", "due_on"])


def let_budgets_begin_with_nothing() -> None:
    """Let a budget be allocated nothing yet: closed months earn it."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint("ck_budgets_allocated", "budgets", type_="check")
        op.create_check_constraint("ck_budgets_allocated", "budgets", "allocated_cents >= 0")
        return
    # SQLite has no statement for this; its own manual edits the stored schema where no row changes (lang_altertable, section 7).
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (allocated_cents > 0)', 'CHECK (allocated_cents >= 0)') "
        "WHERE type = 'table' AND name = 'budgets'"
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def create_baselines() -> None:
    op.create_table(
        "baselines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=True),
        sa.Column("monthly_cents", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("monthly_cents >= 0", name="ck_baselines_monthly"),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_baselines_period"),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_baselines_budget_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_baselines_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_baselines_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_baselines"),
    )
    op.create_index("ix_baselines_member_id_starts_on", "baselines", ["member_id", "starts_on"])
    op.create_table(
        "month_closes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("baseline_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("actual_cents", sa.BigInteger(), nullable=False),
        sa.Column("earned_cents", sa.BigInteger(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("actual_cents >= 0", name="ck_month_closes_actual"),
        sa.CheckConstraint("earned_cents >= 0", name="ck_month_closes_earned"),
        sa.ForeignKeyConstraint(["baseline_id"], ["baselines.id"], name="fk_month_closes_baseline_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_month_closes_member_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_month_closes_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_month_closes"),
    )
    op.create_index("ix_month_closes_member_id_month", "month_closes", ["member_id", "month"])
    op.create_index(
        "uq_month_closes_baseline_id_month",
        "month_closes",
        ["baseline_id", "month"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
        sqlite_where=sa.text("replaced_at IS NULL"),
    )


def keep_visits_with_bills() -> None:
    """Keep what a bill's vendor says of a visit, sealed, and which facts those are. A record on file before said all of it."""
    op.add_column("bills", sa.Column("visit_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("bills", sa.Column("visit_says", Document, nullable=False, server_default=sa.text("'[]'")))
    facts = '["begin_end", "date", "location", "member", "service_type", "worker"]'
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    records = "SELECT 1 FROM documents WHERE owner_id = bills.id AND kind = 'visit_record'"
    written = f"'{facts}'::jsonb" if is_postgresql else f"'{facts}'"
    op.execute(f"UPDATE bills SET visit_says = {written} WHERE EXISTS ({records})")  # noqa: S608 - our own words


def drop_overdue_receipts() -> None:
    """Drop a number that was always 0: which slips are due is counted from purchases and papers."""
    op.drop_column("members", "overdue_receipts")


def find_staff_by_employer() -> None:
    """Find fast who of the staff works for a vendor: every decision asks."""
    op.create_index("ix_staff_employer_id", "staff", ["employer_id"])
