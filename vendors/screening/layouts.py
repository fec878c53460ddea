"""The forms in which lists are published: the OIG's LEIE file, and the extract of exclusions of SAM.gov.

A state's own list is taken in either form.
"""

from datetime import date
from typing import Final

from vendors.screening.listed import Listed
from vendors.screening.reading import FieldRefusedError, Fields, Layout, day_of, npi_of

_STATE_LETTERS: Final = 2
_INDIVIDUAL: Final = "INDIVIDUAL"
_INACTIVE: Final = "INACTIVE"


def _leie(fields: Fields) -> Listed:
    """Read a row of the LEIE (its record layout is published beside the file by the OIG)."""
    if not fields["LASTNAME"] and not fields["BUSNAME"]:
        raise FieldRefusedError("LASTNAME", "neither a person nor a business is named")
    if not fields["EXCLTYPE"]:
        raise FieldRefusedError("EXCLTYPE", "the section of the law is missing")
    excluded_on = day_of(fields, "EXCLDATE", pattern="ymd")
    if excluded_on is None:
        raise FieldRefusedError("EXCLDATE", "the day of the exclusion is missing")
    return Listed(
        last=fields["LASTNAME"],
        first=fields["FIRSTNAME"],
        middle=fields["MIDNAME"],
        business=fields["BUSNAME"],
        npi=npi_of(fields, "NPI"),
        born_on=day_of(fields, "DOB", pattern="ymd"),
        city=fields["CITY"],
        state=_state(fields["STATE"]),
        type=fields["EXCLTYPE"],
        excluded_on=excluded_on,
        reinstated_on=day_of(fields, "REINDATE", pattern="ymd"),
        waived_on=day_of(fields, "WAIVERDATE", pattern="ymd"),
        waiver_state=_state(fields["WVRSTATE"]),
    )


def _sam(fields: Fields) -> Listed:
    """Read a row of the extract of SAM.gov. An end that is `Indefinite` is none; a row that is not active has ended."""
    is_person = fields["Classification"].upper() == _INDIVIDUAL
    last, first, middle = (fields.get(name, "") if is_person else "" for name in ("Last", "First", "Middle"))
    name = fields["Name"]
    if is_person and not last and "," in name:
        last, _, rest = name.partition(",")
        first, _, middle = rest.strip().partition(" ")
    if not last and not name:
        raise FieldRefusedError("Name", "neither a person nor a business is named")
    active_on = day_of(fields, "Active Date", pattern="mdy")
    ends = fields.get("Termination Date", "")
    ends_on = None if ends.upper() in {"", "INDEFINITE", "PERMANENT"} else day_of(fields, "Termination Date", pattern="mdy")
    is_inactive = fields.get("Record Status", "").upper() == _INACTIVE
    return Listed(
        last=last,
        first=first,
        middle=middle,
        business="" if is_person and last else name,
        npi=npi_of(fields, "NPI"),
        born_on=None,
        city=fields.get("City", ""),
        state=_state(fields.get("State / Province", "")),
        type=fields.get("Exclusion Type", ""),
        excluded_on=active_on,
        reinstated_on=(active_on or ends_on or date.min) if is_inactive else None,
        waived_on=None,
        waiver_state="",
        ends_on=ends_on,
    )


def _state(text: str) -> str:
    return text.upper() if len(text) == _STATE_LETTERS else ""


LEIE_LAYOUT: Final = Layout(
    title="the LEIE",
    needed=(
        *("LASTNAME", "FIRSTNAME", "MIDNAME", "BUSNAME", "GENERAL", "SPECIALTY", "UPIN", "NPI", "DOB"),
        *("ADDRESS", "CITY", "STATE", "ZIP", "EXCLTYPE", "EXCLDATE", "REINDATE", "WAIVERDATE", "WVRSTATE"),
    ),
    read=_leie,
    names_in_order=True,
)
SAM_LAYOUT: Final = Layout(title="the extract of SAM.gov", needed=("Classification", "Name", "Active Date"), read=_sam)


def layouts_of(name: str) -> tuple[Layout, ...]:
    """Give the layouts in which a list may come: its own, or either for a state's."""
    return {"leie": (LEIE_LAYOUT,), "sam": (SAM_LAYOUT,)}.get(name, (LEIE_LAYOUT, SAM_LAYOUT))
