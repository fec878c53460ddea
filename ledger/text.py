"""Text that both databases keep as it is."""

from ledger.errors import InvalidTextError


def check_text(field: str, value: object, *, at_most: int, at_least: int = 0) -> None:
    """Refuse text that PostgreSQL or UTF-8 cannot keep, or of the wrong length.

    Raises:
        InvalidTextError: `value` is not such text.

    """
    if not isinstance(value, str) or not at_least <= len(value) <= at_most or "\x00" in value:
        raise InvalidTextError(field)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidTextError(field) from error
