"""Balance settings: when a recipient's balance is paid out, and what its bank statement calls it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vendors.rails.sandbox.parameters import Field, Shape, nested, one_of, text, truth, whole
from vendors.rails.sandbox.refusals import Document, Refused
from vendors.rails.sandbox.world import World

DELAY_DAYS: Final = 1
MAX_DELAY_DAYS: Final = 31
DESCRIPTOR_LENGTH: Final = 22
NOT_IN_A_DESCRIPTOR: Final = frozenset("<>\\'\"*")
FRIDAY: Final = 4
OURS: Final = "platform"

UPDATE: Final[Shape] = {
    "payments": Field(
        nested(
            {
                "debit_negative_balances": Field(truth),
                "payouts": Field(
                    nested({"schedule": Field(nested({"interval": Field(one_of("daily", "manual"))})), "statement_descriptor": Field(text)})
                ),
                "settlement_timing": Field(nested({"delay_days_override": Field(whole(1, MAX_DELAY_DAYS))})),
            }
        )
    )
}


def retrieve(world: World, given: Mapping[str, Any]) -> Document:
    """Return the settings of the platform or of a connected account."""
    kept = _kept(world, given.get("stripe_account"))
    return {
        "object": "balance_settings",
        "payments": {
            "debit_negative_balances": kept["debit_negative_balances"],
            "payouts": {
                "minimum_balance_by_currency": None,
                "schedule": {"interval": kept["interval"]},
                "statement_descriptor": kept["statement_descriptor"],
                "status": "enabled",
            },
            "settlement_timing": {"delay_days": kept["delay_days"]},
        },
    }


def update(world: World, given: Mapping[str, Any]) -> Document:
    """Change what is given and leave the rest.

    Raises:
        Refused: a bank would not print the statement descriptor.

    """
    payments = given.get("payments", {})
    payouts = payments.get("payouts", {})
    changes = {
        "debit_negative_balances": payments.get("debit_negative_balances"),
        "interval": payouts.get("schedule", {}).get("interval"),
        "statement_descriptor": payouts.get("statement_descriptor"),
        "delay_days": payments.get("settlement_timing", {}).get("delay_days_override"),
    }
    _check_descriptor(changes["statement_descriptor"])
    account_id = given.get("stripe_account")
    kept = {**_kept(world, account_id), **{name: value for name, value in changes.items() if value is not None}}
    world.put("balance_settings", kept)
    if account_id and world.balance(account_id)[0] > 0:
        expect(world, account_id)
    answer = retrieve(world, given)
    world.happened("balance_settings.updated", answer, account=account_id)
    return answer


def expect(world: World, account_id: str) -> None:
    """Note that what a recipient has will be paid out, unless its payouts are made by hand."""
    if not is_automatic(world, account_id):
        return
    at = world.now if is_at_once(world) else business_day(world.now, _kept(world, account_id)["delay_days"])
    world.later(at, "payout_due", once=f"payout:{account_id}:{at}", account=account_id)


def is_automatic(world: World, account_id: str) -> bool:
    """Say whether a recipient's balance is paid out by itself."""
    return bool(_kept(world, account_id)["interval"] == "daily")


def is_at_once(world: World) -> bool:
    """Say whether the sandbox is set to let payouts arrive the moment they are made."""
    return bool(world.settings["payouts"] == "at_once")


def business_day(since: int, days: int) -> int:
    """Return the start of the business day so many days on; there are no holidays here."""
    day = datetime.fromtimestamp(since, tz=UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() <= FRIDAY
    return int(day.timestamp())


def statement_descriptor(world: World, account_id: str | None) -> str | None:
    """Return what a payout is called at the bank."""
    descriptor = _kept(world, account_id)["statement_descriptor"]
    return None if descriptor is None else str(descriptor)


def _kept(world: World, account_id: str | None) -> Document:
    owner = account_id or OURS
    return world.find("balance_settings", owner) or {
        "id": owner,
        "debit_negative_balances": False,
        "delay_days": DELAY_DAYS,
        "interval": "daily" if account_id else "manual",
        "statement_descriptor": None,
    }


def _check_descriptor(descriptor: str | None) -> None:
    if descriptor is None:
        return
    printable = descriptor.isascii() and descriptor.isprintable() and not NOT_IN_A_DESCRIPTOR & set(descriptor)
    if not printable or len(descriptor) > DESCRIPTOR_LENGTH or not any(letter.isalpha() for letter in descriptor):
        param = "payments[payouts][statement_descriptor]"
        raise Refused(f"Invalid statement descriptor: up to {DESCRIPTOR_LENGTH} plain characters with a letter among them", param=param)
