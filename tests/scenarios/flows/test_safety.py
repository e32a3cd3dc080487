from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typing_extensions import override

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import Tx, connected
from ledgerline.base.ids import BillRunId, Bucket, instant_of
from ledgerline.base.run import Run
from ledgerline.flows.advance_clock import advance_clock
from ledgerline.flows.bill_due import BatchBilled, bill_due
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.move_clock import ClockMovesForward, ClockNotVirtual
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.jobs.leases import LeaseLost
from tests.flow_catalog import Offer, small_catalog
from tests.flow_world import World, no_progress, open_world

TRIALS = 24
BILLED_ALREADY = (
    "INSERT INTO invoice_line SELECT '2026-01-31', bucket, subscription_id, item_no, 'recurring',"
    " invoice_id, 2, component, '2026-02-28', '2026-01-31', '2026-02-28', plan_code, price_id,"
    " quantity, unit_num, unit_den, grid_minor, discount_minor, net_minor, tax_minor, gross_minor,"
    " currency, tax_category, tax_rate_ppm, tax_behavior FROM invoice_line WHERE invoice_id = %s"
)
PLANTED = 100  # the first number of an item that no flow has opened
FIFTEEN_ADD_ONS = (
    "INSERT INTO subscription_item SELECT i.bucket, i.subscription_id, 99 + n, 'add-on ' || n,"
    " i.plan_code, i.phase_no, i.price_id, i.quantity, '2026-01-31', NULL"
    " FROM subscription_item i, generate_series(1, 15) n WHERE i.subscription_id = %s"
    " AND i.ends_on IS NULL"
)
TRIALS_END = datetime(2026, 1, 30, 23, tzinfo=UTC)


async def _bill(run: Run, *, limit: int = 10_000) -> BatchBilled:
    """Bill what is due with one run, batch after batch, and sum what they did."""
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    total = BatchBilled(0, 0, 0, more=True)
    while total.more:
        total = total.plus(await bill_due(run, bill_run_id=bill_run_id, buckets=ALL, limit=limit))
    return total


@pytest.mark.parametrize(
    "fault", ["price_missing", "tax_rate_missing", "too_many_lines", "double_billed"]
)
async def test_poison_subscription_is_parked_and_the_rest_of_the_batch_commits(
    fault: str, fresh_world: World
) -> None:
    world = fresh_world
    # given one subscription that cannot be billed among many that can
    poisoned = await world.buy(await world.shopper("GB"), trial=True)
    fine = [await world.buy(await world.shopper(), trial=True) for _ in range(TRIALS)]
    match fault:
        case "price_missing":
            planted = await world.write(
                "INSERT INTO subscription_item SELECT bucket, subscription_id, 100, component,"
                " plan_code, phase_no, %s, quantity, '2026-01-31', NULL FROM subscription_item"
                " WHERE subscription_id = %s AND no = 1",
                UUID(int=1),
                poisoned.subscription_id,
            )
        case "too_many_lines":
            planted = await world.write(FIFTEEN_ADD_ONS, poisoned.subscription_id) // 15
        case "tax_rate_missing":
            planted = await world.write("DELETE FROM tax_rate WHERE market_code = 'GB'")
        case _:
            planted = await world.write(BILLED_ALREADY, poisoned.invoice_id)
    assert planted == 1
    # when
    due = world.run.at(TRIALS_END + timedelta(hours=1))
    billed = await _bill(due)
    # then
    assert billed == (TRIALS, 0, 1, False)
    assert await world.rows("SELECT subscription_id, reason FROM bill_parked") == [
        (poisoned.subscription_id, fault)
    ]
    assert await world.state(poisoned.subscription_id) == "trialing"
    assert [await world.state(one.subscription_id) for one in fine] == ["active"] * TRIALS
    assert len(await world.invoices(poisoned.subscription_id)) == 1
    # and the next run touches neither
    before = await world.events()
    assert await _bill(due) == (0, 0, 0, False)
    assert await world.events() == before
    # what was planted goes, so that the rest is proven
    await world.write("DELETE FROM subscription_item WHERE no >= %s", PLANTED)


async def test_a_lease_that_is_lost_parks_nobody(fresh_world: World) -> None:
    world = fresh_world
    # given what is due, and a worker whose lease runs out while it bills
    due = world.run.at(TRIALS_END)
    await world.buy(await world.shopper(), trial=True)
    bill_run_id = BillRunId(due.new_id(Bucket(0)))
    await open_bill_run(due, bill_run_id=bill_run_id)
    # when
    with pytest.raises(LeaseLost):
        await bill_due(due, bill_run_id=bill_run_id, buckets=ALL, fence=_lost)
    # then nothing was done, and whoever has the range now bills it
    assert await world.value("SELECT count(*) FROM bill_parked") == 0
    assert await _bill(due) == (1, 0, 0, False)


async def _lost(_: Tx) -> None:
    raise LeaseLost("the lease of bill_due ran out")


