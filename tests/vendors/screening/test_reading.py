"""A list is read whole as it is published, or refused in plain words that name the line and the column."""

from datetime import date

import pytest

from tests.marketplace.screening.lists import LEIE_HEADER, NPI, SAM_HEADER, a_leie, a_row
from vendors import ListRefusedError
from vendors.screening import layouts_of, read_list, text_of


def read(content, name="leie"):
    return list(read_list(text_of(content), layouts_of(name)))


def test_a_row_of_the_leie_is_read_with_its_dates_and_zeros_are_nothing():
    content = a_leie(
        a_row("PEREZ", "ANA", "M", npi=NPI, born="19700314", waived="20210101", waiver_state="FL"), a_row(business="SUNSHINE HOME CARE INC")
    )

    person, business = read(content)

    assert (person.last, person.npi, person.born_on, person.excluded_on) == ("PEREZ", NPI, date(1970, 3, 14), date(2020, 1, 20))
    assert (person.reinstated_on, person.waived_on, person.waiver_state) == (None, date(2021, 1, 1), "FL")
    assert (business.business, business.npi, business.born_on) == ("SUNSHINE HOME CARE INC", None, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_list_is_read_in_every_encoding_it_comes_in(encoding):
    content = a_leie(a_row("NUÑEZ", "JOSÉ")).decode("latin-1").encode(encoding)

    assert [(one.last, one.first) for one in read(content)] == [("NUÑEZ", "JOSÉ")]


def test_a_row_is_known_again_while_nothing_in_it_changes_and_its_case_stays_when_the_place_does():
    [first], [moved], [same] = (read(a_leie(a_row("PEREZ", "ANA", city=city))) for city in ("MIAMI", "TAMPA", "MIAMI"))

    assert first.key == same.key != moved.key
    assert first.case == moved.case


def test_the_columns_of_sam_are_taken_by_name_in_any_order():
    header = ",".join(reversed(SAM_HEADER.split(",")))
    row = ",".join(
        reversed(
            [
                "Individual",
                "",
                "Ana",
                "M",
                "Perez",
                "Miami",
                "FL",
                "",
                "Ineligible (Proceedings Completed)",
                "01/20/2020",
                "Indefinite",
                "Active",
            ]
        )
    )
    firm = ",".join(reversed(["Firm", "Sunshine Home Care", "", "", "", "Tampa", "FL", NPI, "Prohibition", "02/01/2021", "02/01/2031", ""]))

    person, business = read(f"{header}\n{row}\n{firm}\n".encode(), "sam")

    assert (person.last, person.first, person.excluded_on, person.ends_on) == ("Perez", "Ana", date(2020, 1, 20), None)
    assert (business.business, business.npi, business.ends_on) == ("Sunshine Home Care", NPI, date(2031, 2, 1))


def test_a_state_s_own_list_comes_in_either_form():
    assert len(read(a_leie(), "state:FL")) == 1
    assert len(read(f"{SAM_HEADER}\nFirm,Calm Yoga,,,,Miami,FL,,Prohibition,01/20/2020,,\n".encode(), "state:FL")) == 1


GOOD = a_row("PEREZ", "ANA")
ZIP, UTF_16 = b"PK\x03\x04" + b"\x01" * 40, "LASTNAME".encode("utf-16")


@pytest.mark.parametrize(
    ("content", "line", "column", "problem"),
    [
        (b"", None, None, "empty"),
        (b"  \r\n ", None, None, "empty"),
        (ZIP, 1, None, "a zip archive"),
        (UTF_16, 1, None, "UTF-16"),
        (a_leie(GOOD) + b"\x00\x01\x02", 3, None, "NUL"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 255)), 1, "LASTNAME", "not the header"),
        (b"<html><body>Not found</body></html>", 1, "LASTNAME", "not the header of the LEIE"),
        (LEIE_HEADER.replace(",DOB", "").encode() + b"\n", 1, "DOB", "lacks DOB"),
        (LEIE_HEADER.replace("LASTNAME,FIRSTNAME", "FIRSTNAME,LASTNAME").encode() + b"\n" + GOOD.encode(), 1, "FIRSTNAME", "the header of"),
        (LEIE_HEADER.encode() + b"\r\n", 2, None, "no row"),
        (a_leie(GOOD, GOOD.rpartition(",")[0]), 3, "WVRSTATE", "cut off: 17 fields, 18 expected"),
        (a_leie(GOOD, '"PEREZ","AN'), 3, None, "not CSV"),
        (a_leie(GOOD, GOOD + ",1"), 3, "WVRSTATE", "goes on after the last column"),
        (a_leie(a_row("PEREZ", "ANA", born="19701332")), 2, "DOB", "no date (YYYYMMDD)"),
        (a_leie(a_row("PEREZ", "ANA", excluded="00000000")), 2, "EXCLDATE", "missing"),
        (a_leie(a_row("PEREZ", "ANA", npi="12345")), 2, "NPI", "no NPI"),
        (a_leie(a_row("PEREZ", "ANA", type="")), 2, "EXCLTYPE", "missing"),
        (a_leie(GOOD, a_row()), 3, "LASTNAME", "neither a person nor a business"),
        (a_leie(a_row("PE\x07REZ", "ANA")), 2, "LASTNAME", "control character"),
        (a_leie(a_row("P" * 1_001, "ANA")), 2, "LASTNAME", "1,001 characters"),
        (a_leie(a_row("P" * 200_000, "ANA")), 2, None, "not CSV"),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(content, line, column, problem):
    with pytest.raises(ListRefusedError) as refused:
        read(content)

    assert (refused.value.line, refused.value.column) == (line, column)
    assert problem in str(refused.value)


def test_a_refusal_of_sam_names_its_own_columns():
    with pytest.raises(ListRefusedError, match="line 2, column Active Date: this is no date"):
        read(f"{SAM_HEADER}\nFirm,Calm Yoga,,,,Miami,FL,,Prohibition,20/01/2020,,\n".encode(), "sam")
    with pytest.raises(ListRefusedError, match="line 1, column Classification"):
        read(a_leie(), "sam")
