import asyncio
from datetime import UTC, date, datetime

from ledgerline.base.ids import BillRunId, Bucket
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.relay_events import relay_events
from ledgerline.flows.resolve_attempts import resolve_attempts
from tests.flow_world import World

TRIALS = 40
TRIALS_END = datetime(2026, 1, 30, 23, tzinfo=UTC)


async def _bill_all(run: Run, *, limit: int) -> int:
    """Bill batch after batch until nothing is left that nobody else holds."""
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    invoiced = 0
    while (done := await bill_due(run, bill_run_id=bill_run_id, buckets=ALL, limit=limit)).total:
        invoiced += done.invoiced
    return invoiced


async def test_two_billers_of_one_range_bill_each_subscription_once(fresh_world: World) -> None:
    world = fresh_world
    # given
    for _ in range(TRIALS):
        await world.buy(await world.shopper(), trial=True)
    due = world.run.at(TRIALS_END)
    # when three work on the same range in small batches
    billed = await asyncio.gather(*(_bill_all(due, limit=3) for _ in range(3)))
    # then
    assert sum(billed) == TRIALS
    assert await world.rows(
        "SELECT count(*), count(DISTINCT subscription_id) FROM invoice WHERE cause = 'renewal'"
    ) == [(TRIALS, TRIALS)]
    assert await world.value("SELECT count(*) FROM bill_parked") == 0
    assert await world.value("SELECT sum(invoiced) FROM bill_run") == TRIALS
    # when three collect what was billed
    collected = await asyncio.gather(
        *(collect_due(due, world.psps, buckets=ALL, limit=25) for _ in range(3))
    )
    # then each payment has one attempt and the provider one charge
    assert sum(batch.tried for batch in collected) == TRIALS
    assert len(await world.simulator.truth()) == TRIALS
    assert await world.rows(
        "SELECT p.state, p.tries, count(*), count(a.id) FROM payment p JOIN attempt a"
        " ON a.payment_id = p.id GROUP BY 1, 2"
    ) == [("succeeded", 1, TRIALS, TRIALS)]
    # when four stamp numbers, a few at a time
    stamped = await asyncio.gather(*(_stamp(due) for _ in range(4)))
    # then each series is dense
    assert sum(stamped) == 2 * TRIALS
    assert (
        await world.rows(
            "SELECT count(*), min(d.position), max(d.position) FROM document_number d"
            " GROUP BY d.series_id"
        )
        == [(TRIALS, 1, TRIALS)] * 2
    )
    assert await world.value("SELECT count(*) FROM numbering_queue") == 0
    # when three relay what happened
    events = await world.value("SELECT count(*) FROM event")
    relayed = await asyncio.gather(*(_relay(world.run) for _ in range(3)))
    # then every event went out once
    assert sum(relayed) == events
    assert await world.value("SELECT count(*) FROM event WHERE relayed_at IS NULL") == 0


async def test_billers_that_meet_a_poison_subscription_park_that_one_alone(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given three subscriptions whose next period was billed before, among others
    bought = [await world.buy(await world.shopper(), trial=True) for _ in range(30)]
    poisoned = {one.subscription_id for one in bought[::10]}
    for one in bought[::10]:
        await world.write(
            "INSERT INTO invoice_line SELECT '2026-01-31', bucket, subscription_id, item_no,"
            " 'recurring', invoice_id, 2, component, '2026-02-28', '2026-01-31', '2026-02-28',"
            " plan_code, price_id, quantity, unit_num, unit_den, grid_minor, discount_minor,"
            " net_minor, tax_minor, gross_minor, currency, tax_category, tax_rate_ppm, tax_behavior"
            " FROM invoice_line WHERE invoice_id = %s",
            one.invoice_id,
        )
    # when
    due = world.run.at(TRIALS_END)
    billed = await asyncio.gather(*(_bill_all(due, limit=2) for _ in range(4)))
    # then
    parked = await world.rows("SELECT subscription_id, reason FROM bill_parked")
    assert {id for id, _ in parked} == poisoned
    assert {reason for _, reason in parked} == {"double_billed"}
    assert sum(billed) == 27


async def test_many_open_one_number_series_at_once(world: World) -> None:
    seller = "nordic"
    for year in range(2100, 2140):
        document = (seller, "invoice", date(year, 1, 1))

        async def open_it(document: tuple[str, str, date] = document) -> None:
            async with world.run.transaction() as tx:
                await open_series_in(tx, [document])

        # when
        await asyncio.gather(*(open_it() for _ in range(8)))
    # then
    opened = "SELECT count(*) FROM number_series WHERE period >= '2100'"
    assert await world.value(opened) == 40


async def _stamp(run: Run) -> int:
    return sum([await number_documents(run, limit=7) for _ in range(30)])


async def _relay(run: Run) -> int:
    return sum([await relay_events(run, buckets=ALL, limit=50) for _ in range(15)])


async def test_two_resolvers_find_a_lost_charge_once(fresh_world: World) -> None:
    world = fresh_world
    # given charges executed, or not, without an answer
    bought = [
        await world.buy(await world.shopper(token=token))
        for token in ("tok_hang_after", "tok_hang_before") * 3
    ]
    later = world.run.at(datetime(2026, 1, 1, 0, 5, tzinfo=UTC))
    # when
    looked = await asyncio.gather(
        *(resolve_attempts(later, world.psps, buckets=ALL, limit=4) for _ in range(3))
    )
    # then
    assert sum(looked) == len(bought)
    for one in bought:
        assert await world.state(one.subscription_id) == "active"
        assert await world.captures(one.payment_id) == [1199]
    assert await world.value("SELECT count(*) FROM receipt") == len(bought)
    assert await world.value("SELECT count(*) FROM money_exception") == 0
