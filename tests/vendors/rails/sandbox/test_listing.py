"""Lists are paged as Stripe pages them."""

import pytest


async def made(client, count):
    ids = []
    for number in range(count):
        answer = await client.post("/v1/topups", data={"amount": str(number + 1), "currency": "usd"})
        ids.append(answer.json()["id"])
    return list(reversed(ids))


async def listed(client, **query):
    page = (await client.get("/v1/topups", params=query)).json()
    return [one["id"] for one in page["data"]], page["has_more"]


async def test_the_newest_come_first_ten_at_a_time(client):
    ids = await made(client, 12)

    assert await listed(client) == (ids[:10], True)
    assert await listed(client, limit="12") == (ids, False)


async def test_a_cursor_goes_on_or_back(client):
    ids = await made(client, 5)

    assert await listed(client, limit="2", starting_after=ids[1]) == (ids[2:4], True)
    assert await listed(client, limit="2", starting_after=ids[3]) == (ids[4:], False)
    assert await listed(client, limit="2", ending_before=ids[3]) == (ids[1:3], True)
    assert await listed(client, limit="9", ending_before=ids[3]) == (ids[:3], False)


async def test_filters_narrow_a_list(client):
    ids = await made(client, 3)

    assert await listed(client, amount="2") == ([ids[1]], False)
    assert await listed(client, **{"created[gt]": "9999999999"}) == ([], False)
    assert await listed(client, **{"created[lt]": "9999999999"}) == (ids, False)
    assert await listed(client, created="1") == ([], False)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"starting_after": "tu_none"},
        {"created[before]": "1"},
        {"expand[]": "data"},
        {"status": "lost"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(client, query):
    assert (await client.get("/v1/topups", params=query)).status_code == 400
