"""What is lost, late or replaced while a payer acts costs them nothing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from ledgerline.base.ids import InvoiceId, PaymentId
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.set_default_method import set_default_method
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.model import Action, EvidenceKind, Lookup, Outcome, Reading
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed
from tests.scenarios.flows.test_challenges import (
    CHALLENGE,
    HALF_AN_HOUR,
    RETURN_URL,
    Mute,
    _attempt,
    _buy,
    _url,
)


@dataclass(slots=True)
class Forgetful(Relayed):
    """A provider that cancels, and whose answer to that is lost."""

    @override
    async def cancel(self, subject: Lookup) -> Reading:
        await self.gateway.cancel(subject)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="lost")


@dataclass(slots=True)
class Hasty(Relayed):
    """A provider whose page is over sooner than what it holds."""

    until: datetime

    @override
    async def call(self, what: Action) -> Reading:
        reading = await self.gateway.call(what)
        if reading.action is None:
            return reading
        return replace(reading, action=replace(reading.action, expires_at=self.until))


async def _owing(world: World) -> tuple[Shopper, Bought, PaymentId]:
    """Let a renewal wait for its payer, who pays it and is asked to act."""
    shopper = await world.shopper(token=CHALLENGE)
    bought = await _buy(world, shopper, trial=True)
    await world.advance(world.now + timedelta(days=32))
    [(invoice_id, payment_id)] = await world.rows(
        "SELECT invoice_id, id FROM payment WHERE subscription_id = %s AND state = 'processing'",
        bought.subscription_id,
    )
    await pay_invoice(world.run, world.psps, InvoiceId(invoice_id), return_url=RETURN_URL)
    await _url(world, payment_id)
    return shopper, bought, PaymentId(payment_id)


async def test_a_page_that_is_loaded_while_the_provider_is_silent_takes_nobody_their_time(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await _buy(world, await world.shopper(token=CHALLENGE))
    url = await _url(world, bought.payment_id)
    assert bought.payment_id is not None
    await confirm_payment(world.run, Mute(world.psps, of="lookup"), bought.payment_id)
    assert await _url(world, bought.payment_id) == url
    assert (await world.events())["payment.action_required"] == 1


@pytest.mark.parametrize("owed", [False, True])
async def test_what_its_payer_left_reads_so_though_the_answer_to_the_cancel_was_lost(
    fresh_world: World, *, owed: bool
) -> None:
    world = fresh_world
    if owed:
        _, _, payment_id = await _owing(world)
    else:
        bought = await _buy(world, await world.shopper(token=CHALLENGE))
        assert bought.payment_id is not None
        payment_id = bought.payment_id
    later = world.run.at(world.now + HALF_AN_HOUR)
    await resolve_attempts(later, Forgetful(world.psps), buckets=ALL)
    assert (await _attempt(world, payment_id))[1] == "unknown"
    # when it is found canceled at the next look
    await world.advance(world.now + timedelta(hours=2))
    _, state, _, _, _, category, kind = await _attempt(world, payment_id)
    assert (state, kind, category) == ("not_executed", "void_confirmed", "authentication_failed")
    # then it is no failure of ours
    assert await world.value("SELECT own_failures FROM payment WHERE id = %s", payment_id) == 0
    assert (await world.events())["payment.postponed"] == 0


@pytest.mark.parametrize("as_default", [False, True])
async def test_a_card_that_is_given_while_the_bank_waits_pays_once_the_bank_is_done(
    fresh_world: World, *, as_default: bool
) -> None:
    # given somebody who closes the page of their bank and gives another card instead
    world = fresh_world
    shopper, bought, payment_id = await _owing(world)
    new = await world.method(shopper.customer_id)
    if as_default:
        await set_default_method(world.run, shopper.customer_id, method_id=new, every=True)
    else:
        await use_payment_method(world.run, bought.subscription_id, method_id=new)
    assert await world.captures(payment_id) == []
    # when the bank's time is over
    await world.advance(world.now + timedelta(hours=1))
    # then the new card has paid, once
    assert await world.captures(payment_id) == [1_199]
    assert await world.state(bought.subscription_id) == "active"


async def test_a_page_whose_time_is_over_is_ended_and_not_looked_at_without_end(
    fresh_world: World,
) -> None:
    world = fresh_world
    hasty = Hasty(world.psps, world.now + timedelta(minutes=5))
    bought = await _buy(world, await world.shopper(token=CHALLENGE), psps=hasty)
    await _url(world, bought.payment_id)
    later = world.run.at(world.now + timedelta(minutes=6))
    assert [await resolve_attempts(later, hasty, buckets=ALL) for _ in range(3)] == [1, 0, 0]
    _, state, _, _, _, category, _ = await _attempt(world, bought.payment_id)
    assert (state, category) == ("not_executed", "authentication_failed")
