"""Create the ledger, by the ledger's own statements."""

from alembic import op

import ledger

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    for statement in ledger.create_statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
