"""What an applicant says, and what is asked of its record over HTTP."""

from http import HTTPStatus

from tests.serving import bearer

NPI = "1234567893"  # the example of the standard itself
CONTACT = {"name": "Yolanda Example", "email": "yolanda@example.org", "phone": "+1 305 555 0100", "language": "es"}
OWNER = {"name": "Olga Owner", "role": "owner", "born_on": "1980-02-29", "npi": NPI, "ownership_bps": 6_000, "reference": "P-OLGA"}
W9 = {
    "legal_name": "Yolanda Example LLC",
    "tin": "98-7654321",
    "tin_kind": "ein",
    "classification": "limited_liability_company",
    "signed_on": "2026-10-01",
    "is_subject_to_backup_withholding": False,
}
SAID = {
    "legal_name": "Yolanda Example LLC",
    "contact": CONTACT,
    "npi": NPI,
    "organisation_type": "consumer_run",
    "is_consumer_run": True,
    "service_counties": ["St. Lucie", "Miami-Dade", "Miami-Dade"],
    "clientele": ["veterans"],
    "languages": ["es", "zh-Hant"],
    "accessibility": ["wheelchair", "telehealth"],
    "hours": [{"day": "tue", "opens": "14:00", "closes": "24:00"}, {"day": "mon", "opens": "09:00", "closes": "12:00"}],
    "employer_ids": ["ORG-7"],
}


async def applied(served, house, **said):
    body = {"program_id": str(house.program.id), "name": "Yoga by the Bay", "categories": ["WELL_GYM"]} | said
    response = await served.post("/v1/vendors", body)
    assert response.status_code == HTTPStatus.CREATED, response.text
    return response.json()


async def change(served, vendor, token, **said):
    return await served.http.patch(f"/v1/vendors/{vendor['id']}", json=said, headers=bearer(token))


async def read(served, vendor, token, below=""):
    response = await served.get(f"/v1/vendors/{vendor['id']}{below}", token)
    assert response.status_code == HTTPStatus.OK, response.text
    return response.json()


async def kinds(served, vendor, token):
    return [one["kind"] for one in (await read(served, vendor, token, "/events"))["items"]]
