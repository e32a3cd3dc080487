"""A bank takes back what the books of a seller say was never collected."""

import hmac
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from ledgerline.datasets.audit import audit
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.receive_psp_event import receive_psp_event
from tests.flow_world import World
from tests.pspsim.gocardless.face import WEBHOOK_SECRET
from tests.scenarios.test_gocardless_whole_life import (
    CLEARED,
    MANDATE,
    PAID,
    apply_what_came,
    exceptions,
    renewal_attempts,
    world,
)

__all__ = ["world"]


async def _tell_late_failure(world: World, attempt: UUID, *, id: str) -> None:
    """Deliver that a late failure was deducted from a payout, as GoCardless signs it."""
    psp_ref = await world.value("SELECT psp_ref FROM attempt WHERE id = %s", attempt)
    event = {
        "id": id, "created_at": world.now.isoformat(), "resource_type": "payments",
        "action": "late_failure_settled", "resource_metadata": {"reference": str(attempt)},
        "links": {"payment": psp_ref, "payout": "PO_late"},
        "details": {"origin": "gocardless", "cause": "late_failure_settled", "description": ""},
    }  # fmt: skip
    raw = msgspec.json.encode({"events": [event], "meta": {"webhook_id": f"WB{id}"}})
    headers = {"webhook-signature": hmac.digest(WEBHOOK_SECRET.encode(), raw, "sha256").hex()}
    await receive_psp_event(world.run, world.psps, account="aster", headers=headers, raw=raw)


@pytest.mark.parametrize("is_paid", [False, True], ids=["before", "after"])
async def test_late_failure_that_is_settled_of_what_was_declined_takes_no_other_money(
    world: World, *, is_paid: bool
) -> None:
    # given a renewal that was declined, and perhaps paid by a later try
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    await world.steal_card(shopper, f"MDtok_decline_insufficient_funds_{next(world.numbers)}")
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + timedelta(hours=2))
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    assert await renewal_attempts(world, bought) == ["declined"]
    [[declined, payment_id]] = await world.rows(
        "SELECT a.id, p.id FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s AND a.state = 'declined'",
        bought.subscription_id,
    )
    await world.steal_card(shopper, f"MDtok_ok_{next(world.numbers)}")
    if is_paid:
        await world.advance(world.now + timedelta(days=7))
        await apply_what_came(world)
    # when it is told three times, twice by one event, that its late failure was settled
    for id in ("EVlate", "EVlate", "EVagain"):
        await _tell_late_failure(world, declined, id=f"{id}{is_paid}")
        await apply_psp_events(world.run, world.psps)
    # then it is one dispute that holds nothing, people are told, and the renewal is paid once
    if not is_paid:
        await world.advance(world.now + timedelta(days=7))
        await apply_what_came(world)
    assert await world.rows(
        "SELECT kind, state, held_minor, over_minor, reopened_minor FROM dispute"
        " WHERE payment_id = %s", payment_id,
    ) == [("bank_return", "lost", 0, 1199, 0)]  # fmt: skip
    assert await world.captures(payment_id) == [1199]
    assert await renewal_attempts(world, bought) == ["declined", "succeeded"]
    assert await world.receipts(shopper.customer_id) == [*PAID, *PAID]
    assert set(await exceptions(world)) == {"over_returned"}
    # cards that change behind our backs break the rule of tokens
    assert {one.invariant.id for one in await audit(world.run)} <= {"I-53"}
