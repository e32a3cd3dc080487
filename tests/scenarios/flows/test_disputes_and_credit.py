"""Credit that lies in its lot, and a dispute of what gave it: the payer has one of them."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Final
from uuid import UUID

import pytest

from ledgerline.flows.give_credit import CreditGift, give_credit
from ledgerline.flows.pause_subscription import pause_subscription
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.disputes import DisputeEvent
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from tests.disputing import HOUR, attempt_of, broken, disputed, reasons, tell
from tests.flow_values import Bought, Shopper
from tests.flow_world import World

Credited = Callable[[World], Awaitable[tuple[Shopper, Bought, UUID, int]]]
E = DisputeEvent
MINUTE: Final = timedelta(minutes=1)


async def _canceled(world: World) -> tuple[Shopper, Bought, UUID, int]:
    """Pay a month, cancel in its middle, and have the rest as credit."""
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    await world.advance(date(2026, 1, 16))
    await world.cancel(bought)
    return shopper, bought, attempt, await world.credit(shopper.customer_id)


async def _given(world: World) -> tuple[Shopper, Bought, UUID, int]:
    """Pay a month, and be given a quarter of it as credit, out of goodwill."""
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    await world.advance(date(2026, 1, 16))
    await give_credit(world.run, CreditGift(bought.payment_id, 300))
    return shopper, bought, await attempt_of(world, bought), 300


async def _dispute(world: World) -> tuple[str, int, int, int]:
    [row] = await world.rows("SELECT state, held_minor, over_minor, offset_minor FROM dispute")
    return row


@pytest.mark.parametrize("ends", [E.LOST, E.ACCEPTED, E.WON])
@pytest.mark.parametrize("credited", [_canceled, _given])
async def test_credit_in_its_lot_is_not_kept_beside_the_dispute(
    fresh_world: World, credited: Credited, ends: DisputeEvent
) -> None:
    world = fresh_world
    shopper, bought, attempt, credit = await credited(world)
    assert credit > 0
    # when all of the payment is disputed
    await tell(world, attempt, E.OPENED)
    # then its credit cannot be spent meanwhile
    assert await world.credit(shopper.customer_id) == 0
    assert await _dispute(world) == ("needs_response", 1199 - credit, 0, credit)
    assert await broken(world) == []
    await tell(world, attempt, ends, at=world.now + HOUR)
    balances = await world.balances(shopper.customer_id)
    assert "suspense" not in balances
    assert "over_returned" not in await reasons(world)
    if ends is E.WON:
        assert await _dispute(world) == ("won", 0, 0, 0)
        assert await world.credit(shopper.customer_id) == credit
    else:
        # and is gone with it: only what was earned is a loss
        assert (await _dispute(world))[1:] == (1199 - credit, 0, credit)
        assert balances["dispute_loss"] == 1199 - credit
        assert (await disputed(world, bought.payment_id))[-1] == 1199
        # and comes back where the dispute is won after all
        await tell(world, attempt, E.WON, at=world.now + 2 * HOUR)
        assert await world.credit(shopper.customer_id) == credit
    assert await broken(world) == []


async def test_a_dispute_of_what_was_earned_takes_no_credit(fresh_world: World) -> None:
    world = fresh_world
    shopper, _, attempt, credit = await _canceled(world)
    # when what was earned is disputed, and then a little more by another dispute
    await tell(world, attempt, E.LOST, minor=1199 - credit)
    assert await world.credit(shopper.customer_id) == credit
    await tell(world, attempt, E.LOST, minor=100, ref="dp_2")
    # then only what is more than that is taken
    assert await world.credit(shopper.customer_id) == credit - 100
    await tell(world, attempt, E.LOST, minor=credit - 100, ref="dp_3")
    assert await world.credit(shopper.customer_id) == 0
    assert await broken(world) == []


async def test_credit_that_was_spent_is_told_to_people(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, attempt, credit = await _canceled(world)
    # given a cheaper purchase that some of it paid
    await world.advance(world.now + MINUTE)
    await world.buy(shopper, "student_monthly")
    left = await world.credit(shopper.customer_id)
    spent = credit - left
    assert spent > 0
    # when all of the first is taken back
    await tell(world, attempt, E.LOST)
    # then what is left of it is taken, and the rest is before people
    assert await world.credit(shopper.customer_id) == 0
    assert await _dispute(world) == ("lost", 1199 - left, 0, left)
    assert "over_returned" in await reasons(world)
    detail = await world.value("SELECT detail FROM money_exception WHERE reason = 'over_returned'")
    assert str(spent) in detail
    assert (await disputed(world, bought.payment_id))[-1] == 1199
    assert await broken(world) == []
    # and is over where the dispute is won
    await tell(world, attempt, E.WON, at=world.now + HOUR)
    assert await world.credit(shopper.customer_id) == left
    assert "over_returned" not in await reasons(world)
    assert await broken(world) == []


async def test_a_second_dispute_stands_for_the_credit_once_the_first_is_won(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, _, attempt, credit = await _canceled(world)
    await tell(world, attempt, E.OPENED)
    await tell(world, attempt, E.OPENED, ref="dp_2")
    await tell(world, attempt, E.WON, at=world.now + HOUR)
    assert await world.credit(shopper.customer_id) == 0
    await tell(world, attempt, E.WON, ref="dp_2", at=world.now + HOUR)
    assert await world.credit(shopper.customer_id) == credit
    assert await broken(world) == []


@pytest.mark.parametrize("act", ["cancel", "change", "pause"])
async def test_service_that_is_cut_after_it_was_lost_gives_no_credit(
    fresh_world: World, act: str
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    attempt = await attempt_of(world, bought)
    [captured, *_] = await disputed(world, bought.payment_id)
    await tell(world, attempt, E.LOST, minor=captured)
    await world.advance(date(2026, 2, 1))
    match act:
        case "cancel":
            await world.cancel(bought)
        case "change":
            await world.change(bought, "student_monthly")
        case _:
            await pause_subscription(world.run, bought.subscription_id)
    assert await world.credit(shopper.customer_id) == 0
    assert await broken(world) == []


async def test_a_change_that_counts_on_credit_of_lost_money_does_not_happen(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    # given a change that the rest of the month pays in part, and whose payment is pending
    await world.steal_card(shopper, "tok_pending_1")
    await world.change(bought, "family_monthly")
    # when what it counts on is lost, and then it is paid
    await tell(world, attempt, E.LOST)
    await world.advance(world.now + timedelta(days=2))
    # then the plan stands, and what the change took goes back
    assert [plan for _, plan, *_ in await world.items(bought)] == ["individual_monthly"]
    assert await world.receipts(shopper.customer_id) == [
        ("payment", 1199), ("payment", 800), ("refund", 800),
    ]  # fmt: skip
    assert await world.credit(shopper.customer_id) == 0
    assert set(await broken(world)) <= {"I-53"}  # the card that was put in place of theirs


def _orders() -> list[tuple[str, ...]]:
    """Give every order of a cut, a pay-out that fails, and a dispute that is decided."""
    tales = [("cancel", "pay out", "fails", "opened", ends) for ends in ("lost", "accepted", "won")]
    return [
        order
        for tale in tales
        for order in permutations(tale)
        if order.index("cancel") < order.index("pay out") < order.index("fails")
    ]


async def test_in_any_order_a_payer_has_all_of_it_once(fresh_world: World) -> None:
    world = fresh_world
    stories = []
    for order in _orders():
        shopper = await world.shopper()
        stories.append((order, shopper, await world.buy(shopper)))
    await world.advance(date(2026, 1, 16))
    wrong = []
    for order, shopper, bought in stories:
        for n, act in enumerate(order):
            await _act(world, shopper, bought, act, at=world.now + n * HOUR)
        gone = await world.value(
            "SELECT coalesce(sum(f.taken_minor - f.given_minor), 0)::bigint FROM dispute AS d"
            " JOIN dispute_fact AS f ON f.dispute_id = d.id WHERE d.payment_id = %s",
            bought.payment_id,
        )
        given = await world.value(
            "SELECT coalesce(sum(total_minor), 0)::bigint FROM credit_note WHERE customer_id = %s",
            shopper.customer_id,
        )
        credit = await world.credit(shopper.customer_id)
        if (gone, credit) not in {(1199, 0), (0, given)}:
            wrong.append((order, gone, credit, given))
    assert wrong == []
    assert "over_returned" not in await reasons(world)
    assert await broken(world) == []


async def _act(world: World, shopper: Shopper, bought: Bought, act: str, *, at: datetime) -> None:
    """Do one thing; a pay-out of nothing is none."""
    if act == "cancel":
        await world.cancel(bought)
    elif act == "pay out":
        if await world.credit(shopper.customer_id):
            room = await disputed(world, bought.payment_id)
            if room[0] > sum(room[1:]):
                order = CreditOrder(customer_id=shopper.customer_id, reason="-")
                await pay_out_credit(world.run, order)
    elif act == "fails":
        reading = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="refused")
        for bucket, refund in await world.rows(
            "SELECT bucket, id FROM refund WHERE payment_id = %s", bought.payment_id
        ):
            await settle_refund(world.run, bucket=bucket, refund_id=refund, reading=reading)
    else:
        attempt = await attempt_of(world, bought)
        await tell(world, attempt, DisputeEvent(act), ref=f"dp_{attempt}", at=at)
