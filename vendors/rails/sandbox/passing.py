"""What happens by itself as time passes: each thing at its own instant, in order, however late the sandbox comes to it."""

from contextlib import suppress

from vendors.rails.sandbox import payouts, topups
from vendors.rails.sandbox.refusals import Document, Refused
from vendors.rails.sandbox.world import World


def let_time_pass(world: World) -> None:
    """Do everything whose instant has come, what follows from it included."""
    while (due := world.take_due()) is not None:
        with world.at(due["at"]):
            _do(world, due)


def _do(world: World, due: Document) -> None:
    account = due.get("account")
    match due["what"]:
        case "payout_due":
            payouts.sweep(world, due["account"])
        case "payout_leaves":
            payouts.leaves(world, due["payout"], account)
        case "payout_arrives":
            payouts.arrives(world, due["payout"], account)
        case "payout_fails":
            with suppress(Refused):  # it was canceled, or failed before
                payouts.fails(world, due["payout"], account, due["code"])
        case "funds_available":
            world.clears(due["transaction"], account)
        case "topup_settles":
            topups.settle(world, due["topup"])
        case "topup_fails":
            topups.fail(world, due["topup"])
        case "topup_reversed":
            topups.take_back(world, due["topup"])
