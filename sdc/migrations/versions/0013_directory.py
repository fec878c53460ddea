"""Keep what a credential was verified by, the history of prices, and an index to search the directory by.

Each change is a function of its own.
"""

import hashlib
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = {
    "clinical_licence": ("clinical_license", "clinical_licence"),
    "peer_certification": ("peer_cert", "peer_certification", "peer_certificate"),
    "dental_licence": ("dental_license", "dental_licence"),
    "vision_licence": ("vision_license", "vision_licence"),
    "health_permit": ("health_permit",),
}
APOSTROPHES = "'\u2019\u2018\u02bc`\u00b4"
PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŧ": "t"}


def upgrade() -> None:
    say_more_of_credentials()
    describe_offerings()
    keep_prices()
    create_directory()
    index_for_sqlite()
    list_vendors_of_before()


def say_more_of_credentials() -> None:
    """Say what a credential is, since when, and who verified or revoked it. Nobody has verified those of before; they count as they did."""
    op.add_column("vendor_credentials", sa.Column("kind", sa.String(length=32), nullable=False, server_default="other"))
    op.add_column("vendor_credentials", sa.Column("is_seen", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("vendor_credentials", sa.Column("issued_on", sa.Date(), nullable=True))
    for column in ("training_hours", "supervised_hours", "warned_days"):
        op.add_column("vendor_credentials", sa.Column(column, sa.BigInteger(), nullable=True))
    for move, words in (("verified", "note"), ("revoked", "reason")):
        op.add_column("vendor_credentials", sa.Column(f"{move}_on", sa.Date(), nullable=True))
        op.add_column("vendor_credentials", sa.Column(f"{move}_by", sa.Uuid(), nullable=True))
        op.add_column("vendor_credentials", sa.Column(f"{move}_{words}_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("vendor_credentials", sa.Column("document_id", sa.Uuid(), nullable=True))
    op.add_column("vendor_credentials", sa.Column("verified_source", sa.String(length=200), nullable=True))
    op.create_index("ix_vendor_credentials_expires_on", "vendor_credentials", ["expires_on"])
    for kind, tags in KINDS.items():
        listed = ", ".join(f"'{tag}'" for tag in tags)
        op.execute(f"UPDATE vendor_credentials SET kind = '{kind}' WHERE type IN ({listed})")  # noqa: S608 - our own words


def describe_offerings() -> None:
    op.add_column("vendor_offerings", sa.Column("description", sa.String(length=2000), nullable=True))


def keep_prices() -> None:
    """Keep each price. Of those of before only the last is known: it begins with the upgrade, set by nobody we know of."""
    op.create_table(
        "vendor_offering_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("unit_price_cents > 0", name="ck_vendor_offering_prices_price"),
        sa.ForeignKeyConstraint(["offering_id"], ["vendor_offerings.id"], name="fk_vendor_offering_prices_offering_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_offering_prices"),
    )
    op.create_index("ix_vendor_offering_prices_offering_id_id", "vendor_offering_prices", ["offering_id", "id"])
    columns = "id, offering_id, unit_price_cents, from_at"
    op.execute(f"INSERT INTO vendor_offering_prices ({columns}) SELECT id, id, unit_price_cents, CURRENT_TIMESTAMP FROM vendor_offerings")  # noqa: S608 - our own words


def create_directory() -> None:
    words = sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")
    by_bytes = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
    op.create_table(
        "directory_entries",
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sort_name", by_bytes, nullable=False),
        sa.Column("terms", words, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_directory_entries_vendor_id"),
        sa.PrimaryKeyConstraint("vendor_id", "category", name="pk_directory_entries"),
    )
    op.create_index("ix_directory_entries_names", "directory_entries", ["program_id", "sort_name", "vendor_id", "category", "number"])
    op.create_index("ix_directory_entries_number", "directory_entries", ["number"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_directory_entries_terms", "directory_entries", ["terms"], postgresql_using="gin")


def index_for_sqlite() -> None:
    """Let SQLite search the terms: an index beside the table, written with it (a trigger may not write to a virtual table here)."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE directory_words USING fts5"
        "(terms, content='directory_entries', content_rowid='number', tokenize='ascii', prefix='2 3')"
    )


def list_vendors_of_before() -> None:
    """Let those be found who were there before. The words are folded as they were folded when this was written."""
    connection = op.get_bind()
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    vendors = sa.table(
        "vendors", sa.column("id", sa.Uuid()), sa.column("program_id", sa.Uuid()), sa.column("name"), sa.column("categories", document)
    )
    offerings = sa.table(
        "vendor_offerings",
        sa.column("vendor_id", sa.Uuid()),
        sa.column("category"),
        sa.column("title"),
        sa.column("is_active", sa.Boolean()),
    )
    entries = sa.table(
        "directory_entries",
        sa.column("vendor_id", sa.Uuid()),
        sa.column("category"),
        sa.column("program_id", sa.Uuid()),
        sa.column("number", sa.BigInteger()),
        sa.column("sort_name"),
        sa.column("terms", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")),
    )
    titles: dict[object, list[tuple[str, str]]] = {}
    for vendor_id, category, title in connection.execute(
        sa.select(offerings.c.vendor_id, offerings.c.category, offerings.c.title).where(offerings.c.is_active)
    ):
        titles.setdefault(vendor_id, []).append((category, title))
    rows = []
    for vendor_id, program_id, name, categories in connection.execute(
        sa.select(vendors.c.id, vendors.c.program_id, vendors.c.name, vendors.c.categories)
    ).all():
        offered = titles.get(vendor_id, [])
        for category in ("", *sorted({*categories, *(one for one, _ in offered)})):
            words = [] if not category else [*_words(name), *(word for one, title in offered if one == category for word in _words(title))]
            terms = dict.fromkeys(place + word for place in "hw" for word in words)
            number = int.from_bytes(hashlib.sha256(vendor_id.bytes + category.encode()).digest()[:8], "big") >> 1
            rows.append(
                {
                    "vendor_id": vendor_id,
                    "category": category,
                    "program_id": program_id,
                    "number": number,
                    "sort_name": " ".join(_words(name))[:200],
                    "terms": " ".join(terms),
                }
            )
    if rows:
        connection.execute(sa.insert(entries), rows)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("INSERT INTO directory_words (directory_words) VALUES ('rebuild')")


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (PLAIN.get(one, one) for one in folded if one not in APOSTROPHES and not unicodedata.category(one).startswith("M"))
    words = "".join(letter if letter.isalnum() else " " for letter in kept).split()
    return ["".join(letter if letter.isascii() else f"u{ord(letter):06x}" for letter in word[:64]) for word in words]
