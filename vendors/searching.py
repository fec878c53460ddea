"""Search the directory: vendors in one order that both databases agree on, each with what it offers of what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    case,
    cast,
    exists,
    literal,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from vendors.catalog import Offering
from vendors.credential import Credential, good_on, tags_of
from vendors.directory import ANYWHERE, HEADING, INDEX, WHOLE, DirectoryEntry
from vendors.model import Vendor, VendorState
from vendors.words import mark, words_of


@dataclass(frozen=True, slots=True)
class DirectorySearch:
    """What somebody looks for in a program. `required` says which credential a category takes, by the rulebook of the day `on`."""

    program_id: UUID
    on: date
    required: Mapping[str, str]
    text: str | None = None
    county: str | None = None
    organisation_type: str | None = None
    clientele: str | None = None
    category: str | None = None
    language: str | None = None
    accessibility: str | None = None
    consumer_run: bool | None = None
    include_unverified: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a vendor stands in the order of an answer: matches of names before others, then by name, then by id."""

    rank: int
    sort_name: str
    vendor_id: UUID


@dataclass(frozen=True, slots=True)
class Listed:
    """A vendor that was found, what it offers of what was asked, and whether a person has verified what it needs to sell that."""

    position: Position
    vendor: Vendor
    offerings: tuple[Offering, ...]
    verified_categories: frozenset[str]

    def is_verified(self, category: str | None = None) -> bool:
        """Say whether the vendor was approved and holds a verified credential for a category, or for any that it sells in."""
        found = self.verified_categories if category is None else self.verified_categories & {category}
        return self.vendor.state is VendorState.ACTIVE and bool(found)


async def search_directory(session: AsyncSession, search: DirectorySearch, *, limit: int, after: Position | None = None) -> list[Listed]:
    """Find vendors, the best matches first. Whom a list excludes or may exclude, who is suspended or was rejected, is not there."""
    words = None if search.text is None or not search.text.strip() else words_of(search.text)
    if words == []:
        return []  # signs alone are in no name
    found = _found(search, words or [], dialect=session.get_bind().dialect.name).subquery()
    place = tuple_(found.c.rank, found.c.sort_name, found.c.vendor_id)
    query = select(Vendor, found.c.rank, found.c.sort_name).join(found, found.c.vendor_id == Vendor.id)
    if after is not None:
        query = query.where(place > tuple_(literal(after.rank), literal(after.sort_name, String()), literal(after.vendor_id, Uuid())))
    rows = (await session.execute(query.order_by(found.c.rank, found.c.sort_name, found.c.vendor_id).limit(limit))).all()
    ids = [vendor.id for vendor, _, _ in rows]
    offered = await _by_vendor(session, select(Offering).where(Offering.vendor_id.in_(ids), Offering.is_active), ids)
    held = await session.scalars(select(Credential).where(Credential.vendor_id.in_(ids)))
    credentials: dict[UUID, list[Credential]] = {one: [] for one in ids}
    for one in held:
        credentials[one.vendor_id].append(one)
    return [
        _listed(search, words or [], vendor, Position(rank, sort_name, vendor.id), offered[vendor.id], credentials[vendor.id])
        for vendor, rank, sort_name in rows
    ]


def _found(search: DirectorySearch, words: Sequence[str], *, dialect: str) -> Select[int, str, UUID]:
    """Select the places of all that is found."""
    whole = aliased(DirectoryEntry)
    states = [VendorState.ACTIVE, VendorState.APPLIED] if search.include_unverified else [VendorState.ACTIVE]
    conditions = [
        whole.program_id == search.program_id,
        whole.category == WHOLE,
        Vendor.state.in_(states),
        not_(Vendor.on_leie | Vendor.on_sam | Vendor.on_state_list | Vendor.has_possible_match),
    ]
    if search.consumer_run is not None:
        conditions.append(Vendor.is_consumer_run.is_(search.consumer_run))
    marks = _marks(search)
    if marks:
        conditions.append(_holds(whole, [(one, False) for one in marks], dialect=dialect))
    rank: ColumnElement[int] = literal_column("0")
    if words:
        conditions.append(whole.vendor_id.in_(_sellers(search, ANYWHERE, words, dialect=dialect)))
        rank = case((whole.vendor_id.in_(_sellers(search, HEADING, words, dialect=dialect)), 0), else_=1)
    else:
        entry = aliased(DirectoryEntry)
        conditions.append(exists().where(entry.vendor_id == whole.vendor_id, *_sells(search, entry)))
    query = select(rank.label("rank"), whole.sort_name, whole.vendor_id)
    return query.join(Vendor, Vendor.id == whole.vendor_id).where(*conditions)


