"""A held bill tells its vendor what it needs, in words that say nothing of the member, and is paid once that is done."""

from tests.purchases.world import changes_of


def remedies(bill, rule):
    (finding,) = [one for one in bill["decision"]["findings"] if one["rule"] == rule]
    return {one["kind"]: one for one in finding["remedies"]}


async def test_a_bill_above_the_order_says_how_much_could_be_paid(desk):
    order = await desk.order(4_000)

    held = await desk.bill(await desk.bills(order, 5_000))
    again = await desk.bills(order, cents=changes_of(remedies(held, "R02")["amount"])["amount_cents"])

    assert (held["state"], again["state"]) == ("held", "accepted")
    assert changes_of(remedies(held, "R02")["amount"]) == {"amount_cents": 4_100}
    assert remedies(held, "R02")["ask_approver"]["message"].startswith("Someone in the program has to check this bill.")
    assert "broker" not in held["decision"]["remedies"][0]["message"]


async def test_what_a_vendor_has_to_set_up_is_said_together(desk):
    order = await desk.order()
    await desk.changes_vendor(has_tax_form=False, is_payable=False)

    held = await desk.bill(await desk.bills(order, 4_000, business=None))

    (together,) = held["decision"]["remedies"]
    assert [step["kind"] for step in together["then"]] == ["add_document", "set_up_payout", "add_document"]
    assert together["message"] == (
        "Send us your tax form. Tell us where your bank is, so that we can pay. Send the bill again with this on it: the store name."
    )
    assert together["ends_in"] == "approve"


async def test_a_bill_that_came_too_late_has_no_way(desk):
    order = await desk.order()
    desk.served.clock.move(days=95)

    late = await desk.bill(await desk.bills(order, 4_000))

    assert late["state"] == "rejected"
    assert late["decision"]["remedies"] == []
    assert late["decision"]["no_request"] == {"why": "none_exists", "message": "We can not pay this bill as it is."}
