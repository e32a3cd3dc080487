"""Where collection ends by a pause or a downgrade: nobody is charged, and everything adds up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ledgerline.base.ids import CustomerId, InvoiceId, bucket_of
from ledgerline.catalog.model import BASE, EndPolicy, price_id
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import Changed
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.resume_subscription import Resumption, resume_subscription
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.flows.withdraw_payments import ask_over_in
from ledgerline.payments.rows.payments import DuePaymentRow
from ledgerline.subscriptions.model import Anchor, Timing
from tests.flow_catalog import MARKET, Offer, small_catalog
from tests.flow_values import Bought
from tests.flow_world import World, open_world
from tests.resting import FREE, OFFERS, PAID, ending

BROKE = "tok_decline_insufficient_funds"


@asynccontextmanager
async def _world(
    url: str, folder: Path, end: EndPolicy, *plans: str, slow: bool = False
) -> AsyncIterator[World]:
    async with open_world(url, folder, catalog=ending(end, *plans, slow=slow)) as opened:
        yield opened
        assert await audit(opened.run) == []


async def _unpaid(world: World, plan: str = PAID) -> Bought:
    """Buy with a trial and a card that has no money: the first renewal is never paid."""
    return await world.buy(await world.shopper("XX", BROKE), plan, trial=True)


async def _log(world: World, bought: Bought) -> list[tuple[str, str]]:
    return await world.rows(
        "SELECT kind, actor FROM subscription_event WHERE subscription_id = %s ORDER BY seq",
        bought.subscription_id,
    )


async def test_a_downgrade_goes_on_for_nothing(fresh_database_url: str, tmp_path: Path) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.DOWNGRADE, FREE) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 25))
        assert await world.state(bought.subscription_id) == "active"
        assert (await _log(world, bought))[-2:] == [
            ("plan_changed", "collection"), ("payment_settled", "collection"),
        ]  # fmt: skip
        # the month that nobody paid is closed, and what goes on costs nothing
        states = await world.invoices(bought.subscription_id)
        assert ("renewal", "uncollectible", 3000) in states
        assert await world.captures(bought.payment_id) == []
        assert [row[1] for row in await world.items(bought)][-1] == FREE
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 2, 21), date(2026, 2, 28), 0,
        )  # fmt: skip
        await world.advance(date(2026, 5, 5))
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 4, 30), date(2026, 5, 31), 0,
        )  # fmt: skip
        covers = await world.covers(bought.subscription_id)
        assert covers[-1][1] > world.now


async def test_another_rhythm_begins_with_the_free_plan(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.DOWNGRADE, FREE) as world:
        bought = await _unpaid(world, "year")
        await world.advance(date(2026, 3, 25))
        assert (await world.lines(bought.subscription_id))[-2:] == [
            (date(2026, 2, 21), date(2026, 3, 21), 0), (date(2026, 3, 21), date(2026, 4, 21), 0),
        ]  # fmt: skip


async def test_a_pause_ends_service_and_then_the_subscription(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.PAUSE) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 25))
        assert await world.state(bought.subscription_id) == "paused"
        assert (await _log(world, bought))[-2:] == [
            ("paused", "collection"), ("cancel_scheduled", "collection"),
        ]  # fmt: skip
        assert ("renewal", "uncollectible", 3000) in await world.invoices(bought.subscription_id)
        assert await world.credit(await _customer(world, bought)) == 0
        assert all(end <= world.now for _, end, _ in await world.covers(bought.subscription_id))
        lines = await world.lines(bought.subscription_id)
        # nothing is billed while it rests, and after three months it is over
        await world.advance(date(2026, 5, 20))
        assert await world.state(bought.subscription_id) == "paused"
        await world.advance(date(2026, 5, 22))
        assert await world.state(bought.subscription_id) == "canceled"
        assert await world.lines(bought.subscription_id) == lines


async def _customer(world: World, bought: Bought) -> CustomerId:
    found: CustomerId = await world.value(
        "SELECT customer_id FROM subscription WHERE id = %s", bought.subscription_id
    )
    return found


async def test_what_was_paused_is_resumed_by_paying_the_next_period(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.PAUSE) as world:
        bought = await _unpaid(world)
        await world.advance(datetime(2026, 3, 5, 9, tzinfo=UTC))
        asked = Resumption(bought.subscription_id, Anchor.RESTART)
        # by the card that has no money it stays as it is
        became = await resume_subscription(world.run, world.psps, asked)
        assert became.changed is Changed.DECLINED
        assert await world.state(bought.subscription_id) == "paused"
        other = await world.method(await _customer(world, bought))
        await use_payment_method(world.run, bought.subscription_id, method_id=other)
        became = await resume_subscription(world.run, world.psps, asked)
        assert became.changed is Changed.DONE
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 3, 5), date(2026, 4, 5), 3000,
        )  # fmt: skip
        assert ("renewal", "uncollectible", 3000) in await world.invoices(bought.subscription_id)
        await world.advance(date(2026, 6, 1))
        assert await world.state(bought.subscription_id) == "active"
        assert (
            await world.value(
                "SELECT ends_on FROM subscription WHERE id = %s", bought.subscription_id
            )
            is None
        )


async def test_a_renewal_that_is_mended_in_time_ends_nothing(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.DOWNGRADE, FREE) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 10))
        other = await world.method(await _customer(world, bought))
        await use_payment_method(world.run, bought.subscription_id, method_id=other)
        await world.advance(date(2026, 3, 20))
        assert await world.state(bought.subscription_id) == "active"
        assert [row[1] for row in await world.items(bought)][-1] == PAID


@pytest.mark.parametrize(
    ("end", "plans", "state"),
    [(EndPolicy.PAUSE, (), "paused"), (EndPolicy.DOWNGRADE, (FREE,), "active")],
)
async def test_the_first_end_decides_and_closes_what_else_was_claimed(
    end: EndPolicy, plans: tuple[str, ...], state: str, fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, end, *plans, slow=True) as world:
        bought = await _unpaid(world)
        # when the first claim is over in the middle of March
        await world.advance(date(2026, 3, 25))
        # then the second, which was collected still, is over as well
        assert await world.state(bought.subscription_id) == state
        states = [how for _, how, total in await world.invoices(bought.subscription_id) if total]
        assert states == ["uncollectible", "uncollectible"]
        # and a good card pays for nothing of it
        other = await world.method(await _customer(world, bought))
        await use_payment_method(world.run, bought.subscription_id, method_id=other)
        await world.advance(date(2026, 5, 1))
        assert await world.receipts(await _customer(world, bought)) == []


async def test_who_pays_for_the_present_goes_on(fresh_database_url: str, tmp_path: Path) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.PAUSE, slow=True) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 3, 10))
        other = await world.method(await _customer(world, bought))
        newest = InvoiceId(
            await world.value(
                "SELECT id FROM invoice WHERE subscription_id = %s AND state = 'open'"
                " ORDER BY issued_at DESC LIMIT 1",
                bought.subscription_id,
            )
        )
        await pay_invoice(world.run, world.psps, newest, method_id=other)
        await world.advance(date(2026, 3, 25))
        assert await world.state(bought.subscription_id) == "active"


async def test_who_had_planned_the_end_has_it(fresh_database_url: str, tmp_path: Path) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.PAUSE) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 10))
        await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
        await world.advance(date(2026, 2, 25))
        assert await world.state(bought.subscription_id) == "canceled"


async def test_nobody_is_moved_to_a_plan_that_costs_something_by_then(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.DOWNGRADE, FREE) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 10))
        now = small_catalog(*OFFERS, Offer(FREE, 0))
        day = date(2026, 2, 12)
        costs = replace(
            now.prices[-1],
            id=price_id(FREE, phase_no=1, component=BASE, market_code=MARKET, valid_from=day),
            unit_num=500,
            valid_from=day,
        )
        await load_catalog(world.run, replace(now, prices=(*now.prices, costs)))
        await world.advance(date(2026, 2, 25))
        assert await world.state(bought.subscription_id) == "canceled"


async def test_what_was_never_tried_is_over_too_when_another_claim_ends_collection(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.PAUSE) as world:
        # given a payment of before the pause that waits for its notice or a limit
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 25))
        assert await world.state(bought.subscription_id) == "paused"
        [(payment_id, invoice_id, method_id)] = await world.rows(
            "SELECT id, invoice_id, payment_method_id FROM payment WHERE subscription_id = %s",
            bought.subscription_id,
        )
        waiting = DuePaymentRow(
            bucket=bucket_of(payment_id),
            id=payment_id,
            invoice_id=invoice_id,
            customer_id=await _customer(world, bought),
            subscription_id=bought.subscription_id,
            currency="EUR",
            amount_minor=3000,
            tries=0,
            own_failures=0,
            awaits_payer=False,
            event_seq=1,
            payment_method_id=method_id,
        )
        # when it is asked about, then it is not collected
        async with world.run.transaction() as tx, tx.pipeline():
            over = await ask_over_in(tx, [waiting])
        assert over.of([waiting]) == {payment_id}
