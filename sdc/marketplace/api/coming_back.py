"""The two pages to which the payment processor sends a vendor's browser, which has no token of ours."""

from http import HTTPStatus
from typing import Final

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation
from sqlalchemy import select

from sdc.clock import Clock
from sdc.config import Settings
from sdc.database import Sessions
from sdc.errors import BusyError, ConflictError, WrongStateError
from sdc.marketplace.links import find_link, keep_link, new_link_text, note_return, open_page, use_link
from sdc.marketplace.onboarding import ask_rail, rail_answers, record_payee
from sdc.web.public import PUBLIC
from vendors import Vendor
from vendors.rails import Rail

_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Payments</title></head>
<body><main><p>{en}</p><p lang="es">{es}</p></main></body>
</html>
"""
_BACK: Final = (
    "Thank you. We are asking the payment processor whether you can be paid now. You may close this page.",
    "Gracias. Estamos preguntando al procesador de pagos si ya se le puede pagar. Puede cerrar esta página.",
)
_OVER: Final = (
    "This link was used or is too old. Please ask for a new one where you started.",
    "Este enlace ya se usó o es demasiado antiguo. Pida uno nuevo donde empezó.",
)
_CLOSED: Final = (
    "This account can not be set up now. Please write to the program.",
    "Esta cuenta no se puede configurar ahora. Escriba al programa.",
)
_BUSY: Final = (
    "The payment processor did not answer. Please open this page again in a few minutes.",
    "El procesador de pagos no respondió. Abra esta página de nuevo en unos minutos.",
)


@get("/v1/onboarding/{word:str}/return", opt=PUBLIC, include_in_schema=False)
async def come_back(word: FromPath[str], sessions: NamedDependency[Sessions], clock: NamedDependency[Clock]) -> Response[str]:
    """Thank a vendor who comes back, and have its account looked at. The page is the same for everyone."""
    async with sessions.begin() as session:
        await note_return(session, word, at=clock.now())
    return _page(_BACK)


@get("/v1/onboarding/{word:str}/refresh", opt=PUBLIC, include_in_schema=False)
async def open_anew(
    word: FromPath[str],
    sessions: NamedDependency[Sessions],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
    rail: NamedDependency[SkipValidation[Rail]],
) -> Response[str]:
    """Open the processor's page anew for a vendor whose page was too old; the address that led here is used up."""
    at, text = clock.now(), new_link_text()
    async with sessions.read() as session:
        vendor = await find_link(session, word, at=at)
    if vendor is None or vendor.payee_id is None:
        return _page(_OVER, HTTPStatus.GONE)
    try:
        status = await ask_rail(rail, vendor)
        with rail_answers():
            url = await open_page(rail, status.payee_id, text, public_url=settings.public_url)
    except BusyError:
        return _page(_BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    except (ConflictError, WrongStateError):
        return _page(_CLOSED, HTTPStatus.CONFLICT)
    async with sessions.begin() as session:
        if not await use_link(session, word, at=at):
            return _page(_OVER, HTTPStatus.GONE)
        locked = (await session.scalars(select(Vendor).where(Vendor.id == vendor.id).with_for_update())).one()
        await record_payee(session, locked, status, rail=rail.name, by=None, at=at, cooling_off=settings.cooling_off)
        keep_link(session, vendor.id, text, at=at)
    return Response("", status_code=HTTPStatus.SEE_OTHER, media_type=MediaType.HTML, headers=_HEADERS | {"Location": url})


def _page(words: tuple[str, str], status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    en, es = words
    return Response(_PAGE.format(en=en, es=es), status_code=status, media_type=MediaType.HTML, headers=_HEADERS)


HANDLERS = [come_back, open_anew]
