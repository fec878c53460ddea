"""A vendor's own papers are seen by the vendor and by those who review it."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest

from sdc.auth.principal import Role
from tests.builders import a_member, a_program, a_staff
from tests.documents.papers import SECRET, a_jpeg, a_png, exif
from tests.serving import Serving, bearer, serving
from tests.shops import a_vendor


async def upload(served: Serving, vendor_id, token: str, *, content: bytes, kind: str = "licence", name: str = "paper.jpg"):
    return await served.http.post(
        f"/v1/vendors/{vendor_id}/documents",
        files={"file": (name, content, "image/jpeg")},
        data={"kind": kind},
        headers=bearer(token) | {"Idempotency-Key": uuid4().hex},
    )


async def test_a_paper_of_a_vendor_comes_back_clean_to_whoever_reviews_it_and_to_nobody_else(database_url):
    async with serving(database_url) as served:
        program = await a_program(served.sessions)
        vendor, other = [await a_vendor(served.sessions, program) for _ in range(2)]
        member = await a_member(served.sessions, program)
        selling, selling_too = [await served.token(Role.VENDOR, one.id) for one in (vendor, other)]
        roles = (Role.DIRECTOR, Role.BROKER, Role.AUDITOR)
        staff = {role: (await a_staff(served.sessions, role, program_ids=[program.id])).id for role in roles}
        tokens = {role: await served.token(role, subject) for role, subject in staff.items()}
        tokens[Role.MEMBER] = await served.token(Role.MEMBER, member.id)
        tokens[Role.ADMIN] = await served.token(Role.ADMIN)

        kept = await upload(served, vendor.id, selling, content=a_jpeg(before=exif(side_up=3)), name="../../x.exe")
        document = kept.json()

        assert kept.status_code == HTTPStatus.CREATED, kept.text
        assert (document["owner_kind"], document["owner_id"], document["kind"]) == ("vendor", str(vendor.id), "licence")
        answers: dict[str, Any] = {role: await served.get(f"/v1/documents/{document['id']}", token) for role, token in tokens.items()}
        answers |= {"self": await served.get(f"/v1/documents/{document['id']}", selling)}
        answers |= {"other": await served.get(f"/v1/documents/{document['id']}", selling_too)}
        may: set[str] = {Role.DIRECTOR, Role.AUDITOR, Role.ADMIN, "self"}
        assert {who for who, answer in answers.items() if answer.status_code == HTTPStatus.OK} == may
        assert {answer.status_code for who, answer in answers.items() if who not in may} == {HTTPStatus.NOT_FOUND}
        for who in may:
            assert SECRET not in answers[who].content
            assert answers[who].headers["content-disposition"].startswith("attachment")
            assert ".." not in answers[who].headers["content-disposition"]
        (listed,) = (await served.get(f"/v1/vendors/{vendor.id}/documents", selling)).json()["items"]
        assert listed == document
        by_staff = (await upload(served, vendor.id, tokens[Role.DIRECTOR], content=a_jpeg())).json()
        seen = [(await served.get(f"/v1/documents/{by_staff['id']}", token)).status_code for token in (selling, selling_too)]
        assert seen == [HTTPStatus.OK, HTTPStatus.NOT_FOUND]
        assert (await served.get(f"/v1/vendors/{vendor.id}/documents", selling_too)).status_code == HTTPStatus.NOT_FOUND
        assert (await served.get(f"/v1/vendors/{vendor.id}/documents", tokens[Role.BROKER])).status_code == HTTPStatus.FORBIDDEN
        assert (await upload(served, vendor.id, selling_too, content=a_jpeg())).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"MZ\x90\x00", "licence", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (b"PK\x03\x04", "licence", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (a_jpeg(width=65_500, height=65_500), "licence", HTTPStatus.UNPROCESSABLE_ENTITY),
        (b"", "licence", HTTPStatus.UNPROCESSABLE_ENTITY),
        (a_jpeg(), "quote", HTTPStatus.UNPROCESSABLE_ENTITY),
        (b"\xff\xd8\xff" + b"x" * 10 * 1024 * 1024, "licence", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
async def test_what_is_no_paper_of_a_vendor_is_refused_and_not_kept(sqlite_url, content, kind, status):
    async with serving(sqlite_url) as served:
        vendor = await a_vendor(served.sessions, await a_program(served.sessions))
        selling = await served.token(Role.VENDOR, vendor.id)

        refused = await upload(served, vendor.id, selling, content=content, kind=kind)

        assert refused.status_code == status, refused.text
        assert (await served.get(f"/v1/vendors/{vendor.id}/documents", selling)).json()["items"] == []


@pytest.mark.parametrize(("encoding", "kind"), [(b"", b"\xff\xfe"), (b"; charset=nonsense", b"proof"), (b"; charset=zlib", b"proof")])
async def test_a_part_that_is_not_text_is_refused_and_nothing_is_kept(sqlite_url, encoding, kind):
    async with serving(sqlite_url) as served:
        vendor = await a_vendor(served.sessions, await a_program(served.sessions))
        selling = await served.token(Role.VENDOR, vendor.id)
        said = b'--x\r\nContent-Disposition: form-data; name="kind"\r\nContent-Type: text/plain' + encoding + b"\r\n\r\n" + kind
        paper = b'\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + a_png() + b"\r\n--x--"
        headers = {**bearer(selling), "Idempotency-Key": "paper", "Content-Type": "multipart/form-data; boundary=x"}

        refused = await served.http.post(f"/v1/vendors/{vendor.id}/documents", content=said + paper, headers=headers)

        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/malformed-request")
        assert (await served.get(f"/v1/vendors/{vendor.id}/documents", selling)).json()["items"] == []
