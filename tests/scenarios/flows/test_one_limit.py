"""One limit holds for all that a person gives back of an invoice, as money or as credit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio

from ledgerline.access.model import AboveLimit, Act, EmailTaken, Role
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import CreditNoteId, PaymentId
from ledgerline.base.money import Currency, Money
from ledgerline.datasets.audit import audit
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.approve_refund import approve_refund
from ledgerline.flows.audit_act import audit_row
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.change_subscription import change_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.give_credit import CreditGift, give_credit
from ledgerline.flows.pause_subscription import pause_subscription
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.propose_refund import propose_refund
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resume_subscription import Resumption, resume_subscription
from ledgerline.flows.set_amount_limit import set_amount_limit
from ledgerline.payments.refusals import RefundProposed, SelfApproval
from ledgerline.payments.rules.refund_proposals import Gives
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from ledgerline.rules.change import Change
from ledgerline.subscriptions.model import Anchor, GivingBack, Timing
from tests.flow_proof import prove
from tests.flow_values import Bought
from tests.flow_world import World, world

__all__ = ["world"]
LIMIT: Final = 500
"""Of support, in cents; a purchase is 11.99 dollars, without tax."""
HERE: Final = {"by": "tests", "route": "tests"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def limited(world: World) -> AsyncIterator[World]:
    """Set the limit of support below what a purchase costs."""
    await set_amount_limit(world.run, Role.SUPPORT, Money(LIMIT, Currency("USD")), **HERE)
    yield world


async def _support(world: World, name: str = "ida") -> str:
    email = f"{name}@shop.example"
    with suppress(EmailTaken):
        await add_person(world.run, NewPerson(email, name, Role.SUPPORT), **HERE)
    return actor_of(await world.value("SELECT id FROM person WHERE email = %s", email))


async def asks(world: World, name: str = "ida") -> Command:
    """Ask as the console does, under a key that nobody has used."""
    actor, key = await _support(world, name), world.run.random(8).hex()
    act = Act(actor=actor, name="asked", route="tests")
    return Command(actor, key, b"f", audit_row(world.run, act, key=key))


async def sale(world: World) -> tuple[Bought, PaymentId]:
    bought = await world.buy(await world.shopper("US"))
    assert bought.payment_id is not None
    return bought, bought.payment_id


async def _give(
    world: World, payment: PaymentId, minor: int, *, name: str | None = "ida"
) -> CreditNoteId:
    """Give credit in somebody's name, or as a program."""
    command = None if name is None else await asks(world, name)
    return await give_credit(world.run, CreditGift(payment, minor), command=command)


async def _refund(
    world: World, payment: PaymentId, minor: int, *, name: str | None = "ida"
) -> None:
    command = None if name is None else await asks(world, name)
    order = RefundOrder(payment, minor, "asked")
    await request_refund(world.run, world.psps, order, command=command)


async def test_a_refund_counts_the_gifts_before_it(limited: World) -> None:
    world = limited
    _, payment = await sale(world)
    await _give(world, payment, 300)
    with pytest.raises(AboveLimit):
        await _refund(world, payment, 201)
    await _refund(world, payment, 200)
    # then neither the one nor the other gives a cent more, whoever asks
    for name in ("ida", "olga"):
        with pytest.raises(AboveLimit):
            await _give(world, payment, 1, name=name)
        with pytest.raises(AboveLimit):
            await _refund(world, payment, 1, name=name)


async def test_a_gift_and_a_refund_at_one_moment_are_counted_together(limited: World) -> None:
    world = limited
    _, payment = await sale(world)
    tried = await asyncio.gather(
        _give(world, payment, 300), _refund(world, payment, 300), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in tried if isinstance(one, BaseException)) == [
        "AboveLimit"
    ], tried


async def test_what_a_second_person_approved_meanwhile_is_counted(limited: World) -> None:
    world = limited
    _, payment = await sale(world)
    order = RefundOrder(payment, 600, "asked")
    by = await _support(world, "mara")
    proposal = await propose_refund(world.run, order, by=by, command=await asks(world, "mara"))
    await _give(world, payment, 100)
    # with the gift it is more than whoever approves may answer for
    await set_amount_limit(world.run, Role.SUPPORT, Money(650, Currency("USD")), **HERE)
    try:
        with pytest.raises(AboveLimit):
            await approve_refund(
                world.run, world.psps, proposal, by=await _support(world, "olga"),
                command=await asks(world, "olga"),
            )  # fmt: skip
    finally:
        await set_amount_limit(world.run, Role.SUPPORT, Money(LIMIT, Currency("USD")), **HERE)
    await approve_refund(world.run, world.psps, proposal, by="a program")
    with pytest.raises(AboveLimit):
        await _give(world, payment, 1)


async def test_a_proposed_gift_counts_what_was_given_meanwhile(limited: World) -> None:
    world = limited
    _, payment = await sale(world)
    order = RefundOrder(payment, 1000, "outage")
    by = await _support(world, "mara")
    proposal = await propose_refund(world.run, order, by=by, gives=Gives.CREDIT)
    # one is open of a payment, whatever it gives
    with pytest.raises(RefundProposed):
        await propose_refund(world.run, order, by=by)
    for name in ("mara", "olga"):  # neither themselves, nor somebody whose limit is below it
        command = await asks(world, name)
        with pytest.raises((SelfApproval, AboveLimit)):
            await approve_refund(
                world.run, world.psps, proposal, by=command.principal, command=command
            )
    # when two approve at once, it is given once
    tried = await asyncio.gather(
        *(approve_refund(world.run, world.psps, proposal, by=one) for one in ("nils", "eva")),
        return_exceptions=True,
    )
    assert [isinstance(one, BaseException) for one in tried].count(True) == 1, tried
    notes = await world.rows(
        "SELECT n.reason, n.total_minor FROM credit_note AS n JOIN refund_proposal AS p"
        " ON p.credit_note_id = n.id WHERE p.id = %s", proposal,
    )  # fmt: skip
    assert notes == [("goodwill", 1000)]
    # and what is not left any more is given by nobody
    second = await propose_refund(
        world.run, RefundOrder(payment, 150, "outage"), by=by, gives=Gives.CREDIT
    )
    await _refund(world, payment, 100, name=None)
    with pytest.raises(ExceedsLineRemainder):
        await approve_refund(world.run, world.psps, second, by="nils")


