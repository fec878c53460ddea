"""What tests ask of the sandbox beside Stripe's own calls."""

DAY = 24 * 60 * 60


async def state(client):
    return (await client.get("/_sandbox/state")).json()


async def plan(client, **fault):
    (await client.post("/_sandbox/faults", json=fault)).raise_for_status()


async def move_clock(client, *, days=0, seconds=0):
    answer = await client.post("/_sandbox/clock", json={"advance_seconds": days * DAY + seconds})
    return answer.raise_for_status().json()
