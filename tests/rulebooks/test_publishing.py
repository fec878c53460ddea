"""Shipped rulebooks are published once, each with what it inherits, and the newest that is in force judges."""

from datetime import date

import pytest
from anyio import to_thread
from sqlalchemy import select

import policy
from sdc.database import Sessions
from sdc.errors import NotFoundError
from sdc.ids import new_id
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.publishing import SHIPPED, offer_shipped, publish_shipped
from sdc.rulebooks.reading import compiled, version_in_force
from tests.builders import NOON, count_of
from tests.cli.typing_commands import sdc


@pytest.fixture
async def sessions(database_url):
    opened = Sessions(database_url)
    yield opened
    await opened.close()


async def publish(sessions):
    async with sessions.begin() as session:
        return await publish_shipped(session, at=NOON)


async def test_every_shipped_rulebook_is_published_once(sessions):
    first, again = await publish(sessions), await publish(sessions)

    assert {version.name for version in first} == {path.stem for path in SHIPPED.glob("*.yaml")}
    assert again == []
    assert await count_of(sessions, RulebookVersion) == len(first)


async def test_a_stored_version_stands_by_itself(sessions):
    await publish(sessions)

    async with sessions.read() as session:
        version = (await session.scalars(select(RulebookVersion).where(RulebookVersion.name == "florida"))).one()

    assert set(version.bases) == {"base"}
    assert policy.load(version.source, bases=version.bases).hash == version.hash


async def test_the_latest_version_in_force_judges(sessions):
    await publish(sessions)
    async with sessions.begin() as session:
        stands = (await session.scalars(select(RulebookVersion).where(RulebookVersion.name == "florida"))).one()
        session.add_all(
            RulebookVersion(
                id=new_id(),
                name="florida",
                version=number,
                source=stands.source,
                bases=stands.bases,
                hash=stands.hash,
                effective_from=since,
                published_at=NOON,
            )
            for number, since in ((2, date(2026, 11, 1)), (3, date(2027, 1, 1)))
        )

    async with sessions.read() as session:
        judges = [
            await session.scalar(
                select(RulebookVersion.version).where(RulebookVersion.id == version_in_force("florida", day).scalar_subquery())
            )
            for day in (date(1999, 12, 31), date(2026, 10, 31), date(2026, 11, 1), date(2027, 6, 1))
        ]

    assert judges == [None, 1, 2, 3]


async def test_a_version_is_loaded_once_in_the_life_of_a_process(sessions):
    await publish(sessions)
    async with sessions.read() as session:
        version_id = await session.scalar(version_in_force("florida", date(2026, 10, 15)))
        assert version_id is not None

        first, again = await compiled(session, version_id), await compiled(session, version_id)

    assert (first.name, first.version) == ("florida", 1)
    assert again is first


async def test_a_version_that_is_not_there_is_not_found(sessions):
    async with sessions.read() as session:
        with pytest.raises(NotFoundError):
            await compiled(session, new_id())


# ---- a release of the service that brings other rules ----------------------------------------------


@pytest.fixture
def a_release(tmp_path):
    """Give a folder of shipped rulebooks in which Florida asks a broker from a lower amount on."""
    for path in SHIPPED.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(
            text.replace("A01: {params: {over_cents: 5000}, approver: broker", "A01: {params: {over_cents: 4000}")
        )
    return tmp_path


async def offer(sessions, folder=SHIPPED):
    async with sessions.begin() as session:
        return [(one.name, one.version, one.state, one.drafted_by) for one in await offer_shipped(session, folder=folder, at=NOON)]


async def test_what_a_release_brings_is_a_draft_and_changes_nothing_by_itself(sessions, a_release):
    await publish(sessions)

    first, again = await offer(sessions, a_release), await offer(sessions, a_release)

    assert first == [("florida", 2, "draft", None)]
    assert again == []
    async with sessions.read() as session:
        in_force = await session.scalar(version_in_force("florida", date(2030, 1, 1)))
        assert (await compiled(session, in_force)).version == 1


async def test_a_release_that_brings_nothing_new_offers_nothing(sessions):
    await publish(sessions)

    assert await offer(sessions) == []


async def test_a_rulebook_that_only_says_the_same_otherwise_is_not_offered(sessions, tmp_path):
    await publish(sessions)
    for path in SHIPPED.glob("*.yaml"):
        (tmp_path / path.name).write_text("# another remark\n" + path.read_text(encoding="utf-8"))

    assert await offer(sessions, tmp_path) == []


async def test_what_comes_with_the_service_to_inherit_from_is_abstract(sessions):
    versions = await publish(sessions)

    assert {one.name for one in versions if one.is_abstract} == {"base"}


async def test_an_operator_is_told_what_waits_for_two_people(sessions, a_release):
    async with sessions.begin() as session:
        await publish_shipped(session, folder=a_release, at=NOON)  # what stood before this release
    url = sessions.url.render_as_string(hide_password=False)

    upgraded = await to_thread.run_sync(lambda: sdc("db", "upgrade", database_url=url))

    assert upgraded.code == 0, upgraded.err
    told, done = upgraded.out.splitlines()
    assert told == "drafted the rulebook florida version 2 that comes with this release: it judges when two people have published it"
    assert done.startswith("the database is up to date")
