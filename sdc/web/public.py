"""The mark of a route that needs no token: the only other declaration a route may make is its permission."""

from typing import Any, Final

PUBLIC: Final[dict[str, Any]] = {"public": True}
