"""The endpoints of the sandbox: which call is read by which shape and answered by which verb."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vendors.rails.sandbox import accounts, balance, events, topups, transfers
from vendors.rails.sandbox.parameters import Shape
from vendors.rails.sandbox.refusals import Document
from vendors.rails.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Route:
    """One call."""

    method: str
    template: str
    shape: Shape
    verb: Callable[[World, Mapping[str, Any]], Document]

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
    Route("POST", "/v2/core/account_links", accounts.LINK, accounts.link),
    Route("POST", "/v1/topups", topups.CREATE, topups.create),
    Route("GET", "/v1/topups", topups.LIST, topups.listed),
    Route("GET", "/v1/topups/{id}", {}, topups.retrieve),
    Route("POST", "/v1/transfers", transfers.CREATE, transfers.create),
    Route("GET", "/v1/transfers", transfers.LIST, transfers.listed),
    Route("GET", "/v1/transfers/{id}", {}, transfers.retrieve),
    Route("POST", "/v1/transfers/{id}/reversals", transfers.REVERSE, transfers.reverse),
    Route("GET", "/v1/balance", {}, balance.retrieve),
    Route("GET", "/v1/balance_transactions", balance.LIST, balance.transactions),
    Route("GET", "/v1/balance_transactions/{id}", {}, balance.transaction),
    Route("GET", "/v1/events", events.LIST, events.listed),
    Route("GET", "/v1/events/{id}", {}, events.retrieve),
    Route("POST", "/v1/webhook_endpoints", events.CREATE_ENDPOINT, events.create_endpoint),
    Route("GET", "/v1/webhook_endpoints", events.LIST_ENDPOINTS, events.endpoints),
)


def match(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find the route of a call and the id in its path."""
    steps = path.split("/")
    for route in ROUTES:
        template = route.template.split("/")
        if route.method != method or len(template) != len(steps):
            continue
        if all(expected == step or (expected == "{id}" and step) for expected, step in zip(template, steps, strict=True)):
            return route, {"id": steps[template.index("{id}")]} if "{id}" in template else {}
    return None
