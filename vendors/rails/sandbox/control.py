"""The sandbox's own calls under /_sandbox, for people and tests: look inside, plan faults, act as Stripe or a vendor's bank would."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox import accounts, events, transfers
from vendors.rails.sandbox.faults import Faults
from vendors.rails.sandbox.parameters import MAX_AMOUNT, Field, Shape, check, one_of, text, truth, whole
from vendors.rails.sandbox.refusals import Document, Refused
from vendors.rails.sandbox.world import API_VERSION, SETTINGS, World

SETTINGS_SHAPE: Final[Shape] = {"auto_activate": Field(truth, required=True)}
WEBHOOK_SHAPE: Final[Shape] = {"url": Field(text, required=True), "secret": Field(text, required=True)}
ACCOUNT_SHAPE: Final[Shape] = {"capability": Field(one_of("active", "pending", "restricted", "rejected")), "closed": Field(truth)}
REVERSE_SHAPE: Final[Shape] = {"amount_cents": Field(whole(1, MAX_AMOUNT))}


@dataclass(slots=True)
class Control:
    """What the sandbox's own calls work on."""

    world: World
    faults: Faults
    calls: Counter[str] = field(default_factory=Counter)

    def answer(self, method: str, path: str, given: Mapping[str, Any]) -> Document:
        """Answer one of the sandbox's own calls; a reset is the shell's, which holds the file.

        Raises:
            Refused: there is no such call, or it does not take what was given.

        """
        answer: Document
        match method, path.split("/")[2:]:
            case "GET", []:
                answer = {"sandbox": "stripe", "api_version": API_VERSION}
            case "GET", ["state"]:
                answer = self.state()
            case "POST", ["faults"]:
                answer = self.faults.add(dict(given))
            case "GET", ["faults"]:
                answer = {"faults": self.faults.listed()}
            case "DELETE", ["faults"]:
                self.faults.clear()
                answer = {"faults": []}
            case "POST", ["settings"]:
                answer = self.world.put("settings", {"id": SETTINGS, **check(given, SETTINGS_SHAPE)})
            case "POST", ["webhooks"]:
                wanted = check(given, WEBHOOK_SHAPE)
                answer = _without_secret(events.register(self.world, wanted["url"], secret=wanted["secret"], enabled=["*"]))
            case "POST", ["accounts", account_id]:
                answer = accounts.set_state(self.world, account_id, **check(given, ACCOUNT_SHAPE))
            case "POST", ["transfers", transfer_id, "reverse"]:
                back = check(given, REVERSE_SHAPE)
                amount = {"amount": back["amount_cents"]} if back else {}
                answer = transfers.reverse(self.world, {"id": transfer_id, **amount})
            case _:
                raise Refused(f"Unrecognized request URL ({method}: {path}).", status=HTTPStatus.NOT_FOUND)
        return answer

    def state(self) -> Document:
        """Show everything: Stripe's objects oldest first, the balance in cents, and how often each call came since the start."""
        world = self.world
        return {
            "balance": {"available_cents": world.available_cents, "pending_cents": 0},
            "accounts": list(world.oldest_first("account")),
            "topups": list(world.oldest_first("topup")),
            "transfers": list(world.oldest_first("transfer")),
            "reversals": list(world.oldest_first("reversal")),
            "balance_transactions": list(world.oldest_first("balance_transaction")),
            "events": list(world.oldest_first("event")),
            "webhooks": [_without_secret(one) for one in world.oldest_first("endpoint")],
            "settings": {"auto_activate": world.auto_activates},
            "faults": self.faults.listed(),
            "requests": self.calls.total(),
            "calls": dict(sorted(self.calls.items())),
        }


def _without_secret(endpoint: Document) -> Document:
    return {name: value for name, value in endpoint.items() if name != "secret"}
