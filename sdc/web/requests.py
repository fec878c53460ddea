"""Every request: read strictly, given an id, and logged in one line that holds nothing about anyone."""

import time
from typing import Any

import structlog
from litestar import Request
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sdc.ids import new_id
from sdc.web.input import read_json

REQUEST_ID = "x-request-id"
_log = structlog.get_logger("sdc.request")


class StrictRequest(Request[Any, Any, State]):
    """A request whose JSON body is read by our own rules."""

    async def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Read the body as strict JSON, whatever the handler then makes of it."""
        return read_json(await self.body(), self.content_type[0])


def request_log(app: ASGIApp) -> ASGIApp:
    """Wrap the application: an id for each request, one log line after it, headers that keep browsers safe."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        request_id = str(new_id())
        started = time.perf_counter()
        status = 500

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (REQUEST_ID.encode(), request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"cache-control", b"no-store"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        try:
            await app(scope, receive, send_marked)
        finally:
            user = scope.get("user")
            _log.info(
                "request",
                method=scope["method"],
                route=scope.get("path_template") or "unmatched",
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1_000, 1),
                request_id=request_id,
                principal_id=None if user is None else str(user.id),
            )

    return logged
