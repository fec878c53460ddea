"""Every refusal as a problem that a person and a program can act on (RFC 9457); the only place that knows statuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap, Scope
from pydantic import BaseModel

from sdc import errors, journal
from sdc.auth.guards import principal_of
from sdc.idempotency import ReplayError

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger("sdc.problem")
_SERVER_ERROR = 500
_KEY_HEADER = "idempotency-key"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its stable name, its status, its title. Each is explained in `docs/problems.md`."""

    name: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        """The `type` of an answer: relative to wherever the service runs."""
        return f"/problems/{self.name}"


class FieldProblem(BaseModel):
    """One field and what is wrong with it."""

    field: str
    message: str
    file: str | None = None
    line: int | None = None
    expected: str | None = None


class Problem(BaseModel):
    """What every refusal looks like."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
    open_moves: list[str] | None = None


MALFORMED = ProblemType("malformed-request", 400, "This request can not be read")
MISSING_KEY = ProblemType("missing-idempotency-key", 400, "This request needs an Idempotency-Key")
FORGED_EVENT = ProblemType("forged-event", 400, "This event is not from the processor")
UNAUTHENTICATED = ProblemType("unauthenticated", 401, "Say who you are")
FORBIDDEN = ProblemType("forbidden", 403, "Your role may not do this")
NOT_FOUND = ProblemType("not-found", 404, "There is no such thing here")
METHOD_NOT_ALLOWED = ProblemType("method-not-allowed", 405, "This path does not take this method")
WRONG_STATE = ProblemType("wrong-state", 409, "This can not be done now")
CONFLICT = ProblemType("conflict", 409, "This contradicts what stands")
FUNDING_SHORT = ProblemType("funding-short", 409, "There is not enough money for this")
TWIN_RUNNING = ProblemType("still-running", 409, "The same request is still being worked on")
TOO_LARGE = ProblemType("too-large", 413, "This is too large")
MEDIA_TYPE_REFUSED = ProblemType("unsupported-media-type", 415, "This content type is not taken here")
INVALID = ProblemType("invalid", 422, "Some values are not valid")
RULEBOOK_REFUSED = ProblemType("rulebook-refused", 422, "This is not a rulebook that can be used")
KEY_REUSED = ProblemType("key-reused", 422, "This Idempotency-Key was used for another request")
RATE_LIMITED = ProblemType("rate-limited", 429, "Too many requests")
INTERNAL = ProblemType("internal", 500, "Something went wrong on our side")
BUSY = ProblemType("busy", 503, "Busy: try again in a moment")

BY_ERROR: Mapping[type[Exception], ProblemType] = {
    errors.MissingKeyError: MISSING_KEY,
    errors.MediaTypeError: MEDIA_TYPE_REFUSED,
    errors.TooLargeError: TOO_LARGE,
    errors.MalformedRequestError: MALFORMED,
    errors.InvalidFieldError: INVALID,
    errors.RulebookRefusedError: RULEBOOK_REFUSED,
    errors.UnauthenticatedError: UNAUTHENTICATED,
    errors.ForbiddenError: FORBIDDEN,
    errors.NotFoundError: NOT_FOUND,
    errors.WrongStateError: WRONG_STATE,
    errors.FundingShortError: FUNDING_SHORT,
    errors.ConflictError: CONFLICT,
    errors.KeyReusedError: KEY_REUSED,
    errors.TwinRunningError: TWIN_RUNNING,
    errors.RateLimitedError: RATE_LIMITED,
    errors.BusyError: BUSY,
    errors.ForgedEventError: FORGED_EVENT,
}
_BY_STATUS: Mapping[int, ProblemType] = {
    400: MALFORMED,
    401: UNAUTHENTICATED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: TOO_LARGE,
    415: MEDIA_TYPE_REFUSED,
    422: INVALID,
    429: RATE_LIMITED,
    503: BUSY,
}
_PLAIN_DETAIL: Mapping[int, str] = {
    404: "there is nothing at this path",
    405: "this path does not take this method",
    413: "the body is larger than this route takes",
}
ALL_TYPES = tuple({kind.name: kind for kind in (*BY_ERROR.values(), *_BY_STATUS.values(), INTERNAL)}.values())
_RETRY_AFTER_SECONDS: Mapping[str, int] = {TWIN_RUNNING.name: 1, BUSY.name: 2}


def exception_handlers() -> ExceptionHandlersMap:
    """Give the application its handlers: our errors, the framework's, and anything unforeseen."""
    return {
        errors.SdcError: _refuse,
        ReplayError: _replay,
        ValidationException: _invalid,
        HTTPException: _framework,
        Exception: _unforeseen,
    }


