"""A list comes in whole or not at all, is in force in one step, and goes on where it broke off."""

from datetime import date

import pytest
from sqlalchemy import func, select

from sdc.database import Sessions
from sdc.ids import new_id
from sdc.marketplace.screening import importing
from sdc.marketplace.screening.importing import Upload, import_list
from tests.builders import NOON, count_of
from tests.marketplace.screening.lists import a_leie, a_row, imported
from vendors import ListRefusedError
from vendors.screening import ExclusionEntry, ExclusionList, ListKind, ListState, ScreeningRun, current_versions, load_rows

MANY = [a_row(f"NAME{number}", "NEMO") for number in range(1_200)]


@pytest.fixture
async def sessions(database_url):
    sessions = Sessions(database_url)
    yield sessions
    await sessions.close()


@pytest.fixture
async def sqlite_sessions(sqlite_url):
    sessions = Sessions(sqlite_url)
    yield sessions
    await sessions.close()


async def in_force(sessions, *, on=date(2026, 10, 15)):
    """Name who is on the list in force."""
    async with sessions.read() as session:
        versions = await current_versions(session)
        if "leie" not in versions:
            return None
        return sorted(identity.people[0].surname for _, identity in await load_rows(session, versions["leie"], on=on))


async def test_a_whole_list_replaces_the_one_before_in_one_step(sessions):
    await imported(sessions, a_leie(a_row("OLD", "OLGA"), a_row("STAYS", "STAN")))
    await imported(sessions, a_leie(a_row("STAYS", "STAN"), a_row("NEW", "NORA")), on=date(2026, 11, 10))

    assert await in_force(sessions) == ["NEW", "STAYS"]
    assert await count_of(sessions, ExclusionEntry) == 2  # the rows before are gone, the files stay on record
    assert await count_of(sessions, ExclusionList) == 2
    assert await count_of(sessions, ScreeningRun) == 2


async def test_a_supplement_adds_and_a_reinstatement_takes_off(sessions):
    await imported(sessions, a_leie(a_row("BASE", "BEA"), a_row("GOES", "GUS", city="MIAMI")))
    await imported(sessions, a_leie(a_row("ADDED", "ADA")), on=date(2026, 11, 10), kind="supplement")
    gone = a_row("GOES", "GUS", city="TAMPA", reinstated="20261105")
    await imported(sessions, a_leie(gone), on=date(2026, 11, 10), kind="reinstatement")

    assert await in_force(sessions) == ["ADDED", "BASE"]


async def test_a_row_that_has_ended_or_was_reinstated_excludes_nobody(sessions):
    await imported(sessions, a_leie(a_row("BACK", "BEN", reinstated="20261001"), a_row("LATER", "LIA", reinstated="20261101")))

    assert await in_force(sessions) == ["LATER"]
    assert await in_force(sessions, on=date(2026, 11, 2)) == []


async def test_the_same_file_again_writes_nothing(sessions):
    first = await imported(sessions, a_leie(*MANY[:3]))
    again = await imported(sessions, a_leie(*MANY[:3]))

    assert (again.list_id, again.rows, again.is_new) == (first.list_id, 3, False)
    assert await count_of(sessions, ScreeningRun) == 1


@pytest.mark.parametrize(
    ("content", "how", "problem"),
    [
        (a_leie(MANY[0]), {"on": date(2026, 9, 10)}, "is in force already"),
        (a_leie(MANY[0]), {"on": date(2026, 9, 10), "kind": "supplement"}, "is in force already"),
        (a_leie(*MANY[:900]), {"on": date(2026, 11, 10)}, "looks cut off"),
        (a_leie(MANY[0]), {"name": "state:FL", "kind": "supplement"}, "import that first"),
        (a_leie(*MANY, "broken"), {"on": date(2026, 11, 10)}, "line 1202"),
        (b"%PDF-1.7", {"on": date(2026, 11, 10)}, "line 1, column LASTNAME"),
    ],
)
async def test_what_does_not_follow_is_refused_and_the_list_in_force_stays(sqlite_sessions, content, how, problem):
    sessions = sqlite_sessions
    await imported(sessions, a_leie(*MANY))

    with pytest.raises(ListRefusedError, match=problem):
        await imported(sessions, content, **how)

    assert len(await in_force(sessions)) == len(MANY)
    assert (await count_of(sessions, ExclusionList), await count_of(sessions, ExclusionEntry)) == (1, len(MANY))


async def test_a_shorter_list_is_taken_when_somebody_says_that_it_is_right(sessions):
    await imported(sessions, a_leie(*MANY))
    await imported(sessions, a_leie(MANY[0]), on=date(2026, 11, 10), may_shrink=True)

    assert await in_force(sessions) == ["NAME0"]


async def test_an_import_that_broke_off_is_never_asked_and_goes_on_where_it_stopped(sessions, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 500)
    await imported(sessions, a_leie(a_row("OLD", "OLGA")))
    upload = Upload(a_leie(*MANY), "leie", date(2026, 11, 10), ListKind.FULL)
    told = []

    def break_off(done, _total):
        if done >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_list(sessions, upload, id=new_id(), run_id=new_id(), by=None, at=NOON, progress=break_off)
    assert await in_force(sessions) == ["OLD"]

    again = await import_list(
        sessions, upload, id=new_id(), run_id=new_id(), by=None, at=NOON, progress=lambda done, total: told.append((done, total))
    )

    assert told == [(500, 1_200), (1_000, 1_200), (1_200, 1_200)]
    assert len(await in_force(sessions)) == again.rows == 1_200
    async with sessions.read() as session:
        states = (await session.scalars(select(ExclusionList.state).order_by(ExclusionList.id))).all()
        kept = await session.scalar(select(func.count()).select_from(ExclusionEntry))
    assert (states, kept) == ([ListState.COMPLETE, ListState.COMPLETE], 1_200)


async def test_an_import_that_was_given_up_is_swept_away_by_the_next(sessions, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 500)

    def break_off(done, _total):
        if done >= 500:
            raise KeyboardInterrupt

    upload = Upload(a_leie(*MANY), "leie", date(2026, 11, 10), ListKind.FULL)
    with pytest.raises(KeyboardInterrupt):
        await import_list(sessions, upload, id=new_id(), run_id=new_id(), by=None, at=NOON, progress=break_off)
    assert await in_force(sessions) is None

    await imported(sessions, a_leie(a_row("OTHER", "OLGA")), on=date(2026, 11, 11))

    assert (await in_force(sessions), await count_of(sessions, ExclusionEntry)) == (["OTHER"], 1)