def _sellers(search: DirectorySearch, place: str, words: Sequence[str], *, dialect: str) -> Select[UUID]:
    """Select who sells, in one category, what all the words are found of; the last word may be the beginning of one."""
    entry = aliased(DirectoryEntry)
    terms = [(place + word, index == len(words) - 1) for index, word in enumerate(words)]
    return select(entry.vendor_id).where(
        entry.program_id == search.program_id, _holds(entry, terms, dialect=dialect), *_sells(search, entry)
    )


def _sells(search: DirectorySearch, entry: type[DirectoryEntry]) -> list[ColumnElement[bool]]:
    """Express that an entry is of a category that was asked for, and shown without being asked to show what nobody verified."""
    asked = entry.category != WHOLE if search.category is None else entry.category == search.category
    if search.include_unverified:
        return [asked]
    guarded = {one: tag for one, tag in search.required.items() if search.category in {None, one}}
    if not guarded:
        return [asked]
    fits = or_(*(and_(entry.category == one, Credential.type.in_(sorted(tags_of(tag)))) for one, tag in sorted(guarded.items())))
    verified = and_(Credential.vendor_id == entry.vendor_id, Credential.verified_on.is_not(None), good_on(search.on), fits)
    return [asked, or_(entry.category.not_in(sorted(guarded)), exists().where(verified))]


def _marks(search: DirectorySearch) -> list[str]:
    filters = {
        "county": search.county,
        "organisation_type": search.organisation_type,
        "clientele": search.clientele,
        "language": search.language,
        "accessibility": search.accessibility,
    }
    return [mark(kind, value) for kind, value in filters.items() if value is not None]


def _holds(entry: type[DirectoryEntry], terms: Sequence[tuple[str, bool]], *, dialect: str) -> ColumnElement[bool]:
    """Express that an entry holds all of some terms, each whole or as the beginning of one. Terms are plain letters and digits."""
    if dialect == "postgresql":
        asked = " & ".join(f"'{term}':*" if is_beginning else f"'{term}'" for term, is_beginning in terms)
        return entry.terms.op("@@", is_comparison=True)(cast(literal(asked, String()), TSQUERY))
    asked = " ".join(f'"{term}"*' if is_beginning else f'"{term}"' for term, is_beginning in terms)
    matching = select(INDEX.c.rowid).where(literal_column("directory_words").op("MATCH", is_comparison=True)(literal(asked, String())))
    return entry.number.in_(matching)


async def _by_vendor(session: AsyncSession, query: Select[Offering], ids: Sequence[UUID]) -> dict[UUID, list[Offering]]:
    found: dict[UUID, list[Offering]] = {one: [] for one in ids}
    for offering in await session.scalars(query.order_by(Offering.id)):
        found[offering.vendor_id].append(offering)
    return found


def _listed(
    search: DirectorySearch,
    words: Sequence[str],
    vendor: Vendor,
    position: Position,
    offerings: Sequence[Offering],
    credentials: Sequence[Credential],
) -> Listed:
    """Choose what of a vendor's offerings answers the search: of the category, verified unless more was asked for, holding a word of it.

    Where only the name holds the words, all of it answers.
    """
    categories = {*vendor.categories, *(one.category for one in offerings)}
    verified = frozenset(one for one in categories if _is_verified(search, one, credentials))
    shown = [one for one in offerings if search.category in {None, one.category}]
    if not search.include_unverified:
        shown = [one for one in shown if one.category in verified]
    holding = [one for one in shown if _holds_a_word(one, words)]
    return Listed(position, vendor, tuple(holding or shown), verified)


def _is_verified(search: DirectorySearch, category: str, credentials: Sequence[Credential]) -> bool:
    tag = search.required.get(category)
    return tag is None or any(one.is_verified and tag in one.tags and one.covers(search.on) for one in credentials)


def _holds_a_word(offering: Offering, words: Sequence[str]) -> bool:
    if not words:
        return True
    said = {*words_of(offering.title), *words_of(offering.description or "")}
    return not said.isdisjoint(words) or any(one.startswith(words[-1]) for one in said)
