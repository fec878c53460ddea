"""Expansion: an object in the place of its id, where a caller of version 1 of the API asks for it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from vendors.rails.sandbox.accounts import current
from vendors.rails.sandbox.parameters import Field, Shape, texts
from vendors.rails.sandbox.refusals import Document, Refused
from vendors.rails.sandbox.world import World, of

EXPAND: Final[Shape] = {"expand": Field(texts)}
MAX_STEPS: Final = 4
KINDS: Final = {"ba": "bank_account", "po": "payout", "tr": "transfer", "trr": "reversal", "tu": "topup", "txn": "balance_transaction"}
UNKNOWN_HERE: Final = frozenset({"py", "pyr"})
"""Payments and refunds on the recipient's side, which the sandbox has no objects for: their ids stay."""


def expanded(world: World, answer: Document, paths: Iterable[str], *, account: str | None) -> Document:
    """Return an answer with what the paths name put in the place of ids.

    Raises:
        Refused: a path is too long, or what it names is no id.

    """
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_STEPS:
            raise Refused(f"You cannot expand more than {MAX_STEPS} levels of a property", param="expand")
        answer = _into(world, answer, steps, account, path)
    return answer


def _into(world: World, part: Any, steps: list[str], account: str | None, path: str) -> Any:  # noqa: ANN401 - Stripe's JSON
    if isinstance(part, list):
        return [_into(world, one, steps, account, path) for one in part]
    step, rest = steps[0], steps[1:]
    if not isinstance(part, Mapping) or step not in part:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    inner = part[step]
    if isinstance(inner, str):
        inner = _object(world, inner, account, path)
    if rest and isinstance(inner, (Mapping, list)):
        inner = _into(world, inner, rest, account, path)
    elif not rest and isinstance(inner, list):
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    return {**part, step: inner}


def _object(world: World, object_id: str, account: str | None, path: str) -> Document | str:
    prefix = object_id.partition("_")[0]
    if prefix == "acct" and world.find("account", object_id) is not None:
        return current(world, {"stripe_account": object_id})
    kind = KINDS.get(prefix)
    found = next(_places(world, kind, object_id, account), None) if kind else None
    if found is None and prefix not in UNKNOWN_HERE:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    return object_id if found is None else found


def _places(world: World, kind: str, object_id: str, account: str | None) -> Iterator[Document]:
    for where in (of(kind, account), kind):
        found = world.find(where, object_id)
        if found is not None:
            yield found
