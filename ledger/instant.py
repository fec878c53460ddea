"""Instants as whole microseconds since 1970, the same on both databases and in every hash."""

from datetime import UTC, datetime, timedelta

from ledger.errors import InvalidInstantError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """Count the microseconds from 1970 to `at`.

    Raises:
        InvalidInstantError: `at` names no time zone.

    """
    if at.tzinfo is None:
        raise InvalidInstantError(at)
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Name the instant that lies so many microseconds after 1970, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND
