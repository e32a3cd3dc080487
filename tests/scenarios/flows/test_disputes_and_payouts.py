"""Credit that is paid out through a payment, and a dispute of that payment: one of them has it."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from ledgerline.base.errors import Rejected
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.disputes import DisputeEvent
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from tests.disputing import HOUR, attempt_of, broken, disputed, reasons, tell
from tests.flow_catalog import Offer, small_catalog
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world

E = DisputeEvent
MINUTE: Final = timedelta(minutes=1)


async def _fail(world: World) -> None:
    """Hear that the one refund came to nothing, or came back."""
    [(bucket, refund)] = await world.rows("SELECT bucket, id FROM refund")
    reading = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="refused")
    await settle_refund(world.run, bucket=bucket, refund_id=refund, reading=reading)


async def _paying_out(world: World) -> tuple[Shopper, Bought, UUID, int]:
    """Pay a year, change to a student's month, and ask for the credit back."""
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    attempt = await attempt_of(world, bought)
    await world.advance(date(2026, 2, 1))
    await world.change(bought, "student_monthly")
    credit = await world.credit(shopper.customer_id)
    await pay_out_credit(world.run, CreditOrder(customer_id=shopper.customer_id, reason="asked"))
    assert await world.credit(shopper.customer_id) == 0
    return shopper, bought, attempt, credit


async def _dispute(world: World) -> tuple[str, int, int, int]:
    [row] = await world.rows("SELECT state, held_minor, over_minor, offset_minor FROM dispute")
    return row


@pytest.mark.parametrize("ends", [E.LOST, E.WON])
@pytest.mark.parametrize("comes_back", [False, True])
@pytest.mark.parametrize("decided_first", [False, True])
async def test_credit_that_a_dispute_paid_is_not_credit_as_well(
    fresh_world: World, ends: DisputeEvent, comes_back: bool, decided_first: bool
) -> None:
    world = fresh_world
    shopper, bought, attempt, credit = await _paying_out(world)
    captured = await world.value(
        "SELECT captured_minor FROM payment WHERE id = %s", bought.payment_id
    )
    if comes_back:
        await world.advance(world.now + MINUTE)
    await tell(world, attempt, E.OPENED, minor=captured)
    assert await _dispute(world) == ("needs_response", captured - credit, credit, 0)
    # when the pay-out comes to nothing, and the dispute is decided
    if decided_first:
        await tell(world, attempt, ends, minor=captured, at=world.now + HOUR)
        await _fail(world)
    else:
        await _fail(world)
        # then the credit stands for what the dispute took, and cannot be spent
        assert await world.credit(shopper.customer_id) == 0
        assert await _dispute(world) == ("needs_response", captured - credit, 0, credit)
        assert await broken(world) == []
        await tell(world, attempt, ends, minor=captured, at=world.now + HOUR)
    balances = await world.balances(shopper.customer_id)
    assert "suspense" not in balances
    # people know of the credit that has paid a student's month
    assert ("over_returned" in await reasons(world)) is (ends is E.LOST)
    if ends is E.WON:
        # then the money is ours again, and the credit the customer's
        assert await _dispute(world) == ("won", 0, 0, 0)
        assert await world.credit(shopper.customer_id) == credit
    else:
        # then the payer has the money once: only what was never credited is a loss
        assert await _dispute(world) == ("lost", captured - credit, 0, credit)
        assert await world.credit(shopper.customer_id) == 0
        assert "customer_credit" not in balances
        assert balances["dispute_loss"] == captured - credit
        assert (await disputed(world, bought.payment_id))[-1] == captured
    assert await broken(world) == []


