import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from typing_extensions import override

from ledgerline.base.ids import BillRunId, Bucket, PaymentId, RefundId
from ledgerline.flows.bill_due import BatchBilled, bill_due
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import Changed, ChangeOutcome, change_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.model import Action, EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import RefundExceedsCaptured
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from ledgerline.rules.change import Change
from ledgerline.subscriptions.model import ChangeInProgress, ChangeRefused, Timing
from tests.concurrency.gate import held, meet, until_waiting
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed

SUBSCRIPTION = "SELECT FROM subscription WHERE id = %s FOR UPDATE"
INVOICE = "SELECT FROM invoice WHERE id = %s FOR UPDATE"


async def _refund(world: World, bought: Bought, amount_minor: int) -> RefundId:
    order = RefundOrder(cast("PaymentId", bought.payment_id), amount_minor, "goodwill")
    return await request_refund(world.run, world.psps, order)


async def _bill(world: World) -> BatchBilled:
    run = world.run
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    return await bill_due(run, bill_run_id=bill_run_id, buckets=ALL)


async def test_of_two_refunds_above_the_payment_one_is_refused(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when 700 and 800 of 1199 are asked back at once
    results = await meet(
        world, INVOICE, bought.invoice_id, _refund(world, bought, 700),
        _refund(world, bought, 800), waiting=2,
    )  # fmt: skip
    # then
    [refused] = [one for one in results if isinstance(one, BaseException)]
    assert isinstance(refused, RefundExceedsCaptured)
    refunds = [one for one in await world.simulator.truth() if one["kind"] == "refund"]
    assert len(refunds) == 1
    assert [kind for kind, _ in await world.receipts(shopper.customer_id)] == ["payment", "refund"]
    assert await world.credit(shopper.customer_id) == 0


async def test_refund_and_cancellation_never_give_the_same_day_back_twice(world: World) -> None:
    # given a month on its first day
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when it is canceled and wholly refunded at once
    results = await meet(
        world, INVOICE, bought.invoice_id,
        cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW),
        _refund(world, bought, 1199), waiting=2,
    )  # fmt: skip
    # then one of them gives it back: as credit or as money
    refused = [one for one in results if isinstance(one, BaseException)]
    assert [type(one) for one in refused] in ([ExceedsLineRemainder], [])
    assert [total for *_, total in await world.notes(shopper.customer_id)] == [1199]
    assert await world.credit(shopper.customer_id) == (1199 if refused else 0)
    assert await world.state(bought.subscription_id) == "canceled"


async def test_change_that_waited_for_a_cancellation_is_refused(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when
    results = await meet(
        world, SUBSCRIPTION, bought.subscription_id,
        cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW),
        world.change(bought, "family_monthly"), waiting=2,
    )  # fmt: skip
    # then whichever came second acted on what the first had left
    refused = [one for one in results if isinstance(one, BaseException)]
    assert [type(one) for one in refused] in ([ChangeRefused], [])
    assert await world.state(bought.subscription_id) == "canceled"
    invoices = await world.invoices(bought.subscription_id)
    assert len(invoices) == (1 if refused else 2)
    assert await world.credit(shopper.customer_id) == 1199


async def test_biller_passes_over_a_subscription_that_is_being_canceled(world: World) -> None:
    # given a renewal that is due
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    world.run = world.run.at(world.now + timedelta(days=30))
    # when the biller comes by while it is being canceled
    cancel = cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW)
    async with held(world, SUBSCRIPTION, bought.subscription_id):
        canceling = asyncio.create_task(cancel)
        await until_waiting(world, 1)
        # then nothing is billed
        assert await _bill(world) == (0, 0, 0, False)
    await canceling
    assert await world.state(bought.subscription_id) == "canceled"
    assert await world.invoices(bought.subscription_id) == [("purchase", "paid", 0)]
    assert await _bill(world) == (0, 0, 0, False)


@pytest.mark.parametrize("cancel_first", [True, False])
async def test_cancellation_and_renewal_in_either_order_owe_nothing(
    cancel_first: bool, fresh_world: World
) -> None:
    world = fresh_world
    # given six renewals that are due
    bought = [await world.buy(await world.shopper(), trial=True) for _ in range(6)]
    world.run = world.run.at(datetime(2026, 1, 31, 9, tzinfo=UTC))
    cancellations = [
        cancel_subscription(world.run, one.subscription_id, timing=Timing.NOW) for one in bought
    ]
    billing = [_bill(world), _bill(world)]
    # when
    both = [*cancellations, *billing] if cancel_first else [*billing, *cancellations]
    await asyncio.gather(*both)
    # then each renewal was either never billed or is written off
    for one in bought:
        assert await world.state(one.subscription_id) == "canceled"
        assert (await world.invoices(one.subscription_id))[1:] in (
            [], [("renewal", "uncollectible", 1199)],
        )  # fmt: skip
    assert await world.balances() == {}
    # and nobody is charged
    await world.advance(datetime(2026, 3, 15, tzinfo=UTC))
    assert await world.simulator.truth() == []


