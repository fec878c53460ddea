"""Events of what happened, to be polled, and the endpoints to which they are delivered."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from vendors.rails.sandbox.listing import CREATED, PAGING, page
from vendors.rails.sandbox.parameters import Field, Shape, metadata, text, texts
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import API_VERSION, World

LIST: Final[Shape] = {**PAGING, **CREATED, "type": Field(text)}
LIST_ENDPOINTS: Final[Shape] = PAGING
CREATE_ENDPOINT: Final[Shape] = {
    "description": Field(text),
    "enabled_events": Field(texts, required=True),
    "metadata": Field(metadata),
    "url": Field(text, required=True),
}


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one event."""
    event = world.find("event", given["id"])
    if event is None:
        raise missing("event", given["id"])
    return event


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of events."""
    return page(world, "event", given, url="/v1/events", equal=("type",))


def create_endpoint(world: World, given: Mapping[str, Any]) -> Document:
    """Register where events go; the answer shows the signing secret, once."""
    endpoint = register(world, given["url"], secret=world.new_id("whsec"), enabled=given["enabled_events"])
    endpoint["description"] = given.get("description")
    endpoint["metadata"] = given.get("metadata", {})
    return endpoint


def endpoints(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of endpoints, without their secrets."""
    found = page(world, "endpoint", given, url="/v1/webhook_endpoints")
    return {**found, "data": [{name: value for name, value in one.items() if name != "secret"} for one in found["data"]]}


def register(world: World, url: str, *, secret: str, enabled: list[str]) -> Document:
    """Register an endpoint with a secret; the same address again takes the new secret."""
    _check_loopback(url)
    known = next((one for one in world.oldest_first("endpoint") if one["url"] == url), None)
    return world.put(
        "endpoint",
        {
            "id": known["id"] if known else world.new_id("we"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": world.now,
            "description": None,
            "enabled_events": enabled,
            "livemode": False,
            "metadata": {},
            "secret": secret,
            "status": "enabled",
            "url": url,
        },
    )


def _check_loopback(url: str) -> None:
    """Let the sandbox call this machine only."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here or parts.scheme != "http":
        raise Refused("Invalid URL: the sandbox calls http addresses of this machine only", code="url_invalid", param="url")
