"""What docs/vendors.md tells vendors and staff to call is taken as it stands there, and in that order leads to a vendor that is paid."""

import json
import re
from http import HTTPStatus
from pathlib import Path

from sdc.auth.principal import Role
from sdc.marketplace.missing import WORDS
from tests.builders import a_house
from tests.scripted_rail import ScriptedRail
from tests.serving import bearer, serving

PAGE = (Path(__file__).parents[2] / "docs" / "vendors.md").read_text(encoding="utf-8")
A_CALL = re.compile(r"```http (nobody|vendor|staff)\n(GET|POST|PATCH) (\S+)\n(.*?)```", re.DOTALL)


async def test_the_calls_of_the_page_sign_a_vendor_up(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        house = await a_house(served.sessions)
        tokens = {"nobody": None, "staff": await served.token(Role.ADMIN)}
        ids = {"PROGRAM": str(house.program.id)}
        told = A_CALL.findall(PAGE)
        assert len(told) > 12

        for caller, method, path, body in told:
            for name, value in ids.items():
                path, body = path.replace(name, value), body.replace(name, value)  # noqa: PLW2901 - the call with its ids
            headers = bearer(tokens[caller]) | {"Idempotency-Key": f"{len(ids)} {method} {path}"}
            answer = await served.http.request(method, path, json=json.loads(body) if body else None, headers=headers)
            assert answer.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}, (method, path, answer.text)
            shown = answer.json()
            if caller == "nobody":
                ids["VENDOR"], tokens["vendor"] = shown["id"], shown["token"]
            if method == "POST" and path.endswith("/persons"):
                ids["PERSON"] = shown["id"]

        vendor = (await served.get(f"/v1/vendors/{ids['VENDOR']}", tokens["vendor"])).json()
        assert (vendor["state"], vendor["is_payable"], vendor["tin_matches"], vendor["withholds"]) == ("active", True, True, True)


def test_each_thing_that_may_be_missing_is_on_the_page():
    assert [what for what in WORDS if f"`{what}" not in PAGE] == []
