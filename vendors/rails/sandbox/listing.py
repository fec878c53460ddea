"""Lists as Stripe pages them: newest first, by cursor."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from vendors.rails.sandbox.parameters import Field, Shape, moment, text, whole
from vendors.rails.sandbox.refusals import Document, missing
from vendors.rails.sandbox.world import Kind, World

PAGING: Final[Shape] = {"limit": Field(whole(1, 100)), "starting_after": Field(text), "ending_before": Field(text)}
CREATED: Final[Shape] = {"created": Field(moment)}
DEFAULT_LIMIT: Final = 10


def page(world: World, kind: Kind, given: Mapping[str, Any], *, url: str, equal: tuple[str, ...] = ()) -> Document:
    """Return one page of the objects that match: `created` by bounds, the fields in `equal` exactly."""
    limit = given.get("limit", DEFAULT_LIMIT)
    wanted = {name: given[name] for name in equal if name in given}
    matching: Iterator[Document] = (one for one in world.newest_first(kind) if _matches(one, wanted, given.get("created", {})))
    if "ending_before" in given:
        newer = list(_until(matching, _cursor(world, kind, given, "ending_before")))
        data, more = newer[-limit:], len(newer) > limit
    else:
        if "starting_after" in given:
            matching = _after(matching, _cursor(world, kind, given, "starting_after"))
        data = list(islice(matching, limit + 1))
        data, more = data[:limit], len(data) > limit
    return {"object": "list", "data": data, "has_more": more, "url": url}


def _cursor(world: World, kind: Kind, given: Mapping[str, Any], param: str) -> str:
    object_id: str = given[param]
    if world.find(kind, object_id) is None:
        raise missing(kind, object_id, param=param, status=HTTPStatus.BAD_REQUEST)
    return object_id


def _matches(document: Document, wanted: Mapping[str, Any], created: Mapping[str, int]) -> bool:
    if any(document.get(name) != value for name, value in wanted.items()):
        return False
    made: int = document["created"]
    return (
        made > created.get("gt", -1)
        and made >= created.get("gte", 0)
        and made < created.get("lt", made + 1)
        and made <= created.get("lte", made)
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
