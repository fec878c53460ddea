"""Routes of a vendor's own papers: its tax form, its licences, whatever a reviewer asks for."""

from typing import Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from litestar.status_codes import HTTP_201_CREATED
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.documents.adding import add_document
from sdc.documents.forms import DocumentList, DocumentOut
from sdc.documents.inspecting import inspect_paper
from sdc.documents.model import VENDOR_OWNER, DocumentKind
from sdc.documents.reading import documents_of
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace.scope import load_vendor
from sdc.web.uploads import MAX_UPLOAD_BYTES, read_upload


class VendorUpload(BaseModel):
    """A paper of a vendor."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: UploadFile
    kind: Literal[DocumentKind.TAX_FORM, DocumentKind.LICENCE, DocumentKind.PROOF]


@post(
    "/v1/vendors/{vendor_id:uuid}/documents",
    status_code=HTTP_201_CREATED,
    opt={"permission": Permission.EDIT_VENDORS},
    before_request=read_upload,
    request_max_body_size=MAX_UPLOAD_BYTES,
)
async def add_vendor_document(
    vendor_id: FromPath[UUID],
    data: MultipartBody[VendorUpload],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[DocumentOut]:
    """Add a paper of a vendor: it is seen by the vendor and by those who review it, and by nobody else."""
    at = clock.now()
    paper = await inspect_paper(await data.file.read())

    async def recheck(session: AsyncSession) -> object:
        return await load_vendor(session, vendor_id, who=who, at=at)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at)
        document = await add_document(
            call.session,
            id=new_id(),
            program_id=vendor.program_id,
            owner_kind=VENDOR_OWNER,
            owner_id=vendor.id,
            kind=data.kind,
            paper=paper,
            by=who.id,
            at=at,
        )
        return call.answer(DocumentOut.of(document))


@get("/v1/vendors/{vendor_id:uuid}/documents", opt={"permission": Permission.SEE_VENDOR_PAPERS})
async def list_vendor_documents(
    vendor_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> DocumentList:
    """List the papers of a vendor, the oldest first; their bytes are at `/v1/documents/{id}`."""
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=clock.now())
        return DocumentList(items=[DocumentOut.of(one) for one in await documents_of(session, vendor.id)])


HANDLERS = [add_vendor_document, list_vendor_documents]
