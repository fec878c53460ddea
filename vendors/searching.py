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
from vendors.model import OrganisationType, Vendor, VendorState
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

    @property
    def is_consumer_run(self) -> bool:
        """Say whether the people whom it serves run it, as it says in one way or the other."""
        return self.vendor.is_consumer_run or self.vendor.organisation_type is OrganisationType.CONSUMER_RUN

    def is_verified(self, category: str | None = None) -> bool:
        """Say whether the vendor was approved and holds a verified credential for a category, or for any that it sells in."""
        found = self.verified_categories if category is None else self.verified_categories & {category}
        return self.vendor.state is VendorState.ACTIVE and bool(found)


async def search_directory(session: AsyncSession, search: DirectorySearch, *, limit: int, after: Position | None = None) -> list[Listed]:
    """Find vendors, the best matches first. Whom a list excludes or may exclude, who is suspended or was rejected, is not there.

    What is called so comes first, by a statement of its own; what only says so comes after it. Each reads the entries in the order of their
    names and stops when it has enough, so that a word that everybody uses costs no more than one that nobody does.
    """
    words = [] if search.text is None or not search.text.strip() else words_of(search.text)
    if not words and search.text is not None and search.text.strip():
        return []  # signs alone are in no name
    places: list[Position] = []
    for rank in range(0 if after is None else after.rank, 2 if words else 1):
        query = _places(search, words, rank, after=after, dialect=session.get_bind().dialect.name)
        found = await session.execute(query.limit(limit - len(places)))
        places += [Position(rank, sort_name, vendor_id) for sort_name, vendor_id in found]
        if len(places) == limit:
            break
    return await _with_what_they_offer(session, search, words, places)


async def _with_what_they_offer(
    session: AsyncSession, search: DirectorySearch, words: Sequence[str], places: Sequence[Position]
) -> list[Listed]:
    ids = [one.vendor_id for one in places]
    sellers = {one.id: one for one in await session.scalars(select(Vendor).where(Vendor.id.in_(ids)))}
    offered: dict[UUID, list[Offering]] = {one: [] for one in ids}
    for offering in await session.scalars(select(Offering).where(Offering.vendor_id.in_(ids), Offering.is_active).order_by(Offering.id)):
        offered[offering.vendor_id].append(offering)
    held: dict[UUID, list[Credential]] = {one: [] for one in ids}
    for credential in await session.scalars(select(Credential).where(Credential.vendor_id.in_(ids))):
        held[credential.vendor_id].append(credential)
    return [_listed(search, words, sellers[one.vendor_id], one, offered[one.vendor_id], held[one.vendor_id]) for one in places]


def _places(search: DirectorySearch, words: Sequence[str], rank: int, *, after: Position | None, dialect: str) -> Select[str, UUID]:
    """Select where vendors stand in the order of names: of rank 0 those who are called so, of rank 1 those who only say so."""
    entry, other = aliased(DirectoryEntry), aliased(DirectoryEntry)
    conditions = [entry.program_id == search.program_id, *_sells(search, entry), _is_shown(search, entry)]
    if words:
        conditions.append(_says(entry, (HEADING, ANYWHERE)[rank], words, dialect=dialect))
    if rank:
        called = _says(other, HEADING, words, dialect=dialect)
        conditions.append(~exists().where(other.vendor_id == entry.vendor_id, *_sells(search, other), called))
    marks = _marks(search)
    if marks:
        whole = aliased(DirectoryEntry)
        marked = _holds(whole, [(one, False) for one in marks], dialect=dialect)
        conditions.append(exists().where(whole.vendor_id == entry.vendor_id, whole.category == WHOLE, marked))
    if after is not None and after.rank == rank:
        place = tuple_(literal(after.sort_name, String()), literal(after.vendor_id, Uuid()))
        conditions.append(tuple_(entry.sort_name, entry.vendor_id) > place)
    query = select(entry.sort_name, entry.vendor_id).distinct()
    return query.where(*conditions).order_by(entry.sort_name, entry.vendor_id)


def _is_shown(search: DirectorySearch, entry: type[DirectoryEntry]) -> ColumnElement[bool]:
    """Express that an entry's vendor may be shown."""
    states = [VendorState.ACTIVE, VendorState.APPLIED] if search.include_unverified else [VendorState.ACTIVE]
    is_on_a_list = Vendor.on_leie | Vendor.on_sam | Vendor.on_state_list | Vendor.has_possible_match
    conditions = [Vendor.id == entry.vendor_id, Vendor.state.in_(states), not_(is_on_a_list)]
    if search.consumer_run is not None:
        says_so = or_(Vendor.is_consumer_run, Vendor.organisation_type.is_not_distinct_from(OrganisationType.CONSUMER_RUN))
        conditions.append(says_so if search.consumer_run else not_(says_so))
    return exists().where(*conditions)


def _says(entry: type[DirectoryEntry], place: str, words: Sequence[str], *, dialect: str) -> ColumnElement[bool]:
    """Express that all the words are found at a place of an entry; the last may be the beginning of one."""
    return _holds(entry, [(place + word, index == len(words) - 1) for index, word in enumerate(words)], dialect=dialect)


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
    return (entry.number + 0).in_(matching)  # a sum is no column: the entries are read by the index of names, not one by one by number


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
