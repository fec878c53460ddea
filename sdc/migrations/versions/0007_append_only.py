"""Hold the journal and the decisions as they were written: the database refuses to change or remove them.

This stops a slip of the hand. Who owns the database can drop a trigger; the ledger's verification is for that.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEPT = ("journal_events", "decisions")


def upgrade() -> None:
    connection = op.get_bind()
    statements = _for_postgresql() if connection.dialect.name == "postgresql" else _for_sqlite()
    for statement in statements:
        connection.exec_driver_sql(statement)


def _for_postgresql() -> list[str]:
    refuse = """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $refuse$
BEGIN
    RAISE EXCEPTION '% is never changed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$refuse$"""
    change = "BEFORE UPDATE OR DELETE OR TRUNCATE"
    triggers = [f"CREATE TRIGGER {table}_stay {change} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()" for table in KEPT]
    return [refuse, *triggers]


def _for_sqlite() -> list[str]:
    changes = [(table, change, "") for table in KEPT for change in ("UPDATE", "DELETE")]
    # INSERT OR REPLACE removes a row without asking the trigger on DELETE.
    replacements = [(table, "INSERT", f" WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)") for table in KEPT]  # noqa: S608 - our own names
    return [
        f"""CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table}{when}
BEGIN
    SELECT RAISE(ABORT, '{table} is never changed: {change} refused');
END"""
        for table, change, when in (*changes, *replacements)
    ]
