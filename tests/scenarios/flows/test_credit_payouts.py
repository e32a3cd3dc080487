"""A customer's credit has an exit: it goes back to the means it came from, and never twice."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from typing_extensions import override

from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.customers.model import CustomerErased, CustomerNotFound
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit, preview_pay_out
from ledgerline.flows.request_refund import RefundOrder, check_refund, request_refund
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.model import Action, EvidenceKind, Outcome, Reading, SentRefund
from ledgerline.payments.refusals import CreditNotPayable, RefundExceedsCaptured
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed


@dataclass(slots=True)
class Answering(Relayed):
    """A provider that answers each refund as it is told to."""

    outcome: Outcome

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, SentRefund):
            return Reading(self.outcome, EvidenceKind.RESPONSE, code="planted")
        return await self.gateway.call(what)


async def _student(world: World) -> tuple[Shopper, Bought, int]:
    """Pay a year and change to a student's month: most of the year is credit."""
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    await world.advance(date(2026, 2, 1))
    await world.change(bought, "student_monthly")
    credit = await world.credit(shopper.customer_id)
    assert credit > 10_000
    return shopper, bought, credit


async def _refunded(world: World) -> list[int]:
    truth = await world.simulator.truth()
    return [
        one["amount"] for one in truth if (one["kind"], one["status"]) == ("refund", "succeeded")
    ]


def _order(shopper: Shopper, amount: int | None = None) -> CreditOrder:
    return CreditOrder(customer_id=shopper.customer_id, reason="asked", amount_minor=amount)


async def test_credit_of_a_year_goes_back_to_the_card_that_paid_it(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, credit = await _student(world)
    captured = await world.value("SELECT captured_minor FROM payment WHERE captured_minor > 0")
    # when it is looked at, nothing happens
    [part] = await preview_pay_out(world.run, _order(shopper))
    assert (part.payment_id, part.amount_minor) == (bought.payment_id, credit)
    assert await world.credit(shopper.customer_id) == credit
    # and when it is paid out, it cannot be spent meanwhile
    [refund_id] = await pay_out_credit(world.run, _order(shopper))
    assert await world.credit(shopper.customer_id) == 0
    with pytest.raises(CreditNotPayable, match="no credit"):
        await pay_out_credit(world.run, _order(shopper))
    await world.advance(world.now + timedelta(minutes=1))
    # then the customer has it, once, with a receipt
    assert await _refunded(world) == [credit]
    assert await world.receipts(shopper.customer_id) == [
        ("payment", captured), ("refund", credit),
    ]  # fmt: skip
    assert (await world.balances(shopper.customer_id)).get("customer_credit", 0) == 0
    [(state, cause, note)] = await world.rows(
        "SELECT state, cause, credit_note_id FROM refund WHERE id = %s", refund_id
    )
    assert (state, cause, note) == ("succeeded", "credit", None)
    # and the rest of the payment is refunded as any other
    assert bought.payment_id is not None
    rest = (
        await check_refund(world.run, RefundOrder(bought.payment_id, None, "rest"))
    ).amount_minor
    assert 0 < rest < captured - credit  # a month of the year was used, and a student's was paid
    assert await world.state(bought.subscription_id) == "active"


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.UNKNOWN, Outcome.NOT_EXECUTED])
async def test_what_cannot_be_paid_out_is_credit_again(
    fresh_world: World, outcome: Outcome
) -> None:
    world = fresh_world
    shopper, _, credit = await _student(world)
    await pay_out_credit(world.run, _order(shopper, 700))
    await resolve_refunds(world.run, Answering(world.psps, outcome), buckets=ALL)
    failed = outcome is Outcome.DECLINED
    assert await world.credit(shopper.customer_id) == credit - (0 if failed else 700)
    # what is unknown is found out, what was not executed is sent again: under one key
    await world.advance(world.now + timedelta(days=1))
    assert await _refunded(world) == ([] if failed else [700])
    assert await world.credit(shopper.customer_id) == credit - (0 if failed else 700)


