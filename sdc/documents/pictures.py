"""Take out of a picture all that is not the picture: where and when it was taken, by which device, what somebody wrote into it.

Pure. Only what is needed to show the picture stays: of a PNG the chunks that make it up, of a JPEG its frame, tables and
scans, and which side is up. What stands behind the end of the picture is cut off.
"""

import re
import struct
from typing import Final

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
JPEG_START: Final = b"\xff\xd8\xff"
MAX_PIXELS: Final = 200_000_000
"""More than any camera takes: a small file that would become a huge picture is not a paper."""

MOST_PARTS: Final = 50_000
"""More chunks or segments than any camera or scanner writes: one by one they would only take time."""

_PNG_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"bKGD", b"pHYs"})
_APP0, _APP1, _APP14, _APP15, _COMMENT = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_LENGTH_BYTES, _LEAST_FRAME, _LEAST_JFIF, _LEAST_TIFF = 2, 9, 18, 8
"""Bytes of a length, and the shortest frame header, JFIF header and TIFF header that say what is read of them."""
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and the restarts."""
_MARKER: Final = re.compile(rb"\xff++(?=[^\xff])")
"""What stands before the kind of a marker: one byte, and fill bytes before it."""
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7]", re.DOTALL)
"""A marker that is neither a stuffed byte nor TEM nor a restart: those stand within coded data."""
_ORIENTATION: Final = 0x0112
_SIDES_UP: Final = range(1, 9)


class UnreadablePictureError(ValueError):
    """It is not put together as a picture of its kind is."""


class OversizedPictureError(UnreadablePictureError):
    """It would become far larger than any picture."""


def strip_png(content: bytes) -> bytes:
    """Keep the chunks of a PNG that show it (PNG specification, third edition, section 11).

    Raises:
        UnreadablePictureError: a chunk is cut off, the end is missing, it has too many of them, or it would be larger than any picture.

    """
    kept, at = [PNG_START], len(PNG_START)
    for _ in range(MOST_PARTS):
        if at + 12 > len(content):
            raise UnreadablePictureError("it ends within a chunk")
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content) or (len(kept) == 1) is not (kind == b"IHDR"):
            raise UnreadablePictureError("its chunks are not in order")
        if kind == b"IHDR":
            _check_size(*struct.unpack_from(">II", content, at + 8) if length >= struct.calcsize(">II") else (0, 0))
        if kind in _PNG_CHUNKS:
            kept.append(content[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    raise OversizedPictureError("it has more chunks than any picture")


def strip_jpeg(content: bytes) -> bytes:
    """Keep the segments of a JPEG that show it (ITU-T T.81, annex B), and of its EXIF data only which side is up.

    Raises:
        UnreadablePictureError: a segment is cut off, the end is missing, it has too many of them, or it would be larger than any picture.

    """
    kept, at, side_up = [content[:2]], 2, 1
    for _ in range(MOST_PARTS):
        at = _next_marker(content, at)
        marker = content[at + 1]
        if marker == _END_OF_IMAGE:
            kept.append(b"\xff\xd9")
            break
        if marker in _ALONE:
            kept.append(content[at : at + 2])
            at += 2
            continue
        end = at + 2 + _length(content, at)
        segment = content[at:end]
        if marker in _FRAMES and len(segment) >= _LEAST_FRAME:
            _check_size(*struct.unpack_from(">HH", segment, 5))
        if marker == _APP1:
            side_up = _side_up(segment) or side_up
        if marker in {_APP0, _APP14} or not (_APP0 <= marker <= _APP15 or marker == _COMMENT):
            kept.append(_without_thumbnail(segment) if marker == _APP0 else segment)
        at = end
        if marker == _START_OF_SCAN:
            end = _end_of_scan(content, at)
            kept.append(content[at:end])
            at = end
    else:
        raise OversizedPictureError("it has more segments than any picture")
    if side_up != 1:
        kept.insert(1, _exif_of(side_up))
    return b"".join(kept)


def _next_marker(content: bytes, at: int) -> int:
    """Find the marker that stands here; fill bytes may stand before it."""
    found = _MARKER.match(content, at)
    if found is None:
        raise UnreadablePictureError("it ends without its end")
    return found.end() - 1


def _length(content: bytes, at: int) -> int:
    if at + 4 > len(content):
        raise UnreadablePictureError("it ends within a segment")
    length: int = struct.unpack_from(">H", content, at + 2)[0]
    if length < _LENGTH_BYTES or at + 2 + length > len(content):
        raise UnreadablePictureError("it ends within a segment")
    return length


def _end_of_scan(content: bytes, at: int) -> int:
    """Find where coded data end."""
    found = _AFTER_SCAN.search(content, at)
    if found is None:
        raise UnreadablePictureError("it ends within a scan")
    return found.start()


def _without_thumbnail(segment: bytes) -> bytes:
    """Keep a JFIF header without the small picture in it; another APP0 (JFXX: only a small picture) goes."""
    if not segment.startswith(b"JFIF\x00", 4) or len(segment) < _LEAST_JFIF:
        return b""
    return b"\xff\xe0" + struct.pack(">H", 16) + segment[4:16] + b"\x00\x00"


def _side_up(segment: bytes) -> int | None:
    """Read which side is up out of EXIF data (CIPA DC-008, tag 0x0112), as far as they can be read."""
    if not segment.startswith(b"Exif\x00\x00", 4):
        return None
    tiff = segment[10:]
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < _LEAST_TIFF:
        return None
    start: int = struct.unpack_from(order + "I", tiff, 4)[0]
    if start + 2 > len(tiff):
        return None
    for number in range(struct.unpack_from(order + "H", tiff, start)[0]):
        at = start + 2 + 12 * number
        if at + 12 > len(tiff):
            return None
        tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == _ORIENTATION:
            return value if value in _SIDES_UP else None
    return None


def _exif_of(side_up: int) -> bytes:
    """Write EXIF data that say which side is up, and nothing else."""
    tiff = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, side_up, 0, 0)
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _check_size(first: int, second: int) -> None:
    if not 0 < first * second <= MAX_PIXELS:
        raise OversizedPictureError("it is no size that a picture has")
