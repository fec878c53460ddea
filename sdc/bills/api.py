"""Routes of bills and of the papers that prove them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.bills.forms import BillDocumentOut, BillIn, BillOut, BillPage, Business, Description, NoteIn, ReasonIn
from sdc.bills.model import Bill, BillState
from sdc.bills.papers import file_name, read_paper
from sdc.bills.receiving import receive_bill
from sdc.bills.reversing import reverse_bill
from sdc.bills.reviewing import approve_bill, complete_bill, decline_bill, open_bill
from sdc.bills.scope import bill_scope, find_order, load_bill
from sdc.bills.states import BillMove
from sdc.bills.telling import BillDecisionList, BillDecisionOut, decisions_on, last_decisions
from sdc.bills.visit import Visit
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.documents.adding import add_document
from sdc.documents.forms import DocumentOut
from sdc.documents.inspecting import inspect_paper
from sdc.documents.model import DocumentKind
from sdc.errors import InvalidFieldError
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.outbox.kill_points import reach
from sdc.purchases.model import Purchase
from sdc.web.input import Day
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, read_page
from sdc.web.uploads import MAX_UPLOAD_BYTES, Clean, read_upload

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A local time, such as 09:30."""


class BillUpload(BaseModel):
    """A paper for a bill, and what the bill itself did not say; with a visit_record, the facts of the visit."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: UploadFile
    kind: DocumentKind
    business: Annotated[Business, Clean] | None = None
    description: Annotated[Description, Clean] | None = None
    billed_on: Day | None = None
    service_type: Annotated[Business, Clean] | None = None
    member: Annotated[Business, Clean] | None = None
    visited_on: Day | None = None
    location: Annotated[Business, Clean] | None = None
    worker: Annotated[Business, Clean] | None = None
    began_at: TimeOfDay | None = None
    ended_at: TimeOfDay | None = None

    def visit(self) -> Visit | None:
        """Say what the paper tells of a visit; nothing when it tells nothing.

        Raises:
            InvalidFieldError: such facts beside a paper that is no record of a visit.

        """
        visit = Visit(self.service_type, self.member, self.visited_on, self.location, self.worker, self.began_at, self.ended_at)
        said = visit.values()
        if said and self.kind is not DocumentKind.VISIT_RECORD:
            raise InvalidFieldError(next(iter(said)), "this goes with the record of a visit: send it as a visit_record")
        return visit if said else None


def _if_still_theirs(bill_id: UUID, *, who: Principal, at: datetime) -> Callable[[AsyncSession], Awaitable[object]]:
    """Give a stored answer again only to somebody who may see the bill today."""

    async def recheck(session: AsyncSession) -> object:
        return await load_bill(session, bill_id, who=who, at=at)

    return recheck


async def _shown(session: AsyncSession, bill: Bill, request: Request[Any, Any, Any], who: Principal) -> BillOut:
    order_id = await session.scalar(select(Purchase.order_id).where(Purchase.id == bill.purchase_id))
    assert order_id is not None, "a bill has its purchase"
    decision = next(iter((await last_decisions(session, [bill])).values()), None)
    return BillOut.of(bill, order_id, decision, who=who, language=language_of(request))


async def _record_view(sessions: Sessions, kind: str, subject: UUID | None, *, who: Principal, at: datetime) -> None:
    """Record that staff saw what somebody bought; a vendor sees no person."""
    if who.role is not Role.VENDOR:
        await journal.record_view(sessions, kind, subject=subject, by=who.id, at=at)


@post("/v1/bills", status_code=HTTP_201_CREATED, opt={"permission": Permission.SEND_BILLS})
async def create_bill(
    request: Request[Any, Any, Any],
    data: JSONBody[BillIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BillOut]:
    """Send a bill for an order. It is judged at once: accepted, held or received with what it waits for, or rejected with why."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await find_order(session, data.order_id, who=who, at=at)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        bill = await receive_bill(
            call.session,
            data.order_id,
            id=new_id(),
            decision_id=new_id(),
            number=data.number,
            billed_on=data.billed_on,
            amount_cents=data.amount_cents,
            business=data.business,
            description=data.description,
            is_final=data.final,
            who=who,
            at=at,
        )
        answer = call.answer(await _shown(call.session, bill, request, who))
        reach("bill.before_commit")
    reach("bill.after_commit")
    return answer


