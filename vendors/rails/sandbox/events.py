"""Events of what happened, to be polled, and the endpoints to which they are delivered."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from vendors.rails.sandbox.listing import CREATED, PAGING, PAGING_OF_VERSION_2, page, page_of_version_2, within
from vendors.rails.sandbox.parameters import Field, Shape, between_instants, metadata, text, texts, truth
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import API_VERSION, World, of

OUR_OWN: Final = ("connect", "thin_secret")
"""What the sandbox keeps of an endpoint that Stripe does not show."""
LIST: Final[Shape] = {**PAGING, **CREATED, "type": Field(text), "types": Field(texts)}
LIST_THIN: Final[Shape] = {
    **PAGING_OF_VERSION_2,
    "created": Field(between_instants),
    "object_id": Field(text),
    "types": Field(texts),
}
LIST_ENDPOINTS: Final[Shape] = PAGING
CREATE_ENDPOINT: Final[Shape] = {
    "description": Field(text),
    "connect": Field(truth),
    "enabled_events": Field(texts, required=True),
    "metadata": Field(metadata),
    "url": Field(text, required=True),
}


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return one event."""
    event = world.find(of("event", given.get("stripe_account")), given["id"])
    if event is None:
        raise missing("event", given["id"])
    return event


def listed(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of events, of the platform or of a connected account."""
    kind = of("event", given.get("stripe_account"))
    among = (one for one in world.newest_first(kind) if one["type"] in given["types"]) if "types" in given else None
    return page(world, kind, given, url="/v1/events", equal=("type",), among=among)


def retrieve_thin(world: World, given: Mapping[str, Any]) -> Document:
    """Return one thin event of version 2."""
    event = world.find("thin_event", given["id"])
    if event is None:
        raise missing("event", given["id"])
    return event


def listed_thin(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of thin events."""
    types, object_id, bounds = given.get("types"), given.get("object_id"), given.get("created", {})

    def matches(event: Document) -> bool:
        made = datetime.fromisoformat(event["created"]).timestamp()
        fits = types is None or event["type"] in types
        return fits and object_id in {None, event["related_object"]["id"]} and within(made, bounds)

    return page_of_version_2(world, "thin_event", given, url="/v2/core/events", matches=matches, shown=dict)


def create_endpoint(world: World, given: Mapping[str, Any]) -> Document:
    """Register where events go; the answer shows the signing secret, once."""
    endpoint = register(world, given["url"], secret=world.new_id("whsec"), enabled=given["enabled_events"], connect=given.get("connect"))
    told = {"description": given.get("description"), "metadata": given.get("metadata", {})}
    return without(world.put("endpoint", {**endpoint, **told}), *OUR_OWN)


def endpoints(world: World, given: Mapping[str, Any]) -> Document:
    """Return a page of endpoints, without their secrets."""
    found = page(world, "endpoint", given, url="/v1/webhook_endpoints")
    return {**found, "data": [without(one, "secret", *OUR_OWN) for one in found["data"]]}


def without(endpoint: Document, *names: str) -> Document:
    """Show an endpoint without some of it."""
    return {name: value for name, value in endpoint.items() if name not in names}


def register(
    world: World, url: str, *, secret: str, enabled: list[str], thin_secret: str | None = None, connect: bool | None = None
) -> Document:
    """Register an endpoint with a secret; the same address again takes the new secret.

    Thin events are signed with `thin_secret` where there is one: Stripe delivers them by a destination of their own.
    `connect` takes events of connected accounts only, or those of the platform only; without it, both.
    """
    _check_loopback(url)
    known = next((one for one in world.oldest_first("endpoint") if one["url"] == url), None)
    return world.put(
        "endpoint",
        {
            "id": known["id"] if known else world.new_id("we"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "connect": connect,
            "created": world.now,
            "description": None,
            "enabled_events": enabled,
            "livemode": False,
            "metadata": {},
            "secret": secret,
            "thin_secret": thin_secret,
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
