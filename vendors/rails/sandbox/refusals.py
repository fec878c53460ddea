"""What the sandbox refuses, in Stripe's own shape."""

import json
from http import HTTPStatus
from typing import Any

Document = dict[str, Any]
"""An object as Stripe's JSON has it: the sandbox's whole trade, so it is kept in that form."""


class Refused(Exception):  # noqa: N818 - an answer of the sandbox, not a fault in it
    """A call that is answered with an error object."""

    def __init__(
        self, message: str, *, code: str = "", param: str = "", kind: str = "invalid_request_error", status: int = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.status = int(status)
        self.headers: tuple[tuple[str, str], ...] = ()
        self.media_type = "application/json"
        told = {"code": code, "message": message, "param": param, "type": kind}
        self.body = encode({"error": {name: text for name, text in told.items() if text}})


def encode(document: Document) -> bytes:
    """Write an answer's body."""
    return json.dumps(document, separators=(",", ":")).encode()


def missing(what: str, object_id: str, *, param: str = "id", status: int = HTTPStatus.NOT_FOUND) -> Refused:
    """Say that there is no such object."""
    return Refused(f"No such {what}: '{object_id}'", code="resource_missing", param=param, status=status)


class TooMany(Refused):
    """Stripe asks the caller to slow down, or to wait until another call lets go of the object."""

    def __init__(self, code: str = "rate_limit") -> None:
        super().__init__("Too many requests (planned fault).", code=code, status=HTTPStatus.TOO_MANY_REQUESTS)
        self.headers = (("retry-after", "1"),)


class BadGateway(Refused):
    """A proxy in front of Stripe answers in its own words."""

    def __init__(self) -> None:
        super().__init__("", status=HTTPStatus.BAD_GATEWAY)
        self.media_type = "text/html"
        self.body = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
