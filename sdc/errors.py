"""What the application refuses, and why; `sdc/problems.py` alone knows the HTTP status of each.

SdcError
├── MalformedRequestError          the bytes are not a request
│   ├── MissingKeyError            a POST without its Idempotency-Key
│   ├── MediaTypeError             not the content type this takes
│   └── TooLargeError              more bytes than this takes
├── InvalidFieldError              a value that does not validate
├── RulebookRefusedError           a text that is no rulebook: where, what is wrong, what was expected
├── UnauthenticatedError           no token, or one that no longer counts
├── ForbiddenError                 the role may not do this at all
├── NotFoundError                  not there, or not yours
├── WrongStateError                not now: says which moves are open
├── ConflictError                  it contradicts what stands
│   └── FundingShortError          the source holds less than is asked
├── KeyReusedError                 the key was used for another request
├── TwinRunningError               the same request is still running
├── RateLimitedError               too often
├── BusyError                      the database or a processor did not answer in time
├── ForgedEventError               an event whose signature does not hold
└── ConfigurationError             the process may not start like this
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID


class SdcError(Exception):
    """The root of everything the application refuses."""


class MalformedRequestError(SdcError):
    """The bytes are not a request that can be read."""


class MissingKeyError(MalformedRequestError):
    """A request that changes something came without a usable `Idempotency-Key`."""


class MediaTypeError(MalformedRequestError):
    """The body is of a content type that this route does not take."""


class TooLargeError(MalformedRequestError):
    """The body is larger than this route takes."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field and what is wrong with it, in words."""

    field: str
    message: str


class InvalidFieldError(SdcError):
    """One or more values do not validate."""

    def __init__(self, field: str, message: str, *, more: Sequence[FieldError] = ()) -> None:
        super().__init__(f"{field}: {message}")
        self.errors = (FieldError(field, message), *more)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a text that somebody wrote: in which file and line, what is wrong, and what was expected."""

    file: str
    line: int | None
    problem: str
    expected: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.problem}" + (f" (expected {self.expected})" if self.expected else "")


class RulebookRefusedError(SdcError):
    """A text that can not be used as a rulebook, or as cases of one; every mistake that was found is named."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(str(one) for one in mistakes[:3]))
        self.mistakes = tuple(mistakes)


class UnauthenticatedError(SdcError):
    """No bearer token, or one that is unknown, expired or revoked."""


class ForbiddenError(SdcError):
    """The caller's role may not do this at all."""

    def __init__(self, role: str, permission: str) -> None:
        super().__init__(f"the role {role} may not {permission}")
        self.role = role
        self.permission = permission


class NotFoundError(SdcError):
    """There is no such thing, or it is not the caller's to see."""

    def __init__(self, kind: str, subject: UUID | str | None = None) -> None:
        super().__init__(f"no such {kind}")
        self.kind = kind
        self.subject = subject


class WrongStateError(SdcError):
    """The move is not open in the state the subject is in."""

    def __init__(self, kind: str, subject: UUID, *, state: str, move: str, open_moves: Iterable[str]) -> None:
        self.open_moves = tuple(sorted(open_moves))
        moves = ", ".join(self.open_moves) or "none"
        article = "an" if kind[:1] in "aeiou" else "a"
        super().__init__(f"{article} {kind} that is {state} can not take the move {move}; open moves: {moves}")
        self.kind = kind
        self.subject = subject
        self.state = state
        self.move = move


class ConflictError(SdcError):
    """The request contradicts something that already stands."""


class FundingShortError(ConflictError):
    """An account of the program holds less than is asked of it."""

    def __init__(self, what: str, *, available_cents: int, required_cents: int) -> None:
        super().__init__(f"{what} holds {available_cents} cents, {required_cents} are needed")
        self.available_cents = available_cents
        self.required_cents = required_cents


class KeyReusedError(SdcError):
    """The idempotency key was used before with another request."""


class TwinRunningError(SdcError):
    """The same request with the same key is still being worked on."""


class RateLimitedError(SdcError):
    """The caller asks more often than this route allows."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"too many requests: try again in {retry_after_seconds} seconds")
        self.retry_after_seconds = retry_after_seconds


class BusyError(SdcError):
    """The database or a processor did not answer in time; nothing was acknowledged."""


class ForgedEventError(SdcError):
    """A webhook whose signature, age or bytes do not hold."""


class ConfigurationError(SdcError):
    """The settings are such that the process must not start."""