async def test_credit_of_what_another_payment_paid_stays_the_customers(
    fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = small_catalog(Offer("music", 1000), Offer("film", 3000, family="film"))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        # given credit of two purchases, and as much of the first as of the second is paid out
        shopper = await world.shopper("XX")
        music = await world.buy(shopper, "music")
        await world.advance(world.now + MINUTE)
        film = await world.buy(shopper, "film")
        attempt = await attempt_of(world, film)
        await world.cancel(music)
        await world.advance(world.now + MINUTE)
        await world.cancel(film)
        await pay_out_credit(
            world.run,
            CreditOrder(customer_id=shopper.customer_id, reason="asked", amount_minor=2000),
        )
        # through the newest payment, though it is drawn from the oldest credit first
        assert await world.rows(
            "SELECT d.amount_minor FROM refund AS f JOIN refund_draw AS d ON d.refund_id = f.id"
            " WHERE f.payment_id = %s ORDER BY d.lot_id",
            film.payment_id,
        ) == [(1000,), (1000,)]
        # when it fails once the bank has taken back all of the newest
        await tell(world, attempt, E.LOST, minor=3000)
        await _fail(world)
        # then the dispute stands for the credit of that invoice alone
        assert await _dispute(world) == ("lost", 0, 0, 3000)
        assert await world.rows("SELECT remaining_minor FROM credit_lot ORDER BY id") == [
            (1000,), (0,),
        ]  # fmt: skip
        assert await broken(world) == []


@pytest.mark.parametrize("comes_back", [False, True], ids=["fails", "comes back"])
@pytest.mark.parametrize("ends", [E.LOST, E.WON])
async def test_credit_paid_out_through_another_payment_stands_for_a_dispute_of_its_own(
    fresh_database_url: str, tmp_path: Path, comes_back: bool, ends: DisputeEvent
) -> None:
    catalog = small_catalog(Offer("music", 1000), Offer("film", 3000, family="film"))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        # given credit of the older purchase that goes out through the newer one's payment
        shopper = await world.shopper("XX")
        music = await world.buy(shopper, "music")
        attempt = await attempt_of(world, music)
        await world.advance(world.now + MINUTE)
        film = await world.buy(shopper, "film")
        await world.cancel(music)
        await world.advance(world.now + MINUTE)
        await world.cancel(film)
        await pay_out_credit(
            world.run,
            CreditOrder(customer_id=shopper.customer_id, reason="asked", amount_minor=2000),
        )
        if comes_back:
            await world.advance(world.now + MINUTE)
        # when the bank takes the older payment back, and then the pay-out comes to nothing
        await tell(world, attempt, E.OPENED, minor=1000)
        await _fail(world)
        # then the payer has the older money once, and of the newer all the credit
        assert (await _dispute(world))[1:] == (0, 0, 1000)
        lots = "SELECT remaining_minor FROM credit_lot ORDER BY id"
        assert await world.rows(lots) == [(0,), (3000,)]
        assert await broken(world) == []
        # and the credit is theirs again where the dispute is won
        await tell(world, attempt, ends, minor=1000, at=world.now + HOUR)
        assert await world.rows(lots) == [(0 if ends is E.LOST else 1000,), (3000,)]
        assert await broken(world) == []


async def test_what_a_cut_withheld_is_not_owed_where_a_dispute_has_paid_it(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await world.shopper(token="tok_visa", psp="boreal")
    bought = await world.buy(shopper, "individual_yearly")
    attempt = await attempt_of(world, bought)
    assert bought.payment_id is not None
    captured = await world.value(
        "SELECT captured_minor FROM payment WHERE id = %s", bought.payment_id
    )
    # given a refund under way of all of it, and a cancellation that therefore gives nothing back
    await world.simulator.control(
        "faults", {"provider": "boreal", "rates": {"timeout_before_accept": 1_000_000}}
    )
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "no"))
    await world.cancel(bought)
    assert await world.credit(shopper.customer_id) == 0
    # when the bank has taken all of it back and the refund fails
    await tell(world, attempt, E.LOST, minor=captured)
    await _fail(world)
    # then the payer has the money once
    assert await _dispute(world) == ("lost", 0, 0, captured)
    assert await world.credit(shopper.customer_id) == 0
    assert "dispute_loss" not in await world.balances(shopper.customer_id)
    assert await broken(world) == []
    # and has the credit where the dispute is won after all
    await tell(world, attempt, E.WON, minor=captured, at=world.now + HOUR)
    assert await world.credit(shopper.customer_id) == captured
    assert await broken(world) == []


def _orders() -> list[tuple[str, ...]]:
    """Give every order in which the payer has the money by a dispute before the pay-out fails."""
    tales = [("refund", "opened", ends, "fails") for ends in ("lost", "won")]
    orders = [order for tale in tales for order in permutations(tale)]
    return [one for one in orders if one.index("fails") > min(one.index("opened"), 2)]


@pytest.mark.parametrize("was_sent", [False, True], ids=["never sent", "came back"])
async def test_in_any_order_a_payer_has_the_money_once(fresh_world: World, was_sent: bool) -> None:
    world = fresh_world
    stories = []
    for order in _orders():
        shopper = await world.shopper()
        bought = await world.buy(shopper)
        stories.append((order, shopper, bought))
    # given credit of half a month on its way back to whom it is of
    await world.advance(date(2026, 1, 16))
    for _, shopper, bought in stories:
        await world.cancel(bought)
        await pay_out_credit(world.run, CreditOrder(customer_id=shopper.customer_id, reason="-"))
    if was_sent:
        await world.advance(world.now + MINUTE)
    wrong = []
    for order, shopper, bought in stories:
        for n, act in enumerate(order):
            await _act(world, bought, act, at=world.now + n * HOUR)
        # then nobody has more than was paid, by refund, dispute and credit together
        [(had, captured)] = await world.rows(
            "SELECT coalesce((SELECT sum(r.amount_minor) FROM refund AS r"
            " WHERE r.payment_id = p.id AND r.state IN ('succeeded', 'sent', 'unknown')), 0)"
            " + coalesce((SELECT sum(f.taken_minor - f.given_minor) - max(d.over_minor)"
            " FROM dispute AS d JOIN dispute_fact AS f ON f.dispute_id = d.id"
            " WHERE d.payment_id = p.id), 0), p.captured_minor FROM payment AS p WHERE p.id = %s",
            bought.payment_id,
        )
        credit = await world.credit(shopper.customer_id)
        if had + credit > captured:
            wrong.append((order, had, credit, captured))
    assert wrong == []
    assert await broken(world) == []


async def _act(world: World, bought: Bought, act: str, *, at: datetime) -> None:
    """Do one thing; what a rule refuses changes nothing."""
    if act == "refund":
        assert bought.payment_id is not None
        with suppress(Rejected):
            order = RefundOrder(bought.payment_id, 100, "no")
            await request_refund(world.run, world.psps, order)
    elif act == "fails":
        [(bucket, refund)] = await world.rows(
            "SELECT bucket, id FROM refund WHERE payment_id = %s AND cause = 'credit'",
            bought.payment_id,
        )
        reading = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="refused")
        await settle_refund(world.run, bucket=bucket, refund_id=refund, reading=reading)
    else:
        attempt = await attempt_of(world, bought)
        await tell(world, attempt, DisputeEvent(act), ref=f"dp_{attempt}", at=at)
