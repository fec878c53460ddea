"""Recipients of Accounts v2: created, read, and brought to life by the onboarding page or at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox.parameters import Field, Shape, metadata, nested, one_of, some_of, text, truth, whole
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import World

LINK_SECONDS: Final = 300
INCLUDABLE: Final = ("configuration.recipient", "defaults", "identity", "requirements")
CAPABILITY_CHANGED: Final = "v2.core.account[configuration.recipient].capability_status_updated"

INCLUDE: Final[Shape] = {"include": Field(some_of(*INCLUDABLE))}
CREATE: Final[Shape] = {
    **INCLUDE,
    "contact_email": Field(text),
    "dashboard": Field(one_of("express", "full", "none")),
    "defaults": Field(
        nested(
            {
                "currency": Field(one_of("usd")),
                "responsibilities": Field(
                    nested(
                        {
                            "fees_collector": Field(one_of("application", "stripe"), required=True),
                            "losses_collector": Field(one_of("application", "stripe"), required=True),
                        }
                    )
                ),
            }
        )
    ),
    "display_name": Field(text),
    "identity": Field(
        nested({"country": Field(text), "entity_type": Field(one_of("company", "government_entity", "individual", "non_profit"))})
    ),
    "configuration": Field(
        nested(
            {
                "recipient": Field(
                    nested(
                        {
                            "capabilities": Field(
                                nested({"stripe_balance": Field(nested({"stripe_transfers": Field(nested({"requested": Field(truth)}))}))})
                            )
                        }
                    ),
                    required=True,
                )
            }
        ),
        required=True,
    ),
    "metadata": Field(metadata),
}
LIST: Final[Shape] = {"limit": Field(whole(1, 100)), "closed": Field(truth)}
_FLOW: Final[Shape] = {"refresh_url": Field(text, required=True), "return_url": Field(text)}
LINK: Final[Shape] = {
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
    """Make a recipient. It may be paid at once, unless the sandbox is set to wait for the onboarding page."""
    asked = given["configuration"]["recipient"].get("capabilities", {}).get("stripe_balance", {}).get("stripe_transfers", {})
    told = given.get("defaults", {}).get("responsibilities", {})
    responsibilities = {"fees_collector": None, "losses_collector": None, "requirements_collector": "stripe", **told}
    account: Document = {
        "id": world.new_id("acct"),
        "object": "v2.core.account",
        "applied_configurations": ["recipient"],
        "closed": False,
        "configuration": {"recipient": {"applied": True, "capabilities": {}}},
        "contact_email": given.get("contact_email"),
        "created": world.instant,
        "dashboard": given.get("dashboard", "none"),
        "defaults": {"currency": "usd", "responsibilities": responsibilities},
        "display_name": given.get("display_name"),
        "identity": {"country": given.get("identity", {}).get("country", "us")},
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "requirements": None,
    }
    if asked.get("requested"):
        account["configuration"]["recipient"]["capabilities"] = _capabilities("active" if world.auto_activates else "restricted")
    return _shown(world.put("account", account), given)


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one recipient, with the parts asked for."""
    return _shown(_the(world, given["id"]), given)


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return the newest recipients; the sandbox gives one page only."""
    wanted = [one for one in world.newest_first("account") if one["closed"] is given.get("closed", False)]
    return {"data": [_shown(one, {}) for one in wanted[: given.get("limit", 20)]], "next_page_url": None, "previous_page_url": None}


def link(world: World, given: Mapping[str, Any]) -> Document:
    """Mint a single-use link to the onboarding page; the shell fills in where it listens."""
    account = _the(world, given["account"])
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
        "use_case": {"type": use_case["type"], use_case["type"]: {"configurations": ["recipient"], **flow}},
    }


def set_state(world: World, account_id: str, *, capability: str | None = None, closed: bool | None = None) -> Document:
    """Change what a recipient may receive, as Stripe does on its own, and tell about it."""
    account = {**_the(world, account_id)}
    if capability is not None:
        account["configuration"] = {"recipient": {"applied": True, "capabilities": _capabilities(capability)}}
    if closed is not None:
        account["closed"] = closed
    world.put("account", account)
    world.hinted(CAPABILITY_CHANGED, account, f"/v2/core/accounts/{account_id}")
    return account


def transfers_status(account: Document) -> str:
    """Say in which state the one capability is that transfers need."""
    capabilities = account["configuration"]["recipient"]["capabilities"]
    return str(capabilities["stripe_balance"]["stripe_transfers"]["status"]) if capabilities else "unsupported"


def _the(world: World, account_id: str) -> Document:
    account = world.find("account", account_id)
    if account is None:
        raise missing("account", account_id, status=HTTPStatus.NOT_FOUND)
    return account


def _capabilities(status: str) -> Document:
    details = {
        "active": [],
        "pending": [{"code": "requirements_pending_verification", "resolution": "no_resolution"}],
        "restricted": [{"code": "requirements_past_due", "resolution": "provide_info"}],
        "rejected": [{"code": "rejected_other", "resolution": "contact_stripe"}],
    }[status]
    one = {"status": status, "status_details": details}
    return {"stripe_balance": {"payouts": {**one}, "stripe_transfers": one}}


def _shown(account: Document, given: Mapping[str, Any]) -> Document:
    """Leave out the parts that were not asked for, as version 2 of the API does."""
    roots = {part.partition(".")[0] for part in given.get("include", [])}
    return {name: (None if name in {"configuration", "defaults", "identity"} - roots else value) for name, value in account.items()}
