"""Changes that wait for their payment: what may happen meanwhile, and what becomes of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

import pytest
from typing_extensions import override

from ledgerline.base.ids import BillRunId, Bucket, PaymentId
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.change_subscription import Changed, change_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    SentRefund,
)
from ledgerline.rules.change import Change
from ledgerline.subscriptions.model import ChangeInProgress, GivingBack, Timing, WithdrawalOver
from tests.disputing import broken
from tests.flow_catalog import Offer, small_catalog
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world
from tests.relayed_psps import Relayed

PENDING: Final = "tok_pending_1"  # the provider says one day later that it took the money
LOST: Final = "tok_hang_after_1"  # it takes the money at once and says so when it is asked
KEY: Final = Command("shop", "upgrade", b"upgrade")


async def _waiting(
    world: World, token: str = PENDING, plan: str = "family_monthly"
) -> tuple[Shopper, Bought]:
    """Buy a month and change it with a card whose answer does not come."""
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.steal_card(shopper, token)
    await world.change(bought, plan)
    assert await _pending(world, bought) == 1
    return shopper, bought


async def _pending(world: World, bought: Bought) -> int:
    found: int = await world.value(
        "SELECT count(*) FROM pending_change WHERE subscription_id = %s", bought.subscription_id
    )
    return found


async def _plans(world: World, bought: Bought) -> list[str]:
    return [plan for _, plan, *_ in await world.items(bought)]


async def test_while_a_change_waits_no_other_and_no_refund_may_move(world: World) -> None:
    shopper, bought = await _waiting(world, LOST)
    refund = RefundOrder(cast("PaymentId", bought.payment_id), 100, "goodwill")
    # when, then
    for wanted in ("duo_monthly", "individual_yearly"):
        with pytest.raises(ChangeInProgress):
            await world.change(bought, wanted)
    with pytest.raises(ChangeInProgress):
        await request_refund(world.run, world.psps, refund)
    with pytest.raises(ChangeInProgress):
        await world.undo(bought)
    assert await _plans(world, bought) == ["individual_monthly"]
    # and once the provider says what it did, the change happens as it was decided
    await world.advance(world.now + timedelta(minutes=1))
    assert await _plans(world, bought) == ["family_monthly"]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199), ("payment", 800)]


async def test_a_cancellation_withdraws_the_change_and_what_is_paid_late_goes_back(
    world: World,
) -> None:
    # given
    shopper, bought = await _waiting(world)
    preview = await preview_cancel(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    assert preview.withdraws is not None
    # when
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    # then
    assert await _pending(world, bought) == 0
    assert (await world.events(shopper.customer_id))["subscription.change_withdrawn"] == 1
    # and when the provider takes the money all the same, it sends it back by itself
    await world.advance(world.now + timedelta(days=2))
    assert await _plans(world, bought) == ["individual_monthly"]
    assert await world.receipts(shopper.customer_id) == [
        ("payment", 1199), ("payment", 800), ("refund", 800),
    ]  # fmt: skip
    assert await world.credit(shopper.customer_id) == 0
    assert await world.notes(shopper.customer_id) == [
        ("refund", 672, 128, 800), ("late_change", 1008, 191, 1199),
    ]  # fmt: skip
    # and the paid month runs out as it would have
    await world.advance(world.now + timedelta(days=40))
    assert await world.state(bought.subscription_id) == "canceled"
    assert [gross for *_, gross in await world.lines(bought.subscription_id)] == [1199, 1999]


async def test_a_cancellation_at_once_does_not_wait_for_the_provider(world: World) -> None:
    # given
    shopper, bought = await _waiting(world)
    shown = await preview_cancel(world.run, bought.subscription_id, timing=Timing.NOW)
    # when
    await world.cancel(bought)
    # then service is over and the whole month is credit, as if no change had been asked for
    assert await world.state(bought.subscription_id) == "canceled"
    assert await world.credit(shopper.customer_id) == shown.credited_minor == 1199
    # and the money for the change goes back to the card
    await world.advance(world.now + timedelta(days=2))
    assert await world.credit(shopper.customer_id) == 1199
    assert await world.receipts(shopper.customer_id) == [
        ("payment", 1199), ("payment", 800), ("refund", 800),
    ]  # fmt: skip


@pytest.mark.parametrize("back", list(GivingBack))
async def test_a_cancellation_gives_up_a_renewal_and_a_change_that_both_wait(
    fresh_world: World, back: GivingBack
) -> None:
    # given a change in the last minutes of a month, and the next month billed before its answer
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    ends = await world.value("SELECT next_bill_at FROM subscription")
    await world.advance(ends - timedelta(minutes=5))
    slow = await world.method(shopper.customer_id, PENDING)
    await use_payment_method(world.run, bought.subscription_id, method_id=slow)
    await world.change(bought, "family_monthly")
    late = world.run.at(ends)
    bill_run_id = BillRunId(late.new_id(Bucket(0)))
    await open_bill_run(late, bill_run_id=bill_run_id)
    await bill_due(late, bill_run_id=bill_run_id, buckets=ALL)
    assert await _pending(world, bought) == 1
    assert ("renewal", "open", 1199) in await world.invoices(bought.subscription_id)
    # when they cancel before anybody tries to charge it
    if back is GivingBack.FULL:  # fourteen days are over, and that is said before anything is done
        with pytest.raises(WithdrawalOver):
            await cancel_subscription(late, bought.subscription_id, timing=Timing.NOW, back=back)
        return
    shown = await preview_cancel(late, bought.subscription_id, timing=Timing.NOW, back=back)
    await cancel_subscription(late, bought.subscription_id, timing=Timing.NOW, back=back)
    assert shown.withdraws is not None
    assert await _pending(world, bought) == 0
    # then the renewal is never charged, and what the provider takes for the change comes back
    await world.advance(ends + timedelta(days=3))
    assert await world.state(bought.subscription_id) == "canceled"
    taken = sum((await world.value("SELECT array_agg(amount_minor) FROM receipt"
                                   " WHERE kind = 'payment'"))[1:])  # fmt: skip
    given = await world.value("SELECT coalesce(sum(amount_minor), 0) FROM refund"
                              " WHERE state = 'succeeded'")  # fmt: skip
    assert taken == given > 0
    assert await world.value("SELECT count(*) FROM invoice WHERE state = 'open'") == 0
    assert await broken(world) == []


async def test_a_withdrawn_change_that_is_declined_leaves_nothing(world: World) -> None:
    # given a provider that has not answered yet
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    change = Change(bought.subscription_id, "family_monthly", None, Timing.NOW)
    waits = await change_subscription(world.run, Deaf(world.psps), change)
    assert waits.changed is Changed.WAITS
    await world.cancel(bought)
    [(attempt_id, bucket)] = await world.rows(
        "SELECT a.id, a.bucket FROM attempt a JOIN payment p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s AND a.state = 'unknown'", bought.subscription_id,
    )  # fmt: skip
    refused = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, category=DeclineCategory.UNMAPPED)
    # when it says that it refused
    await settle_attempt(world.run, [Evidence(bucket, attempt_id, refused)])
    # then
    assert [state for _, state, _ in await world.invoices(bought.subscription_id)] == [
        "paid", "void",
    ]  # fmt: skip
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.credit(shopper.customer_id) == 1199


async def _open_changes(world: World, bought: Bought) -> int:
    found: int = await world.value(
        "SELECT count(*) FROM invoice WHERE subscription_id = %s AND state = 'open'",
        bought.subscription_id,
    )
    return found


async def test_a_change_waits_for_a_day_and_then_makes_room(world: World) -> None:
    # given a change whose payment nobody can tell of
    shopper = await world.shopper(psp="boreal")
    bought = await world.buy(shopper)
    await world.steal_card(shopper, LOST)
    start, later = world.now.isoformat(), (world.now + timedelta(days=3)).isoformat()
    await world.simulator.control("outage", {"provider": "boreal", "from": start, "to": later})
    await world.change(bought, "family_monthly")
    await world.advance(world.now + timedelta(hours=23))
    with pytest.raises(ChangeInProgress):
        await world.change(bought, "duo_monthly", timing=Timing.PERIOD_END)
    # when a day is over
    await world.advance(world.now + timedelta(hours=1))
    # then another change is possible, though the first may still be paid
    assert await _pending(world, bought) == 0
    await world.change(bought, "duo_monthly", timing=Timing.PERIOD_END)
    # and however that ends, only the second one happens
    await world.advance(world.now + timedelta(days=40))
    assert await _plans(world, bought) == ["individual_monthly", "duo_monthly"]
    assert await _open_changes(world, bought) == 0
    assert await world.credit(shopper.customer_id) == 0


async def test_a_change_does_not_outlive_the_period_that_it_was_made_in(
    fresh_world: World,
) -> None:
    # given
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.advance(datetime(2026, 1, 31, 20, tzinfo=UTC))  # three hours before the boundary
    await world.steal_card(shopper, PENDING)
    await world.change(bought, "family_monthly")
    # when the boundary comes
    await world.advance(datetime(2026, 1, 31, 23, tzinfo=UTC))
    # then the run has billed the old plan, and the late money goes back
    assert await _pending(world, bought) == 0
    await world.steal_card(shopper, "tok_ok_again")
    await world.advance(datetime(2026, 2, 3, tzinfo=UTC))
    assert await _plans(world, bought) == ["individual_monthly"]
    assert [kind for kind, _ in await world.receipts(shopper.customer_id)].count("refund") == 1
    assert await world.credit(shopper.customer_id) == 0


async def test_what_a_late_change_had_from_credit_is_credit_again(
    fresh_database_url: str, tmp_path: Path
) -> None:
    offers = (Offer("old", 3000), Offer("new", 9000), Offer("gift", 700, family="other"))
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    catalog = small_catalog(*offers)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "old")
        await world.give_credit(shopper, "gift")
        await world.steal_card(shopper, PENDING)
        await world.change(bought, "new")
        assert await world.credit(shopper.customer_id) == 0
        await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
        # when
        await world.advance(at + timedelta(days=2))
        # then
        assert await world.credit(shopper.customer_id) == 700
        assert await world.receipts(shopper.customer_id) == [
            ("payment", 700), ("payment", 3000), ("payment", 5300), ("refund", 5300),
        ]  # fmt: skip


async def test_late_money_that_cannot_go_back_is_credit(fresh_world: World) -> None:
    # given late money whose refund the provider refuses
    world = fresh_world
    shopper, bought = await _waiting(world)
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    refusing = Refusing(world.psps)
    world.run = world.run.at(world.now + timedelta(days=1))
    await world.simulator.control("clock", {"now": world.now.isoformat()})
    await resolve_attempts(world.run, refusing, buckets=ALL)
    # when
    await resolve_refunds(world.run, refusing, buckets=ALL)
    # then it is credit, and nothing of it was earned
    assert await world.credit(shopper.customer_id) == 800
    assert await world.receipts(shopper.customer_id) == [("payment", 1199), ("payment", 800)]
    assert await world.notes(shopper.customer_id) == [
        ("refund_failed", 672, 128, 800), ("late_change", 1008, 191, 1199),
    ]  # fmt: skip


@dataclass(slots=True)
class Deaf(Relayed):
    """A provider that nothing reaches."""

    @override
    async def call(self, what: Action) -> Reading:
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


@dataclass(slots=True)
class Refusing(Relayed):
    """A provider that gives nothing back."""

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, SentRefund):
            return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code="no")
        return await self.gateway.call(what)


@pytest.mark.parametrize(
    ("token", "first", "days", "then"),
    [
        ("tok_ok_2", Changed.DONE, 0, Changed.DONE),
        ("tok_decline_expired_card", Changed.DECLINED, 0, Changed.DECLINED),
        (LOST, Changed.WAITS, 0, Changed.WAITS),
        (LOST, Changed.WAITS, 1, Changed.DONE),
        (PENDING, Changed.WAITS, 2, Changed.WITHDRAWN),
    ],
)
async def test_a_repeat_says_what_became_of_the_change(
    world: World, token: str, first: Changed, days: int, then: Changed
) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.steal_card(shopper, f"{token}_{days}")
    change = Change(bought.subscription_id, "family_monthly", None, Timing.NOW)
    command = Command("shop", f"{token} {days}", b"upgrade")
    # when
    was = await change_subscription(world.run, world.psps, change, command=command)
    if days:
        await world.advance(world.now + timedelta(days=days))
    invoices = await world.invoices(bought.subscription_id)
    again = await change_subscription(world.run, world.psps, change, command=command)
    # then
    assert (was.changed, again.changed) == (first, then)
    assert await world.invoices(bought.subscription_id) == invoices


async def test_a_repeat_of_a_withdrawn_change_says_so_before_and_after_its_payment(
    world: World,
) -> None:
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.steal_card(shopper, PENDING)
    change = Change(bought.subscription_id, "family_monthly", None, Timing.NOW)
    waits = await change_subscription(world.run, world.psps, change, command=KEY)
    assert waits.changed is Changed.WAITS
    await world.cancel(bought)
    for _ in range(2):
        again = await change_subscription(world.run, world.psps, change, command=KEY)
        assert again.changed is Changed.WITHDRAWN
        await world.advance(world.now + timedelta(days=2))


async def test_a_repeat_of_a_change_that_cost_nothing_does_it_once(world: World) -> None:
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    change = Change(bought.subscription_id, "student_monthly", None, Timing.PERIOD_END)
    command = Command("shop", "cheaper", b"cheaper")
    for _ in range(2):
        became = await change_subscription(world.run, world.psps, change, command=command)
        assert became.changed is Changed.DONE
    assert (await world.events(shopper.customer_id))["subscription.change_scheduled"] == 1
