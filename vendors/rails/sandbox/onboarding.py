"""The sandbox's onboarding page: it asks for nothing, and whoever tries it out chooses how a vendor's sign-up ends."""

from html import escape
from http import HTTPStatus
from typing import Final

from vendors.rails.sandbox import banks
from vendors.rails.sandbox.accounts import set_state
from vendors.rails.sandbox.capabilities import status_of
from vendors.rails.sandbox.refusals import Document
from vendors.rails.sandbox.world import World

FINISH: Final = "finish"
LEAVE: Final = "leave"
RESTRICT: Final = "restrict"
CHANGE_BANK: Final = "bank"
CHOICES: Final = (FINISH, LEAVE, RESTRICT, CHANGE_BANK)

FRAME: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --edge: #5b6472; --strong: #1f5eb8; --on-strong: #fff }}
@media (prefers-color-scheme: dark) {{ :root {{ --edge: #97a1b0; --strong: #8ab4f8; --on-strong: #10151c }} }}
body {{ margin: 0; font: 1.0625rem/1.55 system-ui, sans-serif }}
main {{ max-width: 34rem; margin: 0 auto; padding: 2rem 1.25rem 3rem }}
h1 {{ font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem }}
code {{ overflow-wrap: anywhere }}
button {{ display: block; width: 100%; margin: 1.25rem 0 .25rem; padding: .75rem 1rem; font: inherit; font-weight: 600; text-align: start;
  color: inherit; background: none; border: 2px solid var(--edge); border-radius: .5rem; cursor: pointer }}
button.first {{ color: var(--on-strong); background: var(--strong); border-color: var(--strong) }}
button:focus-visible {{ outline: 3px solid var(--strong); outline-offset: 3px }}
form p {{ margin: 0 }}
</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""

PAGE: Final = """<h1>Sandbox: how does this sign-up end?</h1>
<p>The real page asks a vendor for name, tax number and bank account. This one asks for nothing and pays nobody.</p>
<p>Account <code>{account}</code></p>
<form method="post">
<button class="first" name="choice" value="finish">Finish</button>
<p>The vendor gave everything and can be paid.</p>
<button name="choice" value="leave">Leave it unfinished</button>
<p>The vendor closed the page half-way: nothing changes, and a new link is needed to go on.</p>
<button name="choice" value="restrict">Be restricted</button>
<p>The processor wants more from the vendor before it can be paid.</p>
<button name="choice" value="bank">Use another bank account</button>
<p>The vendor can be paid, at a bank account it did not have before.</p>
</form>"""

DONE: Final = "<h1>Done</h1>\n<p>You may close this page.</p>"
NO_LINK: Final = "<h1>There is no such link</h1>\n<p>Ask the program for a new one.</p>"
NO_CHOICE: Final = "<h1>There is no such choice</h1>\n<p>Go back and press one of the buttons.</p>"


def visit(world: World, method: str, token: str, choice: str = FINISH) -> tuple[int, str, str]:
    """Show the page, or end the sign-up as chosen; return status, address to go to, and page.

    A link that was used or is too old leads to where a new one is minted.
    Coming back says nothing about how it ended: the real page does not either.
    """
    link = world.find("link", token)
    if link is None:
        return HTTPStatus.NOT_FOUND, "", _framed("No such link", NO_LINK)
    if link["used"] or link["expires_at"] <= world.now:
        return HTTPStatus.SEE_OTHER, link["refresh_url"], ""
    account = world.find("account", link["account"])
    if method != "POST" or account is None:
        return HTTPStatus.OK, "", _framed("Sandbox onboarding", PAGE.format(account=escape(link["account"])))
    if choice not in CHOICES:
        return HTTPStatus.BAD_REQUEST, "", _framed("No such choice", NO_CHOICE)
    world.put("link", {**link, "used": True})
    _end(world, account, choice)
    if "return_url" not in link:
        return HTTPStatus.OK, "", _framed("Done", DONE)
    return HTTPStatus.SEE_OTHER, link["return_url"], ""


def _end(world: World, account: Document, choice: str) -> None:
    if account["closed"] or choice == LEAVE:
        return
    if choice == RESTRICT:
        set_state(world, account["id"], capability="restricted")
        return
    if choice == CHANGE_BANK:
        banks.set_up(world, account["id"], anew=True)
    if status_of(account) != "active":
        set_state(world, account["id"], capability="active")


def _framed(title: str, content: str) -> str:
    return FRAME.format(title=title, content=content)
