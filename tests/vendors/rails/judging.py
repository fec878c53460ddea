"""A rail whose every exchange with Stripe is judged by Stripe's own document."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.vendors.rails import document
from vendors.rails.stripe import StripeRail


@asynccontextmanager
async def judged(rail: StripeRail) -> AsyncIterator[StripeRail]:
    """Open a rail; in the end, neither what it sent nor what it was answered may be against the document."""
    await rail.open()
    answers: list[httpx.Response] = []

    async def keep(answer: httpx.Response) -> None:
        await answer.aread()
        answers.append(answer)

    assert rail._wire is not None
    rail._wire._http.event_hooks = {"response": [keep]}
    try:
        yield rail
    finally:
        await rail.aclose()
    told = [answer for answer in answers if "json" in answer.headers["content-type"]]

    assert [complaint for answer in told for complaint in document.complaints(answer.request, answer)] == []
