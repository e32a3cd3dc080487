"""The payer can always mend a payment: pay now, by this card or another, and lose nothing by it."""

from datetime import date, timedelta
from typing import Any

import pytest

from ledgerline.base.ids import InvoiceId, PaymentMethodId
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.claim_key import Command
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_invoice import PAYER_TRIES_MAX, pay_invoice, preview_payment
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.refusals import (
    InvoiceNotPayable,
    PaymentInProgress,
    PaymentMethodInUse,
    PaymentMethodNotFound,
    TooManyTries,
)
from ledgerline.subscriptions.model import SubscriptionEnded
from tests.flow_values import Bought, Shopper
from tests.flow_world import World

EXPIRED = "tok_decline_expired_card"
SHORT = "tok_decline_insufficient_funds_1"


async def _late(world: World, token: str = EXPIRED) -> tuple[Shopper, Bought, InvoiceId]:
    """Let a trial end with a card that is refused; return the open invoice."""
    shopper = await world.shopper(token=token)
    bought = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 2, 2))
    invoice_id = await world.value(
        "SELECT id FROM invoice WHERE subscription_id = %s AND total_minor > 0",
        bought.subscription_id,
    )
    assert await world.state(bought.subscription_id) == "past_due"
    return shopper, bought, InvoiceId(invoice_id)


async def _payment(world: World, bought: Bought) -> tuple[Any, ...]:
    [row] = await world.rows(
        "SELECT state, tries, payer_tries, awaits_payer, next_try_at FROM payment"
        " WHERE subscription_id = %s",
        bought.subscription_id,
    )
    return tuple(row)


async def _captured(world: World) -> list[int]:
    truth = await world.simulator.truth()
    return [
        one["amount"] for one in truth if one["kind"] == "charge" and one["status"] == "succeeded"
    ]


async def test_a_trial_whose_card_has_expired_is_paid_by_a_new_one_once(fresh_world: World) -> None:
    world = fresh_world
    # given
    shopper, bought, invoice_id = await _late(world)
    access = await world.value(
        "SELECT max(ends_at) FROM cover WHERE subscription_id = %s AND reason = 'grace'",
        bought.subscription_id,
    )
    assert access > world.now
    method_id = await world.method(shopper.customer_id)
    # when the payer looks, and pays with a new card
    payable = await preview_payment(world.run, world.psps, invoice_id, method_id=method_id)
    assert (payable.amount.minor, payable.last4) == (1_199, "4242")
    await pay_invoice(world.run, world.psps, invoice_id, method_id=method_id)
    # then it was charged once, and everything goes on by the new card
    assert await _captured(world) == [1_199]
    assert await world.state(bought.subscription_id) == "active"
    assert (await _payment(world, bought))[:3] == ("succeeded", 2, 1)
    await world.advance(date(2026, 3, 2))
    assert await _captured(world) == [1_199, 1_199]
    initiators = await world.rows("SELECT initiator, state FROM attempt ORDER BY sent_at, ordinal")
    assert initiators == [
        ("merchant", "declined"), ("customer", "succeeded"), ("merchant", "succeeded"),
    ]  # fmt: skip


async def test_a_refusal_of_the_payer_ends_nothing_and_takes_no_slot(fresh_world: World) -> None:
    world = fresh_world
    # given a renewal that is tried again in two days
    _, bought, invoice_id = await _late(world, SHORT)
    before = await _payment(world, bought)
    assert before[:2] == ("processing", 1)
    assert before[4] is not None
    # when its payer tries in vain
    await pay_invoice(world.run, world.psps, invoice_id)
    # then the calendar goes on as it stood
    assert await _payment(world, bought) == ("processing", 2, 1, False, before[4])
    assert await world.state(bought.subscription_id) == "past_due"
    # and has as many slots as without
    await world.advance(date(2026, 2, 20))
    assert (await _payment(world, bought))[:3] == ("processing", 5, 1)
    assert await world.state(bought.subscription_id) == "past_due"
    await world.advance(date(2026, 2, 23))
    assert (await _payment(world, bought))[:3] == ("failed", 6, 1)
    assert await world.state(bought.subscription_id) == "canceled"


