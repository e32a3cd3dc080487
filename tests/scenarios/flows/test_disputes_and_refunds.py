"""Refunds and disputes of the same money: whoever comes first, nobody gets it twice unnoticed."""

from datetime import timedelta
from typing import Any, Final

import pytest

from ledgerline.base.ids import RefundId
from ledgerline.flows.accept_dispute import Acceptance, accept_dispute
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.disputes import DisputeEvent
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import (
    DisputeNotAnswerable,
    PaymentDisputed,
    RefundExceedsCaptured,
)
from tests.disputing import HOUR, attempt_of, broken, disputed, reasons, tell
from tests.flow_values import Bought
from tests.flow_world import World

E = DisputeEvent
DAY: Final = timedelta(days=1)
REFUSED: Final = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="refused")


async def _refund(world: World, bought: Bought, minor: int | None = None) -> RefundId:
    assert bought.payment_id is not None
    return await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, minor, "no"))


async def _settle(world: World, refund: RefundId, reading: Reading) -> None:
    bucket = await world.value("SELECT bucket FROM refund WHERE id = %s", refund)
    await settle_refund(world.run, bucket=bucket, refund_id=refund, reading=reading)


async def _lossy(world: World, fault: str, *, on: bool) -> None:
    rates = {"provider": "boreal", "rates": {fault: 1_000_000 if on else 0}}
    await world.simulator.control("faults", rates)


async def _parts(world: World) -> list[tuple[Any, ...]]:
    """Read what disputes hold, what is over of them and what they stand for, by name."""
    return await world.rows(
        "SELECT state, held_minor, over_minor, offset_minor FROM dispute ORDER BY psp_ref"
    )


@pytest.mark.parametrize("lost_first", [False, True])
async def test_what_a_failed_refund_had_reserved_is_the_disputes(
    fresh_world: World, lost_first: bool
) -> None:
    world = fresh_world
    shopper = await world.shopper(token="tok_visa", psp="boreal")
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    # given a refund under way of which nobody knows, and a dispute of all of it
    await _lossy(world, "timeout_before_accept", on=True)
    refund = await _refund(world, bought, 1000)
    await tell(world, attempt, E.OPENED)
    assert await _parts(world) == [("needs_response", 199, 1000, 0)]
    if lost_first:
        await tell(world, attempt, E.LOST, at=world.now + HOUR)
        detail = "SELECT detail FROM money_exception WHERE reason = 'over_returned'"
        assert "1000 minor units more than was paid" in await world.value(detail)
    # when the refund turns out to have failed
    await _settle(world, refund, REFUSED)
    # then nothing is over, all of it is the dispute's, and people need not look any more
    held = ("lost", 1199, 0, 0) if lost_first else ("needs_response", 1199, 0, 0)
    assert await _parts(world) == [held]
    assert "over_returned" not in await reasons(world)
    balances = await world.balances(shopper.customer_id)
    assert "suspense" not in balances
    assert balances["dispute_loss" if lost_first else "dispute_hold"] == 1199
    assert await broken(world) == []
    # and it is not given back a second time
    with pytest.raises(RefundExceedsCaptured if lost_first else PaymentDisputed):
        await _refund(world, bought, 1)
    # when the dispute is won after all
    await tell(world, attempt, E.WON, at=world.now + 2 * HOUR)
    # then all of it is ours, and can be given back once
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert await broken(world) == []


@pytest.mark.parametrize("ends", [E.WON, E.LOST])
async def test_what_a_refund_that_came_back_owes_a_dispute_has_paid(
    fresh_world: World, ends: DisputeEvent
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    refund = await _refund(world, bought, 1000)
    await tell(world, attempt, E.OPENED)
    # when the refund of what is disputed comes back
    await _settle(world, refund, REFUSED)
    # then the payer has the money by the dispute, and it is not credit as well
    assert await _parts(world) == [("needs_response", 199, 0, 1000)]
    assert await world.rows("SELECT amount_minor, remaining_minor FROM credit_lot") == [(1000, 0)]
    balances = await world.balances(shopper.customer_id)
    assert ("customer_credit" in balances, "suspense" in balances) == (False, False)
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 1199, 0)
    assert await reasons(world) == ["dispute_open", "refund_reversed"]
    assert await broken(world) == []
    with pytest.raises(PaymentDisputed):
        await _refund(world, bought, 1)
    # when it is decided
    await tell(world, attempt, ends, at=world.now + HOUR)
    balances = await world.balances(shopper.customer_id)
    [(remaining,)] = await world.rows("SELECT remaining_minor FROM credit_lot")
    if ends is E.LOST:
        # then only what was never to go back is a loss
        assert (balances["dispute_loss"], remaining) == (199, 0)
        assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 1199)
        # and a later stage may still turn it
        await tell(world, attempt, E.WON, at=world.now + 2 * HOUR)
        balances = await world.balances(shopper.customer_id)
        [(remaining,)] = await world.rows("SELECT remaining_minor FROM credit_lot")
    # then the money is ours again, and the customer is owed the credit
    assert (balances["customer_credit"], remaining) == (-1000, 1000)
    assert "suspense" not in balances
    assert await broken(world) == []


