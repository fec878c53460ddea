"""Look at an uploaded paper before it is kept: what it is by its bytes, and all taken out that is not the paper itself.

Metadata tell where a picture was taken and who wrote a letter; none of that proves a purchase. What cannot be read whole is
kept as it is only when it holds nothing of the kind; else its sender is asked for a readable copy.
"""

import asyncio
import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from sdc.documents.outcomes import Cleaning
from sdc.documents.pictures import JPEG_START, PNG_START, OversizedPictureError, UnreadablePictureError, strip_jpeg, strip_png
from sdc.errors import InvalidFieldError, MediaTypeError, TooLargeError
from sdc.web.uploads import MAX_PAPER_BYTES

PDF: Final = "application/pdf"
_SIGNATURES: Final = {b"%PDF-": PDF, PNG_START: "image/png", JPEG_START: "image/jpeg"}
_STRIP: Final[Mapping[str, Callable[[bytes], bytes]]] = {"image/png": strip_png, "image/jpeg": strip_jpeg}
_TELLING: Final = (
    # What tells of its author,
    *(b"exif", b"xmpmeta", b"photoshop", b"/author", b"/metadata", b"/producer", b"/creator", b"/info", b"itxt", b"ztxt", b"text\x00"),
    # what is packed so that it cannot be looked into, acts, or carries files along,
    *(b"/objstm", b"/encrypt", b"/javascript", b"/launch", b"/embeddedfile", b"/openaction", b"/aa"),
    # and files of other kinds.
    *(b"pk\x03\x04", b"\x7felf", b"mz\x90\x00", b"<script", b"#!/", b"\x1f\x8b\x08", b"7z\xbc\xaf", b"rar!\x1a"),
)
_SECONDS: Final = 30
_AT_ONCE: Final = 2
_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it is kept; `received_sha256` is of what its sender sent."""

    media_type: str
    content: bytes = field(repr=False)
    received_sha256: str


async def inspect_paper(content: bytes) -> Paper:
    """Tell what an upload is, and clean it. What it is called and what its sender says it is do not matter.

    Raises:
        InvalidFieldError: it is empty, locked, damaged so that it cannot be cleaned, or of no bearable size as a picture.
        TooLargeError: it is larger than 10 MB.
        MediaTypeError: its bytes are not those of a PDF, PNG or JPEG.

    """
    if not content:
        raise InvalidFieldError("file", "this file is empty")
    if len(content) > MAX_PAPER_BYTES:
        raise TooLargeError("a file has 10 MB at most")
    media_type = media_type_of(content)
    try:
        cleaned = await _clean_pdf(content) if media_type == PDF else await asyncio.to_thread(_STRIP[media_type], content)
    except UnreadablePictureError as error:
        await asyncio.to_thread(_refuse_if_telling, content, error)
        cleaned = content
    return Paper(media_type, cleaned, hashlib.sha256(content).hexdigest())


def media_type_of(content: bytes) -> str:
    """Tell what a file is by its first bytes.

    Raises:
        MediaTypeError: it is nothing that is taken.

    """
    for signature, media_type in _SIGNATURES.items():
        if content.startswith(signature):
            return media_type
    raise MediaTypeError("send a PDF, PNG or JPEG file")


async def _clean_pdf(content: bytes) -> bytes:
    """Have a PDF cleaned by a process of its own."""
    if b"startxref" not in content and b" obj" not in content:
        raise UnreadablePictureError("it holds no object of a PDF")
    async with _doors.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE)):
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "sdc.documents.portable"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            cleaned, _ = await asyncio.wait_for(child.communicate(content), _SECONDS)
        except TimeoutError:
            raise UnreadablePictureError("reading it takes too long") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode == Cleaning.LOCKED:
        raise InvalidFieldError("file", "this PDF is locked with a password: save it without one and send it again")
    if child.returncode == Cleaning.OVERSIZED:
        raise OversizedPictureError("it unpacks to more than a paper")
    if child.returncode != Cleaning.CLEANED:
        raise UnreadablePictureError("it cannot be read as a PDF")
    return cleaned


def _refuse_if_telling(content: bytes, error: UnreadablePictureError) -> None:
    """Refuse a damaged file that holds what would have had to be taken out."""
    lowered = content.lower()
    if isinstance(error, OversizedPictureError) or any(mark in lowered for mark in _TELLING):
        raise InvalidFieldError("file", "this file is damaged or holds more than a paper: save or scan it anew and send that") from error
