"""Papers that are facts: a quote, a letter of another payer's no, a proof of delivery."""

from http import HTTPStatus
from uuid import uuid4

from tests.purchases.world import World, a_world, rules_in
from tests.serving import bearer

PDF = b"%PDF-1.7 a paper"


async def upload(world: World, purchase_id: str, token: str, *, content: bytes = PDF, key: str | None = None, **form):
    return await world.serving.http.post(
        f"/v1/purchases/{purchase_id}/documents",
        files={"file": ("paper.pdf", content, "application/pdf")},
        data=form,
        headers=bearer(token) | {"Idempotency-Key": key or uuid4().hex},
    )


async def test_a_quote_is_a_fact_and_the_purchase_is_judged_again(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending(unit_price_cents=75_000, offering_id=..., category="EMPL_TOOLS", description="A saw")
        assert "A06" in rules_in(pending, "needs_approval")

        first = await upload(world, pending["id"], world.member, kind="quote", amount_cents="75000")
        await upload(world, pending["id"], world.broker, kind="quote")

        assert first.status_code == HTTPStatus.CREATED, first.text
        shown = (await world.serving.get(f"/v1/purchases/{pending['id']}", world.member)).json()
        assert shown["decision"]["because"] == "document"
        assert "A06" not in rules_in(shown, "needs_approval")


async def test_a_proof_starts_the_days_in_which_a_delivery_can_be_disputed(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await world.serving.post(f"/v1/purchases/{approved['order_id']}/deliver", {}, world.selling)

        proved = await upload(world, approved["order_id"], world.selling, kind="proof")

        assert (proved.json()["owner_kind"], proved.json()["owner_id"]) == ("order", approved["order_id"])
        shown = (await world.serving.get(f"/v1/purchases/{approved['id']}", world.member)).json()
        assert shown["deliveries"][0]["confirm_on"] == "2026-10-20"


async def test_an_upload_that_is_tried_again_gets_the_first_answer_whatever_its_boundary(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending()

        first, again, other, of_another_kind = [
            await upload(world, pending["id"], world.member, content=content, key="once", kind=kind)
            for content, kind in ((PDF, "quote"), (PDF, "quote"), (PDF + b"!", "quote"), (PDF, "receipt"))
        ]

    assert first.status_code == HTTPStatus.CREATED, first.text
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert [answer.json()["type"] for answer in (other, of_another_kind)] == ["/problems/key-reused"] * 2


NOT_A_PAPER: list[tuple[bytes, dict[str, str], HTTPStatus]] = [
    (b"MZ not a paper", {"kind": "quote"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (b"", {"kind": "quote"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    (PDF, {"kind": "selfie"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    (PDF, {}, HTTPStatus.UNPROCESSABLE_ENTITY),
    (PDF, {"kind": "quote", "amount_cents": "0"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    (b"%PDF-" + b"x" * (10 * 1024 * 1024), {"kind": "quote"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
]


async def test_what_is_not_a_paper_is_refused(sqlite_url):
    async with a_world(sqlite_url) as world:
        pending = await world.pending()

        answers = [await upload(world, pending["id"], world.member, content=content, **form) for content, form, _ in NOT_A_PAPER]

        assert [answer.status_code for answer in answers] == [status for _, _, status in NOT_A_PAPER]


async def test_a_final_purchase_takes_no_paper(sqlite_url):
    async with a_world(sqlite_url) as world:
        denied = (await world.ask(unit_price_cents=900_000)).json()

        assert (await upload(world, denied["id"], world.member, kind="quote")).status_code == HTTPStatus.CONFLICT