@get("/v1/bills", opt={"permission": Permission.SEE_BILLS})
async def list_bills(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    in_state: Annotated[BillState | None, QueryParameter(name="state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> BillPage:
    """List bills: a vendor's own, a caseload's, or a program's."""
    at = clock.now()
    query = select(Bill).where(bill_scope(who, at=at))
    if in_state is not None:
        query = query.where(Bill.state == in_state)
    async with sessions.read() as session:
        bills, next_cursor = await read_page(session, query, Bill.id, limit=limit, cursor=cursor)
        orders = await session.execute(select(Purchase.id, Purchase.order_id).where(Purchase.id.in_({bill.purchase_id for bill in bills})))
        order_ids = {row.id: row.order_id for row in orders}
        decisions = await last_decisions(session, bills)
    await _record_view(sessions, "bills.seen", None, who=who, at=at)
    language = language_of(request)
    items = [
        BillOut.of(
            bill,
            order_ids[bill.purchase_id],
            None if bill.decision_id is None else decisions.get(bill.decision_id),
            who=who,
            language=language,
        )
        for bill in bills
    ]
    return BillPage(items=items, next_cursor=next_cursor)


@get("/v1/bills/{bill_id:uuid}", opt={"permission": Permission.SEE_BILLS})
async def get_bill(
    request: Request[Any, Any, Any],
    bill_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> BillOut:
    """Show one bill, with what it waits for."""
    at = clock.now()
    async with sessions.read() as session:
        shown = await _shown(session, await load_bill(session, bill_id, who=who, at=at), request, who)
    await _record_view(sessions, "bill.seen", bill_id, who=who, at=at)
    return shown


@get("/v1/bills/{bill_id:uuid}/decisions", opt={"permission": Permission.SEE_BILLS})
async def list_bill_decisions(
    request: Request[Any, Any, Any],
    bill_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> BillDecisionList:
    """List every decision on a bill, the newest first; its vendor reads what concerns the bill."""
    at = clock.now()
    async with sessions.read() as session:
        records = await decisions_on(session, await load_bill(session, bill_id, who=who, at=at))
    await _record_view(sessions, "bill.decisions_seen", bill_id, who=who, at=at)
    language = language_of(request)
    return BillDecisionList(items=[BillDecisionOut.of(record, who=who, language=language) for record in records])


@post(
    "/v1/bills/{bill_id:uuid}/documents",
    status_code=HTTP_201_CREATED,
    opt={"permission": Permission.ADD_DOCUMENTS},
    before_request=read_upload,
    request_max_body_size=MAX_UPLOAD_BYTES,
)
async def add_bill_document(
    request: Request[Any, Any, Any],
    bill_id: FromPath[UUID],
    data: MultipartBody[BillUpload],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[BillDocumentOut]:
    """Add a paper to a bill that waits, and what the bill did not say; it is judged again with it."""
    at = clock.now()
    paper = await inspect_paper(await data.file.read())
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(bill_id, who=who, at=at)) as call:
        case, bill = await open_bill(call.session, bill_id, move=BillMove.DOCUMENTS, who=who, at=at)
        document = await add_document(
            call.session,
            id=new_id(),
            program_id=bill.program_id,
            owner_kind="bill",
            owner_id=bill.id,
            kind=data.kind,
            paper=paper,
            by=who.id,
            at=at,
        )
        await complete_bill(
            call.session,
            case,
            bill,
            decision_id=new_id(),
            business=data.business,
            description=data.description,
            billed_on=data.billed_on,
            visit=data.visit(),
            keyring=keyring,
            by=who.id,
            at=at,
        )
        return call.answer(BillDocumentOut(document=DocumentOut.of(document), bill=await _shown(call.session, bill, request, who)))


@post("/v1/bills/{bill_id:uuid}/approve", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_BILLS})
async def approve_one_bill(
    request: Request[Any, Any, Any],
    bill_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[NoteIn | None] = None,
) -> Response[BillOut]:
    """Say yes to a bill that waits for a person; it is judged again with that yes."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(bill_id, who=who, at=at)) as call:
        case, bill = await open_bill(call.session, bill_id, move=BillMove.APPROVE, who=who, at=at)
        note = data.note if data else None
        await approve_bill(call.session, case, bill, id=new_id(), decision_id=new_id(), note=note, keyring=keyring, who=who, at=at)
        return call.answer(await _shown(call.session, bill, request, who), HTTP_200_OK)


@post("/v1/bills/{bill_id:uuid}/reject", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_BILLS})
async def reject_one_bill(
    request: Request[Any, Any, Any],
    bill_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BillOut]:
    """Say no to a bill that waits. Its number may be used again."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(bill_id, who=who, at=at)) as call:
        case, bill = await open_bill(call.session, bill_id, move=BillMove.REJECT, who=who, at=at)
        await decline_bill(call.session, case, bill, reason=data.reason, by=who.id, at=at)
        return call.answer(await _shown(call.session, bill, request, who), HTTP_200_OK)


@post("/v1/bills/{bill_id:uuid}/reverse", status_code=HTTP_200_OK, opt={"permission": Permission.REVERSE_BILLS})
async def reverse_one_bill(
    request: Request[Any, Any, Any],
    bill_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BillOut]:
    """Undo an accepted bill that is not paid yet: the money is set aside again for the same purchase."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(bill_id, who=who, at=at)) as call:
        case, bill = await open_bill(call.session, bill_id, move=BillMove.REVERSE, who=who, at=at)
        await reverse_bill(call.session, case, bill, reason=data.reason, by=who.id, at=at)
        return call.answer(await _shown(call.session, bill, request, who), HTTP_200_OK)


@get("/v1/documents/{document_id:uuid}", opt={"permission": Permission.SEE_DOCUMENTS}, media_type="application/octet-stream")
async def get_document(
    document_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> Response[bytes]:
    """Read a paper of a purchase or bill: always as a file to save, never shown in place."""
    at = clock.now()
    async with sessions.read() as session:
        document = await read_paper(session, document_id, who=who, at=at)
    await journal.record_view(sessions, "document.seen", subject=document_id, by=who.id, at=at, owner=document.owner_id)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(document)}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(document.content, media_type=document.media_type, headers=headers)


HANDLERS = [
    create_bill,
    list_bills,
    get_bill,
    list_bill_decisions,
    add_bill_document,
    approve_one_bill,
    reject_one_bill,
    reverse_one_bill,
    get_document,
]
