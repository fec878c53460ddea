"""Lists as Stripe pages them: newest first, by cursor."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from vendors.rails.sandbox.parameters import Field, Shape, moment, text, whole
from vendors.rails.sandbox.refusals import Document, missing
from vendors.rails.sandbox.world import World

PAGING: Final[Shape] = {"limit": Field(whole(1, 100)), "starting_after": Field(text), "ending_before": Field(text)}
CREATED: Final[Shape] = {"created": Field(moment)}
PAGING_OF_VERSION_2: Final[Shape] = {"limit": Field(whole(1, 100)), "page": Field(text)}
DEFAULT_LIMIT: Final = 10
DEFAULT_LIMIT_OF_VERSION_2: Final = 20


def page(
    world: World,
    kind: str,
    given: Mapping[str, Any],
    *,
    url: str,
    equal: tuple[str, ...] = (),
    moments: tuple[str, ...] = ("created",),
    among: Iterator[Document] | None = None,
) -> Document:
    """Return one page of the objects that match: the fields in `moments` by bounds, those in `equal` exactly.

    `among` are the only objects that can match, newest first, where the caller knows them.
    """
    limit = given.get("limit", DEFAULT_LIMIT)
    wanted = {name: given[name] for name in equal if name in given}
    bounds = {name: given[name] for name in moments if name in given}
    candidates = world.newest_first(kind) if among is None else among
    matching: Iterator[Document] = (one for one in candidates if _matches(one, wanted, bounds))
    if "ending_before" in given:
        newer = list(_until(matching, _cursor(world, kind, given, "ending_before")))
        data, more = newer[-limit:], len(newer) > limit
    else:
        if "starting_after" in given:
            matching = _after(matching, _cursor(world, kind, given, "starting_after"))
        data = list(islice(matching, limit + 1))
        data, more = data[:limit], len(data) > limit
    return {"object": "list", "data": data, "has_more": more, "url": url}


def page_of_version_2(
    world: World,
    kind: str,
    given: Mapping[str, Any],
    *,
    url: str,
    matches: Callable[[Document], bool],
    shown: Callable[[Document], Document],
) -> Document:
    """Return one page as version 2 of the API does: with the address of the next one, which carries the caller's own filters."""
    limit = given.get("limit", DEFAULT_LIMIT_OF_VERSION_2)
    matching: Iterator[Document] = (one for one in world.newest_first(kind) if matches(one))
    if "page" in given:
        matching = _after(matching, _cursor(world, kind, given, "page"))
    data = list(islice(matching, limit + 1))
    more = None
    if len(data) > limit:
        kept = [(name, value) for name, value in given.items() if name not in {"page", "stripe_account"}]
        more = f"{url}?{urlencode([*_flat(kept), ('page', data[limit - 1]['id'])])}"
    return {"data": [shown(one) for one in data[:limit]], "next_page_url": more, "previous_page_url": None}


def _cursor(world: World, kind: str, given: Mapping[str, Any], param: str) -> str:
    object_id: str = given[param]
    if world.find(kind, object_id) is None:
        raise missing(kind, object_id, param=param, status=HTTPStatus.BAD_REQUEST)
    return object_id


def _matches(document: Document, wanted: Mapping[str, Any], bounds: Mapping[str, Mapping[str, int]]) -> bool:
    if any(document.get(name) != value for name, value in wanted.items()):
        return False
    return all(within(document[name], limits) for name, limits in bounds.items())


def within(made: float, limits: Mapping[str, float]) -> bool:
    """Say whether a moment is within the bounds that were given."""
    return (
        ("gt" not in limits or made > limits["gt"])
        and ("gte" not in limits or made >= limits["gte"])
        and ("lt" not in limits or made < limits["lt"])
        and ("lte" not in limits or made <= limits["lte"])
    )


def _after(documents: Iterator[Document], object_id: str) -> Iterator[Document]:
    for document in documents:
        if document["id"] == object_id:
            break
    return documents


def _until(documents: Iterator[Document], object_id: str) -> Iterator[Document]:
    for document in documents:
        if document["id"] == object_id:
            return
        yield document


def _flat(given: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Write parameters for an address, as version 2 of the API reads them."""
    for name, value in given:
        if isinstance(value, Mapping):
            yield from _flat([(f"{name}[{key}]", inner) for key, inner in value.items()])
        elif isinstance(value, list):
            yield from ((f"{name}[{place}]", str(one)) for place, one in enumerate(value))
        else:
            yield name, str(value).lower() if isinstance(value, bool) else str(value)
