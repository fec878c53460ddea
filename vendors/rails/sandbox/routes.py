"""The endpoints of the sandbox: which call is read by which shape and answered by which verb."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vendors.rails.sandbox import accounts, balance, banks, events, links, payouts, schedules, topups, transfers
from vendors.rails.sandbox.parameters import Shape
from vendors.rails.sandbox.refusals import Document
from vendors.rails.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Route:
    """One call.

    The verb finds among what was given the `id` of the path, and the `stripe_account` where the call is made for a connected account.
    """

    method: str
    template: str
    shape: Shape
    verb: Callable[[World, Mapping[str, Any]], Document]
    for_connected: bool = False
    """Whether it may be made for a connected account, by the header `Stripe-Account`."""

    @property
    def call(self) -> str:
        """The call as a fault names it."""
        return f"{self.method} {self.template}"

    @property
    def speaks_json(self) -> bool:
        """Say whether the call is of version 2, whose bodies are JSON."""
        return self.template.startswith("/v2/")


ROUTES: Final = (
    Route("POST", "/v2/core/accounts", accounts.CREATE, accounts.create),
    Route("GET", "/v2/core/accounts", accounts.LIST, accounts.listed),
    Route("GET", "/v2/core/accounts/{id}", accounts.INCLUDE, accounts.retrieve),
    Route("POST", "/v2/core/accounts/{id}", accounts.UPDATE, accounts.update),
    Route("POST", "/v2/core/accounts/{id}/close", accounts.CLOSE, accounts.close),
    Route("POST", "/v2/core/account_links", links.CREATE, links.create),
    Route("GET", "/v2/core/events", events.LIST_THIN, events.listed_thin),
    Route("GET", "/v2/core/events/{id}", {}, events.retrieve_thin),
    Route("GET", "/v1/account", {}, accounts.current, for_connected=True),
    Route("GET", "/v1/accounts/{id}/external_accounts", banks.LIST, banks.listed),
    Route("POST", "/v1/topups", topups.CREATE, topups.create),
    Route("GET", "/v1/topups", topups.LIST, topups.listed),
    Route("GET", "/v1/topups/{id}", {}, topups.retrieve),
    Route("POST", "/v1/topups/{id}/cancel", {}, topups.cancel),
    Route("POST", "/v1/transfers", transfers.CREATE, transfers.create),
    Route("GET", "/v1/transfers", transfers.LIST, transfers.listed),
    Route("GET", "/v1/transfers/{id}", {}, transfers.retrieve),
    Route("POST", "/v1/transfers/{id}/reversals", transfers.REVERSE, transfers.reverse),
    Route("GET", "/v1/transfers/{id}/reversals", transfers.REVERSALS, transfers.reversals),
    Route("POST", "/v1/payouts", payouts.CREATE, payouts.create, for_connected=True),
    Route("GET", "/v1/payouts", payouts.LIST, payouts.listed, for_connected=True),
    Route("GET", "/v1/payouts/{id}", {}, payouts.retrieve, for_connected=True),
    Route("POST", "/v1/payouts/{id}/cancel", {}, payouts.cancel, for_connected=True),
    Route("GET", "/v1/balance", {}, balance.retrieve, for_connected=True),
    Route("GET", "/v1/balance_settings", {}, schedules.retrieve, for_connected=True),
    Route("POST", "/v1/balance_settings", schedules.UPDATE, schedules.update, for_connected=True),
    Route("GET", "/v1/balance_transactions", balance.LIST, balance.transactions, for_connected=True),
    Route("GET", "/v1/balance_transactions/{id}", {}, balance.transaction, for_connected=True),
    Route("GET", "/v1/events", events.LIST, events.listed, for_connected=True),
    Route("GET", "/v1/events/{id}", {}, events.retrieve, for_connected=True),
    Route("POST", "/v1/webhook_endpoints", events.CREATE_ENDPOINT, events.create_endpoint),
    Route("GET", "/v1/webhook_endpoints", events.LIST_ENDPOINTS, events.endpoints),
)
_WHOLE: Final = {(route.method, route.template): route for route in ROUTES}
_WITH_ID: Final = {
    (route.method, len(steps), steps[:place], steps[place + 1 :]): (route, place)
    for route in ROUTES
    for steps in [tuple(route.template.split("/"))]
    for place, step in enumerate(steps)
    if step == "{id}"
}
_PLACES: Final = sorted({key[1] - 1 - len(key[3]) for key in _WITH_ID})


def match(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find the route of a call and the id in its path."""
    found = _WHOLE.get((method, path))
    if found is not None and "{id}" not in path:
        return found, {}
    steps = tuple(path.split("/"))
    for place in _PLACES:
        known = _WITH_ID.get((method, len(steps), steps[:place], steps[place + 1 :]))
        if known is not None and steps[place]:
            return known[0], {"id": steps[place]}
    return None
