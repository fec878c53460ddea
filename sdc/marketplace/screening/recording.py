"""Record what the lists said of vendors: matches for people to decide, looks as evidence, and what it makes of each vendor."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.clock import local_date
from sdc.crypto import KeyRing
from sdc.ids import new_id
from sdc.marketplace.events import Actor, note_exclusion
from sdc.marketplace.screening.asking import Asked
from sdc.marketplace.screening.subjects import Subject, read_subjects
from sdc.outbox import enqueue
from sdc.programs.model import Program
from vendors import Screening, ScreeningResult, Vendor, excluded_on
from vendors.screening import (
    Found,
    ListedRow,
    ListVersion,
    MatchQuestion,
    MatchState,
    ScreeningMatch,
    ScreeningSubject,
    add_screenings,
    read_rows,
)

LIST_LASTS: Final = timedelta(days=45)
"""Both federal lists are published every month: a look at one that is older says what was true once, and counts as no screening."""


async def record_looks(
    session: AsyncSession, asked: Sequence[Asked], subjects: Mapping[UUID, Sequence[Subject]], *, keyring: KeyRing, at: datetime
) -> int:
    """Record what each list said of some vendors and their people; answers how many questions that puts to people.

    Locks the vendors. One that named other people or names since the lists were asked is left out, and looked up again by a job. What is
    certain excludes at once, and calls a person too. A match that a person cleared is not asked about
    again while neither the row nor the vendor or person has changed. Nothing here closes a match.
    """
    query = select(Vendor).where(Vendor.id.in_(subjects)).order_by(Vendor.id).with_for_update()
    locked = {vendor.id: vendor for vendor in await session.scalars(query)}
    for vendor_id in await _changed_since(session, subjects, keyring):
        del locked[vendor_id]
        enqueue(session, "screen_vendor", vendor_id, at=at)
    desk = _Desk(session, locked, keyring, at)
    await desk.open()
    looks = []
    for one in asked:
        entries = await read_rows(session, {row.row for rows in one.rows.values() for row in rows})
        for vendor_id, vendor in desk.vendors.items():
            result = desk.look(vendor, one, subjects[vendor_id], entries)
            looks.append(_screening(vendor, one.version, result, on=desk.today[vendor.program_id]))
    is_fresh = {one.version.name: one.version.list_date for one in asked}
    counted = [look.id for look in looks if look.screened_on - is_fresh[look.list] <= LIST_LASTS]
    before = {vendor.id: standing_of(vendor) for vendor in desk.vendors.values()}
    await add_screenings(session, desk.vendors, looks, counted=counted)
    for vendor in desk.vendors.values():
        if standing_of(vendor) != before[vendor.id]:
            note_standing(session, vendor, before[vendor.id], actor=Actor(), at=at)
    return desk.questions


async def _changed_since(session: AsyncSession, subjects: Mapping[UUID, Sequence[Subject]], keyring: KeyRing) -> list[UUID]:
    """Name the vendors of which the lists were asked about somebody else than stands there now."""
    now = await read_subjects(session, subjects, keyring)
    return [vendor_id for vendor_id, asked in subjects.items() if [one.words for one in now[vendor_id]] != [one.words for one in asked]]


Standing = tuple[frozenset[str], bool, date | None]


def standing_of(vendor: Vendor) -> Standing:
    """Tell what the lists make of a vendor: which exclude it, whether a person is asked, and when it was last screened."""
    return excluded_on(vendor), vendor.has_possible_match, vendor.screened_on


def note_standing(session: AsyncSession, vendor: Vendor, before: Standing, *, actor: Actor, at: datetime) -> None:
    """Journal what the lists make of a vendor now; its waiting bills are looked at again, and an exclusion is an event of the vendor's."""
    lists = ",".join(sorted(excluded_on(vendor)))
    journal.record(
        session, "vendor.screened", subject=vendor.id, by=actor.id, at=at, excluded_on=lists, has_possible_match=vendor.has_possible_match
    )
    if excluded_on(vendor) != before[0]:
        note_exclusion(session, vendor, actor=actor, at=at)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)


def raise_alarm(session: AsyncSession, kind: str, match: ScreeningMatch, *, at: datetime) -> None:
    """Call a person: ids and the list only."""
    journal.raise_alarm(session, kind, subject=match.vendor_id, at=at, match=match.id, list=match.list_name)


def _screening(vendor: Vendor, version: ListVersion, result: ScreeningResult, *, on: date) -> Screening:
    return Screening(
        id=new_id(), vendor_id=vendor.id, list=version.name, list_date=version.list_date, result=result, screened_on=on, screened_by=None
    )


