"""Exclusion lists as they are published, in small; nobody on them is anybody."""

from datetime import date

from sdc.ids import new_id
from sdc.marketplace.screening.importing import Upload, import_list
from tests.builders import NOON
from vendors.screening import ListKind

LEIE_HEADER = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,"
    "EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE"
)
SAM_HEADER = "Classification,Name,First,Middle,Last,City,State / Province,NPI,Exclusion Type,Active Date,Termination Date,Record Status"
NPI = "1234567893"


def a_row(last="", first="", middle="", **changes):
    """Write a row of the LEIE."""
    given = {
        "business": "",
        "npi": "0000000000",
        "born": "00000000",
        "city": "MIAMI",
        "state": "FL",
        "type": "1128a1",
        "excluded": "20200120",
        "reinstated": "00000000",
        "waived": "00000000",
        "waiver_state": "",
    }
    g = given | changes
    who = f'"{last}","{first}","{middle}","{g["business"]}","INDIVIDUAL","NURSE","",{g["npi"]},{g["born"]}'
    where = f'"1 MAIN ST","{g["city"]}",{g["state"]},33101'
    return f"{who},{where},{g['type']},{g['excluded']},{g['reinstated']},{g['waived']},{g['waiver_state']}"


def a_leie(*rows):
    """Write a LEIE file."""
    return "\r\n".join([LEIE_HEADER, *(rows or [a_row("NOBODY", "NEMO")])]).encode("latin-1") + b"\r\n"


async def imported(sessions, content, *, name="leie", on=date(2026, 10, 10), kind="full", at=NOON, **changes):
    """Import a list, as the command does."""
    upload = Upload(content, name, on, ListKind(kind), **changes)
    return await import_list(sessions, upload, id=new_id(), run_id=new_id(), by=None, at=at, progress=lambda _done, _total: None)
