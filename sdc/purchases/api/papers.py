"""The route of papers for a purchase: quotes, letters, proofs, receipts."""

from typing import Annotated
from uuid import UUID

from litestar import Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from litestar.status_codes import HTTP_201_CREATED
from pydantic import BaseModel, ConfigDict, Field

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.documents.forms import DocumentOut
from sdc.documents.inspecting import inspect_paper
from sdc.documents.model import DocumentKind
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.money import MAX_AMOUNT_CENTS
from sdc.purchases.judging import RulingIds
from sdc.purchases.reading import recheck_purchase
from sdc.purchases.reask import add_purchase_document
from sdc.web.uploads import MAX_UPLOAD_BYTES, read_upload


class PurchaseUpload(BaseModel):
    """A paper for a purchase; a quote may say its amount."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: UploadFile
    kind: DocumentKind
    amount_cents: Annotated[int, Field(ge=1, le=MAX_AMOUNT_CENTS)] | None = None


@post(
    "/v1/purchases/{purchase_id:uuid}/documents",
    status_code=HTTP_201_CREATED,
    opt={"permission": Permission.ADD_DOCUMENTS},
    before_request=read_upload,
    request_max_body_size=MAX_UPLOAD_BYTES,
)
async def add_document(
    purchase_id: FromPath[UUID],
    data: MultipartBody[PurchaseUpload],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[DocumentOut]:
    """Add a paper (a vendor: to its order). A quote or a denial letter is a new fact: a waiting purchase is judged again."""
    at = clock.now()
    paper = await inspect_paper(await data.file.read())
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        document = await add_purchase_document(
            call.session,
            purchase_id,
            who=who,
            document_id=new_id(),
            kind=data.kind,
            paper=paper,
            amount_cents=data.amount_cents,
            ids=RulingIds.new(),
            keyring=keyring,
            at=at,
        )
        shown = DocumentOut.of(document)
        if who.role is Role.VENDOR:  # who knows an order by its own reference only
            shown = shown.model_copy(update={"owner_kind": "order", "owner_id": purchase_id})
        return call.answer(shown)


HANDLERS = [add_document]
