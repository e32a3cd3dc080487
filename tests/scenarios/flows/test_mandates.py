"""What a mandate pays stands and falls with it: what ends it, what follows, and what goes on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.refusals import MandateNotChargeable
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.scenarios.debits import (
    BY_PROVIDER,
    DAY,
    HOUR,
    act_there,
    attempts,
    ended,
    mandate,
    open_debit_world,
    payer,
    payer_of,
    renewal,
    take_in,
    told,
)

CLEARED = timedelta(hours=25)  # the simulated banks need a day


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_debit_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def subscribed(
    world: World, account: str, *, agreed_days: int | None = None
) -> tuple[Shopper, Bought]:
    """Let somebody buy by a mandate, and the first debit be collected."""
    shopper = await payer(world, account, agreed_days=agreed_days)
    bought = await world.buy(shopper)
    for _ in range(25):
        await world.advance(world.now + DAY)
        await take_in(world)
        if await world.receipts(shopper.customer_id):
            return shopper, bought
    raise AssertionError(await world.rows("SELECT state, due_on FROM attempt"))


async def short_of_money(world: World) -> tuple[Shopper, Bought]:
    """Let a subscription be paid by a mandate whose account has no money."""
    shopper, bought = await subscribed(world, BY_PROVIDER)
    other = await payer_of(world, shopper, "MDtok_decline_insufficient_funds_1")
    await use_payment_method(world.run, bought.subscription_id, method_id=other)
    return Shopper(shopper.customer_id, other), bought


async def renewed(world: World, bought: Bought, *, later: timedelta = 2 * HOUR) -> None:
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + later)
    await take_in(world)


async def test_a_mandate_is_looked_at_when_it_is_stored(world: World) -> None:
    shopper = await payer(world, BY_PROVIDER)
    id_, state, _, _ = await mandate(world, shopper)
    assert state == "active"
    assert await world.rows("SELECT scheme, look_at > %s FROM mandate", world.now + DAY) == [
        ("sepa_core", True)
    ]
    assert await told(world, id_) == ["mandate.active"]


async def test_a_revoked_mandate_sends_nothing_and_asks_its_payer(world: World) -> None:
    shopper, bought = await subscribed(world, BY_PROVIDER)
    await ended(world, shopper)
    id_, state, _, _ = await mandate(world, shopper)
    assert state == "canceled"
    assert await told(world, id_) == ["mandate.active", "mandate.canceled"]
    sent = await world.simulator.truth()
    await renewed(world, bought)
    # then nothing was sent, and service goes on while the payer is asked
    payment = await renewal(world, bought)
    assert await attempts(world, payment["id"]) == [("declined", "revoked", "mandate_ended", None)]
    assert (payment["awaits_payer"], payment["state"]) == (True, "processing")
    assert await world.simulator.truth() == sent
    assert await world.state(bought.subscription_id) == "past_due"
    # and neither by it, nor with it, can anything be begun
    with pytest.raises(MandateNotChargeable):
        await pay_invoice(world.run, world.psps, payment["invoice_id"])
    with pytest.raises(MandateNotChargeable):
        await world.buy(shopper)
    # when the payer gives another mandate
    other = await payer_of(world, shopper)
    await use_payment_method(world.run, bought.subscription_id, method_id=other)
    await world.advance(world.now + CLEARED)
    await world.advance(world.now + CLEARED)
    await take_in(world)
    # then what was owed is collected by it, once
    assert (await renewal(world, bought))["state"] == "succeeded"
    assert await world.state(bought.subscription_id) == "active"


async def test_a_debit_in_flight_is_not_lost_with_its_mandate(world: World) -> None:
    shopper, bought = await subscribed(world, BY_PROVIDER)
    await renewed(world, bought, later=15 * HOUR)  # it is with the banks
    payment = await renewal(world, bought)
    assert [state for state, *_ in await attempts(world, payment["id"])] == ["sent"]
    await ended(world, shopper)
    assert (await mandate(world, shopper))[1] == "canceled"
    assert [state for state, *_ in await attempts(world, payment["id"])] == ["sent"]
    await world.advance(world.now + CLEARED)
    await take_in(world)
    assert (await renewal(world, bought))["state"] == "succeeded"
    assert await world.captures(payment["id"]) == [1199]


async def test_a_debit_that_its_mandate_takes_along_is_refused_and_no_other_is_sent(
    world: World,
) -> None:
    shopper, bought = await subscribed(world, BY_PROVIDER)
    await renewed(world, bought)
    payment = await renewal(world, bought)
    assert [state for state, *_ in await attempts(world, payment["id"])] == ["sent"]
    # when the mandate is cancelled at the provider, which cancels what has not been submitted
    _, _, token, account = await mandate(world, shopper)
    await act_there(world, account, token, "cancel")
    assert [row[:2] for row in await attempts(world, payment["id"])] == [("declined", "revoked")]
    payment = await renewal(world, bought)
    assert (payment["awaits_payer"], payment["state"]) == (True, "processing")
    await world.advance(world.now + 5 * DAY)
    assert len(await attempts(world, payment["id"])) == 1


async def test_a_failed_debit_leaves_its_mandate_as_it_is(world: World) -> None:
    shopper, bought = await short_of_money(world)
    before = await mandate(world, shopper)
    await renewed(world, bought, later=30 * HOUR)
    payment = await renewal(world, bought)
    assert [row[:2] for row in await attempts(world, payment["id"])] == [
        ("declined", "insufficient_funds")
    ]
    assert (await mandate(world, shopper))[:2] == before[:2]
    assert await told(world, before[0]) == ["mandate.active"]


async def test_a_payment_that_waits_for_its_slot_asks_its_payer_when_the_mandate_ends(
    world: World,
) -> None:
    shopper, bought = await short_of_money(world)
    await renewed(world, bought, later=30 * HOUR)
    payment = await renewal(world, bought)
    assert not payment["awaits_payer"]
    assert payment["next_try_at"] > world.now + 2 * DAY
    await ended(world, shopper)
    await world.advance(world.now + HOUR)
    payment = await renewal(world, bought)
    assert payment["awaits_payer"]
    assert (await attempts(world, payment["id"]))[-1] == (
        "declined", "revoked", "mandate_ended", None
    )  # fmt: skip


async def test_a_paused_mandate_waits_and_goes_on_when_its_payer_resumes_it(
    world: World,
) -> None:
    shopper, bought = await subscribed(world, BY_PROVIDER)
    await ended(world, shopper, "mandate_suspended_by_payer")
    assert (await mandate(world, shopper))[1] == "paused"
    await renewed(world, bought)
    payment = await renewal(world, bought)
    assert await attempts(world, payment["id"]) == [
        ("declined", "do_not_honor", "mandate_paused", None)
    ]
    assert not payment["awaits_payer"]
    await ended(world, shopper, "mandate_activated")
    await world.advance(payment["next_try_at"] + HOUR)
    await world.advance(world.now + CLEARED)
    await take_in(world)
    assert (await renewal(world, bought))["state"] == "succeeded"


async def test_a_replaced_mandate_hands_its_method_on(world: World) -> None:
    shopper, bought = await subscribed(world, BY_PROVIDER)
    old = await mandate(world, shopper)
    await ended(world, shopper, "mandate_replaced")
    await world.advance(world.now + HOUR)  # the new one is looked at
    new = await mandate(world, shopper)
    assert new[0] != old[0]
    assert new[1:2] == ("active",) or new[1:2] == ("pending",)
    assert await told(world, old[0]) == ["mandate.active", "mandate.replaced"]
    assert await world.rows(
        "SELECT psp_token, state FROM instrument WHERE payment_method_id = %s ORDER BY state",
        shopper.method_id,
    ) == [(new[2], "active"), (old[2], "retired")]
    await renewed(world, bought)
    await world.advance(world.now + CLEARED)
    await take_in(world)
    payment = await renewal(world, bought)
    assert payment["state"] == "succeeded"
    assert (
        await world.value("SELECT psp_token FROM attempt WHERE payment_id = %s", payment["id"])
        == new[2]
    )


async def test_a_mandate_that_rests_for_three_years_is_void(world: World) -> None:
    shopper, _ = await subscribed(world, BY_PROVIDER)
    [(last, lapses)] = await world.rows("SELECT last_debit_on, lapses_on FROM mandate")
    assert (lapses.year, lapses.month, lapses.day) == (last.year + 3, last.month, last.day)
    await world.write("UPDATE mandate SET lapses_on = %s, look_at = %s", world.now, world.now)
    await world.advance(world.now + HOUR)
    id_, state, _, _ = await mandate(world, shopper)
    assert state == "expired"
    assert await told(world, id_) == ["mandate.active", "mandate.expired"]
    with pytest.raises(MandateNotChargeable):
        await world.buy(shopper)


async def test_lost_webhooks_of_a_mandate_cost_one_debit_that_is_refused(world: World) -> None:
    shopper, bought = await subscribed(world, BY_PROVIDER)
    await world.simulator.control(
        "faults", {"provider": BY_PROVIDER, "rates": {"webhook_lost": 1_000_000}}
    )
    await ended(world, shopper)
    assert (await mandate(world, shopper))[1] == "active"
    await renewed(world, bought)
    payment = await renewal(world, bought)
    assert [row[:2] for row in await attempts(world, payment["id"])] == [("declined", "revoked")]
    # then what was refused has the mandate looked at
    await world.advance(world.now + HOUR)
    assert (await mandate(world, shopper))[1] == "canceled"


async def test_one_that_is_reinstated_is_debited_again(world: World) -> None:
    shopper, bought = await subscribed(world, BY_PROVIDER)
    await ended(world, shopper)
    _, _, token, account = await mandate(world, shopper)
    await act_there(world, account, token, "reinstate")
    id_, state, _, _ = await mandate(world, shopper)
    assert state == "active"
    assert await told(world, id_) == ["mandate.active", "mandate.canceled", "mandate.active"]
    await renewed(world, bought)
    await world.advance(world.now + CLEARED)
    await take_in(world)
    assert (await renewal(world, bought))["state"] == "succeeded"