async def test_a_refund_that_waits_is_given_up_once_its_money_is_lost(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper(token="tok_visa", psp="boreal")
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    # given a refund that no provider has heard of
    await _lossy(world, "unauthorized", on=True)
    await _refund(world, bought, 1000)
    assert await world.rows("SELECT state FROM refund") == [("requested",)]
    await tell(world, attempt, E.OPENED)
    await _lossy(world, "unauthorized", on=False)
    # while the dispute is open it waits
    await world.advance(world.now + 2 * DAY)
    assert await world.rows("SELECT state FROM refund") == [("requested",)]
    # when the dispute is lost
    await tell(world, attempt, E.LOST)
    await world.advance(world.now + 2 * DAY)
    # then it never goes out: its payer has the money
    assert await world.rows("SELECT state, psp_code FROM refund") == [
        ("failed", "lost_to_dispute"),
    ]  # fmt: skip
    assert await _parts(world) == [("lost", 1199, 0, 0)]
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 1199)
    assert "over_returned" not in await reasons(world)
    assert await broken(world) == []


async def test_no_more_is_given_back_than_a_lost_dispute_left(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    await tell(world, attempt, E.OPENED, minor=500)
    await tell(world, attempt, E.LOST, minor=500, at=world.now + HOUR)
    with pytest.raises(RefundExceedsCaptured) as refused:
        await _refund(world, bought, 700)
    assert refused.value.facts["left_minor"] == 699
    await _refund(world, bought, 699)
    with pytest.raises(RefundExceedsCaptured):
        await _refund(world, bought, 1)
    assert await disputed(world, bought.payment_id) == (1199, 699, 0, 0, 500)
    assert await reasons(world) == []
    assert await broken(world) == []


async def test_what_a_payer_got_more_than_was_paid_is_claimed_until_people_end_it(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    await _refund(world, bought, 1000)
    await tell(world, attempt, E.OPENED, minor=500)
    assert await _parts(world) == [("needs_response", 199, 301, 0)]
    await tell(world, attempt, E.LOST, minor=500, at=world.now + HOUR)
    detail = await world.value(
        "SELECT detail FROM money_exception WHERE reason = 'over_returned' AND closed_at IS NULL"
    )
    assert detail.endswith("lost: the payer has received 301 minor units more than was paid")
    with pytest.raises(RefundExceedsCaptured):
        await _refund(world, bought, 1)
    assert (await world.balances())["suspense"] == 301
    assert await broken(world) == []


async def test_what_one_dispute_gives_back_another_holds(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    # given two disputes that took the same money
    await tell(world, attempt, E.OPENED, ref="dp_1")
    await tell(world, attempt, E.OPENED, ref="dp_2", at=world.now + HOUR)
    assert await _parts(world) == [
        ("needs_response", 1199, 0, 0), ("needs_response", 0, 1199, 0),
    ]  # fmt: skip
    # when the first is won
    await tell(world, attempt, E.WON, ref="dp_1", at=world.now + 2 * HOUR)
    # then the second holds what was over of it
    assert await _parts(world) == [("won", 0, 0, 0), ("needs_response", 1199, 0, 0)]
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 1199, 0)
    assert "suspense" not in await world.balances()
    assert await reasons(world) == ["dispute_open"]
    with pytest.raises(PaymentDisputed):
        await _refund(world, bought, 1)
    assert await broken(world) == []


async def test_an_inquiry_is_refunded_and_not_accepted(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    dispute = await tell(world, attempt, E.WARNED)
    assert dispute is not None
    # when somebody accepts what has taken no money yet
    with pytest.raises(DisputeNotAnswerable) as refused:
        await accept_dispute(world.run, Acceptance(dispute, "mara", "we give in"))
    # then no loss is booked
    assert refused.value.facts["state"] == "warning"
    assert await _parts(world) == [("warning", 0, 0, 0)]
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert "dispute_loss" not in await world.balances()
    # and the money can go back before it is taken
    await _refund(world, bought)
    assert await disputed(world, bought.payment_id) == (1199, 1199, 0, 0, 0)
    assert await broken(world) == []
