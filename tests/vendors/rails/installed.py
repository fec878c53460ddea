"""Stripe's calls and objects as the installed SDK describes them, to hold the sandbox's document against."""

import importlib
import inspect
from functools import cache
from typing import Any, NotRequired, get_args, get_origin

import stripe
import stripe.params
import stripe.params.v2.core
from stripe._object_classes import OBJECT_CLASSES, V2_OBJECT_CLASSES
from stripe._request_options import RequestOptions

SIMPLE = {int: "integer", str: "string", bool: "boolean"}
INNER = ("_inner_class_types", "_inner_class_dicts", "_field_encodings")


def parameters(name: str) -> dict[str, tuple[bool, str]] | None:
    """Say of each parameter whether it must be there, and of which kind it is where that is plain."""
    module, short = (stripe.params.v2.core, name.rpartition(".")[2]) if name.startswith("v2.core.") else (stripe.params, name)
    found = getattr(module, short, None)
    if found is None:
        return None
    options = set(RequestOptions.__annotations__)
    return {
        field: (field in found.__required_keys__, _kind(_inside(said)))
        for field, said in found.__annotations__.items()
        if field not in options or field in _own(found)
    }


def fields(name: str) -> dict[str, tuple[bool, str]] | None:
    """Say of each field of an object whether it is always there, and of which kind it is where that is plain."""
    found = _object(name)
    if found is None:
        return None
    told = {field: said for field, said in found.__annotations__.items() if field != "OBJECT_NAME" and field not in INNER}
    return {field: (not _may_be_missing(said), _kind(said)) for field, said in told.items()}


def makes(operation: str, method: str, path: str) -> bool:
    """Say whether the SDK still makes this very call, by the name the document has for it."""
    service, _, verb = operation.partition(".")
    folder = "stripe.v2.core" if path.startswith("/v2/core/") else "stripe"
    module = importlib.import_module(f"{folder}._{_snake(service)}")
    source = inspect.getsource(getattr(getattr(module, service), verb))
    return f'"{method}"' in source and f'"{path}"' in source


@cache
def _object(name: str) -> Any:
    """Find a class by its place: `payout`, or `payout.TraceId` inside it."""
    known = {**OBJECT_CLASSES, **V2_OBJECT_CLASSES}
    steps = name.split(".")
    for length in range(len(steps), 0, -1):
        outer = known.get(".".join(steps[:length]))
        if outer is not None:
            found: Any = getattr(importlib.import_module(outer[0]), outer[1])
            for step in steps[length:]:
                found = getattr(found, step, None)
            return found
    return None


def _own(found: Any) -> set[str]:
    """Name what stands in the class itself, which may be called as an option of every request is."""
    return {line.partition(":")[0].strip() for line in inspect.getsource(found).splitlines() if line.startswith("    ") and ":" in line}


def _inside(said: Any) -> Any:
    return get_args(said)[0] if get_origin(said) is NotRequired else said


def _may_be_missing(said: Any) -> bool:
    return type(None) in get_args(said)


def _kind(said: Any) -> str:
    choices = [one for one in get_args(said) if one is not type(None)] if _may_be_missing(said) else [said]
    return SIMPLE.get(choices[0], "") if len(choices) == 1 else ""


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def version() -> tuple[str, str]:
    """Return the version of the SDK, and that of the API it speaks."""
    return stripe.VERSION, stripe.api_version
