"""How Stripe is asked questions: its faults become the rail's errors, its lists are read page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, TypeVar

import stripe

from vendors.errors import RailUnavailableError
from vendors.rails.stripe import outcomes

PAGE: Final = 100
KEPT_PAGES: Final = 20

T = TypeVar("T")


class Listed(Protocol):
    """An object of a list, by whose id the next page is asked for."""

    id: str


Fetch = Callable[[str | None], Awaitable[Any]]
"""Ask for the page after an id, or for the first."""


def after(last: str | None, **asked: Any) -> Any:  # noqa: ANN401 - the parameters of some list of the SDK's
    """Write what a list is asked for, and for which page of it."""
    return asked | {"limit": PAGE} | ({} if last is None else {"starting_after": last})


@asynccontextmanager
async def question(asked: str) -> AsyncIterator[None]:
    """Turn a failed or unreadable answer to a question into the rail's own errors, which do not carry what Stripe said in words."""
    try:
        yield
    except stripe.StripeError as error:
        raise outcomes.of_question(asked, outcomes.read(error)) from None
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise RailUnavailableError(asked, f"an answer that cannot be read: {type(error).__name__}") from error


async def newest_first(fetch: Fetch) -> AsyncIterator[Any]:
    """Go through a list as Stripe gives it, page after page."""
    async for page in _pages(fetch):
        for one in page:
            yield one


async def oldest_first(fetch: Fetch, read: Callable[[Any], Awaitable[T]]) -> AsyncIterator[T]:
    """Go through a list from its end, of which Stripe gives the newest first.

    What is held in memory is bounded: of a long list only the newest page and the twenty oldest are kept, of the others the
    place where they begin, and they are asked for again. The list must not change but at its newest end.
    """
    pages: list[tuple[str | None, list[T] | None]] = []
    begins: str | None = None
    async for page in _pages(fetch):
        if len(pages) > KEPT_PAGES:
            pages[-KEPT_PAGES] = (pages[-KEPT_PAGES][0], None)
        pages.append((begins, [await read(one) for one in page]))
        begins = page[-1].id
    while pages:
        begins, kept = pages.pop()
        if kept is None:
            kept = [await read(one) for one in _of(await fetch(begins))]
        for value in reversed(kept):
            yield value


async def _pages(fetch: Fetch) -> AsyncIterator[Sequence[Any]]:
    begins: str | None = None
    while True:
        answer = await fetch(begins)
        page = _of(answer)
        if page:
            yield page
        if not page or not getattr(answer, "has_more", False):
            return
        begins = str(page[-1].id)


def _of(answer: Any) -> Sequence[Any]:  # noqa: ANN401 - a list of the SDK's, of any kind of object
    page: Sequence[Any] = answer.data
    return page
