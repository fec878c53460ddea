"""A paper is kept as bytes when it is a PDF or a picture of bearable size, whatever its sender calls it."""

import hashlib

import pytest

from sdc.database import Sessions
from sdc.documents.adding import add_document
from sdc.documents.forms import DocumentOut
from sdc.documents.inspecting import inspect_paper
from sdc.documents.model import DocumentKind
from sdc.documents.reading import documents_of, find_document
from sdc.errors import ConflictError, NotFoundError
from sdc.ids import new_id
from tests.builders import NOON, SOMEBODY

PDF = b"%PDF-1.7\n..."
PNG = b"\x89PNG\r\n\x1a\n..."
JPEG = b"\xff\xd8\xff\xe0..."


@pytest.fixture
async def sessions(database_url):
    opened = Sessions(database_url)
    yield opened
    await opened.close()


async def a_document(sessions, content=PDF, owner_id=SOMEBODY):
    async with sessions.begin() as session:
        return await add_document(
            session,
            id=new_id(),
            program_id=SOMEBODY,
            owner_kind="purchase",
            owner_id=owner_id,
            kind=DocumentKind.QUOTE,
            paper=await inspect_paper(content),
            by=SOMEBODY,
            at=NOON,
        )


@pytest.mark.parametrize(("content", "media_type"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")])
async def test_a_paper_comes_back_as_it_was(sessions, content, media_type):
    made = await a_document(sessions, content)

    async with sessions.read() as session:
        found = await find_document(session, made.id, with_content=True)

    assert found.content == content
    assert DocumentOut.of(found).model_dump() | {"id": made.id} == DocumentOut.of(found).model_dump()
    assert (found.media_type, found.size_bytes) == (media_type, len(content))
    assert found.sha256 == found.received_sha256 == hashlib.sha256(content).hexdigest()


async def test_the_papers_of_an_owner_are_listed_in_the_order_they_came(sessions):
    first, second = await a_document(sessions), await a_document(sessions, PNG)
    await a_document(sessions, owner_id=new_id())

    async with sessions.read() as session:
        assert [one.id for one in await documents_of(session, SOMEBODY)] == [first.id, second.id]


async def test_a_paper_that_is_not_there_is_not_found(sessions):
    async with sessions.read() as session:
        with pytest.raises(NotFoundError):
            await find_document(session, new_id())


async def test_a_pile_of_papers_has_an_end(sessions, monkeypatch):
    monkeypatch.setattr("sdc.documents.adding.MOST_PAPERS", 2)
    for _ in range(2):
        await a_document(sessions)

    with pytest.raises(ConflictError):
        await a_document(sessions)
    await a_document(sessions, owner_id=new_id())