async def test_run_twice_bills_nothing_and_charges_nobody_the_second_time(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given renewals billed and collected
    for _ in range(5):
        await world.buy(await world.shopper(), trial=True)
    due = world.run.at(TRIALS_END)
    assert await _bill(due) == (5, 0, 0, False)
    assert (await collect_due(due, world.psps, buckets=ALL))[:2] == (5, 5)
    events, balances = await world.events(), await world.balances()
    # when
    assert await _bill(due) == (0, 0, 0, False)
    assert (await collect_due(due, world.psps, buckets=ALL))[:2] == (0, 0)
    # then
    assert (await world.events(), await world.balances()) == (events, balances)
    assert len(await world.simulator.truth()) == 5


async def test_small_and_large_batches_bill_the_same(fresh_world: World) -> None:
    world = fresh_world
    # given more than fits one INSERT, so that rows go by COPY, at one instant
    for _ in range(230):
        await world.buy(await world.shopper(), trial=True)
    due = world.run.at(TRIALS_END)
    # when first a few, then all others
    bill_run_id = BillRunId(due.new_id(Bucket(0)))
    await open_bill_run(due, bill_run_id=bill_run_id)
    assert await bill_due(due, bill_run_id=bill_run_id, buckets=ALL, limit=7) == (7, 0, 0, True)
    assert await _bill(due) == (223, 0, 0, False)
    # then every row is there once, with the same amounts
    assert await world.rows(
        "SELECT count(*), count(DISTINCT subscription_id), min(total_minor), max(total_minor)"
        " FROM invoice WHERE cause = 'renewal'"
    ) == [(230, 230, 1199, 1199)]
    assert await world.balances() == {
        "receivable": 230 * 1199, "deferred_revenue": -230 * 1008, "tax_payable": -230 * 191,
    }  # fmt: skip
    assert await world.rows(
        "SELECT p.amount_minor, c.ends_at - c.starts_at, l.period_start, l.period_end, count(*)"
        " FROM payment p JOIN cover c USING (invoice_id) JOIN invoice_line l USING (invoice_id)"
        " GROUP BY 1, 2, 3, 4"
    ) == [(1199, timedelta(days=14), date(2026, 1, 31), date(2026, 2, 28), 230)]


async def test_credit_of_a_customer_is_spent_once_over_two_families(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given credit of 700 and two subscriptions of 500 that fall due together
    offers = (
        Offer("gift", 700, family="other"),
        Offer("songs", 500, family="songs", trial_days=30),
        Offer("books", 500, family="books", trial_days=30),
    )
    async with open_world(fresh_database_url, tmp_path, catalog=small_catalog(*offers)) as world:
        shopper = await world.shopper("XX")
        await world.give_credit(shopper, "gift")
        await world.buy(shopper, "songs", trial=True)
        await world.buy(shopper, "books", trial=True)
        # when
        await world.advance(date(2026, 2, 1))
        # then one is paid from credit and the other takes what is left
        rows = await world.rows(
            "SELECT sum(a.amount_minor) FILTER (WHERE a.source_kind = 'credit')::bigint, i.state"
            " FROM invoice i JOIN allocation a ON a.invoice_id = i.id WHERE i.cause = 'renewal'"
            " GROUP BY i.id, i.bucket, i.state ORDER BY 1 DESC"
        )
        assert rows == [(500, "paid"), (200, "paid")]
        assert await world.credit(shopper.customer_id) == 0
        assert await world.receipts(shopper.customer_id) == [("payment", 700), ("payment", 300)]


async def test_clock_of_a_live_environment_does_not_move(fresh_database_url: str) -> None:
    async with connected(fresh_database_url, size=2, name="live") as database:
        run = Run(database, Keyring(bytes(32)))
        with pytest.raises(ClockNotVirtual):
            await advance_clock(
                run,
                NoPsps(),  # type: ignore[arg-type]  # nothing may be called
                to=datetime(2030, 1, 1, tzinfo=UTC),
                outside=_unreachable,
                progress=no_progress,
            )
        assert (await run.environment()).instant is None


async def test_a_process_with_a_wrong_clock_does_nothing_early(fresh_database_url: str) -> None:
    async with connected(fresh_database_url, size=2, name="live") as database:
        # given a machine that is forty days ahead
        run = FortyDaysAhead(database, Keyring(bytes(32)))
        assert run.now() - run.wall() > timedelta(days=39)
        # when a unit of work begins
        at_work = await run.at_clock()
        # then it is as late as the database says, for what is due and for the ids it makes
        made = datetime.fromtimestamp(instant_of(at_work.new_id(Bucket(0))) / 1000, UTC)
        for at in (at_work.now(), made):
            assert abs(at - run.wall()) < timedelta(minutes=1)


class FortyDaysAhead(Run):
    """A process on a machine whose clock nobody sets."""

    @override
    def now(self) -> datetime:
        return self.instant or self.wall() + timedelta(days=40)


class NoPsps:
    """A gateway that nothing may reach."""


async def _unreachable(instant: datetime) -> None:
    raise AssertionError(instant)


async def test_clock_moves_forward_and_at_most_two_years(world: World) -> None:
    before = await world.events()
    for to in (world.now - timedelta(seconds=1), world.now + timedelta(days=732)):
        with pytest.raises(ClockMovesForward):
            await world.advance(to)
    assert (await world.run.environment())[:3] == ("sandbox", world.now, 7)
    assert await world.events() == before == Counter()
