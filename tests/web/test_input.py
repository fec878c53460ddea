"""JSON is read strictly: what a program would silently bend is refused with a word about it."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdc.errors import InvalidFieldError, MalformedRequestError, MediaTypeError
from sdc.web.input import Cents, Day, Input, QuantityThousandths, decode_input, has_forbidden_character, read_json

JSON = "application/json"


class Order(Input):
    """A body with one field of each kind."""

    amount_cents: Cents
    quantity: QuantityThousandths = 1_000
    on: Day = date(2026, 10, 15)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b"NaN",
        b'{"a":Infinity}',
        b"[" * 60_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
)
def test_a_body_that_is_not_one_plain_json_value_is_refused(body):
    with pytest.raises(MalformedRequestError):
        read_json(body, JSON)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_under_another_name_is_refused(content_type):
    with pytest.raises(MediaTypeError):
        read_json(b"{}", content_type)


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31m", "abc\u202edef", "\u2066x", "\ufeffx", "\ud800", "\x7f"])
def test_text_with_nul_controls_or_direction_marks_is_refused_with_its_place(text):
    with pytest.raises(InvalidFieldError) as refused:
        read_json(json.dumps({"list": [{"name": text}]}).encode(), JSON)

    assert refused.value.errors[0].field == "list[0].name"


@pytest.mark.parametrize("text", ["Zoë Ávila", "李小龙", "אבי", "👩‍🔧 fix", "line one\nline two", "50 % “fine”"])
def test_names_and_sentences_of_any_script_are_fine(text):
    assert not has_forbidden_character(text)
    assert read_json(json.dumps({"name": text}).encode(), JSON) == {"name": text}


@pytest.mark.parametrize(
    "amount", ['"5000"', "5000.0", "5e3", "true", "0", "-1", str(10**10 + 1), str(2**200), "null", "[]", "{}", "5000.5"]
)
def test_an_amount_is_a_whole_number_of_cents_and_nothing_else(amount):
    with pytest.raises(InvalidFieldError) as refused:
        decode_input(Order, read_json(f'{{"amount_cents": {amount}}}'.encode(), JSON))

    assert refused.value.errors[0].field == "amount_cents"


@pytest.mark.parametrize(("quantity", "thousandths"), [(1, 1_000), ("0.5", 500), ("2", 2_000), ("1.125", 1_125), ("1000000", 10**9)])
def test_a_quantity_is_a_whole_number_or_decimal_text(quantity, thousandths):
    assert decode_input(Order, {"amount_cents": 1, "quantity": quantity}).quantity == thousandths


@pytest.mark.parametrize("quantity", [0, -1, 0.5, True, "0", "0.000", "1.2345", "-1", "1e3", "٣", " 1", "", "1000001", None, [1]])
def test_any_other_quantity_is_refused(quantity):
    with pytest.raises(InvalidFieldError):
        decode_input(Order, {"amount_cents": 1, "quantity": quantity})


def test_every_wrong_field_is_told_at_once_with_unknown_ones():
    with pytest.raises(InvalidFieldError) as refused:
        decode_input(Order, {"amount_cents": "x", "quantity": 0, "colour": "red"})

    assert {error.field for error in refused.value.errors} == {"amount_cents", "quantity", "colour"}


@pytest.mark.parametrize("day", ["2026-02-30", "15.10.2026", "1999-12-31", "2026-10-15T00:00:00", 20261015])
def test_a_day_is_a_real_day_in_one_spelling(day):
    with pytest.raises(InvalidFieldError):
        decode_input(Order, {"amount_cents": 1, "on": day})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("abc é"), lambda inner: st.lists(inner) | st.dictionaries(st.text("xyz"), inner)
    )
)
def test_any_value_is_read_as_itself_or_refused(value):
    try:
        assert read_json(json.dumps(value).encode(), JSON) == value
    except MalformedRequestError as error:
        assert "deep" in str(error)  # noqa: PT017 - the only refusal that such values may meet


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fall_over(body):
    try:
        read_json(body, JSON)
    except (MalformedRequestError, InvalidFieldError):
        return
