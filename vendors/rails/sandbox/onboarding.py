"""The sandbox's onboarding page: one button, after which the recipient can be paid."""

from html import escape
from http import HTTPStatus
from typing import Final

from vendors.rails.sandbox.accounts import set_state, transfers_status
from vendors.rails.sandbox.world import World

PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sandbox onboarding</title></head>
<body>
<main>
<h1>Sandbox: tell Stripe about yourself</h1>
<p>The real page asks for your name, your tax number and your bank account. This one asks for nothing and pays nobody.</p>
<p>Account: <code>{account}</code></p>
<form method="post"><button type="submit">Complete the sign-up</button></form>
</main>
</body>
</html>
"""

DONE: Final = "<!doctype html><title>Done</title><p>Done. You may close this page.</p>"


def visit(world: World, method: str, token: str) -> tuple[int, str, str]:
    """Show the page, or complete it; return status, address to go to, and page.

    A link that was used or is too old leads to where a new one is minted.
    """
    link = world.find("link", token)
    if link is None:
        return HTTPStatus.NOT_FOUND, "", "<!doctype html><title>No such link</title><p>There is no such link.</p>"
    if link["used"] or link["expires_at"] <= world.now:
        return HTTPStatus.SEE_OTHER, link["refresh_url"], ""
    account = world.find("account", link["account"])
    if method != "POST" or account is None:
        return HTTPStatus.OK, "", PAGE.format(account=escape(link["account"]))
    world.put("link", {**link, "used": True})
    if not account["closed"] and transfers_status(account) != "active":
        set_state(world, account["id"], capability="active")
    if "return_url" not in link:
        return HTTPStatus.OK, "", DONE
    return HTTPStatus.SEE_OTHER, link["return_url"], ""