def problem_response(kind: ProblemType, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> Response[Any]:  # noqa: ANN401
    """Build the answer to a refusal."""
    body = {"type": kind.uri, "title": kind.title, "status": kind.status, "detail": detail, **members}
    all_headers = dict(headers or {})
    if kind.name in _RETRY_AFTER_SECONDS:
        all_headers.setdefault("Retry-After", str(_RETRY_AFTER_SECONDS[kind.name]))
    if kind is UNAUTHENTICATED:
        all_headers["WWW-Authenticate"] = "Bearer"
    return Response(body, status_code=kind.status, media_type=MEDIA_TYPE, headers=all_headers)


async def journal_refusal(error: Exception, scope: Scope) -> None:
    """Record that somebody known was refused: their role, something not theirs, a move that was not open."""
    who = principal_of(scope)
    if who is None or not isinstance(error, errors.ForbiddenError | errors.NotFoundError | errors.WrongStateError | errors.ConflictError):
        return
    state = scope["litestar_app"].state
    kind = next(found for error_type, found in BY_ERROR.items() if isinstance(error, error_type))
    route = {"method": str(scope.get("method")), "route": scope.get("path_template")}
    try:
        async with state.sessions.begin() as session:
            journal.record(session, f"refused.{kind.name}", subject=None, by=who.id, at=state.clock.now(), **route)
    except errors.BusyError:
        _log.warning("refusal_not_journaled", principal_id=str(who.id), kind=kind.name)


def _refuse(_: Request[Any, Any, Any], error: errors.SdcError) -> Response[Any]:
    kind = next((found for error_type, found in BY_ERROR.items() if isinstance(error, error_type)), INTERNAL)
    if kind is INTERNAL:
        return _unforeseen(_, error)
    members: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(error, errors.InvalidFieldError):
        members["errors"] = [{"field": e.field, "message": e.message} for e in error.errors]
    if isinstance(error, errors.RulebookRefusedError):
        members["errors"] = [
            {"field": "source", "message": str(one), "file": one.file, "line": one.line, "expected": one.expected} for one in error.mistakes
        ]
    if isinstance(error, errors.WrongStateError):
        members["open_moves"] = list(error.open_moves)
    if isinstance(error, errors.RateLimitedError):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return problem_response(kind, str(error), headers=headers, **members)


def _replay(_: Request[Any, Any, Any], replay: ReplayError) -> Response[Any]:
    return Response(replay.body, status_code=replay.status, media_type="application/json", headers={"Idempotency-Replayed": "true"})


def _invalid(_: Request[Any, Any, Any], error: ValidationException) -> Response[Any]:
    """Answer the framework's complaint about a path, query or header value, or about a body that is not there."""
    extra = error.extra if isinstance(error.extra, list) else []
    found = [
        {"field": str(item.get("key", "request")), "message": str(item.get("message", "not valid"))}
        for item in extra
        if isinstance(item, dict)
    ]
    if _KEY_HEADER in error.detail.lower() or any(item["field"] == "idempotency_key" for item in found):
        return problem_response(
            MISSING_KEY, "send an Idempotency-Key header of 1 to 255 printable ASCII characters: the same key makes a retry safe"
        )
    if any(item["field"] == "data" for item in found):
        return problem_response(MALFORMED, "this needs a body")
    return problem_response(INVALID, "some values are not valid", errors=found or [{"field": "request", "message": error.detail}])


def _framework(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        return _unforeseen(_, error) if error.status_code >= _SERVER_ERROR else problem_response(MALFORMED, "this request can not be read")
    return problem_response(kind, _PLAIN_DETAIL.get(error.status_code, kind.title.lower()), headers=error.headers)


def _unforeseen(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer a fault of ours: the log gets where it happened, the caller that nothing is acknowledged."""
    _log.error("unforeseen", error=type(error).__name__, where=_where(error))
    return problem_response(
        INTERNAL, "this is our fault, and it is logged; nothing was acknowledged: try again with the same Idempotency-Key"
    )


def _where(error: BaseException) -> list[str]:
    """Name the frames of an error without any value that was in them."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-12:]