@dataclass(slots=True)
class _Desk:
    """What is at hand while looks are recorded: the locked vendors, their matches of before, and what was found by now."""

    session: AsyncSession
    vendors: dict[UUID, Vendor]
    keyring: KeyRing
    at: datetime
    today: dict[UUID, date] = field(default_factory=dict)
    known: dict[tuple[UUID, str], list[ScreeningMatch]] = field(default_factory=lambda: defaultdict(list))
    questions: int = 0

    async def open(self) -> None:
        """Read what was found before, and which day it is where."""
        programs = {vendor.program_id for vendor in self.vendors.values()}
        zones = await self.session.execute(select(Program.id, Program.time_zone).where(Program.id.in_(programs)))
        self.today = {program_id: local_date(self.at, zone) for program_id, zone in zones}
        for match in await self.session.scalars(select(ScreeningMatch).where(ScreeningMatch.vendor_id.in_(self.vendors))):
            self.known[match.vendor_id, match.list_name].append(match)

    def look(self, vendor: Vendor, asked: Asked, subjects: Sequence[Subject], entries: Mapping[str, Any]) -> ScreeningResult:
        """Record what one list said of a vendor and its people, and sum it up."""
        known = self.known[vendor.id, asked.version.name]
        by_row = {(match.subject_id, match.entry_key): match for match in known}
        seen: set[UUID] = set()
        for subject in subjects:
            found = {one.row.key: one for one in reversed(asked.rows.get(subject.id, ()))}  # the most alike of equal rows
            matches = []
            for key, one in found.items():
                match = by_row.get((subject.id, key))
                if match is None:
                    match = self._begin(vendor, subject, asked.version, one, entries[key])
                    known.append(match)
                else:
                    self._meet_again(match, subject, asked.version, one)
                matches.append(match)
            seen.update(match.id for match in matches)
            self._keep_look(subject, asked.version, matches)
        for match in known:
            if match.id not in seen and match.is_listed:
                self._miss(match)
        return _result(known)

    def _begin(
        self, vendor: Vendor, subject: Subject, version: ListVersion, found: Found[ListedRow], entry: dict[str, Any]
    ) -> ScreeningMatch:
        match = ScreeningMatch(
            id=new_id(),
            program_id=vendor.program_id,
            vendor_id=vendor.id,
            person_id=subject.person_id,
            subject_id=subject.id,
            subject_mark=self.keyring.mark(subject.words),
            list_name=version.name,
            list_id=version.id,
            list_date=version.list_date,
            entry_key=found.row.key,
            entry=entry,
            score=found.likeness.score,
            is_exact=found.likeness.is_exact,
            parts=list(found.likeness.parts),
            state=MatchState.OPEN,
            question=MatchQuestion.NEW,
            excludes=_is_certain(found),
            is_listed=True,
            found_at=self.at,
            decided_at=None,
        )
        self.session.add(match)
        self._ask_a_person(match)
        return match

    def _meet_again(self, match: ScreeningMatch, subject: Subject, version: ListVersion, found: Found[ListedRow]) -> None:
        """Note that a match is still there; a person is asked again when who was compared has changed."""
        is_changed = not self.keyring.is_mark_of(match.subject_mark, subject.words)
        match.list_id, match.list_date, match.is_listed = version.id, version.list_date, True
        match.score, match.is_exact, match.parts = found.likeness.score, found.likeness.is_exact, list(found.likeness.parts)
        if not is_changed:
            return
        match.subject_mark = self.keyring.mark(subject.words)
        if match.state is MatchState.CLEARED:
            match.state, match.question, match.excludes = MatchState.OPEN, MatchQuestion.CHANGED, _is_certain(found)
            self._ask_a_person(match)
        elif match.state is MatchState.OPEN and _is_certain(found) and not match.excludes:
            match.excludes = True
            self._ask_a_person(match)

    def _miss(self, match: ScreeningMatch) -> None:
        """Note that a match is there no more. Who was excluded stays so until a person has said otherwise."""
        match.is_listed = False
        if match.state is MatchState.CONFIRMED:
            match.state, match.question = MatchState.OPEN, MatchQuestion.DELISTED
            self._ask_a_person(match)

    def _ask_a_person(self, match: ScreeningMatch) -> None:
        self.questions += 1
        raise_alarm(
            self.session, _ALARMS.get(match.question) or ("excluded_vendor" if match.excludes else "possible_match"), match, at=self.at
        )

    def _keep_look(self, subject: Subject, version: ListVersion, matches: Collection[ScreeningMatch]) -> None:
        look = ScreeningSubject(
            id=new_id(),
            vendor_id=subject.vendor_id,
            person_id=subject.person_id,
            list_name=version.name,
            list_id=version.id,
            list_date=version.list_date,
            result=_result(matches),
            best_score=max((match.score for match in matches), default=0),
            screened_at=self.at,
        )
        self.session.add(look)


_ALARMS: Final = {MatchQuestion.DELISTED: "excluded_vendor_delisted"}


def _is_certain(found: Found[ListedRow]) -> bool:
    """Say whether a row excludes without a person: not where a state has waived the exclusion, which a person reads."""
    return found.likeness.is_exact and not found.row.has_waiver


def _result(matches: Collection[ScreeningMatch]) -> ScreeningResult:
    if any(match.excludes for match in matches):
        return ScreeningResult.MATCH
    is_open = any(match.state is MatchState.OPEN for match in matches)
    return ScreeningResult.POSSIBLE if is_open else ScreeningResult.CLEAR
