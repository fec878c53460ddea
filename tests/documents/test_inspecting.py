"""An upload is what its bytes say, is cleaned of all that is not the paper, and is refused when that cannot be done."""

import hashlib
import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader

from sdc.documents.inspecting import inspect_paper
from sdc.documents.pictures import OversizedPictureError
from sdc.documents.portable import strip_pdf
from sdc.errors import InvalidFieldError, MediaTypeError, TooLargeError
from sdc.web.uploads import MAX_PAPER_BYTES
from tests.documents.papers import SECRET, a_chunk, a_jpeg, a_pdf, a_png, exif

NOT_READABLE = [b"%PDF-1.7\n...", b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0..."]


async def test_a_pdf_keeps_its_page_and_loses_its_author_its_script_and_what_it_carried_along():
    sent = a_pdf()

    paper = await inspect_paper(sent)

    assert paper.received_sha256 == hashlib.sha256(sent).hexdigest()
    for gone in (SECRET, b"/Author", b"JavaScript", b"MZ\x90", b"EmbeddedFile", b"/Producer", b"Exif"):
        assert gone not in paper.content
    read = PdfReader(BytesIO(paper.content))
    assert len(read.pages) == 1
    assert b"paid 40.00" in paper.content
    assert a_jpeg() in paper.content


async def test_an_earlier_version_within_a_pdf_goes_as_well():
    sent = a_pdf() + b"\n% an earlier version\n9 0 obj\n(" + SECRET + b")\nendobj\n"

    assert SECRET not in (await inspect_paper(sent)).content


@pytest.mark.parametrize(
    ("sent", "media_type"),
    [(a_png(between=a_chunk(b"tEXt", SECRET)), "image/png"), (a_jpeg(before=exif(side_up=6)), "image/jpeg")],
)
async def test_pictures_are_cleaned(sent, media_type):
    paper = await inspect_paper(sent)

    assert paper.media_type == media_type
    assert SECRET not in paper.content


@pytest.mark.parametrize("sent", NOT_READABLE)
async def test_what_cannot_be_read_but_holds_nothing_else_is_kept_as_it_came(sent):
    assert (await inspect_paper(sent)).content == sent


@pytest.mark.parametrize("start", NOT_READABLE)
@pytest.mark.parametrize("more", [b"Exif\x00\x00GPS", b"PK\x03\x04", b"\x7fELF", b"<SCRIPT>", b"/Author (me)", b"MZ\x90\x00"])
async def test_what_cannot_be_read_and_holds_more_than_a_paper_is_refused(start, more):
    with pytest.raises(InvalidFieldError):
        await inspect_paper(start + more)


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (b"", InvalidFieldError),
        (a_pdf(password="1234"), InvalidFieldError),
        (a_png(width=70_000, height=70_000), InvalidFieldError),
        (b"%PDF-" + b"x" * MAX_PAPER_BYTES, TooLargeError),
        (b"<html><script>alert(1)</script>", MediaTypeError),
        (b"MZ\x90\x00", MediaTypeError),
        (b"PK\x03\x04", MediaTypeError),
        (b"GIF89a", MediaTypeError),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", MediaTypeError),
        (b"  %PDF-1.7", MediaTypeError),
    ],
)
async def test_what_is_no_paper_is_refused(sent, refusal):
    with pytest.raises(refusal):
        await inspect_paper(sent)


def test_a_pdf_that_grows_beyond_a_paper_is_not_kept(monkeypatch):
    monkeypatch.setattr("sdc.documents.portable.MOST_CLEANED", 100)

    with pytest.raises(OversizedPictureError):
        strip_pdf(a_pdf())


async def test_a_pdf_that_unpacks_to_more_than_memory_ends_its_reader_and_not_us():
    bomb = zlib.compress(b"\x00" * 100_000_000, 9)
    packed = b"1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(bomb) + bomb + b"\nendstream\nendobj\n"

    with pytest.raises(InvalidFieldError):
        await inspect_paper(b"%PDF-1.7\n" + packed + b"trailer <</Root 5 0 R>>\nstartxref\n0\n%%EOF")
