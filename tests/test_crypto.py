"""Sealed text opens only where it was sealed, with a key of the ring."""

import base64
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdc.crypto import CannotOpenError, KeyRing
from sdc.errors import ConfigurationError

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()


@given(st.text())
def test_what_is_sealed_opens_to_the_same_text(text):
    ring, row = KeyRing([OLD]), uuid4()

    assert ring.open(ring.seal(text, "members.name", row), "members.name", row) == text


def test_the_text_itself_is_nowhere_in_the_sealed_bytes():
    assert b"Alma Rivers" not in KeyRing([OLD]).seal("Alma Rivers", "members.name", uuid4())


def test_a_sealed_value_moved_to_another_row_or_column_does_not_open():
    ring, row = KeyRing([OLD]), uuid4()
    sealed = ring.seal("Alma Rivers", "members.name", row)

    for column, other in (("members.name", uuid4()), ("vendors.name", row)):
        with pytest.raises(CannotOpenError):
            ring.open(sealed, column, other)


def test_a_changed_byte_does_not_open():
    ring, row = KeyRing([OLD]), uuid4()
    sealed = ring.seal("Alma Rivers", "members.name", row)

    with pytest.raises(CannotOpenError):
        ring.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "members.name", row)


def test_after_a_rotation_old_rows_still_open_and_new_ones_use_the_new_key():
    row = uuid4()
    sealed_before = KeyRing([OLD]).seal("first words", "members.name", row)
    rotated = KeyRing([NEW, OLD])

    assert rotated.open(sealed_before, "members.name", row) == "first words"
    with pytest.raises(CannotOpenError):
        KeyRing([OLD]).open(rotated.seal("rotated", "members.name", row), "members.name", row)


@pytest.mark.parametrize("keys", [[], ["not base64!"], [base64.b64encode(b"short").decode()]])
def test_a_ring_without_a_whole_key_is_refused(keys):
    with pytest.raises(ConfigurationError):
        KeyRing(keys)


def test_a_ring_does_not_show_its_keys():
    assert OLD not in repr(KeyRing([OLD]))


@given(st.text(), st.text())
def test_a_mark_is_of_one_text_and_fits_its_column(text, other):
    ring = KeyRing([OLD])
    mark = ring.mark(text)

    assert (mark, len(mark)) == (ring.mark(text), 62)
    assert ring.is_mark_of(mark, text)
    assert ring.is_mark_of(mark, other) is (text == other)


def test_a_mark_is_known_by_every_ring_that_has_its_key_and_by_no_other():
    mark = KeyRing([OLD]).mark("123456789")

    assert KeyRing([NEW, OLD]).is_mark_of(mark, "123456789")
    assert not KeyRing([NEW]).is_mark_of(mark, "123456789")
    assert KeyRing([NEW]).mark("123456789") != mark


@pytest.mark.parametrize("mark", ["", "k:", "k:00:x", "x" * 64, "k:zz", "\u00e9:\u00e9"])
def test_what_is_no_mark_is_of_nothing(mark):
    assert not KeyRing([OLD]).is_mark_of(mark, "")


def test_what_was_marked_before_a_rotation_is_found_among_the_marks_after_it():
    before, after = KeyRing([OLD]), KeyRing([NEW, OLD])

    assert after.marks("123456789") == (after.mark("123456789"), before.mark("123456789"))
