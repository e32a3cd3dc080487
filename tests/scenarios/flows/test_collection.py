from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ledgerline.flows.mend_payment import mend_payment
from ledgerline.payments.refusals import PaymentMethodNotFound, PaymentNotMendable
from ledgerline.subscriptions.model import SettleFirst
from pspsim.world import Latency
from tests.flow_catalog import WEEKLY, Offer, small_catalog
from tests.flow_values import Bought
from tests.flow_world import World, open_world

# The trial of the first of January ends on the 31st, at midnight in Berlin.
RENEWED = datetime(2026, 1, 30, 23, tzinfo=UTC)
USUAL = Latency(median_ms=250, tail_ppm=20_000, tail_ms=(1_000, 3_000))
RENEWALS = 120
PERIOD_END = datetime(2026, 2, 27, 23, tzinfo=UTC)


async def _payment(world: World, bought: Bought) -> tuple[Any, ...]:
    [row] = await world.rows(
        "SELECT id, state, tries, next_try_at FROM payment WHERE subscription_id = %s",
        bought.subscription_id,
    )
    return row


def _morning(payment_id: Any, day: date) -> datetime:
    """Nine o'clock in Berlin in winter, and the quarter hour that the payment's id draws."""
    opening = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    return opening + timedelta(minutes=15 * (payment_id.int % 65_536 % 8))


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own whose providers take as long as real ones."""
    async with open_world(fresh_database_url, tmp_path, latency=USUAL) as opened:
        yield opened


async def test_nobody_is_late_because_a_provider_takes_its_time(fresh_world: World) -> None:
    world = fresh_world
    # given more renewals at once than an account takes
    people = [await world.shopper() for _ in range(RENEWALS)]
    bought = [await world.buy(one, trial=True) for one in people]
    # when they fall due
    await world.advance(RENEWED)
    # then each is charged once, by its first try
    assert await world.rows(
        "SELECT state, tries, own_failures, count(*) FROM payment GROUP BY 1, 2, 3"
    ) == [("succeeded", 1, 0, RENEWALS)]
    assert {await world.state(one.subscription_id) for one in bought} == {"active"}
    assert len(await world.simulator.truth()) == RENEWALS


async def test_declined_renewal_is_tried_by_the_calendar_until_it_recovers(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a card without money for the first two charges
    shopper = await world.shopper(token="tok_recover_2")
    bought = await world.buy(shopper, trial=True)
    # when the renewal falls due
    await world.advance(RENEWED)
    # then service goes on for two weeks and the next try is two mornings later
    payment_id, state, tries, next_try_at = await _payment(world, bought)
    assert (state, tries) == ("processing", 1)
    assert next_try_at == _morning(payment_id, date(2026, 2, 2))
    assert await world.state(bought.subscription_id) == "past_due"
    assert (await world.covers(bought.subscription_id))[1:] == [
        (RENEWED, RENEWED + timedelta(days=14), "grace")
    ]
    assert await world.balances(shopper.customer_id) == {
        "receivable": 1199, "deferred_revenue": -1008, "tax_payable": -191,
    }  # fmt: skip
    # and the plan cannot change while something is owed
    with pytest.raises(SettleFirst):
        await world.change(bought, "family_monthly")
    # when the second try is declined too, five days go by
    await world.advance(next_try_at)
    _, _, tries, next_try_at = await _payment(world, bought)
    assert (tries, next_try_at) == (2, _morning(payment_id, date(2026, 2, 7)))
    # and the third try gets the money
    await world.advance(date(2026, 2, 20))
    assert (await _payment(world, bought))[1:] == ("succeeded", 3, None)
    assert (await world.covers(bought.subscription_id))[1:] == [(RENEWED, PERIOD_END, "paid")]
    assert await world.captures(payment_id) == [1199]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.balances(shopper.customer_id) == {
        "psp_clearing": 1199, "deferred_revenue": -1008, "tax_payable": -191,
    }  # fmt: skip
    assert await world.events(shopper.customer_id) == Counter(
        {
            "customer.created": 1, "subscription.created": 1, "subscription.trial_started": 1,
            "subscription.trial_converted": 1, "subscription.payment_overdue": 1,
            "subscription.trial_ending": 1,
            "subscription.payment_settled": 1, "invoice.issued": 2, "payment.notice_due": 2,
            "invoice.paid": 2, "attempt.sent": 3, "payment.try_failed": 2, "payment.succeeded": 1,
        }
    )  # fmt: skip
    # and the next renewal is on the old day: being late moves nothing
    await world.advance(date(2026, 3, 1))
    assert (await world.lines(bought.subscription_id))[2] == (
        date(2026, 2, 28), date(2026, 3, 31), 1199,
    )  # fmt: skip


async def test_renewal_that_is_never_paid_is_written_off_and_ends_the_subscription(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    bought = await world.buy(shopper, trial=True)
    # when all five tries are used up (0, +2, +5, +7, +7 days)
    await world.advance(date(2026, 3, 5))
    # then
    payment_id, state, tries, next_try_at = await _payment(world, bought)
    assert (state, tries, next_try_at) == ("failed", 5, None)
    assert await world.state(bought.subscription_id) == "canceled"
    assert await world.value(
        "SELECT ended_at FROM subscription WHERE id = %s", bought.subscription_id
    ) == _morning(payment_id, date(2026, 2, 21))
    assert await world.invoices(bought.subscription_id) == [
        ("purchase", "paid", 0), ("renewal", "uncollectible", 1199),
    ]  # fmt: skip
    assert await world.notes(shopper.customer_id) == [("uncollectible", 1008, 191, 1199)]
    assert await world.receipts(shopper.customer_id) == []
    assert await world.captures(payment_id) == []
    assert await world.credit(shopper.customer_id) == 0
    # and no revenue is left of it once its month is recognised
    left = await world.balances(shopper.customer_id)
    assert left.pop("revenue") + left.pop("deferred_revenue") == 0
    assert left == {}
    # service had ended two weeks after the renewal
    assert (await world.covers(bought.subscription_id))[1:] == [
        (RENEWED, RENEWED + timedelta(days=14), "grace")
    ]
    assert await world.events(shopper.customer_id) == Counter(
        {
            "customer.created": 1, "subscription.created": 1, "subscription.trial_started": 1,
            "subscription.trial_converted": 1, "subscription.payment_overdue": 1,
            "subscription.trial_ending": 1,
            "subscription.canceled": 1, "invoice.issued": 2, "invoice.paid": 1,
            "invoice.written_off": 1, "credit_note.issued": 1, "attempt.sent": 5,
            "payment.try_failed": 4, "payment.failed": 1, "payment.notice_due": 6,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    "code", ["stolen_card", "expired_card", "authentication_required", "invalid_account"]
)
async def test_what_no_machine_may_try_again_waits_for_its_payer(
    code: str, fresh_world: World
) -> None:
    world = fresh_world
    # given a renewal that is refused for good
    shopper = await world.shopper(token=f"tok_decline_{code}")
    bought = await world.buy(shopper, trial=True)
    await world.advance(RENEWED)
    # then it is late, with grace, and no machine tries it again
    payment_id, state, tries, due_at = await _payment(world, bought)
    assert (state, tries, due_at) == ("processing", 1, _morning(payment_id, date(2026, 2, 21)))
    assert await world.state(bought.subscription_id) == "past_due"
    await world.advance(date(2026, 2, 20))
    assert (await _payment(world, bought))[1:3] == ("processing", 1)
    # and after as long as the calendar would have lasted it is given up
    await world.advance(date(2026, 2, 22))
    assert (await _payment(world, bought))[1:] == ("failed", 1, None)
    assert await world.state(bought.subscription_id) == "canceled"
    events = await world.events(shopper.customer_id)
    assert (events["payment.try_failed"], events["payment.failed"]) == (1, 1)
    assert len([one for one in await world.simulator.truth() if one["kind"] == "charge"]) == 1


async def test_a_payer_mends_a_payment_with_another_card(fresh_world: World) -> None:
    world = fresh_world
    # given a renewal whose card has expired
    shopper = await world.shopper(token="tok_decline_expired_card")
    bought = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 2, 5))
    payment_id, *_ = await _payment(world, bought)
    # when another card is set
    method = await world.method(shopper.customer_id)
    await mend_payment(world.run, payment_id, method_id=method)
    await world.advance(world.now + timedelta(minutes=1))
    # then it is charged at once, and the next renewals too
    assert (await _payment(world, bought))[1:3] == ("succeeded", 2)
    assert await world.state(bought.subscription_id) == "active"
    await world.advance(date(2026, 3, 5))
    assert [amount for _, amount in await world.receipts(shopper.customer_id)] == [1199, 1199]
    # and a method of somebody else, or a payment that is over, is refused
    stranger = await world.shopper()
    with pytest.raises(PaymentMethodNotFound):
        await mend_payment(world.run, payment_id, method_id=stranger.method_id)
    with pytest.raises(PaymentNotMendable):
        await mend_payment(world.run, payment_id, method_id=method)


async def test_written_off_renewal_keeps_the_credit_that_its_used_days_cost(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given 599 of credit: a coupon halved the month that was given back
    shopper = await world.shopper()
    first = await world.buy(shopper, coupon="WELCOME50")
    await world.cancel(first)
    assert await world.credit(shopper.customer_id) == 599
    method = await world.method(shopper.customer_id, "tok_decline_expired_card")
    bought = await world.buy(shopper._replace(method_id=method), trial=True)
    # when the rest of the first paid month is refused, and not mended for three weeks
    await world.advance(date(2026, 2, 22))
    # then 21 of 28 days were used, more than the credit paid: only what is open is given up
    assert await world.state(bought.subscription_id) == "canceled"
    assert await world.credit(shopper.customer_id) == 0
    assert await world.notes(shopper.customer_id) == [
        ("canceled", 503, 96, 599), ("uncollectible", 504, 96, 600),
    ]  # fmt: skip
    assert await world.balances(shopper.customer_id) == {
        "psp_clearing": 599, "revenue": 252, "deferred_revenue": -756, "tax_payable": -95,
    }  # fmt: skip


async def test_subscription_is_active_only_when_no_other_invoice_is_overdue(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given a period shorter than the retry calendar, so that two invoices are open at once
    catalog = small_catalog(Offer("weekly", 300, WEEKLY, trial_days=7))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        shopper = await world.shopper("XX", "tok_recover_3")
        bought = await world.buy(shopper, "weekly", trial=True)
        # when each day passes
        states = []
        for day in range(7, 30):
            await world.advance(datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day))
            overdue = await world.value(
                "SELECT count(*) FROM payment WHERE subscription_id = %s AND state = 'processing'"
                " AND tries > 0",
                bought.subscription_id,
            )
            # then it is past due exactly while something that was declined is still owed
            states.append(await world.state(bought.subscription_id))
            assert states[-1] == ("past_due" if overdue else "active"), (day, overdue)
        assert set(states) == {"past_due", "active"}
