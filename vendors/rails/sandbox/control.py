"""The sandbox's own calls under /_sandbox, for people and tests: look inside, plan faults, act as time, Stripe or a bank would."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox import accounts, banks, events, passing, payouts, routes, schedules, topups, transfers
from vendors.rails.sandbox.capabilities import STATES
from vendors.rails.sandbox.looking import look
from vendors.rails.sandbox.parameters import MAX_AMOUNT, Field, Shape, check, instant, one_of, text, truth, whole
from vendors.rails.sandbox.refusals import Document, Refused, missing
from vendors.rails.sandbox.world import API_VERSION, CLOCK, SETTINGS, World, of

MAX_ADVANCE_SECONDS: Final = 10 * 366 * 24 * 60 * 60


def _instant(value: Any, param: str) -> float:  # noqa: ANN401 - what somebody wrote
    """Read an instant as either version of the API writes it."""
    return instant(value, param) if isinstance(value, str) else whole(0, MAX_AMOUNT)(value, param)


SETTINGS_SHAPE: Final[Shape] = {"auto_activate": Field(truth), "payouts": Field(one_of("at_once", "next_business_day"))}
WEBHOOK_SHAPE: Final[Shape] = {"url": Field(text, required=True), "secret": Field(text, required=True), "thin_secret": Field(text)}
ACCOUNT_SHAPE: Final[Shape] = {"capability": Field(one_of(*STATES)), "closed": Field(truth)}
BANK_SHAPE: Final[Shape] = {"as": Field(one_of("updated", "created"))}
REVERSE_SHAPE: Final[Shape] = {"amount_cents": Field(whole(1, MAX_AMOUNT))}
PAYOUT_SHAPE: Final[Shape] = {
    "status": Field(one_of("in_transit", "paid", "failed"), required=True),
    "code": Field(one_of(*payouts.REASONS)),
}
CLOCK_SHAPE: Final[Shape] = {"now": Field(_instant), "advance_seconds": Field(whole(0, MAX_ADVANCE_SECONDS))}


@dataclass(slots=True)
class Control:
    """What the sandbox's own calls work on."""

    world: World
    calls: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    """What Stripe's document found wrong with answers of ours: always nothing."""

    def answer(self, method: str, path: str, given: Mapping[str, Any]) -> Document:
        """Answer one of the sandbox's own calls; a reset is the shell's, which holds the file.

        Raises:
            Refused: there is no such call, or it does not take what was given.

        """
        steps = path.split("/")[2:]
        answer = self._shown(method, steps) if method != "POST" else self._done(steps, given)
        if answer is None:
            raise Refused(f"Unrecognized request URL ({method}: {path}).", status=HTTPStatus.NOT_FOUND)
        return answer

    def _shown(self, method: str, steps: list[str]) -> Document | None:
        answer: Document | None = None
        match method, steps:
            case "GET", []:
                answer = {"sandbox": "stripe", "api_version": API_VERSION}
            case "GET", ["state"]:
                answer = self.state()
            case "GET", ["clock"]:
                answer = _clock(self.world)
            case "GET" | "DELETE", ["faults"]:
                if method == "DELETE":
                    self.world.faults.clear()
                answer = {"faults": self.world.faults.listed()}
        return answer

    def _done(self, steps: list[str], given: Mapping[str, Any]) -> Document | None:
        world, answer = self.world, None
        match steps:
            case ["faults"]:
                answer = world.faults.add(dict(given), {route.call for route in routes.ROUTES})
            case ["settings"]:
                answer = _set(world, given)
            case ["clock"]:
                answer = _move(world, given)
            case ["webhooks"]:
                wanted = check(given, WEBHOOK_SHAPE)
                answer = _without_secrets(events.register(world, wanted.pop("url"), **wanted, enabled=["*"]))
            case [kind, object_id, *act]:
                answer = _act(world, kind, object_id, "/".join(act), given)
        return answer

    def state(self) -> Document:
        """Show everything: Stripe's objects oldest first, the balance in cents, and how often each call came since the start."""
        return {
            **look(self.world),
            "webhooks": [_without_secrets(one) for one in self.world.oldest_first("endpoint")],
            "complaints": list(self.complaints),
            "requests": self.calls.total(),
            "calls": dict(sorted(self.calls.items())),
        }

    def clear(self) -> None:
        """Count anew."""
        self.calls.clear()
        self.complaints.clear()


def _act(world: World, kind: str, object_id: str, act: str, given: Mapping[str, Any]) -> Document | None:
    """Do what Stripe, the vendor or a bank would do on its own."""
    match kind, act:
        case "accounts", "":
            return accounts.set_state(world, object_id, **check(given, ACCOUNT_SHAPE))
        case "accounts", "bank":
            return _change_bank(world, object_id, given)
        case "transfers", "reverse":
            return transfers.take_back(world, object_id, check(given, REVERSE_SHAPE).get("amount_cents"))
        case "topups", "settle" | "fail" | "reverse":
            acts = {"settle": topups.settle, "fail": topups.fail, "reverse": topups.take_back}
            check(given, {})
            return acts[act](world, object_id)
        case "payouts", "":
            return _move_payout(world, object_id, check(given, PAYOUT_SHAPE))
    return None


def _set(world: World, given: Mapping[str, Any]) -> Document:
    wanted = check(given, SETTINGS_SHAPE)
    if not wanted:
        raise Refused(f"Say at least one of {', '.join(SETTINGS_SHAPE)}", code="parameter_missing")
    return world.put("settings", {"id": SETTINGS, **world.settings, **wanted})


def _clock(world: World) -> Document:
    return {"now": world.now, "instant": world.instant, "ahead_seconds": world.ahead_seconds}


def _move(world: World, given: Mapping[str, Any]) -> Document:
    """Move the sandbox's clock forward, to an instant or by a length, and do what comes due on the way."""
    wanted = check(given, CLOCK_SHAPE)
    if len(wanted) != 1:
        raise Refused("Say either now or advance_seconds.")
    ahead = wanted.get("advance_seconds", int(wanted.get("now", 0)) - world.now)
    if not 0 <= ahead <= MAX_ADVANCE_SECONDS:
        raise Refused("The clock goes forward only, and ten years at most.", param="now")
    world.put("settings", {"id": CLOCK, "ahead_seconds": world.ahead_seconds + ahead})
    passing.let_time_pass(world)
    return _clock(world)


def _change_bank(world: World, account_id: str, given: Mapping[str, Any]) -> Document:
    accounts.the_account(world, account_id)
    bank = banks.set_up(world, account_id, anew=check(given, BANK_SHAPE).get("as") == "created")
    if world.balance(account_id)[0] > 0:
        schedules.expect(world, account_id)
    return bank


def _move_payout(world: World, payout_id: str, wanted: Document) -> Document:
    owners = (None, *(one["id"] for one in world.oldest_first("account")))
    for account_id in owners:
        if world.find(of("payout", account_id), payout_id) is not None:
            match wanted["status"]:
                case "in_transit":
                    payouts.leaves(world, payout_id, account_id)
                case "paid":
                    payouts.arrives(world, payout_id, account_id)
                case _:
                    payouts.fails(world, payout_id, account_id, wanted.get("code", "account_closed"))
            return payouts.retrieve(world, {"id": payout_id, "stripe_account": account_id})
    raise missing("payout", payout_id, param="payout")


def _without_secrets(endpoint: Document) -> Document:
    return events.without(endpoint, "secret", "thin_secret")
