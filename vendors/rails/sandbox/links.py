"""Account links: single-use, short-lived addresses of the onboarding page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from vendors.rails.sandbox.accounts import the_account
from vendors.rails.sandbox.parameters import Field, Shape, nested, one_of, text, web_address
from vendors.rails.sandbox.refusals import Document, Refused
from vendors.rails.sandbox.world import World

LINK_SECONDS: Final = 300

_FLOW: Final[Shape] = {"refresh_url": Field(web_address, required=True), "return_url": Field(web_address)}
CREATE: Final[Shape] = {
    "account": Field(text, required=True),
    "use_case": Field(
        nested(
            {
                "type": Field(one_of("account_onboarding", "account_update"), required=True),
                "account_onboarding": Field(nested(_FLOW)),
                "account_update": Field(nested(_FLOW)),
            }
        ),
        required=True,
    ),
}


def create(world: World, given: Mapping[str, Any]) -> Document:
    """Mint a link to the onboarding page; the shell fills in where it listens.

    Raises:
        Refused: there is no such account; the flow that the use case names is not described.

    """
    account = the_account(world, given["account"])
    use_case = given["use_case"]
    flow = use_case.get(use_case["type"])
    if flow is None:
        name = f"use_case[{use_case['type']}]"
        raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    token = world.new_id("link")
    expires_at = world.now + LINK_SECONDS
    world.put("link", {"id": token, "account": account["id"], "expires_at": expires_at, "used": False, **flow})
    return {
        "object": "v2.core.account_link",
        "account": account["id"],
        "created": world.instant,
        "expires_at": datetime.fromtimestamp(expires_at, tz=UTC).isoformat().replace("+00:00", "Z"),
        "livemode": False,
        "url": f"/onboard/{token}",
        "use_case": {"type": use_case["type"], use_case["type"]: dict(flow)},
    }
