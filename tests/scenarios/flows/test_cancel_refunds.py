"""A cancellation pays back what it gives back, through the payments it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from typing_extensions import override

from ledgerline.base.ids import SubscriptionId
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.claim_key import Command
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.request_refund import RefundOrder, check_refund, request_refund
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.model import Action, EvidenceKind, Outcome, Reading, SentRefund
from ledgerline.payments.refusals import CreditNotPayable, RefundExceedsCaptured
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from ledgerline.subscriptions.model import (
    GivingBack,
    RefundNeedsEndNow,
    Timing,
    WithdrawalOver,
)
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed
from tests.scenarios.flows.test_late_success import Refusing

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Unknowing(Relayed):
    """A provider of which no answer to a refund comes."""

    @override
    async def call(self, what: Action) -> Reading:
        found = await self.gateway.call(what)
        return found if not isinstance(what, SentRefund) else LOST


LOST = Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


async def _refunded(world: World) -> int:
    return sum(
        one["amount"]
        for one in await world.simulator.truth()
        if (one["kind"], one["status"]) == ("refund", "succeeded")
    )


async def _cancel(
    world: World, subscription_id: SubscriptionId, back: GivingBack, key: str | None = None
) -> None:
    command = None if key is None else Command("shop", key, b"asked")
    await cancel_subscription(
        world.run, subscription_id, timing=Timing.NOW, back=back, command=command
    )


async def _year(world: World) -> tuple[Shopper, Bought]:
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    assert bought.payment_id is not None
    return shopper, bought


async def test_what_is_unused_goes_back_through_its_payment(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought = await _year(world)
    await world.advance(date(2026, 3, 1))
    # a look says what comes back and where
    shown = await preview_cancel(
        world.run, bought.subscription_id, timing=Timing.NOW, back=GivingBack.UNUSED
    )
    [one] = shown.returns
    assert one.payment.id == bought.payment_id
    assert one.amount_minor == shown.credited_minor > 0
    assert shown.stays_minor == 0
    # when it is canceled, twice under one key
    for _ in range(2):
        await _cancel(world, bought.subscription_id, GivingBack.UNUSED, "key-1")
    # then nothing of it can be spent, and it goes out
    assert await world.credit(shopper.customer_id) == 0
    assert await _refunded(world) == 0
    await world.advance(world.now + MINUTE)
    assert await _refunded(world) == one.amount_minor
    assert await world.rows("SELECT cause, state FROM refund") == [("credit", "succeeded")]
    assert (await world.receipts(shopper.customer_id))[-1] == ("refund", one.amount_minor)
    assert "customer_credit" not in await world.balances(shopper.customer_id)
    assert await audit(world.run) == []


@pytest.mark.parametrize("days", [0, 1, 14])
async def test_who_withdraws_has_all_back(fresh_world: World, days: int) -> None:
    world = fresh_world
    shopper, bought = await _year(world)
    captured = await world.value("SELECT captured_minor FROM payment")
    if days:
        await world.advance(world.now + timedelta(days=days))
    await _cancel(world, bought.subscription_id, GivingBack.FULL)
    await world.advance(world.now + MINUTE)
    assert await _refunded(world) == captured
    assert await world.credit(shopper.customer_id) == 0
    left = await world.balances(shopper.customer_id)  # days that are earned when the month is over
    assert left.keys() <= {"deferred_revenue", "revenue"}
    assert sum(left.values()) == 0
    assert await world.state(bought.subscription_id) == "canceled"
    assert await audit(world.run) == []


@pytest.mark.parametrize(
    ("steps", "stays"),
    [
        (("family_monthly",), 0),
        (("family_monthly", "student_monthly"), 1_219),
        ((3, 1), 2_089),
    ],
)
async def test_who_withdraws_after_changes_has_each_day_back_once(
    fresh_world: World, steps: Sequence[str | int], stays: int
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    for step in steps:
        await world.advance(world.now + timedelta(days=2))
        if isinstance(step, int):
            await world.change(bought, quantity=step)
        else:
            await world.change(bought, step)
    await world.advance(world.now + timedelta(days=2))
    await _cancel(world, bought.subscription_id, GivingBack.FULL)
    await world.advance(world.now + MINUTE)
    # then nothing is kept; what a change to less gave before is credit already
    captured = await world.value("SELECT sum(captured_minor)::bigint FROM payment")
    assert await world.credit(shopper.customer_id) == stays
    assert await _refunded(world) == captured - stays
    assert await audit(world.run) == []


async def test_after_fourteen_days_only_what_is_unused_goes_back(fresh_world: World) -> None:
    world = fresh_world
    _, bought = await _year(world)
    await world.advance(world.now + timedelta(days=15))
    for act in (preview_cancel, cancel_subscription):
        with pytest.raises(WithdrawalOver) as refused:
            await act(world.run, bought.subscription_id, timing=Timing.NOW, back=GivingBack.FULL)
        assert refused.value.facts["until"] == "2026-01-15"
    assert await world.state(bought.subscription_id) == "active"


@pytest.mark.parametrize("back", [GivingBack.UNUSED, GivingBack.FULL])
async def test_at_the_end_of_a_period_nothing_is_paid_back(
    fresh_world: World, back: GivingBack
) -> None:
    world = fresh_world
    _, bought = await _year(world)
    for act in (preview_cancel, cancel_subscription):
        with pytest.raises(RefundNeedsEndNow):
            await act(world.run, bought.subscription_id, timing=Timing.PERIOD_END, back=back)
    assert await world.value("SELECT count(*) FROM refund") == 0


async def test_a_refund_that_is_refused_leaves_the_credit(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought = await _year(world)
    await world.advance(date(2026, 2, 1))
    await _cancel(world, bought.subscription_id, GivingBack.UNUSED)
    given = await world.value("SELECT amount_minor FROM refund")
    await resolve_refunds(world.run, Refusing(world.psps), buckets=ALL)
    # then it is the customer's again, to spend or to have paid out
    assert await world.value("SELECT state FROM refund") == "failed"
    assert await world.credit(shopper.customer_id) == given
    order = CreditOrder(customer_id=shopper.customer_id, reason="again")
    await pay_out_credit(world.run, order)
    await world.advance(world.now + MINUTE)
    assert await _refunded(world) == given
    assert await audit(world.run) == []


async def test_a_refund_that_nobody_knows_keeps_the_credit_until_it_is_known(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, bought = await _year(world)
    await world.advance(date(2026, 2, 1))
    await _cancel(world, bought.subscription_id, GivingBack.UNUSED)
    await resolve_refunds(world.run, Unknowing(world.psps), buckets=ALL)
    assert await world.value("SELECT state FROM refund") == "unknown"
    assert await world.credit(shopper.customer_id) == 0
    order = CreditOrder(customer_id=shopper.customer_id, reason="at once")
    with pytest.raises(CreditNotPayable):
        await pay_out_credit(world.run, order)
    given = await world.value("SELECT amount_minor FROM refund")
    await world.advance(world.now + timedelta(days=1))
    assert await _refunded(world) == given
    assert await audit(world.run) == []


async def test_what_was_paid_from_credit_stays_credit(fresh_world: World) -> None:
    # given a month that was paid from credit in part
    world = fresh_world
    shopper = await world.shopper()
    await world.give_credit(shopper, "student_monthly")
    credit = await world.credit(shopper.customer_id)
    bought = await world.buy(shopper)
    charged = await world.value(
        "SELECT captured_minor FROM payment WHERE id = %s", bought.payment_id
    )
    assert 0 < charged < 1_199
    shown = await preview_cancel(
        world.run, bought.subscription_id, timing=Timing.NOW, back=GivingBack.FULL
    )
    assert [one.amount_minor for one in shown.returns] == [charged]
    assert shown.stays_minor == credit
    await _cancel(world, bought.subscription_id, GivingBack.FULL)
    await world.advance(world.now + MINUTE)
    assert await _refunded(world) == charged
    assert await world.credit(shopper.customer_id) == credit
    assert await audit(world.run) == []


@pytest.mark.parametrize(
    "steps",
    [
        ("refund", "cancel", "payout"),
        ("cancel", "refund", "payout"),
        ("cancel", "payout", "refund"),
        ("refund", "cancel"),
        ("cancel", "refund"),
    ],
)
@pytest.mark.parametrize("settles", [True, False])
async def test_the_order_of_requests_decides_nothing(
    fresh_world: World, steps: Sequence[str], *, settles: bool
) -> None:
    """Whoever is refunded some and cancels with a refund has all of the unused time back, once."""
    world = fresh_world
    shopper, bought = await _year(world)
    assert bought.payment_id is not None
    captured = await world.value("SELECT captured_minor FROM payment")
    await world.advance(date(2026, 3, 1))
    for step in steps:
        if step == "cancel":
            await _cancel(world, bought.subscription_id, GivingBack.UNUSED)
        elif step == "payout":
            order = CreditOrder(customer_id=shopper.customer_id, reason="asked")
            with pytest.raises(CreditNotPayable):  # the cancellation left none
                await pay_out_credit(world.run, order)
        else:
            order_all = RefundOrder(bought.payment_id, None, "goodwill")
            await request_refund(world.run, world.psps, order_all)
        if settles:
            await world.advance(world.now + MINUTE)
    await world.advance(world.now + MINUTE)
    assert await _refunded(world) == captured
    assert await world.credit(shopper.customer_id) == 0
    with pytest.raises((RefundExceedsCaptured, ExceedsLineRemainder)):
        await check_refund(world.run, RefundOrder(bought.payment_id, 1, "more"))
    assert await audit(world.run) == []
