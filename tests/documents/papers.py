"""Papers for tests, put together byte by byte: each tells something that is not the paper."""

import struct
import zlib
from io import BytesIO

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject

SECRET = b"Zebulon Quagmire"


def a_chunk(kind: bytes, body: bytes) -> bytes:
    """Write a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def a_png(*, between: bytes = b"", behind: bytes = b"", width: int = 1, height: int = 1) -> bytes:
    """Make a picture of one dot."""
    header = a_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + between + a_chunk(b"IDAT", zlib.compress(b"\x00\x00")) + a_chunk(b"IEND", b"") + behind


def a_segment(marker: int, body: bytes) -> bytes:
    """Write a JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(*, side_up: int, says: bytes = SECRET) -> bytes:
    """Write EXIF data as a phone does: which side is up, and who took it."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, side_up, 0) + struct.pack("<HHII", 0x013B, 2, len(says), 38)
    return a_segment(0xE1, b"Exif\x00\x00II*\x00" + struct.pack("<IH", 8, 2) + entries + b"\x00" * 4 + says)


def a_jpeg(*, before: bytes = b"", behind: bytes = b"", width: int = 8, height: int = 8) -> bytes:
    """Make the frame of a picture: what a reader walks along, though it shows nothing."""
    jfif = a_segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")
    frame = a_segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = a_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + jfif + before + a_segment(0xDB, b"\x00" + b"\x01" * 64) + frame + scan + b"\xff\xd9" + behind


def a_pdf(*, password: str | None = None) -> bytes:
    """Make a PDF of one page that names its author, carries a program along, runs a script and shows a photograph."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": SECRET.decode(), "/Title": "Receipt of " + SECRET.decode()})
    writer.add_attachment("photo.exe", b"MZ\x90\x00" + SECRET)
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): DecodedStreamObject()})
    writer.root_object[NameObject("/OpenAction")] = script
    photograph = DecodedStreamObject()
    photograph._data = a_jpeg(before=exif(side_up=1))
    photograph.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Filter"): NameObject("/DCTDecode"),
            NameObject("/Width"): NumberObject(8),
        }
    )
    words = DecodedStreamObject()
    words.set_data(b"BT /F1 12 Tf (paid 40.00) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(words)
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/Im0"): writer._add_object(photograph)})}
    )
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()
