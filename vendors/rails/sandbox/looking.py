"""What the sandbox shows of its inside."""

from vendors.rails.sandbox import banks
from vendors.rails.sandbox.refusals import Document
from vendors.rails.sandbox.world import World, of


def look(world: World) -> Document:
    """Show Stripe's objects, oldest first, and balances in cents; what belongs to connected accounts stands under `connected`."""
    return {
        "balance": _balance(world, None),
        "accounts": list(world.oldest_first("account")),
        "topups": list(world.oldest_first("topup")),
        "transfers": list(world.oldest_first("transfer")),
        "reversals": list(world.oldest_first("reversal")),
        "payouts": list(world.oldest_first("payout")),
        "balance_transactions": list(world.oldest_first("balance_transaction")),
        "events": list(world.oldest_first("event")),
        "thin_events": list(world.oldest_first("thin_event")),
        "connected": {account["id"]: _connected(world, account["id"]) for account in world.oldest_first("account")},
        "clock": {"now": world.now, "ahead_seconds": world.ahead_seconds},
        "due": sorted(world.oldest_first("due"), key=lambda one: int(one["at"])),
        "settings": world.settings,
        "faults": world.faults.listed(),
    }


def _connected(world: World, account_id: str) -> Document:
    return {
        "balance": _balance(world, account_id),
        "bank_account": banks.bank_of(world, account_id),
        "payouts": list(world.oldest_first(of("payout", account_id))),
        "balance_transactions": list(world.oldest_first(of("balance_transaction", account_id))),
        "events": list(world.oldest_first(of("event", account_id))),
    }


def _balance(world: World, account_id: str | None) -> Document:
    available, pending = world.balance(account_id)
    return {"available_cents": available, "pending_cents": pending}
