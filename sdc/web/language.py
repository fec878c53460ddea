"""The language of an answer: English unless the caller asks for Spanish first."""

from typing import Any

from litestar import Request

from sdc.web.input import Language

_SPOKEN: dict[str, Language] = {"en": "en", "es": "es"}


def language_of(request: Request[Any, Any, Any]) -> Language:
    """Read `Accept-Language`: the language of ours that the caller likes most, English when there is none."""
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(request.headers.get("accept-language", "").split(",")):
        name, _, weight = part.partition(";")
        language = _SPOKEN.get(name.strip().lower().partition("-")[0])
        liking = _weight(weight)
        if language is not None and liking > 0:  # a weight of 0 says: not this one
            wishes.append((-liking, place, language))
    return min(wishes)[2] if wishes else "en"


def _weight(text: str) -> float:
    value = text.strip().removeprefix("q=")
    try:
        return min(1.0, max(0.0, float(value))) if value else 1.0
    except ValueError:
        return 0.0