async def test_more_than_there_is_or_was_captured_is_refused(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, credit = await _student(world)
    with pytest.raises(CreditNotPayable) as refused:
        await pay_out_credit(world.run, _order(shopper, credit + 1))
    assert refused.value.facts["payable_minor"] == credit
    with pytest.raises(CreditNotPayable):
        await pay_out_credit(
            world.run, CreditOrder(customer_id=shopper.customer_id, reason="x", currency="USD")
        )
    nobody = CreditOrder(customer_id=CustomerId(world.run.new_id(Bucket(7))), reason="x")
    with pytest.raises(CustomerNotFound):
        await pay_out_credit(world.run, nobody)
    # what goes back as a refund is not there to be paid out as well
    assert bought.payment_id is not None
    rest = (
        await check_refund(world.run, RefundOrder(bought.payment_id, None, "rest"))
    ).amount_minor
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "rest"))
    [part] = await preview_pay_out(world.run, _order(shopper))
    assert part.amount_minor == credit
    await pay_out_credit(world.run, _order(shopper))
    await world.advance(world.now + timedelta(minutes=1))
    assert sorted(await _refunded(world)) == sorted([rest, credit])
    with pytest.raises((RefundExceedsCaptured, ExceedsLineRemainder)):
        await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 1, "more"))


@pytest.mark.parametrize("first", ["payout", "refund"])
async def test_the_order_of_two_requests_decides_nothing(fresh_world: World, first: str) -> None:
    """Whoever cancels, is paid out and refunded in any order has all of the unused time back."""
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    assert bought.payment_id is not None
    await world.advance(date(2026, 2, 1))
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW)
    credit = await world.credit(shopper.customer_id)
    captured = await world.value("SELECT captured_minor FROM payment WHERE captured_minor > 0")
    rest = captured - credit
    steps = ["payout", "refund"] if first == "payout" else ["refund", "payout"]
    for step in steps:
        if step == "payout":
            await pay_out_credit(world.run, _order(shopper))
        elif rest:
            order = RefundOrder(bought.payment_id, None, "goodwill")
            await request_refund(world.run, world.psps, order)
    await world.advance(world.now + timedelta(minutes=1))
    assert sum(await _refunded(world)) == captured
    assert await world.credit(shopper.customer_id) == 0


async def test_credit_spent_by_a_renewal_is_not_paid_out_as_well(fresh_world: World) -> None:
    world = fresh_world
    shopper, _, credit = await _student(world)
    await pay_out_credit(world.run, _order(shopper, credit - 300))
    await world.advance(date(2026, 3, 2))  # the renewal takes what is left of it, and a card
    assert await world.credit(shopper.customer_id) == 0
    assert await _refunded(world) == [credit - 300]
    with pytest.raises(CreditNotPayable):
        await pay_out_credit(world.run, _order(shopper))


async def test_many_at_once_pay_out_no_more_than_there_is(fresh_world: World) -> None:
    world = fresh_world
    shopper, _, credit = await _student(world)
    share = credit // 3 + 1
    done = await asyncio.gather(
        *(pay_out_credit(world.run.branch(), _order(shopper, share)) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, list) for one in done) == 2
    assert sum(isinstance(one, CreditNotPayable) for one in done) == 2
    await world.advance(world.now + timedelta(minutes=1))
    assert await _refunded(world) == [share, share]
    assert await world.credit(shopper.customer_id) == credit - 2 * share


async def test_a_repeat_finds_the_first_pay_out(fresh_world: World) -> None:
    world = fresh_world
    shopper, _, _ = await _student(world)
    command = Command("shop", "k1", bytes(32))
    first = await pay_out_credit(world.run, _order(shopper, 500), command=command)
    again = await pay_out_credit(world.run, _order(shopper, 500), command=command)
    assert first == again
    await world.advance(world.now + timedelta(minutes=1))
    assert await _refunded(world) == [500]


async def test_an_erased_customer_is_paid_nothing_and_what_is_under_way_hinders_it(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, bought, _ = await _student(world)
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW)
    await pay_out_credit(world.run, _order(shopper, 500))
    with pytest.raises(Exception, match="not_erasable"):
        await erase_customer(world.run, shopper.customer_id, actor="test", forfeits_credit=True)
    await world.advance(world.now + timedelta(minutes=1))
    await erase_customer(world.run, shopper.customer_id, actor="test", forfeits_credit=True)
    with pytest.raises(CustomerErased):
        await pay_out_credit(world.run, _order(shopper))