@pytest.mark.parametrize("back", [GivingBack.NONE, GivingBack.UNUSED])
async def test_a_cancellation_counts_what_its_invoice_gave_before(
    limited: World, back: GivingBack
) -> None:
    world = limited
    bought, payment = await sale(world)
    await world.advance(world.now + timedelta(days=20))  # a third of it is left
    await _give(world, payment, 300)
    with pytest.raises(AboveLimit):
        await cancel_subscription(
            world.run, bought.subscription_id, timing=Timing.NOW, back=back,
            command=await asks(world),
        )  # fmt: skip
    # what gives nothing back is no question of limits
    await cancel_subscription(
        world.run, bought.subscription_id, timing=Timing.PERIOD_END, command=await asks(world)
    )


async def test_a_pause_and_another_plan_count_it_as_well(limited: World) -> None:
    world = limited
    bought, payment = await sale(world)
    await world.advance(world.now + timedelta(days=5))
    await _give(world, payment, 300)
    with pytest.raises(AboveLimit):
        await pause_subscription(world.run, bought.subscription_id, command=await asks(world))
    cheaper = Change(bought.subscription_id, "student_monthly", None, Timing.NOW)
    with pytest.raises(AboveLimit):
        await change_subscription(world.run, world.psps, cheaper, command=await asks(world))
    await pause_subscription(world.run, bought.subscription_id)


async def test_credit_that_is_paid_out_is_not_given_again(limited: World) -> None:
    world = limited
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    await _give(world, bought.payment_id, LIMIT)
    # it is the same money on its way to the card, and no more of it
    order = CreditOrder(customer_id=shopper.customer_id, reason="asked")
    await pay_out_credit(world.run, order, command=await asks(world))
    for _ in range(2):  # while the resolver has not sent it, and once it has
        with pytest.raises(AboveLimit):
            await _refund(world, bought.payment_id, 1)
        await world.advance(world.now + timedelta(hours=1))


async def test_what_another_plan_was_paid_with_is_counted_once(limited: World) -> None:
    # given somebody who pays 11.99 and goes to a cheaper plan: what is over is within the limit
    world = limited
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(days=1))
    await set_amount_limit(world.run, Role.SUPPORT, Money(600, Currency("USD")), **HERE)
    try:
        cheaper = Change(bought.subscription_id, "student_monthly", None, Timing.NOW)
        await change_subscription(world.run, world.psps, cheaper, command=await asks(world))
        over = await world.credit(shopper.customer_id)
        assert 500 < over <= 600
        # when the cheaper plan is canceled or paused too, it is counted with what was over
        with pytest.raises(AboveLimit):
            await cancel_subscription(
                world.run, bought.subscription_id, timing=Timing.NOW, command=await asks(world)
            )
        await world.advance(world.now + timedelta(days=1))  # nothing rests on its first day
        with pytest.raises(AboveLimit):
            await pause_subscription(world.run, bought.subscription_id, command=await asks(world))
        shown = await preview_cancel(world.run, bought.subscription_id, timing=Timing.NOW)
        assert shown.given_back.minor == over + shown.credited_minor
    finally:
        await set_amount_limit(world.run, Role.SUPPORT, Money(LIMIT, Currency("USD")), **HERE)


async def test_nobody_answers_for_more_than_was_paid(limited: World) -> None:
    # given an upgrade, which what was left of the plan before has paid a part of
    world = limited
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(days=3))
    await world.change(bought, "family_monthly")
    paid = sum(minor for _, minor in await world.receipts(shopper.customer_id))
    # when all of it goes back
    shown = await preview_cancel(
        world.run, bought.subscription_id, timing=Timing.NOW, back=GivingBack.FULL
    )
    # then it is what was paid
    assert shown.credited_minor == paid
    assert shown.given_back.minor == paid


async def test_a_pause_and_what_it_paid_of_a_resumption_are_counted_once(limited: World) -> None:
    world = limited
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(days=4))
    await pause_subscription(world.run, bought.subscription_id)
    # while it rests there is nothing to give back any more, on whichever day
    for _ in range(6):
        await world.advance(world.now + timedelta(days=1))
        shown = await preview_cancel(world.run, bought.subscription_id, timing=Timing.NOW)
        assert (shown.credited_minor, shown.given_back.minor) == (0, 0)
    rested = await world.credit(shopper.customer_id)
    asked = Resumption(bought.subscription_id, Anchor.KEEP)
    await resume_subscription(world.run, world.psps, asked)
    left = await world.credit(shopper.customer_id)
    # when it is canceled, what is given back is what paid it, and what of that was left before
    shown = await preview_cancel(world.run, bought.subscription_id, timing=Timing.NOW)
    assert shown.given_back.minor == shown.credited_minor + left
    assert left < rested


async def test_it_all_adds_up(limited: World) -> None:
    await prove(limited.connection, limited.simulator)
    assert await audit(limited.run) == []
