"""Customers hear in good time that a trial or a year ends, each thing once and in their words."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest_asyncio

from ledgerline.base.ids import BillRunId
from ledgerline.datasets.audit import audit
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.tell_renewals import tell_renewals
from ledgerline.letters.facts import read_facts
from ledgerline.letters.render import render
from ledgerline.mail.model import MailKind
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world
from tests.mailing import deliver_all, states

Told = tuple[str, int, str, int, date]


@pytest_asyncio.fixture(loop_scope="session")
async def alone(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def _reader(world: World, market: str = "DE") -> Shopper:
    """Create a customer who can be written to."""
    new = NewCustomer(market, name="Alva", email="alva@mail.example")
    customer_id = await create_customer(world.run, new)
    return Shopper(customer_id, await world.method(customer_id))


async def _told(world: World, bought: Bought) -> list[Told]:
    return await world.rows(
        "SELECT kind, (body ->> 'days')::integer, body ->> 'renews_on',"
        " (body ->> 'amount')::integer, occurred_at::date FROM event"
        " WHERE kind IN ('subscription.trial_ending', 'subscription.renews_soon')"
        " AND aggregate_id = %s ORDER BY seq",
        bought.subscription_id,
    )


async def _bill(world: World) -> None:
    """Bill what is due as a worker does whose notices stand still."""
    run_id = BillRunId(world.run.new_id(world.run.new_bucket()))
    await open_bill_run(world.run, bill_run_id=run_id)
    await bill_due(world.run, bill_run_id=run_id, buckets=ALL)


async def test_the_end_of_a_trial_is_told_three_days_before_once_however_the_clock_jumps(
    alone: World,
) -> None:
    world = alone
    reader = await _reader(world)
    bought = await world.buy(reader, trial=True)
    # when the clock goes over the notice, the charge and the next period at once
    await world.advance(date(2026, 3, 5))
    # then it was told on its day, with what was charged afterwards
    assert await _told(world, bought) == [
        ("subscription.trial_ending", 3, "2026-01-31", 1199, date(2026, 1, 27))
    ]
    assert (await world.lines(bought.subscription_id))[1][2] == 1199
    # and written in the reader's language, with the way to the account
    await deliver_all(world)
    [[facts, locale, state]] = await world.rows(
        "SELECT facts::text, language, state FROM mail WHERE kind = 'trial_ending'"
    )
    letter = render(MailKind.TRIAL_ENDING, read_facts(facts), locale=locale)
    assert state == "shown"
    assert letter.subject.startswith("Dein kostenloser Test von Individual, monthly endet am 31.")
    assert "11,99\xa0€" in letter.text
    links = await world.value(
        "SELECT count(*) FROM portal_session AS p JOIN mail AS m ON m.id = p.id"
        " WHERE m.kind = 'trial_ending'"
    )
    assert links == 1
    assert await world.value("SELECT count(*) FROM renewal_notice WHERE due_at IS NOT NULL") == 0
    assert await audit(world.run) == []


async def test_nothing_is_told_of_what_was_canceled_and_again_once_that_is_taken_back(
    alone: World,
) -> None:
    world = alone
    ends, kept, late = [await world.buy(await _reader(world), trial=True) for _ in range(3)]
    for one in (ends, kept):
        await cancel_subscription(world.run, one.subscription_id, timing=Timing.PERIOD_END)
    await world.advance(date(2026, 1, 29))
    assert [await _told(world, one) for one in (ends, kept)] == [[], []]
    # given one that was told and is canceled before its mail goes, and one that is kept after all
    await cancel_subscription(world.run, late.subscription_id, timing=Timing.PERIOD_END)
    await world.undo(kept)
    await world.advance(date(2026, 2, 3))
    assert [one[4] for one in await _told(world, kept)] == [date(2026, 1, 29)]
    await deliver_all(world)
    assert await world.rows(
        "SELECT m.state, m.reason FROM mail AS m WHERE m.kind = 'trial_ending'"
        " AND m.subject_id = %s", late.subscription_id,
    ) == [("skipped", "overtaken")]  # fmt: skip
    assert await audit(world.run) == []


async def test_a_year_is_told_a_month_and_a_week_before_and_a_month_is_not(alone: World) -> None:
    world = alone
    reader = await _reader(world)
    yearly = await world.buy(reader, "individual_yearly")
    monthly = await world.buy(await _reader(world))
    free = await world.buy(await _reader(world), "individual_yearly", coupon="STAFF100")
    await world.advance(date(2027, 1, 2))
    told = await _told(world, yearly)
    assert [(kind, days, on) for kind, days, on, _, _ in told] == [
        ("subscription.renews_soon", 30, "2027-01-01"),
        ("subscription.renews_soon", 7, "2027-01-01"),
    ]
    assert [at for *_, at in told] == [date(2026, 12, 1), date(2026, 12, 24)]
    [_, (_, _, renewed)] = await world.lines(yearly.subscription_id)
    assert {amount for *_, amount, _ in told} == {renewed}
    assert await _told(world, monthly) == []
    assert await _told(world, free) == []
    await deliver_all(world)
    kinds = [kind for kind, _, _ in await states(world, reader.customer_id)]
    assert kinds.count("renews_soon") == 2
    assert await audit(world.run) == []


async def test_a_market_says_how_long_before(alone: World) -> None:
    world = alone
    await world.write(
        "UPDATE market SET trial_notice_days = 10, renewal_notice_days = '' WHERE code = 'SE'"
    )
    trial = await world.buy(await _reader(world, "SE"), trial=True)
    yearly = await world.buy(await _reader(world, "SE"), "individual_yearly")
    await world.advance(date(2027, 1, 2))
    assert [at for *_, at in await _told(world, trial)] == [date(2026, 1, 20)]
    assert await _told(world, yearly) == []


async def test_a_charge_never_comes_before_its_notice_even_if_the_job_stood_still(
    alone: World,
) -> None:
    world = alone
    bought = await world.buy(await _reader(world), trial=True)
    # given that only billing ran, on the day on which the trial is over
    over = datetime(2026, 2, 1, tzinfo=UTC)
    await world.run.set_clock(over)
    world.run = world.run.at(over)
    await _bill(world)
    # then it is told with the bill, and the job has nothing to add
    assert [(days, amount) for _, days, _, amount, _ in await _told(world, bought)] == [(0, 1199)]
    await tell_renewals(world.run, buckets=ALL)
    assert len(await _told(world, bought)) == 1
    assert await audit(world.run) == []


async def test_many_workers_tell_it_once(alone: World) -> None:
    world = alone
    bought = await world.buy(await _reader(world), trial=True)
    world.run = world.run.at(datetime(2026, 1, 29, 12, tzinfo=UTC))
    await asyncio.gather(*(tell_renewals(world.run.branch(), buckets=ALL) for _ in range(5)))
    assert len(await _told(world, bought)) == 1
    assert await audit(world.run) == []