async def test_a_card_that_no_machine_may_try_waits_for_the_payer_no_longer_than_the_calendar(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a renewal in its calendar
    shopper, bought, invoice_id = await _late(world, SHORT)
    # when the payer names a card that was stolen
    stolen = await world.method(shopper.customer_id, "tok_decline_stolen_card_2")
    await pay_invoice(world.run, world.psps, invoice_id, method_id=stolen)
    # then no machine tries it, and the payer has as long as the calendar would have lasted
    state, tries, _, awaits, until = await _payment(world, bought)
    assert (state, tries, awaits) == ("processing", 2, True)
    assert until.date() == date(2026, 2, 21)
    charges = len(await world.simulator.truth())
    await world.advance(date(2026, 2, 20))
    assert len(await world.simulator.truth()) == charges
    # and once more in vain nothing is longer or shorter
    await pay_invoice(world.run, world.psps, invoice_id)
    assert (await _payment(world, bought))[3:] == (True, until)
    # and a good card is charged at once by the machine as well
    await use_payment_method(
        world.run, bought.subscription_id, method_id=await world.method(shopper.customer_id)
    )
    await world.advance(world.now + timedelta(minutes=1))
    assert await _captured(world) == [1_199]
    assert await world.state(bought.subscription_id) == "active"


async def test_an_answer_that_is_lost_blocks_every_other_try_until_it_is_known(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a payer whose provider took the money and said nothing
    shopper, bought, invoice_id = await _late(world)
    lost = await world.method(shopper.customer_id, "tok_hang_after_1")
    await pay_invoice(world.run, world.psps, invoice_id, method_id=lost)
    # then nobody tries meanwhile: not the payer, not the calendar, not another method
    with pytest.raises(PaymentInProgress):
        await pay_invoice(world.run, world.psps, invoice_id)
    await use_payment_method(
        world.run, bought.subscription_id, method_id=await world.method(shopper.customer_id)
    )
    assert (await collect_due(world.run, world.psps, buckets=ALL)).tried == 0
    with pytest.raises(PaymentMethodInUse):
        await detach_payment_method(world.run, lost)
    # and when it is known it is paid, once
    await resolve_attempts(world.run.at(world.now + timedelta(hours=1)), world.psps, buckets=ALL)
    assert await _captured(world) == [1_199]
    assert (await _payment(world, bought))[0] == "succeeded"


async def test_a_failure_of_ours_costs_the_payer_nothing(fresh_world: World) -> None:
    world = fresh_world
    _, bought, invoice_id = await _late(world, SHORT)
    before = await _payment(world, bought)
    # when the provider does not let us in
    await world.simulator.control(
        "faults", {"provider": "aster", "rates": {"unauthorized": 1_000_000}}
    )
    drawn = await _drawn(world, bought)
    await pay_invoice(world.run, world.psps, invoice_id, method_id=drawn)
    # then the plan stands, and nothing counts against the payer
    assert (await _payment(world, bought))[3:] == before[3:]
    own = "SELECT own_failures FROM payment WHERE subscription_id = %s"
    assert await world.value(own, bought.subscription_id) == 0
    await world.simulator.control("faults", {"provider": "aster", "rates": {"unauthorized": 0}})
    await pay_invoice(world.run, world.psps, invoice_id)
    assert await _captured(world) == [1_199]


async def _drawn(world: World, bought: Bought) -> PaymentMethodId:
    """Add a card whose provider may fail, which those with a fixed answer never do."""
    customer_id = await world.value(
        "SELECT customer_id FROM subscription WHERE id = %s", bought.subscription_id
    )
    method = NewPaymentMethod(
        customer_id=customer_id, psp_account="aster", psp_token=f"tok_any_{customer_id}",
        brand="visa", last4="1881",
    )  # fmt: skip
    return await add_payment_method(world.run, method)


async def test_one_key_pays_once(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, invoice_id = await _late(world)
    method_id = await world.method(shopper.customer_id)
    command = Command("shop", "pay-once", b"asked")
    first = await pay_invoice(
        world.run, world.psps, invoice_id, method_id=method_id, command=command
    )
    again = await pay_invoice(
        world.run, world.psps, invoice_id, method_id=method_id, command=command
    )
    assert (first.replayed, again.replayed) == (False, True)
    assert first.payment_id == again.payment_id
    assert await _captured(world) == [1_199]
    # and what is paid is not payable
    with pytest.raises(InvoiceNotPayable, match="paid"):
        await pay_invoice(world.run, world.psps, invoice_id)
    assert (await _payment(world, bought))[0] == "succeeded"


async def test_who_tries_too_often_comes_back_tomorrow(fresh_world: World) -> None:
    world = fresh_world
    _, _, invoice_id = await _late(world)
    for _ in range(PAYER_TRIES_MAX):
        await pay_invoice(world.run, world.psps, invoice_id)
    with pytest.raises(TooManyTries, match="tomorrow"):
        await pay_invoice(world.run, world.psps, invoice_id)
    await world.advance(world.now + timedelta(days=1, minutes=1))
    await pay_invoice(world.run, world.psps, invoice_id)


async def test_what_is_charged_is_not_detached_and_what_is_not_may_be(fresh_world: World) -> None:
    world = fresh_world
    # given a subscriber with two cards
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    other = await world.method(shopper.customer_id)
    with pytest.raises(PaymentMethodInUse, match="subscription"):
        await detach_payment_method(world.run, shopper.method_id)
    # when the other one pays from now on
    await use_payment_method(world.run, bought.subscription_id, method_id=other)
    await detach_payment_method(world.run, shopper.method_id)
    # then the first is gone, and its token may be stored anew
    with pytest.raises(PaymentMethodNotFound):
        await detach_payment_method(world.run, shopper.method_id)
    with pytest.raises(PaymentMethodNotFound):
        await use_payment_method(world.run, bought.subscription_id, method_id=shopper.method_id)
    await world.advance(date(2026, 2, 2))
    assert len(await _captured(world)) == 2
    # and what has ended is paid by nothing
    await world.cancel(bought)
    with pytest.raises(SubscriptionEnded):
        await use_payment_method(world.run, bought.subscription_id, method_id=other)
    await detach_payment_method(world.run, other)
