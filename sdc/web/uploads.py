"""Uploads: multipart forms with one paper, read whole before their parts are taken."""

from typing import Annotated, Any

from litestar import Request
from pydantic import AfterValidator

from sdc.errors import MalformedRequestError, MediaTypeError
from sdc.web.input import has_forbidden_character

MAX_PAPER_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_BYTES = MAX_PAPER_BYTES + 64 * 1024
"""A paper and the form around it."""
MULTIPART = "multipart/form-data"


async def read_upload(request: Request[Any, Any, Any]) -> None:
    """Read an upload whole before its parts are taken: its key is bound to all its bytes.

    Raises:
        MediaTypeError: it is not multipart.
        MalformedRequestError: a part that is text is not UTF-8, nor what its charset says.

    """
    if request.content_type[0] != MULTIPART:
        raise MediaTypeError(f"send this as {MULTIPART}")
    await request.body()
    try:
        await request.form()  # the parts are kept, and taken from there
    except (LookupError, ValueError) as error:
        raise MalformedRequestError("a part of this form is not text in the encoding that it names, or in UTF-8") from error


def _clean(text: str) -> str:
    if has_forbidden_character(text):
        message = "this holds a character that text may not hold (a control, NUL or direction mark)"
        raise ValueError(message)
    return text


Clean = AfterValidator(_clean)
"""What a text of a form must be: it does not pass the strict reading of JSON."""
FormText = Annotated[str, Clean]
