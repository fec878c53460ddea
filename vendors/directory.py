"""The directory: rows of words by which vendors are found, rewritten in the transaction of each change of a vendor.

All that is written and asked here goes through `vendors.words` first, so that SQLite's FTS5 and PostgreSQL's full text see the same plain
tokens and give the same answer: neither database folds, stems or splits anything itself.
"""

import hashlib
from collections.abc import Sequence
from itertools import accumulate
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, column, delete, insert, literal, select, table
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from vendors.base import VendorBase
from vendors.catalog import Offering
from vendors.model import Vendor
from vendors.words import language_marks, mark, words_of

WHOLE: Final = ""
"""The category of the row that stands for the vendor as a whole."""
HEADING: Final = "h"
ANYWHERE: Final = "w"
INDEX: Final = table("directory_words", column("rowid"), column("terms"), column("directory_words"))
"""SQLite's index of the words of the entries."""
_MOST_TERMS: Final = 20_000
_MOST_CHARACTERS: Final = 500_000
"""PostgreSQL takes no more than 1,048,575 bytes of words for one row."""
_SORTED_BY: Final = 200
_Words = Text().with_variant(TSVECTOR(), "postgresql")
_ByBytes = String(_SORTED_BY).with_variant(String(_SORTED_BY, collation="C"), "postgresql")


class DirectoryEntry(VendorBase):
    """What a vendor is found by: one row for the whole vendor, and one for each category it sells in.

    The first holds marks to filter by (counties, clientele, languages ...); the others the words of the name and of what is offered in the
    category, once as `h...` for names and titles and once as `w...` for all of it. `number` is the row's own number for SQLite's index.
    """

    __tablename__ = "directory_entries"
    __table_args__ = (
        Index("ix_directory_entries_names", "program_id", "sort_name", "vendor_id", "category", "number"),
        Index("ix_directory_entries_number", "number", unique=True),
        Index("ix_directory_entries_terms", "terms", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )

    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    category: Mapped[str] = mapped_column(String(32), primary_key=True)
    program_id: Mapped[UUID]
    number: Mapped[int]
    sort_name: Mapped[str] = mapped_column(_ByBytes)
    terms: Mapped[str] = mapped_column(_Words, deferred=True)


async def index_vendor(session: AsyncSession, vendor: Vendor) -> None:
    """Write anew what a vendor is found by. The caller has locked it, or has just made it; what it changed is flushed here."""
    await session.flush()
    active = select(Offering).where(Offering.vendor_id == vendor.id, Offering.is_active).order_by(Offering.id)
    offerings = (await session.scalars(active)).all()
    await _forget(session, vendor.id)
    sort_name = " ".join(words_of(vendor.name))[:_SORTED_BY]
    terms = {WHOLE: _marks(vendor)}
    for category in sorted({*vendor.categories, *(one.category for one in offerings)}):
        terms[category] = _words(vendor, [one for one in offerings if one.category == category])
    rows = [
        {
            "vendor_id": vendor.id,
            "category": category,
            "program_id": vendor.program_id,
            "number": _number(vendor.id, category),
            "sort_name": sort_name,
            "terms": " ".join(found),
        }
        for category, found in terms.items()
    ]
    await session.execute(insert(DirectoryEntry), rows)
    if _has_own_index(session):
        known = select(DirectoryEntry.number, DirectoryEntry.terms).where(DirectoryEntry.vendor_id == vendor.id)
        await session.execute(insert(INDEX).from_select(["rowid", "terms"], known))


async def _forget(session: AsyncSession, vendor_id: UUID) -> None:
    """Take a vendor's rows away, from SQLite's index first: it must be told the words that it is to forget."""
    mine = DirectoryEntry.vendor_id == vendor_id
    if _has_own_index(session):
        known = select(literal("delete"), DirectoryEntry.number, DirectoryEntry.terms).where(mine)
        await session.execute(insert(INDEX).from_select(["directory_words", "rowid", "terms"], known))
    await session.execute(delete(DirectoryEntry).where(mine).execution_options(synchronize_session=False))


def _has_own_index(session: AsyncSession) -> bool:
    """Say whether the database keeps its index of words in a table of its own, as SQLite does. A trigger may not write there."""
    return session.get_bind().dialect.name == "sqlite"


def _marks(vendor: Vendor) -> list[str]:
    """Name all that a vendor can be filtered by."""
    marks = {one for language in vendor.languages for one in language_marks(language)}
    for kind, values in (("county", vendor.service_counties), ("clientele", vendor.clientele), ("accessibility", vendor.accessibility)):
        marks.update(mark(kind, value) for value in values)
    if vendor.organisation_type is not None:
        marks.add(mark("organisation_type", vendor.organisation_type))
    return sorted(marks)


def _words(vendor: Vendor, offerings: Sequence[Offering]) -> list[str]:
    """List the words of a vendor's name and of some offerings, those of names and titles twice; a flood of words is cut short."""
    heading = [*words_of(vendor.name), *(word for one in offerings for word in words_of(one.title))]
    body = [word for one in offerings for word in words_of(one.description or "")]
    terms = [*(HEADING + word for word in heading), *(ANYWHERE + word for word in heading), *(ANYWHERE + word for word in body)]
    known = list(dict.fromkeys(terms))[:_MOST_TERMS]
    lengths = accumulate(len(term) + 1 for term in known)
    return [term for term, length in zip(known, lengths, strict=True) if length <= _MOST_CHARACTERS]


def _number(vendor_id: UUID, category: str) -> int:
    """Make the number of a row from what it is, so that no sequence is needed."""
    digest = hashlib.sha256(vendor_id.bytes + category.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
