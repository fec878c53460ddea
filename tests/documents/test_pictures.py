"""A picture loses where it was taken, by whom and by what, and shows the same as before."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdc.documents.pictures import OversizedPictureError, UnreadablePictureError, strip_jpeg, strip_png
from tests.documents.papers import SECRET, a_chunk, a_jpeg, a_png, a_segment, exif

ZIP = b"PK\x03\x04" + SECRET


@pytest.mark.parametrize("kind", [b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME", b"iCCP", b"prVt"])
def test_a_png_keeps_only_what_shows_it(kind):
    told = a_png(between=a_chunk(kind, SECRET), behind=ZIP)

    assert strip_png(told) == a_png()


def test_a_png_keeps_what_makes_its_colours():
    colourful = a_png(between=a_chunk(b"gAMA", b"\x00\x00\xb1\x8f") + a_chunk(b"tRNS", b"\x00\x01"))

    assert strip_png(colourful) == colourful


@pytest.mark.parametrize(
    "told",
    [
        a_segment(0xFE, SECRET),
        a_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SECRET),
        a_segment(0xED, b"Photoshop 3.0\x00" + SECRET),
        a_segment(0xE2, b"MPF\x00" + SECRET),
        a_segment(0xE0, b"JFXX\x00\x10" + SECRET),
        exif(side_up=1),
    ],
)
def test_a_jpeg_keeps_only_what_shows_it(told):
    assert strip_jpeg(a_jpeg(before=told, behind=ZIP)) == a_jpeg()


@pytest.mark.parametrize("side_up", range(2, 9))
def test_a_photograph_stays_the_right_side_up_and_nothing_else_is_known_of_it(side_up):
    stripped = strip_jpeg(a_jpeg(before=exif(side_up=side_up)))

    assert SECRET not in stripped
    assert stripped.startswith(b"\xff\xd8\xff\xe1")
    assert struct.pack(">HHIH", 0x0112, 3, 1, side_up) in stripped
    assert strip_jpeg(stripped) == stripped


def test_the_small_picture_in_a_header_goes_too():
    small = a_segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x02\x01" + b"\x07" * 6)

    assert b"\x07" * 6 not in strip_jpeg(b"\xff\xd8" + small + a_jpeg()[2:])


@pytest.mark.parametrize(
    ("strip", "huge"), [(strip_png, a_png(width=70_000, height=70_000)), (strip_jpeg, a_jpeg(width=65_500, height=65_500))]
)
def test_a_small_file_that_would_become_a_huge_picture_is_none(strip, huge):
    with pytest.raises(OversizedPictureError):
        strip(huge)


@pytest.mark.parametrize(
    ("strip", "endless"),
    [
        (strip_png, a_png(between=a_chunk(b"tEXt", b"") * 60_000)),
        (strip_jpeg, a_jpeg(before=a_segment(0xFE, b"") * 60_000)),
        (strip_jpeg, a_jpeg(before=b"\xff\xd0" * 60_000)),
    ],
)
def test_a_file_of_parts_without_end_is_no_picture(strip, endless):
    with pytest.raises(OversizedPictureError):
        strip(endless)


def test_coded_data_and_fill_bytes_are_walked_at_once():
    scan = b"\xff\x00\xff\xd1\x01" * 100_000
    jpeg = a_jpeg()

    assert strip_jpeg(jpeg[:-2] + scan + b"\xff" * 100_000 + b"\xd9") == jpeg[:-2] + scan + b"\xff\xd9"


@given(cut=st.integers(min_value=8, max_value=10_000))
def test_a_picture_that_is_cut_off_cannot_be_read(cut):
    for strip, whole in ((strip_png, a_png()), (strip_jpeg, a_jpeg(before=exif(side_up=6)))):
        with pytest.raises(UnreadablePictureError):
            strip(whole[: min(cut, len(whole) - 1)])


@given(noise=st.binary(max_size=300))
def test_noise_is_read_to_its_end_or_refused(noise):
    for strip, start in ((strip_png, b"\x89PNG\r\n\x1a\n"), (strip_jpeg, b"\xff\xd8\xff")):
        try:
            strip(start + noise)
        except UnreadablePictureError:
            continue
