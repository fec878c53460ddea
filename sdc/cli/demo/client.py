"""A client as anyone would write one: bearer tokens, idempotency keys, and a plain word when the answer is not the one expected."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from sdc.errors import SdcError

TIMEOUT_SECONDS = 30.0


class UnexpectedAnswerError(SdcError):
    """The server answered something that the story does not expect."""


class Client:
    """One person at the API."""

    def __init__(self, http: httpx.AsyncClient, token: str | None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def with_token(self, token: str) -> "Client":
        """Be somebody else at the same server."""
        return Client(self._http, token)

    async def get(self, path: str, **parameters: str | int) -> Any:  # noqa: ANN401 - JSON
        """Read something that must be there."""
        return _expected(await self._http.get(path, params=parameters, headers=self._headers), "GET", path)

    async def post(self, path: str, body: Mapping[str, Any] | None = None, *, language: str = "en") -> Any:  # noqa: ANN401 - JSON
        """Do something that must succeed."""
        headers = {**self._headers, "Idempotency-Key": str(uuid4()), "Accept-Language": language}
        answer = await self._http.post(path, json={} if body is None else body, headers=headers)
        return _expected(answer, "POST", path)


def _expected(answer: httpx.Response, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
    if answer.is_success:
        return answer.json() if answer.content else None
    problem: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {"detail": answer.text[:200]}
    wrong = "; ".join(f"{e['field']}: {e['message']}" for e in problem.get("errors") or [])
    message = f"{method} {path} answered {answer.status_code}: {problem.get('detail')} {wrong}".strip()
    raise UnexpectedAnswerError(message)
