"""Lists by cursor: rows in the order of their ids, newest or oldest first, nothing counted."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from litestar.params import QueryParameter
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from sdc.errors import InvalidFieldError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="how many at most")]
Cursor = Annotated[str | None, QueryParameter(max_length=200, description="`next_cursor` of the page before; opaque")]

RowT = TypeVar("RowT")
ItemT = TypeVar("ItemT")


class Page(BaseModel):
    """One page of a list; each route names a subclass with the type of its items."""

    next_cursor: str | None


PageT = TypeVar("PageT", bound=Page)


def cursor_of(row_id: UUID) -> str:
    """Write the opaque cursor that continues after a row."""
    return base64.urlsafe_b64encode(row_id.bytes).decode().rstrip("=")


def row_of(cursor: str) -> UUID:
    """Read a cursor.

    Raises:
        InvalidFieldError: it is not one of ours.

    """
    try:
        return UUID(bytes=base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise InvalidFieldError("cursor", "this is not a cursor of this list") from error


async def read_page(
    session: AsyncSession, query: Select[RowT], key: InstrumentedAttribute[UUID], *, limit: int, cursor: str | None
) -> tuple[Sequence[RowT], str | None]:
    """Read one page of `query` in the order of `key`, the newest first, and the cursor of the next."""
    if cursor is not None:
        query = query.where(key < row_of(cursor))
    rows: Sequence[Any] = (await session.scalars(query.order_by(key.desc()).limit(limit + 1))).all()
    shown = rows[:limit]
    return shown, cursor_of(getattr(shown[-1], key.key)) if len(rows) > limit else None


def page_bytes(page: type[PageT], rows: Sequence[RowT], out: Callable[[RowT], BaseModel], next_cursor: str | None) -> PageT:
    """Build a page of answers from rows."""
    return page.model_validate({"items": [out(row) for row in rows], "next_cursor": next_cursor})


def slice_page(
    rows: Sequence[ItemT], key: Callable[[ItemT], UUID], *, limit: int, cursor: str | None
) -> tuple[Sequence[ItemT], str | None]:
    """Take one page of a short list that is in order already, and the cursor of the next.

    Raises:
        InvalidFieldError: the cursor is of no row of this list.

    """
    start = 0
    if cursor is not None:
        after = row_of(cursor)
        start = next((index + 1 for index, row in enumerate(rows) if key(row) == after), -1)
    if start < 0:
        raise InvalidFieldError("cursor", "this is not a cursor of this list")
    shown = rows[start : start + limit]
    return shown, cursor_of(key(shown[-1])) if len(rows) > start + limit else None
