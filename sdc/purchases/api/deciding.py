"""Routes to decide on a purchase: yes, no, a question, what it is; and to take it back."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.outbox.kill_points import reach
from sdc.purchases.answers import PurchaseOut
from sdc.purchases.approve import approve_purchase
from sdc.purchases.ask import answer_question, ask_member
from sdc.purchases.cancel import cancel_purchase
from sdc.purchases.decline import decline_purchase
from sdc.purchases.forms import AnswerIn, ApproveIn, AskIn, CancelIn, DeclineIn, MemoIn, TagsIn
from sdc.purchases.judging import RulingIds
from sdc.purchases.reading import recheck_purchase
from sdc.purchases.rewrite import rewrite_memo
from sdc.purchases.tag import tag_purchase
from sdc.web.language import language_of


@post("/v1/purchases/{purchase_id:uuid}/approve", status_code=HTTP_200_OK, opt={"permission": Permission.APPROVE_PURCHASES})
async def approve(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[ApproveIn | None] = None,
) -> Response[PurchaseOut]:
    """Say yes. The policy is asked again with this approval: the answer says what is still open, if anything."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await approve_purchase(
            call.session,
            purchase_id,
            who=who,
            approval_id=new_id(),
            note=data.note if data else None,
            ids=RulingIds.new(),
            keyring=keyring,
            at=at,
        )
        answer = call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)
        reach("approval.before_commit")
    reach("approval.after_commit")
    return answer


@post("/v1/purchases/{purchase_id:uuid}/decline", status_code=HTTP_200_OK, opt={"permission": Permission.APPROVE_PURCHASES})
async def decline(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    data: JSONBody[DeclineIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Say no, with a reason. The member gets a notice and can appeal."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await decline_purchase(call.session, purchase_id, who=who, reason=data.reason, notice_id=new_id(), keyring=keyring, at=at)
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


@post("/v1/purchases/{purchase_id:uuid}/ask", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_PURCHASES})
async def ask(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    data: JSONBody[AskIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Ask the member something; the purchase waits for the answer."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await ask_member(call.session, purchase_id, who=who, question_id=new_id(), question=data.question, keyring=keyring, at=at)
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


@post("/v1/purchases/{purchase_id:uuid}/answer", status_code=HTTP_200_OK, opt={"permission": Permission.ANSWER_QUESTIONS})
async def answer(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    data: JSONBody[AnswerIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Answer the open question; the purchase is pending again."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await answer_question(call.session, purchase_id, who=who, answer=data.answer, ids=RulingIds.new(), keyring=keyring, at=at)
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


@post("/v1/purchases/{purchase_id:uuid}/tags", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_PURCHASES})
async def tag(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    data: JSONBody[TagsIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Say what a thing in free words is, by tags; none when nothing special is to be said."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await tag_purchase(call.session, purchase_id, who=who, tags=data.tags, ids=RulingIds.new(), keyring=keyring, at=at)
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


@post("/v1/purchases/{purchase_id:uuid}/memo", status_code=HTTP_200_OK, opt={"permission": Permission.REQUEST_PURCHASES})
async def memo(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    data: JSONBody[MemoIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Change the note to the store while the purchase waits, or take it out."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await rewrite_memo(
            call.session, purchase_id, who=who, memo_to_vendor=data.memo_to_vendor, ids=RulingIds.new(), keyring=keyring, at=at
        )
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


@post("/v1/purchases/{purchase_id:uuid}/cancel", status_code=HTTP_200_OK, opt={"permission": Permission.CANCEL_PURCHASES})
async def cancel(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[CancelIn | None] = None,
) -> Response[PurchaseOut]:
    """Take a purchase back; what was set aside for it is available again."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await cancel_purchase(call.session, purchase_id, who=who, reason=data.reason if data else None, keyring=keyring, at=at)
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


HANDLERS = [approve, decline, ask, answer, tag, memo, cancel]