async def test_of_two_changes_at_once_one_is_charged_and_the_other_refused(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when two plans are asked for at once
    results = await meet(
        world, SUBSCRIPTION, bought.subscription_id,
        world.change(bought, "family_monthly"), world.change(bought, "duo_monthly"), waiting=2,
    )  # fmt: skip
    # then the first waits for its payment, or has happened, when the second is decided
    refused = [one for one in results if isinstance(one, BaseException)]
    assert [type(one) for one in refused] in ([ChangeInProgress], [])
    charges = [one for one in await world.receipts(shopper.customer_id) if one[0] == "payment"]
    assert len(charges) == 2
    [(_, plan, *_)] = await world.items(bought)
    assert plan in {"family_monthly", "duo_monthly"}


async def test_one_key_asked_twice_at_once_changes_and_charges_once(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    change = Change(bought.subscription_id, "family_monthly", None, Timing.NOW)
    command = Command("shop", "twice at once", b"family")
    asking = [change_subscription(world.run, world.psps, change, command=command) for _ in range(2)]
    # when
    results = await meet(world, SUBSCRIPTION, bought.subscription_id, *asking, waiting=2)
    # then both are told of one change, whose payment may be under way still for the second
    assert {type(one) for one in results} == {ChangeOutcome}, results
    assert len({one.invoice_id for one in results if isinstance(one, ChangeOutcome)}) == 1
    assert [kind for kind, _ in await world.receipts(shopper.customer_id)] == ["payment"] * 2


@dataclass(slots=True)
class Mute(Relayed):
    """A provider that does what it is asked and answers nothing."""

    @override
    async def call(self, what: Action) -> Reading:
        await self.gateway.call(what)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


@pytest.mark.parametrize("order", ["payment first", "renewal first", "both at once"])
async def test_change_and_renewal_in_either_order_bill_no_day_twice(
    order: str, fresh_world: World
) -> None:
    world = fresh_world
    # given changes on the last day of a month, paid for, and nobody knows it
    shoppers = [await world.shopper() for _ in range(4)]
    bought = [await world.buy(one) for one in shoppers]
    world.run = world.run.at(datetime(2026, 1, 31, 9, tzinfo=UTC))
    for one in bought:
        change = Change(one.subscription_id, "family_monthly", None, Timing.NOW)
        waits = await change_subscription(world.run, Mute(world.psps), change)
        assert waits.changed is Changed.WAITS
    # when the payments are found out in the last minute, as the renewals fall due
    last_minute = world.run.at(datetime(2026, 1, 31, 22, 59, tzinfo=UTC))
    world.run = world.run.at(datetime(2026, 2, 1, 9, tzinfo=UTC))
    finding = resolve_attempts(last_minute, world.psps, buckets=ALL)
    if order == "payment first":
        await finding
        await _bill(world)
    elif order == "renewal first":
        await _bill(world)
        await finding
    else:
        await asyncio.gather(finding, _bill(world))
        await _bill(world)
    await resolve_refunds(world.run, world.psps, buckets=ALL)
    # then each change happened before its renewal, or its money went back
    late = [
        await _is_late(world, shopper, one) for shopper, one in zip(shoppers, bought, strict=True)
    ].count(True)
    assert await world.value("SELECT count(*) FROM money_exception") == 0
    assert late in {"payment first": {0}, "renewal first": {4}}.get(order, set(range(5)))


async def _is_late(world: World, shopper: Shopper, bought: Bought) -> bool:
    """Say whether the change came too late, and assert all that follows from either."""
    plans = [plan for _, plan, *_ in await world.items(bought)]
    late = plans == ["individual_monthly"]
    assert late or plans == ["individual_monthly", "family_monthly"]
    kinds = [kind for kind, _ in await world.receipts(shopper.customer_id)]
    assert kinds == ["payment", "payment", *(["refund"] if late else [])]
    renewed = (await world.invoices(bought.subscription_id))[2:]
    assert renewed == [("renewal", "open", 1199 if late else 1999)]
    assert await world.credit(shopper.customer_id) == 0
    return late
