"""Recipients of Accounts v2: created, read, changed, closed, and brought to life by the onboarding page or at once."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox import banks, schedules
from vendors.rails.sandbox.capabilities import in_state, status_of
from vendors.rails.sandbox.listing import PAGING_OF_VERSION_2, page_of_version_2
from vendors.rails.sandbox.parameters import Field, Shape, metadata, nested, one_of, some_of, text, truth
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import PLATFORM, World

INCLUDABLE: Final = ("configuration.recipient", "defaults", "identity", "requirements")
CREATED: Final = "v2.core.account.created"
UPDATED: Final = "v2.core.account.updated"
CLOSED: Final = "v2.core.account.closed"
CAPABILITY_CHANGED: Final = "v2.core.account[configuration.recipient].capability_status_updated"

INCLUDE: Final[Shape] = {"include": Field(some_of(*INCLUDABLE))}
_CAPABILITIES: Final = Field(nested({"stripe_balance": Field(nested({"stripe_transfers": Field(nested({"requested": Field(truth)}))}))}))
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
        nested({"recipient": Field(nested({"capabilities": _CAPABILITIES}), required=True)}),
        required=True,
    ),
    "metadata": Field(metadata),
}
UPDATE: Final[Shape] = {
    **{name: field for name, field in CREATE.items() if name != "configuration"},
    "configuration": Field(nested({"recipient": Field(nested({"capabilities": _CAPABILITIES}))})),
}
CLOSE: Final[Shape] = {"applied_configurations": Field(some_of("recipient"))}
LIST: Final[Shape] = {**PAGING_OF_VERSION_2, "closed": Field(truth), "applied_configurations": Field(some_of("recipient"))}


def create(world: World, given: Mapping[str, Any]) -> Document:
    """Make a recipient. It may be paid at once, unless the sandbox is set to wait for the onboarding page."""
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
        "identity": {"country": "us", **given.get("identity", {})},
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "requirements": None,
    }
    if _requests_transfers(given):
        ready = world.settings["auto_activate"]
        account["configuration"]["recipient"]["capabilities"] = in_state("active" if ready else "restricted")
    world.put("account", account)
    world.hinted(CREATED, account, _address(account))
    if status_of(account) == "active":
        banks.set_up(world, account["id"])
    return _shown(account, given)


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one recipient, with the parts asked for."""
    return _shown(the_account(world, given["id"]), given)


def update(world: World, given: Mapping[str, Any]) -> Document:
    """Change what is given of a recipient and leave the rest.

    Raises:
        Refused: there is no such account; it is closed.

    """
    account = {**_open(world, given["id"])}
    for name in ("contact_email", "dashboard", "display_name"):
        account[name] = given.get(name, account[name])
    for name in ("identity", "metadata"):
        account[name] = {**account[name], **given.get(name, {})}
    defaults = given.get("defaults", {})
    told = {**account["defaults"]["responsibilities"], **defaults.get("responsibilities", {})}
    account["defaults"] = {**account["defaults"], **defaults, "responsibilities": told}
    if _requests_transfers(given) and status_of(account) == "unsupported":
        ready = world.settings["auto_activate"]
        account["configuration"] = {"recipient": {"applied": True, "capabilities": in_state("active" if ready else "restricted")}}
    world.put("account", account)
    world.hinted(UPDATED, account, _address(account))
    if status_of(account) == "active" and banks.bank_of(world, account["id"]) is None:
        banks.set_up(world, account["id"])
    return _shown(account, given)


def close(world: World, given: Mapping[str, Any]) -> Document:
    """Close a recipient for good.

    Raises:
        Refused: there is no such account; it is closed; it has money left.

    """
    account = _open(world, given["id"])
    if any(world.balance(account["id"])):
        raise Refused("The account has a balance: pay it out or reverse its transfers first.", code="account_has_balance")
    account = world.put("account", {**account, "closed": True})
    world.hinted(CLOSED, account, _address(account))
    return _shown(account, given)


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of recipients, newest first."""
    closed = given.get("closed", False)
    return page_of_version_2(
        world,
        "account",
        given,
        url="/v2/core/accounts",
        matches=lambda one: one["closed"] is closed,
        shown=lambda one: _shown(one, {}),
    )


def current(world: World, given: Mapping[str, Any]) -> Document:
    """Return the account whose key this is, or the connected one that the call is made for, as version 1 of the API sees it."""
    account_id = given.get("stripe_account")
    account = world.find("account", account_id) if account_id else None
    ready = account is None or (status_of(account) == "active" and not account["closed"])
    return {
        "id": account_id or PLATFORM,
        "object": "account",
        "charges_enabled": account is None,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": ready,
        "email": None if account is None else account["contact_email"],
        "metadata": {} if account is None else account["metadata"],
        "payouts_enabled": ready,
        "type": "standard" if account is None else "express",
    }


def set_state(world: World, account_id: str, *, capability: str | None = None, closed: bool | None = None) -> Document:
    """Change what a recipient may receive, as Stripe does on its own, and tell about it."""
    account = {**the_account(world, account_id)}
    if capability is not None:
        account["configuration"] = {"recipient": {"applied": True, "capabilities": in_state(capability)}}
    if closed is not None:
        account["closed"] = closed
    world.put("account", account)
    world.hinted(CLOSED if closed and capability is None else CAPABILITY_CHANGED, account, _address(account))
    if status_of(account) == "active" and not account["closed"]:
        if banks.bank_of(world, account_id) is None:
            banks.set_up(world, account_id)
        if world.balance(account_id)[0] > 0:
            schedules.expect(world, account_id)
    return account


def the_account(world: World, account_id: str) -> Document:
    """Return one recipient, or refuse."""
    account = world.find("account", account_id)
    if account is None:
        raise missing("account", account_id, status=HTTPStatus.NOT_FOUND)
    return account


def _open(world: World, account_id: str) -> Document:
    account = the_account(world, account_id)
    if account["closed"]:
        raise Refused("The account is closed.", code="account_closed", param="id")
    return account


def _requests_transfers(given: Mapping[str, Any]) -> bool:
    recipient = given.get("configuration", {}).get("recipient", {})
    return bool(recipient.get("capabilities", {}).get("stripe_balance", {}).get("stripe_transfers", {}).get("requested"))


def _address(account: Document) -> str:
    return f"/v2/core/accounts/{account['id']}"


def _shown(account: Document, given: Mapping[str, Any]) -> Document:
    """Leave out the parts that were not asked for, as version 2 of the API does."""
    roots = {part.partition(".")[0] for part in given.get("include", [])}
    return {name: (None if name in {"configuration", "defaults", "identity"} - roots else value) for name, value in account.items()}
