"""Take out of a PDF what tells of its author, what it carries along and what it would do; run as a process of its own.

A PDF comes from a stranger, and reading one can take for ever or all memory: the parent starts `python -m
sdc.documents.portable`, writes the file to it, and reads what is left of it; its time and memory are limited. It says
how it went by its exit code.
"""

import sys
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from sdc.documents.outcomes import Cleaning
from sdc.documents.pictures import JPEG_START, OversizedPictureError, UnreadablePictureError, strip_jpeg

MOST_BYTES: Final = 1 << 30
CPU_SECONDS: Final = 20
MOST_CLEANED: Final = 20 << 20
"""Written anew, with nothing packed together, a paper grows a little; one that grows beyond this was packed to."""

try:
    import resource
except ImportError:  # not on this system
    resource = None  # type: ignore[assignment]

_OF_ITS_AUTHOR: Final = ("/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/SpiderInfo")
_CARRIED_ALONG: Final = ("/EmbeddedFiles", "/AF", "/Collection", "/XFA", "/EF")
_WOULD_ACT: Final = ("/OpenAction", "/AA", "/JavaScript", "/JS", "/URI")
_ACTIONS: Final = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound"})
_NAMES_ITS_AUTHOR: Final = ("/T", "/M", "/NM", "/CreationDate")
_BEYOND_PAPER: Final = frozenset({"/FileAttachment", "/Movie", "/Sound", "/Screen", "/3D", "/RichMedia"})


class LockedError(ValueError):
    """It opens with a password only."""


def strip_pdf(content: bytes) -> bytes:
    """Write a PDF anew from what its pages need: older versions of it, which may show what was taken out, go as well.

    Raises:
        LockedError: it is locked.
        OversizedPictureError: it unpacks to far more than it was.
        Exception: whatever the reader meets in a file that is none.

    """
    reader = PdfReader(BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise LockedError
    if not reader.pages:
        raise ValueError("it has no page")
    writer = PdfWriter(clone_from=reader)
    writer.metadata = None
    for one in writer._objects:  # noqa: SLF001 - the library offers no other way to every object
        _clean(one)
    writer._ID = None  # noqa: SLF001 - an identifier that outlives every copy
    cleaned = BytesIO()
    writer.write(cleaned)
    anew = BytesIO()
    again = PdfWriter(clone_from=PdfReader(cleaned))  # only what can still be reached is copied
    again.metadata = None
    again._ID = None  # noqa: SLF001
    again.write(anew)
    if anew.tell() > MOST_CLEANED:
        raise OversizedPictureError("it unpacks to more than a paper")
    return anew.getvalue()


def _clean(one: Any) -> None:  # noqa: ANN401 - an object of the library, of any kind
    """Clean one object, and what lies directly within it."""
    waiting = [one]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ArrayObject):
            _drop_annotations(part)
            waiting += _direct(part)
        elif isinstance(part, DictionaryObject):
            _drop_entries(part)
            waiting += _direct(part.values())
        if isinstance(part, StreamObject) and part.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
            _clean_picture(part)


def _direct(parts: Iterable[Any]) -> list[Any]:
    return [part for part in parts if isinstance(part, ArrayObject | DictionaryObject)]


def _drop_entries(part: Any) -> None:  # noqa: ANN401 - a dictionary of the library
    names = [*_OF_ITS_AUTHOR, *_CARRIED_ALONG, *_WOULD_ACT]
    if part.get("/Type") == "/Annot" and part.get("/Subtype") != "/Widget":  # a widget's /T names its field
        names += _NAMES_ITS_AUTHOR
    for name in names:
        if name in part:
            del part[name]
    for name in ("/A", "/Next"):
        action = part.get(name)
        kind = getattr(action, "get_object", lambda: None)()
        if isinstance(kind, dict) and kind.get("/S") in _ACTIONS:
            del part[name]


def _drop_annotations(part: Any) -> None:  # noqa: ANN401 - an array of the library
    """Take annotations out of a page's list that carry a file, a film or a sound."""
    beyond = [one for one in part if _subtype(one) in _BEYOND_PAPER]
    for one in beyond:
        part.remove(one)


def _subtype(one: Any) -> object:  # noqa: ANN401 - an object of the library, or a reference to one
    found = getattr(one, "get_object", lambda: None)()
    return found.get("/Subtype") if isinstance(found, dict) and "/Rect" in found else None


def _clean_picture(stream: Any) -> None:  # noqa: ANN401 - a stream of the library
    if not stream._data.startswith(JPEG_START):  # noqa: SLF001 - the coded bytes as they are
        return
    try:
        stream._data = strip_jpeg(stream._data)  # noqa: SLF001
    except UnreadablePictureError:
        stream._data = b""  # noqa: SLF001 - a picture that cannot be read shows nothing, and may tell something


def _limit_itself() -> None:
    """Bound this process's time and memory, where the system can."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def main() -> int:
    """Clean the file on standard input and write it to standard output; say how it went by the exit code."""
    _limit_itself()
    try:
        cleaned = strip_pdf(sys.stdin.buffer.read())
    except LockedError:
        return Cleaning.LOCKED
    except OversizedPictureError:
        return Cleaning.OVERSIZED
    except Exception:  # noqa: BLE001 - whatever a stranger's file provokes
        return Cleaning.UNREADABLE
    sys.stdout.buffer.write(cleaned)
    return Cleaning.CLEANED


if __name__ == "__main__":
    sys.exit(main())
